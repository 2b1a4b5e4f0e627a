//! The schema's history: one embedded set of migrations per engine, applied in order and never edited.

mod rehearsal;
mod schema;

pub use rehearsal::{Rehearsed, Taken};
pub use schema::{SERVES_FROM, Schema, schema_version};

pub(crate) use rehearsal::rehearse;
pub(crate) use schema::{of_postgres, of_sqlite, outdated_on_postgres, refuse_outdated, schema};

use crate::{location::Location, postgres, sqlite, tx::Error};
use refinery::{Report, error::Kind};
use std::{
    fs::File,
    path::Path,
    time::{Duration, Instant},
};
use tokio_postgres::{Client, error::SqlState};

mod for_sqlite {
    refinery::embed_migrations!("migrations/sqlite");
}

mod for_postgres {
    refinery::embed_migrations!("migrations/postgres");
}

/// Held while migrating, so that those who start together take turns.
const LOCK: &str = "select pg_advisory_lock(7382910564)";
const HISTORY: &str = "set search_path = public";
/// Whoever waits for a table makes all wait who come after it: for so long at most, and then they have a turn.
/// Less than it takes Postgres to look for a deadlock, which would end an order as well as this.
const BRIEFLY: &str = "set lock_timeout = '800ms'";
const NOT_BRIEFLY: &str = "set lock_timeout = 0";
const AGAIN: Duration = Duration::from_secs(1);
/// Who has been in the way for the longest, for those who have given up.
const IN_THE_WAY: &str = "select pid, coalesce(application_name, ''),
        extract(epoch from clock_timestamp() - xact_start)::bigint
    from pg_stat_activity
    where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()
    order by xact_start limit 1";
const HAS_OLDEST: &str = "select to_regclass('writer.oldest') is not null";
/// Programs of an older schema than may work here from now on: they come again, and are told.
const END_OUTDATED: &str = "select pg_terminate_backend(pid) from pg_stat_activity, writer.oldest o
    where datname = current_database() and pid <> pg_backend_pid() and application_name ~ '^sutler(/[0-9]+)?$'
        and coalesce(nullif(split_part(application_name, '/', 2), '')::bigint, 10) < o.schema";

pub(crate) async fn migrate(location: &Location, patience: Duration) -> Result<Vec<String>, Error> {
    match location {
        Location::Sqlite(path) => {
            let _turn = turn(path)?;
            let mut connection = sqlite::open(path)?;
            if needs_none(&of_sqlite(&connection)?)? {
                return Ok(Vec::new());
            }
            migrate_file(&mut connection, patience)
        }
        Location::Postgres(config) => {
            let mut client = connect(config).await?;
            client.batch_execute(LOCK).await.map_err(postgres::classified)?;
            let is_done = needs_none(&of_postgres(&client).await?)?;
            // Also those whom whoever migrated before has left there.
            send_outdated_away(&client).await;
            if is_done {
                return Ok(Vec::new());
            }
            migrate_postgres(&mut client, patience).await
        }
    }
}

/// What a later program has brought further is left as it is.
fn needs_none(schema: &Schema) -> Result<bool, Error> {
    match schema.outdates() {
        Some(why) => Err(Error::Other(why)),
        None => Ok(matches!(schema, Schema::Current | Schema::Ahead { .. })),
    }
}

/// One after the other, each whole or not at all. One that finds its tables in use lets others go first.
async fn migrate_postgres(client: &mut Client, patience: Duration) -> Result<Vec<String>, Error> {
    let since = Instant::now();
    let mut applied = Vec::new();
    client.batch_execute(BRIEFLY).await.map_err(postgres::classified)?;
    loop {
        let run = for_postgres::migrations::runner().run_async(client).await;
        // Each is committed by itself, and some may have been.
        send_outdated_away(client).await;
        match run {
            Ok(report) => {
                client.batch_execute(NOT_BRIEFLY).await.map_err(postgres::classified)?;
                applied.extend(names(&report));
                return Ok(applied);
            }
            Err(error) if is_in_the_way(&error) => {
                applied.extend(error.report().map(names).unwrap_or_default());
                if since.elapsed() >= patience {
                    return Err(given_up(client, patience).await?);
                }
                tracing::warn!("a table that is to be changed is in use: waiting for another turn");
                tokio::time::sleep(AGAIN).await;
            }
            Err(error) => return Err(failed(error)),
        }
    }
}

fn is_in_the_way(error: &refinery::Error) -> bool {
    let Kind::Connection(_, cause) = error.kind() else { return false };
    let cause = cause.downcast_ref::<tokio_postgres::Error>();
    let code = cause.and_then(tokio_postgres::Error::code);
    let ways = [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED];
    code.is_some_and(|code| ways.contains(code))
}

/// They come again and are refused, each time they ask. Who may not end them says so.
async fn send_outdated_away(client: &Client) {
    let sent = async {
        let has = client.query_one(HAS_OLDEST, &[]).await?.get::<_, bool>(0);
        if has { client.batch_execute(END_OUTDATED).await } else { Ok(()) }
    };
    if let Err(error) = sent.await.map_err(postgres::classified) {
        tracing::warn!(%error, "programs that are too old may still be connected: stop them");
    }
}

/// The same for a file, which others may be writing into.
fn migrate_file(
    connection: &mut rusqlite::Connection,
    patience: Duration,
) -> Result<Vec<String>, Error> {
    let since = Instant::now();
    let mut applied = Vec::new();
    loop {
        match for_sqlite::migrations::runner().run(connection) {
            Ok(report) => {
                applied.extend(names(&report));
                return Ok(applied);
            }
            Err(error) if is_busy(&error) && since.elapsed() < patience => {
                applied.extend(error.report().map(names).unwrap_or_default());
                tracing::warn!("somebody else writes: waiting for another turn");
                // Whoever migrates a file has a thread for it.
                std::thread::sleep(AGAIN);
            }
            Err(error) => return Err(failed(error)),
        }
    }
}

fn is_busy(error: &refinery::Error) -> bool {
    let Kind::Connection(_, cause) = error.kind() else { return false };
    let cause = cause.downcast_ref::<rusqlite::Error>();
    let code = cause.and_then(rusqlite::Error::sqlite_error_code);
    code == Some(rusqlite::ErrorCode::DatabaseBusy)
}

async fn given_up(client: &Client, patience: Duration) -> Result<Error, Error> {
    let found = client.query_opt(IN_THE_WAY, &[]).await.map_err(postgres::classified)?;
    let oldest = found.map(|row| {
        let (pid, name, seconds): (i32, String, i64) = (row.get(0), row.get(1), row.get(2));
        format!(": the oldest transaction is that of process {pid} ({name}), begun {seconds} s ago")
    });
    let (waited, oldest) = (patience.as_secs(), oldest.unwrap_or_default());
    Ok(Error::Unavailable(format!(
        "migrating: a table that is to be changed was in use for {waited} s{oldest}"
    )))
}

fn names(report: &Report) -> Vec<String> {
    report.applied_migrations().iter().map(ToString::to_string).collect()
}

fn failed(error: refinery::Error) -> Error {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    Error::Other(format!("migrating: {text}"))
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

async fn connect(config: &tokio_postgres::Config) -> Result<Client, Error> {
    let client = postgres::connect(config).await?;
    client.batch_execute(HISTORY).await.map_err(postgres::classified)?;
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::*;
    use refinery::Runner;
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
}
