//! What has waited for too long is cancelled by the shop while somebody else moves it: one of them is in time, and
//! its goods are given back once.

use super::{PRODUCT, UNITS, assert_decided, at_one_moment, figures, nodes, stocked};
use crate::{nodes::insistent, shop::*, together::one_behind_the_other};
use OrderStatus::{Cancelled, Failed, Pending, Processing};
use domain::*;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

on_both_engines!(
    an_order_that_waits_for_too_long_is_cancelled_by_one_of_two,
    an_order_that_is_begun_again_meanwhile_waits_anew_or_is_cancelled,
);

only_on!(Postgres: whoever_waits_for_an_order_finds_where_it_is_by_then);

const ROUNDS: u128 = 10;
const ORDERED: i64 = 2;
const STAFF: u128 = 900;

/// Who moves it while the shop looks for what has waited for an hour.
struct Move {
    to: OrderStatus,
    by: fn(Actor) -> Actor,
    /// Where the shop was quicker, the move is refused. A cancelled order is cancelled, whoever asks again.
    is_refused: bool,
}

const MOVES: [Move; 3] = [
    Move { to: Cancelled, by: |buyer| buyer, is_refused: false },
    Move { to: Cancelled, by: staff, is_refused: false },
    Move { to: Processing, by: staff, is_refused: true },
];

fn staff(_: Actor) -> Actor {
    Actor { role: Role::Staff, ..customer(STAFF) }
}

fn expire(order: OrderId, ttl_us: i64) -> Command {
    command(Actor::SYSTEM, None, ExpirePending { orders: vec![order], ttl_us })
}

/// An order that has waited since 1970.
async fn waiting(shop: &Shop, buyer: Actor) -> OrderId {
    let id = placed(shop.send(place(buyer, None, &[(PRODUCT, ORDERED)])).await).id;
    let late = format!("update orders set pending_since = 1 where id = {}", quoted(shop, id));
    shop.sql(&late).await.unwrap();
    id
}

fn quoted(shop: &Shop, id: OrderId) -> String {
    match shop.engine {
        Engine::Sqlite => format!("x'{}'", id.0.simple()),
        Engine::Postgres => format!("'{id}'"),
    }
}

/// Its events say who was in time: each move is told once. The shelf says that its goods were given back once, or
/// never. How it has ended, and how often the shop itself has cancelled it.
async fn end_of(shop: &Shop, id: OrderId, given_back: &mut i64) -> (OrderStatus, i64, i64) {
    let order = shop.readers.exact().order(id).await.unwrap().unwrap();
    let is_cancelled = i64::from(order.status == Cancelled);
    *given_back += ORDERED * is_cancelled;
    let events = format!("select count(*) from events where subject_id = {}", quoted(shop, id));
    let cancelled = format!("{events} and kind = {}", EventKind::OrderCancelled.code());
    let system = Actor::SYSTEM.caller.kind.code();
    let expired = format!("{cancelled} and actor_kind = {system} and data like '%\"expired\"%'");
    let ordered = "select sum(quantity) from order_lines".to_owned();
    let left = format!("select on_hand from stock where product_id = {PRODUCT}");
    let asked = [events, cancelled, expired, ordered, left];
    let [told, cancelled, expired, ordered, left] = figures(shop, asked).await;
    assert_eq!((told, cancelled), (order.version, is_cancelled));
    assert_eq!(left, UNITS - ordered + *given_back);
    assert_sound(&shop.location).await;
    (order.status, order.version, expired)
}

async fn an_order_that_waits_for_too_long_is_cancelled_by_one_of_two(shop: Shop) {
    let nodes = nodes(shop).await;
    let (shop, mut given_back) = (nodes[0].0.clone(), 0);
    for case in &MOVES {
        for round in 0..ROUNDS {
            let buyer = customer(round);
            let id = waiting(&shop, buyer).await;
            let command = |is_shop: bool| match is_shop {
                true => expire(id, Micros::HOUR),
                false => move_order((case.by)(buyer), id, case.to),
            };
            let asked = [true, false].map(|is_shop| move || command(is_shop));
            let told = at_one_moment(&nodes, round, asked).await;
            assert_decided(&told, case.to.name());
            let [expiry, moved] = told;
            let count = done::<ExpirePending>(expiry);
            let status = if count == 1 { Cancelled } else { case.to };
            assert_eq!(end_of(&shop, id, &mut given_back).await, (status, 2, count));
            assert_eq!(moved.is_err(), case.is_refused && count == 1, "{moved:?}");
        }
    }
    nodes.iter().for_each(|(_, faults)| faults.assert_no_deadlock());
}

