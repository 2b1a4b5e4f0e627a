//! Stock that does not explain itself: somebody wrote beside the shop, and its ledger sums up to something
//! else. What is sold from is the shelf, so the ledger follows it.

use super::{EntryKind, LocationId, Shelf, Stock, StockEntry};
use crate::{
    Context, Facts, Fingerprint, ProductId, Text, TrailKind,
    facts::{Row, Table},
    idempotency::{self, Before},
    kinds,
    rules::{Keyed, Rule, Weight, Who},
    trail::{Booked, Noted},
};
use serde::{Deserialize, Serialize};

/// A view: what the ledger of a product sums up to, and what is promised of it. Read after its shelf is
/// locked, so that nobody enters anything meanwhile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ledger {
    pub product: ProductId,
    pub entered: i64,
    pub held: i64,
}

impl Row for Ledger {
    type Key = ProductId;
    type Find = ProductId;
    fn key(&self) -> ProductId {
        self.product
    }
}

impl Table<Shelf> {
    /// What the batch has moved so far, of which the view does not know.
    fn moved(&self, product: ProductId) -> i64 {
        self.of(&product).map(|shelf| shelf.tally.delta).sum()
    }

    fn on_hand(&self, product: ProductId) -> i64 {
        self.of(&product).map(|shelf| shelf.on_hand).sum()
    }

    /// The same of what is reserved.
    fn promised(&self, product: ProductId) -> i64 {
        self.of(&product).map(|shelf| shelf.tally.reserved).sum()
    }
}

/// Enters into the ledger what the shelf has more or less, and frees what is reserved and promised to
/// nobody.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RepairStock {
    pub product: ProductId,
    pub reason: Text<500>,
}

/// What was repaired: nothing, if the ledger explains the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repaired {
    pub product: ProductId,
    /// Into the ledger.
    pub entered: i64,
    /// Of what was reserved.
    pub freed: i64,
    pub stock: Stock,
}

kinds! {
    pub enum RepairStockRefusal {
        UnknownProduct = "product_not_found",
    }
}

impl Rule for RepairStock {
    type Outcome = Repaired;
    type Refusal = RepairStockRefusal;

    fn name(&self) -> &'static str {
        "repair_stock"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    /// By its id: a name may be another product's by the time that the ledger is read.
    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.products.want(&self.product);
        facts.shelves.want(&self.product);
        facts.ledgers.want(&self.product);
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Repaired, RepairStockRefusal> {
        let product = self.product;
        facts.products.get(&product).ok_or(RepairStockRefusal::UnknownProduct)?;
        // A product that the same batch has made had no ledger when that was read.
        let read = facts.ledgers.get(&product).copied();
        let read = read.unwrap_or(Ledger { product, entered: 0, held: 0 });
        let shelf = facts.shelves.main(product).map(Shelf::stock).unwrap_or_default();
        let before = Booked {
            entered: read.entered.saturating_add(facts.shelves.moved(product)),
            reserved: shelf.reserved,
        };
        let on_hand = facts.shelves.on_hand(product);
        let held = read.held.saturating_add(facts.shelves.promised(product));
        // No more can be reserved than lies there, whatever carts were promised.
        let after = Booked { entered: on_hand, reserved: held.min(shelf.on_hand) };
        let entered = after.entered.saturating_sub(before.entered);
        let freed = before.reserved - after.reserved;
        if entered != 0 {
            facts.entries.add(self.entry(entered, context));
        }
        facts.shelves.unreserve(product, freed, context.now);
        // What the batch counts as promised is less by what was freed, and carts hold what they held.
        facts.ledgers.learn(Ledger {
            entered: read.entered.saturating_add(entered),
            held: read.held.saturating_add(freed),
            product,
        });
        if before != after {
            let (noted, sides) = (Noted::Product(product), (Some(&before), Some(&after)));
            context.note(facts, TrailKind::StockRepaired, noted, sides);
        }
        if facts.shelves.main(product).is_none() {
            facts.shelves.make(Shelf::empty(product));
        }
        let stock = facts.shelves.main(product).map(Shelf::stock).unwrap_or_default();
        Ok(Repaired { product, entered, freed, stock })
    }

    fn kept(repaired: &Repaired) -> Box<str> {
        idempotency::written(repaired)
    }

    fn weight(&self) -> Weight {
        Weight { rows: 4, bytes: 4096 }
    }
}

impl Before for Repaired {
    fn read(kept: &str) -> Option<Self> {
        idempotency::read(kept)
    }
}

impl RepairStock {
    /// It moves the ledger, and no goods.
    fn entry(&self, delta: i64, context: Context) -> StockEntry {
        StockEntry {
            product: self.product,
            location: LocationId::MAIN,
            kind: EntryKind::Adjustment,
            delta,
            reason: Some(self.reason.clone()),
            actor: context.who.actor.caller,
            correlation: context.who.correlation,
            at: context.now,
        }
    }
}
