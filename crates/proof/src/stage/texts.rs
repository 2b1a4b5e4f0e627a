//! Rows as text, read beside the shop: the same statements, and the same values, on both engines.

use anyhow::Context;
use rusqlite::types::ValueRef;
use std::path::Path;
use store::Location;
use tokio_postgres::{Config, NoTls, SimpleQueryMessage};

/// Row by row, and column by column.
pub type Texts = Vec<Vec<String>>;

pub const SEARCH_PATH: &str = "set search_path = identity, catalog, orders, writer, public";

/// One snapshot, whatever the shop does meanwhile. `@x` in a statement is the id of that column, without
/// hyphens.
pub async fn read(location: &Location, statements: &[&str]) -> anyhow::Result<Vec<Texts>> {
    match location {
        Location::Sqlite(path) => {
            let id = |name: &str| format!("lower(hex({name}))");
            sqlite(path, statements.iter().map(|sql| with_ids(sql, id)))
        }
        Location::Postgres(config) => {
            let id = |name: &str| format!("replace({name}::text, '-', '')");
            postgres(config, statements.iter().map(|sql| with_ids(sql, id))).await
        }
    }
}

fn with_ids(sql: &str, id: impl Fn(&str) -> String) -> String {
    let mut parts = sql.split('@');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len());
        text.push_str(&id(&part[..end]));
        text.push_str(&part[end..]);
    }
    text
}

fn sqlite(path: &Path, statements: impl Iterator<Item = String>) -> anyhow::Result<Vec<Texts>> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(path, flags)?;
    connection.execute_batch("begin")?;
    let mut tables = Vec::new();
    for sql in statements {
        let mut statement = connection.prepare(&sql)?;
        let width = statement.column_count();
        let mut found = statement.query([])?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let text = |index| -> rusqlite::Result<String> {
                Ok(match row.get_ref(index)? {
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    _ => String::new(),
                })
            };
            rows.push((0..width).map(text).collect::<rusqlite::Result<_>>()?);
        }
        tables.push(rows);
    }
    Ok(tables)
}

async fn postgres(
    config: &Config,
    statements: impl Iterator<Item = String>,
) -> anyhow::Result<Vec<Texts>> {
    let (client, connection) = config.connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    client.batch_execute(SEARCH_PATH).await?;
    client.batch_execute("begin isolation level repeatable read read only").await?;
    let mut tables = Vec::new();
    for sql in statements {
        let mut rows = Texts::new();
        for message in client.simple_query(&sql).await.context("reading the shop's rows")? {
            if let SimpleQueryMessage::Row(row) = message {
                let text = |index| row.get(index).unwrap_or_default().to_owned();
                rows.push((0..row.len()).map(text).collect());
            }
        }
        tables.push(rows);
    }
    drop(client);
    connection.await??;
    Ok(tables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_an_engine_writes_them() {
        let sql = with_ids("select @owner_id, name from x order by @id", |id| format!("<{id}>"));
        assert_eq!(sql, "select <owner_id>, name from x order by <id>");
    }
}
