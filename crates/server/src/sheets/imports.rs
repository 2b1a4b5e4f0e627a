//! Sheets on their way in. All of a file is looked at before the first row is written; it is written in chunks,
//! each in a commit of its own under a key that is made of the file and the chunk: whoever brings the same
//! file again goes on where it was broken off.

mod checks;
mod writes;

use super::lines::{self, Line, Lines, Wrong};
use crate::http::{
    problems::{FieldError, Problem},
    sheets::Columned,
};
use domain::{Currency, Listed, Product, Rule, Sku, Stock, Text};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Seek},
    marker::PhantomData,
};

pub use checks::{Checked, Finding, bad_rows, check};
pub use writes::{By, Written, write};

/// So many rows are one commit. It is a part of their keys.
const CHUNK: usize = 500;
/// So many bad rows are told where there is room for some only.
pub const TOLD: usize = 100;

/// What is wrong with a cell.
#[derive(Debug, PartialEq)]
pub struct Fault {
    pub field: &'static str,
    pub message: String,
}

impl Fault {
    pub fn new(field: &'static str, message: impl Into<String>) -> Fault {
        Fault { field, message: message.into() }
    }
}

/// What a row would change.
pub struct Change {
    pub field: &'static str,
    pub from: String,
    pub to: String,
}

/// A row beside what is there.
pub struct Compared {
    pub is_new: bool,
    pub changes: Vec<Change>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub created: i64,
    pub changed: i64,
    pub unchanged: i64,
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.created += other.created;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
    }
}

/// A kind of sheet, and the command that its rows are.
pub trait Sheet: Columned + Send + Sync + 'static {
    /// A part of the keys of its chunks.
    const NAME: &'static str;
    type Row: Send + 'static;
    type Outcome: Send;
    type Refusal: Into<Problem> + Send;
    type Command: Rule<Outcome = Self::Outcome, Refusal = Self::Refusal>
        + Listed<Before = Self::Outcome>
        + Clone
        + Send;

    fn read(line: &Line, currency: Currency) -> Result<Self::Row, Vec<Fault>>;
    fn sku(row: &Self::Row) -> &Sku;

    /// Whether it asks for nothing at all.
    fn is_idle(_: &Self::Row) -> bool {
        false
    }

    /// The category that has to be there.
    fn slug(_: &Self::Row) -> Option<&Text<100>> {
        None
    }

    /// What it would change, or why it cannot be done.
    fn compare(
        row: &Self::Row,
        there: Option<&(Product, Stock)>,
        slugs: &BTreeSet<String>,
    ) -> Result<Compared, Vec<Fault>>;

    fn command(rows: Vec<Self::Row>) -> Self::Command;
    fn counts(outcome: &Self::Outcome) -> Counts;
    /// By the places of the rows in their command.
    fn faults(refusal: Self::Refusal) -> Vec<(usize, Fault)>;
}

type Row<S> = (u64, Result<<S as Sheet>::Row, Vec<Fault>>);

/// A file, read from its beginning, chunk by chunk and on a thread where it may wait for the disk.
struct Reading<S> {
    lines: Option<Lines<File>>,
    currency: Currency,
    of: PhantomData<fn() -> S>,
}

impl<S: Sheet> Reading<S> {
    async fn begin(file: &File, currency: Currency) -> Result<Reading<S>, Problem> {
        let file = file.try_clone().and_then(rewound).map_err(unreadable)?;
        let lines = off(move || lines::read(file, S::REQUIRED, S::OPTIONAL)).await?;
        let lines = lines.map_err(|error| Problem::invalid_field("line 1", error.to_string()))?;
        Ok(Reading { lines: Some(lines), currency, of: PhantomData })
    }

    /// No rows: that was all.
    async fn chunk(&mut self) -> Result<Vec<Row<S>>, Problem> {
        let Some(mut lines) = self.lines.take() else { return Ok(Vec::new()) };
        let currency = self.currency;
        let read = move || {
            let some = lines.by_ref().take(CHUNK);
            let rows: Vec<Row<S>> = some.map(|line| row::<S>(line, currency)).collect();
            (lines, rows)
        };
        let (lines, rows) = off(read).await?;
        self.lines = Some(lines).filter(|_| !rows.is_empty());
        Ok(rows)
    }
}

fn rewound(mut file: File) -> io::Result<File> {
    file.rewind()?;
    Ok(file)
}

fn unreadable(error: io::Error) -> Problem {
    tracing::error!(%error, "a sheet cannot be read");
    Problem::unavailable(format!("the sheet cannot be read: {error}"))
}

fn row<S: Sheet>(line: Result<Line, Wrong>, currency: Currency) -> Row<S> {
    match line {
        Ok(line) => (line.number, S::read(&line, currency)),
        Err(Wrong { line, why }) => (line, Err(vec![Fault::new("", why)])),
    }
}

/// Off the threads that answer.
async fn off<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Problem::internal())
}

pub fn field_error(line: u64, Fault { field, message }: &Fault) -> FieldError {
    match field.is_empty() {
        true => FieldError::new(format!("line {line}"), message),
        false => FieldError::new(format!("line {line}, {field}"), message),
    }
}
