//! What follows the events: all of them, in their order, by one node at a time.

use crate::app::{Shop, on_both_engines, until};
use domain::{EventKind, OrderStatus, Text};
use server::consumers::{Consumer, Later, Pace, follow};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use store::Told;
use tokio::task::JoinHandle;

on_both_engines!(
    a_consumer_takes_every_event_in_its_order,
    events_that_cannot_be_taken_now_come_again,
    another_node_goes_on_where_a_dead_one_stopped,
    of_two_nodes_one_works,
    a_consumer_that_takes_long_keeps_its_lease,
    a_consumer_that_panics_meets_its_events_again,
);

const QUICK: Pace =
    Pace { lease: Duration::from_millis(600), poll: Duration::from_millis(10), most: 3 };

/// Keeps what it was given.
#[derive(Clone, Default)]
struct Diary {
    taken: Arc<Mutex<Vec<(i64, EventKind)>>>,
    is_closed: Arc<AtomicBool>,
    /// How often it was closed.
    refused: Arc<AtomicUsize>,
    /// How long it takes to write.
    pause: Duration,
    panics: Arc<AtomicBool>,
}

impl Consumer for Diary {
    fn name(&self) -> Text<100> {
        Text::new("diary").unwrap()
    }

    async fn take(&mut self, events: &[Told]) -> Result<(), Later> {
        if self.is_closed.load(Relaxed) {
            let pause = Duration::from_millis(5);
            self.refused.fetch_add(1, Relaxed);
            return Err(Later { why: "the diary is closed".into(), pause });
        }
        assert!(events.len() <= 3, "not more than was asked for");
        assert!(!self.panics.swap(false, Relaxed), "the pen broke");
        tokio::time::sleep(self.pause).await;
        self.taken
            .lock()
            .unwrap()
            .extend(events.iter().map(|told| (told.position, told.event.kind)));
        Ok(())
    }
}

impl Diary {
    fn positions(&self) -> Vec<i64> {
        self.taken.lock().unwrap().iter().map(|(position, _)| *position).collect()
    }

    fn follow(&self, shop: &Shop, pace: Pace) -> JoinHandle<()> {
        tokio::spawn(follow(shop.app.clone(), self.clone(), pace))
    }
}

/// So many orders of Ann's.
async fn ordered(shop: &Shop, orders: usize) -> Vec<serde_json::Value> {
    let ann = shop.customer(&format!("ann-{}", uuid::Uuid::new_v4().simple())).await;
    let tin = shop.tin("1.00", 1_000).await;
    let mut placed = Vec::new();
    for _ in 0..orders {
        placed.push(shop.place(&ann, tin, 1).await.expect(201));
    }
    placed
}

async fn a_consumer_takes_every_event_in_its_order(shop: Arc<Shop>) {
    let orders = ordered(&shop, 7).await;
    let diary = Diary::default();
    let task = diary.follow(&shop, QUICK);
    until("the first events", async || diary.positions().len() == 7).await;
    shop.move_order(&orders[0], OrderStatus::Cancelled).await;
    until("the next one", async || diary.positions().len() == 8).await;
    assert_eq!(diary.positions(), (1..=8).collect::<Vec<_>>());
    let kinds: Vec<_> = diary.taken.lock().unwrap().iter().map(|(_, kind)| *kind).collect();
    assert_eq!(kinds[..7], [EventKind::OrderPlaced; 7]);
    assert_eq!(kinds[7], EventKind::OrderCancelled);
    task.abort();
}

async fn events_that_cannot_be_taken_now_come_again(shop: Arc<Shop>) {
    ordered(&shop, 2).await;
    let diary = Diary::default();
    diary.is_closed.store(true, Relaxed);
    let task = diary.follow(&shop, QUICK);
    until("three tries", async || diary.refused.load(Relaxed) >= 3).await;
    assert_eq!(diary.positions(), [0; 0]);
    diary.is_closed.store(false, Relaxed);
    until("the events", async || diary.positions() == [1, 2]).await;
    task.abort();
}

async fn another_node_goes_on_where_a_dead_one_stopped(shop: Arc<Shop>) {
    ordered(&shop, 2).await;
    let (one, other) = (Diary::default(), Diary::default());
    let task = one.follow(&shop, QUICK);
    until("the first node", async || one.positions() == [1, 2]).await;
    task.abort();
    ordered(&shop, 1).await;
    let second = shop.second_node(&[]).await;
    let task = other.follow(&second, QUICK);
    until("the second node", async || !other.positions().is_empty()).await;
    // What the first took, and could not say any more, comes again; what it said does not.
    let again = other.positions();
    assert!(again == [3] || again == [1, 2, 3], "{again:?}");
    task.abort();
}

async fn of_two_nodes_one_works(shop: Arc<Shop>) {
    let patient = Pace { lease: Duration::from_secs(60), ..QUICK };
    let second = shop.second_node(&[]).await;
    let (one, other) = (Diary::default(), Diary::default());
    let tasks = [one.follow(&shop, patient), other.follow(&second, patient)];
    ordered(&shop, 5).await;
    let both = async || one.positions().len() + other.positions().len() >= 5;
    until("the events", both).await;
    let (one, other) = (one.positions(), other.positions());
    assert!(one.is_empty() != other.is_empty(), "{one:?} {other:?}");
    tasks.iter().for_each(JoinHandle::abort);
}

async fn a_consumer_that_takes_long_keeps_its_lease(shop: Arc<Shop>) {
    let second = shop.second_node(&[]).await;
    let slow = Diary { pause: 3 * QUICK.lease, ..Diary::default() };
    let other = Diary::default();
    let before = shop.app.readers.exact().feed().await.unwrap();
    let first = slow.follow(&shop, QUICK);
    until("the lease", async || shop.app.readers.exact().feed().await.unwrap() != before).await;
    ordered(&shop, 1).await;
    let tasks = [first, other.follow(&second, QUICK)];
    until("the event", async || !slow.positions().is_empty()).await;
    assert_eq!((slow.positions(), other.positions()), (vec![1], vec![]));
    tasks.iter().for_each(JoinHandle::abort);
}

async fn a_consumer_that_panics_meets_its_events_again(shop: Arc<Shop>) {
    ordered(&shop, 2).await;
    let diary = Diary::default();
    diary.panics.store(true, Relaxed);
    let task = diary.follow(&shop, QUICK);
    until("the events", async || diary.positions() == [1, 2]).await;
    task.abort();
}
