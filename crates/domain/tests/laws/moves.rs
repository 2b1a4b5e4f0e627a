//! Who may move an order where: every actor, from every status, to every status.

use crate::{
    drafts::{currency, customer, staff},
    nouns::orders::{move_from, move_to},
    selling::by,
    shop::{Shop, decide, typed},
    store::{flush, restrict},
};
use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
use domain::{
    Actor, Details, Done, EventKind, ExpectedLine, Listed, Micros, Most, MoveOrder, OrderId,
    OrderStatus, PlaceOrder, ProductId, ProductRef, Quantity, Refused, Role, SettleOrders,
    TakeLease, TakeOrders, Text,
    claims::{End, Settlement},
    orders::MoveRefusal,
};
use model::is_a_move;
use uuid::Uuid;

pub const ORDER: OrderId = OrderId(Uuid::max());

#[derive(Clone, Copy, Debug, PartialEq)]
enum Relation {
    Owner,
    Stranger,
    Staff,
}

/// What it takes again may become low by that, whatever was known of it when the batch was read.
#[test]
fn an_order_that_fails_and_is_tried_again_in_one_batch_tells_what_is_low() {
    let mut shop = shop_with_an_order(Processing);
    let line = shop.facts.orders.get(&ORDER).unwrap().lines[0].clone();
    let on_hand = shop.facts.shelves.main(line.product).unwrap().on_hand;
    let product = shop.facts.products.rows.get_mut(&line.product).unwrap();
    product.row.low_stock_threshold = Some(on_hand);
    let batch = [Failed, Pending].map(|to| by(staff(), move_to(ORDER, to)));
    let (decisions, decided) = decide(restrict(&shop.facts, &batch).facts, &batch, shop.now);
    assert!(decisions.iter().all(Result::is_ok));
    let low = decided.events.0.iter().filter(|event| event.kind == EventKind::StockLow);
    assert_eq!(low.count(), 1);
}

#[test]
fn an_order_moves_along_the_table_by_those_who_may_and_for_nobody_else() {
    let admin = Actor { role: Role::Admin, ..customer(4) };
    for (actor, relation) in [
        (customer(1), Relation::Owner),
        (customer(2), Relation::Stranger),
        (staff(), Relation::Staff),
        (admin, Relation::Staff),
        (Actor::SYSTEM, Relation::Staff),
    ] {
        for from in OrderStatus::ALL {
            for to in OrderStatus::ALL {
                let mut shop = shop_with_an_order(from);
                let before = shop.facts.orders.get(&ORDER).unwrap().clone();
                let commands = [by(actor, move_to(ORDER, to))];
                let known = restrict(&shop.facts, &commands).facts;
                let (_, decided) = decide(known, &commands, shop.now);
                let expected_facts = flush(&shop.facts, &decided);
                let decision = shop.decide(&commands).remove(0);
                assert_eq!(shop.facts, expected_facts, "who knows only what the move asks for");
                let after = shop.facts.orders.get(&ORDER).unwrap().clone();
                let decision = typed::<MoveOrder>(decision);
                let what = format!("{relation:?} moves {} to {}", from.name(), to.name());
                match expected(relation, from, to) {
                    Ok(is_new) => {
                        assert_eq!(decision, Ok(Done::Now(after.clone())), "{what}");
                        let version = before.version + i64::from(is_new);
                        assert_eq!((after.status, after.version), (to, version), "{what}");
                    }
                    Err(refusal) => {
                        assert_eq!(
                            (decision, after),
                            (Err(Refused::ByRule(refusal)), before),
                            "{what}"
                        );
                    }
                }
                shop.books.audit(&shop.facts).expect(&what);
            }
        }
    }
}

/// Between looking and moving somebody else may have moved it: then it is left as it is.
#[test]
fn an_order_is_moved_from_where_it_was_seen_and_from_nowhere_else() {
    for is in OrderStatus::ALL {
        for seen in OrderStatus::ALL {
            for to in OrderStatus::ALL {
                let mut shop = shop_with_an_order(is);
                let before = shop.facts.orders.get(&ORDER).unwrap().clone();
                let decision = shop.decide(&[by(staff(), move_from(ORDER, Some(seen), to))]);
                let decision = typed::<MoveOrder>(decision.into_iter().next().unwrap());
                let after = shop.facts.orders.get(&ORDER).unwrap().clone();
                let what = format!("seen {} and is {}", seen.name(), is.name());
                if seen != is {
                    let refusal = MoveRefusal::IllegalMove { from: is, to };
                    assert_eq!(decision, Err(Refused::ByRule(refusal)), "{what}");
                    assert_eq!(after, before, "{what}");
                } else {
                    let is_moved = expected(Relation::Staff, is, to).is_ok();
                    assert_eq!(
                        (decision.is_ok(), after.status == to),
                        (is_moved, is_moved || is == to),
                        "{what}"
                    );
                }
            }
        }
    }
}

