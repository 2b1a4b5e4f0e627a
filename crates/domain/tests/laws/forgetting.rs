//! What random scripts seldom meet: an order that says all that it can of a person, and is forgotten; and the
//! very moment at which that is due.

use crate::{
    drafts::{staff, text},
    moves::{ORDER, shop_with_an_order},
    nouns::{addresses, orders::everything},
    selling::by,
};
use domain::{
    Actor, EditOrder, ExpirePending, ForgetOrders, Listed, Micros, MoveOrder, OrderStatus,
};

fn forgotten_after(kept_us: i64) -> ForgetOrders {
    ForgetOrders { orders: vec![ORDER], kept_us: Some(kept_us), owners: vec![] }
}

/// Whatever the clock of the node says that found it.
#[test]
fn what_is_due_is_so_by_the_time_of_the_commit() {
    let (ttl_us, orders) = (Micros::HOUR, vec![ORDER]);
    for waited in [ttl_us - 1, ttl_us] {
        let (mut shop, is_due) = (shop_with_an_order(OrderStatus::Pending), waited == ttl_us);
        let order = shop.facts.orders.get(&ORDER).unwrap();
        let since = order.pending_since.unwrap();
        assert_eq!(since, order.created_at);
        shop.now = since.plus(waited);
        let expire = ExpirePending { orders: orders.clone(), ttl_us };
        assert!(shop.decide(&[by(Actor::SYSTEM, expire.action())])[0].is_ok());
        let order = shop.facts.orders.get(&ORDER).unwrap();
        assert_eq!(order.status == OrderStatus::Cancelled, is_due, "after {waited} us");
        let edit = EditOrder { note: Some(text("ring twice")), ..EditOrder::of(ORDER) };
        let cancel = MoveOrder::of(ORDER, OrderStatus::Cancelled);
        let mut shop = shop_with_an_order(OrderStatus::Pending);
        shop.decide(&[by(staff(), edit.action()), by(staff(), cancel.action())]);
        shop.now = shop.facts.orders.get(&ORDER).unwrap().created_at.plus(waited);
        assert!(shop.decide(&[by(Actor::SYSTEM, forgotten_after(ttl_us).action())])[0].is_ok());
        let is_forgotten = shop.facts.orders.get(&ORDER).unwrap().note.is_empty();
        assert_eq!(is_forgotten, is_due, "after {waited} us");
    }
}

#[test]
fn a_forgotten_order_tells_of_nobody() {
    let mut shop = shop_with_an_order(OrderStatus::Pending);
    let edit = EditOrder {
        note: Some(text("ring twice")),
        delivery_address: Some(Some(addresses::most())),
        contact: Some(Some(everything())),
        ..EditOrder::of(ORDER)
    };
    let cancel = MoveOrder::of(ORDER, OrderStatus::Cancelled);
    let forget = forgotten_after(0);
    for (actor, action) in [
        (staff(), edit.action()),
        (Actor::SYSTEM, forget.clone().action()),
        (staff(), cancel.action()),
    ] {
        assert!(shop.decide(&[by(actor, action)])[0].is_ok());
    }
    let order = shop.facts.orders.get(&ORDER).unwrap();
    assert!(
        order.contact.is_some() && order.version == 3,
        "somebody was to begin with it: {order:?}"
    );
    assert!(shop.decide(&[by(Actor::SYSTEM, forget.action())])[0].is_ok());
    let order = shop.facts.orders.get(&ORDER).unwrap();
    assert_eq!((order.note.as_str(), &order.delivery_address, &order.contact), ("", &None, &None));
}
