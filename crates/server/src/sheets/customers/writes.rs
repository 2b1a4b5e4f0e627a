//! The second pass: each row is a command of its own and needs no key, for whoever brings the same file again
//! finds there whom it has brought.

use super::{
    checks::People,
    reading::{Reading, Row},
};
use crate::{
    app::App,
    http::{codes, problems::Problem},
    sheets::{
        imports::{Fault, TOLD, field_error},
        paces::{Pace, WRITES, patient},
    },
    telemetry::{COMMAND_LINE, security},
};
use domain::{Actor, Caller, CorrelationId, Done, accounts::RegisterRefusal};
use futures_util::{StreamExt, stream};
use std::fs::File;
use store::Rejection;

/// So many are on their way at once: they share commits.
const AT_ONCE: usize = 256;

/// What a file has come to.
#[derive(Debug, Default)]
pub struct Written {
    pub created: i64,
    pub unchanged: i64,
    pub commit: Option<i64>,
}

/// Writes a file that was looked at.
pub async fn write(
    app: &App,
    (actor, correlation): (Actor, CorrelationId),
    file: &File,
    told: &mut (dyn FnMut(u64) + Send),
) -> Result<Written, Problem> {
    let mut written = Written::default();
    let mut reading = Reading::begin(file).await?;
    let mut rows_done = 0;
    let ended = loop {
        let rows = match reading.chunk().await {
            Ok(rows) if rows.is_empty() => break Ok(()),
            Ok(rows) => rows,
            Err(problem) => break Err(problem),
        };
        rows_done += rows.len() as u64;
        let sent = rows.into_iter().map(|row| send(app, (actor, correlation), row));
        let came: Vec<_> = stream::iter(sent).buffered(AT_ONCE).collect().await;
        let errors: Vec<_> = came.into_iter().filter_map(|came| written.add(came).err()).collect();
        if let Some(problem) = broken_off(&written, errors) {
            break Err(problem);
        }
        told(rows_done);
    };
    if written.created > 0 {
        let by = match actor.caller {
            Caller::SYSTEM => COMMAND_LINE.to_owned(),
            Caller { id, .. } => id.to_string(),
        };
        let created = written.created;
        security!(by, created, "accounts were imported");
    }
    ended.map(|()| written)
}

/// What became of a row.
enum Came {
    New(Option<i64>),
    /// Somebody of this name and address is there.
    Before,
}

impl Written {
    fn add<E>(&mut self, came: Result<Came, E>) -> Result<(), E> {
        match came? {
            Came::New(commit) => {
                self.created += 1;
                self.commit = commit.max(self.commit);
            }
            Came::Before => self.unchanged += 1,
        }
        Ok(())
    }
}

/// Why a row was not done, and whether that is the row's own fault.
enum Failed {
    Row(u64, Fault),
    All(Problem),
}

/// What is told if some of a chunk was not done.
fn broken_off(written: &Written, failed: Vec<Failed>) -> Option<Problem> {
    let customers = match written.created {
        1 => "1 customer is".to_owned(),
        many => format!("{many} customers are"),
    };
    let advice =
        format!("{customers} imported: bring the same file again, and it goes on from there");
    let (mut errors, mut broken) = (Vec::new(), None);
    for failure in failed {
        match failure {
            Failed::Row(line, fault) => errors.push(field_error(line, &fault)),
            Failed::All(problem) => broken = Some(problem),
        }
    }
    if errors.is_empty() {
        return broken.map(|mut problem| {
            problem.advise(&advice);
            problem
        });
    }
    errors.truncate(TOLD);
    let detail =
        format!("something has changed since the file was looked at; mend the rows; {advice}");
    Some(Problem::new(codes::CONFLICT, detail).errors(errors))
}

async fn send(app: &App, by: (Actor, CorrelationId), row: Row) -> Result<Came, Failed> {
    let failed = |fault| Failed::Row(row.line, fault);
    let customer = row.customer.map_err(|mut faults| match faults.pop() {
        Some(fault) => failed(fault),
        None => Failed::All(Problem::internal()),
    })?;
    let register = customer.register();
    let mut pace = Pace::of(WRITES);
    loop {
        match app.send(by.0, by.1, None, register.clone()).await {
            Ok(answered) => {
                let (Done::Now(_) | Done::Before(_)) = answered.done;
                return Ok(Came::New(answered.commit));
            }
            Err(Rejection::Refused(RegisterRefusal::Taken { .. })) => {
                let wanted = [(&customer.username, &customer.email)];
                let exact = app.readers.exact();
                let there = patient(|| exact.namesakes(&wanted)).await.map_err(Failed::All)?;
                // Its end was not known, and it was done.
                if there.iter().any(|there| there.id == register.id) {
                    return Ok(Came::New(None));
                }
                match People::from(there).is_new(&customer.username, &customer.email) {
                    // Who had the name was let go this moment.
                    Ok(true) if pace.again().await => {}
                    Ok(true) => {
                        let problem = Problem::overloaded("the name is being let go");
                        return Err(Failed::All(problem));
                    }
                    Ok(false) => return Ok(Came::Before),
                    Err(fault) => return Err(failed(fault)),
                }
            }
            Err(
                Rejection::Busy | Rejection::Late | Rejection::Unavailable(_) | Rejection::Unknown,
            ) if pace.again().await => {}
            Err(rejection) => return Err(Failed::All(rejection.into())),
        }
    }
}
