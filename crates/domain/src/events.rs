//! Events: what happened to a subject, written in the commit of the change and never edited.
//!
//! An event is numbered twice: by the version that its subject has got by it, and by a position in the
//! shop's feed, both without gaps. The position is given at the commit, so it is not here. The row
//! keeps only what cannot be told from the subject at that version.

mod data;

pub use data::{
    CategoryData, ChangeData, ExpiredData, ExpiredItem, Form, LowData, Member, MemberKind,
    MoveData, StockData, VERSION,
};

use crate::{
    AccountId, ApiKeyId, Caller, CategoryId, CorrelationId, Micros, OrderId, ProductId,
    carts::CartId,
};
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
        Subject { kind: SubjectKind::Product, id: small(id.0) }
    }

    /// By its small id, too.
    pub fn category(id: CategoryId) -> Subject {
        Subject { kind: SubjectKind::Category, id: small(id.0) }
    }

    pub fn customer(id: AccountId) -> Subject {
        Subject { kind: SubjectKind::Customer, id: id.0 }
    }

    pub fn api_key(id: ApiKeyId) -> Subject {
        Subject { kind: SubjectKind::ApiKey, id: id.0 }
    }
}

/// A number as an id. No UUID of ours has nothing in its first half, so that versions are told apart by the id alone.
fn small(id: i64) -> Uuid {
    Uuid::from_u128(id.unsigned_abs().into())
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
        Category = 4 "category",
        Customer = 5 "customer",
        ApiKey = 6 "key",
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
        /// By staff: a sale is told by its order.
        StockChanged = 21 "stock.changed",
        CartExpired = 30 "cart.expired",
        ProductCreated = 40 "product.created",
        ProductChanged = 41 "product.changed",
        ProductArchived = 42 "product.archived",
        CategoryCreated = 50 "category.created",
        CategoryChanged = 51 "category.changed",
        CategoryRemoved = 52 "category.removed",
        CustomerRegistered = 60 "customer.registered",
        /// Also what one may do.
        CustomerChanged = 61 "customer.changed",
        CustomerDeleted = 62 "customer.deleted",
        KeyCreated = 70 "key.created",
        KeyRevoked = 71 "key.revoked",
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
}
