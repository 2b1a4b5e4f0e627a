//! The second pass: chunk by chunk through the door, under keys that make it safe to begin again.

use super::{By, Checked, Counts, Fault, Import, Reading, Row, Sheet, TOLD, field_error};
use crate::{
    app::App,
    http::{codes, problems::Problem},
    sheets::paces::{Pace, WRITES},
};
use domain::{Done, Who};
use std::{fs::File, future::Future};
use store::{Answered, Rejection};

/// What a file has come to.
#[derive(Debug, Default)]
pub struct Written {
    pub counts: Counts,
    pub commit: Option<i64>,
}

/// How far it has come: for who is told that it did not come to its end.
#[derive(Clone, Copy)]
struct So<'i> {
    import: &'i Import,
    rows_done: u64,
    /// The first line of the chunk that is on its way.
    line: u64,
}

/// Writes a file that was looked at.
pub async fn write<S: Sheet>(
    app: &App,
    by: &By,
    file: &File,
    checked: &Checked,
    told: &mut (dyn FnMut(u64) + Send),
) -> Result<Written, Problem> {
    let import = &checked.import;
    let mut reading = Reading::<S>::begin(file, by.from_line, app.currency).await?;
    let (mut written, mut rows_done) = (Written::default(), 0);
    for number in 0_u64.. {
        let rows = reading.chunk().await?;
        let Some(Row { line, .. }) = rows.first() else { break };
        let so = So { import, rows_done, line: *line };
        let count = rows.len();
        if number < checked.done {
            written.counts.done_before += count as i64;
        } else {
            write_chunk::<S>(app, by, so, number, rows, &mut written).await?;
        }
        rows_done += count as u64;
        told(rows_done);
    }
    Ok(written)
}

/// A chunk in which nothing is asked for leaves its trace as well: what was done is known by them.
async fn write_chunk<S: Sheet>(
    app: &App,
    by: &By,
    so: So<'_>,
    number: u64,
    rows: Vec<Row<S>>,
    written: &mut Written,
) -> Result<(), Problem> {
    let (count, mut idle) = (rows.len() as i64, 0);
    let (mut wanted, mut lines) = (Vec::with_capacity(rows.len()), Vec::new());
    for Row { line, row, wrong } in rows {
        let Some(row) = row.filter(|_| wrong.is_empty()) else {
            return Err(changed_meanwhile(line, so));
        };
        match S::is_idle(&row) {
            true => idle += 1,
            false => {
                wanted.push(row);
                lines.push(line);
            }
        }
    }
    let who =
        Who { actor: by.actor, correlation: by.correlation, once: Some(so.import.once(number)) };
    let command = S::command(wanted);
    let sent = until_known(|| app.writer.send(who.clone(), command.clone())).await;
    app.catalog.forget();
    let answered: Answered<S::Outcome, _> = sent.map_err(|rejection| match rejection {
        Rejection::Refused(refusal) => refused(&S::faults(refusal), &lines, so),
        rejection => broken_off(rejection, so),
    })?;
    written.commit = answered.commit.or(written.commit);
    match &answered.done {
        Done::Now(outcome) => {
            written.counts.add(S::counts(outcome));
            written.counts.unchanged += idle;
        }
        Done::Before(_) => written.counts.done_before += count,
    }
    Ok(())
}

/// Its key makes it safe to be sent again, also when its end is not known.
async fn until_known<T, R, F>(mut send: impl FnMut() -> F) -> Result<T, Rejection<R>>
where
    F: Future<Output = Result<T, Rejection<R>>>,
{
    use Rejection::{Busy, Late, Unavailable, Unknown};
    let mut pace = Pace::of(WRITES);
    loop {
        let sent = send().await;
        let may_pass = matches!(&sent, Err(Busy | Late | Unavailable(_) | Unknown));
        if !may_pass || !pace.again().await {
            return sent;
        }
    }
}

fn changed_meanwhile(line: u64, so: So<'_>) -> Problem {
    let detail = format!(
        "line {line} is not what it was when it was looked at: the file was changed meanwhile. {}",
        so.far()
    );
    Problem::new(codes::CONFLICT, detail)
}

impl So<'_> {
    /// Which lines are imported, and where to go on with a file that is not the same any more.
    fn far(&self) -> String {
        let So { import, rows_done, line } = self;
        let key = if import.has_key() { ", and under another key" } else { "" };
        match rows_done {
            0 => format!("Nothing is imported yet: mend the file and bring it again{key}"),
            _ => format!(
                "The rows before line {line} are imported ({rows_done}), and none from there on. Bring a mended file from that line on (--from-line {line}, or from_line={line} over HTTP){key}: from its beginning it would do again what is done"
            ),
        }
    }
}

/// What cannot be done any more that could be when the file was looked at.
fn refused(faults: &[(usize, Fault)], lines: &[u64], so: So<'_>) -> Problem {
    let line = |place: usize| lines.get(place).copied().unwrap_or_default();
    let mut detail = format!(
        "the shop has changed since the file was looked at: {} of its rows cannot be done now. {}",
        faults.len(),
        so.far()
    );
    if so.rows_done > 0 {
        detail += &format!(
            ". Where it is the shop that is mended, the same file goes on by itself{}",
            so.import.beside()
        );
    }
    let errors = faults.iter().take(TOLD).map(|(place, fault)| field_error(line(*place), fault));
    Problem::new(codes::CONFLICT, detail).errors(errors.collect())
}

fn broken_off<R: Into<Problem>>(rejection: Rejection<R>, so: So<'_>) -> Problem {
    let mut problem = Problem::from(rejection);
    if problem.code() == codes::IDEMPOTENCY_KEY_REUSED {
        return problem;
    }
    problem.advise(&format!(
        "the first {} rows are imported: bring the same file again{}, and it goes on from there",
        so.rows_done,
        so.import.beside()
    ));
    problem
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::rules::Never;
    use std::cell::Cell;

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_tried_again_and_nothing_else_is() {
        type Sent = Result<u32, Rejection<Never>>;
        let tried = async |answer: &dyn Fn(u32) -> Sent| {
            let tries = Cell::new(0);
            let sent = until_known(|| {
                tries.set(tries.get() + 1);
                std::future::ready(answer(tries.get()))
            });
            (sent.await, tries.get())
        };
        let away = || Rejection::Unavailable("it is away".into());
        assert_eq!(tried(&|_| Ok(7)).await, (Ok(7), 1));
        for rejection in [
            || Rejection::Busy,
            || Rejection::Late,
            || Rejection::Unknown,
            away as fn() -> Rejection<Never>,
        ] {
            let at_last = |tries| if tries < WRITES { Err(rejection()) } else { Ok(tries) };
            assert_eq!(tried(&at_last).await, (Ok(WRITES), WRITES));
            assert_eq!(tried(&|_| Err(rejection())).await, (Err(rejection()), WRITES));
        }
        for rejection in [|| Rejection::ShutOut, || Rejection::KeyReused, || Rejection::Closing] {
            assert_eq!(tried(&|_| Err(rejection())).await, (Err(rejection()), 1));
        }
    }
}
