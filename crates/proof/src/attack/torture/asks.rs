//! What the clients of a tortured shop ask for, and how it looks on the wire.

use crate::simulation::CommandKind;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub const PASSWORD: &str = "a-tortured-sutler";

/// How a command comes into a tortured shop. A `match` without a wildcard: what the shop learns to
/// do is asked for here, or somebody says why it cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comes {
    Asked(AskKind),
    /// Nobody can ask for it over the wire.
    ByItself(&'static str),
}

pub fn comes(command: CommandKind) -> Comes {
    match command {
        CommandKind::Register => Comes::Asked(AskKind::Register),
        CommandKind::OpenSession => Comes::Asked(AskKind::LogIn),
        CommandKind::RefreshSession => Comes::Asked(AskKind::Refresh),
        CommandKind::CreateCategory => Comes::ByItself("only a demo makes categories"),
        CommandKind::CreateProduct => Comes::Asked(AskKind::CreateProduct),
        CommandKind::EditProduct => Comes::Asked(AskKind::EditProduct),
        CommandKind::MoveStock => Comes::Asked(AskKind::MoveStock),
        CommandKind::PlaceOrder => Comes::Asked(AskKind::PlaceOrder),
        CommandKind::MoveOrder => Comes::Asked(AskKind::Cancel),
        CommandKind::Sweep => Comes::ByItself("every node sweeps, every half minute"),
    }
}

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

    #[test]
    fn every_kind_of_ask_is_a_command_and_every_command_but_two_is_asked_for() {
        let ways = CommandKind::ALL.iter().map(|command| comes(*command));
        let (asked, alone): (Vec<_>, Vec<_>) = ways.partition(|way| matches!(way, Comes::Asked(_)));
        assert_eq!(asked.len(), AskKind::Cancel as usize + 1, "{asked:?}");
        assert_eq!(alone.len(), 2, "{alone:?}");
    }

    #[test]
    fn money_is_written_with_its_digits() {
        assert_eq!((decimal(5), decimal(12_345)), ("0.05".to_owned(), "123.45".to_owned()));
    }
}
