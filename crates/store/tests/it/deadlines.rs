//! Deadlines: what waits may be refused or withdrawn, what was taken runs to its end, and the answer
//! always tells which of the two it was.

use crate::{faulty::*, shop::*};
use domain::{Command, Done, PlaceOrder, rules::Weight};
use futures_util::{FutureExt, future::join_all};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use store::{Error, Limits, Rejection, Reply};
use tokio::task::JoinHandle;

on_both_engines!(
    a_full_queue_refuses_at_once,
    a_queue_whose_oldest_waits_too_long_refuses_at_once,
    a_command_that_waited_too_long_is_late_and_never_executed,
    a_client_that_leaves_takes_its_waiting_command_along,
    a_command_that_was_taken_is_executed_though_its_client_has_left,
    a_taken_command_without_an_end_in_time_is_unknown_and_its_retry_gets_the_one_order,
    an_answer_is_waited_for_until_its_deadline,
    an_answers_deadline_counts_from_when_it_was_asked_for,
    a_queue_is_refused_from_when_its_oldest_has_waited_too_long,
    closing_finishes_what_was_accepted_and_takes_no_more,
    closing_without_a_database_refuses_what_was_never_tried,
    closing_in_doubt_says_that_the_outcome_is_unknown,
    a_batch_is_bounded_and_the_rest_waits_for_the_next,
);

fn short() -> Limits {
    Limits { command_deadline: Duration::from_millis(50), ..patient() }
}

/// A writer that holds its first batch open until it is let go on; what comes meanwhile waits.
async fn held(shop: Shop, limits: Limits) -> (Arc<Shop>, Control, JoinHandle<Reply>) {
    let (shop, faults) = shop.with_faults(Faults::default(), limits);
    faults.beginning.close();
    let shop = Arc::new(shop);
    // The first ones may be late before the writer has come so far as to take one.
    let mut first = sent(&shop, one(None));
    until("a command to be taken", async || {
        if first.is_finished() {
            first = sent(&shop, one(None));
        }
        faults.beginning.is_holding()
    })
    .await;
    (shop, faults, first)
}

fn one(key: Option<&str>) -> Command {
    place(customer(1), key, &[(1, 1)])
}

fn sent(shop: &Arc<Shop>, command: Command) -> JoinHandle<Reply> {
    let shop = shop.clone();
    tokio::spawn(async move { shop.send(command).await })
}

async fn waiting(shop: &Shop, count: usize) {
    until("commands to wait", async || shop.writer.waiting() == count).await;
}

async fn all_placed(tasks: impl IntoIterator<Item = JoinHandle<Reply>>) {
    for reply in join_all(tasks).await {
        placed(reply.unwrap());
    }
}

async fn a_full_queue_refuses_at_once(shop: Shop) {
    let limits = Limits { queue_commands: 2, ..patient() };
    let (shop, faults, first) = held(shop, limits).await;
    let waits = [sent(&shop, one(None)), sent(&shop, one(None))];
    waiting(&shop, 2).await;
    assert_eq!(shop.send(one(None)).now_or_never(), Some(Err(Rejection::Busy)));
    faults.beginning.open();
    all_placed(waits.into_iter().chain([first])).await;
    assert_eq!(shop.orders().await, 3);
    placed(shop.send(one(None)).await);
}

async fn a_queue_whose_oldest_waits_too_long_refuses_at_once(shop: Shop) {
    let limits = Limits { queue_age: Duration::ZERO, ..patient() };
    let (shop, faults, first) = held(shop, limits).await;
    let oldest = sent(&shop, one(None));
    waiting(&shop, 1).await;
    assert_eq!(shop.send(one(None)).now_or_never(), Some(Err(Rejection::Busy)));
    faults.beginning.open();
    all_placed([oldest, first]).await;
    assert_eq!(shop.orders().await, 2);
    placed(shop.send(one(None)).await);
}

async fn a_command_that_waited_too_long_is_late_and_never_executed(shop: Shop) {
    let (shop, faults, first) = held(shop, short()).await;
    assert_eq!(shop.send(one(None)).await, Err(Rejection::Late));
    faults.beginning.open();
    all_placed([first]).await;
    shop.writer.close();
    assert_eq!((shop.orders().await, shop.available(1).await), (1, 99));
}

