//! The journal against the database: what was acknowledged is there, as it was told and once; what
//! was refused is not; and nothing is there that nobody asked for.

use super::{
    asks::{Ask, decimal},
    journal::{Entry, Fate},
    rows::{OrderRow, Rows},
    stand::{FIRST_ON_HAND, PRODUCTS, price_minor, username},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Names that products were found to have, and by which acknowledgement at the latest.
pub type Names = BTreeMap<i64, (usize, String)>;

/// What is compared.
pub struct Comparison<'c> {
    pub entries: &'c [Entry],
    /// Where this cycle begins.
    pub from: usize,
    /// Whether a request may have been done after its sender had asked again.
    pub leaves_requests_behind: bool,
    pub rows: &'c Rows,
}

impl Comparison<'_> {
    /// What does not agree, in words. Names are those of the cycle before, and then of this one.
    pub fn wrong(&self, names: &mut Names) -> Vec<String> {
        let mut wrong = Vec::new();
        wrong.extend(self.rows.damage.iter().map(|damage| format!("the file is broken: {damage}")));
        self.orders(&mut wrong);
        let made = self.products(&mut wrong);
        self.names(names, &mut wrong);
        self.stock(&made, &mut wrong);
        self.accounts(&mut wrong);
        wrong
    }

    fn orders(&self, wrong: &mut Vec<String>) {
        let cancelled = self.cancelled();
        let mut by_key: BTreeMap<(&str, &str), &OrderRow> = BTreeMap::new();
        let mut numbers = BTreeSet::new();
        for row in &self.rows.orders {
            if let Some(other) = by_key.insert((&row.owner, &row.key), row) {
                wrong.push(format!("key {} has two orders: {} and {}", row.key, other.id, row.id));
            }
            if !numbers.insert(row.number) {
                wrong.push(format!("number {} is given twice", row.number));
            }
        }
        let ids: BTreeMap<&str, &str> =
            self.rows.accounts.iter().map(|(name, id)| (name.as_str(), id.as_str())).collect();
        for entry in self.entries {
            let (Ask::PlaceOrder { lines, .. }, Some(key)) = (&entry.ask, &entry.key) else {
                continue;
            };
            let owner = username(entry.client).and_then(|name| ids.get(name.as_str()).copied());
            let row = owner.and_then(|owner| by_key.remove(&(owner, key.as_str())));
            match (&entry.fate, row) {
                (Fate::Done(told), Some(row)) => {
                    let is_cancelled = cancelled.contains(&row.id);
                    if let Some(difference) = differs(told, lines, row, is_cancelled) {
                        wrong.push(format!("key {key}: {difference}; told {told}, found {row:?}"));
                    }
                }
                (Fate::Done(told), None) => {
                    wrong.push(format!("key {key}: acknowledged and lost: {told}"));
                }
                (Fate::NotDone | Fate::Refused(_), Some(row)) => {
                    wrong
                        .push(format!("key {key}: told {:?}, and yet placed: {row:?}", entry.fate));
                }
                // It was said already that it stays unknown.
                (Fate::Unknown, _) | (Fate::NotDone | Fate::Refused(_), None) => {}
            }
        }
        for row in by_key.into_values() {
            wrong.push(format!("nobody asked for this order: {row:?}"));
        }
    }

    fn cancelled(&self) -> BTreeSet<String> {
        let done = self.entries.iter().filter(|entry| matches!(entry.fate, Fate::Done(_)));
        done.filter_map(|entry| match &entry.ask {
            Ask::Cancel { order } => Some(order.simple().to_string()),
            _ => None,
        })
        .collect()
    }

    /// The products that clients have made, with their first quantity.
    fn products(&self, wrong: &mut Vec<String>) -> BTreeMap<i64, i64> {
        let mut by_sku = BTreeMap::new();
        for row in &self.rows.products {
            let is_first = row.id <= PRODUCTS;
            if is_first && row.price_minor != price_minor(row.id) {
                wrong.push(format!("{row:?}: nobody has changed its price"));
            }
            if !is_first && by_sku.insert(row.sku.as_str(), row).is_some() {
                wrong.push(format!("two products have the sku {}", row.sku));
            }
        }
        let mut made = BTreeMap::new();
        for entry in self.entries {
            let Ask::CreateProduct { sku, quantity, price_minor } = &entry.ask else { continue };
            match (&entry.fate, by_sku.remove(sku.as_str())) {
                (Fate::Done(told), Some(row))
                    if told["id"] == row.id && row.price_minor == *price_minor =>
                {
                    made.insert(row.id, *quantity);
                }
                (Fate::Done(told), found) => {
                    wrong.push(format!("product {sku}: told {told}, found {found:?}"));
                }
                (Fate::NotDone | Fate::Refused(_), Some(row)) => {
                    wrong.push(format!("told {:?}, and yet made: {row:?}", entry.fate));
                }
                _ => {}
            }
        }
        wrong.extend(by_sku.keys().map(|sku| format!("nobody asked for the product {sku}")));
        made
    }

    fn names(&self, names: &mut Names, wrong: &mut Vec<String>) {
        let mut edits: BTreeMap<i64, i64> = BTreeMap::new();
        let mut last: BTreeMap<i64, (usize, &str)> = BTreeMap::new();
        let mut late: BTreeSet<(i64, &str)> = BTreeSet::new();
        for (place, entry) in self.entries.iter().enumerate() {
            let Ask::EditProduct { product, name } = &entry.ask else { continue };
            if matches!(entry.fate, Fate::Done(_)) {
                *edits.entry(*product).or_default() += 1;
                let this = (entry.acknowledged, name.as_str());
                last.entry(*product).and_modify(|last| *last = (*last).max(this)).or_insert(this);
            }
            // An attempt without an answer may have come after one that had one.
            if entry.was_unknown && place >= self.from && self.leaves_requests_behind {
                late.insert((*product, name));
            }
        }
        for row in &self.rows.products {
            let edits = edits.get(&row.id).copied().unwrap_or(0);
            if row.version <= edits {
                wrong.push(format!("{row:?}: its version is that of fewer than {edits} edits"));
            }
            let found_before = names.get(&row.id).cloned();
            let before = found_before.unwrap_or_else(|| (0, first_name(row.id, &row.sku)));
            let (at, expected) = match last.get(&row.id) {
                Some((at, name)) if *at > before.0 => (*at, (*name).to_owned()),
                _ => before,
            };
            if row.name != expected && !late.contains(&(row.id, row.name.as_str())) {
                wrong.push(format!("{row:?}: its last name that was acknowledged is {expected}"));
            }
            names.insert(row.id, (at, row.name.clone()));
        }
    }

    /// Every unit is accounted for by what was acknowledged.
    fn stock(&self, made: &BTreeMap<i64, i64>, wrong: &mut Vec<String>) {
        let mut expected: BTreeMap<i64, i64> =
            (1..=PRODUCTS).map(|product| (product, FIRST_ON_HAND)).collect();
        expected.extend(made);
        for entry in self.entries {
            let (Ask::MoveStock { deltas }, Fate::Done(told)) = (&entry.ask, &entry.fate) else {
                continue;
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
        for order in self.rows.orders.iter().filter(|order| !order.is_cancelled) {
            for (product, many, _) in &order.lines {
                *expected.entry(*product).or_default() -= many;
            }
        }
        for (product, (on_hand, reserved)) in &self.rows.stock {
            let expected = expected.get(product);
            if expected != Some(on_hand) || *reserved != 0 {
                wrong.push(format!(
                    "product {product}: {on_hand} on hand and {reserved} reserved; by what was \
                     acknowledged {expected:?} and none"
                ));
            }
            if *on_hand < 0 {
                wrong.push(format!("product {product} is oversold: {on_hand}"));
            }
        }
        if self.rows.stock.len() != expected.len() {
            wrong.push(format!("{} shelves, not {}", self.rows.stock.len(), expected.len()));
        }
    }

    fn accounts(&self, wrong: &mut Vec<String>) {
        let mut found: BTreeMap<&str, u32> = BTreeMap::new();
        for (username, _) in &self.rows.accounts {
            *found.entry(username).or_default() += 1;
        }
        for entry in self.entries {
            let Ask::Register { username } = &entry.ask else { continue };
            let count = found.get(username.as_str()).copied().unwrap_or(0);
            let is_right = match &entry.fate {
                Fate::Done(_) => count == 1,
                Fate::NotDone | Fate::Refused(_) => count == 0,
                Fate::Unknown => true,
            };
            if !is_right {
                wrong.push(format!("{username} is there {count} times, told {:?}", entry.fate));
            }
        }
    }
}

/// As it was seeded, or made by a client.
fn first_name(product: i64, sku: &str) -> String {
    match product {
        ..=PRODUCTS => format!("Product {product}"),
        _ => format!("Product {sku}"),
    }
}

fn differs(
    told: &Value,
    lines: &[(i64, i64)],
    row: &OrderRow,
    is_cancelled: bool,
) -> Option<&'static str> {
    let asked: Vec<_> = lines.iter().map(|(id, many)| (*id, *many, price_minor(*id))).collect();
    let total: i64 = asked.iter().map(|(_, many, price)| many * price).sum();
    let id = told["id"].as_str().unwrap_or_default().replace('-', "");
    let customer = told["customer"].as_str().unwrap_or_default().replace('-', "");
    let mut kept = row.lines.clone();
    kept.sort_unstable();
    match () {
        () if id != row.id => Some("another order was told"),
        () if customer != row.owner => Some("another customer was told"),
        () if told["number"].as_i64() != Some(row.number) => Some("another number was told"),
        () if kept != asked => Some("its lines are not what was asked for"),
        () if told_lines(told) != asked => Some("other lines were told"),
        () if row.total_minor != total => Some("its total is not that of its lines"),
        () if told["total"] != decimal(total) => Some("another total was told"),
        () if told["currency"] != "EUR" => Some("another currency was told"),
        () if row.is_cancelled != is_cancelled => Some("its status is not what was told"),
        () => None,
    }
}

fn told_lines(told: &Value) -> Vec<(i64, i64, i64)> {
    let items = told["order_items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let line = |item: &Value| {
        let price = item["price"].as_str()?.replace('.', "").parse().ok()?;
        Some((item["product"].as_i64()?, item["quantity"].as_i64()?, price))
    };
    let mut lines: Vec<_> = items.iter().filter_map(line).collect();
    lines.sort_unstable();
    lines
}
