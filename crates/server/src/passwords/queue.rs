//! Who waits for a hash: each source in a line of its own, and the lines take turns, in two halls.
//!
//! A quarter of the places and every other turn are for those who are known to the name that they bring:
//! strangers, from however many addresses, keep each other waiting. A source has a quarter of a hall
//! at most. Where all is taken, who has fewer places than another gets that of its last, and who was
//! wrong less often that of who has as many.

use super::{Busy, Compared};
use crate::limits::{Guest, Source};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// What part of the places those have who are known; and of a hall, one source.
const SHARE: usize = 4;

pub(super) enum Job {
    Hash { password: String, reply: oneshot::Sender<String> },
    Verify { password: String, hash: Option<String>, reply: oneshot::Sender<Compared> },
}

impl Job {
    /// Whether who asked has left.
    fn is_left(&self) -> bool {
        match self {
            Job::Hash { reply, .. } => reply.is_closed(),
            Job::Verify { reply, .. } => reply.is_closed(),
        }
    }
}

/// All who wait.
pub(super) struct Line {
    waiting: Mutex<Waiting>,
    comes: Condvar,
}

struct Waiting {
    known: Hall,
    strangers: Hall,
    /// Whose turn was the last one.
    known_went: bool,
    is_closed: bool,
}

#[derive(Default)]
struct Hall {
    places: usize,
    taken: usize,
    sources: HashMap<Source, Visitors>,
    /// Those with jobs that wait, in the order of their turns.
    turns: VecDeque<Source>,
}

/// Of one source.
#[derive(Default)]
struct Visitors {
    /// Places that are taken: before a job waits, while it waits, and while it is done.
    taken: usize,
    /// How often it was wrong, when it came last.
    burden: u64,
    jobs: VecDeque<Job>,
}

/// Where a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    pub source: Source,
    pub is_known: bool,
}

/// A place for one job. One that is dropped is free again.
#[must_use]
pub struct Place {
    line: Arc<Line>,
    seat: Seat,
    is_used: bool,
}

/// Ends the threads that work for a line.
pub(super) struct Closes(pub Arc<Line>);

impl Drop for Closes {
    fn drop(&mut self) {
        self.0.lock().is_closed = true;
        self.0.comes.notify_all();
    }
}

impl Line {
    /// One place for each that waits or is hashed.
    pub fn new(places: usize) -> Line {
        let own = places / SHARE;
        let hall = |places| Hall { places, ..Hall::default() };
        let waiting = Waiting {
            known: hall(own),
            strangers: hall(places - own),
            known_went: false,
            is_closed: false,
        };
        Line { waiting: Mutex::new(waiting), comes: Condvar::new() }
    }

    pub fn room(&self) -> usize {
        let waiting = self.lock();
        waiting.known.room() + waiting.strangers.room()
    }

    /// Where those who are known have no room, they wait as anybody does.
    pub fn take(line: &Arc<Line>, guest: Guest) -> Result<Place, Busy> {
        let mut waiting = line.lock();
        let is_known = guest.is_known && waiting.known.take(guest);
        if !is_known && !waiting.strangers.take(guest) {
            return Err(Busy);
        }
        let seat = Seat { source: guest.source, is_known };
        Ok(Place { line: Arc::clone(line), seat, is_used: false })
    }

    /// Waits for a job. None when nobody can bring one any more.
    pub fn next(&self) -> Option<(Seat, Job)> {
        let mut waiting = self.lock();
        loop {
            while let Some((seat, job)) = waiting.pop() {
                if !job.is_left() {
                    waiting.known_went = seat.is_known;
                    return Some((seat, job));
                }
                waiting.leave(seat);
            }
            if waiting.is_closed {
                return None;
            }
            waiting = self.comes.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The job that had this place is done.
    pub fn leave(&self, seat: Seat) {
        self.lock().leave(seat);
    }

    fn push(&self, seat: Seat, job: Job) {
        let mut waiting = self.lock();
        match waiting.is_closed {
            // Nobody works any more: without a reply, that is told.
            true => waiting.leave(seat),
            false => waiting.hall(seat).push(seat.source, job),
        }
        drop(waiting);
        self.comes.notify_one();
    }

    /// Whole at each moment at which it is let go.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn hall(&mut self, seat: Seat) -> &mut Hall {
        if seat.is_known { &mut self.known } else { &mut self.strangers }
    }

    /// From the halls in turn, as long as somebody waits in both.
    fn pop(&mut self) -> Option<(Seat, Job)> {
        [!self.known_went, self.known_went].into_iter().find_map(|is_known| {
            let hall = if is_known { &mut self.known } else { &mut self.strangers };
            hall.pop().map(|(source, job)| (Seat { source, is_known }, job))
        })
    }

    fn leave(&mut self, seat: Seat) {
        self.hall(seat).give_back(seat.source, 1);
    }
}

impl Hall {
    fn room(&self) -> usize {
        self.places - self.taken
    }

