//! How often somebody may be wrong about a secret: passwords, codes, tokens. Only failures cost.
//!
//! Three budgets, and nobody can use up somebody else's:
//! - *a name from a source* has a few free failures; then each costs a pause twice as long as the last,
//!   and there is one attempt at a time. A success ends it.
//! - *a source*, for whatever names: who tries one password on many names runs out of this one. So do
//!   the wider networks that it is in.
//! - *a name*, from whatever sources: who has many addresses runs out of this one.
//!
//! A source that was right about a name before is known to it, and asks neither of the last two: the owner
//! of an account comes in from where he was before, however many guess at it elsewhere; what this node
//! has not seen of it, sessions tell (`crate::origins`). What he can be
//! kept from by them is the first login from a new place, for as long as they go on.
//!
//! Nothing depends on whether a name exists. An attempt is paid for before it is made and paid back when
//! it was right, or never made: a thousand at the same moment are not one.

use super::{
    Guest, Pace, Paces, Source, TooOften,
    memory::{Memory, Weighs},
    nanos, nanos_since,
};
use crate::telemetry::security;
use std::{
    hash::Hash,
    time::{Duration, Instant},
};

/// Failures of a name from a source before it has to pause.
const FREE: u32 = 5;
/// Attempts of a name from a source at the same time, while none has failed.
const TOGETHER: u32 = 64;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// After the last failure, so often as there were failures, they are forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(10 * 60);
/// The longest that failures are remembered, in failures.
const REMEMBERED: u32 = 144;
/// Of a source: a minute's worth of an office where everybody has forgotten his password.
const BY_SOURCE: Pace = Pace { interval: Duration::from_secs(10), at_once: 60 };
/// Of a name: what guesses it within a year only if it is among the first half million.
const BY_NAME: Pace = Pace { interval: Duration::from_secs(60), at_once: 100 };
/// Of a mailbox: what strangers can fill it with. The last link that they have sent is good longer than
/// its owner has to wait for one of his own.
const BY_MAILBOX: Pace = Pace { interval: Duration::from_secs(10 * 60), at_once: 20 };
/// How long a source is known to a name after it was right.
pub const KNOWN_FOR: Duration = Duration::from_secs(30 * 24 * 3600);
/// Sources that a name knows; the one that was right longest ago goes first.
const KNOWN_SOURCES: usize = 4;
/// That a source has to wait is logged once in so long: who floods the shop does not flood its log.
const TOLD: Pace = Pace { interval: Duration::from_secs(60), at_once: 1 };
/// Places in each of the five memories: some fifteen megabytes when all are taken.
const PLACES: usize = 1 << 16;

/// What is guessed at: each has budgets of its own for names, and all of them share those of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guess {
    /// A password at the login. The name is what was typed, as it is looked for.
    Login,
    /// The present password of who is logged in. The name is the account's id.
    Password,
    /// A code of a second factor. The name is the account's id.
    Code,
    /// No secret: a mail that somebody asks for. The name is the address, and each one counts.
    Mail,
    /// A token that was sent by e-mail. The name is the account's id; strangers cannot use up anything
    /// of it, for nobody guesses such a token.
    Link,
}

/// Who was wrong, and how often.
pub struct Attempts {
    began: Instant,
    pairs: Memory<Pair>,
    sources: Paces,
    names: Paces,
    mailboxes: Paces,
    known: Memory<Known>,
    told: Paces,
}

/// An attempt that may be made. One that is dropped was not made.
#[must_use = "an attempt ends with `failed` or `succeeded`"]
pub struct Attempt<'a> {
    attempts: &'a Attempts,
    name: (Guess, u64),
    source: Source,
    is_known: bool,
    is_told: bool,
}

/// A name from a source. Times are nanoseconds since the beginning.
#[derive(Default)]
struct Pair {
    failures: u32,
    running: u32,
    free_at: u64,
    forgotten_at: u64,
}

/// Sources that were right about a name, and until when they are known for it.
#[derive(Default)]
struct Known([Option<(Source, u64)>; KNOWN_SOURCES]);

impl Default for Attempts {
    fn default() -> Attempts {
        Attempts::new(PLACES)
    }
}

impl Attempts {
    fn new(places: usize) -> Attempts {
        Attempts {
            began: Instant::now(),
            pairs: Memory::new(places),
            sources: Paces::new(BY_SOURCE, places),
            names: Paces::new(BY_NAME, places),
            mailboxes: Paces::new(BY_MAILBOX, places),
            known: Memory::new(places),
            told: Paces::new(TOLD, places),
        }
    }

