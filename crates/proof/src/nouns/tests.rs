//! Every command has its place: drawn by one noun, with a way into a tortured shop, and with the care
//! that it takes.

use super::{Care, Comes, NOUNS, draws};
use crate::attack::mutants;
use std::collections::BTreeSet;

fn named(care: Care) -> BTreeSet<&'static str> {
    draws().filter(|draw| draw.care == care).map(|draw| draw.name).collect()
}

#[test]
fn every_command_is_drawn_by_one_noun_and_has_one_way_into_a_tortured_shop() {
    let commands: BTreeSet<&str> = domain::commands::NAMES.concat().into_iter().collect();
    let drawn: Vec<&str> = draws().map(|draw| draw.name).collect();
    let ways: Vec<&str> = NOUNS.iter().flat_map(|noun| noun.ways()).map(|way| way.0).collect();
    for names in [drawn, ways] {
        assert_eq!(names.len(), commands.len());
        assert_eq!(names.into_iter().collect::<BTreeSet<_>>(), commands);
    }
    assert!(draws().all(|draw| draw.weight > 0));
}

/// The first ones: none of them becomes plain.
const GRAVE: [&str; 9] = [
    "register",
    "open_session",
    "refresh_session",
    "create_product",
    "edit_product",
    "move_stock",
    "place_order",
    "move_order",
    "sweep",
];

/// Nobody can ask for them, and not every tortured shop does them: a sweep comes by the clock, another hash of the same password beside a
/// login, of which nobody is told, and the end of an account that nobody confirms days later. Workers end what waits
/// for too long, forget whom orders were for, and bring orders to their end, where the shop is set so.
const NOT_ASKED: [&str; 8] = [
    "sweep",
    "replace_hash",
    "let_go",
    "expire_pending",
    "forget_orders",
    "take_orders",
    "settle_orders",
    "complete_orders",
];

/// Whatever moves stock, money, orders, keys, sessions or rights.
#[test]
fn what_is_grave_is_asked_for_in_a_tortured_shop_and_has_a_mutant() {
    let grave = named(Care::Grave);
    let asked = NOUNS
        .iter()
        .flat_map(|noun| noun.ways())
        .filter(|way| matches!(way.1, Comes::Asked | Comes::Seen));
    let asked: BTreeSet<&str> = asked.map(|way| way.0).collect();
    let missing: BTreeSet<&str> = grave.difference(&asked).copied().collect();
    assert_eq!(missing, NOT_ASKED.into());
    let mutants = mutants::commands().unwrap();
    let missing: Vec<_> = grave.iter().filter(|name| !mutants.contains(**name)).collect();
    assert!(missing.is_empty(), "no mutant breaks {missing:?}: add a file to crates/proof/mutants");
    let plain: Vec<_> = GRAVE.iter().filter(|name| !grave.contains(*name)).collect();
    assert!(plain.is_empty(), "{plain:?} are as grave as they were");
}

#[test]
fn what_is_plain_is_edited_at_random_against_a_map() {
    assert!(named(Care::Plain).len() >= 3);
    for noun in NOUNS.iter().filter(|noun| noun.draws().iter().any(|d| d.care == Care::Plain)) {
        assert!(noun.texts().is_some(), "nothing compares the rows of {:?}", noun.draws()[0].name);
    }
}
