//! What orders say is edited and forgotten, and what waits is cancelled: mostly orders of late.

use super::details::contacts;
use crate::{
    drafts::text,
    nouns::{accounts::some_account, addresses::cities},
    script::{Scribe, back_in},
};
use domain::{Action, EditOrder, ExpirePending, ForgetOrders, Listed, Micros, OrderId, orders};
use proptest::{
    collection::vec, option, option::weighted, prelude::*, sample::select, sample::subsequence,
};
use uuid::Uuid;

/// An order that is named by a number below it is the one that was begun so many attempts ago.
const MOST_BACK: u128 = 5;

fn backs() -> impl Strategy<Value = OrderId> {
    (0..MOST_BACK).prop_map(back)
}

fn back(back: u128) -> OrderId {
    OrderId(Uuid::from_u128(back))
}

pub fn edits() -> impl Strategy<Value = Action> {
    let versions = weighted(0.25, select(vec![vec![1], vec![2, 3], vec![9]]));
    let note = weighted(0.4, select(vec!["", "ring twice", "leave it there"]).prop_map(text));
    let address = weighted(0.4, option::of(cities()));
    let drawn = (backs(), versions, note, address, weighted(0.4, option::of(contacts())));
    drawn.prop_map(|(order, versions, note, delivery_address, contact)| {
        EditOrder { order, versions, note, delivery_address, contact }.action()
    })
}

/// Some of the latest, and some twice.
fn several() -> impl Strategy<Value = Vec<OrderId>> {
    let all: Vec<OrderId> = (0..MOST_BACK).chain(0..MOST_BACK).map(back).collect();
    subsequence(all, 1..=6)
}

/// As long as pauses of a script, or a little longer.
fn spans() -> impl Strategy<Value = i64> {
    let spans = [1, 60 * Micros::SECOND, Micros::HOUR, 26 * Micros::HOUR, 41 * Micros::DAY];
    prop_oneof![3 => select(spans.to_vec()), 2 => Just(0)]
}

pub fn expiries() -> impl Strategy<Value = Action> {
    (several(), spans()).prop_map(|(orders, ttl_us)| ExpirePending { orders, ttl_us }.action())
}

pub fn oblivion() -> impl Strategy<Value = Action> {
    let owners = vec(some_account(), 0..3);
    (several(), weighted(0.5, spans()), owners)
        .prop_map(|(orders, kept_us, owners)| ForgetOrders { orders, kept_us, owners }.action())
}

/// The one that was begun so many attempts ago, if a small number names it.
pub fn order_of_late(order: &mut OrderId, scribe: &Scribe) {
    let back = order.0.as_u128();
    let begun = (back < MOST_BACK).then(|| back_in(&scribe.orders, back as usize)).flatten();
    *order = begun.map_or(*order, |(id, _)| id);
}

pub fn renew(action: &mut orders::Action, scribe: &Scribe) {
    let name = |order: &mut OrderId| order_of_late(order, scribe);
    match action {
        orders::Action::EditOrder(edit) => name(&mut edit.order),
        orders::Action::ExpirePending(expire) => expire.orders.iter_mut().for_each(name),
        orders::Action::ForgetOrders(forget) => {
            forget.orders.iter_mut().for_each(name);
            forget.owners.iter_mut().for_each(|owner| scribe.name(owner));
        }
        orders::Action::PlaceOrder(_)
        | orders::Action::HandOver(_)
        | orders::Action::MoveOrder(_) => {}
    }
}
