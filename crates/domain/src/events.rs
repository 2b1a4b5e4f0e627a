//! Events: what happened to a subject, written in the commit of the change and never edited.
//!
//! An event is numbered twice: by the version that its subject has got by it, and by a position in the
//! shop's feed, both without gaps. The position is given at the commit, so it is not here. The row
//! keeps only what cannot be told from the subject at that version.

use crate::{
    Caller, CorrelationId, Micros, OrderId, ProductId,
    carts::{CartId, Hold},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    pub kind: SubjectKind,
    pub id: Uuid,
}

impl Subject {
    pub fn order(id: OrderId) -> Subject {
        Subject { kind: SubjectKind::Order, id: id.0 }
    }

    pub fn cart(id: CartId) -> Subject {
        Subject { kind: SubjectKind::Cart, id: id.0 }
    }

    /// By its small id.
    pub fn product(id: ProductId) -> Subject {
        Subject { kind: SubjectKind::Product, id: Uuid::from_u128(id.0.unsigned_abs().into()) }
    }
}

/// Names with their codes in the database, which never change their meaning.
macro_rules! coded {
    ($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $code:literal $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$note])* $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            pub fn code(self) -> i64 {
                match self { $($name::$variant => $code),+ }
            }

            pub fn named(name: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|kind| kind.name() == name)
            }

            pub fn coded(code: i64) -> Option<$name> {
                Self::ALL.iter().copied().find(|kind| kind.code() == code)
            }
        }
    };
}
pub(crate) use coded;

coded! {
    SubjectKind {
        Order = 1 "order",
        Product = 2 "product",
        Cart = 3 "cart",
    }
}

coded! {
    EventKind {
        OrderPlaced = 1 "order.placed",
        OrderStarted = 2 "order.started",
        OrderCompleted = 3 "order.completed",
        OrderCancelled = 4 "order.cancelled",
        OrderFailed = 5 "order.failed",
        OrderRetried = 6 "order.retried",
        /// In what it says: it has moved nowhere.
        OrderChanged = 7 "order.changed",
        StockLow = 20 "stock.low",
        CartExpired = 30 "cart.expired",
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub subject: Subject,
    /// The version that the subject has got by it; none when it tells of something else.
    pub version: Option<i64>,
    pub kind: EventKind,
    /// JSON with its version: `{"v":1,..}`. What can be told from the subject is not in it.
    pub data: Option<Box<str>>,
    pub actor: Caller,
    pub correlation: CorrelationId,
    pub at: Micros,
}

/// What an order's event keeps besides its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MoveData {
    v: u8,
    pub reason: String,
}

impl MoveData {
    pub fn written(reason: &str) -> Box<str> {
        let data = MoveData { v: 1, reason: reason.to_owned() };
        serde_json::to_string(&data).expect("a text becomes JSON").into()
    }

    /// `None` when this version cannot read it.
    pub fn read(data: &str) -> Option<MoveData> {
        serde_json::from_str(data).ok().filter(|data: &MoveData| data.v == 1)
    }
}

/// How low stock is, and since when that counts as low.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LowData {
    v: u8,
    pub on_hand: i64,
    pub threshold: i64,
}

impl LowData {
    pub fn written(on_hand: i64, threshold: i64) -> Box<str> {
        let data = LowData { v: 1, on_hand, threshold };
        serde_json::to_string(&data).expect("figures become JSON").into()
    }

    /// `None` when this version cannot read it.
    pub fn read(data: &str) -> Option<LowData> {
        serde_json::from_str(data).ok().filter(|data: &LowData| data.v == 1)
    }
}

/// What an expired cart held, and whose it was if he has an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpiredData {
    v: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Uuid>,
    pub items: Vec<ExpiredItem>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpiredItem {
    pub product: ProductId,
    pub quantity: i64,
}

impl ExpiredData {
    pub fn written(customer: Option<Uuid>, held: &[Hold]) -> Box<str> {
        let item = |hold: &Hold| ExpiredItem { product: hold.product, quantity: hold.units };
        let data = ExpiredData { v: 1, customer, items: held.iter().map(item).collect() };
        serde_json::to_string(&data).expect("ids and figures become JSON").into()
    }

    /// `None` when this version cannot read it.
    pub fn read(data: &str) -> Option<ExpiredData> {
        serde_json::from_str(data).ok().filter(|data: &ExpiredData| data.v == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_codes_read_back() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::named(kind.name()), Some(*kind));
            assert_eq!(EventKind::coded(kind.code()), Some(*kind));
        }
        for kind in SubjectKind::ALL {
            assert_eq!(SubjectKind::named(kind.name()), Some(*kind));
            assert_eq!(SubjectKind::coded(kind.code()), Some(*kind));
        }
    }

    #[test]
    fn the_data_of_a_move_reads_back_as_every_version_has_written_it() {
        assert_eq!(&*MoveData::written("no carrier"), r#"{"v":1,"reason":"no carrier"}"#);
        let read = MoveData::read(r#"{"v":1,"reason":"no carrier"}"#).unwrap();
        assert_eq!(read.reason, "no carrier");
        assert_eq!(MoveData::read(r#"{"v":2,"reason":"no carrier"}"#), None);
    }

    #[test]
    fn the_data_of_low_stock_reads_back_as_every_version_has_written_it() {
        assert_eq!(&*LowData::written(3, 5), r#"{"v":1,"on_hand":3,"threshold":5}"#);
        let read = LowData::read(r#"{"v":1,"on_hand":3,"threshold":5}"#).unwrap();
        assert_eq!((read.on_hand, read.threshold), (3, 5));
        assert_eq!(LowData::read(r#"{"v":2,"on_hand":3,"threshold":5}"#), None);
    }
}
