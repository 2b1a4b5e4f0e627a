//! Stock: what lies on the shelf and what of it is promised. `0 <= reserved <= on_hand` always holds,
//! and `on_hand` is the sum of the stock entries.

pub mod repairs;

use crate::{
    Caller, Context, CorrelationId, Event, EventKind, Facts, Fingerprint, Micros, OrderLine,
    ProductId, ProductRef, ShortLine, Subject, Text, TrailKind, commands,
    events::LowData,
    facts::{Child, Row, Table},
    idempotency::{self, Before},
    integer_ids, kinds,
    rules::{Keyed, Rule, Weight, Who},
    trail::{OnHand, of_product},
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

/// What lies in one place of one product.
#[derive(Clone, Debug, PartialEq)]
pub struct Shelf {
    pub product: ProductId,
    pub location: LocationId,
    pub on_hand: i64,
    pub reserved: i64,
    pub tally: Tally,
}

/// What a batch has done to a shelf.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Added to what is on hand: it is written as a sum, which is right even if a lock was forgotten.
    pub delta: i64,
    /// Added to what is reserved, in the same way.
    pub reserved: i64,
    /// Units sold and given back, one entry each per batch: the order lines hold the detail.
    pub sold: i64,
    pub returned: i64,
    pub at: Micros,
}

impl Row for Shelf {
    type Key = (ProductId, LocationId);
    type Find = ProductId;
    fn key(&self) -> Self::Key {
        (self.product, self.location)
    }
}

impl Child for Shelf {
    fn parent((product, _): &Self::Key) -> ProductId {
        *product
    }
    fn lowest(product: &ProductId) -> Self::Key {
        (*product, LocationId(i64::MIN))
    }
}

impl Shelf {
    /// Where a new product will lie.
    pub fn empty(product: ProductId) -> Shelf {
        let (location, tally) = (LocationId::MAIN, Tally::default());
        Shelf { product, location, on_hand: 0, reserved: 0, tally }
    }

    pub fn stock(&self) -> Stock {
        Stock { on_hand: self.on_hand, reserved: self.reserved }
    }

    fn shift(&mut self, delta: i64) {
        self.on_hand += delta;
        self.tally.delta += delta;
    }
}

/// What a shelf cannot give.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOfStock(pub Vec<ShortLine>);

impl Table<Shelf> {
    /// The one place where goods are sold from, today.
    pub fn main(&self, product: ProductId) -> Option<&Shelf> {
        self.get(&(product, LocationId::MAIN))
    }

    fn edit_main(&mut self, product: ProductId) -> Option<&mut Shelf> {
        self.edit(&(product, LocationId::MAIN))
    }

    /// What comes in lies somewhere: on the shelf that is there, or on a new one.
    fn shelve(&mut self, product: ProductId) -> Option<&mut Shelf> {
        if self.main(product).is_none() {
            self.make(Shelf::empty(product));
        }
        self.edit_main(product)
    }

    /// Takes every line off the shelf, or nothing: then it says all that are short.
    pub fn take(&mut self, lines: &[OrderLine], now: Micros) -> Result<(), OutOfStock> {
        let short: Vec<_> = lines.iter().filter_map(|line| self.shortage(line)).collect();
        if !short.is_empty() {
            return Err(OutOfStock(short));
        }
        self.sell(lines, now);
        Ok(())
    }

    pub fn give_back(&mut self, lines: &[OrderLine], now: Micros) {
        for line in lines {
            let units = line.quantity.units();
            if let Some(shelf) = self.shelve(line.product) {
                shelf.shift(units);
                shelf.tally.returned += units;
                shelf.tally.at = now;
            }
        }
    }

    /// Promises units to a cart.
    pub(crate) fn reserve(
        &mut self,
        product: ProductId,
        units: i64,
        now: Micros,
    ) -> Result<(), ShortLine> {
        let available = self.main(product).map_or(0, |shelf| shelf.stock().available());
        if units > available {
            return Err(ShortLine { product, requested: units, available });
        }
        self.promise(product, units, now);
        Ok(())
    }

    /// A cart lets them go. Where somebody wrote beside the shop, fewer may be promised than carts hold: carts
    /// come to their end nevertheless, and then the two agree.
    pub(crate) fn unreserve(&mut self, product: ProductId, units: i64, now: Micros) {
        self.promise(product, -units, now);
    }

    fn promise(&mut self, product: ProductId, units: i64, now: Micros) {
        let promised = self.main(product).map_or(0, |shelf| shelf.reserved);
        let units = units.max(-promised);
        if units != 0
            && let Some(shelf) = self.edit_main(product)
        {
            shelf.reserved += units;
            shelf.tally.reserved += units;
            shelf.tally.at = now;
        }
    }

    /// Sells what a cart was promised: it leaves the shelf and is promised no more. All of it lies there, unless
    /// somebody wrote beside the shop.
    pub(crate) fn sell_held(&mut self, lines: &[OrderLine], now: Micros) -> Result<(), OutOfStock> {
        let lies = |line: &&OrderLine| {
            let on_hand = self.main(line.product).map_or(0, |shelf| shelf.on_hand);
            line.quantity.units() <= on_hand
        };
        let missing = lines.iter().filter(|line| !lies(line)).map(|line| ShortLine {
            product: line.product,
            requested: line.quantity.units(),
            available: self.main(line.product).map_or(0, |shelf| shelf.on_hand),
        });
        let missing: Vec<_> = missing.collect();
        if !missing.is_empty() {
            return Err(OutOfStock(missing));
        }
        for line in lines {
            self.unreserve(line.product, line.quantity.units(), now);
        }
        self.sell(lines, now);
        Ok(())
    }

    fn sell(&mut self, lines: &[OrderLine], now: Micros) {
        for line in lines {
            let units = line.quantity.units();
            if let Some(shelf) = self.edit_main(line.product) {
                shelf.shift(-units);
                shelf.tally.sold += units;
                shelf.tally.at = now;
            }
        }
    }

    /// A product without a shelf has nothing to sell.
    fn shortage(&self, line: &OrderLine) -> Option<ShortLine> {
        let requested = line.quantity.units();
        let available = self.main(line.product).map_or(0, |shelf| shelf.stock().available());
        (requested > available).then_some(ShortLine { product: line.product, requested, available })
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
            let (subject, product, delta) = (of_product(entry.product), entry.product, entry.delta);
            facts.enter(entry);
            facts.tell_if_low(product, -delta, context);
            context.note(facts, TrailKind::StockChanged, subject, (Some(&before), Some(&after)));
        }
        Ok(results)
    }

    fn kept(results: &Vec<StockResult>) -> Box<str> {
        idempotency::written(results)
    }

    fn weight(&self) -> Weight {
        let lines = self.lines.len();
        Weight { rows: 1 + 3 * lines, bytes: 1024 + 2560 * lines }
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
