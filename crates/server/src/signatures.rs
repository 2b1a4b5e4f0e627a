//! Signatures of messages between the shop and other systems, after Standard Webhooks: of its id, its time and
//! its body, by a secret that both know.

use crate::settings::Secret;
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};

pub const ID: &str = "webhook-id";
pub const TIMESTAMP: &str = "webhook-timestamp";
pub const SIGNATURE: &str = "webhook-signature";

/// What a secret that is base64 begins with.
const PREFIX: &str = "whsec_";
/// How far the other system's clock may be from this one's, in seconds.
const TOLERANCE_S: u64 = 5 * 60;
/// So many bytes a secret has at least.
const SECRET_BYTES: usize = 24;

/// A message as it is signed.
#[derive(Clone, Copy)]
pub struct Message<'m> {
    pub id: &'m str,
    pub timestamp: i64,
    pub body: &'m [u8],
}

#[derive(Clone)]
pub struct Signer(hmac::Key);

impl Signer {
    /// What follows `whsec_` is base64 where it can be; any other secret is taken as it is.
    pub fn new(secret: &Secret) -> Signer {
        let text = secret.expose();
        let bytes = text.strip_prefix(PREFIX).and_then(|rest| STANDARD.decode(rest).ok());
        let bytes = bytes.unwrap_or_else(|| text.as_bytes().to_vec());
        Signer(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
    }

    /// Why nobody should sign with this.
    pub fn check_secret(secret: &Secret) -> Result<(), &'static str> {
        let text = secret.expose();
        let bytes = match text.strip_prefix(PREFIX) {
            None => text.len(),
            Some(rest) => {
                let bytes = STANDARD.decode(rest);
                bytes.map_err(|_| "begins with whsec_, and what follows is no base64")?.len()
            }
        };
        match bytes >= SECRET_BYTES {
            true => Ok(()),
            false => Err("is shorter than 24 bytes: make one with `openssl rand -base64 32`"),
        }
    }

    pub fn sign(&self, message: Message<'_>) -> String {
        let tag = hmac::sign(&self.0, &signed(message));
        format!("v1,{}", STANDARD.encode(tag))
    }

    /// Whether one of these, apart from each other by spaces, is its signature, and it was signed about now.
    pub fn check(&self, message: Message<'_>, signatures: &str, now_s: i64) -> Result<(), Wrong> {
        if now_s.abs_diff(message.timestamp) > TOLERANCE_S {
            return Err(Wrong::Time);
        }
        let signed = signed(message);
        let is_good = |signature: &str| {
            let tag = signature.strip_prefix("v1,").and_then(|tag| STANDARD.decode(tag).ok());
            tag.is_some_and(|tag| hmac::verify(&self.0, &signed, &tag).is_ok())
        };
        signatures.split(' ').any(is_good).then_some(()).ok_or(Wrong::Signature)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    Time,
    Signature,
}

fn signed(Message { id, timestamp, body }: Message<'_>) -> Vec<u8> {
    [format!("{id}.{timestamp}.").as_bytes(), body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_614_265_330;

    fn message(body: &[u8]) -> Message<'_> {
        Message { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: NOW, body }
    }

    #[test]
    fn a_secret_is_long_enough_and_base64_where_it_says_so() {
        let check = |text: &str| Signer::check_secret(&Secret::new(text)).is_ok();
        assert!(check("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") && check(&"x".repeat(24)));
        for text in ["", "short", "whsec_", "whsec_!!", "whsec_MfKQ9r8GKYqr", &"x".repeat(23)] {
            assert!(!check(text), "{text}");
        }
    }

    /// The example of the standard's own libraries.
    #[test]
    fn a_message_is_signed_as_the_standard_says() {
        let signer = Signer::new(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        let signature = signer.sign(message(br#"{"test": 2432232314}"#));
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn only_what_was_signed_by_the_secret_about_now_is_taken() {
        let signer = Signer::new(&Secret::new("a secret of our own"));
        let signature = signer.sign(message(b"{}"));
        let check = |signatures: &str, now_s| signer.check(message(b"{}"), signatures, now_s);
        assert_eq!(check(&signature, NOW), Ok(()));
        assert_eq!(check(&format!("v1,AAAA v2,x {signature}"), NOW), Ok(()));
        assert_eq!(check(&signature, NOW + 300), Ok(()));
        for other in [NOW + 301, NOW - 301, i64::MIN, i64::MAX] {
            assert_eq!(check(&signature, other), Err(Wrong::Time));
        }
        for wrong in ["", "v1,", "v1,AAAA", &signature["v1,".len()..]] {
            assert_eq!(check(wrong, NOW), Err(Wrong::Signature), "{wrong}");
        }
        assert_eq!(signer.check(message(b"{ }"), &signature, NOW), Err(Wrong::Signature));
        let other = Signer::new(&Secret::new("another secret"));
        assert_eq!(other.check(message(b"{}"), &signature, NOW), Err(Wrong::Signature));
    }
}
