//! What is known of one run of a door: which part of its batch it works on, how each part ended in
//! the database, and what could excuse a failure.

use crate::simulation::clients::Request;
use domain::{
    Action, BatchId, Done, Micros, Order, Outcome, Refused, carts,
    claims::{self, Taken},
    orders,
};
use model::{End, Kept};
use std::{collections::BTreeSet, ops::Range, sync::Arc};
use store::{Answered, Rejection, Reply};

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
    Faulty,
    GaveUp,
}

/// What became of a command.
pub struct Known {
    pub ends: End,
    /// The number of the commit that it is part of; none if there was nothing to write.
    pub commit: Option<i64>,
    /// It was committed, and the door cannot know how it was numbered.
    is_answer_lost: bool,
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
    pub known: Vec<Option<Known>>,
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
            known: whole.map(|_| None).collect(),
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

    /// How each of them ended, and in which commit.
    pub fn know(&mut self, range: Range<usize>, ends: Vec<End>, commit: Option<i64>) {
        for (place, ends) in range.zip(ends) {
            self.known[place] = Some(Known { ends, commit, is_answer_lost: false });
        }
    }

    /// The part was committed, and the answer is lost on its way.
    pub fn lose_answer(&mut self) {
        if let Some((_, range, Part::Settled)) = &self.current {
            let known = self.known[range.clone()].iter_mut().flatten();
            known.for_each(|known| known.is_answer_lost = true);
        }
    }

    /// A transaction is open.
    pub fn begin(&mut self, now: Micros) {
        self.now = Some(now);
    }

    /// All was read under the part's own id: nothing of it has landed.
    pub fn decided(&mut self) {
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
        use store::Error::{Data, Fault, Landed, Locked, Lost, Other, Race, Unavailable};
        let end = match error {
            Unavailable(_) | Locked(_) | Other(_) => Part::Dropped,
            Race(_) | Data(_) | Fault(_) => Part::Spoilt,
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
            let known = self.known[place].as_ref();
            if let Some(reply) = reply
                && !self.is_right(place, reply, known)
            {
                let sent = &self.requests[place].command;
                return Err(match known {
                    Some(Known { ends: Ok(done), commit, .. }) => {
                        format!("told {reply:?}, done {done:?} in {commit:?}, asked {sent:?}")
                    }
                    Some(Known { ends: Err(reasons), .. }) => {
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

    fn is_right(&self, place: usize, reply: &Reply, known: Option<&Known>) -> bool {
        let is_excused = |excuse| self.excuses.contains(&excuse);
        let request = &self.requests[place];
        let reasons = known.and_then(|known| known.ends.as_ref().err());
        let is_reason = |refused| reasons.is_some_and(|reasons| reasons.contains(&refused));
        match (reply, known) {
            (Ok(answered), Some(known)) => known.is_told(answered, &request.command.action),
            (Err(Rejection::Refused(refusal)), _) => is_reason(Refused::ByRule(refusal.clone())),
            (Err(Rejection::ShutOut), _) => is_reason(Refused::ShutOut),
            (Err(Rejection::KeyReused), _) => is_reason(Refused::KeyReused),
            (Err(Rejection::Unknown), _) => is_excused(Excuse::GaveUp),
            (Err(Rejection::Closing), None) => is_excused(Excuse::GaveUp),
            (Err(Rejection::Unavailable(_)), None) => is_excused(Excuse::DatabaseAway),
            (Err(Rejection::Poisonous(_)), None) => request.is_poison || is_excused(Excuse::Spoilt),
            (Err(Rejection::Faulty(_)), None) => is_excused(Excuse::Faulty),
            _ => false,
        }
    }
}

impl Known {
    /// Numbers are right, or missing where the commit's answer was lost. What was done before is part of
    /// no commit of this one's.
    fn is_told(&self, answered: &Answered, action: &Action) -> bool {
        let Answered { done, commit } = answered;
        match (done, &self.ends) {
            (Done::Now(told), Ok(Done::Now(outcome))) => {
                let is_lacking = self.is_answer_lost && commit.is_none();
                (is_lacking || *commit == self.commit) && self.is_same(told, outcome)
            }
            (Done::Before(text), Ok(Done::Before(kept))) => {
                commit.is_none() && Kept::read(action, text) == *kept
            }
            _ => false,
        }
    }

    fn is_same(&self, told: &Outcome, outcome: &Outcome) -> bool {
        use carts::Outcome::Checkout;
        use orders::Outcome::{EditOrder, HandOver, MoveOrder, PlaceOrder};
        match (told, outcome) {
            (Outcome::Orders(PlaceOrder(told)), Outcome::Orders(PlaceOrder(order)))
            | (Outcome::Orders(HandOver(told)), Outcome::Orders(HandOver(order)))
            | (Outcome::Orders(MoveOrder(told)), Outcome::Orders(MoveOrder(order)))
            | (Outcome::Orders(EditOrder(told)), Outcome::Orders(EditOrder(order)))
            | (Outcome::Carts(Checkout(told)), Outcome::Carts(Checkout(order)))
                if self.is_answer_lost && told.number.is_none() =>
            {
                **told == Order { number: None, ..Order::clone(order) }
            }
            (
                Outcome::Claims(claims::Outcome::TakeOrders(told)),
                Outcome::Claims(claims::Outcome::TakeOrders(taken)),
            ) if self.is_answer_lost => {
                let is_same = |(told, taken): (&Taken, &Taken)| {
                    let number = told.order.number.and(taken.order.number);
                    let order = Order { number, ..Order::clone(&taken.order) };
                    *told.order == order && told.attempts == taken.attempts
                };
                told.len() == taken.len() && told.iter().zip(taken).all(is_same)
            }
            _ => told == outcome,
        }
    }
}
