//! Statements over many rows, described once and rendered by each engine: SQLite runs a prepared
//! statement per row, Postgres one statement over `unnest`ed columns.

use tokio_postgres::types::Type;

type Names = &'static [&'static str];

/// A statement that is described, and in the list of its table.
pub struct Bulk {
    pub name: &'static str,
    pub table: &'static str,
    pub keys: Names,
    pub columns: Names,
    pub shape: Shape,
}

pub enum Shape {
    /// Rows by their keys, in the order of `order` if it names columns.
    Find {
        select: Names,
        order: Names,
        lock: bool,
    },
    Insert,
    /// An insert whose first column is a number without gaps: the row's offset (from 1) is added to
    /// what the counter says, which rises by the number of rows.
    Append(Counted),
    /// An insert of rows that each name the one before it of the same parent, by its id; the parent, that is
    /// there and locked, names the last.
    Chain(Chain),
    /// Adds to the columns of rows that exist: one for each, or it is an error.
    Add,
    /// Overwrites the columns of rows that exist: one for each, or it is an error.
    Set,
    /// Deletes rows that exist: one for each, or it is an error.
    Delete,
    /// Deletes what is below the key, however much that is.
    Prune,
    /// Sets the columns of all rows of a key to null, however many there are.
    Blank(Names),
    /// Takes these members out of the JSON in the columns of all rows of a key; what is left empty becomes
    /// null.
    Strip {
        texts: Names,
        members: Names,
    },
}

/// How rows of a table find each other, with no index by their parent: such an index has a page of its own
/// for nearly every parent, and each row would change one. Ids count upwards.
#[derive(Clone, Copy)]
pub struct Chain {
    pub parent: &'static str,
    /// The parent's key, and the columns of the row that say it.
    pub keys: Names,
    /// Column of the parent.
    pub last: &'static str,
    /// Column of the row. It is none of those that are given.
    pub previous: &'static str,
    /// Columns of the parent that a row adds to, its last cells.
    pub adds: Names,
    /// Where Postgres takes ids from.
    pub sequence: &'static str,
}

/// What numbers the rows of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// A row of `counters`.
    By(&'static str),
    /// The one row of `feed`. It counts the commits too, so that it is raised in each of them.
    Feed,
}

/// Raises a counter by `$1` and tells where it stands. The counter is `$2`.
pub const COUNT: &str = "update counters set last = last + $1 where name = $2 returning last";

/// Raises the feed by `$1` events and one commit, and tells where both stand.
pub const COMMIT: &str = "update feed set position = position + $1, commits = commits + 1
    where one = 1 returning position, commits";

const fn bulk(
    name: &'static str,
    table: &'static str,
    keys: Names,
    columns: Names,
    shape: Shape,
) -> Described {
    Described(Bulk { name, table, keys, columns, shape })
}

/// A statement that is in no list yet. A driver prepares what is listed, and can run nothing else: so
/// `statements!`, which lists it, is how it becomes one.
pub struct Described(Bulk);

impl Described {
    pub const fn listed(self) -> Bulk {
        self.0
    }
}

impl Bulk {
    pub const fn find(
        name: &'static str,
        table: &'static str,
        keys: Names,
        select: Names,
    ) -> Described {
        bulk(name, table, keys, &[], Shape::Find { select, order: &[], lock: false })
    }

    pub const fn find_ordered(
        name: &'static str,
        table: &'static str,
        keys: Names,
        select: Names,
        order: Names,
    ) -> Described {
        bulk(name, table, keys, &[], Shape::Find { select, order, lock: false })
    }

    /// Rows that nobody else may change until the commit. By their whole key, so that writers queue
    /// instead of deadlock. A description with two columns to find by does not compile: it would need
    /// a join, and a locking join can return a row as it was before the lock.
    pub const fn find_locked(
        name: &'static str,
        table: &'static str,
        keys: Names,
        select: Names,
        order: Names,
    ) -> Described {
        assert!(keys.len() == 1, "a locking find has one column to find by");
        bulk(name, table, keys, &[], Shape::Find { select, order, lock: true })
    }

