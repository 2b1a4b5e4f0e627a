//! The second pass: chunk by chunk through the door, under keys that make it safe to begin again.

use super::{CHUNK, Counts, Fault, Reading, Sheet, TOLD, field_error, off, rewound, unreadable};
use crate::{
    app::App,
    http::{codes, problems::Problem},
};
use aws_lc_rs::digest::{Context, SHA256};
use domain::{Actor, CorrelationId, Done, IdempotencyKey};
use std::{
    fmt::Write,
    fs::File,
    io::{self, Read},
    time::Duration,
};
use store::{Answered, Rejection};

/// So often a chunk is tried again that found the shop busy.
const TRIES: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(50);

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
            app.catalog.forget();
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
            Err(
                Rejection::Busy | Rejection::Late | Rejection::Unavailable(_) | Rejection::Unknown,
            ) => {
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            Err(Rejection::Refused(refusal)) => {
                return Err(refused(S::faults(refusal), lines, done));
            }
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

fn broken_off<R: Into<Problem>>(rejection: Rejection<R>, done: u64) -> Problem {
    let mut problem = Problem::from(rejection);
    problem.advise(&format!(
        "the first {done} rows are imported: bring the same file again, and it goes on from there"
    ));
    problem
}
