//! One transaction, as the writer sees it: begin, read, write and commit. Both engines implement it.

use crate::{
    bulk::Bulk,
    value::{Row, Rows},
};
use domain::{BatchId, Micros};

/// Why a step of a transaction failed, sorted by what to do about it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// Another writer was faster. It has committed, so to load and decide again sees it.
    #[error("lost a race: {0}")]
    Race(String),
    /// Another session holds a lock for long: a slow node, a frozen one, or a person.
    #[error("waited too long for a lock: {0}")]
    Locked(String),
    /// The batch with this id was committed before.
    #[error("the batch had landed")]
    Landed,
    /// The database refuses the data itself, and will for ever.
    #[error("refused by the database: {0}")]
    Data(String),
    /// The shop itself is wrong: a rule, a statement, or a row as this version does not know it.
    #[error("a fault of the shop: {0}")]
    Fault(String),
    /// The connection broke, or a commit's end is not known.
    #[error("connection lost: {0}")]
    Lost(String),
    /// The database cannot write now: locked, full, read-only. Nothing was committed.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    #[error("{0}")]
    Other(String),
}

/// Takes one row of an answer in: of which statement, and the row.
pub type Each<'f> = Box<dyn FnMut(usize, &Row) -> Result<(), Error> + 'f>;

/// A keyed read, and where its rows go. Several statements read by the same keys, in their order.
pub struct Read<'f> {
    pub bulks: &'f [&'static Bulk],
    pub keys: Rows<'f>,
    pub each: Each<'f>,
}

pub struct Write<'f> {
    pub bulk: &'static Bulk,
    pub rows: Rows<'f>,
}

/// What a commit has counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Where the counters stand that it has raised.
    pub counters: Vec<(&'static str, i64)>,
    /// The commit's own number: every commit of the shop has one, without gaps.
    pub number: i64,
}

/// Any error ends the transaction; the next `begin` starts afresh.
pub trait Tx {
    /// Opens a transaction, claims the batch's id, tells the database's time and makes the first
    /// reads: one round trip.
    fn begin(&mut self, batch: BatchId, reads: &mut [Read]) -> Result<Micros, Error>;

    /// More reads: one round trip.
    fn read(&mut self, reads: &mut [Read]) -> Result<(), Error>;

    /// All writes and the commit, which is durable when this returns: one round trip. `Lost` means
    /// that the end is not known; every other error, that nothing was committed.
    fn write_and_commit(&mut self, writes: &[Write]) -> Result<Committed, Error>;

    fn rollback(&mut self) -> Result<(), Error>;
}

/// Opens the writing connection, at the start and after a loss.
pub trait Connect: Send {
    fn connect(&self) -> Result<Box<dyn Tx>, Error>;
}
