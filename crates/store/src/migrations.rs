//! The schema's history: one embedded set of migrations per engine, applied in order and never edited.

use crate::{location::Location, postgres, sqlite, tx::Error};
use refinery::{Migration, Report, Runner, error::Kind};
use std::{fs::File, path::Path};
use tokio_postgres::Client;

mod for_sqlite {
    refinery::embed_migrations!("migrations/sqlite");
}

mod for_postgres {
    refinery::embed_migrations!("migrations/postgres");
}

/// Held while migrating, so that those who start together take turns.
const LOCK: &str = "select pg_advisory_lock(7382910564)";
const HISTORY: &str = "set search_path = public";

fn failed(error: refinery::Error) -> Error {
    if let Kind::MissingVersion(unknown) = error.kind() {
        let why = format!("a later version of Sutler has brought this database to {unknown}");
        return Error::Other(format!("migrating: {why}: use that version"));
    }
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
            let _turn = turn(path)?;
            let mut connection = sqlite::open(path)?;
            migrate_sqlite(&mut connection)?
        }
        Location::Postgres(config) => {
            let mut client = connect(config).await?;
            client.batch_execute(LOCK).await.map_err(postgres::classified)?;
            for_postgres::migrations::runner().run_async(&mut client).await.map_err(failed)?
        }
    };
    Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
}

/// The same for a file: the lock of its directory. One on the file would end, when it is let go,
/// those that SQLite has on it.
fn turn(path: &Path) -> Result<File, Error> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let turn = File::open(directory).and_then(|file| file.lock().map(|()| file));
    turn.map_err(|error| {
        Error::Other(format!("migrating: locking {}: {error}", directory.display()))
    })
}

pub(crate) fn migrate_sqlite(connection: &mut rusqlite::Connection) -> Result<Report, Error> {
    for_sqlite::migrations::runner().run(connection).map_err(failed)
}

/// The last migration that this version knows.
pub fn schema_version() -> u32 {
    let runner = for_sqlite::migrations::runner();
    runner.get_migrations().iter().map(|one| one.version() as u32).max().unwrap_or(0)
}

/// How far a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schema {
    /// No shop was ever there.
    Absent,
    /// These migrations are still to be applied.
    Behind(Vec<String>),
    Current,
}

const HAS_HISTORY: &str =
    "select count(*) from sqlite_schema where name = 'refinery_schema_history'";
const HAS_HISTORY_ON_POSTGRES: &str =
    "select count(*) from pg_tables where tablename = 'refinery_schema_history'
     and schemaname = 'public'";
const LAST: &str = "select coalesce(max(version), 0) from refinery_schema_history";

pub(crate) async fn schema(location: &Location) -> Result<Schema, Error> {
    match location {
        Location::Sqlite(path) => {
            // Who may not look there has not found that it is absent.
            match path.try_exists() {
                Ok(true) => {}
                Ok(false) => return Ok(Schema::Absent),
                Err(error) => return Err(Error::Unavailable(error.to_string())),
            }
            let connection = sqlite::open_reader(path)?;
            let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
            let last = match number(HAS_HISTORY).map_err(sqlite::classified)? {
                0 => 0,
                _ => number(LAST).map_err(sqlite::classified)?,
            };
            Ok(reached(&for_sqlite::migrations::runner(), last))
        }
        Location::Postgres(config) => {
            let client = connect(config).await?;
            let has_history = client.query_one(HAS_HISTORY_ON_POSTGRES, &[]).await;
            let last = match has_history.map_err(postgres::classified)?.get::<_, i64>(0) {
                0 => 0,
                _ => client
                    .query_one(LAST, &[])
                    .await
                    .map_err(postgres::classified)?
                    .get::<_, i32>(0),
            };
            Ok(reached(&for_postgres::migrations::runner(), last.into()))
        }
    }
}

fn reached(runner: &Runner, last: i64) -> Schema {
    let newer = |migration: &&Migration| i64::from(migration.version()) > last;
    let missing: Vec<String> =
        runner.get_migrations().iter().filter(newer).map(ToString::to_string).collect();
    match (last, missing.is_empty()) {
        (0, _) => Schema::Absent,
        (_, true) => Schema::Current,
        (_, false) => Schema::Behind(missing),
    }
}

async fn connect(config: &tokio_postgres::Config) -> Result<Client, Error> {
    let client = postgres::connect(config).await?;
    client.batch_execute(HISTORY).await.map_err(postgres::classified)?;
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What is misnamed is passed over when the crate is built.
    #[test]
    fn every_file_of_a_folder_is_a_migration_of_both_engines() {
        let folder = |engine: &str| format!("{}/migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
        let files = |engine| {
            let files = std::fs::read_dir(folder(engine)).unwrap();
            let name = |file: std::io::Result<std::fs::DirEntry>| {
                file.unwrap().file_name().into_string().unwrap().replace(".sql", "")
            };
            files.map(name).collect::<BTreeSet<_>>()
        };
        let built = |runner: Runner| {
            runner.get_migrations().iter().map(ToString::to_string).collect::<BTreeSet<_>>()
        };
        assert_eq!(built(for_sqlite::migrations::runner()), files("sqlite"));
        assert_eq!(built(for_postgres::migrations::runner()), files("postgres"));
        assert_eq!(files("sqlite"), files("postgres"));
    }

    #[test]
    fn a_schema_is_absent_behind_or_current() {
        let two =
            ["V1__one", "V2__two"].map(|name| Migration::unapplied(name, "select 1").unwrap());
        let runner = Runner::new(&two);
        for (last, expected) in [
            (0, Schema::Absent),
            (1, Schema::Behind(vec!["V2__two".to_owned()])),
            (2, Schema::Current),
            (3, Schema::Current),
        ] {
            assert_eq!(reached(&runner, last), expected, "{last}");
        }
    }
}
