//! What is answered again under a key, and which commit an answer is of.

use crate::shop::*;
use domain::*;
use store::{Answered, Rejection, Then, Told};
use uuid::Uuid;

on_both_engines!(
    a_kept_answer_that_cannot_be_read_refuses_its_own_command_only,
    every_commit_has_the_next_number_and_every_event_the_next_position,
    an_event_is_told_with_its_order_as_it_was_then,
    an_event_that_cannot_be_read_keeps_no_other_back,
    an_event_waits_for_its_order,
    what_changes_nothing_has_no_commit,
);

fn then_of(told: &Told) -> &Then {
    told.event().unwrap().1
}

fn sweep() -> Command {
    command(Actor::SYSTEM, None, SWEEP)
}

async fn a_kept_answer_that_cannot_be_read_refuses_its_own_command_only(shop: Shop) {
    let mut create = create_product(500, 7);
    create.who.once = Some(Once {
        key: IdempotencyKey::new("once").unwrap(),
        fingerprint: create.action.fingerprint().unwrap(),
    });
    shop.send(create.clone()).await.unwrap();
    shop.sql("update traces set kept = '2 of a later version'").await.unwrap();
    let Action::Products(products::Action::CreateProduct(again)) = create.action.clone() else {
        unreachable!()
    };
    let (location, engine) = (shop.location.clone(), shop.engine);
    let (gathering, faults) = shop.gathering(Default::default());
    let mates = vec![create.clone(), place(customer(1), None, &[(1, 1)])];
    let replies = gathering.send_as_one_batch(&faults, mates).await;
    assert!(matches!(&replies[0], Ok(Answered { done: Done::Before(_), .. })), "{replies:?}");
    placed(replies[1].clone());
    let node = Shop::at(engine, location.clone(), location.writer(), patient());
    let unreadable = node.writer.send(create.who, again).await;
    assert_eq!(unreadable, Err(Rejection::Unreadable));
}

async fn every_commit_has_the_next_number_and_every_event_the_next_position(shop: Shop) {
    let before = shop.readers.exact().feed().await.unwrap();
    assert!(before.commit > 0 && !before.epoch.is_empty(), "the shop was stocked: {before:?}");
    let commit = |reply: store::Reply| reply.unwrap().commit.unwrap() - before.commit;
    assert_eq!(commit(shop.send(sweep()).await), 1, "also without an event");
    let buy = || place(customer(1), Some("k"), &[(1, 1)]);
    assert_eq!(commit(shop.send(buy()).await), 2);
    assert_eq!(commit(shop.send(sweep()).await), 3);
    let after = shop.readers.exact().feed().await.unwrap();
    assert_eq!(after.position, before.position + 1, "one event");
    assert_eq!((after.commit, &after.epoch), (before.commit + 3, &before.epoch));
    let events = shop.readers.followers().told_after(before.position, 10).await.unwrap();
    let [told] = events.as_slice() else { panic!("{events:?}") };
    let (position, (event, _)) = (&told.position, told.event().unwrap());
    assert_eq!((*position, event.kind), (after.position, EventKind::OrderPlaced));
    assert_eq!((event.version, event.data.as_deref()), (Some(1), None));
}

async fn an_event_is_told_with_its_order_as_it_was_then(shop: Shop) {
    use OrderStatus::{Cancelled, Failed, Pending, Processing};
    let first = shop.readers.exact().feed().await.unwrap().position;
    let mut answers = Vec::new();
    for (customer_of, key) in [(1, Some("k")), (2, None)] {
        answers.push(placed(shop.send(place(customer(customer_of), key, &[(1, 2), (3, 1)])).await));
    }
    // Two orders are moved by turns, and orders of others come between.
    for (to, order) in [(Processing, 0), (Processing, 1), (Failed, 0), (Cancelled, 1), (Pending, 0)]
    {
        let (order, reason) = (answers[order].id, Some(Text::new("no carrier").unwrap()));
        let moved = command(Actor::SYSTEM, None, MoveOrder { reason, ..MoveOrder::of(order, to) });
        answers.push(done::<MoveOrder>(shop.send(moved).await));
        answers.push(placed(shop.send(place(customer(3), None, &[(2, 1)])).await));
    }
    let told = shop.readers.followers().told_after(first, 100).await.unwrap();
    for (told, answer) in told.iter().zip(&answers) {
        assert_eq!(*then_of(told), Then::Order(Box::new(Order::clone(answer))), "{told:?}");
    }
    let positions: Vec<i64> = told.iter().map(|told| told.position).collect();
    assert_eq!(positions, (first + 1..=first + answers.len() as i64).collect::<Vec<_>>());
    // Who comes late, and reads few at a time, is told the same.
    for after in 0..told.len() {
        let few = shop.readers.followers().told_after(first + after as i64, 2).await.unwrap();
        assert_eq!(few, told[after..].iter().take(2).cloned().collect::<Vec<_>>());
    }
}

