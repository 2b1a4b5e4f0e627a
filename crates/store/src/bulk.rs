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
    pub(crate) fn cells(&self) -> Vec<&'static str> {
        self.keys.iter().chain(self.columns).copied().collect()
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

    /// Whether it must touch exactly one row for each that it is given.
    pub(crate) fn is_exact(&self) -> bool {
        matches!(self.shape, Shape::Add | Shape::Set | Shape::Delete)
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
        format!("select {} from {}", self.cells().join(", "), self.table)
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
