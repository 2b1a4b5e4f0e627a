//! What tables a database has, as the catalog of its engine says. Both engines are asked in the same columns, so
//! that what is told of the two can be compared.

use crate::shop::{Engine, Shop};
use store::Location;
use tokio_postgres::SimpleQueryMessage;

/// A table or a view.
#[derive(Debug)]
pub struct Table {
    /// The schema that it lies in. SQLite knows none.
    pub module: String,
    pub name: String,
    pub is_view: bool,
    pub columns: Vec<Column>,
    pub key: Vec<String>,
    pub foreign_keys: Vec<ForeignKey>,
    /// But for the one of its key.
    pub indexes: Vec<Index>,
    pub triggers: Vec<String>,
}

#[derive(Debug)]
pub struct Column {
    pub name: String,
    pub kind: String,
    pub may_be_null: bool,
}

#[derive(Debug)]
pub struct ForeignKey {
    pub columns: Vec<String>,
    pub to: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Index {
    /// Empty where an engine has named it itself.
    pub name: String,
    pub columns: Vec<String>,
    pub is_unique: bool,
    /// Which rows are in it, if not all are.
    pub rows: String,
}

impl Table {
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether no two rows are alike in these.
    pub fn is_unique(&self, columns: &[String]) -> bool {
        let mut indexes = self.indexes.iter().filter(|index| index.is_unique);
        self.key == columns
            || indexes.any(|index| index.columns == columns && index.rows.is_empty())
    }
}

/// Module, table, kind, column, type, and whether it may be null. The history of the migrations is theirs.
const COLUMNS: [&str; 2] = [
    "select '', t.name, t.type, c.name, lower(c.type), c.\"notnull\" = 0 and c.pk = 0
     from sqlite_schema t join pragma_table_info(t.name) c
     where t.type in ('table', 'view') and t.name not like 'sqlite_%'
        and t.name <> 'refinery_schema_history'
     order by t.name, c.cid",
    "select n.nspname, t.relname, case t.relkind when 'v' then 'view' else 'table' end, a.attname,
            format_type(a.atttypid, a.atttypmod), case when a.attnotnull then '0' else '1' end
     from pg_class t
     join pg_namespace n on n.oid = t.relnamespace
     join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
     where t.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_'
        and n.nspname <> 'information_schema' and t.relname <> 'refinery_schema_history'
     order by t.relname, n.nspname, a.attnum",
];

/// Table and columns.
const KEYS: [&str; 2] = [
    "select t.name, group_concat(c.name, ', ' order by c.pk)
     from sqlite_schema t join pragma_table_info(t.name) c
     where t.type = 'table' and c.pk > 0 group by t.name",
    "select t.relname, string_agg(a.attname::text, ', ' order by k.place)
     from pg_constraint c
     join pg_class t on t.oid = c.conrelid
     cross join unnest(c.conkey) with ordinality k (number, place)
     join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number
     where c.contype = 'p' group by c.oid, t.relname",
];

/// Table, columns, and the table that they lead to.
const FOREIGN_KEYS: [&str; 2] = [
    "select t.name, group_concat(f.\"from\", ', ' order by f.seq), f.\"table\"
     from sqlite_schema t join pragma_foreign_key_list(t.name) f
     where t.type = 'table' group by t.name, f.id, f.\"table\" order by 1, 2",
    "select t.relname, string_agg(a.attname::text, ', ' order by k.place), o.relname
     from pg_constraint c
     join pg_class t on t.oid = c.conrelid
     join pg_class o on o.oid = c.confrelid
     cross join unnest(c.conkey) with ordinality k (number, place)
     join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number
     where c.contype = 'f' group by c.oid, t.relname, o.relname order by 1, 2",
];

/// Table, name, columns, whether it is unique, and which rows are in it.
const INDEXES: [&str; 2] = [
    "select t.name, case i.origin when 'c' then i.name else '' end,
            (select group_concat(c.name, ', ' order by c.seqno) from pragma_index_info(i.name) c),
            i.\"unique\", case i.partial when 1 then (select s.sql from sqlite_schema s where s.name = i.name) end
     from sqlite_schema t join pragma_index_list(t.name) i
     where t.type = 'table' and i.origin <> 'pk'",
    "select t.relname, case when c.oid is null then i.relname else '' end,
            (select string_agg(pg_get_indexdef(x.indexrelid, place, true), ', ' order by place)
             from generate_series(1, x.indnkeyatts) place),
            case when x.indisunique then '1' else '0' end, pg_get_expr(x.indpred, x.indrelid)
     from pg_index x
     join pg_class i on i.oid = x.indexrelid
     join pg_class t on t.oid = x.indrelid
     left join pg_constraint c on c.conindid = x.indexrelid and c.contype = 'u'
     where not x.indisprimary",
];

/// Table and name.
const TRIGGERS: [&str; 2] = [
    "select tbl_name, name from sqlite_schema where type = 'trigger' order by name",
    "select t.relname, g.tgname from pg_trigger g join pg_class t on t.oid = g.tgrelid
     where not g.tgisinternal order by g.tgname",
];

/// All of a shop, by name.
pub async fn tables(shop: &Shop) -> Vec<Table> {
    let engine = usize::from(shop.engine == Engine::Postgres);
    let mut tables: Vec<Table> = Vec::new();
    for [module, name, kind, column, of, may_be_null] in rows(shop, COLUMNS[engine]).await {
        if tables.last().is_none_or(|last| (&last.name, &last.module) != (&name, &module)) {
            tables.push(Table {
                module,
                name,
                is_view: kind == "view",
                columns: Vec::new(),
                key: Vec::new(),
                foreign_keys: Vec::new(),
                indexes: Vec::new(),
                triggers: Vec::new(),
            });
        }
        let column = Column { name: column, kind: of, may_be_null: may_be_null == "1" };
        tables.last_mut().unwrap().columns.push(column);
    }
    for [table, columns] in rows(shop, KEYS[engine]).await {
        each(&mut tables, &table, |table| table.key = names(&columns));
    }
    for [table, columns, to] in rows(shop, FOREIGN_KEYS[engine]).await {
        let key = || ForeignKey { columns: names(&columns), to: to.clone() };
        each(&mut tables, &table, |table| table.foreign_keys.push(key()));
    }
    // Postgres tells of its own tables, too.
    for [table, name, columns, is_unique, rows] in rows(shop, INDEXES[engine]).await {
        let rows = if engine == 0 { written_rows(&rows) } else { shown_rows(&rows) };
        let index = Index { name, columns: names(&columns), is_unique: is_unique == "1", rows };
        let index = if engine == 0 { as_on_postgres(index) } else { index };
        each(&mut tables, &table, |table| table.indexes.push(index.clone()));
    }
    for [table, name] in rows(shop, TRIGGERS[engine]).await {
        each(&mut tables, &table, |table| table.triggers.push(name.clone()));
    }
    tables.iter_mut().for_each(|table| table.indexes.sort());
    tables
}

fn each(tables: &mut [Table], name: &str, change: impl Fn(&mut Table)) {
    tables.iter_mut().filter(|table| table.name == name).for_each(change);
}

fn names(list: &str) -> Vec<String> {
    list.split(", ").map(str::to_owned).collect()
}

/// What stands behind the `where` of an index on SQLite, which keeps its statement as it was written.
fn written_rows(statement: &str) -> String {
    let statement = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    statement.split_once(" where ").map(|(_, rows)| rows.to_owned()).unwrap_or_default()
}

/// As it was written, too: Postgres shows it with types, with its own words in capitals and in more parentheses
/// than there were.
fn shown_rows(expression: &str) -> String {
    let mut shown = expression.replace("::text", "");
    for word in ["IS NOT NULL", "IS NULL", "AND", "OR", "NOT"] {
        shown = shown.replace(&format!("{word} "), &format!("{} ", word.to_lowercase()));
        shown = shown.replace(&format!("{word})"), &format!("{})", word.to_lowercase()));
    }
    let (mut bare, mut calls) = (String::new(), Vec::new());
    for letter in shown.chars() {
        match letter {
            '(' => calls.push(bare.ends_with(|before: char| before.is_alphanumeric())),
            ')' if calls.pop() == Some(false) => continue,
            _ => {}
        }
        if letter != '(' || calls.last() == Some(&true) {
            bare.push(letter);
        }
    }
    bare
}

/// What is archived is never walked over. On Postgres it is in no list's index; on SQLite it lies at the other end
/// of the same one.
fn as_on_postgres(mut index: Index) -> Index {
    if index.rows.is_empty() && index.columns[0] == "is_archived" {
        index.columns.remove(0);
        index.rows = "not is_archived".to_owned();
    }
    index
}

/// The answer to a query, as text; of null an empty one.
async fn rows<const WIDTH: usize>(shop: &Shop, sql: &str) -> Vec<[String; WIDTH]> {
    match &shop.location {
        Location::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            let text = |at: usize| format!("coalesce(cast(c{at} as text), '')");
            let named: Vec<String> = (0..WIDTH).map(|at| format!("c{at}")).collect();
            let texts: Vec<String> = (0..WIDTH).map(text).collect();
            let (named, texts) = (named.join(", "), texts.join(", "));
            let sql = format!("with found ({named}) as ({sql}) select {texts} from found");
            let mut statement = connection.prepare(&sql).unwrap();
            let row = |row: &rusqlite::Row| Ok(std::array::from_fn(|at| row.get(at).unwrap()));
            statement.query_map([], row).unwrap().map(Result::unwrap).collect()
        }
        Location::Postgres(_) => {
            let answer = shop.session().await.simple_query(sql).await.unwrap();
            let row = |message| match message {
                SimpleQueryMessage::Row(row) => {
                    Some(std::array::from_fn(|at| row.get(at).unwrap_or_default().to_owned()))
                }
                _ => None,
            };
            answer.into_iter().filter_map(row).collect()
        }
    }
}

#[test]
fn what_is_unique_among_some_rows_is_not_unique() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let index = |columns: &[&str], rows: &str| Index {
        name: "by".to_owned(),
        columns: names(columns),
        is_unique: true,
        rows: rows.to_owned(),
    };
    let table = Table {
        module: String::new(),
        name: "things".to_owned(),
        is_view: false,
        columns: Vec::new(),
        key: names(&["id"]),
        foreign_keys: Vec::new(),
        indexes: vec![
            index(&["a"], ""),
            index(&["b"], "where a is null"),
            Index { is_unique: false, ..index(&["c"], "") },
            index(&["d", "e"], ""),
        ],
        triggers: Vec::new(),
    };
    let unique = ["id", "a", "b", "c", "d"].map(|name| table.is_unique(&names(&[name])));
    assert_eq!(unique, [true, true, false, false, false]);
    assert!(table.is_unique(&names(&["d", "e"])));
}
