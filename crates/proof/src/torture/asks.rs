//! What the clients of a tortured shop ask for, and how it looks on the wire.

use domain::{
    CreateCategory, CreateProduct, EditProduct, Listed, MoveCursor, MoveOrder, MoveStock,
    OpenSession, PlaceOrder, RefreshSession, Register, Sweep, TakeLease,
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub const PASSWORD: &str = "a-tortured-sutler";

/// How a command comes into a tortured shop. What the shop learns to do is asked for here, or somebody
/// says why it cannot be: or a test fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comes {
    Asked(AskKind),
    /// Nobody can ask for it over the wire.
    ByItself(&'static str),
}

pub const WAYS: [(&str, Comes); 12] = [
    (Register::NAME, Comes::Asked(AskKind::Register)),
    (OpenSession::NAME, Comes::Asked(AskKind::LogIn)),
    (RefreshSession::NAME, Comes::Asked(AskKind::Refresh)),
    (CreateCategory::NAME, Comes::ByItself("only a demo makes categories")),
    (CreateProduct::NAME, Comes::Asked(AskKind::CreateProduct)),
    (EditProduct::NAME, Comes::Asked(AskKind::EditProduct)),
    (MoveStock::NAME, Comes::Asked(AskKind::MoveStock)),
    (PlaceOrder::NAME, Comes::Asked(AskKind::PlaceOrder)),
    (MoveOrder::NAME, Comes::Asked(AskKind::Cancel)),
    (TakeLease::NAME, Comes::ByItself("nobody follows the events yet")),
    (MoveCursor::NAME, Comes::ByItself("nobody follows the events yet")),
    (Sweep::NAME, Comes::ByItself("every node sweeps, every half minute")),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AskKind {
    Register,
    LogIn,
    Refresh,
    CreateProduct,
    EditProduct,
    MoveStock,
    PlaceOrder,
    Cancel,
}

/// A product and how many of it.
pub type Line = (i64, i64);

#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    Register { username: String },
    LogIn { username: String },
    Refresh { token: String },
    CreateProduct { sku: String, price_minor: i64, quantity: i64 },
    EditProduct { product: i64, name: String },
    MoveStock { deltas: Vec<Line> },
    PlaceOrder { lines: Vec<Line>, total_minor: Option<i64> },
    Cancel { order: Uuid },
}

pub struct Wire {
    pub method: &'static str,
    pub path: String,
    pub body: Option<Value>,
}

impl Ask {
    pub fn kind(&self) -> AskKind {
        match self {
            Ask::Register { .. } => AskKind::Register,
            Ask::LogIn { .. } => AskKind::LogIn,
            Ask::Refresh { .. } => AskKind::Refresh,
            Ask::CreateProduct { .. } => AskKind::CreateProduct,
            Ask::EditProduct { .. } => AskKind::EditProduct,
            Ask::MoveStock { .. } => AskKind::MoveStock,
            Ask::PlaceOrder { .. } => AskKind::PlaceOrder,
            Ask::Cancel { .. } => AskKind::Cancel,
        }
    }

    /// Whether the contract gives it a key. Of the others, each is the same when done again.
    pub fn is_keyed(&self) -> bool {
        !matches!(
            self,
            Ask::Register { .. }
                | Ask::LogIn { .. }
                | Ask::Refresh { .. }
                | Ask::EditProduct { .. }
        )
    }

    /// What these clients ask for is right in itself: only this may stand against it.
    pub fn may_be_refused(&self, code: &str) -> bool {
        match self {
            Ask::PlaceOrder { .. } => code == "out_of_stock",
            Ask::Register { .. } => code == "username_taken",
            _ => false,
        }
    }

    pub fn wire(&self) -> Wire {
        let post = |path: &str, body| Wire { method: "POST", path: path.into(), body: Some(body) };
        match self {
            Ask::Register { username } => post(
                "/api/identity/register",
                json!({
                    "username": username, "email": format!("{username}@example.com"),
                    "password": PASSWORD, "password2": PASSWORD,
                }),
            ),
            Ask::LogIn { username } => {
                post("/api/identity/token", json!({ "username": username, "password": PASSWORD }))
            }
            Ask::Refresh { token } => {
                post("/api/identity/token/refresh", json!({ "refresh": token }))
            }
            Ask::CreateProduct { sku, price_minor, quantity } => post(
                "/api/catalog/products",
                json!({
                    "sku": sku, "name": format!("Product {sku}"), "price": decimal(*price_minor),
                    "quantity": quantity,
                }),
            ),
            Ask::EditProduct { product, name } => Wire {
                method: "PATCH",
                path: format!("/api/catalog/products/{product}"),
                body: Some(json!({ "name": name })),
            },
            Ask::MoveStock { deltas } => {
                let line = |(product, delta): &Line| json!({ "product": product, "delta": delta });
                let lines: Vec<Value> = deltas.iter().map(line).collect();
                post("/api/catalog/inventory/batch", json!({ "lines": lines, "partial": true }))
            }
            Ask::PlaceOrder { lines, total_minor } => {
                let line = |(product, many): &Line| json!({ "product": product, "quantity": many });
                let items: Vec<Value> = lines.iter().map(line).collect();
                let mut body = json!({ "order_items": items });
                if let Some(total) = total_minor {
                    body["total"] = decimal(*total).into();
                }
                post("/api/orders/orders", body)
            }
            Ask::Cancel { order } => Wire {
                method: "POST",
                path: format!("/api/orders/orders/{order}/cancel"),
                body: None,
            },
        }
    }
}

/// Euros.
pub fn decimal(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_command_has_a_way_and_every_kind_of_ask_is_one() {
        let named: BTreeSet<&str> = WAYS.iter().map(|(command, _)| *command).collect();
        assert_eq!(named, domain::commands::NAMES.concat().into_iter().collect());
        assert_eq!(named.len(), WAYS.len(), "a command comes in one way");
        let asked = |way: &Comes| match way {
            Comes::Asked(kind) => Some(*kind),
            Comes::ByItself(_) => None,
        };
        let asked: BTreeSet<AskKind> = WAYS.iter().filter_map(|(_, way)| asked(way)).collect();
        assert_eq!(asked.len(), AskKind::Cancel as usize + 1, "{asked:?}");
        assert_eq!(WAYS.len() - asked.len(), 4, "more commands than these are not asked for");
    }

    #[test]
    fn money_is_written_with_its_digits() {
        assert_eq!((decimal(5), decimal(12_345)), ("0.05".to_owned(), "123.45".to_owned()));
    }
}
