//! What random scripts seldom meet: an order that says all that it can of a person, and is forgotten; and the
//! very moment at which that is due.

use crate::{
    drafts::{customer, staff, text},
    history::told_by,
    keys::keyed,
    moves::{ORDER, shop_with_an_order},
    nouns::{
        addresses,
        orders::{details::most_details, everything, move_to, plain_order},
    },
    selling::by,
    shop::{Shop, typed},
};
use domain::{
    Action, Actor, Command, Done, EditOrder, ExpirePending, Fingerprint, ForgetOrders, Listed,
    Micros, MoveOrder, Order, OrderStatus, PlaceOrder, Refused, orders,
};
use uuid::Uuid;

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
    let forget = forgotten_after(0);
    for (actor, action) in [
        (staff(), edit.action()),
        (Actor::SYSTEM, forget.clone().action()),
        (staff(), move_to(ORDER, OrderStatus::Processing)),
        (staff(), move_to(ORDER, OrderStatus::Failed)),
    ] {
        assert!(shop.decide(&[by(actor, action)])[0].is_ok());
    }
    let order = shop.facts.orders.get(&ORDER).unwrap();
    assert!(
        order.contact.is_some() && order.version == 4,
        "somebody was to begin with it: {order:?}"
    );
    assert!(shop.decide(&[by(Actor::SYSTEM, forget.action())])[0].is_ok());
    let order = shop.facts.orders.get(&ORDER).unwrap();
    assert_eq!((order.note.as_str(), &order.delivery_address, &order.contact), ("", &None, &None));
    assert_eq!(order.failure_reason, None);
}

/// The staff have written it, and may have named somebody. Events tell it, as the reasons of all moves.
#[test]
fn why_an_order_failed_is_forgotten_where_it_says_nothing_else() {
    let mut shop = shop_with_an_order(OrderStatus::Failed);
    let reason = shop.facts.orders.get(&ORDER).unwrap().failure_reason.clone();
    assert!(reason.is_some());
    for forgotten in [1, 0] {
        let decisions = shop.decide(&[by(Actor::SYSTEM, forgotten_after(0).action())]);
        let decision = typed::<ForgetOrders>(decisions[0].clone());
        assert_eq!(decision, Ok(Done::Now(forgotten)));
    }
    let order = shop.facts.orders.get(&ORDER).unwrap();
    let told: Vec<Order> = told_by(order, &shop.books.events);
    assert_eq!((told[2].failure_reason.clone(), &told[3]), (reason, &**order));
}

/// An order of customer 1 under a key that says all that it can, and what would be another one under it.
fn requests() -> [Command; 2] {
    [1, 2].map(|units| {
        let Action::Orders(orders::Action::PlaceOrder(order)) = plain_order(1, units) else {
            panic!("it places an order")
        };
        let order = PlaceOrder { id: ORDER, details: most_details(), ..order };
        keyed(customer(1), "K", order.action())
    })
}

/// Or whoever has the database could try which address has the fingerprint.
#[test]
fn what_was_asked_for_cannot_be_guessed_when_an_order_says_no_more_of_it() {
    let less = EditOrder { note: Some(text("")), ..EditOrder::of(ORDER) };
    let nothing = EditOrder { delivery_address: Some(None), contact: Some(None), ..less.clone() };
    let [less, nothing] = [less, nothing].map(|edit| by(staff(), edit.action()));
    let forgotten = by(Actor::SYSTEM, forgotten_after(0).action());
    let [started, failed] =
        [OrderStatus::Processing, OrderStatus::Failed].map(|to| by(staff(), move_to(ORDER, to)));
    let [request, other] = requests();
    let again = [request.clone(), other.clone()];
    for way in [
        vec![nothing.clone()],
        vec![started.clone(), failed.clone(), nothing],
        vec![started, failed, forgotten],
    ] {
        for same_batch in [false, true] {
            let mut shop = Shop::open();
            shop.decide(&[request.clone(), less.clone()]);
            assert_eq!(shop.decide(std::slice::from_ref(&other)), [Err(Refused::KeyReused)]);
            let decisions = match same_batch {
                true => shop.decide(&[&way[..], &again].concat()).split_off(way.len()),
                false => {
                    shop.decide(&way);
                    shop.decide(&again)
                }
            };
            let before = Ok(Done::Before(ORDER.to_string().into()));
            assert_eq!(decisions, [before.clone(), before], "after {way:?}");
            let once = shop.facts.orders.get(&ORDER).unwrap().once.clone().unwrap();
            assert_eq!((once.key.as_str(), once.fingerprint), ("K", Fingerprint(Uuid::nil())));
        }
    }
}
