//! The SQLite driver: one writing connection, statements prepared once and run row by row.
//!
//! The file is in WAL mode with `synchronous=FULL`: a commit that was answered is on the disk.

use crate::{
    bulk::COUNT,
    failpoints::{Point, reached},
    migrations, statements,
    tx::{Connect, Counted, Error, Read, Tx, Write},
    value::Row,
};
use domain::{BatchId, Micros};
use rusqlite::{Connection, ErrorCode, OpenFlags, params, params_from_iter};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// 3.51.3 mended a bug that could corrupt a WAL.
const OLDEST_VERSION: i32 = 3_051_003;
/// How long to wait for another process to finish its write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// Rarer checkpoints write each hot page once instead of often; at a million orders it doubles the
/// rate. 64 MiB of 4 KiB pages: a WAL of that size is read in well under a second after a crash.
const CHECKPOINT_PAGES: i64 = 16_384;

const BEGIN: &str = "begin immediate";
const CLAIM: &str = "insert into batches (id, at) values (?1, ?2)";

/// Opens writing connections to one file.
#[derive(Clone, Debug)]
pub struct SqliteFile(pub PathBuf);

pub struct Sqlite {
    connection: Connection,
    texts: HashMap<&'static str, String>,
    clock: Clock,
}

/// Tells the time: the machine's, or a simulation's.
pub type Clock = Box<dyn Fn() -> Micros + Send>;

pub(crate) fn system_time() -> Micros {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

impl Connect for SqliteFile {
    fn connect(&self) -> Result<Box<dyn Tx>, Error> {
        Ok(Box::new(Sqlite::open(&self.0)?))
    }
}

impl Sqlite {
    pub fn open(path: &Path) -> Result<Sqlite, Error> {
        Self::over(open(path)?, Box::new(system_time))
    }

    /// A shop in memory that ends with the connection, its schema up to date: for simulations.
    pub fn in_memory(clock: Clock) -> Result<Sqlite, Error> {
        let mut connection = open(Path::new(":memory:"))?;
        migrations::migrate_sqlite(&mut connection)?;
        Self::over(connection, clock)
    }

    /// What lies in it, for those who check it from outside.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    fn over(connection: Connection, clock: Clock) -> Result<Sqlite, Error> {
        connection.set_prepared_statement_cache_capacity(statements::all().count() + 8);
        let texts = statements::all().map(|bulk| (bulk.name, bulk.sqlite())).collect();
        Ok(Sqlite { connection, texts, clock })
    }

    fn execute(&self, sql: &str, params: impl rusqlite::Params) -> Result<(), rusqlite::Error> {
        self.connection.prepare_cached(sql)?.execute(params).map(drop)
    }

    fn run(&self, write: &Write) -> Result<Option<(&'static str, i64)>, rusqlite::Error> {
        let mut statement = self.connection.prepare_cached(&self.texts[write.bulk.name])?;
        let Some(counter) = write.bulk.counter() else {
            for row in write.rows.iter() {
                statement.execute(params_from_iter(row))?;
            }
            return Ok(None);
        };
        let count = i64::try_from(write.rows.len()).unwrap_or(i64::MAX);
        let mut raise = self.connection.prepare_cached(COUNT)?;
        let last: i64 = raise.query_row(params![count, counter], |row| row.get(0))?;
        for row in write.rows.iter() {
            for (index, value) in row.iter().enumerate() {
                match (index, value) {
                    (0, crate::Value::Int(offset)) => {
                        statement.raw_bind_parameter(1, last - count + offset)?;
                    }
                    _ => statement.raw_bind_parameter(index + 1, value)?,
                }
            }
            statement.raw_execute()?;
        }
        Ok(Some((counter, last)))
    }

    /// After a failure a transaction may or may not be open still.
    fn abandon(&self, error: Error) -> Error {
        match self.connection.is_autocommit() {
            true => error,
            false => match self.connection.execute_batch("rollback") {
                Ok(()) => error,
                Err(rollback) => Error::Lost(format!("{error}; then rolling back: {rollback}")),
            },
        }
    }
}

