//! A doubt that lasts for hours: when the batch's id may have been swept away, to try again could do
//! everything twice.

use crate::shop::*;
use domain::{BatchId, Command, Micros};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use store::{
    Error, Rejection,
    door::{Door, World},
    tx::{Committed, Connect, Read, Tx, Write},
};
use uuid::Uuid;

on_both_engines!(
    a_doubt_of_hours_ends_unknown_and_nothing_is_done_twice,
    a_doubt_of_minutes_ends_known,
    a_doubt_ends_unknown_after_half_an_hour_and_not_before,
);

/// A world whose time passes while one connects.
struct Slow(Arc<AtomicU64>);

impl World for Slow {
    fn new_batch_id(&mut self) -> BatchId {
        BatchId(Uuid::now_v7())
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(self.0.load(Relaxed))
    }

    fn pause(&mut self, _: Duration) {}

    fn must_give_up(&self) -> bool {
        false
    }
}

/// The first commit lands without an answer; to connect again takes its time.
struct Connecting {
    inner: Box<dyn Connect>,
    connects: AtomicU64,
    time_s: Arc<AtomicU64>,
    takes_s: u64,
}

struct Losing {
    inner: Box<dyn Tx>,
    loses: bool,
}

impl Connect for Connecting {
    fn connect(&self) -> Result<Box<dyn Tx>, Error> {
        let loses = self.connects.fetch_add(1, Relaxed) == 0;
        if !loses {
            self.time_s.fetch_add(self.takes_s, Relaxed);
        }
        Ok(Box::new(Losing { inner: self.inner.connect()?, loses }))
    }
}

impl Tx for Losing {
    fn begin(&mut self, batch: BatchId, reads: &mut [Read]) -> Result<Micros, Error> {
        self.inner.begin(batch, reads)
    }

    fn read(&mut self, reads: &mut [Read]) -> Result<(), Error> {
        self.inner.read(reads)
    }

    fn write_and_commit(&mut self, writes: &[Write]) -> Result<Committed, Error> {
        let counted = self.inner.write_and_commit(writes)?;
        match self.loses {
            true => Err(Error::Lost("on purpose".into())),
            false => Ok(counted),
        }
    }

    fn rollback(&mut self) -> Result<(), Error> {
        self.inner.rollback()
    }
}

/// One order without a key, whose commit has no answer for so long.
async fn order_in_doubt(shop: &Shop, takes_s: u64) -> store::Reply {
    let time_s = Arc::<AtomicU64>::default();
    let inner = shop.location.writer();
    let connect =
        Connecting { inner, connects: AtomicU64::new(0), time_s: time_s.clone(), takes_s };
    let run = move || {
        let mut door = Door::new(Box::new(connect), Slow(time_s), Arc::default());
        let order: Command = place(customer(1), None, &[(1, 2)]);
        door.run(&[&order]).remove(0)
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

async fn a_doubt_of_hours_ends_unknown_and_nothing_is_done_twice(shop: Shop) {
    assert_eq!(order_in_doubt(&shop, 3 * 3600).await, Err(Rejection::Unknown));
    assert_eq!((shop.orders().await, shop.available(1).await), (1, 98));
}

async fn a_doubt_of_minutes_ends_known(shop: Shop) {
    placed(order_in_doubt(&shop, 60).await);
    assert_eq!((shop.orders().await, shop.available(1).await), (1, 98));
}

async fn a_doubt_ends_unknown_after_half_an_hour_and_not_before(shop: Shop) {
    placed(order_in_doubt(&shop, 1800).await);
    assert_eq!(order_in_doubt(&shop, 1801).await, Err(Rejection::Unknown));
    assert_eq!((shop.orders().await, shop.available(1).await), (2, 96));
}
