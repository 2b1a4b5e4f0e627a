//! What follows the events: all of them, in their order, by one node at a time.

use crate::{
    app::{Shop, on_both_engines, until},
    database::{cursor_of, sql},
};
use domain::{EventKind, OrderStatus, Role, Text};
use server::{
    consumers::{Begins, Consumer, Later, Pace, follow},
    workers::{Turn, Worker, sweeps::Sweeps},
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use store::{Then, Told};
use tokio::task::JoinHandle;

on_both_engines!(
    a_consumer_takes_every_event_in_its_order,
    events_that_cannot_be_taken_now_come_again,
    another_node_goes_on_where_a_dead_one_stopped,
    of_two_nodes_one_works,
    a_consumer_that_takes_long_keeps_its_lease,
    a_consumer_that_panics_meets_its_events_again,
    a_consumer_that_takes_long_and_fails_meets_its_events_again,
    who_has_taken_something_is_tried_again_as_soon_as_at_first,
    a_consumer_without_events_commits_now_and_then,
    one_that_moves_itself_is_seen_while_nothing_happens,
    one_that_begins_now_takes_nothing_of_before_and_all_of_after,
    one_that_skips_goes_along_and_takes_what_comes_when_it_skips_no_more,
    where_each_node_keeps_something_of_its_own_each_takes_every_event,
    one_that_was_away_for_longer_than_it_is_kept_begins_anew,
);

const QUICK: Pace =
    Pace { lease: Duration::from_millis(600), poll: Duration::from_millis(10), most: 3 };

/// Keeps what it was given of orders: by their numbers, which rise from 1 on.
#[derive(Clone, Default)]
struct Diary {
    /// Where each node keeps its own.
    node: Option<&'static str>,
    taken: Arc<Mutex<Vec<(i64, EventKind)>>>,
    is_closed: Arc<AtomicBool>,
    /// How often it was closed.
    refused: Arc<AtomicUsize>,
    /// How long it takes to write, or to be found closed.
    pause: Duration,
    panics: Arc<AtomicBool>,
    begins_now: bool,
    skips: Arc<AtomicBool>,
}

impl Consumer for Diary {
    fn name(&self) -> Text<100> {
        let name = self.node.map_or("diary".into(), |node| format!("diary-{node}"));
        Text::new(&name).unwrap()
    }

    fn begins(&self) -> Begins {
        if self.begins_now { Begins::Now } else { Begins::AtTheFirst }
    }

    fn skips(&self) -> bool {
        self.skips.load(Relaxed)
    }

    async fn take(&mut self, events: &[Told]) -> Result<(), Later> {
        assert!(events.len() <= 3, "not more than was asked for");
        let moves: Vec<_> = events.iter().filter_map(moved).collect();
        if moves.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(self.pause).await;
        if self.is_closed.load(Relaxed) {
            let pause = Duration::from_millis(5);
            self.refused.fetch_add(1, Relaxed);
            return Err(Later { why: "the diary is closed".into(), pause });
        }
        assert!(!self.panics.swap(false, Relaxed), "the pen broke");
        self.taken.lock().unwrap().extend(moves);
        Ok(())
    }
}

/// The number of the order that an event is of.
fn moved(told: &Told) -> Option<(i64, EventKind)> {
    match told.event()? {
        (event, Then::Order(order)) => Some((order.number.unwrap(), event.kind)),
        _ => None,
    }
}

impl Diary {
    fn orders(&self) -> Vec<i64> {
        self.taken.lock().unwrap().iter().map(|(number, _)| *number).collect()
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
    until("the first events", async || diary.orders().len() == 7).await;
    shop.move_order(&orders[0], OrderStatus::Cancelled).await;
    until("the next one", async || diary.orders().len() == 8).await;
    assert_eq!(diary.orders(), [1, 2, 3, 4, 5, 6, 7, 1]);
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
    assert_eq!(diary.orders(), [0; 0]);
    diary.is_closed.store(false, Relaxed);
    until("the events", async || diary.orders() == [1, 2]).await;
    task.abort();
}

async fn another_node_goes_on_where_a_dead_one_stopped(shop: Arc<Shop>) {
    ordered(&shop, 2).await;
    let (one, other) = (Diary::default(), Diary::default());
    let task = one.follow(&shop, QUICK);
    until("the first node", async || one.orders() == [1, 2]).await;
    task.abort();
    ordered(&shop, 1).await;
    let second = shop.second_node(&[]).await;
    let task = other.follow(&second, QUICK);
    until("the second node", async || other.orders().contains(&3)).await;
    // What the first took, and could not say any more, comes again; what it said does not.
    let again = other.orders();
    assert!(again == [3] || again == [1, 2, 3], "{again:?}");
    task.abort();
}

async fn of_two_nodes_one_works(shop: Arc<Shop>) {
    let patient = Pace { lease: Duration::from_secs(60), ..QUICK };
    let second = shop.second_node(&[]).await;
    let (one, other) = (Diary::default(), Diary::default());
    let tasks = [one.follow(&shop, patient), other.follow(&second, patient)];
    ordered(&shop, 5).await;
    let both = async || one.orders().len() + other.orders().len() >= 5;
    until("the events", both).await;
    let (one, other) = (one.orders(), other.orders());
    assert!(one.is_empty() != other.is_empty(), "{one:?} {other:?}");
    tasks.iter().for_each(JoinHandle::abort);
}

async fn a_consumer_that_takes_long_keeps_its_lease(shop: Arc<Shop>) {
    let second = shop.second_node(&[]).await;
    // A renewal may be late on a busy machine, as long as it is not late by a second.
    let pace = Pace { lease: Duration::from_secs(2), ..QUICK };
    let slow = Diary { pause: 2 * pace.lease, ..Diary::default() };
    let other = Diary::default();
    let before = shop.app.readers.exact().feed().await.unwrap();
    let first = slow.follow(&shop, pace);
    until("the lease", async || shop.app.readers.exact().feed().await.unwrap() != before).await;
    ordered(&shop, 1).await;
    let tasks = [first, other.follow(&second, pace)];
    until("the event", async || !slow.orders().is_empty()).await;
    assert_eq!((slow.orders(), other.orders()), (vec![1], vec![]));
    tasks.iter().for_each(JoinHandle::abort);
}

async fn a_consumer_that_panics_meets_its_events_again(shop: Arc<Shop>) {
    ordered(&shop, 2).await;
    let diary = Diary::default();
    diary.panics.store(true, Relaxed);
    let task = diary.follow(&shop, QUICK);
    until("the events", async || diary.orders() == [1, 2]).await;
    task.abort();
}

async fn a_consumer_that_takes_long_and_fails_meets_its_events_again(shop: Arc<Shop>) {
    ordered(&shop, 2).await;
    // Its lease is renewed meanwhile, and its cursor stays where it was.
    let slow = Diary { pause: 2 * QUICK.lease, ..Diary::default() };
    slow.is_closed.store(true, Relaxed);
    let task = slow.follow(&shop, QUICK);
    until("a refusal", async || slow.refused.load(Relaxed) > 0).await;
    slow.is_closed.store(false, Relaxed);
    until("the events", async || !slow.orders().is_empty()).await;
    assert_eq!(slow.orders(), [1, 2]);
    task.abort();
}

/// Takes something at every eleventh try.
struct Moody(Arc<AtomicUsize>);

impl Consumer for Moody {
    fn name(&self) -> Text<100> {
        Text::new("moody").unwrap()
    }

    async fn take(&mut self, events: &[Told]) -> Result<(), Later> {
        if events.iter().all(|told| moved(told).is_none()) {
            return Ok(());
        }
        match self.0.fetch_add(1, Relaxed) % 11 {
            10 => Ok(()),
            _ => Err(Later { why: "not today".into(), pause: Duration::from_millis(1) }),
        }
    }
}

async fn who_has_taken_something_is_tried_again_as_soon_as_at_first(shop: Arc<Shop>) {
    ordered(&shop, 2).await;
    let tries = Arc::new(AtomicUsize::new(0));
    // No pause is cut short by the lease.
    let pace = Pace { lease: Duration::from_secs(3600), most: 1, ..QUICK };
    let task = tokio::spawn(follow(shop.app.clone(), Moody(tries.clone()), pace));
    // The tries of the first event come to a second of pauses, and so do those of the second one; were
    // these the next in the same row, they would come to a quarter of an hour.
    until("both events", async || tries.load(Relaxed) == 22).await;
    task.abort();
}

async fn a_consumer_without_events_commits_now_and_then(shop: Arc<Shop>) {
    // The shop's own consumers commit now and then, too.
    shop.stop_workers().await;
    // Behind whatever they had begun with.
    shop.somebody(Role::Staff).await;
    let feed = async || shop.app.readers.exact().feed().await.unwrap();
    let commits = async || feed().await.commit;
    // What there was before it came is taken three at a time, and each time is a commit.
    let pieces = (feed().await.position + 2) / 3;
    let (before, began) = (commits().await, Instant::now());
    let task = Diary::default().follow(&shop, QUICK);
    until("ten commits", async || commits().await >= before + pieces + 10).await;
    // One for the lease, and one for each third of it.
    let thirds = began.elapsed().as_millis() / (QUICK.lease / 3).as_millis();
    let committed = commits().await - before - pieces;
    assert!(committed <= 1 + i64::try_from(thirds).unwrap(), "{committed} in {thirds} thirds");
    task.abort();
}

/// Moves its cursor itself, or would.
struct Own;

impl Consumer for Own {
    const MOVES_ITSELF: bool = true;

    fn name(&self) -> Text<100> {
        Text::new("own").unwrap()
    }

    async fn take(&mut self, _: &[Told]) -> Result<(), Later> {
        Ok(())
    }
}

async fn one_that_moves_itself_is_seen_while_nothing_happens(shop: Arc<Shop>) {
    let end = shop.app.readers.exact().feed().await.unwrap().position;
    let task = tokio::spawn(follow(shop.app.clone(), Own, QUICK));
    // With its lease it says how far it has come.
    until("a sign", async || cursor_of(&shop.url, "own").await == Some(end)).await;
    task.abort();
}

/// How far the diary has come; nowhere if it has not begun.
async fn cursor(shop: &Shop) -> Option<i64> {
    cursor_of(&shop.url, "diary").await
}

async fn one_that_begins_now_takes_nothing_of_before_and_all_of_after(shop: Arc<Shop>) {
    ordered(&shop, 2).await;
    let before = shop.app.readers.exact().feed().await.unwrap().position;
    let diary = Diary { begins_now: true, ..Diary::default() };
    let task = diary.follow(&shop, QUICK);
    until("a cursor", async || cursor(&shop).await.is_some()).await;
    assert_eq!(cursor(&shop).await, Some(before));
    task.abort();
    // What happens while nobody works comes all the same.
    ordered(&shop, 2).await;
    let task = diary.follow(&shop, QUICK);
    until("the events", async || diary.orders() == [3, 4]).await;
    task.abort();
}

async fn one_that_skips_goes_along_and_takes_what_comes_when_it_skips_no_more(shop: Arc<Shop>) {
    let diary = Diary::default();
    diary.skips.store(true, Relaxed);
    let task = diary.follow(&shop, QUICK);
    ordered(&shop, 2).await;
    let end = async || shop.app.readers.exact().feed().await.unwrap().position;
    until("the end", async || cursor(&shop).await == Some(end().await)).await;
    diary.skips.store(false, Relaxed);
    ordered(&shop, 1).await;
    until("the next event", async || diary.orders() == [3]).await;
    task.abort();
}

async fn where_each_node_keeps_something_of_its_own_each_takes_every_event(shop: Arc<Shop>) {
    ordered(&shop, 3).await;
    let second = shop.second_node(&[]).await;
    let of = |node| Diary { node: Some(node), ..Diary::default() };
    let (one, other) = (of("one"), of("other"));
    let tasks = [one.follow(&shop, QUICK), other.follow(&second, QUICK)];
    for diary in [&one, &other] {
        until("all events at each node", async || diary.orders() == [1, 2, 3]).await;
    }
    // Where one ends, the other goes on with what is its own.
    let [first, rest] = tasks;
    first.abort();
    ordered(&shop, 1).await;
    until("the next event", async || other.orders() == [1, 2, 3, 4]).await;
    assert_eq!(one.orders(), [1, 2, 3]);
    rest.abort();
}

async fn one_that_was_away_for_longer_than_it_is_kept_begins_anew(shop: Arc<Shop>) {
    let (patient, forgetful) =
        (shop.app.clone(), shop.second_node(&[("consumers_kept", "1h")]).await);
    ordered(&shop, 2).await;
    let (all, news) =
        (Diary::default(), Diary { node: Some("news"), begins_now: true, ..Diary::default() });
    let follow = || [all.follow(&shop, QUICK), news.follow(&shop, QUICK)];
    let began = async || cursor_of(&shop.url, "diary-news").await.is_some();
    let tasks = follow();
    until("both have begun", async || all.orders() == [1, 2] && began().await).await;
    tasks.iter().for_each(JoinHandle::abort);
    // Behind whatever they had begun with.
    shop.somebody(Role::Staff).await;
    let two_hours = 2 * 3_600_000_000_i64;
    let away =
        format!("update consumers set seen_at = seen_at - {two_hours} where name like 'diary%'");
    sql(&shop.url, &away).await;
    assert_eq!(Sweeps.turn(&patient).await, Turn::Done);
    assert!(cursor(&shop).await.is_some() && began().await);
    assert_eq!(Sweeps.turn(&forgetful.app).await, Turn::Done);
    assert!(cursor(&shop).await.is_none() && !began().await);
    // Nobody sees what happens until it is back.
    ordered(&shop, 1).await;
    let tasks = follow();
    until("both have begun again", async || all.orders() == [1, 2, 1, 2, 3] && began().await).await;
    ordered(&shop, 1).await;
    until("the next event", async || news.orders() == [4]).await;
    tasks.iter().for_each(JoinHandle::abort);
}
