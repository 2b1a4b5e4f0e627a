//! Orders of a tortured shop: whatever was acknowledged is there, as it was told and once.

use crate::{
    attack::torture::{
        Asked, Asker, Client, Comparison, Fate, Person, Step, Units, Wire, decimal, price_minor,
        username,
    },
    nouns::{accounts, carts},
};
use anyhow::bail;
use domain::{EditOrder, Listed, MoveOrder, PlaceOrder};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a tortured shop is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    Place {
        lines: Vec<Units>,
        total_minor: Option<i64>,
        buyer: Option<Buyer>,
    },
    Cancel {
        order: Uuid,
    },
    /// It is to have the note of its own.
    Note {
        order: Uuid,
    },
}

/// Who buys, if not the client as it is logged in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Buyer {
    person: String,
    /// Without hyphens, as it is read.
    account: String,
    asker: Asker,
}

impl Ask {
    pub fn place(client: &mut Client) -> Ask {
        let lines = client.lines(3, 1..=4);
        let total = lines.iter().map(|(product, many)| price_minor(*product) * many).sum();
        let total_minor = client.random.chance(500).then_some(total);
        Ask::Place { lines, total_minor, buyer: None }
    }

    pub fn place_as(client: &mut Client, person: &Person) -> Ask {
        let (account, asker) = (person.id.simple().to_string(), person.asks());
        let buyer = Some(Buyer { person: person.name.clone(), account, asker });
        Ask::Place { lines: client.lines(2, 1..=1), total_minor: None, buyer }
    }

    /// One of the client's own, if there is one.
    pub fn cancel(client: &mut Client) -> Option<Ask> {
        let order = client.random.pick(&client.live).copied();
        order.map(|order| Ask::Cancel { order })
    }

    /// The same.
    pub fn note(client: &mut Client) -> Option<Ask> {
        let order = client.random.pick(&client.live).copied();
        order.map(|order| Ask::Note { order })
    }
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        match self {
            Ask::Place { .. } => PlaceOrder::NAME,
            Ask::Cancel { .. } => MoveOrder::NAME,
            Ask::Note { .. } => EditOrder::NAME,
        }
    }

    fn is_keyed(&self) -> bool {
        !matches!(self, Ask::Note { .. })
    }

    fn may_be_refused(&self, code: &str) -> bool {
        match self {
            Ask::Place { .. } => code == "out_of_stock",
            Ask::Cancel { .. } => false,
            // Its client may have cancelled it before all is over, and asks for what stayed unknown then.
            Ask::Note { .. } => code == "not_editable",
        }
    }

    /// A buyer of his own may have gone since, and an order may have been cancelled.
    fn is_repeated(&self) -> bool {
        !matches!(self, Ask::Place { buyer: Some(_), .. } | Ask::Note { .. })
    }

    fn wire(&self) -> Wire {
        match self {
            Ask::Place { lines, total_minor, buyer } => {
                let line =
                    |(product, many): &Units| json!({ "product": product, "quantity": many });
                let items: Vec<Value> = lines.iter().map(line).collect();
                let mut body = json!({ "order_items": items });
                if let Some(total) = total_minor {
                    body["total"] = decimal(*total).into();
                }
                let asker = buyer.as_ref().map(|buyer| buyer.asker.clone());
                Wire { asker, ..Wire::post("/api/orders/orders", body) }
            }
            Ask::Cancel { order } => {
                let path = format!("/api/orders/orders/{order}/cancel");
                Wire::new("POST", &path)
            }
            Ask::Note { order } => {
                let path = format!("/api/orders/orders/{order}");
                Wire { body: Some(json!({ "note": note_of(order) })), ..Wire::new("PATCH", &path) }
            }
        }
    }

    fn learn(&self, client: &mut Client, body: &Value) {
        match self {
            Ask::Place { buyer: Some(buyer), .. } => {
                let person = client.person_at(&buyer.person, Step::Order);
                person.into_iter().for_each(Person::goes_on);
            }
            Ask::Place { .. } => {
                let id = body["id"].as_str().and_then(|id| Uuid::parse_str(id).ok());
                let id = id.filter(|id| !client.live.contains(id));
                client.live.extend(id.filter(|_| body["status"] == "pending"));
            }
            Ask::Cancel { order } => client.live.retain(|id| id != order),
            Ask::Note { .. } => {}
        }
    }
}

/// One for each order: whoever edits it again leaves it as it is.
fn note_of(order: &Uuid) -> String {
    format!("leave {} at the door", order.simple())
}

pub(super) const ORDERS: &str = "select @id, number, status, total_minor, coalesce(idempotency_key, ''), @owner_id, note from orders";
pub(super) const LINES: &str = "select @order_id, product_id, quantity, unit_price_minor
    from order_lines order by order_id, line";
const CANCELLED: &str = "4";

/// An order as it was found.
#[derive(Debug)]
pub struct OrderRow<'c> {
    id: &'c str,
    number: i64,
    pub is_cancelled: bool,
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
            is_cancelled: status == CANCELLED,
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
    let (orders, cancelled) = (placed(compared)?, cancelled(compared));
    wrong.extend(misnoted(compared, &orders));
    let mut by_key: BTreeMap<(&str, &str), &OrderRow> = BTreeMap::new();
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
                let is_cancelled = cancelled.contains(row.id);
                if let Some(difference) = differs(told, lines, row, is_cancelled) {
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
    for (entry, ask) in compared.asked::<carts::Ask>() {
        let (carts::Ask::Checkout, Some(key)) = (ask, &entry.key) else { continue };
        let owner = username(entry.client).and_then(|name| ids.get(name.as_str()).copied());
        let row = owner.and_then(|owner| by_key.remove(&(owner, key.as_str())));
        match (&entry.fate, row) {
            (Fate::Done(told), Some(row)) => {
                // Which lines it has is looked at with the carts.
                let lines: Vec<Units> =
                    row.lines.iter().map(|(id, many, _)| (*id, *many)).collect();
                let is_cancelled = cancelled.contains(row.id);
                if let Some(difference) = differs(told, &sorted(lines), row, is_cancelled) {
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

fn cancelled(compared: &Comparison) -> BTreeSet<String> {
    let done = compared.asked::<Ask>().filter(|(entry, _)| matches!(entry.fate, Fate::Done(_)));
    done.filter_map(|(_, ask)| match ask {
        Ask::Cancel { order } => Some(order.simple().to_string()),
        Ask::Place { .. } | Ask::Note { .. } => None,
    })
    .collect()
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
