//! Stock: what lies on the shelf and what of it is promised. `0 <= reserved <= on_hand` always holds,
//! and `on_hand` is the sum of the stock entries.

use crate::{
    Caller, CorrelationId, Decision, LocationId, Micros, Outcome, ProductId, ProductRef, Refusal,
    Text,
    commands::Context,
    facts::{Facts, Needs},
};
use serde::{Deserialize, Serialize};

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
    pub reason: Option<Text<500>>,
}

/// Moves stock by hand: all lines or none, or each for itself when `partial`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MoveStock {
    pub lines: Vec<StockLine>,
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

/// How one line ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockResult {
    pub product: Option<ProductId>,
    pub result: Result<Stock, StockProblem>,
}

impl MoveStock {
    pub fn needs(&self, facts: &Facts, needs: &mut Needs) {
        for line in &self.lines {
            needs.product(facts, &line.product);
        }
    }

    pub fn decide(&self, facts: &mut Facts, context: &Context) -> Decision {
        // Lines may name one product twice: each builds on the one before.
        let mut stock = std::collections::BTreeMap::<ProductId, Stock>::new();
        let mut results = Vec::with_capacity(self.lines.len());
        let mut entries = Vec::new();
        for line in &self.lines {
            let product = facts.sellable(&line.product).map(|product| product.id);
            let result = product.ok_or(StockProblem::UnknownProduct).and_then(|id| {
                let present = stock.get(&id).copied().unwrap_or_else(|| facts.stock_of(id));
                let (after, kind) = line.change.applied_to(present)?;
                let delta = after.on_hand - present.on_hand;
                stock.insert(id, after);
                entries.extend((delta != 0).then(|| line.entry(id, kind, delta, context)));
                Ok(after)
            });
            results.push(StockResult { product, result });
        }
        if !self.partial && results.iter().any(|line| line.result.is_err()) {
            return Err(Refusal::StockLines(results));
        }
        for entry in entries {
            facts.enter(entry);
        }
        Ok(Outcome::StockMoved(results))
    }
}

impl StockLine {
    fn entry(
        &self,
        product: ProductId,
        kind: EntryKind,
        delta: i64,
        context: &Context,
    ) -> StockEntry {
        StockEntry {
            product,
            location: LocationId::MAIN,
            kind,
            delta,
            reason: self.reason.clone(),
            actor: context.actor.caller,
            correlation: context.correlation,
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
