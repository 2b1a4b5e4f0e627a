//! Copies of a shop in SQLite, made while it sells; and what makes of one that was kept the shop again.

use crate::{
    location::Location,
    postgres,
    sqlite::{self, classified, named},
    tx::Error,
};
use rusqlite::{
    Connection, ErrorCode,
    backup::{Backup, StepResult},
};
use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::{Duration, Instant},
};
use tokio::time::sleep;

const NEW_EPOCH: &str = "update feed set epoch = lower(hex(randomblob(4))) where one = 1";
const NEW_EPOCH_ON_POSTGRES: &str = "update writer.feed
    set epoch = substr(replace(gen_random_uuid()::text, '-', ''), 1, 8) where one = 1";
const MAY_MARK: &str = "select current_setting('archive_mode') <> 'off'
    and has_function_privilege('pg_create_restore_point(text)', 'execute')";
const MARK: &str = "select pg_create_restore_point($1)";
/// Two servers have not started in the same microsecond.
const SERVER_AND_DATABASE: &str =
    "select extract(epoch from pg_postmaster_start_time())::text || ' ' || current_database()";

const NOTICED: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(50);
const OTHERS_ON_POSTGRES: &str = "select count(*) from pg_stat_activity
    where datname = current_database() and application_name like 'sutler%' and pid <> pg_backend_pid()";

impl Location {
    /// Copies the shop as it is at one moment into a file that is not there yet, and is on the disk when this is back.
    /// Orders go on meanwhile.
    pub fn copy_to(&self, path: &Path) -> Result<(), Error> {
        match self {
            Location::Sqlite(from) => copy(from, path).map_err(|error| named(path, error)),
            Location::Postgres(_) => {
                Err(Error::Other("a shop on Postgres is copied by Postgres' own tools".into()))
            }
        }
    }

    /// Whether every page of the file is as it was written, and every index has what its table has.
    pub fn check_pages(&self) -> Result<(), Error> {
        let Location::Sqlite(path) = self else { return Ok(()) };
        let connection = sqlite::open_reader(path)?;
        let found = connection
            .query_row("pragma integrity_check(1)", [], |row| row.get::<_, String>(0))
            .map_err(|error| named(path, classified(error)))?;
        match found.as_str() {
            "ok" => Ok(()),
            why => Err(named(path, Error::Data(format!("it is broken: {why}")))),
        }
    }

    /// From now on the shop has another history than the one that it was copied from: positions and cursors of what
    /// came after the copy are told apart by it. Nobody may serve it meanwhile, which is why this is no command.
    pub async fn begin_epoch(&self) -> Result<(), Error> {
        match self {
            Location::Sqlite(path) => {
                let connection = sqlite::open(path)?;
                connection.execute(NEW_EPOCH, []).map_err(classified).map(drop)
            }
            Location::Postgres(config) => {
                let client = postgres::connect(config).await?;
                let done = client.execute(NEW_EPOCH_ON_POSTGRES, &[]).await;
                done.map_err(postgres::classified).map(drop)
            }
        }
    }

    /// Marks this moment in the log of a Postgres that archives it: a copy can be restored to what it was now.
    /// False if it archives none, or this user may not.
    pub async fn mark(&self, name: &str) -> Result<bool, Error> {
        let Location::Postgres(config) = self else { return Ok(false) };
        let client = postgres::connect(config).await?;
        let may = client.query_one(MAY_MARK, &[]).await.map_err(postgres::classified)?;
        let may: bool = may.get(0);
        if may {
            client.execute(MARK, &[&name]).await.map_err(postgres::classified)?;
        }
        Ok(may)
    }

    /// What tells a database on Postgres apart from its clone, whatever that was copied by.
    pub async fn server_and_database(&self) -> Result<String, Error> {
        let Location::Postgres(config) = self else { return Ok(self.to_string()) };
        let client = postgres::connect(config).await?;
        let row = client.query_one(SERVER_AND_DATABASE, &[]).await;
        Ok(row.map_err(postgres::classified)?.get(0))
    }

    /// Takes the shop out of use: all of it is in its one file afterwards. False if anybody else has it open.
    pub async fn retire(&self) -> Result<bool, Error> {
        match self {
            Location::Sqlite(path) => leave_log(path).map_err(|error| named(path, error)),
            Location::Postgres(config) => {
                let client = postgres::connect(config).await?;
                let since = Instant::now();
                loop {
                    let others = client.query_one(OTHERS_ON_POSTGRES, &[]).await;
                    let others: i64 = others.map_err(postgres::classified)?.get(0);
                    // The server may not have noticed yet that somebody has gone.
                    if others == 0 || since.elapsed() > NOTICED {
                        break Ok(others == 0);
                    }
                    sleep(AGAIN).await;
                }
            }
        }
    }
}

/// Copies the log into the file, and does without one from now on, if nobody else has the file open.
fn leave_log(path: &Path) -> Result<bool, Error> {
    let connection = Connection::open(path).map_err(classified)?;
    let mode = "pragma journal_mode = delete";
    match connection.query_row(mode, [], |row| row.get::<_, String>(0)) {
        Ok(mode) => Ok(mode == "delete"),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(false),
        Err(error) => Err(classified(error)),
    }
}

/// All pages in one step, of one snapshot: between two steps a commit would make it begin anew.
fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let source = sqlite::open_reader(from)?;
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    made.map_err(|error| Error::Unavailable(error.to_string()))?;
    let mut target = Connection::open(to).map_err(classified)?;
    // Whoever finds half a copy throws it away.
    target
        .execute_batch("pragma journal_mode = off; pragma synchronous = off")
        .map_err(classified)?;
    let step = Backup::new(&source, &mut target).and_then(|backup| backup.step(-1));
    match step.map_err(classified)? {
        StepResult::Done => {}
        other => return Err(Error::Locked(format!("copying it has ended with {other:?}"))),
    }
    target.close().map_err(|(_, error)| classified(error))?;
    let kept = File::open(to).and_then(|file| file.sync_all());
    kept.map_err(|error| Error::Unavailable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use testbed::TempDir;

    #[test]
    fn a_page_that_is_not_as_it_was_written_is_found() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("shop.db");
        let connection = Connection::open(&path).unwrap();
        let table =
            "create table t (n integer primary key, name text); create index by_name on t (name);
            with recursive g (n) as (select 1 union all select n + 1 from g where n < 5000)
            insert into t select n, 'name ' || n from g";
        connection.execute_batch(table).unwrap();
        drop(connection);
        let shop = Location::Sqlite(path.clone());
        assert_eq!(shop.check_pages(), Ok(()));
        let mut bytes = std::fs::read(&path).unwrap();
        // Of the index alone, which comes last.
        let last = bytes.len() - 100;
        bytes[last] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(shop.check_pages(), Err(Error::Data(_))), "{:?}", shop.check_pages());
    }
}
