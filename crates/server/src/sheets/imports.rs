//! Sheets on their way in. All of a file is looked at before the first row is written; it is written in chunks,
//! each in a commit of its own under a key that is made of the file and the chunk: whoever brings the same
//! file again goes on where it was broken off.

use super::lines::{self, Line, Lines, Wrong};
use crate::{
    app::App,
    http::{
        codes,
        problems::{FieldError, Problem},
        sheets::Columned,
    },
};
use aws_lc_rs::digest::{Context, SHA256, digest};
use domain::{
    Actor, CorrelationId, Currency, Done, IdempotencyKey, Listed, Product, Rule, Sku, Stock, Text,
};
use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    fmt::Write,
    fs::File,
    io::{self, Read, Seek},
    time::Duration,
};
use store::{Answered, Rejection};

/// So many rows are one commit. It is a part of their keys.
const CHUNK: usize = 500;
/// So often a chunk is tried again that found the shop busy.
const TRIES: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
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

/// What is found while a file is looked at.
pub enum Finding<'f> {
    Bad { line: u64, fault: &'f Fault },
    Change { line: u64, sku: &'f Sku, change: &'f Change },
    /// So many rows have been looked at.
    Rows(u64),
}

/// What a file would come to.
#[derive(Debug, Default)]
pub struct Checked {
    pub counts: Counts,
    pub rows: u64,
    pub bad: u64,
}

/// What a file has come to.
#[derive(Debug, Default)]
pub struct Written {
    pub counts: Counts,
    pub commit: Option<i64>,
    /// So many chunks, and so many of them were there from a time before.
    pub chunks: u64,
    pub before: u64,
}

/// Who brings it.
pub struct By {
    pub actor: Actor,
    pub correlation: CorrelationId,
    /// Another one imports the same file again.
    pub key: Option<IdempotencyKey>,
}

type Row<S> = (u64, Result<<S as Sheet>::Row, Vec<Fault>>);

/// A file, read from its beginning, chunk by chunk and on a thread where it may wait for the disk.
struct Reading<S> {
    lines: Option<Lines<File>>,
    currency: Currency,
    of: std::marker::PhantomData<fn() -> S>,
}

