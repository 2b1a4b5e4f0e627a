//! Doing a thing once. A caller's key and the fingerprint of its request are kept in the commit of
//! the change: on the order itself for ever, in a trace for at least a day for everything else.

use crate::{Caller, Category, Micros, OrderId, Product, Stock, StockResult, Text, TextError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How long a trace is kept, at least.
pub const TRACE_LIFETIME_US: i64 = 48 * Micros::HOUR;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(Text<255>);

impl IdempotencyKey {
    pub fn new(text: &str) -> Result<IdempotencyKey, TextError> {
        match text {
            "" => Err(TextError::Empty),
            _ => Text::new(text).map(IdempotencyKey),
        }
    }

    pub fn stored(text: &str) -> IdempotencyKey {
        IdempotencyKey(Text::stored(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a request asks for, in 128 bits: equal requests have equal fingerprints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub Uuid);

impl Fingerprint {
    /// Of the parsed request, so that white space and the order of JSON members do not matter.
    pub fn of(request: &impl Serialize) -> Fingerprint {
        let json = serde_json::to_vec(request).expect("a request is made of texts and numbers");
        let digest: [u8; 32] = Sha256::digest(&json).into();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Fingerprint(Uuid::from_bytes(half))
    }
}

/// What a caller's key is found by: 128 bits of a hash of both.
pub fn once_id(caller: Caller, key: &IdempotencyKey) -> Uuid {
    let kind = caller.kind.code().to_be_bytes();
    let hash = Sha256::new().chain_update(kind).chain_update(caller.id.as_bytes());
    let digest: [u8; 32] = hash.chain_update(key.as_str().as_bytes()).finalize().into();
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(half)
}

/// "Do this once": the key, and what "this" is.
#[derive(Clone, Debug, PartialEq)]
pub struct Once {
    pub key: IdempotencyKey,
    pub fingerprint: Fingerprint,
}

/// What is known of an order that was placed with a key.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedBefore {
    pub order: OrderId,
    pub fingerprint: Fingerprint,
}

/// What is kept of a keyed command other than an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    pub caller: Caller,
    pub key: IdempotencyKey,
    pub fingerprint: Fingerprint,
    pub kept: Kept,
    pub at: Micros,
}

/// The answer to give again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// By its id: an order is shown in its present state.
    Order(OrderId),
    Category(Box<Category>),
    Product(Box<Product>, Stock),
    Stock(Vec<StockResult>),
}
