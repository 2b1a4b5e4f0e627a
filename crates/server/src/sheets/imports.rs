//! Sheets on their way in. All of a file is looked at before the first row is written; it is written in chunks,
//! each in a commit of its own under a key that is made of the file and the chunk: whoever brings the same
//! file again goes on where it was broken off.

mod checks;
mod traces;
mod writes;

use super::lines::{self, Line, Lines, Wrong};
use crate::http::{
    codes,
    problems::{FieldError, Problem},
    sheets::Columned,
};
use domain::{
    Actor, CorrelationId, Currency, IdempotencyKey, Listed, Product, Rule, Sku, Stock, Text,
};
use std::{
    fs::File,
    io::{self, Seek},
    marker::PhantomData,
};
use traces::Import;

pub use checks::{BadRows, Checked, Finding, check, told_bad};
pub use writes::{Written, write};

/// So many rows are one commit. It is a part of their keys. Of a shop that is tortured so few that strikes fall
/// between them.
const CHUNK: usize = if cfg!(feature = "failpoints") { 2 } else { 500 };
/// So many bad rows are told where there is room for some only.
pub const TOLD: usize = 100;

/// Who brings a file, and how.
pub struct By {
    pub actor: Actor,
    pub correlation: CorrelationId,
    /// Another one imports the same file again.
    pub key: Option<IdempotencyKey>,
    /// Rows before this line are passed over.
    pub from_line: u64,
}

/// What is wrong with a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub field: &'static str,
    pub message: String,
}

impl Fault {
    pub fn new(field: &'static str, message: impl Into<String>) -> Fault {
        Fault { field, message: message.into() }
    }

    pub fn unknown_category() -> Fault {
        Fault::new("category", "there is no category with this slug")
    }
}

/// What a row would change.
pub struct Change {
    pub field: &'static str,
    pub from: String,
    pub to: String,
}

/// A row beside what is there.
#[derive(Default)]
pub struct Compared {
    pub is_new: bool,
    pub changes: Vec<Change>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub created: i64,
    pub changed: i64,
    pub unchanged: i64,
    /// Rows that this same file has brought before. They are passed over, and nowhere else in these sums.
    pub done_before: i64,
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.created += other.created;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.done_before += other.done_before;
    }
}

/// A kind of sheet, and the command that its rows are.
pub trait Sheet: Columned + Send + Sync + 'static {
    type Row: Send + 'static;
    type Outcome: Send;
    type Refusal: Into<Problem> + Send;
    type Command: Rule<Outcome = Self::Outcome, Refusal = Self::Refusal>
        + Listed<Before = Self::Outcome>
        + Clone
        + Send;

    /// What can be read of it, and what is wrong with the rest.
    fn read(line: &Line, currency: Currency) -> (Self::Row, Vec<Fault>);
    /// An empty one: it could not be read.
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
    fn compare(row: &Self::Row, there: Option<&(Product, Stock)>) -> Result<Compared, Vec<Fault>>;

    fn command(rows: Vec<Self::Row>) -> Self::Command;
    fn counts(outcome: &Self::Outcome) -> Counts;
    /// By the places of the rows in their command.
    fn faults(refusal: Self::Refusal) -> Vec<(usize, Fault)>;
}

/// A line of a file. One that cannot be cut into cells has no row.
struct Row<S: Sheet> {
    line: u64,
    row: Option<S::Row>,
    wrong: Vec<Fault>,
}

/// A file, read from its beginning, chunk by chunk and on a thread where it may wait for the disk.
struct Reading<S> {
    lines: Option<Lines<File>>,
    from_line: u64,
    currency: Currency,
    of: PhantomData<fn() -> S>,
}

impl<S: Sheet> Reading<S> {
    async fn begin(file: &File, from_line: u64, currency: Currency) -> Result<Reading<S>, Problem> {
        let file = file.try_clone().and_then(rewound).map_err(unreadable)?;
        let lines = off(move || lines::read(file, S::REQUIRED, S::OPTIONAL)).await?;
        let lines = lines.map_err(|error| {
            let errors = vec![field_error(1, &Fault::new("", error.to_string()))];
            Problem::new(codes::INVALID, format!("line 1: {error}")).errors(errors)
        })?;
        Ok(Reading { lines: Some(lines), from_line, currency, of: PhantomData })
    }

    /// No rows: that was all.
    async fn chunk(&mut self) -> Result<Vec<Row<S>>, Problem> {
        let Some(mut lines) = self.lines.take() else { return Ok(Vec::new()) };
        let (currency, from_line) = (self.currency, self.from_line);
        let read = move || {
            let some = lines.by_ref().filter(|line| number(line) >= from_line).take(CHUNK);
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

fn number(line: &Result<Line, Wrong>) -> u64 {
    line.as_ref().map_or_else(|wrong| wrong.line, |line| line.number)
}

fn row<S: Sheet>(line: Result<Line, Wrong>, currency: Currency) -> Row<S> {
    match line {
        Ok(line) => {
            let (row, wrong) = S::read(&line, currency);
            Row { line: line.number, row: Some(row), wrong }
        }
        Err(Wrong { line, why }) => Row { line, row: None, wrong: vec![Fault::new("", why)] },
    }
}

/// Off the threads that answer.
async fn off<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Problem::internal())
}

pub fn field_error(line: u64, Fault { field, message }: &Fault) -> FieldError {
    FieldError { line: Some(line), ..FieldError::new(*field, message) }
}
