//! One-time links: what a message brings back to the shop, in base64url. It names the account, so
//! that it is found without a search, and what it is for, so that no link does what another one may.
//! Of its secret only a hash is kept; that it is used once, and how long it lasts, is kept beside it.

use crate::secrets::{base64url, hash, is_same, random, read_base64url};
use aws_lc_rs::hmac;
use domain::{Account, Micros, Purpose};
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

/// Makes links for whoever asks without a login, which may be a stranger. Who asks again is sent the same
/// one, so that nobody spends what the owner is about to follow: its secret follows from the account as it
/// is, and from the time. Following it begins another era of the account, and so makes the next one another.
pub struct Repeated {
    signs: hmac::Key,
}

impl Repeated {
    pub fn new(secret: &[u8]) -> Repeated {
        Repeated { signs: hmac::Key::new(hmac::HMAC_SHA256, secret) }
    }

    /// A link, and how long it is good from now: the one that is kept, while it is, or another one. Time goes in
    /// spans as long as a link lives. One that was made in this span or the one before lives anew when it is
    /// asked for; an older one for as long as was said last, so that it does not live for ever.
    pub fn link(
        &self,
        account: &Account,
        purpose: Purpose,
        (now, lifetime_us): (Micros, i64),
        kept: Option<&domain::Link>,
    ) -> (Link, i64) {
        let span = now.0 / lifetime_us.max(1);
        let living = kept.filter(|kept| kept.expires_at > now);
        for (back, lives_us) in [(1, Some(lifetime_us)), (2, None)] {
            let before = self.made_in(span - back, account, purpose);
            if let Some(kept) = living.filter(|kept| before.is_of(&kept.secret)) {
                return (before, lives_us.unwrap_or(kept.expires_at.0 - now.0));
            }
        }
        (self.made_in(span, account, purpose), lifetime_us)
    }

    fn made_in(&self, span: i64, account: &Account, purpose: Purpose) -> Link {
        let mut context = hmac::Context::with_key(&self.signs);
        context.update(b"sutler link\0");
        context.update(account.id.0.as_bytes());
        for number in [account.version, account.era, purpose.code(), span] {
            context.update(&number.to_be_bytes());
        }
        context.update(account.email.as_str().as_bytes());
        let mut secret = [0; SECRET];
        secret.copy_from_slice(&context.sign().as_ref()[..SECRET]);
        Link { account: account.id.0, purpose, secret }
    }
}

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
    use domain::{AccountId, Email, Role, Text, Username};

    fn account() -> Account {
        Account {
            id: AccountId(Uuid::from_u128(7)),
            username: Username::stored("ann"),
            skeleton: None,
            email: Email::stored("ann@example.com"),
            email_confirmed: true,
            password_hash: Text::default(),
            first_name: Text::default(),
            last_name: Text::default(),
            language: None,
            role: Role::Customer,
            is_active: true,
            version: 1,
            era: 1,
            era_began_at: None,
            gone_at: None,
            held_until: None,
            created_at: Micros(0),
            updated_at: Micros(0),
        }
    }

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
    fn who_asks_again_gets_the_same_link_for_as_long_as_it_is_said_to_live() {
        let (ann, lifetime) = (account(), 1800);
        let (repeated, reset) = (Repeated::new(b"secret"), Purpose::ResetPassword);
        let kept = |link: &Link, until: i64| domain::Link {
            account: ann.id,
            purpose: reset,
            secret: Text::stored(&link.hash()),
            email: ann.email.clone(),
            made_at: Micros(0),
            expires_at: Micros(until),
        };
        for made in [18_000, 18_001, 19_799] {
            let at = |now: i64, kept: Option<domain::Link>| {
                repeated.link(&ann, reset, (Micros(now), lifetime), kept.as_ref())
            };
            let (first, _) = at(made, None);
            // As long as a letter has said, whoever asks meanwhile.
            let mut said = made + lifetime;
            for later in [60, 1799, 1800, 3500, 5200, 5399] {
                let now = made + later;
                let (link, lives) = at(now, Some(kept(&first, said)));
                match said > now {
                    true => assert!(link == first && now + lives >= said, "{made} and {later}"),
                    false => assert!(link != first, "not for ever: {made} and {later}"),
                }
                said = if link == first { now + lives } else { 0 };
            }
            assert!(made + 3 * lifetime >= said, "no longer than three lives: {made}");
            let stranger = kept(&Link::make(ann.id.0, reset), made + lifetime);
            assert!(at(made, Some(stranger)).0 == first);
        }
    }

    #[test]
    fn a_link_that_is_made_again_is_of_one_account_as_it_is_one_purpose_and_one_shop() {
        let (ann, when) = (account(), (Micros(0), 1800));
        let reset = Purpose::ResetPassword;
        let link = Repeated::new(b"secret").link(&ann, reset, when, None).0;
        let others = [
            Account { id: AccountId(Uuid::from_u128(8)), ..ann.clone() },
            Account { era: ann.era + 1, ..ann.clone() },
            Account { version: ann.version + 1, ..ann.clone() },
            Account { email: Email::stored("anna@example.com"), ..ann.clone() },
        ];
        let secret = |link: &Link| link.secret;
        for other in &others {
            let other = Repeated::new(b"secret").link(other, reset, when, None).0;
            assert_ne!(secret(&other), secret(&link), "{other:?}");
        }
        let elsewhere = Repeated::new(b"other").link(&ann, reset, when, None).0;
        let confirms = Repeated::new(b"secret").link(&ann, Purpose::ConfirmEmail, when, None).0;
        assert!(secret(&elsewhere) != secret(&link) && secret(&confirms) != secret(&link));
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