async fn a_client_that_leaves_takes_its_waiting_command_along(shop: Shop) {
    let (shop, faults, first) = held(shop, patient()).await;
    let leaves = sent(&shop, one(None));
    waiting(&shop, 1).await;
    leaves.abort();
    assert!(leaves.await.unwrap_err().is_cancelled());
    faults.beginning.open();
    all_placed([first]).await;
    shop.writer.close();
    assert_eq!((shop.orders().await, shop.available(1).await), (1, 99));
}

async fn a_command_that_was_taken_is_executed_though_its_client_has_left(shop: Shop) {
    let (shop, faults, first) = held(shop, patient()).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    faults.beginning.open();
    shop.writer.close();
    assert_eq!((shop.orders().await, shop.available(1).await), (1, 99));
}

async fn a_taken_command_without_an_end_in_time_is_unknown_and_its_retry_gets_the_one_order(
    shop: Shop,
) {
    let soon = Duration::from_millis(100);
    let limits = Limits { answer_deadline: soon, command_deadline: soon, ..patient() };
    let (shop, faults) = shop.with_faults(Faults::default(), limits);
    faults.committing.close();
    let keyed = || place(customer(1), Some("k"), &[(1, 1)]);
    // The first attempt may be late before the writer has come so far as to take it.
    let mut replies = Vec::new();
    until("an attempt to be taken", async || {
        replies.push(shop.send(keyed()).await);
        replies.last() == Some(&Err(Rejection::Unknown))
    })
    .await;
    assert!(replies.iter().all(|r| matches!(r, Err(Rejection::Late | Rejection::Unknown))));
    faults.committing.open();
    let mut kept = None;
    until("an answer", async || {
        match own::<PlaceOrder>(shop.send(keyed()).await) {
            Ok(Done::Before(id)) => kept = Some(id),
            Err(Rejection::Late | Rejection::Unknown) => {}
            other => panic!("{other:?}"),
        }
        kept.is_some()
    })
    .await;
    let order = shop.readers.exact().order(kept.unwrap()).await.unwrap().unwrap();
    assert_eq!((order.number, shop.orders().await), (Some(1), 1));
}

/// The two deadlines are not one: until the first a command may be dropped, until the second it is
/// waited for.
async fn an_answer_is_waited_for_until_its_deadline(shop: Shop) {
    let (soon, later) = (Duration::from_millis(60), Duration::from_millis(400));
    let limits = Limits { command_deadline: soon, answer_deadline: later, ..patient() };
    let (shop, faults) = shop.with_faults(Faults::default(), limits);
    faults.committing.close();
    until("an attempt to be taken", async || {
        let asked = Instant::now();
        let reply = shop.send(one(None)).await;
        let waited = asked.elapsed();
        match reply {
            Err(Rejection::Late) => assert!(waited >= soon, "late after {waited:?}"),
            reply => {
                assert_eq!(reply, Err(Rejection::Unknown));
                assert!(waited >= later, "unknown after {waited:?}");
            }
        }
        faults.committing.is_holding()
    })
    .await;
    faults.committing.open();
    until("a commit to be answered", async || shop.send(one(None)).await.is_ok()).await;
}

async fn an_answers_deadline_counts_from_when_it_was_asked_for(shop: Shop) {
    let deadline = Duration::from_secs(2);
    let limits = Limits { command_deadline: deadline, answer_deadline: deadline, ..patient() };
    let (shop, faults) = shop.with_faults(Faults::default(), limits);
    faults.committing.close();
    let asked = Instant::now();
    assert_eq!(shop.send(one(None)).await, Err(Rejection::Unknown));
    assert!(asked.elapsed() < 2 * deadline, "and not from when it was taken for good");
    faults.committing.open();
}

async fn a_queue_is_refused_from_when_its_oldest_has_waited_too_long(shop: Shop) {
    let queue_age = Duration::from_millis(300);
    let (shop, faults, first) = held(shop, Limits { queue_age, ..patient() }).await;
    let pushed = Instant::now();
    let oldest = sent(&shop, one(None));
    waiting(&shop, 1).await;
    until("a refusal", async || {
        let before = pushed.elapsed();
        let reply = shop.send(one(None)).now_or_never();
        assert!(reply.is_none() || pushed.elapsed() > queue_age, "{reply:?} after {before:?}");
        reply == Some(Err(Rejection::Busy))
    })
    .await;
    faults.beginning.open();
    all_placed([oldest, first]).await;
    assert_eq!(shop.orders().await, 2, "who went away at once has placed nothing");
}

