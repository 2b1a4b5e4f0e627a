//! What a fulfilment service makes of each message, and what it has said of it. What becomes of a message is
//! drawn when it first comes and stays so, however often it comes again: so it is with a service that knows
//! its messages by their ids. In which manner it says so is drawn as well.

use crate::stage::random::{Random, seed_of};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// What becomes of an order, as far as the service goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Becomes {
    Completed,
    Failed(String),
    /// It never says.
    Nothing,
}

/// What it does when a message comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// What becomes of it, at once.
    Says,
    /// 202, and what becomes of it later.
    Takes,
    /// 202, and nothing later.
    Forgets,
    Fails,
    Hangs,
    BreaksOff,
    /// What becomes of it, when the shop has hung up.
    Late,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub becomes: Becomes,
    /// Whether the shop may have been told so.
    pub has_said: bool,
    /// How often the shop was not told anything.
    pub in_vain: usize,
    manners: Vec<Manner>,
    posts: usize,
}

pub type Messages = BTreeMap<String, Message>;

pub struct Book {
    seed: u64,
    messages: Mutex<Messages>,
    wrong: Mutex<Vec<String>>,
    /// How often it did something else than what a merchant would like.
    pub struck: AtomicU64,
}

impl Book {
    pub fn new(seed: u64) -> Book {
        let (messages, wrong, struck) = (Mutex::default(), Mutex::default(), AtomicU64::new(0));
        Book { seed, messages, wrong, struck }
    }

    fn lock(&self) -> MutexGuard<'_, Messages> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it does now that this message comes, and what becomes of it in the end.
    pub fn post(&self, id: &str) -> (Manner, Becomes) {
        let mut messages = self.lock();
        if !messages.contains_key(id) {
            let mut random = Random::new(self.seed ^ seed_of(id));
            messages.insert(id.to_owned(), drawn(id, &mut random));
        }
        let Some(message) = messages.get_mut(id) else { return (Manner::Fails, Becomes::Nothing) };
        // The last manner stays.
        let place = message.posts.min(message.manners.len() - 1);
        let manner = message.manners[place];
        message.posts += 1;
        message.has_said |= matches!(manner, Manner::Says | Manner::Late | Manner::BreaksOff);
        message.in_vain += usize::from(manner.is_in_vain());
        self.struck.fetch_add(u64::from(manner != Manner::Says), Relaxed);
        (manner, message.becomes.clone())
    }

    /// It is about to tell the shop.
    pub fn says(&self, id: &str) {
        if let Some(message) = self.lock().get_mut(id) {
            message.has_said = true;
        }
    }

    pub fn messages(&self) -> Messages {
        self.lock().clone()
    }

    /// Something that no shop may do.
    pub fn wrong(&self, what: String) {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    pub fn take_wrong(&self) -> Vec<String> {
        std::mem::take(&mut self.wrong.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Manner {
    fn is_in_vain(self) -> bool {
        matches!(self, Manner::Fails | Manner::Hangs | Manner::BreaksOff | Manner::Late)
    }
}

/// Fewer bad ones than the shop has patience, or nothing else.
fn drawn(id: &str, random: &mut Random) -> Message {
    use Manner::{BreaksOff, Fails, Forgets, Hangs, Late, Says, Takes};
    let becomes = match random.below(100) {
        0..4 => Becomes::Nothing,
        4..34 => Becomes::Failed(format!("no carrier for {id}")),
        _ => Becomes::Completed,
    };
    let is_nothing = becomes == Becomes::Nothing;
    let bad = match is_nothing {
        true => 8,
        false => random.weighted(&[(60, 0), (25, 1), (15, 2)]).unwrap_or(0),
    };
    let bads = [(4, Fails), (1, Hangs), (3, BreaksOff), (if is_nothing { 0 } else { 1 }, Late)];
    let mut manners: Vec<Manner> = (0..bad).filter_map(|_| random.weighted(&bads)).collect();
    if !is_nothing {
        let good: &[Manner] = match random.below(100) {
            0..60 => &[Says],
            60..90 => &[Takes],
            _ => &[Forgets, Says],
        };
        manners.extend(good);
    }
    Message { becomes, has_said: false, in_vain: 0, manners, posts: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_becomes_of_a_message_stays_so_and_is_said_at_last() {
        let book = Book::new(1);
        let mut seen = BTreeSet::new();
        for number in 0..500 {
            let id = format!("order_{number}");
            let posts: Vec<_> = (0..8).map(|_| book.post(&id)).collect();
            assert!(posts.iter().all(|(_, becomes)| *becomes == posts[0].1), "{id}: {posts:?}");
            let (last, becomes) = &posts[7];
            let is_told = matches!(last, Manner::Says | Manner::Takes);
            assert_eq!(is_told, *becomes != Becomes::Nothing, "{id}: {posts:?}");
            seen.extend(posts.iter().map(|(manner, _)| format!("{manner:?}")));
        }
        assert_eq!(seen.len(), 7);
        assert!(book.messages().values().all(|message| message.in_vain > 0 || message.posts == 8));
    }
}
