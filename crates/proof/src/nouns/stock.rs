//! Stock that is moved by hand, and the ledger of all that ever moved.

use super::{Checked, Comes, Draw, Noun, carts, draws::draws, orders, products, rows, same};
use crate::{
    attack::torture::{
        Asked, Comparison, FIRST_ON_HAND, Fate, PRODUCTS, Past, Units, Wire, first_sku,
    },
    simulation::Clients,
};
use domain::{
    Action, CorrelationId, EntryKind, Listed, LocationId, Micros, MoveStock, ProductId,
    RepairStock, StockChange, StockEntry, StockLine, Text, stock,
};
use model::Model;
use rows::{Read, all, caller, coded, failed, optional_text};
use rusqlite::Connection;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub struct Stock;

impl Noun for Stock {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            MoveStock, 12, Grave: |clients| (clients.staff(), clients.movement());
            RepairStock, 3, Grave: |clients| (clients.staff(), clients.repair());
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[(MoveStock::NAME, Comes::Asked), (RepairStock::NAME, Comes::Asked)]
    }

    fn twist(&self, _: &Clients, action: &mut Action) -> bool {
        match action {
            Action::Stock(stock::Action::MoveStock(movement)) => {
                movement.partial = !movement.partial;
            }
            Action::Stock(stock::Action::RepairStock(repair)) => {
                repair.reason = Text::stored("for another reason");
            }
            _ => return false,
        }
        true
    }

    /// The ledger only grows: what is new in it is looked at in its turn. Shelves are judged with their
    /// products.
    fn statements(&self) -> &'static [&'static str] {
        &[SHELVES]
    }

    fn compare(
        &self,
        compared: &Comparison,
        _: &mut Past,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        compare(compared, wrong)
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        let before = model.entries.len() - model.touched.entries;
        judge_entries(rows, before, &model.entries[before..])
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        judge_entries(rows, 0, &model.entries)
    }
}

/// The order of entries within a commit is nobody's promise.
fn judge_entries(rows: &Connection, before: usize, expected: &[StockEntry]) -> Checked {
    let mut found = entries_after(rows, before as i64).map_err(failed)?;
    for entry in expected {
        match found.iter().position(|found| found == entry) {
            Some(place) => drop(found.swap_remove(place)),
            None => return Err(format!("a stock entry is missing: {entry:?} among {found:?}")),
        }
    }
    same("stock entries that nobody made", found, Vec::new())
}

/// But for the oldest. A sale names no request: its id is nil here.
fn entries_after(connection: &Connection, count: i64) -> Read<Vec<StockEntry>> {
    use EntryKind::{Adjustment, Receipt, Return, Sale};
    let sql = "select product_id, location_id, kind, delta, reason, actor_kind, actor_id,
        correlation_id, at from stock_entries order by id limit -1 offset ?1";
    all(connection, sql, [count], |row| {
        let correlation =
            row.get::<_, Option<[u8; 16]>>("correlation_id")?.map_or(Uuid::nil(), Uuid::from_bytes);
        Ok(StockEntry {
            product: ProductId(row.get("product_id")?),
            location: LocationId(row.get("location_id")?),
            kind: coded(row, "kind", [(1, Receipt), (2, Adjustment), (3, Sale), (4, Return)])?,
            delta: row.get("delta")?,
            reason: optional_text(row, "reason")?.map(Text::stored),
            actor: caller(row, "actor")?,
            correlation: CorrelationId(correlation),
            at: Micros(row.get("at")?),
        })
    })
}

impl Clients {
    fn movement(&mut self) -> MoveStock {
        let count = self.random.between(1, 3);
        let lines = (0..count).map(|_| {
            let product = self.reference().map(|(reference, _)| reference);
            let change = match self.random.below(20) {
                0..12 => StockChange::Delta(self.random.between(1, 12)),
                12..15 => StockChange::Delta(self.random.between(-15, 0)),
                15..18 => StockChange::Set(self.random.between(0, 25)),
                18 => StockChange::Set(self.random.between(-1, 0)),
                _ => StockChange::Delta(if self.random.chance(500) { i64::MAX } else { i64::MIN }),
            };
            let reason = self.random.chance(300).then(|| Text::stored("counted"));
            StockLine { product: self.named(product), change, reason }
        });
        MoveStock { lines: lines.collect(), partial: self.random.chance(400) }
    }
}

