//! Products of a tortured shop: every client makes its own and archives them, and every product has one
//! editor, so that the last name that was told is the last one that was given.

use crate::attack::torture::{
    Asked, Client, Comparison, Fate, PRODUCTS, Past, Wire, decimal, price_minor,
};
use domain::{ArchiveProduct, CreateProduct, EditProduct, ImportProducts, Listed};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a tortured shop is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    Create {
        sku: String,
        price_minor: i64,
        quantity: i64,
    },
    Edit {
        product: i64,
        name: String,
    },
    /// A sheet of one row.
    Import {
        sku: String,
        price_minor: i64,
        quantity: i64,
    },
    Archive {
        product: i64,
        sku: String,
    },
}

impl Ask {
    pub fn create(client: &mut Client) -> Ask {
        // What was given free is taken again.
        let free = client.free_skus.pop();
        Ask::Create {
            sku: free.unwrap_or_else(|| client.name("SKU")),
            price_minor: client.random.between(0, 10_000),
            quantity: client.random.between(0, 50),
        }
    }

    pub fn import(client: &mut Client) -> Ask {
        Ask::Import {
            sku: client.name("SHEET"),
            price_minor: client.random.between(0, 10_000),
            quantity: client.random.between(0, 50),
        }
    }

    pub fn edit(client: &mut Client) -> Ask {
        let place = client.random.below(PRODUCTS as usize / 2) as i64 * 2;
        let product = 1 + place + (client.number as i64 & 1);
        Ask::Edit { product, name: client.name("Name") }
    }
}

impl Ask {
    /// One that this client has made, once.
    pub fn archive(client: &mut Client) -> Option<Ask> {
        let sold = client.made.iter().filter(|(_, sku)| sku.is_some());
        let sold: Vec<i64> = sold.map(|(product, _)| *product).collect();
        let product = *client.random.pick(&sold)?;
        let sku = client.made.insert(product, None)??;
        Some(Ask::Archive { product, sku })
    }
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        match self {
            Ask::Create { .. } => CreateProduct::NAME,
            Ask::Edit { .. } => EditProduct::NAME,
            Ask::Import { .. } => ImportProducts::NAME,
            Ask::Archive { .. } => ArchiveProduct::NAME,
        }
    }

    fn is_keyed(&self) -> bool {
        matches!(self, Ask::Create { .. } | Ask::Import { .. })
    }

    fn may_be_refused(&self, code: &str) -> bool {
        matches!(self, Ask::Archive { .. }) && code == "not_found"
    }

    fn is_done_if_refused(&self, code: &str) -> bool {
        self.may_be_refused(code)
    }

    fn wire(&self) -> Wire {
        match self {
            Ask::Create { sku, price_minor, quantity } => Wire::post(
                "/api/catalog/products",
                json!({
                    "sku": sku, "name": format!("Product {sku}"), "price": decimal(*price_minor),
                    "quantity": quantity,
                }),
            ),
            Ask::Import { sku, price_minor, quantity } => Wire::post(
                "/api/catalog/products.csv",
                json!(format!(
                    "sku,name,price,quantity\n{sku},Product {sku},{},{quantity}\n",
                    decimal(*price_minor)
                )),
            ),
            Ask::Edit { product, name } => Wire {
                body: Some(json!({ "name": name })),
                ..Wire::new("PATCH", &format!("/api/catalog/products/{product}"))
            },
            Ask::Archive { product, .. } => {
                Wire::new("DELETE", &format!("/api/catalog/products/{product}"))
            }
        }
    }

    fn learn(&self, client: &mut Client, body: &Value) {
        match self {
            Ask::Create { sku, .. } => {
                if let Some(id) = body["id"].as_i64() {
                    client.made.entry(id).or_insert_with(|| Some(sku.clone()));
                }
            }
            Ask::Archive { sku, .. } => {
                client.free_skus.retain(|free| free != sku);
                client.free_skus.push(sku.clone());
            }
            Ask::Edit { .. } | Ask::Import { .. } => {}
        }
    }
}

const NOUN: &str = "products";
pub(super) const PRICED: &str =
    "select p.id, p.version, r.amount_minor, p.sku, coalesce(p.former_sku, ''), p.name
    from products p join prices r on r.product_id = p.id order by p.id";

/// A product as it was found.
#[derive(Debug)]
struct ProductRow<'c> {
    id: i64,
    /// What it was made with.
    sku: &'c str,
    is_archived: bool,
    name: &'c str,
    version: i64,
    price_minor: i64,
}

fn found<'c>(compared: &'c Comparison) -> anyhow::Result<Vec<ProductRow<'c>>> {
    let row = |[id, version, price, sku, former, name]: [&'c str; 6]| {
        let (id, version, price_minor) = (id.parse()?, version.parse()?, price.parse()?);
        let is_archived = !former.is_empty();
        let sku = if is_archived { former } else { sku };
        Ok(ProductRow { id, sku, is_archived, name, version, price_minor })
    };
    compared.rows.of(PRICED)?.into_iter().map(row).collect()
}

pub(super) fn compare(
    compared: &Comparison,
    past: &mut Past,
    wrong: &mut Vec<String>,
) -> anyhow::Result<()> {
    let products = found(compared)?;
    compare_made(compared, &products, wrong);
    compare_archived(compared, &products, wrong);
    compare_names(compared, &products, past, wrong);
    Ok(())
}