/// Whoever answers what was asked at one beginning ends no other one, however often it was begun with.
#[test]
fn an_order_is_moved_as_it_was_begun_with_and_not_once_it_was_begun_with_anew() {
    for is in OrderStatus::ALL {
        for to in OrderStatus::ALL {
            let begun_at =
                shop_with_an_order(is).facts.orders.get(&ORDER).unwrap().processing_started_at;
            for seen in [begun_at, Some(begun_at.unwrap_or_default().plus(1))] {
                let mut shop = shop_with_an_order(is);
                let before = shop.facts.orders.get(&ORDER).unwrap().clone();
                let change = MoveOrder { begun_at: seen, ..MoveOrder::of(ORDER, to) };
                let decision = shop.decide(&[by(staff(), change.action())]).remove(0);
                let decision = typed::<MoveOrder>(decision);
                let after = shop.facts.orders.get(&ORDER).unwrap().clone();
                let what = format!("{} to {}, seen {seen:?}", is.name(), to.name());
                if seen == begun_at {
                    assert_eq!(
                        decision.is_ok(),
                        expected(Relation::Staff, is, to).is_ok(),
                        "{what}"
                    );
                } else {
                    let refusal = MoveRefusal::IllegalMove { from: is, to };
                    assert_eq!(decision, Err(Refused::ByRule(refusal)), "{what}");
                    assert_eq!(after, before, "{what}");
                }
            }
        }
    }
}

/// The same of a worker's answer, also where he works on it again: what he was told of an earlier beginning is void.
#[test]
fn a_worker_ends_the_beginning_that_he_had_begun_with_and_no_later_one() {
    let taking =
        |lease_us| TakeOrders { orders: vec![ORDER], waited_us: 0, holder: Uuid::max(), lease_us };
    let again = End::Again { after_us: 0, is_counted: true };
    for end in [End::Completed, End::Failed(Text::stored("no carrier")), again] {
        let mut shop = shop_with_an_order(Pending);
        let begin = |shop: &mut Shop| {
            shop.decide(&[by(Actor::SYSTEM, taking(Micros::HOUR).action())]);
            shop.facts.orders.get(&ORDER).unwrap().processing_started_at
        };
        let first = begin(&mut shop);
        shop.decide(&[Failed, Pending].map(|to| by(staff(), move_to(ORDER, to))));
        shop.wait(1);
        let second = begin(&mut shop);
        assert_ne!(first, second);
        for (begun_at, settled) in [(first, 0), (second, 1)] {
            let settlements = vec![Settlement { order: ORDER, begun_at, end: end.clone() }];
            let settle = SettleOrders { holder: Uuid::max(), settlements };
            let decision = shop.decide(&[by(Actor::SYSTEM, settle.action())]).remove(0);
            let done = typed::<SettleOrders>(decision).unwrap();
            assert!(matches!(done, Done::Now(count) if count == settled), "{end:?} {done:?}");
        }
    }
}

/// A clock that is set back, by as much as something lasts or by more: it is over. By less, it lasts on.
#[test]
fn nothing_waits_until_a_clock_that_was_set_back_is_there_again() {
    for (back_us, is_over) in [(Micros::HOUR - 1, false), (Micros::HOUR, true), (Micros::DAY, true)]
    {
        let lease_us = Micros::HOUR;
        let take = |holder, waited_us| {
            let (orders, holder) = (vec![ORDER], Uuid::from_u128(holder));
            by(Actor::SYSTEM, TakeOrders { orders, waited_us, holder, lease_us }.action())
        };
        let follow = |holder| {
            let (consumer, holder) = (Text::stored("search"), Uuid::from_u128(holder));
            by(Actor::SYSTEM, TakeLease { consumer, holder, lease_us, begins_at: 0 }.action())
        };
        let taken = |decision| match typed::<TakeOrders>(decision).unwrap() {
            Done::Now(taken) => !taken.is_empty(),
            Done::Before(_) => false,
        };
        let mut waiting = shop_with_an_order(Pending);
        waiting.wait(-back_us);
        assert_eq!(taken(waiting.decide(&[take(1, lease_us)]).remove(0)), is_over, "{back_us}");
        let mut begun = shop_with_an_order(Pending);
        assert!(taken(begun.decide(&[take(1, 0)]).remove(0)));
        begun.decide(&[follow(1)]);
        begun.wait(-back_us);
        let mut decisions = begun.decide(&[take(2, 0), follow(2)]);
        let followed = typed::<TakeLease>(decisions.remove(1));
        assert_eq!(followed.is_ok(), is_over, "{back_us}");
        assert_eq!(taken(decisions.remove(0)), is_over, "{back_us}");
    }
}

/// Whether the move is one, or was made before.
fn expected(by: Relation, from: OrderStatus, to: OrderStatus) -> Result<bool, MoveRefusal> {
    match (by, from, to) {
        (Relation::Stranger, ..) => Err(MoveRefusal::NotFound),
        (_, Cancelled, Cancelled) => Ok(false),
        (_, Pending, Cancelled) => Ok(true),
        (Relation::Staff, ..) if is_a_move(Some(from), to) => Ok(true),
        _ => Err(MoveRefusal::IllegalMove { from, to }),
    }
}

pub fn shop_with_an_order(status: OrderStatus) -> Shop {
    let line = ExpectedLine {
        product: ProductRef::Id(ProductId(1)),
        quantity: Quantity::new(2).unwrap(),
        price: None,
    };
    let order = PlaceOrder {
        id: ORDER,
        currency: currency("EUR"),
        lines: vec![line],
        total: None,
        most: Most::default(),
        details: Details::default(),
        customer: None,
    };
    let route: &[OrderStatus] = match status {
        Pending => &[],
        Processing => &[Processing],
        Completed => &[Processing, Completed],
        Cancelled => &[Cancelled],
        Failed => &[Processing, Failed],
    };
    let moves = route.iter().map(|to| by(staff(), move_to(ORDER, *to)));
    let placed = by(customer(1), order.action());
    let commands: Vec<_> = [placed].into_iter().chain(moves).collect();
    let mut shop = Shop::open();
    assert!(shop.decide(&commands).iter().all(Result::is_ok));
    shop
}
