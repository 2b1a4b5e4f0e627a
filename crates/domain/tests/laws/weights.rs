//! A batch is bounded by what its commands weigh: none of the heavy ones weighs less than it writes.

use crate::{
    drafts::{staff, text},
    keys::keyed,
    nouns::{NOUNS, products::product},
    shop::{Shop, decide},
    store::rows,
    tables::{Place, Visit, each},
};
use domain::{
    Facts, Micros, Product, Rule, Stock, Text,
    facts::{Mark, Row, Table},
};
use std::fmt::Debug;

pub const PRODUCTS: i64 = 100;

#[test]
fn a_heavy_command_weighs_what_it_writes() {
    for action in NOUNS.iter().flat_map(|noun| noun.heavy()) {
        let (name, weight) = (action.name(), action.weight());
        let mut shop = Shop::open();
        for id in 1..=PRODUCTS {
            let product = product(id, 250, Micros(0));
            let (name, description) = (longest(), longest());
            let stock = Stock { on_hand: 9, reserved: 0 };
            shop.shelve(Product { name, description, ..product }, stock);
        }
        let commands = [keyed(staff(), "K", action)];
        let (decisions, mut decided) = decide(shop.facts.clone(), &commands, shop.now);
        assert!(decisions[0].is_ok(), "{name}: {decisions:?}");
        let mut marked = Marked(0);
        each(&mut decided, &shop.facts, &mut marked);
        let copied = rows(&decided.orders).flat_map(|order| &order.lines);
        let written = marked.0 + copied.count() + decided.entries.0.len() + decided.events.0.len();
        assert!(written <= weight.rows, "{name} writes {written} rows, weighs {weight:?}");
        let bytes = texts(&decided);
        assert!(bytes <= weight.bytes, "{name} writes {bytes} bytes, weighs {weight:?}");
        // Nor much more, or batches would be small: texts are also folded, and kept as an answer.
        assert!(weight.rows <= 2 * written + 8, "{name} writes {written} rows, weighs {weight:?}");
        assert!(weight.bytes <= 20 * bytes, "{name} writes {bytes} bytes, weighs {weight:?}");
    }
}

/// Of characters that take four bytes each.
pub fn longest<const MAX: usize>() -> Text<MAX> {
    text(&"🛒".repeat(MAX))
}

struct Marked(usize);

impl Visit for Marked {
    fn table<R: Row + Clone + Debug + PartialEq>(
        &mut self,
        _: Place,
        decided: &mut Table<R>,
        _: &Table<R>,
        _: fn(&R::Key) -> R::Find,
    ) {
        self.0 += decided.rows.values().filter(|slot| slot.mark != Mark::Kept).count();
    }
}

/// How long the texts are that are written, and those that are kept under the key.
fn texts(decided: &Facts) -> usize {
    let lines = rows(&decided.orders).flat_map(|order| &order.lines);
    let lines = lines.map(|line| line.name.len() + line.description.len());
    let notes = rows(&decided.orders).map(|order| order.note.len());
    let products = decided.products.rows.values().filter(|slot| slot.mark != Mark::Kept);
    let products = products.map(|slot| slot.row.name.len() + slot.row.description.len());
    let reasons = decided.entries.0.iter().flat_map(|entry| &entry.reason);
    let kept = rows(&decided.traces).map(|trace| trace.kept.len());
    let reasons = reasons.map(|reason| reason.len());
    lines.chain(notes).chain(products).chain(reasons).chain(kept).sum()
}
