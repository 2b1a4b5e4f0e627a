//! Statements over many rows, described once and rendered by each engine: SQLite runs a prepared
//! statement per row, Postgres one statement over `unnest`ed columns.

use tokio_postgres::types::Type;

pub struct Bulk {
    pub name: &'static str,
    pub table: &'static str,
    pub keys: &'static [&'static str],
    pub columns: &'static [&'static str],
    pub shape: Shape,
}

pub enum Shape {
    /// Rows by their keys. Locking reads order by the key, so that writers queue instead of deadlock.
    Find {
        select: &'static [&'static str],
        lock: bool,
    },
    Insert,
    /// An insert whose first column is a number without gaps: the row's offset (from 1) is added to
    /// the counter, which rises by the number of rows.
    Append {
        counter: &'static str,
    },
    /// Adds to the columns of rows that exist.
    Add,
    /// Overwrites the columns of rows that exist.
    Set,
    /// Deletes what is below the key.
    Prune,
}

/// Raises a counter by `$1` and tells where it stands. The counter is `$2`.
pub const COUNT: &str = "update counters set last = last + $1 where name = $2 returning last";

fn joined<'s>(parts: impl IntoIterator<Item = &'s str>, separator: &str) -> String {
    parts.into_iter().collect::<Vec<_>>().join(separator)
}

fn numbered(render: impl Fn(usize, &str) -> String, names: &[&str], separator: &str) -> String {
    let parts = names.iter().enumerate().map(|(index, name)| render(index + 1, name));
    parts.collect::<Vec<_>>().join(separator)
}

impl Bulk {
    /// Keys first, then columns: the order of the cells in a row.
    pub(crate) fn cells(&self) -> Vec<&'static str> {
        self.keys.iter().chain(self.columns).copied().collect()
    }

    pub(crate) fn counter(&self) -> Option<&'static str> {
        match self.shape {
            Shape::Append { counter } => Some(counter),
            _ => None,
        }
    }

    /// One row at a time, with `?1` to `?n`.
    pub(crate) fn sqlite(&self) -> String {
        let table = self.table;
        let keys = numbered(|n, key| format!("{key} = ?{n}"), self.keys, " and ");
        let offset = self.keys.len();
        match self.shape {
            Shape::Find { select, .. } => {
                format!("select {} from {table} where {keys}", select.join(", "))
            }
            Shape::Insert | Shape::Append { .. } => {
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
            Shape::Prune => {
                format!("delete from {table} where {} < ?1", joined(self.keys.iter().copied(), ""))
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
            Shape::Find { select, lock } => self.postgres_find(select, lock, &arrays, &rows, &on),
            Shape::Insert => format!("insert into {table} ({cells}) select * from {rows}"),
            Shape::Append { counter } => {
                let rest = numbered(|_, column| format!("d.{column}"), &self.columns[1..], ", ");
                let number = format!(
                    "(select last from counters where name = '{counter}') - cardinality($1) + d.{}",
                    self.columns[0]
                );
                format!("insert into {table} ({cells}) select {number}, {rest} from {rows}")
            }
            Shape::Add => {
                let sums = numbered(|_, c| format!("{c} = t.{c} + d.{c}"), self.columns, ", ");
                format!("update {table} t set {sums} from {rows} where {on}")
            }
            Shape::Set => {
                let values = numbered(|_, c| format!("{c} = d.{c}"), self.columns, ", ");
                format!("update {table} t set {values} from {rows} where {on}")
            }
            Shape::Prune => {
                let key = joined(self.keys.iter().copied(), "");
                format!("delete from {table} where {key} < any ({arrays})")
            }
        }
    }

    fn postgres_find(
        &self,
        select: &[&str],
        lock: bool,
        arrays: &str,
        rows: &str,
        on: &str,
    ) -> String {
        let (table, keys) = (self.table, self.keys.join(", "));
        let select_t = numbered(|_, column| format!("t.{column}"), select, ", ");
        let locking = match lock {
            // By the statement's own key: two writers lock the same rows in the same order.
            true => format!(" order by {keys} for no key update"),
            false => String::new(),
        };
        match self.keys {
            [key] => format!(
                "select {} from {table} where {key} = any ({arrays}){locking}",
                select.join(", ")
            ),
            // A locking join could return a row as it was before the lock.
            _ => format!("select {select_t} from {rows} join {table} t on {on}"),
        }
    }
}
