//! What random scripts seldom do to products, one case each: the first units of one, and what a sku
//! names before, during and after the batch that gives it away.

use crate::{
    drafts::{currency, staff, text},
    selling::by,
    shop::{Shop, typed},
};
use domain::{
    Action, CreateProduct, Decision, Done, EditProduct, EntryKind, Listed, Money, MoveStock,
    ProductId, ProductRef, PublicId, Sku, StockChange, StockLine, facts::SkuOwner,
};
use uuid::Uuid;

#[test]
fn the_first_units_of_a_product_are_a_receipt_and_none_are_no_entry() {
    for quantity in [0, 1, 7] {
        let mut shop = Shop::open();
        let before = shop.books.entries.len();
        let made = shop.decide(&[by(staff(), create("new", quantity))]).remove(0);
        let Ok(Done::Now((made, stock))) = typed::<CreateProduct>(made) else {
            panic!("it is refused")
        };
        assert_eq!((stock.on_hand, stock.reserved), (quantity, 0));
        let entries = &shop.books.entries[before..];
        let entered: Vec<_> = entries.iter().map(|e| (e.product, e.kind, e.delta)).collect();
        let receipt = (made.id, EntryKind::Receipt, quantity);
        assert_eq!(entered, if quantity == 0 { vec![] } else { vec![receipt] });
        shop.books.audit(&shop.facts).unwrap();
    }
}

#[test]
fn a_sku_that_was_given_up_names_nothing_until_it_is_given_again() {
    let commands = [
        by(staff(), give("S1", "fresh")),
        by(staff(), count("S1", 5)),
        by(staff(), count("fresh", 6)),
        by(staff(), give("S2", "S1")),
        by(staff(), count("S1", 7)),
    ];
    for size in [1, commands.len()] {
        let mut shop = Shop::open();
        let decisions = commands.chunks(size).flat_map(|batch| shop.decide(batch));
        let decisions: Vec<Decision> = decisions.collect();
        let moved = |place: usize| match typed::<MoveStock>(decisions[place].clone()) {
            Ok(Done::Now(lines)) => lines[0].product,
            other => panic!("{other:?}"),
        };
        let what = format!("in batches of {size}");
        assert_eq!(moved(1), None, "{what}: the sku that was given up");
        assert_eq!(moved(2), Some(ProductId(1)), "{what}: the new one");
        assert_eq!(moved(4), Some(ProductId(2)), "{what}: the old one, of another product now");
    }
}

/// Another node has given the name away after it was looked up, and before the product was read.
#[test]
fn a_name_that_was_given_away_meanwhile_names_no_other_product() {
    let mut shop = Shop::open();
    shop.facts.skus.load(SkuOwner { name: Sku::stored("OLD"), is: ProductId(1) });
    for (sku, found) in [("OLD", None), ("S1", Some(ProductId(1)))] {
        match typed::<MoveStock>(shop.decide(&[by(staff(), count(sku, 7))]).remove(0)) {
            Ok(Done::Now(lines)) => assert_eq!(lines[0].product, found, "{sku}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_product_may_be_given_the_sku_that_it_has_and_no_other_products() {
    for (sku, is_free) in [("S1", true), ("S2", false), ("S9", true)] {
        let decided = Shop::open().decide(&[by(staff(), give("S1", sku))]);
        let refused = decided[0].clone().err();
        assert_eq!(refused.is_none(), is_free, "{sku}: {refused:?}");
    }
}

fn create(sku: &str, quantity: i64) -> Action {
    let price = Money::new(250, currency("EUR"));
    let create = CreateProduct::of(PublicId(Uuid::max()), text("a new thing"), price);
    CreateProduct { sku: Some(Sku::stored(sku)), quantity, ..create }.action()
}

fn give(from: &str, to: &str) -> Action {
    let edit = EditProduct::of(ProductRef::Sku(Sku::stored(from)));
    EditProduct { sku: Some(Sku::stored(to)), ..edit }.action()
}

/// Passes over what it does not find.
fn count(sku: &str, units: i64) -> Action {
    let product = ProductRef::Sku(Sku::stored(sku));
    let change = StockChange::Set(units);
    let lines = vec![StockLine { product, change, reason: None }];
    MoveStock { lines, partial: true }.action()
}