async fn closing_finishes_what_was_accepted_and_takes_no_more(shop: Shop) {
    let (shop, faults, first) = held(shop, patient()).await;
    let waits = [sent(&shop, one(None)), sent(&shop, one(None))];
    waiting(&shop, 2).await;
    let closing = tokio::task::spawn_blocking({
        let shop = shop.clone();
        move || shop.writer.close()
    });
    until("the writer to refuse", async || match shop.send(one(None)).now_or_never() {
        Some(reply) => {
            assert_eq!(reply, Err(Rejection::Closing));
            true
        }
        // Accepted before the closing, and withdrawn.
        None => false,
    })
    .await;
    assert!(!closing.is_finished(), "it waits for what was accepted");
    faults.beginning.open();
    closing.await.unwrap();
    all_placed(waits.into_iter().chain([first])).await;
    assert_eq!((shop.orders().await, shop.available(1).await), (3, 97));
    assert_eq!(shop.send(one(None)).await, Err(Rejection::Closing));
}

async fn closing_without_a_database_refuses_what_was_never_tried(shop: Shop) {
    let limits = Limits { closing_time: Duration::ZERO, ..patient() };
    let away = (0..1000).map(|_| Error::Unavailable("away".into()));
    let faults = Faults { connects: Mutex::new(away.collect()), ..Faults::default() };
    let (shop, _) = shop.with_faults(faults, limits);
    let shop = Arc::new(shop);
    let waits = [sent(&shop, one(None)), sent(&shop, one(None))];
    waiting(&shop, 2).await;
    shop.writer.close();
    for reply in join_all(waits).await {
        assert_eq!(reply.unwrap(), Err(Rejection::Closing));
    }
    assert_eq!(shop.orders().await, 0);
}

async fn closing_in_doubt_says_that_the_outcome_is_unknown(shop: Shop) {
    let limits = Limits { closing_time: Duration::ZERO, ..patient() };
    let (shop, faults) = shop.with_faults(Faults::at_commits([Fault::LoseAnswer]), limits);
    faults.committing.close();
    let shop = Arc::new(shop);
    let in_doubt = sent(&shop, one(Some("k")));
    faults.committing.holds().await;
    *faults.connects.lock().unwrap() = (0..1000).map(|_| lost()).collect();
    faults.committing.open();
    until("the loss", async || faults.connects.lock().unwrap().len() < 1000).await;
    shop.writer.close();
    assert_eq!(in_doubt.await.unwrap(), Err(Rejection::Unknown));
    let after = shop.second_node();
    let retried = own::<PlaceOrder>(after.send(one(Some("k"))).await);
    assert!(matches!(retried, Ok(Done::Before(_))), "{retried:?}");
    assert_eq!(after.orders().await, 1);
}

async fn a_batch_is_bounded_and_the_rest_waits_for_the_next(shop: Shop) {
    let Weight { rows, bytes } = one(None).weight();
    bounded_to_three(shop.second_node(), Limits { batch_rows: 3 * rows, ..patient() }).await;
    bounded_to_three(shop, Limits { batch_bytes: 3 * bytes, ..patient() }).await;
}

async fn bounded_to_three(shop: Shop, limits: Limits) {
    let (shop, faults, first) = held(shop, limits).await;
    let waits: Vec<_> = (0..7).map(|_| sent(&shop, one(None))).collect();
    waiting(&shop, 7).await;
    faults.beginning.open();
    all_placed(waits.into_iter().chain([first])).await;
    assert_eq!(faults.batches().len(), 1 + 3, "one, then three, three and one");
    let heavy = place(customer(1), None, &[(1, 1), (2, 1), (3, 1), (1, 1), (2, 1), (3, 1), (1, 1)]);
    assert!(heavy.weight().bytes > 3 * one(None).weight().bytes);
    placed(shop.send(heavy).await);
}
