//! The SQLite driver: one writing connection, statements prepared once and run row by row.
//!
//! The file is in WAL mode with `synchronous=FULL`: a commit that was answered is on the disk.

mod checkpoints;

use self::checkpoints::{Copier, DUE_PAGES, MOST_BYTES};
use crate::{
    bulk::{Bulk, COMMIT, COUNT, Counted},
    failpoints::{Point, reached},
    migrations, tables,
    tx::{Committed, Connect, Error, Read, Tx, Write},
    value::Row,
};
use domain::{BatchId, Micros};
use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig, params, params_from_iter};
use std::{
    collections::HashMap,
    fs::OpenOptions,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

/// 3.51.3 mended a bug that could corrupt a WAL.
const OLDEST_VERSION: i32 = 3_051_003;
/// How long to wait for another process to finish its write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// So much of the file readers look at where the system has it, and copy no page. A commit elsewhere empties
/// the cache of a connection; a list of a large catalog would fill it anew, for a figure of each product.
const READERS_MAP_BYTES: i64 = 1 << 30;
/// How long to wait before looking again whether a reader has ended.
const SETTLE_PAUSE: Duration = Duration::from_millis(20);

const BEGIN: &str = "begin immediate";
const CLAIM: &str = "insert into batches (id, at) values (?1, ?2)";

/// Opens writing connections to one file.
#[derive(Clone, Debug)]
pub struct SqliteFile(pub PathBuf);

pub struct Sqlite {
    connection: Connection,
    /// Copies its log, until it is dropped.
    _copier: Option<Copier>,
    texts: HashMap<&'static str, String>,
    /// What is run after each row of a statement.
    thens: HashMap<&'static str, String>,
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
        let mut connection = open(path)?;
        migrations::refuse_outdated(&migrations::of_sqlite(&connection)?)?;
        let copier = Copier::beside(&mut connection, path, DUE_PAGES)?;
        Self::over(connection, Some(copier), Box::new(system_time))
    }

    /// A shop in memory that ends with the connection, its schema up to date: for simulations.
    pub fn in_memory(clock: Clock) -> Result<Sqlite, Error> {
        let mut connection = open(Path::new(":memory:"))?;
        migrations::migrate_sqlite(&mut connection)?;
        Self::over(connection, None, clock)
    }

    /// What lies in it, for those who check it from outside.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    fn over(connection: Connection, copier: Option<Copier>, clock: Clock) -> Result<Sqlite, Error> {
        let bulks = tables::bulks();
        let thens = bulks.iter().filter_map(|bulk| Some((bulk.name, bulk.sqlite_then()?)));
        let thens: HashMap<_, _> = thens.collect();
        connection.set_prepared_statement_cache_capacity(bulks.len() + thens.len() + 8);
        let texts = bulks.into_iter().map(|bulk| (bulk.name, bulk.sqlite())).collect();
        Ok(Sqlite { connection, _copier: copier, texts, thens, clock })
    }

    fn execute(&self, sql: &str, params: impl rusqlite::Params) -> Result<(), rusqlite::Error> {
        self.connection.prepare_cached(sql)?.execute(params).map(drop)
    }

    fn run(&self, write: &Write, committed: &mut Committed) -> Result<(), Error> {
        let Write { bulk, rows } = write;
        let mut statement =
            self.connection.prepare_cached(&self.texts[bulk.name]).map_err(classified)?;
        let mut then = match self.thens.get(bulk.name) {
            Some(sql) => Some(self.connection.prepare_cached(sql).map_err(classified)?),
            None => None,
        };
        let Some(counted) = bulk.counted() else {
            for row in rows.iter() {
                let cells = row.iter().take(bulk.width());
                let touched = statement.execute(params_from_iter(cells)).map_err(classified)?;
                if bulk.is_exact() && touched != 1 {
                    return Err(inexact(bulk, touched));
                }
                if let Some(then) = &mut then {
                    let touched = then.execute(params_from_iter(row)).map_err(classified)?;
                    if touched != 1 {
                        return Err(inexact(bulk, touched));
                    }
                }
            }
            return Ok(());
        };
        let last = self.raise(counted, rows.len(), committed).map_err(classified)?;
        let before = last - i64::try_from(rows.len()).unwrap_or(i64::MAX);
        for row in rows.iter() {
            for (index, value) in row.iter().enumerate() {
                let bound = match (index, value) {
                    (0, crate::Value::Int(offset)) => {
                        statement.raw_bind_parameter(1, before + offset)
                    }
                    _ => statement.raw_bind_parameter(index + 1, value),
                };
                bound.map_err(classified)?;
            }
            statement.raw_execute().map_err(classified)?;
        }
        Ok(())
    }

    /// Raises a counter by so many rows, and tells where it stands.
    fn raise(
        &self,
        counted: Counted,
        rows: usize,
        committed: &mut Committed,
    ) -> Result<i64, rusqlite::Error> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        match counted {
            Counted::By(counter) => {
                let mut raise = self.connection.prepare_cached(COUNT)?;
                let last = raise.query_row(params![rows, counter], |row| row.get(0))?;
                committed.counters.push((counter, last));
                Ok(last)
            }
            Counted::Feed => {
                let mut raise = self.connection.prepare_cached(COMMIT)?;
                let read = |row: &rusqlite::Row| Ok((row.get(0)?, row.get(1)?));
                let (last, number) = raise.query_row(params![rows], read)?;
                committed.number = number;
                Ok(last)
            }
        }
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

    fn write_and_commit(&mut self, writes: &[Write]) -> Result<Committed, Error> {
        let mut committed = Committed::default();
        for write in writes {
            self.run(write, &mut committed).map_err(|error| self.abandon(error))?;
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
        Ok(committed)
    }

    fn rollback(&mut self) -> Result<(), Error> {
        self.execute("rollback", []).map_err(classified)
    }
}