    /// Whether somebody may try now. Asked before anything is read or computed for him.
    pub fn check(
        &self,
        guess: Guess,
        name: impl Hash,
        source: impl Into<Source>,
        now: Instant,
    ) -> Result<Attempt<'_>, TooOften> {
        let (name, source) = (self.named(guess, name), source.into());
        let begun = self.begin(name, source, now);
        if begun.is_err() && self.told.take((guess, source), now).is_ok() {
            security!(?guess, client = %source, "somebody who was wrong too often has to wait");
        }
        begun
    }

    fn begin(
        &self,
        name: (Guess, u64),
        source: Source,
        now: Instant,
    ) -> Result<Attempt<'_>, TooOften> {
        let since = nanos_since(self.began, now);
        let is_known = self.known.known(name, |known| known.has(source, since)).unwrap_or(false);
        // Before anything is remembered of this name: they are as many as a stranger likes.
        if !is_known {
            let taken = self.sources.take_from(source, now);
            // Neighbours may have used it up.
            taken.map_err(|late| TooOften { by_strangers: true, ..late })?;
        }
        // From here on, leaving pays back.
        let mut attempt = Attempt { attempts: self, name, source, is_known, is_told: true };
        let total = self.total(name.0).filter(|_| !is_known);
        if let Some(Err(late)) = total.map(|total| total.take(name, now)) {
            self.sources.give_back_to(source);
            return Err(TooOften { by_strangers: true, ..late });
        }
        if let Err(late) = self.pairs.with((name, source), |pair| pair.begin(since)) {
            attempt.pay_back();
            return Err(late);
        }
        attempt.is_told = false;
        Ok(attempt)
    }

    /// A source is known to a name: it has shown a secret of this account otherwise.
    pub fn know(&self, guess: Guess, name: impl Hash, source: impl Into<Source>, now: Instant) {
        let (name, source) = (self.named(guess, name), source.into());
        let until = nanos_since(self.began, now).saturating_add(nanos(KNOWN_FOR));
        self.known.with(name, |known| known.add(source, until));
    }

    /// How often a source was wrong lately, or is about to be.
    fn burden(&self, source: Source, now: Instant) -> u64 {
        self.sources.taken(source, now)
    }

    /// What a name has for all who are not known to it.
    fn total(&self, guess: Guess) -> Option<&Paces> {
        match guess {
            Guess::Login | Guess::Password | Guess::Code => Some(&self.names),
            Guess::Mail => Some(&self.mailboxes),
            Guess::Link => None,
        }
    }

    fn named(&self, guess: Guess, name: impl Hash) -> (Guess, u64) {
        (guess, self.pairs.hash(name))
    }
}

impl Attempt<'_> {
    /// Who makes it, for those who have to choose whom they serve first.
    pub fn guest(&self, now: Instant) -> Guest {
        let burden = self.attempts.burden(self.source, now);
        Guest { source: self.source, is_known: self.is_known, burden }
    }

    /// It was wrong.
    pub fn failed(mut self, now: Instant) {
        self.is_told = true;
        let since = nanos_since(self.attempts.began, now);
        self.attempts.pairs.with((self.name, self.source), |pair| pair.fail(since));
    }

    /// It was right: what went before is forgotten, and the source is known from now on.
    pub fn succeeded(mut self, now: Instant) {
        self.is_told = true;
        self.pay_back();
        let until = nanos_since(self.attempts.began, now).saturating_add(nanos(KNOWN_FOR));
        self.attempts.pairs.known((self.name, self.source), |pair| pair.succeed());
        self.attempts.known.with(self.name, |known| known.add(self.source, until));
    }

    fn pay_back(&self) {
        if !self.is_known {
            self.attempts.sources.give_back_to(self.source);
            if let Some(total) = self.attempts.total(self.name.0) {
                total.give_back(self.name);
            }
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_told {
            self.pay_back();
            self.attempts.pairs.known((self.name, self.source), |pair| pair.leave());
        }
    }
}

impl Pair {
    fn begin(&mut self, now: u64) -> Result<(), TooOften> {
        if self.forgotten_at <= now {
            self.failures = 0;
        }
        let wait = match self.failures {
            0 if self.running < TOGETHER => None,
            1..FREE if self.failures + self.running < FREE => None,
            FREE.. if now < self.free_at => Some(Duration::from_nanos(self.free_at - now)),
            FREE.. if self.running == 0 => None,
            // Until those have ended that are being made.
            _ => Some(FIRST_PAUSE),
        };
        match wait {
            Some(wait) => Err(TooOften::after(wait)),
            None => {
                self.running += 1;
                Ok(())
            }
        }
    }

    fn fail(&mut self, now: u64) {
        self.leave();
        self.failures = self.failures.saturating_add(1);
        self.free_at = now.saturating_add(nanos(pause_after(self.failures)));
        let remembered = FORGOTTEN_AFTER * self.failures.min(REMEMBERED);
        self.forgotten_at = now.saturating_add(nanos(remembered));
    }

    fn succeed(&mut self) {
        *self = Pair { running: self.running.saturating_sub(1), ..Pair::default() };
    }

    fn leave(&mut self) {
        self.running = self.running.saturating_sub(1);
    }
}

/// None for the first few, then twice as long each time.
fn pause_after(failures: u32) -> Duration {
    match failures.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(beyond) => (FIRST_PAUSE * (1 << beyond.min(16))).min(LONGEST_PAUSE),
    }
}

/// The more failures, the longer it is remembered: the worst are the last to be forgotten.
impl Weighs for Pair {
    fn weight(&self) -> u64 {
        self.forgotten_at
    }
}

impl Known {
    fn has(&self, source: Source, now: u64) -> bool {
        self.0.iter().flatten().any(|(known, until)| *known == source && now < *until)
    }

    fn add(&mut self, source: Source, until: u64) {
        let is_his =
            |place: &Option<(Source, u64)>| place.is_some_and(|(known, _)| known == source);
        let his = self.0.iter().position(is_his);
        let oldest = (0..KNOWN_SOURCES).min_by_key(|place| self.0[*place].map(|(_, until)| until));
        self.0[his.or(oldest).unwrap_or_default()] = Some((source, until));
    }
}

impl Weighs for Known {
    fn weight(&self) -> u64 {
        self.0.iter().flatten().map(|(_, until)| *until).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