impl Tx for Sqlite {
    fn begin(&mut self, batch: BatchId, reads: &mut [Read]) -> Result<Micros, Error> {
        let now = (self.clock)();
        self.execute(BEGIN, []).map_err(classified).map_err(|error| self.abandon(error))?;
        let claimed = self.execute(CLAIM, params![batch.0.as_bytes(), now.0]);
        claimed.map_err(|error| match classified(error) {
            Error::Race(_) => self.abandon(Error::Landed),
            other => self.abandon(other),
        })?;
        self.read(reads)?;
        Ok(now)
    }

    fn read(&mut self, reads: &mut [Read]) -> Result<(), Error> {
        reads.iter_mut().try_for_each(|read| self.find(read)).map_err(|error| self.abandon(error))
    }

    fn write_and_commit(&mut self, writes: &[Write]) -> Result<Counted, Error> {
        let mut counted = Counted::new();
        for write in writes {
            let raised = self.run(write).map_err(|error| self.abandon(classified(error)))?;
            counted.extend(raised);
        }
        reached(Point::Flushed);
        self.execute("commit", []).map_err(|error| {
            let failed_in_io = error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure);
            match self.abandon(classified(error)) {
                // The frames may have reached the disk: only a look at the file tells.
                error if failed_in_io => Error::Lost(error.to_string()),
                error => error,
            }
        })?;
        Ok(counted)
    }

    fn rollback(&mut self) -> Result<(), Error> {
        self.execute("rollback", []).map_err(classified)
    }
}

impl Sqlite {
    fn find(&self, read: &mut Read) -> Result<(), Error> {
        let sql = &self.texts[read.bulk.name];
        let mut statement = self.connection.prepare_cached(sql).map_err(classified)?;
        for key in read.keys.iter() {
            let mut rows = statement.query(params_from_iter(key)).map_err(classified)?;
            while let Some(row) = rows.next().map_err(classified)? {
                (read.each)(&Row::Sqlite(row))?;
            }
        }
        Ok(())
    }
}

/// The writing connection, with what makes its commits durable.
pub(crate) fn open(path: &Path) -> Result<Connection, Error> {
    refuse_old_library(rusqlite::version_number())?;
    let connection = Connection::open(path).map_err(classified)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(classified)?;
    let settings = format!(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
         pragma wal_autocheckpoint = {CHECKPOINT_PAGES}; pragma journal_size_limit = 67108864;
         pragma cache_size = -65536; pragma temp_store = memory;"
    );
    connection.execute_batch(&settings).map_err(classified)?;
    Ok(connection)
}

/// A connection that can only read.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(classified)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(classified)?;
    connection
        .execute_batch("pragma cache_size = -8192; pragma query_only = on;")
        .map_err(classified)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn refuse_old_library(version: i32) -> Result<(), Error> {
    match version >= OLDEST_VERSION {
        true => Ok(()),
        false => Err(Error::Other(format!(
            "this binary was built with SQLite {version}, which can corrupt a WAL; it needs {OLDEST_VERSION} or newer"
        ))),
    }
}

pub(crate) fn classified(error: rusqlite::Error) -> Error {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => Error::Race(text),
        Some(ErrorCode::TypeMismatch | ErrorCode::TooBig | ErrorCode::ParameterOutOfRange) => {
            Error::Data(text)
        }
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::ReadOnly
            | ErrorCode::OutOfMemory
            | ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::SystemIoFailure,
        ) => Error::Unavailable(text),
        _ => Error::Other(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_can_corrupt_a_wal_is_refused() {
        assert!(refuse_old_library(3_051_002).is_err());
        assert!(refuse_old_library(3_051_003).is_ok());
        assert!(refuse_old_library(rusqlite::version_number()).is_ok());
    }
}
