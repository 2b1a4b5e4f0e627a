//! Doing a thing once. A caller's key and the fingerprint of its request are kept in the commit of
//! the change: on the order itself for ever, in a trace for at least a day for everything else.

use crate::{
    Caller, Micros, OrderId, Text, TextError,
    facts::{Keyhole, Row},
    rules::Never,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How long a trace is kept, at least.
pub const TRACE_LIFETIME_US: i64 = 48 * Micros::HOUR;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(Text<255>);

/// What the shop's own keys begin with. No client sends it: a header has no such character.
const SHOPS: char = '\u{1}';

impl IdempotencyKey {
    pub fn new(text: &str) -> Result<IdempotencyKey, TextError> {
        match text.chars().next() {
            None => Err(TextError::Empty),
            Some(SHOPS) => Err(TextError::Hidden(SHOPS)),
            Some(_) => Text::new(text).map(IdempotencyKey),
        }
    }

    /// One that is everybody's: whoever brings the thing that it names is answered with what was done of it.
    pub fn of_shop(text: &str) -> IdempotencyKey {
        IdempotencyKey(Text::stored(&format!("{SHOPS}{text}")))
    }

    /// Whose this key is when he sends it.
    pub fn owner(&self, caller: Caller) -> Caller {
        if self.0.starts_with(SHOPS) { Caller::SYSTEM } else { caller }
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
    /// Of a request that is forgotten: whatever comes under its key is taken for it.
    pub const FORGOTTEN: Fingerprint = Fingerprint(Uuid::nil());

    /// Whether it may be this request's. What was forgotten cannot be told from another one.
    pub fn stands_for(self, request: Fingerprint) -> bool {
        self == Self::FORGOTTEN || self == request
    }

    /// Of the parsed request, so that white space and the order of JSON members do not matter. What is
    /// absent does not count (`skip_serializing_if`): a later version, whose requests can say more,
    /// must know an old request again. `domain/tests/laws/golden.rs` holds fingerprints of every command.
    pub fn of(name: &'static str, request: &impl Serialize) -> Fingerprint {
        let json =
            serde_json::to_vec(&(name, request)).expect("a request is made of texts and numbers");
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
    pub owner: Caller,
    pub key: IdempotencyKey,
    pub order: OrderId,
    pub fingerprint: Fingerprint,
}

impl Row for PlacedBefore {
    type Key = Keyhole;
    type Find = Keyhole;
    fn key(&self) -> Keyhole {
        (self.owner, self.key.clone())
    }
}

/// What is kept of a keyed command other than an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    pub caller: Caller,
    pub key: IdempotencyKey,
    pub fingerprint: Fingerprint,
    /// The answer to give again, in a form that only its command reads.
    pub kept: Box<str>,
    pub at: Micros,
}

impl Row for Trace {
    type Key = Keyhole;
    type Find = Keyhole;
    fn key(&self) -> Keyhole {
        (self.caller, self.key.clone())
    }
}

/// An answer that is kept under a key. The form is a promise to later versions, which must read what
/// this one has written: a change that breaks it gets another number, beside the old reader.
pub trait Before: Sized {
    fn read(kept: &str) -> Option<Self>;
}

impl Before for Never {
    fn read(_: &str) -> Option<Never> {
        None
    }
}

/// That it was done is all there is to say.
impl Before for () {
    fn read(kept: &str) -> Option<()> {
        (kept == DONE).then_some(())
    }
}

pub(crate) const DONE: &str = "done";

/// By its id: an order is shown in its present state.
impl Before for OrderId {
    fn read(kept: &str) -> Option<OrderId> {
        Uuid::try_parse(kept).ok().map(OrderId)
    }
}

const FIRST_FORM: &str = "1 ";

/// The first form: its number, and JSON.
pub(crate) fn written(answer: &impl Serialize) -> Box<str> {
    let json = serde_json::to_string(answer).expect("an answer is made of texts and numbers");
    format!("{FIRST_FORM}{json}").into()
}

pub(crate) fn read<T: DeserializeOwned>(kept: &str) -> Option<T> {
    serde_json::from_str(kept.strip_prefix(FIRST_FORM)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CallerKind;

    #[test]
    fn a_key_has_1_to_255_characters() {
        assert_eq!(IdempotencyKey::new(""), Err(TextError::Empty));
        assert!(IdempotencyKey::new(&"k".repeat(255)).is_ok());
        assert!(IdempotencyKey::new(&"k".repeat(256)).is_err());
    }

    #[test]
    fn a_key_of_the_shop_is_everybodys_and_nobody_can_send_one() {
        let ada = Caller { kind: CallerKind::Account, id: Uuid::from_u128(7) };
        let (of_shop, own) = (IdempotencyKey::of_shop("K"), IdempotencyKey::new("K").unwrap());
        assert_eq!((of_shop.owner(ada), own.owner(ada)), (Caller::SYSTEM, ada));
        assert_eq!(IdempotencyKey::new(of_shop.as_str()), Err(TextError::Hidden(SHOPS)));
    }

    /// It is kept on the order: another value would not find it again.
    #[test]
    fn what_a_key_is_found_by_depends_on_all_of_it_and_never_changes() {
        let key = |text| IdempotencyKey::new(text).unwrap();
        let caller = |kind, id| Caller { kind, id: Uuid::from_u128(id) };
        let ada = caller(CallerKind::Account, 7);
        let found_by = once_id(ada, &key("K1"));
        assert_eq!(found_by.to_string(), "d820ef3c-55ea-8e92-8c92-0fb7fc6ba690");
        for (other, key) in [
            (ada, key("K2")),
            (caller(CallerKind::Account, 8), key("K1")),
            (caller(CallerKind::System, 7), key("K1")),
        ] {
            assert_ne!(once_id(other, &key), found_by);
        }
    }
}
