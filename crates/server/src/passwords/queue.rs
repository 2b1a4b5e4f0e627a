//! Who waits for a hash: each source in a line of its own, and the lines take turns.
//!
//! A source has a quarter of the places at most. Where all are taken, who has fewer than another gets
//! the place of that one's last: a flood keeps its own people waiting, and nobody else.

use super::Busy;
use crate::limits::Source;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// What part of the places one source may take.
const SHARE: usize = 4;

pub(super) enum Job {
    Hash { password: String, reply: oneshot::Sender<String> },
    Verify { password: String, hash: Option<String>, reply: oneshot::Sender<bool> },
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
    places: usize,
    waiting: Mutex<Waiting>,
    comes: Condvar,
}

#[derive(Default)]
struct Waiting {
    taken: usize,
    sources: HashMap<Source, Visitors>,
    /// Those with jobs that wait, in the order of their turns.
    turns: VecDeque<Source>,
    is_closed: bool,
}

/// Of one source.
#[derive(Default)]
struct Visitors {
    /// Places that are taken: before a job waits, while it waits, and while it is done.
    taken: usize,
    jobs: VecDeque<Job>,
}

/// A place for one job. One that is dropped is free again.
#[must_use]
pub struct Place {
    line: Arc<Line>,
    source: Source,
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
        Line { places, waiting: Mutex::default(), comes: Condvar::new() }
    }

    pub fn room(&self) -> usize {
        self.places - self.lock().taken
    }

    pub fn take(line: &Arc<Line>, source: Source) -> Result<Place, Busy> {
        let mut waiting = line.lock();
        let most = line.places.div_ceil(SHARE);
        let is_full =
            |waiting: &Waiting| waiting.taken >= line.places || waiting.taken_by(source) >= most;
        if is_full(&waiting) {
            waiting.forget_the_left();
        }
        if waiting.taken >= line.places {
            waiting.push_out_for(source);
        }
        if is_full(&waiting) {
            return Err(Busy);
        }
        waiting.taken += 1;
        waiting.sources.entry(source).or_default().taken += 1;
        Ok(Place { line: Arc::clone(line), source, is_used: false })
    }

    /// Waits for a job. None when nobody can bring one any more.
    pub fn next(&self) -> Option<(Source, Job)> {
        let mut waiting = self.lock();
        loop {
            while let Some((source, job)) = waiting.pop() {
                if !job.is_left() {
                    return Some((source, job));
                }
                waiting.leave(source);
            }
            if waiting.is_closed {
                return None;
            }
            waiting = self.comes.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A job of this source is done.
    pub fn leave(&self, source: Source) {
        self.lock().leave(source);
    }

    fn push(&self, source: Source, job: Job) {
        let mut waiting = self.lock();
        match waiting.is_closed {
            // Nobody works any more: without a reply, that is told.
            true => waiting.leave(source),
            false => waiting.push(source, job),
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

    fn leave(&mut self, source: Source) {
        self.give_back(source, 1);
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

    /// Who came last of the longest line makes room for who has fewer places than that line.
    fn push_out_for(&mut self, newcomer: Source) {
        let longest = self.turns.iter().max_by_key(|source| self.taken_by(**source));
        let Some(source) = longest.copied() else { return };
        if self.taken_by(source) <= self.taken_by(newcomer) + 1 {
            return;
        }
        if let Some(visitors) = self.sources.get_mut(&source) {
            // Without a reply, he hears that it is busy.
            visitors.jobs.pop_back();
            if visitors.jobs.is_empty() {
                self.turns.retain(|turn| *turn != source);
            }
            self.leave(source);
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
        self.line.push(self.source, job(reply));
        answer.await.map_err(|_| Busy)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.is_used {
            self.line.leave(self.source);
        }
    }
}

#[cfg(test)]
mod tests;