    pub const fn insert(name: &'static str, table: &'static str, columns: Names) -> Described {
        bulk(name, table, &[], columns, Shape::Insert)
    }

    pub const fn append(
        name: &'static str,
        table: &'static str,
        counted: Counted,
        columns: Names,
    ) -> Described {
        bulk(name, table, &[], columns, Shape::Append(counted))
    }

    pub const fn chain(
        name: &'static str,
        table: &'static str,
        chain: Chain,
        columns: Names,
    ) -> Described {
        bulk(name, table, &[], columns, Shape::Chain(chain))
    }

    pub const fn set(
        name: &'static str,
        table: &'static str,
        keys: Names,
        columns: Names,
    ) -> Described {
        bulk(name, table, keys, columns, Shape::Set)
    }

    pub const fn add(
        name: &'static str,
        table: &'static str,
        keys: Names,
        columns: Names,
    ) -> Described {
        bulk(name, table, keys, columns, Shape::Add)
    }

    pub const fn delete(name: &'static str, table: &'static str, keys: Names) -> Described {
        bulk(name, table, keys, &[], Shape::Delete)
    }

    pub const fn prune(name: &'static str, table: &'static str, key: Names) -> Described {
        bulk(name, table, key, &[], Shape::Prune)
    }

    /// The columns are not among the cells: all of them become null.
    pub const fn blank(
        name: &'static str,
        table: &'static str,
        key: Names,
        nulls: Names,
    ) -> Described {
        assert!(key.len() == 1, "rows are blanked by one column");
        bulk(name, table, key, &[], Shape::Blank(nulls))
    }

    /// The texts are not among the cells: of all of them the members go.
    pub const fn strip(
        name: &'static str,
        table: &'static str,
        key: Names,
        texts: Names,
        members: Names,
    ) -> Described {
        assert!(key.len() == 1, "rows are stripped by one column");
        bulk(name, table, key, &[], Shape::Strip { texts, members })
    }