impl Sqlite {
    fn find(&self, read: &mut Read) -> Result<(), Error> {
        for (place, bulk) in read.bulks.iter().enumerate() {
            let sql = &self.texts[bulk.name];
            let mut statement = self.connection.prepare_cached(sql).map_err(classified)?;
            for key in read.keys.iter() {
                let mut rows = statement.query(params_from_iter(key)).map_err(classified)?;
                while let Some(row) = rows.next().map_err(classified)? {
                    (read.each)(place, &Row::Sqlite(row))?;
                }
            }
        }
        Ok(())
    }
}

/// The writing connection, with what makes its commits durable.
pub(crate) fn open(path: &Path) -> Result<Connection, Error> {
    refuse_old_library(rusqlite::version_number())?;
    make_private(path);
    let settings = format!(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
         pragma wal_autocheckpoint = {DUE_PAGES}; pragma journal_size_limit = {MOST_BYTES};
         pragma cache_size = -65536; pragma temp_store = memory;"
    );
    let opened = Connection::open(path).and_then(|connection| {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.execute_batch(&settings)?;
        keep_plans(&connection)?;
        Ok(connection)
    });
    opened.map_err(|error| named(path, classified(error)))
}

/// A connection that can only read.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags).and_then(|connection| {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.execute_batch(&format!(
            "pragma mmap_size = {READERS_MAP_BYTES}; pragma cache_size = -8192; pragma query_only = on;"
        ))?;
        connection.set_prepared_statement_cache_capacity(64);
        keep_plans(&connection)?;
        Ok(connection)
    });
    opened.map_err(|error| named(path, classified(error)))
}

/// A new file is its owner's alone; SQLite gives the files that it makes beside it the same mode.
fn make_private(path: &Path) {
    if path != Path::new(":memory:") {
        // One that is there stays as it is, and why none can be made, SQLite will say.
        let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    }
}

/// Copies all of the write-ahead log into the file itself. Others may be at work in it meanwhile:
/// nobody waits for this, it waits for those who still read what was there before.
pub(crate) fn settle(path: &Path) -> Result<(), Error> {
    let connection = open(path)?;
    let failed = |error| named(path, classified(error));
    let began = Instant::now();
    while !copy_log(&connection, "passive").map_err(failed)? {
        if began.elapsed() > BUSY_TIMEOUT {
            let why = "others still read what was there before its last changes";
            return Err(named(path, Error::Unavailable(why.into())));
        }
        std::thread::sleep(SETTLE_PAUSE);
    }
    // An empty log is tidier, and no more than that: who is at work just now is not disturbed.
    connection.busy_timeout(Duration::ZERO).map_err(failed)?;
    copy_log(&connection, "truncate").map_err(failed).map(drop)
}

