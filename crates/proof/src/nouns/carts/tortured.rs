//! Carts of a tortured shop. Several clients share an account, and so a cart: whatever they were told that it
//! took is in it, or in the orders that it became.

use crate::{
    attack::torture::{Asked, Client, Comparison, Fate, Wire, username},
    nouns::{accounts, orders},
};
use domain::{ChangeCart, Checkout, Listed};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a tortured shop is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    Add { product: i64, many: i64 },
    Checkout,
}

impl Ask {
    pub fn next(client: &mut Client) -> Ask {
        if client.random.chance(300) {
            return Ask::Checkout;
        }
        let lines = client.lines(1, 1..=2);
        lines
            .first()
            .map_or(Ask::Checkout, |(product, many)| Ask::Add { product: *product, many: *many })
    }
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        match self {
            Ask::Add { .. } => ChangeCart::NAME,
            Ask::Checkout => Checkout::NAME,
        }
    }

    fn is_keyed(&self) -> bool {
        true
    }

    /// Another client may have ordered what this one has put into it.
    fn may_be_refused(&self, code: &str) -> bool {
        match self {
            Ask::Add { .. } => code == "out_of_stock",
            Ask::Checkout => code == "cart_empty",
        }
    }

    /// A cart that is shown again is shown as it is by then.
    fn is_repeated(&self) -> bool {
        *self == Ask::Checkout
    }

    fn wire(&self) -> Wire {
        match self {
            Ask::Add { product, many } => {
                Wire::post("/api/cart/items", json!({ "product": product, "quantity": many }))
            }
            Ask::Checkout => Wire::post("/api/cart/checkout", json!({})),
        }
    }

    fn learn(&self, client: &mut Client, body: &Value) {
        if *self == Ask::Checkout {
            let id = body["id"].as_str().and_then(|id| Uuid::parse_str(id).ok());
            let id = id.filter(|id| !client.live.contains(id));
            client.live.extend(id.filter(|_| body["status"] == "pending"));
        }
    }
}

pub(super) const HOLDS: &str = "select @cart_id, product_id, units from holds";

/// Units of a product, by whose they are.
type Units = BTreeMap<(String, i64), i64>;

/// What is promised of each product.
pub fn held(compared: &Comparison) -> anyhow::Result<BTreeMap<i64, i64>> {
    let mut held = BTreeMap::new();
    for [_, product, units] in compared.rows.of(HOLDS)? {
        *held.entry(product.parse()?).or_default() += units.parse::<i64>()?;
    }
    Ok(held)
}

/// What carts have taken is in them or was ordered, and nothing else is.
pub(super) fn compare(compared: &Comparison, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let ids: BTreeMap<&str, &str> =
        accounts::named(compared)?.into_iter().map(|[name, id]| (name, id)).collect();
    let owner = |client| username(client).and_then(|name| ids.get(name.as_str()).copied());
    let (mut taken, mut doubtful, mut found) = (Units::new(), Units::new(), Units::new());
    let mut ordered = BTreeSet::new();
    for (entry, ask) in compared.asked::<Ask>() {
        let Some(owner) = owner(entry.client) else { continue };
        match (ask, &entry.fate) {
            (Ask::Checkout, _) => {
                ordered.insert((owner, entry.key.as_deref().unwrap_or_default()));
            }
            (Ask::Add { product, many }, fate) => {
                let sums = match fate {
                    Fate::Done(_) => &mut taken,
                    Fate::Unknown => &mut doubtful,
                    Fate::NotDone | Fate::Refused(_) if compared.may_come_late(entry) => {
                        &mut doubtful
                    }
                    Fate::NotDone | Fate::Refused(_) => continue,
                };
                *sums.entry((owner.to_owned(), *product)).or_default() += many;
            }
        }
    }
    for [cart, product, units] in compared.rows.of(HOLDS)? {
        *found.entry((cart.to_owned(), product.parse()?)).or_default() += units.parse::<i64>()?;
    }
    for order in orders::placed(compared)? {
        if ordered.contains(&(order.owner, order.key)) {
            for (product, many, _) in &order.lines {
                *found.entry((order.owner.to_owned(), *product)).or_default() += many;
            }
        }
    }
    let of = |units: &Units, key| units.get(key).copied().unwrap_or(0);
    for key in taken.keys().chain(found.keys()) {
        let (least, found) = (of(&taken, key), of(&found, key));
        if !(least..=least + of(&doubtful, key)).contains(&found) {
            wrong.push(format!(
                "the cart of {} was told to have taken {least} of product {}; in it and in its \
                 orders are {found}",
                key.0, key.1
            ));
        }
    }
    Ok(())
}
