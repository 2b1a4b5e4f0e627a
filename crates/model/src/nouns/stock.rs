//! Stock that is moved by hand, as it should be, and the ledger.

use super::trail::{numbered, of_product};
use crate::{Expected, Kept, Model, Modelled, modelled::modelled};
use domain::{
    Caller, CallerKind, Context, CorrelationId, EntryKind, EventKind, Listed, LocationId, Micros,
    MoveStock, OrderLine, ProductId, RepairStock, Repaired, ShortLine, Stock, StockChange,
    StockEntry, StockLine, StockResult, SubjectKind, Text, TrailKind,
    stock::{MoveStockRefusal, StockProblem, repairs::RepairStockRefusal},
};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

const MOST_ON_A_SHELF: i128 = 1_000_000_000_000;

impl Modelled for MoveStock {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let mut shelves = BTreeMap::new();
        let results: Vec<_> =
            self.lines.iter().map(|line| model.moved(line, &mut shelves)).collect();
        if !self.partial && results.iter().any(|line| line.result.is_err()) {
            return Err(vec![MoveStockRefusal::Lines(results)]);
        }
        for (line, done) in self.lines.iter().zip(&results) {
            let StockResult { product: Some(id), result: Ok(after), .. } = done else { continue };
            let before = model.stock[id].on_hand;
            let delta = after.on_hand - before;
            let kind = match line.change {
                StockChange::Delta(1..) => EntryKind::Receipt,
                StockChange::Delta(_) | StockChange::Set(_) => EntryKind::Adjustment,
            };
            // A recount that changes nothing leaves no entry, and no row to look at.
            if let Some(entry) = entry(*id, (kind, delta), line.reason.as_ref(), context) {
                model.entries.push(entry);
                model.touched.products.insert(*id);
                let sides = [before, after.on_hand].map(|units| Some(json!({ "on_hand": units })));
                model.note(TrailKind::StockChanged, of_product(*id), sides, context);
                let data = format!(r#"{{"v":1,"from":{before},"to":{}}}"#, after.on_hand);
                let of = numbered(SubjectKind::Product, id.0);
                model.tell((EventKind::StockChanged, None), of, Some(data), context);
            }
            model.stock.insert(*id, *after);
            model.tell_low(*id, -delta, context);
        }
        Ok(results)
    }

    fn kept_of(results: &Vec<StockResult>) -> Option<Kept> {
        Some(Kept::answer(results))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        MoveStock::before(kept).map(Kept::answer)
    }
}

/// Nobody writes beside the shop here, so there is nothing to repair, whatever else is done.
impl Modelled for RepairStock {
    fn expect(&self, model: &mut Model, _: Context) -> Expected<Self> {
        let product = self.product;
        match model.products.contains_key(&product) {
            true => Ok(Repaired { product, entered: 0, freed: 0, stock: model.stock[&product] }),
            false => Err(vec![RepairStockRefusal::UnknownProduct]),
        }
    }

    fn kept_of(repaired: &Repaired) -> Option<Kept> {
        Some(Kept::answer(repaired))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        RepairStock::before(kept).map(Kept::answer)
    }
}

impl Model {
    /// One line, after the lines before it.
    fn moved(&self, line: &StockLine, shelves: &mut BTreeMap<ProductId, Stock>) -> StockResult {
        let Some(id) = self.find_for_sale(&line.product).map(|product| product.id) else {
            let result = Err(StockProblem::UnknownProduct);
            return StockResult { product: None, result, is_unchanged: false };
        };
        let shelf = shelves.get(&id).copied().unwrap_or(self.stock[&id]);
        let units = match line.change {
            StockChange::Delta(delta) => i128::from(shelf.on_hand) + i128::from(delta),
            StockChange::Set(units) => i128::from(units),
        };
        let result = if units > MOST_ON_A_SHELF {
            Err(StockProblem::TooMuch)
        } else if units < i128::from(shelf.reserved) {
            Err(StockProblem::BelowReserved { reserved: shelf.reserved })
        } else {
            Ok(Stock { on_hand: units as i64, ..shelf })
        };
        shelves.extend(result.iter().map(|after| (id, *after)));
        let is_unchanged = result == Ok(shelf);
        StockResult { product: Some(id), result, is_unchanged }
    }

    /// Every line that asks for more than is there and promised to nobody.
    pub(crate) fn short_lines(&self, lines: &[OrderLine]) -> Option<Vec<ShortLine>> {
        let short = lines.iter().filter_map(|line| {
            let (product, requested) = (line.product, line.quantity.units());
            let available = self.stock[&product].on_hand - self.stock[&product].reserved;
            (requested > available).then_some(ShortLine { product, requested, available })
        });
        let short: Vec<_> = short.collect();
        (!short.is_empty()).then_some(short)
    }

    /// Off the shelves with a sign below nought, and back onto them.
    pub(crate) fn shift(&mut self, lines: &[OrderLine], sign: i64) {
        for line in lines {
            let delta = sign * line.quantity.units();
            self.stock.entry(line.product).or_default().on_hand += delta;
            let touched = &mut self.touched;
            let ledger = if sign < 0 { &mut touched.sold } else { &mut touched.returned };
            *ledger.entry(line.product).or_default() += delta;
            touched.products.insert(line.product);
        }
    }

    /// One entry per product and commit for what was sold, and one for what came back.
    pub(crate) fn enter_sales(&mut self, at: Micros) {
        let sold = std::mem::take(&mut self.touched.sold);
        let returned = std::mem::take(&mut self.touched.returned);
        for (units, kind) in [(sold, EntryKind::Sale), (returned, EntryKind::Return)] {
            self.entries.extend(units.into_iter().map(|(product, delta)| StockEntry {
                product,
                location: LocationId::MAIN,
                kind,
                delta,
                reason: None,
                actor: Caller { kind: CallerKind::System, id: Uuid::nil() },
                correlation: CorrelationId(Uuid::nil()),
                at,
            }));
        }
    }
}

/// A line of the ledger, if anything was moved.
pub(crate) fn entry(
    product: ProductId,
    (kind, delta): (EntryKind, i64),
    reason: Option<&Text<500>>,
    Context { who, now }: Context,
) -> Option<StockEntry> {
    let (location, reason) = (LocationId::MAIN, reason.cloned());
    let (actor, correlation) = (who.actor.caller, who.correlation);
    let entry = StockEntry { product, location, kind, delta, reason, actor, correlation, at: now };
    (delta != 0).then_some(entry)
}

modelled!(stock: MoveStock(MoveStock), RepairStock(RepairStock));