/// Whether all of the log is in the file now.
fn copy_log(connection: &Connection, how: &str) -> Result<bool, rusqlite::Error> {
    connection.query_row(&format!("pragma wal_checkpoint({how})"), [], |row| {
        let (is_busy, logged, copied): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(is_busy == 0 && logged == copied)
    })
}

/// An error that says which file it is about.
pub(crate) fn named(path: &Path, error: Error) -> Error {
    let path = path.display().to_string();
    let name = |why: String| match why.contains(&path) {
        true => why,
        false => format!("{path}: {why}"),
    };
    match error {
        Error::Race(why) => Error::Race(name(why)),
        Error::Locked(why) => Error::Locked(name(why)),
        Error::Landed => Error::Landed,
        Error::Data(why) => Error::Data(name(why)),
        Error::Fault(why) => Error::Fault(name(why)),
        Error::Lost(why) => Error::Lost(name(why)),
        Error::Unavailable(why) => Error::Unavailable(name(why)),
        Error::Other(why) => Error::Other(name(why)),
    }
}

/// A statement is planned once, and not again for every value of a range or a pattern: that made
/// a page by cursor take 40 us instead of 2.
fn keep_plans(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

fn refuse_old_library(version: i32) -> Result<(), Error> {
    match version >= OLDEST_VERSION {
        true => Ok(()),
        false => Err(Error::Other(format!(
            "this binary was built with SQLite {version}, which can corrupt a WAL; it needs {OLDEST_VERSION} or newer"
        ))),
    }
}

/// What should have been there is not, or more than that: nobody may be told that it was done.
fn inexact(bulk: &Bulk, touched: usize) -> Error {
    Error::Fault(format!("{} touched {touched} rows instead of one", bulk.name))
}

pub(crate) fn classified(error: rusqlite::Error) -> Error {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => Error::Race(text),
        Some(ErrorCode::OperationInterrupted) => Error::Locked(text),
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
    use rusqlite::StatementStatus;
    use testbed::TempDir;

    #[test]
    fn no_statement_is_planned_anew_for_another_value() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("shop.db");
        let mut writer = open(&path).unwrap();
        migrations::migrate_sqlite(&mut writer).unwrap();
        for connection in [writer, open_reader(&path).unwrap()] {
            for sql in [
                "select id from products where (name, id) > (?1, 0) order by name, id",
                "select id from products where search_folded like ?1 escape '\\'",
            ] {
                let mut statement = connection.prepare(sql).unwrap();
                for value in ["a", "b", "c"] {
                    assert!(!statement.exists([value]).unwrap());
                }
                assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
            }
        }
    }

    #[test]
    fn a_library_that_can_corrupt_a_wal_is_refused() {
        assert!(refuse_old_library(3_051_002).is_err());
        assert!(refuse_old_library(3_051_003).is_ok());
        assert!(refuse_old_library(rusqlite::version_number()).is_ok());
    }

    #[test]
    fn a_log_is_copied_once_its_readers_have_ended_and_nobody_waits_for_it() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("shop.db");
        let writer = open(&path).unwrap();
        writer.execute_batch("create table t (n); insert into t values (1)").unwrap();
        let reader = open_reader(&path).unwrap();
        reader.execute_batch("begin; select * from t").unwrap();
        writer.execute_batch("insert into t values (2)").unwrap();

        let settling = std::thread::spawn({
            let path = path.clone();
            move || settle(&path)
        });
        writer.busy_timeout(Duration::ZERO).unwrap();
        for n in 3..100 {
            writer.execute("insert into t values (?1)", [n]).unwrap();
        }
        reader.execute_batch("commit").unwrap();
        settling.join().unwrap().unwrap();
        settle(&path).unwrap();

        let copy = dir.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        let count = "select count(*) from t";
        let copied = open(&copy).unwrap().query_row(count, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(copied, 99);
        let log = std::fs::metadata(path.with_extension("db-wal")).unwrap();
        assert_eq!(log.len(), 0);
    }
}
