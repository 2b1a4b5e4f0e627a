//! What is known of one run of a door: which part of its batch it works on, how each part ended in
//! the database, and what could excuse a failure.

use crate::simulation::{clients::Request, model::Expected};
use domain::{BatchId, Micros, Order, Outcome};
use std::{collections::BTreeSet, ops::Range, sync::Arc};
use store::{Rejection, Reply};

const LONGEST_DOUBT_US: i64 = 30 * 60 * Micros::SECOND;

/// How a part of a batch stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Open,
    /// Committed, or rolled back because there was nothing to write.
    Settled,
    /// The database refused it: it will be halved.
    Spoilt,
    /// Given up whole: the database is away.
    Dropped,
}

/// What went wrong during a run, as far as it may show in its replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Excuse {
    DatabaseAway,
    Spoilt,
    AnswerLost,
    GaveUp,
}

pub struct Attempt {
    pub requests: Arc<Vec<Request>>,
    /// Parts still to come, the next one last.
    parts: Vec<Range<usize>>,
    current: Option<(BatchId, Range<usize>, Part)>,
    /// A commit was sent, and nobody knows whether it landed.
    in_doubt: bool,
    /// When the part began, by the time that has really passed.
    begun_us: i64,
    /// When the open transaction began.
    pub now: Option<Micros>,
    pub expected: Vec<Option<Expected>>,
    pub excuses: BTreeSet<Excuse>,
    /// How much may still go wrong.
    pub budget: u32,
    pub is_crashed: bool,
    pub gives_up: bool,
}

impl Attempt {
    pub fn new(requests: Arc<Vec<Request>>, budget: u32) -> Attempt {
        let whole = 0..requests.len();
        Attempt {
            parts: Vec::from([whole.clone()]),
            current: None,
            in_doubt: false,
            begun_us: 0,
            now: None,
            expected: whole.map(|_| None).collect(),
            excuses: BTreeSet::new(),
            budget,
            is_crashed: false,
            gives_up: false,
            requests,
        }
    }

    /// The door begins with the next part: the other half, or the halves of one that was spoilt.
    pub fn begin_part(&mut self, id: BatchId, begun_us: i64) -> Result<(), String> {
        self.begun_us = begun_us;
        self.in_doubt = false;
        if let Some((_, range, Part::Spoilt)) = self.current.take()
            && range.len() > 1
        {
            let middle = range.start + range.len() / 2;
            self.parts.push(middle..range.end);
            self.parts.push(range.start..middle);
        }
        let Some(next) = self.parts.pop() else {
            return Err("the door began a batch that nobody asked for".to_owned());
        };
        self.current = Some((id, next, Part::Open));
        Ok(())
    }

    /// The requests of the part that has just ended well, each once.
    pub fn settle(&mut self, batch: BatchId) -> Result<Range<usize>, String> {
        match &mut self.current {
            Some((id, ..)) if *id != batch => Err("a batch ended under another id".to_owned()),
            Some((_, _, Part::Settled)) => Err("a batch was done twice".to_owned()),
            Some((_, range, part)) => {
                *part = Part::Settled;
                Ok(range.clone())
            }
            None => Err("a batch ended before it began".to_owned()),
        }
    }

    /// A transaction is open: nothing of the part has landed.
    pub fn begin(&mut self, now: Micros) {
        self.now = Some(now);
        self.in_doubt = false;
    }

    pub fn doubt(&mut self) {
        self.in_doubt = true;
        if let Some((_, _, part)) = &mut self.current
            && *part != Part::Settled
        {
            *part = Part::Open;
        }
    }

    /// In doubt nothing but its end is an end.
    pub fn fail(&mut self, error: &store::Error) {
        if self.in_doubt {
            return;
        }
        use store::Error::{Data, Landed, Locked, Lost, Other, Race, Unavailable};
        let end = match error {
            Unavailable(_) | Locked(_) | Other(_) => Part::Dropped,
            Race(_) | Data(_) => Part::Spoilt,
            Lost(_) | Landed => return,
        };
        if let Some((_, _, part)) = &mut self.current
            && *part != Part::Settled
        {
            *part = end;
        }
    }

    /// From now on the door is told to give up, which it may not ask before it succeeds.
    pub fn close(&mut self) {
        self.gives_up = true;
        self.excuses.insert(Excuse::GaveUp);
    }

    /// A doubt of so many minutes may end as one: nobody promises more.
    pub fn grow_old(&mut self, passed_us: i64) {
        if passed_us - self.begun_us > LONGEST_DOUBT_US {
            self.excuses.insert(Excuse::GaveUp);
        }
    }

    /// Whether the door has to give up, which it then does.
    pub fn must_give_up(&mut self) -> bool {
        if self.gives_up {
            self.in_doubt = false;
            self.fail(&store::Error::Unavailable(String::new()));
        }
        self.gives_up
    }
}

impl Attempt {
    /// Whether each reply is what the database has done, or excused by what went wrong.
    pub fn check(&self, replies: &[Option<Reply>]) -> Result<(), String> {
        if replies.len() != self.requests.len() {
            return Err(format!("{} replies to {}", replies.len(), self.requests.len()));
        }
        for (place, reply) in replies.iter().enumerate() {
            let expected = &self.expected[place];
            if let Some(reply) = reply
                && !self.is_right(place, reply, expected)
            {
                let sent = &self.requests[place].command;
                return Err(match expected {
                    Some(Ok(expected)) => {
                        format!("told {reply:?}, done {expected:?}, asked {sent:?}")
                    }
                    Some(Err(reasons)) => {
                        format!(
                            "told {reply:?}, to be refused by one of {reasons:?}, asked {sent:?}"
                        )
                    }
                    None => format!("told {reply:?}, nothing was committed, asked {sent:?}"),
                });
            }
        }
        Ok(())
    }

    fn is_right(&self, place: usize, reply: &Reply, expected: &Option<Expected>) -> bool {
        let is_excused = |excuse| self.excuses.contains(&excuse);
        match (reply, expected) {
            (Ok(outcome), Some(Ok(expected))) => self.is_same(outcome, expected),
            (Err(Rejection::Refused(refusal)), Some(Err(reasons))) => reasons.contains(refusal),
            (Err(Rejection::Unknown), _) => is_excused(Excuse::GaveUp),
            (Err(Rejection::Closing), None) => is_excused(Excuse::GaveUp),
            (Err(Rejection::Unavailable(_)), None) => is_excused(Excuse::DatabaseAway),
            (Err(Rejection::Poisonous(_)), None) => {
                self.requests[place].is_poison || is_excused(Excuse::Spoilt)
            }
            _ => false,
        }
    }

    /// A commit whose answer was lost gives no numbers, nor does a move in the batch of its order.
    fn is_same(&self, outcome: &Outcome, expected: &Outcome) -> bool {
        let may_lack = match outcome {
            Outcome::Placed(_) => self.excuses.contains(&Excuse::AnswerLost),
            Outcome::Moved(_) => true,
            _ => false,
        };
        match (outcome, expected) {
            (
                Outcome::Placed(told) | Outcome::Moved(told),
                Outcome::Placed(done) | Outcome::Moved(done),
            ) if may_lack && told.number.is_none() => {
                std::mem::discriminant(outcome) == std::mem::discriminant(expected)
                    && **told == Order { number: None, ..Order::clone(done) }
            }
            _ => outcome == expected,
        }
    }
}