    /// Keys first, then columns: the order of the cells in a row.
    pub fn cells(&self) -> Vec<&'static str> {
        self.keys.iter().chain(self.columns).chain(self.adds()).copied().collect()
    }

    fn adds(&self) -> Names {
        match self.shape {
            Shape::Chain(Chain { adds, .. }) => adds,
            _ => &[],
        }
    }

    /// How many of the cells are a row of the table.
    pub(crate) fn width(&self) -> usize {
        self.keys.len() + self.columns.len()
    }

    pub(crate) fn counted(&self) -> Option<Counted> {
        match self.shape {
            Shape::Append(counted) => Some(counted),
            _ => None,
        }
    }

    /// Whether it belongs into every commit, also without rows.
    pub(crate) fn counts_commits(&self) -> bool {
        self.counted() == Some(Counted::Feed)
    }

    /// What SQLite runs after each row, with the same cells.
    pub(crate) fn sqlite_then(&self) -> Option<String> {
        let Shape::Chain(Chain { parent, last, adds, .. }) = self.shape else { return None };
        let (whose, width) = (self.parent(), self.width());
        let add = |n, column: &str| format!(", {column} = {column} + ?{}", n + width);
        let sums = numbered(add, adds, "");
        Some(format!("update {parent} set {last} = last_insert_rowid(){sums} where {whose}"))
    }

    /// The key of the parent, out of the cells.
    fn parent(&self) -> String {
        let Shape::Chain(Chain { keys, .. }) = self.shape else { return String::new() };
        let place = |key: &str| self.columns.iter().position(|column| *column == key);
        let named = |_, key: &str| format!("{key} = ?{}", place(key).map_or(0, |place| place + 1));
        numbered(named, keys, " and ")
    }

    /// Whether it must touch exactly one row for each that it is given.
    pub(crate) fn is_exact(&self) -> bool {
        matches!(self.shape, Shape::Chain(_) | Shape::Add | Shape::Set | Shape::Delete)
    }

    /// One row at a time, with `?1` to `?n`.
    pub(crate) fn sqlite(&self) -> String {
        let table = self.table;
        let keys = numbered(|n, key| format!("{key} = ?{n}"), self.keys, " and ");
        let offset = self.keys.len();
        match self.shape {
            Shape::Find { select, order, .. } => {
                let order = ordered(order);
                format!("select {} from {table} where {keys}{order}", select.join(", "))
            }
            Shape::Insert | Shape::Append(_) => {
                let cells = self.cells();
                let places = numbered(|n, _| format!("?{n}"), &cells, ", ");
                format!("insert into {table} ({}) values ({places})", cells.join(", "))
            }
            Shape::Chain(Chain { parent, last, previous, .. }) => {
                let cells = self.columns;
                let places = numbered(|n, _| format!("?{n}"), cells, ", ");
                let before = format!("select {last} from {parent} where {}", self.parent());
                let cells = cells.join(", ");
                format!("insert into {table} ({cells}, {previous}) values ({places}, ({before}))")
            }
            Shape::Add => {
                let add = |n, column: &str| format!("{column} = {column} + ?{}", n + offset);
                let sums = numbered(add, self.columns, ", ");
                format!("update {table} set {sums} where {keys}")
            }
            Shape::Set => {
                let set = |n, column: &str| format!("{column} = ?{}", n + offset);
                let values = numbered(set, self.columns, ", ");
                format!("update {table} set {values} where {keys}")
            }
            Shape::Delete => format!("delete from {table} where {keys}"),
            Shape::Prune => format!("delete from {table} where {} < ?1", self.keys.concat()),
            Shape::Blank(columns) => {
                let nulls = numbered(|_, column| format!("{column} = null"), columns, ", ");
                format!("update {table} set {nulls} where {keys}")
            }
            Shape::Strip { texts, members } => {
                let paths = numbered(|_, member| format!("'$.{member}'"), members, ", ");
                let left = |_, text: &str| {
                    format!("{text} = nullif(json_remove({text}, {paths}), '{{}}')")
                };
                format!("update {table} set {} where {keys}", numbered(left, texts, ", "))
            }
        }
    }

    /// Only prepared, to learn the types of the cells.
    pub(crate) fn probe(&self) -> String {
        let own = numbered(|_, column| format!("t.{column}"), &self.cells()[..self.width()], ", ");
        let Shape::Chain(Chain { parent, adds, .. }) = self.shape else {
            return format!("select {own} from {} t", self.table);
        };
        let sums = numbered(|_, column| format!(", p.{column}"), adds, "");
        format!("select {own}{sums} from {} t, {parent} p", self.table)
    }

    /// All rows at once: `$1` to `$n` are arrays, one per cell.
    pub(crate) fn postgres(&self, types: &[Type]) -> String {
        let table = self.table;
        let arrays = types.iter().enumerate();
        let arrays = arrays.map(|(index, ty)| format!("${}::{}[]", index + 1, ty.name()));
        let arrays = arrays.collect::<Vec<_>>().join(", ");
        let cells = self.cells().join(", ");
        let rows = format!("unnest({arrays}) d ({cells})");
        let on = numbered(|_, key| format!("t.{key} = d.{key}"), self.keys, " and ");
        match self.shape {
            Shape::Find { .. } => self.postgres_find(&arrays, &rows, &on),
            Shape::Insert => format!("insert into {table} ({cells}) select * from {rows}"),
            Shape::Append(counted) => {
                let rest = numbered(|_, column| format!("d.{column}"), &self.columns[1..], ", ");
                let last = match counted {
                    Counted::By(name) => format!("select last from counters where name = '{name}'"),
                    Counted::Feed => "select f.position from feed f where f.one = 1".to_owned(),
                };
                let number = format!("({last}) - cardinality($1) + d.{}", self.columns[0]);
                format!("insert into {table} ({cells}) select {number}, {rest} from {rows}")
            }
            Shape::Chain(chain) => self.postgres_chain(chain, &rows),
            Shape::Add => {
                let sums = numbered(|_, c| format!("{c} = t.{c} + d.{c}"), self.columns, ", ");
                exactly(&format!("update {table} t set {sums} from {rows} where {on}"))
            }
            Shape::Set => {
                let values = numbered(|_, c| format!("{c} = d.{c}"), self.columns, ", ");
                exactly(&format!("update {table} t set {values} from {rows} where {on}"))
            }
            Shape::Delete => exactly(&format!("delete from {table} t using {rows} where {on}")),
            Shape::Prune => {
                format!("delete from {table} where {} < any ({arrays})", self.keys.concat())
            }
            Shape::Blank(columns) => {
                let nulls = numbered(|_, column| format!("{column} = null"), columns, ", ");
                let key = self.keys.concat();
                format!("update {table} set {nulls} where {key} = any ({arrays})")
            }
            Shape::Strip { texts, members } => {
                let names = numbered(|_, member| format!("'{member}'"), members, ", ");
                let left = |_, text: &str| {
                    format!("{text} = nullif(({text}::jsonb - array[{names}])::text, '{{}}')")
                };
                let (left, key) = (numbered(left, texts, ", "), self.keys.concat());
                format!("update {table} set {left} where {key} = any ({arrays})")
            }
        }
    }

    fn postgres_chain(&self, chain: Chain, rows: &str) -> String {
        let Chain { parent, keys, last, previous, adds, sequence } = chain;
        let (table, columns) = (self.table, self.columns.join(", "));
        let on = |other: &str| numbered(|_, key| format!("p.{key} = {other}.{key}"), keys, " and ");
        let whose = numbered(|_, key| format!("e.{key}"), keys, ", ");
        let sums = numbered(|_, c| format!(", sum(e.{c})::bigint as {c}"), adds, "");
        let added = numbered(|_, c| format!(", {c} = p.{c} + h.{c}"), adds, "");
        let (of_entry, of_last) = (on("e"), on("h"));
        format!(
            "with entered as materialized (select nextval('{sequence}') as id, d.* from {rows}),
             linked as (
                select e.*, lag(e.id, 1, p.{last}) over (partition by {whose} order by e.id) as {previous}
                from entered e join {parent} p on {of_entry}
             ), inserted as (
                insert into {table} (id, {columns}, {previous})
                select id, {columns}, {previous} from linked returning 1
             ), named as (
                update {parent} p set {last} = h.id{added}
                from (select {whose}, max(e.id) as id{sums} from entered e group by {whose}) h
                where {of_last}
             )
             select 1 / (count(*) = cardinality($1))::int from inserted"
        )
    }

    fn postgres_find(&self, arrays: &str, rows: &str, on: &str) -> String {
        let Shape::Find { select, order, lock } = self.shape else { return String::new() };
        let (table, order) = (self.table, ordered(order));
        let locking = if lock { " for no key update" } else { "" };
        match self.keys {
            [key] => {
                let select = select.join(", ");
                format!("select {select} from {table} where {key} = any ({arrays}){order}{locking}")
            }
            _ => {
                let select = numbered(|_, column| format!("t.{column}"), select, ", ");
                format!("select {select} from {rows} join {table} t on {on}{order}")
            }
        }
    }
}

/// The commit is on its way before an answer is back: a statement that touches another number of rows
/// than it was given must fail by itself. It divides by zero then.
fn exactly(statement: &str) -> String {
    format!(
        "with touched as ({statement} returning 1)
         select 1 / (count(*) = cardinality($1))::int from touched"
    )
}

fn ordered(columns: &[&str]) -> String {
    match columns {
        [] => String::new(),
        _ => format!(" order by {}", columns.join(", ")),
    }
}

fn numbered(render: impl Fn(usize, &str) -> String, names: &[&str], separator: &str) -> String {
    let parts = names.iter().enumerate().map(|(index, name)| render(index + 1, name));
    parts.collect::<Vec<_>>().join(separator)
}
