//! One-time links: what a message brings back to the shop, in base64url. It names the account, so
//! that it is found without a search, and what it is for, so that no link does what another one may.
//! Of its secret only a hash is kept; that it is used once, and how long it lasts, is kept beside it.

use crate::secrets::{base64url, hash, is_same, random, read_base64url};
use domain::Purpose;
use std::fmt;
use uuid::Uuid;

const ID: usize = 16;
const SECRET: usize = 24;

#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    pub account: Uuid,
    pub purpose: Purpose,
    secret: [u8; SECRET],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a link of this shop; was all of it copied?")]
pub struct NoLink;

impl Link {
    pub fn make(account: Uuid, purpose: Purpose) -> Link {
        Link { account, purpose, secret: random() }
    }

    /// Reads what a link for one of these purposes brought.
    pub fn read(text: &str, purposes: &[Purpose]) -> Result<Link, NoLink> {
        let bytes: [u8; ID + 1 + SECRET] = read_base64url(text).ok_or(NoLink)?;
        let purpose = Purpose::coded(i64::from(bytes[ID]));
        let purpose = purpose.filter(|purpose| purposes.contains(purpose)).ok_or(NoLink)?;
        let (mut account, mut secret) = ([0; ID], [0; SECRET]);
        account.copy_from_slice(&bytes[..ID]);
        secret.copy_from_slice(&bytes[ID + 1..]);
        Ok(Link { account: Uuid::from_bytes(account), purpose, secret })
    }

    /// What goes out, once.
    pub fn text(&self) -> String {
        let account = self.account.as_bytes().as_slice();
        base64url(&[account, &[code(self.purpose)], &self.secret].concat())
    }

    /// What is kept: 64 hexadecimal digits, of all that it says.
    pub fn hash(&self) -> String {
        hash(&[self.account.as_bytes(), &[code(self.purpose)], &self.secret])
    }

    /// Whether the hash that was kept is of this link.
    pub fn is_of(&self, kept: &str) -> bool {
        is_same(&self.hash(), kept)
    }
}

/// The codes go out in messages: none is ever given another meaning.
fn code(purpose: Purpose) -> u8 {
    u8::try_from(purpose.code()).unwrap_or_default()
}

impl fmt::Debug for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Link({}, {:?}, ***)", self.account, self.purpose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_as_it_was_made_and_for_its_purpose_only() {
        for purpose in Purpose::ALL.iter().copied() {
            let link = Link::make(Uuid::from_u128(7), purpose);
            let text = link.text();
            assert_eq!(text.len(), 55);
            for asked in Purpose::ALL.iter().copied() {
                let read = if asked == purpose { Ok(link.clone()) } else { Err(NoLink) };
                assert_eq!(Link::read(&text, &[asked]), read);
            }
            let other = Link::make(link.account, purpose);
            assert!(link.is_of(&link.hash()) && !link.is_of(&other.hash()) && !link.is_of(""));
            assert!(!format!("{link:?}").contains(&text[30..]), "{link:?}");
        }
    }

    #[test]
    fn the_hash_is_of_the_account_and_the_purpose_too() {
        let link = Link::make(Uuid::from_u128(7), Purpose::ResetPassword);
        let another = Link { account: Uuid::from_u128(8), ..link.clone() };
        let elsewhere = Link { purpose: Purpose::ConfirmEmail, ..link.clone() };
        assert!(!another.is_of(&link.hash()) && !elsewhere.is_of(&link.hash()));
    }

    #[test]
    fn what_is_no_link_is_refused() {
        let text = Link::make(Uuid::from_u128(7), Purpose::ResetPassword).text();
        let mut bytes: [u8; 41] = read_base64url(&text).unwrap();
        bytes[ID] = 9;
        for wrong in [
            "",
            &text[..54],
            &text[1..],
            &format!("{text}A"),
            &format!("{text}="),
            &format!("{text} "),
            &text.replace(&text[..1], "+"),
            &base64url(&bytes),
            &"A".repeat(1_000_000),
        ] {
            assert_eq!(Link::read(wrong, &[Purpose::ResetPassword]), Err(NoLink));
        }
    }
}
