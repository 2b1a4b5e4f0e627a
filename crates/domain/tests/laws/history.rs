//! Whatever an order once was can be told from what it is and from its events.

use crate::{
    moves::{ORDER, shop_with_an_order},
    script::{Keys, scripts},
    shop::Shop,
};
use domain::{
    Done, Event, EventKind, Micros, Order, OrderId, OrderStatus, Outcome, Subject, orders,
};
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
                let (orders::Outcome::PlaceOrder(order) | orders::Outcome::MoveOrder(order)) =
                    outcome;
                told.insert((order.id, order.version), order);
            }
        }
        for ((id, version), order) in &told {
            let events = events_of(&shop, *id);
            let present = shop.facts.orders.get(id).unwrap();
            let then = present.as_left_by(&events[..*version as usize]);
            prop_assert_eq!(then.as_ref(), Some(&**order));
        }
    }
}

fn events_of(shop: &Shop, id: OrderId) -> Vec<&Event> {
    shop.books.events.iter().filter(|event| event.subject == Subject::order(id)).collect()
}

#[test]
fn events_that_do_not_tell_all_of_it_tell_nothing() {
    let shop = shop_with_an_order(OrderStatus::Failed);
    let (events, order) = (events_of(&shop, ORDER), shop.facts.orders.get(&ORDER).unwrap());
    assert_eq!(order.as_left_by(&events).as_ref(), Some(&**order));
    let [placed, started, failed] = events[..] else { panic!("{events:?}") };
    let later = Event { data: Some(r#"{"v":2,"cause":"rain"}"#.into()), ..failed.clone() };
    for gap in [&[][..], &[started, failed], &[placed, failed], &[placed, started, &later]] {
        assert_eq!(order.as_left_by(gap), None, "{gap:?}");
    }
    let restarted = Event { kind: EventKind::OrderStarted, at: Micros(1), ..placed.clone() };
    assert_eq!(order.as_left_by(&[&restarted, started]), None);
}
