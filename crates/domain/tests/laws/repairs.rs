//! Stock that somebody has written beside the shop, which no random script does.

use crate::{
    drafts::{customer, staff, text},
    selling::by,
    shop::{Shop, decide, typed},
};
use domain::{
    Command, Decision, Done, EntryKind, Facts, Listed, MoveStock, ProductId, ProductRef, Refused,
    RepairStock, Repaired, StockChange, StockLine, TrailKind, facts::Log,
    stock::repairs::RepairStockRefusal,
};

const ONE: ProductId = ProductId(1);

fn repair(product: ProductId) -> Command {
    by(staff(), RepairStock { product, reason: text("a restored backup") }.action())
}

fn receive(product: ProductId, delta: i64) -> Command {
    let (product, change) = (ProductRef::Id(product), StockChange::Delta(delta));
    let lines = vec![StockLine { product, change, reason: None }];
    by(staff(), MoveStock { lines, partial: false }.action())
}

fn repaired(decision: &Decision) -> Repaired {
    match typed::<RepairStock>(decision.clone()) {
        Ok(Done::Now(repaired)) => repaired,
        other => panic!("{other:?}"),
    }
}

/// The first product's shelf and what is reserved of the second, moved beside the shop.
fn written_beside(on_hand: i64, reserved: i64) -> Facts {
    let mut facts = Shop::open().facts;
    for (product, on_hand, reserved) in [(1, on_hand, 0), (2, 0, reserved)] {
        let shelves = facts.shelves.rows.values_mut().map(|slot| &mut slot.row);
        let shelf = shelves.filter(|shelf| shelf.product == ProductId(product)).last().unwrap();
        shelf.on_hand += on_hand;
        shelf.reserved += reserved;
    }
    facts
}

#[test]
fn the_ledger_follows_the_shelf_and_no_goods_move() {
    for difference in [-6, -1, 3, 1_000] {
        for received in [0, 4] {
            let facts = written_beside(difference, 0);
            let mut commands = vec![repair(ONE), repair(ONE)];
            commands.insert(1, receive(ONE, 9));
            if received > 0 {
                commands.insert(0, receive(ONE, received));
            }
            let (decisions, decided) = decide(facts, &commands, Shop::open().now);
            let first = usize::from(received > 0);
            let on_hand = 6 + difference + received;
            let stock = domain::Stock { on_hand, reserved: 0 };
            let (product, freed) = (ONE, 0);
            let expected = Repaired { product, entered: difference, freed, stock };
            assert_eq!(repaired(&decisions[first]), expected, "{difference} {received}");
            assert_eq!(repaired(&decisions[first + 2]).entered, 0, "it was repaired before");
            let shelf = decided.shelves.main(ONE).unwrap();
            assert_eq!((shelf.on_hand, shelf.tally.delta), (on_hand + 9, received + 9));
            let Log(entries) = &decided.entries;
            let corrected = entries.iter().filter(|entry| entry.kind == EntryKind::Adjustment);
            let corrected: Vec<_> = corrected.map(|entry| (entry.delta, &entry.reason)).collect();
            assert_eq!(corrected, [(difference, &Some(text("a restored backup")))]);
            let entered: i64 = entries.iter().map(|entry| entry.delta).sum();
            assert_eq!(6 + entered, shelf.on_hand, "the ledger explains it");
            let told = decided.trail.0.iter().filter(|e| e.kind == TrailKind::StockRepaired);
            assert_eq!(told.count(), 1);
        }
    }
}

#[test]
fn what_is_reserved_and_promised_to_nobody_is_freed() {
    let two = ProductId(2);
    let (decisions, decided) =
        decide(written_beside(0, 4), &[repair(two), repair(two)], Shop::open().now);
    let stock = domain::Stock { on_hand: 12, reserved: 3 };
    let expected = Repaired { product: two, entered: 0, freed: 4, stock };
    assert_eq!(repaired(&decisions[0]), expected);
    assert_eq!(repaired(&decisions[1]), Repaired { freed: 0, ..expected });
    let shelf = decided.shelves.main(two).unwrap();
    assert_eq!((shelf.tally.delta, shelf.tally.reserved), (0, -4));
    assert_eq!(decided.entries.0, []);
}

#[test]
fn there_is_nothing_to_repair_of_what_is_not_there_or_is_explained() {
    let mut shop = Shop::open();
    let before = shop.facts.clone();
    let decisions = shop.decide(&[repair(ProductId(99)), repair(ONE)]);
    let unknown = Err(Refused::ByRule(RepairStockRefusal::UnknownProduct));
    assert_eq!(typed::<RepairStock>(decisions[0].clone()), unknown);
    assert_eq!(repaired(&decisions[1]).entered, 0);
    assert_eq!((&shop.facts, shop.books.trail.len()), (&before, 0));
    // Whoever may ask is looked at by the server.
    let asked = by(customer(1), RepairStock { product: ONE, reason: text("x") }.action());
    assert_eq!(repaired(&shop.decide(&[asked])[0]).entered, 0);
}