/// Somebody fails with it and lets it wait anew, while a node looks again and again for what has waited for too
/// long. For a shop that lets nothing wait that is so at once, and for another one it is not.
async fn an_order_that_is_begun_again_meanwhile_waits_anew_or_is_cancelled(shop: Shop) {
    let nodes = nodes(shop).await;
    let (shop, mut given_back) = (nodes[0].0.clone(), 0);
    for (ttl_us, ends, expected) in [(Micros::HOUR, Pending, 0), (0, Cancelled, 1)] {
        for round in 0..ROUNDS {
            let id = waiting(&shop, customer(round)).await;
            let moved = |to| move || move_order(staff(customer(round)), id, to);
            done::<MoveOrder>(insistent(&shop, moved(Processing)).await);
            let is_done = AtomicBool::new(false);
            let retried = async {
                for to in [Failed, Pending] {
                    done::<MoveOrder>(insistent(&nodes[1].0, moved(to)).await);
                }
                is_done.store(true, Relaxed);
            };
            let looking = async {
                let mut expired = 0;
                loop {
                    let is_last = is_done.load(Relaxed);
                    let expiry = insistent(&shop, || expire(id, ttl_us)).await;
                    expired += done::<ExpirePending>(expiry);
                    if is_last {
                        return expired;
                    }
                }
            };
            let ((), count) = tokio::join!(retried, looking);
            assert_eq!(count, expected);
            assert_eq!(end_of(&shop, id, &mut given_back).await, (ends, 4 + count, count));
        }
    }
    nodes.iter().for_each(|(_, faults)| faults.assert_no_deadlock());
}

/// The other one comes when the first has locked and decided, and before it has committed.
async fn whoever_waits_for_an_order_finds_where_it_is_by_then(shop: Shop) {
    stocked(&shop).await;
    let mut given_back = 0;
    for case in &MOVES {
        for is_shop_first in [true, false] {
            let id = waiting(&shop, customer(1)).await;
            let expiry = expire(id, Micros::HOUR);
            let moved = move_order((case.by)(customer(1)), id, case.to);
            let (count, moved) = match is_shop_first {
                true => {
                    let [expiry, moved] = one_behind_the_other(&shop, [expiry, moved]).await;
                    (done::<ExpirePending>(expiry), moved)
                }
                false => {
                    let [moved, expiry] = one_behind_the_other(&shop, [moved, expiry]).await;
                    (done::<ExpirePending>(expiry), moved)
                }
            };
            assert_eq!(count, i64::from(is_shop_first));
            assert_eq!(moved.is_err(), case.is_refused && is_shop_first, "{moved:?}");
            let status = if is_shop_first { Cancelled } else { case.to };
            assert_eq!(end_of(&shop, id, &mut given_back).await, (status, 2, count));
        }
    }
    // A retry has given it a new time to wait, and has not committed it yet.
    for (ttl_us, end) in [(0, Cancelled), (Micros::HOUR, Pending)] {
        let (id, staff) = (waiting(&shop, customer(1)).await, staff(customer(1)));
        for to in [Processing, Failed] {
            done::<MoveOrder>(shop.send(move_order(staff, id, to)).await);
        }
        let asked = [move_order(staff, id, Pending), expire(id, ttl_us)];
        let [retried, expiry] = one_behind_the_other(&shop, asked).await;
        done::<MoveOrder>(retried);
        let count = i64::from(end == Cancelled);
        assert_eq!(done::<ExpirePending>(expiry), count);
        assert_eq!(end_of(&shop, id, &mut given_back).await, (end, 4 + count, count));
    }
}
