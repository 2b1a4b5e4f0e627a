//! Reading connections to a SQLite file, opened as they are needed and kept. Every few thousand
//! steps a query looks whether anybody still waits for it.

use super::{Left, Place, Query};
use crate::{
    sqlite::{classified, open_reader},
    tx::Error,
    value::Row,
};
use rusqlite::Connection;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{sync::oneshot::error::TryRecvError, task::JoinHandle};

/// Steps of SQLite's machine between two looks: some ten microseconds.
const STEPS: i32 = 4096;

pub(super) struct SqlitePool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl SqlitePool {
    pub(super) fn new(path: &Path) -> SqlitePool {
        SqlitePool { path: path.to_owned(), idle: Mutex::default() }
    }

    pub(super) fn start<T, F>(
        self: Arc<Self>,
        query: Query,
        read: F,
        mut left: Left,
        place: Place,
    ) -> JoinHandle<Result<Vec<T>, Error>>
    where
        T: Send + 'static,
        F: Fn(&Row) -> Result<T, Error> + Send + 'static,
    {
        tokio::task::spawn_blocking(move || {
            let _place = place;
            let idle = self.idle().pop();
            let mut connection = match idle {
                Some(connection) => connection,
                None => open_reader(&self.path)?,
            };
            let is_left = move || left.try_recv() == Err(TryRecvError::Closed);
            connection.progress_handler(STEPS, Some(is_left)).map_err(classified)?;
            let rows = run(&connection, &query, read);
            // One whose query was stopped is as good as new.
            if matches!(rows, Ok(_) | Err(Error::Locked(_))) {
                self.idle().push(connection);
            }
            rows
        })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run<T>(
    connection: &Connection,
    query: &Query,
    read: impl Fn(&Row) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare_cached(&query.sql).map_err(classified)?;
    for (index, value) in query.params.iter().enumerate() {
        // To SQLite `$2` is a name, numbered by where it first appears.
        let name = format!("${}", index + 1);
        let place = statement.parameter_index(&name).map_err(classified)?;
        if let Some(place) = place {
            statement.raw_bind_parameter(place, value).map_err(classified)?;
        }
    }
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(classified)? {
        found.push(read(&Row::Sqlite(row))?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn a_parameter_has_its_number_wherever_it_appears_first() {
        let connection = Connection::open_in_memory().unwrap();
        let params = vec![Value::Int(1), Value::Int(2)];
        let read = |row: &Row<'_>| Ok((row.int(0)?, row.int(1)?));
        let query = Query { sql: "select $2, $1".into(), params };
        assert_eq!(run(&connection, &query, read).unwrap(), [(2, 1)]);
    }
}
