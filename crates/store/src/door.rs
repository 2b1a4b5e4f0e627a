//! The door's rules for when it goes wrong: lost races, poisonous commands, lost connections and
//! commits whose end is not known. It knows neither threads nor queues.
//!
//! A batch that was tried runs to a known end: the same commands under the same batch id, until
//! they are committed or refused.

use crate::{
    batch::{self, Decided},
    failpoints::{Point, reached},
    tx::{Connect, Error, Tx},
};
use domain::{BatchId, Command, Decision, Done, Outcome, Refusal, Refused, Rule};
use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// Why a command has no outcome.
#[derive(Clone, Debug, PartialEq)]
pub enum Rejection<R = Refusal> {
    /// By a rule of the shop.
    Refused(R),
    /// What was shown is good no more.
    ShutOut,
    /// Its key stands for another request.
    KeyReused,
    /// It was done before under the same key, and this version cannot read what was answered.
    Unreadable,
    /// Too much is waiting already; nothing was begun.
    Busy,
    /// It waited too long; nothing was begun.
    Late,
    /// The shop is closing; nothing was begun.
    Closing,
    /// The database cannot write now; nothing was changed.
    Unavailable(String),
    /// The database refuses this command, alone and for ever; nothing was changed.
    Poisonous(String),
    /// The shop is wrong where this command meets it; nothing was changed.
    Faulty(String),
    /// It was tried, and whether it was done is not known yet.
    Unknown,
}

impl<R> Rejection<R> {
    /// As one command's own; `None` for a refusal that is not its.
    pub fn narrowed<S>(self, own: impl FnOnce(R) -> Option<S>) -> Option<Rejection<S>> {
        Some(match self {
            Rejection::Refused(refusal) => Rejection::Refused(own(refusal)?),
            Rejection::ShutOut => Rejection::ShutOut,
            Rejection::KeyReused => Rejection::KeyReused,
            Rejection::Unreadable => Rejection::Unreadable,
            Rejection::Busy => Rejection::Busy,
            Rejection::Late => Rejection::Late,
            Rejection::Closing => Rejection::Closing,
            Rejection::Unavailable(why) => Rejection::Unavailable(why),
            Rejection::Poisonous(why) => Rejection::Poisonous(why),
            Rejection::Faulty(why) => Rejection::Faulty(why),
            Rejection::Unknown => Rejection::Unknown,
        })
    }
}

impl<R> From<Refused<R>> for Rejection<R> {
    fn from(refused: Refused<R>) -> Self {
        match refused {
            Refused::ByRule(refusal) => Rejection::Refused(refusal),
            Refused::ShutOut => Rejection::ShutOut,
            Refused::KeyReused => Rejection::KeyReused,
        }
    }
}

/// An outcome, and the number of the commit that it is part of: none when nothing was written, and when
/// the commit's answer was lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered<O = Outcome, B = Box<str>> {
    pub done: Done<O, B>,
    pub commit: Option<i64>,
}

pub type Reply = Result<Answered, Rejection>;

/// What the writer did so far.
#[derive(Debug, Default)]
pub struct Counts {
    pub batches: AtomicU64,
    pub commands: AtomicU64,
    pub races: AtomicU64,
    pub losses: AtomicU64,
    pub landed: AtomicU64,
    pub poisonous: AtomicU64,
    pub faults: AtomicU64,
    pub panics: AtomicU64,
}

/// What the door needs of the world besides a database: so that a simulation can stand in for it.
pub trait World {
    fn new_batch_id(&mut self) -> BatchId;
    /// Since some moment of the past.
    fn elapsed(&self) -> Duration;
    fn pause(&mut self, how_long: Duration);
    /// When there is no more time to find out how a batch ended.
    fn must_give_up(&self) -> bool;
}

const RACES: u32 = 2;
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// Well before a sweep could take the batch's id, without which it would be done again.
pub const LONGEST_DOUBT: Duration = Duration::from_secs(1800);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

pub struct Door<W> {
    connect: Box<dyn Connect>,
    tx: Option<Box<dyn Tx>>,
    world: W,
    counts: Arc<Counts>,
}

/// What became of a batch.
struct Settled {
    decisions: Vec<Decision>,
    commit: Option<i64>,
}

enum Failure {
    Database(Error),
    GaveUp,
}

impl<W: World> Door<W> {
    pub fn new(connect: Box<dyn Connect>, world: W, counts: Arc<Counts>) -> Self {
        Door { connect, tx: None, world, counts }
    }

    /// One reply per command, in their order.
    pub fn run(&mut self, commands: &[&Command]) -> Vec<Reply> {
        match self.settle(commands) {
            Ok(Settled { decisions, commit }) => {
                let answer = |decision: Decision| match decision {
                    Ok(done @ Done::Now(_)) => Ok(Answered { done, commit }),
                    Ok(done) => Ok(Answered { done, commit: None }),
                    Err(refused) => Err(refused.into()),
                };
                decisions.into_iter().map(answer).collect()
            }
            Err(Failure::GaveUp) => vec![Err(Rejection::Unknown); commands.len()],
            Err(Failure::Database(Error::Unavailable(why) | Error::Locked(why))) => {
                tracing::warn!(why, "the database cannot write");
                vec![Err(Rejection::Unavailable(why)); commands.len()]
            }
            // Not one command's fault: halving would only blame each in turn.
            Err(Failure::Database(Error::Other(why))) => {
                tracing::error!(why, "the database fails");
                vec![Err(Rejection::Unavailable(why)); commands.len()]
            }
            Err(Failure::Database(error)) => self.isolate(commands, error),
        }
    }

