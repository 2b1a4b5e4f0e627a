//! The audit: a sound shop breaks no check, and each check alone finds the damage it is there for.

use crate::shop::*;
use domain::{Actor, OrderStatus, Role};
use std::collections::BTreeSet;

/// A check and damage that it has to find, and no other: a sum of entries that are of no known kind
/// is right for one check and wrong for another.
const DAMAGES: &[(&str, &str)] = &[
    (
        "stock is what its entries sum up to",
        "insert into stock values (1, 2, 0, 0);
         update stock_entries set location_id = 2 where product_id = 1 and kind = 1",
    ),
    (
        "every stock entry belongs to a shelf",
        "insert into stock_entries (product_id, location_id, kind, delta, actor_kind, actor_id, at)
         select 999, location_id, 2, 5, actor_kind, actor_id, at from stock_entries
         where product_id = 1 and kind = 1",
    ),
    (
        "0 <= reserved <= on hand, and nothing is reserved that no cart holds",
        "update stock set reserved = 1 where product_id = 1",
    ),
    ("every product has a price and a shelf", "delete from prices where product_id = 3"),
    (
        "every product has a price and a shelf",
        "delete from stock_entries where product_id = 3; delete from stock where product_id = 3",
    ),
    (
        "receipts and adjustments are what is on hand and what orders hold",
        "update stock_entries set kind = 9 where product_id = 1 and kind = 1",
    ),
    ("sale entries are the units ever sold", "update stock_entries set kind = 9 where kind = 3"),
    ("return entries are the units given back", "update stock_entries set kind = 9 where kind = 4"),
    (
        "one order per caller and idempotency key",
        "update orders set idempotency_key = 'one' where idempotency_key = 'other'",
    ),
    (
        "every key of an order is found again",
        "update orders set once_id = null where idempotency_key = 'one'",
    ),
    (
        "an order's total is the sum of its lines",
        "update orders set total_minor = total_minor + 1 where number = 1",
    ),
    (
        "every line belongs to an order and names a product",
        "insert into order_lines select o.owner_id, 1, l.product_id, l.sku, l.name, l.description,
             l.quantity, l.unit_price_minor
         from orders o join order_lines l on l.order_id = o.id where o.number = 1 and l.line = 1",
    ),
    ("order numbers have no gaps", "update counters set last = last + 1 where name = 'orders'"),
    ("order numbers have no gaps", "update orders set number = 77 where number = 2"),
    (
        "every version of an order has exactly one event",
        "update orders set version = 2 where number = 1",
    ),
    (
        "an order's status is where its events lead",
        "update orders set status = 3 where number = 1",
    ),
    (
        "an order's status is where its events lead",
        "update events set to_status = 3 where to_status = 2;
         update events set from_status = 3 where from_status = 2",
    ),
    (
        "an order's status is where its events lead",
        "update events set from_status = 1 where to_status = 3",
    ),
    (
        "an order's status is where its events lead",
        "insert into events select c.last + 1, o.owner_id, 1, null, 1, null, 1, o.owner_id, o.owner_id, 1
         from orders o, counters c where o.number = 1 and c.name = 'events';
         update counters set last = last + 1 where name = 'events'",
    ),
    (
        "positions in the feed have no gaps",
        "update counters set last = last + 1 where name = 'events'",
    ),
    (
        "positions in the feed have no gaps",
        "update events set position = 77 where position = 1",
    ),
];

/// Takes the schema's own guards away, which would not let such damage be done.
fn unguarded(engine: Engine, damage: &str) -> String {
    match engine {
        Engine::Sqlite => {
            format!("pragma foreign_keys = off; pragma ignore_check_constraints = on; {damage}")
        }
        Engine::Postgres => {
            format!("alter table stock_entries drop constraint stock_entries_kind_check; {damage}")
        }
    }
}

/// Orders 1 and 2 are pending, 3 is cancelled, 4 is completed.
async fn trade(shop: &Shop) {
    let staff = Actor { role: Role::Staff, ..customer(9) };
    placed(shop.send(place(customer(1), Some("one"), &[(1, 2), (2, 1)])).await);
    placed(shop.send(place(customer(1), Some("other"), &[(1, 1)])).await);
    let cancelled = placed(shop.send(place(customer(2), None, &[(2, 4)])).await);
    let completed = placed(shop.send(place(customer(2), None, &[(2, 5)])).await);
    for (order, to) in [
        (cancelled.id, OrderStatus::Cancelled),
        (completed.id, OrderStatus::Processing),
        (completed.id, OrderStatus::Completed),
    ] {
        shop.send(move_order(staff, order, to)).await.unwrap();
    }
}

async fn every_damage_is_found(engine: Engine) {
    let mut checks = BTreeSet::new();
    for &(holds, damage) in DAMAGES {
        let Some((shop, _dir)) = Shop::open(engine).await else { return };
        trade(&shop).await;
        let sound = shop.location.audit().await.unwrap();
        assert!(sound.iter().all(|finding| finding.is_sound()), "{sound:?}");
        checks = sound.iter().map(|finding| finding.holds).collect();
        shop.sql(&unguarded(engine, damage)).await.unwrap();
        let found = shop.location.audit().await.unwrap();
        let broken: Vec<_> = found.iter().filter(|finding| !finding.is_sound()).collect();
        assert_eq!(broken.iter().map(|f| f.holds).collect::<Vec<_>>(), [holds], "{damage}");
        let finding = broken[0];
        assert!(finding.rows.iter().all(|row| row.len() == finding.columns.len()), "{finding:?}");
    }
    let damaged: BTreeSet<_> = DAMAGES.iter().map(|(holds, _)| *holds).collect();
    assert_eq!(damaged, checks, "every check has its damage");
}

fn run(engine: Engine) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(every_damage_is_found(engine));
}

#[test]
fn every_damage_is_found_by_its_check_and_no_other_on_sqlite() {
    run(Engine::Sqlite);
}

#[test]
fn every_damage_is_found_by_its_check_and_no_other_on_postgres() {
    run(Engine::Postgres);
}
