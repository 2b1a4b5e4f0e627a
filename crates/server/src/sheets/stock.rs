//! The sheet of the stock: it goes out with what lies there, and comes in with a `delta` or a `set` beside
//! it. What lay there when it was written is passed over on the way in, for it was sold since.

use super::{
    exports::record,
    imports::{Change, Compared, Counts, Fault, Sheet},
    lines::Line,
    products::Cells,
};
use crate::{
    api::catalog::stock::explain,
    http::{parsers::integer, sheets::Columned, texts::line_of},
};
use domain::{
    Currency, MoveStock, Product, ProductRef, Sku, Stock, StockChange, StockLine, StockResult,
    Text,
    stock::{MAX_ON_HAND, MoveStockRefusal, StockProblem},
};

/// As it goes out.
pub const SHOWN: &[&str] = &["sku", "on_hand", "reserved", "available", "low_stock_threshold"];

pub fn written((product, stock): &(Product, Stock)) -> Vec<u8> {
    let threshold = product.low_stock_threshold.map(|units| units.to_string());
    let numbers = [stock.on_hand, stock.reserved, stock.available()];
    let [on_hand, reserved, available] = numbers.map(|units| units.to_string());
    let threshold = threshold.unwrap_or_default();
    record([product.sku.as_str(), &on_hand, &reserved, &available, &threshold])
}

pub struct StockSheet;

impl Columned for StockSheet {
    const REQUIRED: &'static [&'static str] = &["sku"];
    const OPTIONAL: &'static [&'static str] =
        &["delta", "set", "reason", "on_hand", "reserved", "available", "low_stock_threshold"];
    const EXAMPLE: &'static str = "sku,delta,reason\nTIN-1,5,delivery\n";
}

/// A row without a change moves nothing.
pub struct Row {
    sku: Sku,
    change: Option<StockChange>,
    reason: Option<Text<500>>,
}

impl Sheet for StockSheet {
    type Row = Row;
    type Outcome = Vec<StockResult>;
    type Refusal = MoveStockRefusal;
    type Command = MoveStock;

    fn read(line: &Line, _: Currency) -> (Row, Vec<Fault>) {
        let mut cells = Cells::of(line);
        let sku = cells.sku();
        let delta = cells.given("delta", integer(-MAX_ON_HAND..=MAX_ON_HAND));
        let set = cells.given("set", integer(0..=MAX_ON_HAND));
        let reason = cells.given("reason", line_of::<500>());
        if delta.is_some() && set.is_some() {
            cells.wrong.push(Fault::new("set", "excludes delta: leave one of them empty"));
        }
        let change = delta.map(StockChange::Delta).or(set.map(StockChange::Set));
        (Row { sku, change, reason }, cells.wrong)
    }

    fn sku(row: &Row) -> &Sku {
        &row.sku
    }

    fn is_idle(row: &Row) -> bool {
        row.change.is_none()
    }

    fn compare(row: &Row, there: Option<&(Product, Stock)>) -> Result<Compared, Vec<Fault>> {
        let Some((_, stock)) = there else { return Err(vec![fault(StockProblem::UnknownProduct)]) };
        let after = match row.change {
            // However much lies there: it asks for nothing.
            None => return Ok(Compared::default()),
            // Neither of them is far from what a shelf may hold.
            Some(StockChange::Delta(delta)) => stock.on_hand.saturating_add(delta),
            Some(StockChange::Set(count)) => count,
        };
        if after < stock.reserved {
            return Err(vec![fault(StockProblem::BelowReserved { reserved: stock.reserved })]);
        }
        if after > MAX_ON_HAND {
            return Err(vec![fault(StockProblem::TooMuch)]);
        }
        let change = (after != stock.on_hand).then(|| Change {
            field: "on_hand",
            from: stock.on_hand.to_string(),
            to: after.to_string(),
        });
        Ok(Compared { is_new: false, changes: change.into_iter().collect() })
    }

    fn command(rows: Vec<Row>) -> MoveStock {
        let line = |Row { sku, change, reason }: Row| {
            Some(StockLine { product: ProductRef::Sku(sku), change: change?, reason })
        };
        MoveStock { lines: rows.into_iter().filter_map(line).collect(), partial: false }
    }

    fn counts(lines: &Vec<StockResult>) -> Counts {
        let unchanged = lines.iter().filter(|line| line.is_unchanged).count() as i64;
        Counts { changed: lines.len() as i64 - unchanged, unchanged, ..Counts::default() }
    }

    fn faults(refusal: MoveStockRefusal) -> Vec<(usize, Fault)> {
        let MoveStockRefusal::Lines(lines) = refusal;
        let wrong = lines.into_iter().enumerate();
        wrong.filter_map(|(place, line)| Some((place, fault(line.result.err()?)))).collect()
    }
}

fn fault(problem: StockProblem) -> Fault {
    let field = if problem == StockProblem::UnknownProduct { "sku" } else { "delta" };
    Fault::new(field, explain(problem))
}