async fn an_event_that_cannot_be_read_keeps_no_other_back(shop: Shop) {
    let first = shop.readers.exact().feed().await.unwrap().position;
    let order = placed(shop.send(place(customer(1), None, &[(1, 2)])).await);
    for to in [OrderStatus::Processing, OrderStatus::Completed] {
        shop.send(move_order(Actor::SYSTEM, order.id, to)).await.unwrap();
    }
    placed(shop.send(place(customer(2), None, &[(1, 2)])).await);
    let before = shop.readers.followers().told_after(first, 9).await.unwrap();
    let events = if shop.engine == Engine::Sqlite { "events" } else { "orders.events" };
    let set = async |data: &str, version: &str| {
        let sql = format!(
            "update {events} set data = {data} where position = {first} + 2;
             update {events} set version = {version} where position = {first} + 4"
        );
        shop.sql(&sql).await.unwrap();
    };
    set("'{\"v\":2}'", "null").await;
    let told = shop.readers.followers().told_after(first, 9).await.unwrap();
    assert_eq!(told[0], before[0]);
    let rest: Vec<&Then> = told[1..].iter().map(then_of).collect();
    assert_eq!(rest, [&Then::Untold, &Then::Untold, &Then::Nothing]);
    set("null", "1").await;
    assert_eq!(shop.readers.followers().told_after(first, 9).await.unwrap(), before);
}

/// As seen by a replica that has the event and not its order, which comes a moment later.
async fn an_event_waits_for_its_order(shop: Shop) {
    let first = shop.readers.exact().feed().await.unwrap().position;
    let order = placed(shop.send(place(customer(1), None, &[(1, 2)])).await);
    let before = shop.readers.followers().told_after(first, 9).await.unwrap();
    let events = if shop.engine == Engine::Sqlite { "events" } else { "orders.events" };
    let tell_of = async |id: Uuid| {
        let id = match shop.engine {
            Engine::Sqlite => format!("x'{}'", id.simple()),
            Engine::Postgres => format!("'{id}'"),
        };
        shop.sql(&format!("update {events} set subject_id = {id} where position > {first}"))
            .await
            .unwrap();
    };
    let other = Uuid::now_v7();
    tell_of(other).await;
    let error = shop.readers.followers().told_after(first, 9).await.unwrap_err();
    assert!(error.to_string().contains(&other.to_string()), "{error}");
    tell_of(order.id.0).await;
    assert_eq!(shop.readers.followers().told_after(first, 9).await.unwrap(), before);
}

async fn what_changes_nothing_has_no_commit(shop: Shop) {
    let buy = || place(customer(1), Some("k"), &[(1, 1)]);
    placed(shop.send(buy()).await);
    let before = shop.readers.exact().feed().await.unwrap();
    assert_eq!(shop.send(buy()).await.unwrap().commit, None, "it was done before");
    shop.send(place(customer(1), None, &[(1, 1_000)])).await.unwrap_err();
    assert_eq!(shop.readers.exact().feed().await.unwrap(), before);
    let nobody = MoveOrder::of(OrderId(Uuid::nil()), OrderStatus::Cancelled);
    shop.send(command(Actor::SYSTEM, None, nobody)).await.unwrap_err();
    assert_eq!(shop.readers.exact().feed().await.unwrap(), before);
}
