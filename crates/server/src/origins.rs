//! From where people come in, known after a restart and to every node: a session keeps it, as a hash that
//! only the shop can make. Whoever reads the database finds no address in it.
//!
//! It is looked at for those only who would have to wait for what strangers have done, and seldom: a flood
//! of guesses must not become one of reads. What is known already costs no read.

use crate::{
    app::App,
    http::{clients::Client, problems::Problem},
    keys::now,
    limits::{Attempt, Guess, KNOWN_FOR, Pace, Paces, Source},
    secrets::base64url,
};
use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use domain::{AccountId, Text, carts::CrowdId};
use moka::future::Cache;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use store::{ReadError, Readers};

/// What was read of a name is good for so long: its owner need not wait for it longer than for a pause.
const FRESH: Duration = Duration::from_secs(10);
/// Names of which something is remembered: six megabytes, if each has as many origins as are read.
const NAMES: u64 = 1000;
/// How often one source may have a name looked up: what others ask does not keep an owner from it.
const BY_SOURCE: Pace = Pace { interval: Duration::from_secs(5), at_once: 10 };
const PLACES: usize = 1 << 14;

pub struct Origins {
    signs: hmac::Key,
    /// Of before the secret was changed.
    previous: Option<hmac::Key>,
    seen: Cache<String, Seen>,
    asked: Paces,
}

/// Of a name: the account, and from where it was used.
type Seen = Arc<[(AccountId, Text<64>)]>;

impl Origins {
    pub fn new(secret: &[u8], previous: Option<&[u8]>) -> Origins {
        let key = |secret| hmac::Key::new(hmac::HMAC_SHA256, secret);
        Origins {
            signs: key(secret),
            previous: previous.map(key),
            seen: Cache::builder().max_capacity(NAMES).time_to_live(FRESH).build(),
            asked: Paces::new(BY_SOURCE, PLACES),
        }
    }

    /// What a session keeps of where it is used.
    pub fn of(&self, account: AccountId, source: impl Into<Source>) -> Text<64> {
        Text::stored(&hashed(&self.signs, account, source.into()))
    }

    /// Whom the guests of an address are counted as, and all of a customer's of an IPv6 network: that tells
    /// nobody which it is.
    pub fn crowd(&self, source: impl Into<Source>) -> CrowdId {
        let line = source.into().line();
        let what = [b"sutler crowd\0".as_slice(), &line.to_bytes()].concat();
        CrowdId::of(&base64url(hmac::sign(&self.signs, &what).as_ref()))
    }

    /// Whether the account of this name was used from here lately.
    async fn knows(
        &self,
        readers: &Readers,
        name: &str,
        source: Source,
    ) -> Result<bool, Arc<ReadError>> {
        let is_free = self.seen.contains_key(name);
        if !is_free && self.asked.take_from(source, Instant::now()).is_err() {
            return Ok(false);
        }
        let since = now().minus(i64::try_from(KNOWN_FOR.as_micros()).unwrap_or(i64::MAX));
        let read = async { readers.exact().origins(name, since).await.map(Seen::from) };
        let seen = self.seen.try_get_with(name.to_owned(), read).await?;
        Ok(seen.iter().any(|(account, origin)| self.is_of(origin, *account, source)))
    }

    fn is_of(&self, origin: &Text<64>, account: AccountId, source: Source) -> bool {
        [Some(&self.signs), self.previous.as_ref()].into_iter().flatten().any(|key| {
            let here = hashed(key, account, source);
            verify_slices_are_equal(here.as_bytes(), origin.as_str().as_bytes()).is_ok()
        })
    }
}

/// No account's hash of an address is another's: they do not tell who lives with whom.
fn hashed(key: &hmac::Key, account: AccountId, source: Source) -> String {
    let what = [b"sutler origin\0", account.0.as_bytes().as_slice(), &source.to_bytes()].concat();
    base64url(hmac::sign(key, &what).as_ref())
}

