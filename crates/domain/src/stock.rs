//! Stock: what lies on the shelf and what of it is promised. `0 <= reserved <= on_hand` always holds,
//! and `on_hand` is the sum of the stock entries.

pub mod repairs;
mod shelves;

pub use shelves::{OutOfStock, Shelf, Tally};

use crate::{
    Caller, Context, CorrelationId, Event, EventKind, Facts, Fingerprint, Micros, OrderLine,
    ProductId, ProductRef, Subject, Text, TrailKind, commands,
    events::LowData,
    idempotency::{self, Before},
    integer_ids, kinds,
    rules::{Keyed, Rule, Weight, Who},
    trail::{Noted, OnHand},
};
use repairs::{RepairStock, Repaired};
use serde::{Deserialize, Serialize};

integer_ids! { LocationId }

impl LocationId {
    /// The one place where stock lies today.
    pub const MAIN: LocationId = LocationId(1);
}

/// The most that may lie on one shelf.
pub const MAX_ON_HAND: i64 = 1_000_000_000_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    pub on_hand: i64,
    pub reserved: i64,
}

impl Stock {
    pub fn available(self) -> i64 {
        self.on_hand - self.reserved
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EntryKind {
    Receipt,
    Adjustment,
    Sale,
    Return,
}

impl EntryKind {
    pub const ALL: [EntryKind; 4] =
        [EntryKind::Receipt, EntryKind::Adjustment, EntryKind::Sale, EntryKind::Return];

    pub fn code(self) -> i64 {
        match self {
            EntryKind::Receipt => 1,
            EntryKind::Adjustment => 2,
            EntryKind::Sale => 3,
            EntryKind::Return => 4,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            EntryKind::Receipt => "receipt",
            EntryKind::Adjustment => "adjustment",
            EntryKind::Sale => "sale",
            EntryKind::Return => "return",
        }
    }

    pub fn coded(code: i64) -> Option<EntryKind> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl Facts {
    /// Enters a movement that is not an order's into the ledger.
    pub(crate) fn enter(&mut self, entry: StockEntry) {
        if let Some(shelf) = self.shelves.shelve(entry.product) {
            shelf.shift(entry.delta);
            self.entries.add(entry);
        }
    }

    /// Tells that a product has fallen to its threshold: once, for it was above it before.
    pub(crate) fn tell_if_low(&mut self, product: ProductId, taken: i64, context: Context) {
        let threshold = self.products.get(&product).and_then(|found| found.low_stock_threshold);
        let on_hand = self.shelves.main(product).map(|shelf| shelf.on_hand);
        let Some((threshold, on_hand)) = threshold.zip(on_hand) else { return };
        if on_hand <= threshold && on_hand + taken > threshold {
            self.events.add(Event {
                subject: Subject::product(product),
                version: None,
                kind: EventKind::StockLow,
                data: Some(LowData::written(on_hand, threshold)),
                actor: context.who.actor.caller,
                correlation: context.who.correlation,
                at: context.now,
            });
        }
    }

    /// The same of all that an order has taken.
    pub(crate) fn tell_what_is_low(&mut self, lines: &[OrderLine], context: Context) {
        for line in lines {
            self.tell_if_low(line.product, line.quantity.units(), context);
        }
    }
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct StockEntry {
    pub product: ProductId,
    pub location: LocationId,
    pub kind: EntryKind,
    pub delta: i64,
    pub reason: Option<Text<500>>,
    pub actor: Caller,
    pub correlation: CorrelationId,
    pub at: Micros,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StockChange {
    /// Goods came in or were lost.
    Delta(i64),
    /// Somebody counted.
    Set(i64),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StockLine {
    pub product: ProductRef,
    pub change: StockChange,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<500>>,
}

/// Moves stock by hand: all lines or none, or each for itself when `partial`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MoveStock {
    pub lines: Vec<StockLine>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockProblem {
    UnknownProduct,
    /// Less would remain than carts and orders were promised.
    BelowReserved {
        reserved: i64,
    },
    TooMuch,
}

impl StockProblem {
    pub fn name(self) -> &'static str {
        match self {
            StockProblem::UnknownProduct => "unknown_product",
            StockProblem::BelowReserved { .. } => "below_reserved",
            StockProblem::TooMuch => "too_much",
        }
    }
}

/// How one line ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockResult {
    pub product: Option<ProductId>,
    pub result: Result<Stock, StockProblem>,
    /// Whether what lay there is what should.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_unchanged: bool,
}

kinds! {
    pub enum MoveStockRefusal {
        /// No line was carried out, for some cannot be.
        Lines(Vec<StockResult>) = "stock_lines",
    }
}

impl Rule for MoveStock {
    type Outcome = Vec<StockResult>;
    type Refusal = MoveStockRefusal;

    fn name(&self) -> &'static str {
        "move_stock"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        self.lines.iter().for_each(|line| line.product.want(facts));
    }

    fn decide(
        &self,
        context: Context,
        facts: &mut Facts,
    ) -> Result<Vec<StockResult>, MoveStockRefusal> {
        // Lines may name one product twice: each builds on the one before.
        let mut stock = std::collections::BTreeMap::<ProductId, Stock>::new();
        let mut results = Vec::with_capacity(self.lines.len());
        let mut entries = Vec::new();
        for line in &self.lines {
            let product = line.product.for_sale(facts);
            let mut is_unchanged = false;
            let result = product.ok_or(StockProblem::UnknownProduct).and_then(|product| {
                let present = stock.get(&product.id).copied();
                let present = present.unwrap_or_else(|| product.stock(facts));
                let (after, kind) = line.change.applied_to(present)?;
                let delta = after.on_hand - present.on_hand;
                stock.insert(product.id, after);
                is_unchanged = delta == 0;
                let sides = (OnHand(present.on_hand), OnHand(after.on_hand));
                entries.extend(
                    (delta != 0).then(|| (line.entry(product.id, kind, delta, context), sides)),
                );
                Ok(after)
            });
            let product = product.map(|product| product.id);
            results.push(StockResult { product, result, is_unchanged });
        }
        if !self.partial && results.iter().any(|line| line.result.is_err()) {
            return Err(MoveStockRefusal::Lines(results));
        }
        for (entry, (before, after)) in entries {
            let (product, delta) = (entry.product, entry.delta);
            facts.enter(entry);
            let (noted, sides) = (Noted::Product(product), (Some(&before), Some(&after)));
            context.note(facts, TrailKind::StockChanged, noted, sides);
            facts.tell_if_low(product, -delta, context);
        }
        Ok(results)
    }

    fn kept(results: &Vec<StockResult>) -> Box<str> {
        idempotency::written(results)
    }

    fn weight(&self) -> Weight {
        let lines = self.lines.len();
        Weight { rows: 1 + 4 * lines, bytes: 1024 + 2560 * lines }
    }
}

impl Before for Vec<StockResult> {
    fn read(kept: &str) -> Option<Self> {
        idempotency::read(kept)
    }
}

commands!(Stock:
    MoveStock = "move_stock" -> Vec<StockResult>,
    RepairStock = "repair_stock" -> Repaired,
);

impl StockLine {
    fn entry(
        &self,
        product: ProductId,
        kind: EntryKind,
        delta: i64,
        context: Context,
    ) -> StockEntry {
        StockEntry {
            product,
            location: LocationId::MAIN,
            kind,
            delta,
            reason: self.reason.clone(),
            actor: context.who.actor.caller,
            correlation: context.who.correlation,
            at: context.now,
        }
    }
}

impl StockChange {
    fn applied_to(self, present: Stock) -> Result<(Stock, EntryKind), StockProblem> {
        let (on_hand, kind) = match self {
            StockChange::Delta(delta) if delta > 0 => {
                (present.on_hand.checked_add(delta), EntryKind::Receipt)
            }
            StockChange::Delta(delta) => {
                (present.on_hand.checked_add(delta), EntryKind::Adjustment)
            }
            StockChange::Set(count) => (Some(count), EntryKind::Adjustment),
        };
        let on_hand = on_hand.ok_or(StockProblem::TooMuch)?;
        match on_hand {
            _ if on_hand < present.reserved => {
                Err(StockProblem::BelowReserved { reserved: present.reserved })
            }
            _ if on_hand > MAX_ON_HAND => Err(StockProblem::TooMuch),
            _ => Ok((Stock { on_hand, ..present }, kind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_entry_is_known_by_its_code() {
        use EntryKind::{Adjustment, Receipt, Return, Sale};
        let coded = [0, 1, 2, 3, 4, 5].map(EntryKind::coded);
        assert_eq!(coded, [None, Some(Receipt), Some(Adjustment), Some(Sale), Some(Return), None]);
        assert_eq!(EntryKind::ALL.map(EntryKind::code), [1, 2, 3, 4]);
    }
}
