//! Whatever an order once was can be told from what it is and from its events.

use crate::{
    moves::{ORDER, shop_with_an_order},
    script::{Keys, scripts},
    shop::Shop,
};
use domain::{Done, Event, EventKind, Order, OrderId, OrderStatus, Outcome, Subject};
use proptest::prelude::*;
use std::{collections::BTreeMap, sync::Arc};

proptest! {
    #[test]
    fn an_order_is_told_as_it_was_after_each_of_its_events(script in scripts(Keys::Shared)) {
        let mut shop = Shop::open();
        let mut told = BTreeMap::<(OrderId, i64), Arc<Order>>::new();
        for batch in &script {
            for decision in shop.run(batch) {
                let Ok(Done::Now(Outcome::Orders(outcome))) = decision else { continue };
                let shown = outcome.order().cloned();
                told.extend(shown.map(|order| ((order.id, order.version), order)));
            }
        }
        for ((id, version), order) in &told {
            let events = events_of(&shop, *id);
            let present = shop.facts.orders.get(id).unwrap();
            let then: Vec<Order> = told_by(present, events.iter().copied());
            prop_assert_eq!(then.len(), events.len());
            // What it says of people is not told by events, nor what was asked for under its key.
            let said = Order {
                note: present.note.clone(),
                delivery_address: present.delivery_address.clone(),
                contact: present.contact.clone(),
                handed_over: present.handed_over.clone(),
                once: present.once.clone(),
                ..Order::clone(order)
            };
            prop_assert_eq!(&then[*version as usize - 1], &said);
        }
    }
}

/// The order as each of these events has left it.
pub fn told_by<'e>(order: &Order, events: impl IntoIterator<Item = &'e Event>) -> Vec<Order> {
    let mut told = Vec::new();
    order.told_by(events, |then| told.push(then.clone()));
    told
}

fn events_of(shop: &Shop, id: OrderId) -> Vec<&Event> {
    shop.books.events.iter().filter(|event| event.subject == Subject::order(id)).collect()
}

#[test]
fn an_event_that_does_not_fit_tells_nothing_and_ends_the_story() {
    let shop = shop_with_an_order(OrderStatus::Failed);
    let (events, order) = (events_of(&shop, ORDER), shop.facts.orders.get(&ORDER).unwrap());
    let told = |events: &[&Event]| told_by(order, events.iter().copied()).len();
    assert_eq!(told_by(order, events.iter().copied()).last(), Some(&**order));
    let [placed, started, failed] = events[..] else { panic!("{events:?}") };
    let later = Event { data: Some(r#"{"v":2,"cause":"rain"}"#.into()), ..failed.clone() };
    let unplaced = Event { kind: EventKind::OrderRetried, ..placed.clone() };
    let placed_again = Event { kind: EventKind::OrderPlaced, ..started.clone() };
    let changed = Event { kind: EventKind::OrderChanged, ..placed.clone() };
    let unversioned = Event { version: None, ..started.clone() };
    for (events, expected) in [
        (&[][..], 0),
        (&[started, failed], 0),
        (&[&unplaced, started], 0),
        (&[placed, failed], 1),
        (&[placed, &placed_again], 1),
        (&[placed, &unversioned, failed], 1),
        (&[placed, started, &later], 2),
        (&[placed, started, failed], 3),
        (&[&changed], 0),
        (&[placed, &Event { version: Some(2), ..changed.clone() }], 2),
    ] {
        assert_eq!(told(events), expected, "{events:?}");
    }
}