/// The products that clients have made, with their first quantity.
pub fn made(compared: &Comparison) -> anyhow::Result<BTreeMap<i64, i64>> {
    Ok(compare_made(compared, &found(compared)?, &mut Vec::new()))
}

fn compare_made(
    compared: &Comparison,
    products: &[ProductRow],
    wrong: &mut Vec<String>,
) -> BTreeMap<i64, i64> {
    let (mut by_id, mut sold) = (BTreeMap::new(), BTreeSet::new());
    for row in products {
        let is_first = row.id <= PRODUCTS;
        if is_first && row.price_minor != price_minor(row.id) {
            wrong.push(format!("{row:?}: nobody has changed its price"));
        }
        if !is_first {
            by_id.insert(row.id, row);
        }
        if !is_first && !row.is_archived && !sold.insert(row.sku) {
            wrong.push(format!("two products have the sku {}", row.sku));
        }
    }
    let mut made = BTreeMap::new();
    for (entry, ask) in compared.asked::<Ask>() {
        let (Ask::Create { sku, quantity, price_minor }
        | Ask::Import { sku, quantity, price_minor }) = ask
        else {
            continue;
        };
        let Fate::Done(told) = &entry.fate else { continue };
        // A sheet tells how many it has made, and no id.
        let id = match told["id"].as_i64() {
            Some(id) => Some(id),
            None => {
                // One who asks again is told that it was done before.
                let is_made = told["created"] == 1 || told["done_before"] == 1;
                let found = by_id.values().find(|row| row.sku == sku && is_made);
                found.map(|row| row.id)
            }
        };
        let found = id.and_then(|id| by_id.remove(&id));
        match found {
            Some(row) if row.sku == sku && row.price_minor == *price_minor => {
                made.insert(row.id, *quantity);
            }
            found => wrong.push(format!("product {sku}: told {told}, found {found:?}")),
        }
    }
    // A sku that was given free may have been asked for again: what is left is nobody else's.
    for (entry, ask) in compared.asked::<Ask>() {
        let (Ask::Create { sku, .. } | Ask::Import { sku, .. }) = ask else { continue };
        let left = by_id.values().find(|row| row.sku == sku).map(|row| row.id);
        let left = left.filter(|_| !matches!(entry.fate, Fate::Done(_)));
        let row = left.and_then(|id| by_id.remove(&id));
        if let (Fate::NotDone | Fate::Refused(_), Some(row)) = (&entry.fate, row) {
            wrong.push(format!("told {:?}, and yet made: {row:?}", entry.fate));
        }
    }
    wrong.extend(by_id.values().map(|row| format!("nobody asked for {row:?}")));
    made
}

/// What was archived stays so, and nothing else is.
fn compare_archived(compared: &Comparison, products: &[ProductRow], wrong: &mut Vec<String>) {
    let archivals = compared.asked::<Ask>().filter_map(|(entry, ask)| match ask {
        Ask::Archive { product, .. } => Some((*product, &entry.fate)),
        _ => None,
    });
    let archivals: BTreeMap<i64, &Fate> = archivals.collect();
    for row in products {
        let expected = match archivals.get(&row.id) {
            Some(Fate::Unknown) => continue,
            fate => matches!(fate, Some(Fate::Done(_))),
        };
        if row.is_archived != expected {
            wrong.push(format!("{row:?}: whether it was archived was told as {expected}"));
        }
    }
}

fn compare_names(
    compared: &Comparison,
    products: &[ProductRow],
    past: &mut Past,
    wrong: &mut Vec<String>,
) {
    let mut edits: BTreeMap<i64, i64> = BTreeMap::new();
    let mut last: BTreeMap<i64, (usize, &str)> = BTreeMap::new();
    let mut late: BTreeSet<(i64, &str)> = BTreeSet::new();
    for (entry, ask) in compared.asked::<Ask>() {
        let Ask::Edit { product, name } = ask else { continue };
        if matches!(entry.fate, Fate::Done(_)) {
            *edits.entry(*product).or_default() += 1;
            let this = (entry.acknowledged, name.as_str());
            last.entry(*product).and_modify(|last| *last = (*last).max(this)).or_insert(this);
        }
        // An attempt without an answer may have come after one that had one.
        if compared.may_come_late(entry) {
            late.insert((*product, name));
        }
    }
    for row in products {
        let edits = edits.get(&row.id).copied().unwrap_or(0);
        if row.version <= edits {
            wrong.push(format!("{row:?}: its version is that of fewer than {edits} edits"));
        }
        let found_before = past.get(&(NOUN, row.id)).cloned();
        let before = found_before.unwrap_or_else(|| (0, first_name(row.id, row.sku)));
        let (at, expected) = match last.get(&row.id) {
            Some((at, name)) if *at > before.0 => (*at, (*name).to_owned()),
            _ => before,
        };
        if row.name != expected && !late.contains(&(row.id, row.name)) {
            wrong.push(format!("{row:?}: its last name that was acknowledged is {expected}"));
        }
        past.insert((NOUN, row.id), (at, row.name.to_owned()));
    }
}

/// As it was seeded, or made by a client.
fn first_name(product: i64, sku: &str) -> String {
    match product {
        ..=PRODUCTS => format!("Product {product}"),
        _ => format!("Product {sku}"),
    }
}