    /// Halves the batch until the command that spoils it stands alone.
    fn isolate(&mut self, commands: &[&Command], error: Error) -> Vec<Reply> {
        if commands.len() == 1 {
            // Its name only: what it carries may be somebody's address or password.
            let command = commands[0].action.name();
            let correlation = commands[0].who.correlation.0;
            let rejection = match &error {
                Error::Fault(why) => {
                    self.counts.faults.fetch_add(1, Relaxed);
                    tracing::error!(why, command, %correlation, "a command meets a fault of the shop");
                    Rejection::Faulty(error.to_string())
                }
                _ => {
                    self.counts.poisonous.fetch_add(1, Relaxed);
                    tracing::error!(%error, command, %correlation, "a command is refused for ever");
                    Rejection::Poisonous(error.to_string())
                }
            };
            return vec![Err(rejection)];
        }
        let (one, other) = commands.split_at(commands.len() / 2);
        let mut replies = self.run(one);
        replies.extend(self.run(other));
        replies
    }

    /// Runs one batch to a known end.
    fn settle(&mut self, commands: &[&Command]) -> Result<Settled, Failure> {
        let id = self.world.new_batch_id();
        let mut races = 0;
        let mut pause = Duration::ZERO;
        // What was decided when a commit was sent whose end is not known.
        let mut in_doubt: Option<Vec<Decision>> = None;
        let begun = self.world.elapsed();
        self.counts.batches.fetch_add(1, Relaxed);
        self.counts.commands.fetch_add(commands.len() as u64, Relaxed);
        loop {
            // Looked at when connected, which may have taken hours.
            self.connected()?;
            if in_doubt.is_some() && self.world.elapsed() - begun > LONGEST_DOUBT {
                tracing::error!("a batch's end stays unknown: its id may have been swept away");
                return Err(Failure::GaveUp);
            }
            let tx = self.connected()?;
            let ended = attempt(tx, id, commands, &mut in_doubt);
            if matches!(ended, Err(Error::Unavailable(_) | Error::Other(_))) {
                // It may be this session that cannot write: the next attempt opens another.
                self.tx = None;
            }
            match ended {
                Ok(settled) => return Ok(settled),
                Err(Error::Landed) => {
                    self.counts.landed.fetch_add(1, Relaxed);
                    let landed = Error::Other("a batch landed that was never sent".into());
                    let decisions = in_doubt.ok_or(Failure::Database(landed))?;
                    return Ok(Settled { decisions, commit: None });
                }
                Err(Error::Lost(why)) => {
                    tracing::warn!(why, in_doubt = in_doubt.is_some(), "connection lost");
                    self.counts.losses.fetch_add(1, Relaxed);
                    self.tx = None;
                    // At first at once; what is lost again and again, on a disk that fails, is
                    // tried for as long as there is time, and not in a circle.
                    if !pause.is_zero() {
                        self.wait(pause)?;
                    }
                    pause = (pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
                }
                // The first attempt may still be committing: only its end answers.
                Err(_) if in_doubt.is_some() => self.wait(FIRST_PAUSE)?,
                Err(Error::Race(why) | Error::Locked(why)) if races < RACES => {
                    tracing::debug!(why, "lost a race");
                    self.counts.races.fetch_add(1, Relaxed);
                    races += 1;
                }
                Err(error) => return Err(Failure::Database(error)),
            }
        }
    }

    /// The connection, opened again for as long as it takes.
    fn connected(&mut self) -> Result<&mut dyn Tx, Failure> {
        let mut pause = FIRST_PAUSE;
        while self.tx.is_none() {
            match self.connect.connect() {
                Ok(tx) => self.tx = Some(tx),
                Err(error) => {
                    tracing::warn!(%error, "cannot connect to the database");
                    self.wait(pause)?;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
        match &mut self.tx {
            Some(tx) => Ok(tx.as_mut()),
            None => Err(Failure::GaveUp),
        }
    }

    /// Lets go of a connection whose state nobody knows: the next batch opens another.
    pub fn forget(&mut self) {
        self.tx = None;
    }

    /// Connects ahead of the first command, so that what waits is still untried and may be refused.
    pub fn prepare(&mut self) -> bool {
        self.connected().is_ok()
    }

    fn wait(&mut self, pause: Duration) -> Result<(), Failure> {
        if self.world.must_give_up() {
            return Err(Failure::GaveUp);
        }
        self.world.pause(pause);
        Ok(())
    }
}

fn attempt(
    tx: &mut dyn Tx,
    id: BatchId,
    commands: &[&Command],
    in_doubt: &mut Option<Vec<Decision>>,
) -> Result<Settled, Error> {
    let decided = decide(tx, id, commands)?;
    // The id was free, so nothing of an earlier attempt had landed.
    *in_doubt = None;
    if decided.changes_nothing() {
        tx.rollback()?;
        return Ok(Settled { decisions: decided.decisions, commit: None });
    }
    reached(Point::Decided);
    match decided.write_and_commit(tx) {
        Ok(committed) => {
            reached(Point::Committed);
            let commit = Some(committed.number);
            Ok(Settled { decisions: decided.numbered(&committed), commit })
        }
        Err(Error::Lost(why)) => {
            *in_doubt = Some(decided.decisions);
            Err(Error::Lost(why))
        }
        Err(error) => Err(error),
    }
}

/// A rule that panics takes its command down, and not the writer.
fn decide(tx: &mut dyn Tx, id: BatchId, commands: &[&Command]) -> Result<Decided, Error> {
    let deciding = AssertUnwindSafe(|| batch::decide(tx, id, commands));
    match std::panic::catch_unwind(deciding) {
        Ok(decided) => decided,
        Err(_) => {
            // The facts died with the panic; of the transaction, if it was begun, nothing was written.
            let _ = tx.rollback();
            Err(Error::Fault("a rule panicked".into()))
        }
    }
}
