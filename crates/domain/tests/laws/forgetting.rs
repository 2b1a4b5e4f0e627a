//! What random scripts seldom meet: an order that says all that it can of a person, and is forgotten.

use crate::{
    drafts::{staff, text},
    moves::{ORDER, shop_with_an_order},
    nouns::{addresses, orders::everything},
    selling::by,
};
use domain::{Actor, EditOrder, ForgetOrders, Listed, Micros, MoveOrder, OrderStatus};

#[test]
fn a_forgotten_order_tells_of_nobody() {
    let mut shop = shop_with_an_order(OrderStatus::Pending);
    let edit = EditOrder {
        note: Some(text("ring twice")),
        delivery_address: Some(Some(addresses::most())),
        contact: Some(Some(everything())),
        ..EditOrder::of(ORDER)
    };
    let cancel = MoveOrder { order: ORDER, to: OrderStatus::Cancelled, reason: None };
    let before = Some(Micros(i64::MAX));
    let forget = ForgetOrders { orders: vec![ORDER], before, owners: vec![] };
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