impl<S: Sheet> Reading<S> {
    async fn begin(file: &File, currency: Currency) -> Result<Reading<S>, Problem> {
        let file = file.try_clone().and_then(rewound).map_err(unreadable)?;
        let lines = off(move || lines::read(file, S::REQUIRED, S::OPTIONAL)).await?;
        let lines = lines.map_err(|error| Problem::invalid_field("line 1", error.to_string()))?;
        Ok(Reading { lines: Some(lines), currency, of: std::marker::PhantomData })
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

/// Looks at every row of a file, and at what is there. Nothing is written.
pub async fn check<S: Sheet>(
    app: &App,
    file: &File,
    found: &mut (dyn FnMut(Finding<'_>) -> io::Result<()> + Send),
) -> Result<Checked, Problem> {
    let mut reading = Reading::<S>::begin(file, app.currency).await?;
    let (mut checked, mut seen) = (Checked::default(), HashMap::new());
    loop {
        let rows = reading.chunk().await?;
        if rows.is_empty() {
            return Ok(checked);
        }
        checked.rows += rows.len() as u64;
        let wanted = rows.iter().filter_map(|(_, row)| row.as_ref().ok());
        let skus: Vec<&Sku> = wanted.clone().map(S::sku).collect();
        let slugs: BTreeSet<&Text<100>> = wanted.filter_map(S::slug).collect();
        let exact = app.readers.exact();
        let there = exact.products_by_sku(&skus).await?;
        let there: HashMap<&Sku, &(Product, Stock)> =
            there.iter().map(|found| (&found.0.sku, found)).collect();
        let slugs = exact.known_slugs(&slugs).await?;
        for (line, row) in &rows {
            let compared = row.as_ref().map_err(|_| None).and_then(|row| {
                twice(&mut seen, S::sku(row), *line)
                    .and_then(|()| S::compare(row, there.get(S::sku(row)).copied(), &slugs))
                    .map(|compared| (row, compared))
                    .map_err(Some)
            });
            match compared {
                Ok((row, compared)) => tell::<S>(&mut checked.counts, *line, row, &compared, found),
                Err(faults) => {
                    checked.bad += 1;
                    let faults = faults.as_ref().or(row.as_ref().err());
                    let mut faults = faults.into_iter().flatten();
                    faults.try_for_each(|fault| found(Finding::Bad { line: *line, fault }))
                }
            }
            .map_err(|error| super::spools::no_room(&error))?;
        }
        found(Finding::Rows(checked.rows)).map_err(|error| super::spools::no_room(&error))?;
    }
}

/// Counts a row that can be done, and tells what it would change.
fn tell<S: Sheet>(
    counts: &mut Counts,
    line: u64,
    row: &S::Row,
    compared: &Compared,
    found: &mut (dyn FnMut(Finding<'_>) -> io::Result<()> + Send),
) -> io::Result<()> {
    match (compared.is_new, compared.changes.is_empty()) {
        (true, _) => counts.created += 1,
        (false, false) => counts.changed += 1,
        (false, true) => counts.unchanged += 1,
    }
    let sku = S::sku(row);
    compared.changes.iter().try_for_each(|change| found(Finding::Change { line, sku, change }))
}

/// Skus that were seen, by a hash: a million of them are 24 MB, however long they are.
fn twice(seen: &mut HashMap<[u8; 16], u64>, sku: &Sku, line: u64) -> Result<(), Vec<Fault>> {
    let mut half = [0; 16];
    half.copy_from_slice(&digest(&SHA256, sku.as_str().as_bytes()).as_ref()[..16]);
    match seen.entry(half) {
        Entry::Vacant(place) => {
            place.insert(line);
            Ok(())
        }
        Entry::Occupied(first) => {
            Err(vec![Fault::new("sku", format!("is on line {} too", first.get()))])
        }
    }
}

/// Writes a file that was looked at.
pub async fn write<S: Sheet>(
    app: &App,
    by: By,
    file: &File,
    told: &mut (dyn FnMut(u64) + Send),
) -> Result<Written, Problem> {
    let bytes = file.try_clone().and_then(rewound).map_err(unreadable)?;
    let key = by.key.clone();
    let prefix = off(move || prefix::<S>(bytes, key.as_ref())).await?.map_err(unreadable)?;
    let mut reading = Reading::<S>::begin(file, app.currency).await?;
    let (mut written, mut rows_done) = (Written::default(), 0);
    for number in 0_u64.. {
        let rows = reading.chunk().await?;
        if rows.is_empty() {
            break;
        }
        let count = rows.len() as u64;
        let (mut wanted, mut numbers) = (Vec::with_capacity(rows.len()), Vec::new());
        for (line, row) in rows {
            let Ok(row) = row else { return Err(changed_meanwhile(line)) };
            match S::is_idle(&row) {
                true => written.counts.unchanged += 1,
                false => {
                    wanted.push(row);
                    numbers.push(line);
                }
            }
        }
        if !wanted.is_empty() {
            let key = IdempotencyKey::stored(&format!("{prefix}-{number}"));
            let answered = send::<S>(app, &by, key, wanted, (&numbers, rows_done)).await?;
            written.chunks += 1;
            written.commit = answered.commit.or(written.commit);
            let outcome = match &answered.done {
                Done::Now(outcome) => outcome,
                Done::Before(outcome) => {
                    written.before += 1;
                    outcome
                }
            };
            written.counts.add(S::counts(outcome));
        }
        rows_done += count;
        told(rows_done);
    }
    app.catalog.forget();
    Ok(written)
}

fn changed_meanwhile(line: u64) -> Problem {
    let detail = format!(
        "line {line} is not what it was when it was looked at: the file was changed meanwhile. What stands before it may be written; bring the file again when nobody writes it"
    );
    Problem::new(codes::CONFLICT, detail)
}

/// How the keys of a file's chunks begin: all of its bytes count, and how it is cut.
fn prefix<S: Sheet>(mut file: File, key: Option<&IdempotencyKey>) -> io::Result<String> {
    let mut context = Context::new(&SHA256);
    let mut bytes = vec![0; 64 << 10];
    loop {
        match file.read(&mut bytes)? {
            0 => break,
            count => context.update(&bytes[..count]),
        }
    }
    if let Some(key) = key {
        context.update(&[0]);
        context.update(key.as_str().as_bytes());
    }
    let mut prefix = format!("sheet-{}-{CHUNK}-", S::NAME);
    for byte in context.finish().as_ref() {
        let _ = write!(prefix, "{byte:02x}");
    }
    Ok(prefix)
}

type Sent<S> = Answered<<S as Sheet>::Outcome, <S as Sheet>::Outcome>;

/// One chunk. Its key makes it safe to be sent again, also when its end is not known.
async fn send<S: Sheet>(
    app: &App,
    by: &By,
    key: IdempotencyKey,
    rows: Vec<S::Row>,
    (lines, done): (&[u64], u64),
) -> Result<Sent<S>, Problem> {
    let command = S::command(rows);
    let mut pause = FIRST_PAUSE;
    for _ in 1..TRIES {
        match app.send(by.actor, by.correlation, Some(key.clone()), command.clone()).await {
            Err(Rejection::Busy | Rejection::Late | Rejection::Unavailable(_) | Rejection::Unknown) => {
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            Err(Rejection::Refused(refusal)) => return Err(refused(S::faults(refusal), lines, done)),
            sent => return sent.map_err(|error| broken_off(error, done)),
        }
    }
    let sent = app.send(by.actor, by.correlation, Some(key), command).await;
    sent.map_err(|error| broken_off(error, done))
}

/// What cannot be done any more that could be when the file was looked at.
fn refused(faults: Vec<(usize, Fault)>, lines: &[u64], done: u64) -> Problem {
    let line = |place: usize| lines.get(place).copied().unwrap_or_default();
    let detail = format!(
        "the first {done} rows are imported, and the next ones are not: something has changed since the file was looked at. Mend what is wrong and bring the file again"
    );
    let errors = faults.iter().take(TOLD).map(|(place, fault)| field_error(line(*place), fault));
    Problem::new(codes::CONFLICT, detail).errors(errors.collect())
}

pub fn field_error(line: u64, Fault { field, message }: &Fault) -> FieldError {
    match field.is_empty() {
        true => FieldError::new(format!("line {line}"), message),
        false => FieldError::new(format!("line {line}, {field}"), message),
    }
}

fn broken_off<R: Into<Problem>>(rejection: Rejection<R>, done: u64) -> Problem {
    let problem = Problem::from(rejection);
    let detail = format!(
        "{}. The first {done} rows are imported: bring the same file again, and it goes on from there",
        problem.detail()
    );
    Problem::new(problem.code(), detail)
}

/// A file with bad rows, of which some are told.
pub fn bad_rows(checked: &Checked, errors: Vec<FieldError>) -> Problem {
    let Checked { bad, rows, .. } = checked;
    let detail = format!("{bad} of {rows} rows cannot be imported, and so none was");
    Problem::new(codes::INVALID, detail).errors(errors.into_iter().take(TOLD).collect())
}