/// An attempt at a name that one comes in by. What strangers have used up of it is not asked of whom it
/// let in from here before.
pub async fn attempt<'a>(
    app: &'a App,
    guess: Guess,
    name: &str,
    client: Client,
) -> Result<Attempt<'a>, Problem> {
    let check = || app.attempts.check(guess, name, client, Instant::now());
    let checked = match check() {
        Err(late) if late.by_strangers && recalls(app, guess, name, client).await => check(),
        checked => checked,
    };
    checked.map_err(Problem::too_many_attempts)
}

/// The same, at a secret of an account that is known already: its password once more, a code.
pub async fn own_attempt(
    app: &App,
    guess: Guess,
    account: AccountId,
    client: Client,
) -> Result<Attempt<'_>, Problem> {
    let check = || app.attempts.check(guess, account.to_string(), client, Instant::now());
    let late = match check() {
        Err(late) if late.by_strangers => late,
        checked => return checked.map_err(Problem::too_many_attempts),
    };
    let owner = app.readers.exact().account(account).await?;
    let name = owner.map(|owner| owner.username.folded()).unwrap_or_default();
    if !recalls(app, Guess::Login, &name, client).await {
        return Err(Problem::too_many_attempts(late));
    }
    app.attempts.know(guess, account.to_string(), client, Instant::now());
    check().map_err(Problem::too_many_attempts)
}

/// Whether a name is known to have let in this client, by its sessions; from now on it is.
pub async fn recalls(app: &App, guess: Guess, name: &str, client: Client) -> bool {
    match app.origins.knows(&app.readers, name, client.into()).await {
        Ok(true) => {
            app.attempts.know(guess, name, client, Instant::now());
            true
        }
        Ok(false) => false,
        Err(error) => {
            tracing::warn!(%error, "from where an account was used could not be read");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;
    use uuid::Uuid;

    fn source(address: &str) -> Source {
        address.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn an_origin_is_of_one_account_one_address_and_one_shop() {
        let (ann, ben) = (AccountId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)));
        let (old, new) = (b"old".as_slice(), b"new".as_slice());
        let origin = Origins::new(old, None).of(ann, source("192.0.2.1"));
        for (secret, previous, account, from, is) in [
            (old, None, ann, "192.0.2.1", true),
            (old, None, ann, "::ffff:192.0.2.1", true),
            (old, None, ann, "192.0.2.2", false),
            (old, None, ben, "192.0.2.1", false),
            (new, None, ann, "192.0.2.1", false),
            (new, Some(old), ann, "192.0.2.1", true),
            (new, Some(old), ben, "192.0.2.1", false),
        ] {
            let origins = Origins::new(secret, previous);
            assert_eq!(origins.is_of(&origin, account, source(from)), is, "{account} {from}");
        }
        assert!(!origin.as_str().contains("192"), "{origin}");
    }

    #[test]
    fn all_addresses_of_a_household_are_one_origin() {
        let (origins, ann) = (Origins::new(b"secret", None), AccountId(Uuid::from_u128(1)));
        let of = |address| origins.of(ann, source(address));
        assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
    }

    /// Who is given a /56 has 256 times a /64: each with a crowd of its own, he would hold what he likes.
    #[test]
    fn all_guests_behind_one_line_are_one_crowd() {
        let origins = Origins::new(b"secret", None);
        let of = |address| origins.crowd(source(address));
        for (one, other, same) in [
            ("2001:db8::1", "2001:db8::2", true),
            ("2001:db8::1", "2001:db8:0:1::1", true),
            ("2001:db8::1", "2001:db8:0:ff:1:2:3:4", true),
            ("2001:db8::1", "2001:db8:0:100::1", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
        ] {
            assert_eq!(of(one) == of(other), same, "{one} {other}");
        }
        assert_ne!(of("192.0.2.1"), Origins::new(b"other", None).crowd(source("192.0.2.1")));
    }
}
