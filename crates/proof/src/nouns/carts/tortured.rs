//! Carts of a tortured shop. Several clients share an account, and so a cart: whatever they were told that it
//! took is in it, or in the orders that it became. What a guest has put into his is in it until he lets it go or
//! his account has it.

use crate::{
    attack::torture::{Asked, Asker, Client, Comparison, Fate, Wire, username},
    nouns::{accounts, orders},
};
use domain::{ChangeCart, Checkout, ClaimCart, EmptyCart, Listed, carts};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a tortured shop is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    Add {
        product: i64,
        many: i64,
    },
    Checkout,
    /// A guest with a token of his own puts the one thing into his cart.
    Bring {
        guest: Guest,
        product: i64,
        many: i64,
    },
    Leave {
        guest: Guest,
    },
    Claim {
        guest: Guest,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guest {
    token: String,
    asker: Asker,
}

impl Ask {
    pub fn next(client: &mut Client) -> Ask {
        if let Some(guest) = client.guest.clone() {
            return match client.random.chance(700) {
                true => Ask::Claim { guest },
                false => Ask::Leave { guest },
            };
        }
        let (product, many) = client.lines(1, 1..=2)[0];
        match client.random.below(10) {
            0..3 => Ask::Checkout,
            3..5 => Ask::Bring { guest: Guest::new(client), product, many },
            _ => Ask::Add { product, many },
        }
    }
}

impl Guest {
    fn new(client: &mut Client) -> Guest {
        let token = format!("{:_<40}", client.name("guest"));
        let address = format!("10.77.{}.{}", client.number / 250, 1 + client.number % 250);
        Guest { token, asker: Asker { address, bearer: None } }
    }

    fn shows(&self, wire: Wire) -> Wire {
        Wire { cart_token: Some(self.token.clone()), ..wire.by(&self.asker) }
    }

    /// Whose cart it is, as it is read.
    fn id(&self) -> String {
        carts::guest(&self.token).id.simple().to_string()
    }
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        match self {
            Ask::Add { .. } | Ask::Bring { .. } => ChangeCart::NAME,
            Ask::Checkout => Checkout::NAME,
            Ask::Leave { .. } => EmptyCart::NAME,
            Ask::Claim { .. } => ClaimCart::NAME,
        }
    }

    fn is_keyed(&self) -> bool {
        !matches!(self, Ask::Leave { .. })
    }

    /// Another client may have ordered what this one has put into it.
    fn may_be_refused(&self, code: &str) -> bool {
        match self {
            Ask::Add { .. } | Ask::Bring { .. } => code == "out_of_stock",
            Ask::Checkout => code == "cart_empty",
            Ask::Leave { .. } | Ask::Claim { .. } => false,
        }
    }

    /// A cart that is shown again is shown as it is by then.
    fn is_repeated(&self) -> bool {
        *self == Ask::Checkout
    }

    fn wire(&self) -> Wire {
        let added = |product: &i64, many: &i64| {
            Wire::post("/api/cart/items", json!({ "product": product, "quantity": many }))
        };
        match self {
            Ask::Add { product, many } => added(product, many),
            Ask::Bring { guest, product, many } => guest.shows(added(product, many)),
            Ask::Checkout => Wire::post("/api/cart/checkout", json!({})),
            Ask::Leave { guest } => guest.shows(Wire::new("DELETE", "/api/cart")),
            Ask::Claim { guest } => {
                Wire::post("/api/cart/claim", json!({ "cart_token": guest.token }))
            }
        }
    }

    fn learn(&self, client: &mut Client, body: &Value) {
        match self {
            Ask::Add { .. } => {}
            Ask::Checkout => {
                let id = body["id"].as_str().and_then(|id| Uuid::parse_str(id).ok());
                let id = id.filter(|id| !client.live.contains(id));
                client.live.extend(id.filter(|_| body["status"] == "pending"));
            }
            Ask::Bring { guest, .. } => client.guest = Some(guest.clone()),
            Ask::Leave { .. } | Ask::Claim { .. } => client.guest = None,
        }
    }
}

pub(super) const HOLDS: &str = "select @cart_id, product_id, units from holds";

