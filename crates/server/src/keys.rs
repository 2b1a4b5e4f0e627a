//! API keys as text: `sk_`, and in base64url the key's id and its secret. The id is what a key is
//! looked up by; of the secret only a hash is kept, so that whoever reads the database has no key.

mod known;

use crate::secrets::{base64url, hash, is_same, random, read_base64url};
use std::fmt;
use uuid::Uuid;

pub use known::{DEMO_CHANNEL, KnownKeys, now};

/// By it a key is told from a token, and found by whoever looks for lost secrets.
pub const PREFIX: &str = "sk_";
const ID: usize = 16;
const SECRET: usize = 32;

#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: Uuid,
    secret: [u8; SECRET],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an API key is `sk_` and 64 letters, digits, - and _")]
pub struct NoKey;

impl ApiKey {
    pub fn make(id: Uuid) -> ApiKey {
        ApiKey { id, secret: random() }
    }

    pub fn read(text: &str) -> Result<ApiKey, NoKey> {
        let bytes: [u8; ID + SECRET] =
            text.strip_prefix(PREFIX).and_then(read_base64url).ok_or(NoKey)?;
        let (mut id, mut secret) = ([0; ID], [0; SECRET]);
        id.copy_from_slice(&bytes[..ID]);
        secret.copy_from_slice(&bytes[ID..]);
        Ok(ApiKey { id: Uuid::from_bytes(id), secret })
    }

    /// The whole key, which is shown once.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", base64url(&[self.id.as_bytes().as_slice(), &self.secret].concat()))
    }

    /// What is kept of the secret: 64 hexadecimal digits.
    pub fn hash(&self) -> String {
        hash(&[&self.secret])
    }

    /// Whether the hash that was kept is of this secret.
    pub fn is_of(&self, kept: &str) -> bool {
        is_same(&self.hash(), kept)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ApiKey({}, ***)", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_made() {
        let key = ApiKey::make(Uuid::from_u128(7));
        let text = key.text();
        assert_eq!((text.len(), &text[..3]), (67, "sk_"));
        assert_eq!(ApiKey::read(&text), Ok(key.clone()));
        assert!(key.is_of(&key.hash()) && key.hash().len() == 64);
        let other = ApiKey::make(key.id);
        assert!(!key.is_of(&other.hash()) && !key.is_of("") && !key.is_of(&text));
        assert!(!format!("{key:?}").contains(&text[40..]), "{key:?}");
    }

    #[test]
    fn what_is_no_key_is_told_what_one_is() {
        let text = ApiKey::make(Uuid::from_u128(7)).text();
        let bare = &text[3..];
        for wrong in [
            "",
            "sk_",
            bare,
            &format!("pk_{bare}"),
            &format!("SK_{bare}"),
            &format!("sk_sk_{bare}"),
            &text[..66],
            &format!("{text}A"),
            &format!("{text}AAAA"),
            &format!("{text}=="),
            &format!(" {text}"),
            &format!("sk_{}", "+".repeat(64)),
            &format!("sk_{}", "ü".repeat(32)),
            &format!("sk_{}", "A".repeat(1_000_000)),
        ] {
            assert_eq!(ApiKey::read(wrong), Err(NoKey), "{}", &wrong[..wrong.len().min(80)]);
        }
        assert!(NoKey.to_string().contains("sk_"));
    }
}
