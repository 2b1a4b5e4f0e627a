//! Raw rows of SQLite, read by statements of the proof's own and not through the store's readers.

use crate::nouns::{Broken, Checked, same};
use domain::{Caller, CallerKind, Micros};
use rusqlite::{Connection, Params, Row, types::Type};
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, fmt::Debug};
use uuid::Uuid;

pub type Read<T> = rusqlite::Result<T>;

/// All rows, or those whose key this is.
#[derive(Clone, Copy)]
pub enum Which<K> {
    All,
    One(K),
}

pub fn failed(error: rusqlite::Error) -> Broken {
    format!("a row does not read: {error}")
}

pub fn all<T, P: Params>(
    connection: &Connection,
    sql: &str,
    params: P,
    read: impl Fn(&Row) -> Read<T>,
) -> Read<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query(params)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.push(read(row)?);
    }
    Ok(rows)
}

/// Of a table whose key is an id.
pub fn some<T>(
    connection: &Connection,
    select: &str,
    which: Which<Uuid>,
    read: impl Fn(&Row) -> Read<T>,
) -> Read<Vec<T>> {
    match which {
        Which::All => all(connection, select, [], read),
        Which::One(id) => {
            all(connection, &format!("{select} where id = ?1"), [id.into_bytes()], read)
        }
    }
}

/// Names the first difference only: a table may be long.
pub fn same_rows<K: Ord + Debug, V: PartialEq + Debug>(
    table: &str,
    found: &BTreeMap<K, V>,
    expected: &BTreeMap<K, V>,
) -> Checked {
    if found == expected {
        return Ok(());
    }
    for key in found.keys().chain(expected.keys()) {
        same(&format!("{key:?} of {table}"), found.get(key), expected.get(key))?;
    }
    Ok(())
}

/// By their keys.
pub fn by<K: Ord, V>(rows: Read<Vec<V>>, key: impl Fn(&V) -> K) -> Result<BTreeMap<K, V>, Broken> {
    Ok(rows.map_err(failed)?.into_iter().map(|row| (key(&row), row)).collect())
}

pub fn wrong(column: &str) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(0, format!("an unknown value of {column}"), Type::Null)
}

pub fn uuid(row: &Row, column: &str) -> Read<Uuid> {
    row.get::<_, [u8; 16]>(column).map(Uuid::from_bytes)
}

pub fn optional_uuid(row: &Row, column: &str) -> Read<Option<Uuid>> {
    row.get::<_, Option<[u8; 16]>>(column).map(|id| id.map(Uuid::from_bytes))
}

pub fn text<'r>(row: &'r Row, column: &str) -> Read<&'r str> {
    row.get_ref(column)?.as_str().map_err(|_| wrong(column))
}

pub fn optional_text<'r>(row: &'r Row, column: &str) -> Read<Option<&'r str>> {
    row.get_ref(column)?.as_str_or_null().map_err(|_| wrong(column))
}

pub fn micros(row: &Row, column: &str) -> Read<Option<Micros>> {
    row.get::<_, Option<i64>>(column).map(|time| time.map(Micros))
}

pub fn coded<T: Copy, const N: usize>(row: &Row, column: &str, codes: [(i64, T); N]) -> Read<T> {
    let code = row.get::<_, i64>(column)?;
    let found = codes.iter().find(|(known, _)| *known == code);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| wrong(column))
}

/// Of two columns: somebody's kind and id.
pub fn caller(row: &Row, somebody: &str) -> Read<Caller> {
    let codes = [
        (0, CallerKind::System),
        (1, CallerKind::Account),
        (2, CallerKind::ApiKey),
        (3, CallerKind::Guest),
        (4, CallerKind::Channel),
    ];
    let kind = coded(row, &format!("{somebody}_kind"), codes)?;
    Ok(Caller { kind, id: uuid(row, &format!("{somebody}_id"))? })
}

/// The same, where there may be nobody.
pub fn optional_caller(row: &Row, somebody: &str) -> Read<Option<Caller>> {
    match row.get_ref(format!("{somebody}_kind").as_str())?.data_type() {
        Type::Null => Ok(None),
        _ => caller(row, somebody).map(Some),
    }
}

/// What is written as JSON, where there may be nothing.
pub fn json<T: DeserializeOwned>(row: &Row, column: &str) -> Read<Option<T>> {
    let read = |text| serde_json::from_str(text).map_err(|_| wrong(column));
    optional_text(row, column)?.map(read).transpose()
}

/// Where each counter stands.
pub fn counters(connection: &Connection) -> Read<BTreeMap<String, i64>> {
    let read = |row: &Row| Ok((row.get("name")?, row.get("last")?));
    let counters = all(connection, "select name, last from counters", [], read)?;
    Ok(counters.into_iter().collect())
}

/// The last event's position and the last commit's number.
pub fn feed(connection: &Connection) -> Read<Vec<(i64, i64)>> {
    let read = |row: &Row| Ok((row.get(0)?, row.get(1)?));
    all(connection, "select position, commits from feed", [], read)
}
