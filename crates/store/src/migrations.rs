//! The schema's history: one embedded set of migrations per engine, applied in order and never edited.

use crate::{location::Location, postgres, sqlite, tx::Error};
use refinery::{Migration, Report, Runner};
use tokio_postgres::Client;

/// In their order. `include_str!` sees to it that an edit is built in.
const FOR_SQLITE: [(&str, &str); 1] =
    [("V1__foundation", include_str!("../migrations/sqlite/V1__foundation.sql"))];

const FOR_POSTGRES: [(&str, &str); 1] =
    [("V1__foundation", include_str!("../migrations/postgres/V1__foundation.sql"))];

fn runner(migrations: &[(&str, &str)]) -> Result<Runner, Error> {
    let migrations: Result<Vec<Migration>, _> =
        migrations.iter().map(|(name, sql)| Migration::unapplied(name, sql)).collect();
    Ok(Runner::new(&migrations.map_err(failed)?))
}

/// Held while migrating, so that nodes which start together take turns.
const LOCK: &str = "select pg_advisory_lock(7382910564)";
const HISTORY: &str = "set search_path = public";

fn failed(error: refinery::Error) -> Error {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    Error::Other(format!("migrating: {text}"))
}

pub(crate) async fn migrate(location: &Location) -> Result<Vec<String>, Error> {
    let report = match location {
        Location::Sqlite(path) => {
            let mut connection = sqlite::open(path)?;
            migrate_sqlite(&mut connection)?
        }
        Location::Postgres(config) => {
            let mut client = connect(config).await?;
            client.batch_execute(LOCK).await.map_err(postgres::classified)?;
            runner(&FOR_POSTGRES)?.run_async(&mut client).await.map_err(failed)?
        }
    };
    Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
}

pub(crate) fn migrate_sqlite(connection: &mut rusqlite::Connection) -> Result<Report, Error> {
    runner(&FOR_SQLITE)?.run(connection).map_err(failed)
}

pub(crate) async fn missing(location: &Location) -> Result<Vec<String>, Error> {
    match location {
        Location::Sqlite(path) if !path.exists() => Ok(named(&runner(&FOR_SQLITE)?, 0)),
        Location::Sqlite(path) => {
            let connection = sqlite::open_reader(path)?;
            let last = "select coalesce(max(version), 0) from refinery_schema_history";
            let last = connection.query_row(last, [], |row| row.get(0)).unwrap_or(0);
            Ok(named(&runner(&FOR_SQLITE)?, last))
        }
        Location::Postgres(config) => {
            let client = connect(config).await?;
            let last = "select coalesce(max(version), 0) from refinery_schema_history";
            let last = client.query_one(last, &[]).await.map_or(0, |row| row.get(0));
            Ok(named(&runner(&FOR_POSTGRES)?, last))
        }
    }
}

fn named(runner: &Runner, last: i32) -> Vec<String> {
    let newer = |migration: &&Migration| i64::from(migration.version()) > i64::from(last);
    runner.get_migrations().iter().filter(newer).map(ToString::to_string).collect()
}

async fn connect(config: &tokio_postgres::Config) -> Result<Client, Error> {
    let client = postgres::connect(config).await?;
    client.batch_execute(HISTORY).await.map_err(postgres::classified)?;
    Ok(client)
}
