//! A plain queue: whoever orders waits for the number, the writer takes all there is.

use crate::stage::baskets::Basket;
use std::sync::{
    Condvar, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};
use tokio::sync::oneshot;

#[derive(Default)]
pub struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    batches: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    batch: Batch,
    is_closed: bool,
}

/// What was ordered, and who waits for it, in the same order.
#[derive(Default)]
pub struct Batch {
    pub baskets: Vec<Basket>,
    clients: Vec<oneshot::Sender<i64>>,
}

impl Batch {
    /// Numbers were given in the order of the baskets, up to `last`.
    pub fn answer(self, last: i64) {
        let first = last - self.clients.len() as i64 + 1;
        for (number, client) in (first..).zip(self.clients) {
            // A client that has left needs no answer.
            let _ = client.send(number);
        }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The order's number once it is durable; `None` if it never will be.
    pub async fn push(&self, basket: Basket) -> Option<i64> {
        let (client, number) = oneshot::channel();
        {
            let mut waiting = self.lock();
            if waiting.is_closed {
                return None;
            }
            waiting.batch.baskets.push(basket);
            waiting.batch.clients.push(client);
            if waiting.batch.baskets.len() == 1 {
                self.arrived.notify_one();
            }
        }
        number.await.ok()
    }

    /// All that wait, at least one; `None` when it is closed.
    pub fn take(&self) -> Option<Batch> {
        let idle = |waiting: &mut Waiting| waiting.batch.baskets.is_empty() && !waiting.is_closed;
        let mut waiting =
            self.arrived.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        if waiting.is_closed {
            waiting.batch = Batch::default();
            return None;
        }
        self.batches.fetch_add(1, Relaxed);
        Some(std::mem::take(&mut waiting.batch))
    }

    pub fn batches(&self) -> u64 {
        self.batches.load(Relaxed)
    }

    pub fn close(&self) {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        waiting.batch = Batch::default();
        self.arrived.notify_all();
    }
}
