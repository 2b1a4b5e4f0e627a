//! What a caller has bought, where a batch changes what is counted while it is looked at.

use crate::{
    drafts::{customer, staff},
    nouns::orders::move_to,
    selling::by,
    shop::{Shop, decide, typed},
    store::{flush, restrict},
};
use domain::{
    Action, Command, Details, EditProduct, ExpectedLine, Listed, Most, OrderId, OrderStatus,
    PlaceOrder, ProductId, ProductRef, Quantity, Refused, Sku,
    orders::{BoundedLine, PlaceRefusal},
};
use std::collections::BTreeSet;
use uuid::Uuid;

fn edit(sku: &str, change: impl FnOnce(&mut EditProduct)) -> Command {
    let mut edit = EditProduct::of(ProductRef::Sku(Sku::stored(sku)));
    change(&mut edit);
    by(staff(), edit.action())
}

fn bound(sku: &str, most: Option<i64>) -> Command {
    edit(sku, |edit| edit.caller_units_most = Some(most))
}

fn renamed(sku: &str, to: &str) -> Command {
    edit(sku, |edit| edit.sku = Some(Sku::stored(to)))
}

fn order(number: u128, sku: &str, units: i64) -> Command {
    let product = ProductRef::Sku(Sku::stored(sku));
    let quantity = Quantity::new(units).expect("a few");
    let place: Action = PlaceOrder {
        id: OrderId(Uuid::from_u128(number)),
        currency: "EUR".parse().expect("a currency"),
        most: Most::default(),
        lines: vec![ExpectedLine { product, quantity, price: None }],
        total: None,
        details: Details::default(),
        customer: None,
    }
    .action();
    by(customer(1), place)
}

fn cancel(number: u128) -> Command {
    by(customer(1), move_to(OrderId(Uuid::from_u128(number)), OrderStatus::Cancelled))
}

/// Which of them are, in batches of so many that know what they ask for and nothing else.
fn refused(commands: &[Command], size: usize) -> Vec<usize> {
    let mut shop = Shop::open();
    let decided = commands.chunks(size).flat_map(|batch| {
        let loaded = restrict(&shop.facts, batch).facts;
        let (decided, known) = decide(loaded, batch, shop.now);
        shop.facts = flush(&shop.facts, &known);
        decided
    });
    let refused = decided.map(|decision| decision.is_err());
    (0..).zip(refused).filter_map(|(at, is)| is.then_some(at)).collect()
}

/// Of both products he has two of the three that he may have, by rows that nobody has looked at yet.
#[test]
fn a_bound_and_a_name_hold_from_the_batch_on_that_gives_them() {
    for (what, batch, product) in [
        ("a bound", vec![bound("S1", Some(3)), order(9, "S1", 2)], 1),
        ("a name", vec![renamed("S1", "S9"), renamed("S2", "S1"), order(9, "S1", 2)], 2),
    ] {
        let mut shop = Shop::open();
        let before = [
            bound("S1", Some(3)),
            bound("S2", Some(3)),
            order(1, "S1", 2),
            order(2, "S2", 2),
            bound("S1", None),
        ];
        assert!(shop.decide(&before).iter().all(Result::is_ok));
        let loaded = restrict(&shop.facts, &batch).facts;
        let (mut decided, _) = decide(loaded, &batch, shop.now);
        let beyond = BoundedLine { product: ProductId(product), requested: 2, most: 1 };
        let last = typed::<PlaceOrder>(decided.pop().expect("an order"));
        let expected = Err(Refused::ByRule(PlaceRefusal::TooMany(vec![beyond])));
        assert_eq!(last, expected, "{what}");
    }
}

/// Whether what he had is of this batch or of one before.
#[test]
fn what_was_cancelled_may_be_had_again_and_what_was_not_may_not() {
    let commands = [
        bound("S1", Some(3)),
        order(1, "S1", 2),
        order(2, "S1", 2),
        cancel(1),
        order(3, "S1", 3),
        order(4, "S1", 1),
        cancel(1),
        order(5, "S1", 1),
    ];
    for size in [1, 3, commands.len()] {
        let refused = refused(&commands, size);
        assert_eq!(refused, [2, 5, 7], "in batches of {size}");
    }
}

/// Without a bound nothing is counted, and so nothing comes back to one.
#[test]
fn what_was_not_counted_gives_nothing_back_when_it_is_cancelled() {
    let commands = [
        order(1, "S1", 2),
        bound("S1", Some(2)),
        order(2, "S1", 1),
        bound("S1", None),
        order(3, "S1", 1),
        bound("S1", Some(2)),
        cancel(1),
        cancel(3),
        order(4, "S1", 2),
        cancel(2),
        order(5, "S1", 3),
        order(6, "S1", 2),
    ];
    for size in [1, 3, commands.len()] {
        let refused = refused(&commands, size);
        assert_eq!(refused, [8, 10], "in batches of {size}");
    }
}

/// A sheet that changes hundreds of products may share a batch with hundreds of orders.
#[test]
fn what_others_edit_is_looked_up_only_for_who_may_come_to_mean_it() {
    let mut shop = Shop::open();
    assert!(shop.decide(&[bound("S1", Some(3))])[0].is_ok());
    for (sku, products) in [("S1", vec![]), ("S2", vec![2, 3]), ("S7", vec![2, 3]), ("S4", vec![])]
    {
        let edits = [renamed("S2", "S8"), renamed("S3", "S7")];
        let orders = [order(9, sku, 1), order(8, "S1", 1)];
        let batch: Vec<Command> = edits.into_iter().chain(orders).collect();
        let asked = restrict(&shop.facts, &batch).facts.bought.asked;
        let asked: BTreeSet<i64> = asked.iter().map(|(product, _)| product.0).collect();
        let expected: BTreeSet<i64> = products.into_iter().chain([1]).collect();
        assert_eq!(asked, expected, "{sku}");
    }
}
