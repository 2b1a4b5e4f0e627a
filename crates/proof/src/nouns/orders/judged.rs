//! Orders of a tortured shop as they are found: whatever was acknowledged is there, as it was told and once.

use super::{
    moved,
    tortured::{Ask, note_of},
};
use crate::{
    attack::torture::{Comparison, Fate, Units, decimal, price_minor, username},
    nouns::{accounts, carts},
};
use anyhow::{Context, bail};
use domain::{Caller, OrderStatus};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub(super) const ORDERS: &str = "select @id, number, status, total_minor, coalesce(idempotency_key, ''), @owner_id, note from orders";
pub(super) const LINES: &str = "select @order_id, product_id, quantity, unit_price_minor
    from order_lines order by order_id, line";

/// An order as it was found.
#[derive(Debug)]
pub struct OrderRow<'c> {
    pub(super) id: &'c str,
    pub(super) number: i64,
    pub status: OrderStatus,
    total_minor: i64,
    pub key: &'c str,
    pub owner: &'c str,
    note: &'c str,
    /// Product, quantity, price of one.
    pub lines: Vec<(i64, i64, i64)>,
}

/// All orders that there are.
pub fn placed<'c>(compared: &'c Comparison) -> anyhow::Result<Vec<OrderRow<'c>>> {
    let mut of_order: BTreeMap<&str, Vec<(i64, i64, i64)>> = BTreeMap::new();
    for [order, product, quantity, price] in compared.rows.of(LINES)? {
        let line = (product.parse()?, quantity.parse()?, price.parse()?);
        of_order.entry(order).or_default().push(line);
    }
    let mut orders = Vec::new();
    for [id, number, status, total, key, owner, note] in compared.rows.of(ORDERS)? {
        orders.push(OrderRow {
            id,
            number: number.parse()?,
            status: status.parse().ok().and_then(OrderStatus::coded).context("no such status")?,
            total_minor: total.parse()?,
            key,
            owner,
            note,
            lines: of_order.remove(id).unwrap_or_default(),
        });
    }
    if let Some((id, lines)) = of_order.pop_first() {
        bail!("order {id} is missing, and has lines: {lines:?}");
    }
    Ok(orders)
}

/// And what was refused is not there, nor is anything that nobody asked for.
pub(super) fn compare(compared: &Comparison, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let orders = placed(compared)?;
    wrong.extend(misnoted(compared, &orders));
    moved::compare(compared, &orders, wrong)?;
    let mut by_key = ByKey::new();
    let mut numbers = BTreeSet::new();
    for row in &orders {
        if let Some(other) = by_key.insert((row.owner, row.key), row) {
            wrong.push(format!("key {} has two orders: {} and {}", row.key, other.id, row.id));
        }
        if !numbers.insert(row.number) {
            wrong.push(format!("number {} is given twice", row.number));
        }
    }
    let ids: BTreeMap<&str, &str> =
        accounts::named(compared)?.into_iter().map(|[name, id]| (name, id)).collect();
    for (entry, ask) in compared.asked::<Ask>() {
        let (Ask::Place { lines, buyer, .. }, Some(key)) = (ask, &entry.key) else { continue };
        let buyer = buyer.as_ref().map(|buyer| buyer.account.as_str());
        let known = || username(entry.client).and_then(|name| ids.get(name.as_str()).copied());
        let owner = buyer.or_else(known);
        let row = owner.and_then(|owner| by_key.remove(&(owner, key.as_str())));
        match (&entry.fate, row) {
            (Fate::Done(told), Some(row)) => {
                if let Some(difference) = differs(told, lines, row) {
                    wrong.push(format!("key {key}: {difference}; told {told}, found {row:?}"));
                }
            }
            (Fate::Done(told), None) => {
                wrong.push(format!("key {key}: acknowledged and lost: {told}"));
            }
            (Fate::NotDone | Fate::Refused(_), Some(row)) => {
                wrong.push(format!("key {key}: told {:?}, and yet placed: {row:?}", entry.fate));
            }
            // It was said already that it stays unknown.
            (Fate::Unknown, _) | (Fate::NotDone | Fate::Refused(_), None) => {}
        }
    }
    handed_over(compared, &mut by_key, wrong);
    for (entry, ask) in compared.asked::<carts::Ask>() {
        let (carts::Ask::Checkout, Some(key)) = (ask, &entry.key) else { continue };
        let owner = username(entry.client).and_then(|name| ids.get(name.as_str()).copied());
        let row = owner.and_then(|owner| by_key.remove(&(owner, key.as_str())));
        match (&entry.fate, row) {
            (Fate::Done(told), Some(row)) => {
                // Which lines it has is looked at with the carts.
                let lines: Vec<Units> =
                    row.lines.iter().map(|(id, many, _)| (*id, *many)).collect();
                if let Some(difference) = differs(told, &sorted(lines), row) {
                    wrong.push(format!("key {key}: {difference}; told {told}, found {row:?}"));
                }
            }
            (Fate::Done(told), None) => {
                wrong.push(format!("key {key}: acknowledged and lost: {told}"));
            }
            (Fate::NotDone | Fate::Refused(_), Some(row)) => {
                wrong.push(format!("key {key}: told {:?}, and yet placed: {row:?}", entry.fate));
            }
            (Fate::Unknown, _) | (Fate::NotDone | Fate::Refused(_), None) => {}
        }
    }
    for row in by_key.into_values() {
        wrong.push(format!("nobody asked for this order: {row:?}"));
    }
    Ok(())
}

