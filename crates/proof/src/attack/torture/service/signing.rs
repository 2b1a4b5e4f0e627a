//! How a shop and a fulfilment service know each other, told a second time: HMAC-SHA256 of id, time and body,
//! after Standard Webhooks.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::SystemTime,
};
use uuid::Uuid;

/// As far as two clocks may be apart.
const APART_S: i64 = 300;

#[derive(Clone)]
pub struct Seal {
    /// As the shop is told it.
    pub secret: String,
    key: hmac::Key,
    /// So far the shop's clock is ahead of this one's, in seconds.
    ahead_s: Arc<AtomicI64>,
}

impl Seal {
    pub fn new(ahead_s: Arc<AtomicI64>) -> Seal {
        let bytes = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
        let secret = format!("whsec_{}", STANDARD.encode(&bytes));
        Seal { secret, key: hmac::Key::new(hmac::HMAC_SHA256, &bytes), ahead_s }
    }

    /// By somebody who does not know the secret.
    pub fn forged(&self) -> Seal {
        Seal::new(self.ahead_s.clone())
    }

    pub fn now_s(&self) -> i64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        since.as_secs() as i64 + self.ahead_s.load(Relaxed)
    }

    /// Whether the shop's clock is one that is set.
    pub fn is_of_clocks(&self) -> bool {
        self.ahead_s.load(Relaxed) != 0
    }

    pub fn sign(&self, id: &str, at_s: i64, body: &str) -> String {
        let tag = hmac::sign(&self.key, format!("{id}.{at_s}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }

    /// What is wrong with a message, if anything is.
    pub fn misfit(&self, id: &str, at: &str, signature: &str, body: &str) -> Option<&'static str> {
        let Ok(at_s) = at.parse::<i64>() else { return Some("has no time") };
        match () {
            // Where it is set, it may have been set since.
            () if !self.is_of_clocks() && (self.now_s() - at_s).abs() > APART_S => {
                Some("was signed at another time")
            }
            () if self.sign(id, at_s, body) != signature => Some("is not signed by the secret"),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_by_the_same_secret_about_now_is_good() {
        let seal = Seal::new(Arc::default());
        let now = seal.now_s();
        let check = |at: i64, body: &str| {
            let signature = seal.sign("m", at, "{}");
            seal.misfit("m", &at.to_string(), &signature, body)
        };
        assert_eq!(check(now, "{}"), None);
        assert!(check(now, "{ }").is_some() && check(now - 3600, "{}").is_some());
        let forged = seal.forged().sign("m", now, "{}");
        assert!(seal.misfit("m", &now.to_string(), &forged, "{}").is_some());
    }
}
