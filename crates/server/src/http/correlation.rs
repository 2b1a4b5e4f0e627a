//! The id that ties together a request, its answer, its log lines and the events it caused.

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, HeaderValue, request::Parts},
};
use std::{
    convert::Infallible,
    sync::atomic::{AtomicU64, Ordering},
};
use uuid::{Builder, Uuid};

pub const CORRELATION_ID: HeaderName = HeaderName::from_static("correlation-id");

/// The correlation id of a request; an argument of handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorrelationId(pub Uuid);

impl<S: Sync> FromRequestParts<S> for CorrelationId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<CorrelationId, Infallible> {
        // Nil only without an envelope, which is in tests.
        let id = parts.extensions.get::<CorrelationId>().copied();
        Ok(id.unwrap_or(CorrelationId(Uuid::nil())))
    }
}

/// Makes ids for requests that bring none. They need to be unique, not secret, so they come from
/// a random seed and a counter, without a call to the system for each request.
pub(super) struct CorrelationIds {
    seed: (u64, u64),
    next: AtomicU64,
}

impl CorrelationIds {
    pub fn new() -> CorrelationIds {
        let seed = Uuid::now_v7().as_u128() ^ Uuid::now_v7().as_u128().rotate_left(64);
        CorrelationIds { seed: ((seed >> 64) as u64, seed as u64), next: AtomicU64::new(0) }
    }

    /// The id that the request brings, and how it is written in the answer: as it came.
    pub fn take(&self, given: Option<&HeaderValue>) -> (Uuid, HeaderValue) {
        if let Some(given) = given
            && let Some(id) = read(given)
        {
            return (id, given.clone());
        }
        let id = self.make();
        let mut text = Uuid::encode_buffer();
        let header = HeaderValue::from_str(id.hyphenated().encode_lower(&mut text));
        // Hexadecimal digits and hyphens are always a header's value.
        (id, header.unwrap_or(HeaderValue::from_static("")))
    }

    fn make(&self) -> Uuid {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let high = mix(self.seed.0 ^ number);
        // Both mixes are one-to-one in the number, so two ids of a process never collide.
        let low = mix(self.seed.1 ^ number.rotate_left(32));
        let bytes = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
        Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// The finalizer of SplitMix64.
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A UUID with its hyphens, or 32 hexadecimal digits.
fn read(header: &HeaderValue) -> Option<Uuid> {
    let bytes = header.as_bytes();
    match bytes.len() {
        32 | 36 => Uuid::try_parse_ascii(bytes).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn an_id_that_is_one_is_taken_as_it_came() {
        let ids = CorrelationIds::new();
        for (given, taken) in [
            ("018F0C3E-0000-7000-8000-000000000001", true),
            ("018f0c3e000070008000000000000001", true),
            ("018f0c3e00007000800000000000000", false),
            ("{018f0c3e-0000-7000-8000-000000000001}", false),
            ("018f0c3e-0000-7000-8000-00000000000g", false),
            ("order 7", false),
            ("", false),
        ] {
            let given = HeaderValue::from_static(given);
            let (id, header) = ids.take(Some(&given));
            assert_eq!(header == given, taken, "{given:?}");
            assert!(!id.is_nil());
        }
    }

    #[test]
    fn made_ids_are_uuids_and_differ() {
        let (one, other) = (CorrelationIds::new(), CorrelationIds::new());
        let made: HashSet<Uuid> = (0..10_000).flat_map(|_| [one.make(), other.make()]).collect();
        assert_eq!(made.len(), 20_000);
        assert!(made.iter().all(|id| id.get_version_num() == 4));
        let (id, header) = one.take(None);
        assert_eq!(header.to_str().unwrap(), id.to_string());
    }
}
