//! Clients that order whether or not the shop keeps up. Each order comes when it is due; who is
//! refused tries again with the same key, after as long as he was told and some more, twice at
//! most, and gives up when the rush is over. All on one thread, with many connections, so that the shop has the other processor.

use super::{
    attempts::{Attempt, Attempts, End},
    schedule::Schedule,
};
use load::{Connection, RequestText, Target, write_order};
use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    rc::Rc,
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::Semaphore,
    task::LocalSet,
    time::{Instant, interval, timeout},
};
use uuid::Uuid;

const CONNECTIONS: usize = 2000;
const TRIES: u8 = 3;
/// Of the wait, at most.
const JITTER: f64 = 0.5;
const PRODUCTS: u64 = 1000;
const BEAT: Duration = Duration::from_millis(1);
/// As long as the shop takes to tell that it does not know.
const PATIENCE: Duration = Duration::from_secs(20);
const USUAL_WAIT: Duration = Duration::from_secs(1);

/// Where to order, and as whom.
#[derive(Clone, Debug)]
pub struct Door {
    pub target: Target,
    /// The header line.
    pub authorization: Arc<str>,
}

impl Door {
    /// A connection, and the text of the order with that number.
    pub fn connection(&self) -> (Connection, RequestText) {
        (Connection::new(self.target.addr, PATIENCE), RequestText::new(&self.target.host))
    }

    pub fn write_order(&self, text: &mut RequestText, run: Uuid, number: u64) {
        let key = format_args!("overload-{}-{number}", run.simple());
        let product = number % PRODUCTS + 1;
        text.post(format_args!("/api/orders/orders"), &self.authorization, Some(key), |body| {
            write_order(body, std::iter::once(product));
        });
    }
}

/// One order that is to be sent, when it is due: the first due comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Instant,
    number: u64,
    tries: u8,
}

struct Counter {
    door: Door,
    run: Uuid,
    began: Instant,
    ready: RefCell<VecDeque<Due>>,
    /// One permit for each that is ready; closed when it is over.
    bell: Semaphore,
    later: RefCell<BinaryHeap<Reverse<Due>>>,
    attempts: RefCell<Attempts>,
}

/// Orders by the schedule, on a thread of its own; returns when every answer is in.
pub async fn run(door: Door, schedule: Schedule) -> anyhow::Result<Attempts> {
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(LocalSet::new().block_on(&runtime, order(door, schedule)))
    })
    .await?
}

async fn order(door: Door, schedule: Schedule) -> Attempts {
    let counter = Rc::new(Counter {
        door,
        run: Uuid::new_v4(),
        began: Instant::now(),
        ready: RefCell::default(),
        bell: Semaphore::new(0),
        later: RefCell::default(),
        attempts: RefCell::default(),
    });
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::task::spawn_local(send_until_over(counter.clone())))
        .collect();
    counter.follow(&schedule).await;
    counter.bell.close();
    for client in clients {
        // Each answers for itself: one that panicked has noted nothing.
        let _ = timeout(PATIENCE, client).await;
    }
    counter.attempts.take()
}

impl Counter {
    /// Makes orders ready when they are due.
    async fn follow(&self, schedule: &Schedule) {
        let mut beat = interval(BEAT);
        let (mut come, mut phase, lasts) = (0, 0, schedule.lasts());
        loop {
            let now = beat.tick().await.max(Instant::now());
            let elapsed = now - self.began;
            if elapsed >= lasts {
                return;
            }
            let due = schedule.due_by(elapsed);
            let fresh = (come..due).map(|number| Due { at: now, number, tries: 1 });
            let mut ready = self.ready.borrow_mut();
            let before = ready.len();
            ready.extend(fresh);
            come = due;
            let mut later = self.later.borrow_mut();
            if phase != schedule.phase_at(elapsed) {
                phase = schedule.phase_at(elapsed);
                later.clear();
            }
            while later.peek().is_some_and(|Reverse(again)| again.at <= now) {
                ready.extend(later.pop().map(|Reverse(again)| again));
            }
            self.bell.add_permits(ready.len() - before);
        }
    }

    fn note(&self, due: Due, sent: Instant, end: End) {
        let attempt = Attempt {
            sent: sent - self.began,
            took: sent.elapsed(),
            delay: sent.saturating_duration_since(due.at),
            end,
        };
        self.attempts.borrow_mut().0.push(attempt);
    }

    fn send_again(&self, refused: Due, told: Option<Duration>) {
        if refused.tries < TRIES {
            let wait = told.unwrap_or(USUAL_WAIT);
            let at = Instant::now() + wait + wait.mul_f64(JITTER * share(self.run, refused));
            let again = Due { at, tries: refused.tries + 1, ..refused };
            self.later.borrow_mut().push(Reverse(again));
        }
    }
}

/// Between none and all, scattered over the attempts.
fn share(run: Uuid, due: Due) -> f64 {
    let seed = run.as_u128() as u64 ^ (due.number << 2 | u64::from(due.tries));
    let mixed = (seed ^ seed >> 31).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 40) as f64 / (1_u64 << 24) as f64
}

async fn send_until_over(counter: Rc<Counter>) {
    let (mut connection, mut text) = counter.door.connection();
    while let Ok(permit) = counter.bell.acquire().await {
        permit.forget();
        let Some(due) = counter.ready.borrow_mut().pop_front() else { continue };
        counter.door.write_order(&mut text, counter.run, due.number);
        if connection.open().await.is_err() {
            counter.note(due, Instant::now(), End::Unknown);
            continue;
        }
        let sent = Instant::now();
        match connection.exchange(text.text(), sent).await {
            Ok(answer) if answer.status == 201 => counter.note(due, sent, End::Accepted),
            Ok(answer) if matches!(answer.status, 429 | 503) => {
                counter.note(due, sent, End::Refused);
                counter.send_again(due, answer.retry_after);
            }
            _ => counter.note(due, sent, End::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waits_are_scattered_and_the_first_due_comes_first() {
        let due =
            |number, ms| Due { at: Instant::now() + Duration::from_millis(ms), number, tries: 1 };
        let run = Uuid::new_v4();
        let shares: Vec<f64> = (0..1000).map(|number| share(run, due(number, 0))).collect();
        assert!(shares.iter().all(|share| (0.0..1.0).contains(share)));
        let mean = shares.iter().sum::<f64>() / 1000.0;
        assert!((0.4..0.6).contains(&mean), "{mean}");
        let mut later = BinaryHeap::from([Reverse(due(1, 500)), Reverse(due(2, 10))]);
        assert_eq!(later.pop().map(|Reverse(due)| due.number), Some(2));
    }
}