    /// Whether there was a place.
    fn take(&mut self, guest: Guest) -> bool {
        if self.is_full(guest.source) {
            self.forget_the_left();
        }
        if self.room() == 0 {
            self.push_out_for(guest);
        }
        if self.is_full(guest.source) {
            return false;
        }
        self.taken += 1;
        let visitors = self.sources.entry(guest.source).or_default();
        visitors.taken += 1;
        visitors.burden = guest.burden;
        true
    }

    fn is_full(&self, source: Source) -> bool {
        self.room() == 0 || self.taken_by(source) >= self.places.div_ceil(SHARE)
    }

    fn taken_by(&self, source: Source) -> usize {
        self.sources.get(&source).map_or(0, |visitors| visitors.taken)
    }

    fn push(&mut self, source: Source, job: Job) {
        let visitors = self.sources.entry(source).or_default();
        if visitors.jobs.is_empty() {
            self.turns.push_back(source);
        }
        visitors.jobs.push_back(job);
    }

    fn pop(&mut self) -> Option<(Source, Job)> {
        let source = self.turns.pop_front()?;
        let visitors = self.sources.get_mut(&source)?;
        let job = visitors.jobs.pop_front()?;
        if !visitors.jobs.is_empty() {
            self.turns.push_back(source);
        }
        Some((source, job))
    }

    fn give_back(&mut self, source: Source, places: usize) {
        self.taken -= places;
        if let Some(visitors) = self.sources.get_mut(&source) {
            visitors.taken -= places;
            if visitors.taken == 0 {
                self.sources.remove(&source);
            }
        }
    }

    /// Gives back the places of those who left while they waited.
    fn forget_the_left(&mut self) {
        for source in Vec::from_iter(self.turns.iter().copied()) {
            let Some(visitors) = self.sources.get_mut(&source) else { continue };
            let before = visitors.jobs.len();
            visitors.jobs.retain(|job| !job.is_left());
            let (left, none) = (before - visitors.jobs.len(), visitors.jobs.is_empty());
            if none {
                self.turns.retain(|turn| *turn != source);
            }
            self.give_back(source, left);
        }
    }

    /// Who came last of the longest line, and of those of the one that was wrong most often, makes room
    /// for who has less than that without him.
    fn push_out_for(&mut self, newcomer: Guest) {
        let weight = |source: &Source| {
            self.sources.get(source).map(|visitors| (visitors.taken, visitors.burden))
        };
        let Some(heaviest) = self.turns.iter().copied().max_by_key(weight) else { return };
        let his = (self.taken_by(newcomer.source) + 1, newcomer.burden);
        if weight(&heaviest).is_none_or(|heaviest| heaviest <= his) {
            return;
        }
        if let Some(visitors) = self.sources.get_mut(&heaviest) {
            // Without a reply, he hears that it is busy.
            visitors.jobs.pop_back();
            if visitors.jobs.is_empty() {
                self.turns.retain(|turn| *turn != heaviest);
            }
            self.give_back(heaviest, 1);
        }
    }
}

impl Place {
    pub(super) async fn ask<T>(
        mut self,
        job: impl FnOnce(oneshot::Sender<T>) -> Job,
    ) -> Result<T, Busy> {
        let (reply, answer) = oneshot::channel();
        // From here on it is the job's.
        self.is_used = true;
        self.line.push(self.seat, job(reply));
        answer.await.map_err(|_| Busy)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.is_used {
            self.line.leave(self.seat);
        }
    }
}

#[cfg(test)]
mod tests;
