//! What carts of a tortured shop are asked for. Several clients share an account, and so a cart; guests fill
//! carts of their own, and some never come back.

use crate::attack::torture::{Asked, Asker, Client, Wire};
use domain::{ChangeCart, Checkout, ClaimCart, EmptyCart, Listed, carts};
use serde::Serialize;
use serde_json::{Value, json};
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
            match client.random.below(10) {
                0..5 => return Ask::Claim { guest },
                5..7 => return Ask::Leave { guest },
                // He never comes back: his cart ends when its time is over.
                _ => client.guest = None,
            }
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
    #[cfg(test)]
    pub(super) fn named(name: &str) -> Guest {
        let asker = Asker { address: "10.77.0.1".to_owned(), bearer: None };
        Guest { token: format!("{name:_<40}"), asker }
    }

    fn new(client: &mut Client) -> Guest {
        let token = format!("{:_<40}", client.name("guest"));
        let address = format!("10.77.{}.{}", client.number / 250, 1 + client.number % 250);
        Guest { token, asker: Asker { address, bearer: None } }
    }

    fn shows(&self, wire: Wire) -> Wire {
        Wire { cart_token: Some(self.token.clone()), ..wire.by(&self.asker) }
    }

    /// Whose cart it is, as it is read.
    pub(super) fn id(&self) -> String {
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

    /// Another client may have ordered what this one has put into it, or its time was over; and a cart that
    /// has held things for too long rests.
    fn may_be_refused(&self, code: &str) -> bool {
        match self {
            Ask::Add { .. } => matches!(code, "out_of_stock" | "cart_rests"),
            Ask::Bring { .. } => code == "out_of_stock",
            Ask::Checkout => code == "cart_empty",
            Ask::Claim { .. } => code == "cart_rests",
            Ask::Leave { .. } => false,
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