impl Clients {
    /// Of a product that is there or has yet to come.
    fn repair(&mut self) -> RepairStock {
        let product = ProductId(self.random.between(1, 12));
        RepairStock { product, reason: Text::stored("a restored backup") }
    }
}

/// What a tortured shop is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    Move {
        deltas: Vec<Units>,
    },
    /// The same by a sheet, in several commits. Nothing stands against what only comes in.
    Sheet {
        deltas: Vec<Units>,
    },
    Repair {
        product: i64,
    },
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        match self {
            Ask::Move { .. } | Ask::Sheet { .. } => MoveStock::NAME,
            Ask::Repair { .. } => RepairStock::NAME,
        }
    }

    fn is_keyed(&self) -> bool {
        true
    }

    fn is_done_in_parts(&self) -> bool {
        matches!(self, Ask::Sheet { .. })
    }

    fn wire(&self) -> Wire {
        let deltas = match self {
            Ask::Move { deltas } => deltas,
            Ask::Sheet { deltas } => {
                let row = |(product, delta): &Units| format!("{},{delta}\n", first_sku(*product));
                let rows: String = deltas.iter().map(row).collect();
                return Wire::post(
                    "/api/catalog/inventory.csv",
                    json!(format!("sku,delta\n{rows}")),
                );
            }
            Ask::Repair { product } => {
                let path = format!("/api/catalog/products/{product}/stock/repair");
                return Wire::post(&path, json!({ "reason": "a restored backup" }));
            }
        };
        let line = |(product, delta): &Units| json!({ "product": product, "delta": delta });
        let lines: Vec<Value> = deltas.iter().map(line).collect();
        Wire::post("/api/catalog/inventory/batch", json!({ "lines": lines, "partial": true }))
    }
}

/// Every unit is accounted for by what was acknowledged: `made` are the first units of products.
const SHELVES: &str = "select product_id, on_hand, reserved from stock";

fn compare(compared: &Comparison, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let mut expected: BTreeMap<i64, i64> =
        (1..=PRODUCTS).map(|product| (product, FIRST_ON_HAND)).collect();
    expected.extend(products::made(compared)?);
    for (entry, asked) in compared.asked::<Ask>() {
        let Fate::Done(told) = &entry.fate else { continue };
        let deltas = match asked {
            Ask::Move { deltas } => deltas,
            Ask::Sheet { deltas } => {
                let rows = ["changed", "done_before"].map(|sum| told[sum].as_i64().unwrap_or(0));
                if rows.iter().sum::<i64>() != deltas.len() as i64 {
                    wrong.push(format!("{deltas:?} was answered with {told}"));
                }
                deltas.iter().for_each(|(id, delta)| *expected.entry(*id).or_default() += delta);
                continue;
            }
            // Nobody writes beside a tortured shop.
            Ask::Repair { .. } => {
                if told["entered"] != 0 || told["freed"] != 0 {
                    wrong.push(format!("{asked:?} has found what is not so: {told}"));
                }
                continue;
            }
        };
        let results = told["lines"].as_array().map(Vec::as_slice).unwrap_or_default();
        if results.len() != deltas.len() {
            wrong.push(format!("{deltas:?} was answered with {told}"));
        }
        for ((product, delta), result) in deltas.iter().zip(results) {
            if result["product"] != *product {
                wrong.push(format!("{deltas:?} was answered for others: {told}"));
            }
            if result.get("error").is_none() {
                *expected.entry(*product).or_default() += delta;
            }
        }
    }
    for order in orders::placed(compared)?.iter().filter(|order| order.status.holds_stock()) {
        for (product, many, _) in &order.lines {
            *expected.entry(*product).or_default() -= many;
        }
    }
    let (shelves, held) = (compared.rows.of(SHELVES)?, carts::held(compared)?);
    for [product, on_hand, reserved] in &shelves {
        let (product, on_hand): (i64, i64) = (product.parse()?, on_hand.parse()?);
        let held = held.get(&product).copied().unwrap_or(0);
        let expected = expected.get(&product);
        if expected != Some(&on_hand) || reserved.parse() != Ok(held) {
            wrong.push(format!(
                "product {product}: {on_hand} on hand and {reserved} reserved; by what was \
                 acknowledged {expected:?}, and carts hold {held}"
            ));
        }
        if on_hand < 0 {
            wrong.push(format!("product {product} is oversold: {on_hand}"));
        }
    }
    if shelves.len() != expected.len() {
        wrong.push(format!("{} shelves, not {}", shelves.len(), expected.len()));
    }
    Ok(())
}
