//! Ids, one type each, so that an order's id cannot be taken for a customer's.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    )+};
}

macro_rules! integer_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

uuid_ids! {
    AccountId,
    OrderId,
    /// One login: a refresh token's family, and what its access tokens belong to.
    SessionId,
    /// A product's id for the outside world, beside the small integer.
    PublicId,
    /// Follows one request through logs, commands and events.
    CorrelationId,
    /// Names one attempt of the writer to commit, so that a lost reply can be asked about.
    BatchId,
}

integer_ids! {
    ProductId,
    CategoryId,
    LocationId,
}

impl LocationId {
    /// The one place where stock lies today.
    pub const MAIN: LocationId = LocationId(1);
}