/// What is promised of each product.
pub fn held(compared: &Comparison) -> anyhow::Result<BTreeMap<i64, i64>> {
    let mut held = BTreeMap::new();
    for [_, product, units] in compared.rows.of(HOLDS)? {
        *held.entry(product.parse()?).or_default() += units.parse::<i64>()?;
    }
    Ok(held)
}

/// Units of a product, by whose they are.
type Units = BTreeMap<(String, i64), i64>;

/// What carts were told to have taken, and what they may have taken besides.
#[derive(Default)]
struct Sums {
    taken: Units,
    doubtful: Units,
}

impl Sums {
    fn note(&mut self, whose: &str, product: i64, units: i64, is_sure: bool) {
        let sums = if is_sure { &mut self.taken } else { &mut self.doubtful };
        *sums.entry((whose.to_owned(), product)).or_default() += units;
    }

    /// It is in his cart, unless he has let it go or an account may have it.
    fn note_guest(&mut self, owner: &str, brought: Brought, ends: &[(&Ask, &Fate)]) {
        let Brought { guest, product, many, is_sure } = brought;
        match ends {
            [] => self.note(&guest, product, many, is_sure),
            [(Ask::Leave { .. }, Fate::Done(_))] if is_sure => {}
            [(Ask::Claim { .. }, Fate::Done(told))] if is_sure => {
                let left = told["left"].as_array().map(Vec::as_slice).unwrap_or_default();
                let left: i64 = left.iter().filter_map(|left| left["quantity"].as_i64()).sum();
                self.note(owner, product, many - left, true);
            }
            _ => [guest.as_str(), owner].iter().for_each(|whose| {
                self.note(whose, product, many, false);
            }),
        }
    }
}

struct Brought {
    guest: String,
    product: i64,
    many: i64,
    is_sure: bool,
}

/// What carts have taken is in them or was ordered, and nothing else is.
pub(super) fn compare(compared: &Comparison, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let ids: BTreeMap<&str, &str> =
        accounts::named(compared)?.into_iter().map(|[name, id]| (name, id)).collect();
    let owner = |client| username(client).and_then(|name| ids.get(name.as_str()).copied());
    let (mut sums, mut ordered) = (Sums::default(), BTreeSet::new());
    let mut ends: BTreeMap<String, Vec<(&Ask, &Fate)>> = BTreeMap::new();
    for (entry, ask) in compared.asked::<Ask>() {
        if let Ask::Leave { guest } | Ask::Claim { guest } = ask {
            ends.entry(guest.id()).or_default().push((ask, &entry.fate));
        }
    }
    for (entry, ask) in compared.asked::<Ask>() {
        let Some(owner) = owner(entry.client) else { continue };
        let is_sure = match &entry.fate {
            Fate::Done(_) => true,
            Fate::Unknown => false,
            Fate::NotDone | Fate::Refused(_) if compared.may_come_late(entry) => false,
            Fate::NotDone | Fate::Refused(_) if *ask != Ask::Checkout => continue,
            Fate::NotDone | Fate::Refused(_) => false,
        };
        match ask {
            Ask::Checkout => {
                ordered.insert((owner, entry.key.as_deref().unwrap_or_default()));
            }
            Ask::Add { product, many } => sums.note(owner, *product, *many, is_sure),
            Ask::Bring { guest, product, many } => {
                let (guest, product, many) = (guest.id(), *product, *many);
                let ended = ends.remove(&guest).unwrap_or_default();
                sums.note_guest(owner, Brought { guest, product, many, is_sure }, &ended);
            }
            Ask::Leave { .. } | Ask::Claim { .. } => {}
        }
    }
    judge(&sums, &found(compared, &ordered)?, wrong);
    Ok(())
}

/// In carts, and in the orders of these owners and keys.
fn found(compared: &Comparison, ordered: &BTreeSet<(&str, &str)>) -> anyhow::Result<Units> {
    let mut found = Units::new();
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
    Ok(found)
}

fn judge(Sums { taken, doubtful }: &Sums, found: &Units, wrong: &mut Vec<String>) {
    let of = |units: &Units, key| units.get(key).copied().unwrap_or(0);
    for key in taken.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
        let (least, found) = (of(taken, key), of(found, key));
        if !(least..=least + of(doubtful, key)).contains(&found) {
            wrong.push(format!(
                "the cart of {} was told to have taken {least} of product {}; in it and in its \
                 orders are {found}",
                key.0, key.1
            ));
        }
    }
}
