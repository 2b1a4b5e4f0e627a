//! The open loop: requests fall due at a fixed rate, whether or not the server keeps up.
//! Each is taken once, in order, by the next free user; none is skipped, late ones queue.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};
use tokio::{
    sync::{Notify, Semaphore},
    time::Instant,
};

/// At high rates requests fall due in small bunches, to spare a wake-up for each.
const MIN_NAP: Duration = Duration::from_micros(500);

/// The longest that the end of a run waits for the metronome.
const MAX_NAP: Duration = Duration::from_millis(100);

/// The schedule of an open loop.
#[derive(Debug)]
pub struct Pace {
    start: Instant,
    rate: f64,
    /// How many requests there are to be; less if the run is stopped.
    total: AtomicU64,
    released: AtomicU64,
    taken: AtomicU64,
    due: Semaphore,
    tick: Notify,
    finished: AtomicBool,
}

impl Pace {
    pub fn new(rate: f64, start: Instant, deadline: Instant) -> Self {
        let total = (rate * (deadline - start).as_secs_f64()).ceil() as u64;
        Self {
            start,
            rate,
            total: AtomicU64::new(total),
            released: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            due: Semaphore::new(0),
            tick: Notify::new(),
            finished: AtomicBool::new(false),
        }
    }

    /// Waits for the next request to fall due and tells when that was; `None` when all are taken.
    pub async fn take(&self) -> Option<Instant> {
        // Never closed: the end is told by the number of the request.
        self.due.acquire().await.ok()?.forget();
        let number = self.taken.fetch_add(1, Relaxed);
        (number < self.total.load(Relaxed)).then(|| self.due_at(number))
    }

    /// Makes requests due until none is left, then lets each of `users` go.
    pub async fn release_all(self: Arc<Self>, users: usize) {
        let metronome = self.clone();
        // Tokio's own timers are a millisecond coarse, which would show in every latency.
        let spawned =
            thread::Builder::new().name("load-pace".to_owned()).spawn(move || metronome.beat());
        while self.released.load(Relaxed) < self.total.load(Relaxed) {
            match spawned {
                Ok(_) => self.tick.notified().await,
                Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            }
            self.release(Instant::now());
        }
        self.finished.store(true, Relaxed);
        self.due.add_permits(users);
    }

    /// Nothing falls due any more; what already has may still be taken.
    pub fn stop(&self) {
        self.total.fetch_min(self.released.load(Relaxed), Relaxed);
        self.tick.notify_one();
    }

    /// Ends the metronome of a run that gave up on its queue.
    pub fn finish(&self) {
        self.finished.store(true, Relaxed);
    }

    /// How many requests fell due and were never sent, and since when the first of them waits.
    pub fn backlog(&self) -> (u64, Option<Instant>) {
        let total = self.total.load(Relaxed);
        let taken = self.taken.load(Relaxed).min(total);
        (total - taken, (taken < total).then(|| self.due_at(taken)))
    }

    fn release(&self, now: Instant) {
        let due = self.due_by(now).min(self.total.load(Relaxed));
        let released = self.released.fetch_max(due, Relaxed);
        self.due.add_permits(due.saturating_sub(released) as usize);
    }

    /// Runs on a thread of its own, where sleeping is precise.
    fn beat(&self) {
        while !self.finished.load(Relaxed) {
            let now = Instant::now();
            let next = self.due_at(self.due_by(now));
            thread::sleep(next.saturating_duration_since(now).clamp(MIN_NAP, MAX_NAP));
            self.tick.notify_one();
        }
    }

    fn due_at(&self, number: u64) -> Instant {
        self.start + Duration::from_secs_f64(number as f64 / self.rate)
    }

    /// How many requests have fallen due by `now`; the first does at the start.
    fn due_by(&self, now: Instant) -> u64 {
        (now.saturating_duration_since(self.start).as_secs_f64() * self.rate) as u64 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_fall_due_at_even_distances() {
        let start = Instant::now();
        let pace = Pace::new(1000.0, start, start + Duration::from_secs(2));
        assert_eq!(pace.total.load(Relaxed), 2000);
        assert_eq!(pace.due_at(500), start + Duration::from_millis(500));
        assert_eq!(pace.due_by(start), 1);
        assert_eq!(pace.due_by(start + Duration::from_micros(10_500)), 11);
        let slow = Pace::new(0.4, start, start + Duration::from_secs(4));
        assert_eq!(
            slow.total.load(Relaxed),
            2,
            "the second falls due after two seconds and a half"
        );
    }

    #[tokio::test]
    async fn late_requests_queue_and_keep_their_intended_start() {
        let start = Instant::now();
        let pace = Pace::new(1000.0, start, start + Duration::from_secs(1));
        pace.release(start + Duration::from_micros(2_500));
        assert_eq!(pace.take().await, Some(start));
        assert_eq!(pace.take().await, Some(start + Duration::from_millis(1)));
        pace.stop();
        assert_eq!(pace.backlog(), (1, Some(start + Duration::from_millis(2))));
        assert_eq!(pace.take().await, Some(start + Duration::from_millis(2)));
        assert_eq!(pace.backlog(), (0, None));
    }

    #[tokio::test]
    async fn every_request_is_released_and_then_every_user_let_go() {
        let start = Instant::now();
        let pace = Arc::new(Pace::new(10_000.0, start, start + Duration::from_millis(20)));
        pace.clone().release_all(2).await;
        for number in 0..200 {
            assert_eq!(pace.take().await, Some(pace.due_at(number)));
        }
        assert_eq!((pace.take().await, pace.take().await), (None, None));
        assert_eq!(pace.backlog(), (0, None));
    }

    #[tokio::test]
    async fn what_is_released_twice_falls_due_once() {
        let start = Instant::now();
        let pace = Pace::new(1000.0, start, start + Duration::from_millis(3));
        for micros in [1_500, 1_500, 500, 60_000_000] {
            pace.release(start + Duration::from_micros(micros));
        }
        assert_eq!(pace.due.available_permits(), 3);
    }

    #[tokio::test]
    async fn a_slow_pace_that_is_stopped_does_not_wait_for_its_next_request() {
        let start = Instant::now();
        let pace = Arc::new(Pace::new(0.001, start, start + Duration::from_secs(3_000)));
        let users = tokio::spawn(pace.clone().release_all(1));
        assert_eq!(pace.take().await, Some(start));
        pace.stop();
        assert_eq!(pace.take().await, None);
        users.await.unwrap();
    }

    #[test]
    fn a_pace_that_is_finished_beats_no_more() {
        let start = Instant::now();
        let pace = Pace::new(1000.0, start, start + Duration::from_secs(60));
        pace.finish();
        let (done, ended) = std::sync::mpsc::channel();
        thread::spawn(move || {
            pace.beat();
            done.send(()).unwrap();
        });
        ended.recv_timeout(Duration::from_secs(10)).unwrap();
    }
}
