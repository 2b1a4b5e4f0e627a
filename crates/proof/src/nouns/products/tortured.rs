//! Products of a tortured shop: every client makes its own, and every product has one editor, so that
//! the last name that was told is the last one that was given.

use crate::attack::torture::{
    Asked, Client, Comparison, Fate, PRODUCTS, Past, Wire, decimal, price_minor,
};
use domain::{CreateProduct, EditProduct, ImportProducts, Listed};
use serde::Serialize;
use serde_json::json;
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
}

impl Ask {
    pub fn create(client: &mut Client) -> Ask {
        Ask::Create {
            sku: client.name("SKU"),
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

impl Asked for Ask {
    fn command(&self) -> &'static str {
        match self {
            Ask::Create { .. } => CreateProduct::NAME,
            Ask::Edit { .. } => EditProduct::NAME,
            Ask::Import { .. } => ImportProducts::NAME,
        }
    }

    fn is_keyed(&self) -> bool {
        matches!(self, Ask::Create { .. } | Ask::Import { .. })
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
        }
    }
}

const NOUN: &str = "products";
pub(super) const PRICED: &str =
    "select p.id, p.version, r.amount_minor, p.sku, p.name from products p
    join prices r on r.product_id = p.id order by p.id";

/// A product as it was found.
#[derive(Debug)]
struct ProductRow<'c> {
    id: i64,
    sku: &'c str,
    name: &'c str,
    version: i64,
    price_minor: i64,
}

fn found<'c>(compared: &'c Comparison) -> anyhow::Result<Vec<ProductRow<'c>>> {
    let row = |[id, version, price, sku, name]: [&'c str; 5]| {
        let (id, version, price_minor) = (id.parse()?, version.parse()?, price.parse()?);
        Ok(ProductRow { id, sku, name, version, price_minor })
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
    let mut by_sku = BTreeMap::new();
    for row in products {
        let is_first = row.id <= PRODUCTS;
        if is_first && row.price_minor != price_minor(row.id) {
            wrong.push(format!("{row:?}: nobody has changed its price"));
        }
        if !is_first && by_sku.insert(row.sku, row).is_some() {
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
        match (&entry.fate, by_sku.remove(sku.as_str())) {
            (Fate::Done(told), Some(row))
                if (told["id"] == row.id || told["created"] == 1)
                    && row.price_minor == *price_minor =>
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