type ByKey<'r, 'c> = BTreeMap<(&'c str, &'c str), &'r OrderRow<'c>>;

/// The orders of channels, each under its own name.
fn handed_over(compared: &Comparison, by_key: &mut ByKey, wrong: &mut Vec<String>) {
    for (entry, ask) in compared.asked::<Ask>() {
        let Ask::HandOver { person, order_id, lines, .. } = ask else { continue };
        let channel = Caller::channel(person).id.simple().to_string();
        let place = by_key.keys().find(|(owner, key)| *owner == channel && key == order_id);
        let row = place.copied().and_then(|place| by_key.remove(&place));
        match (&entry.fate, row) {
            (Fate::Done(told), Some(row)) => {
                if let Some(difference) = handed_differs(told, lines, row) {
                    wrong.push(format!("{order_id}: {difference}; told {told}, found {row:?}"));
                }
            }
            (Fate::Done(told), None) => {
                wrong.push(format!("{order_id}: acknowledged and lost: {told}"));
            }
            (Fate::NotDone | Fate::Refused(_), Some(row)) => {
                wrong.push(format!("{order_id}: told {:?}, and yet placed: {row:?}", entry.fate));
            }
            (Fate::Unknown, _) | (Fate::NotDone | Fate::Refused(_), None) => {}
        }
    }
}

/// Whatever was edited says so, and nothing else does.
fn misnoted(compared: &Comparison, orders: &[OrderRow]) -> Vec<String> {
    let (mut done, mut doubtful) = (BTreeSet::new(), BTreeSet::new());
    for (entry, ask) in compared.asked::<Ask>() {
        let Ask::Note { order } = ask else { continue };
        match entry.fate {
            Fate::Done(_) => done.insert(order.simple().to_string()),
            // What is refused may have been done by an attempt before.
            Fate::Unknown | Fate::Refused(_) => doubtful.insert(order.simple().to_string()),
            Fate::NotDone => continue,
        };
    }
    let is_wrong = |row: &&OrderRow| {
        let is_noted = Uuid::parse_str(row.id).is_ok_and(|id| row.note == note_of(&id));
        match (done.contains(row.id), doubtful.contains(row.id)) {
            (true, _) => !is_noted,
            (false, true) => !is_noted && !row.note.is_empty(),
            (false, false) => !row.note.is_empty(),
        }
    };
    let told = |row: &OrderRow| {
        let was = if done.contains(row.id) { "acknowledged" } else { "not acknowledged" };
        format!("an edit of order {} was {was}, and its note is {:?}", row.id, row.note)
    };
    orders.iter().filter(is_wrong).map(told).collect()
}

fn sorted(mut lines: Vec<Units>) -> Vec<Units> {
    lines.sort_unstable();
    lines
}

/// Where it is by now is looked at with its moves.
fn differs(told: &Value, lines: &[(i64, i64)], row: &OrderRow) -> Option<&'static str> {
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
        () => None,
    }
}

/// What was agreed elsewhere is the total, whatever the goods cost here.
fn handed_differs(told: &Value, lines: &[Units], row: &OrderRow) -> Option<&'static str> {
    let asked: Vec<_> = lines.iter().map(|(id, many)| (*id, *many, price_minor(*id))).collect();
    let id = told["id"].as_str().unwrap_or_default().replace('-', "");
    let mut kept = row.lines.clone();
    kept.sort_unstable();
    match () {
        () if id != row.id => Some("another order was told"),
        () if told["number"].as_i64() != Some(row.number) => Some("another number was told"),
        () if kept != asked => Some("its lines are not what was handed over"),
        () if row.total_minor != 700 => Some("its total is not what was agreed"),
        () if told["total_amount"] != "7.00" => Some("another total was told"),
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
