//! Access and refresh tokens: JWTs, signed with HS256 and nothing else.
//!
//! The time is handed in, so that tests and simulations can set it. A token of one kind is never
//! taken for the other. Whether a session still lives is not written in a token.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;
use uuid::Uuid;

/// The clocks of two nodes may differ by so much.
const LEEWAY_S: i64 = 5;
/// No token of ours is longer; what is, is not even decoded.
const LENGTH_MOST: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the token is not one of this shop")]
    Invalid,
    #[error("the token has expired")]
    Expired,
    #[error("the token is of another kind than is needed here")]
    WrongKind,
    #[error("the token could not be signed")]
    Unsigned,
}

/// What the two kinds of tokens are called inside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Access,
    Refresh,
}

/// Whom a token is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub id: Uuid,
    pub username: String,
    pub email: String,
    pub role: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    pub sub: Uuid,
    pub username: String,
    pub email: String,
    pub role: String,
    /// The session, whose end ends this token too.
    pub sid: Uuid,
    pub iat: i64,
    pub exp: i64,
    pub jti: Uuid,
    pub typ: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshClaims {
    pub sub: Uuid,
    pub sid: Uuid,
    /// Rises with each refresh of the session: an old one that comes back was stolen, or lost.
    #[serde(rename = "gen")]
    pub generation: i64,
    pub iat: i64,
    pub exp: i64,
    pub jti: Uuid,
    pub typ: Kind,
}

/// Issues and reads the tokens of a shop.
pub struct Tokens {
    signs: EncodingKey,
    reads: DecodingKey,
    validation: Validation,
    access_ttl_s: i64,
    refresh_ttl_s: i64,
}

impl Tokens {
    pub fn new(secret: &[u8], access_ttl: Duration, refresh_ttl: Duration) -> Tokens {
        let mut validation = Validation::new(Algorithm::HS256);
        // Its clock is the system's, and its leeway a minute; `check` looks at the time.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Tokens {
            signs: EncodingKey::from_secret(secret),
            reads: DecodingKey::from_secret(secret),
            validation,
            access_ttl_s: seconds(access_ttl),
            refresh_ttl_s: seconds(refresh_ttl),
        }
    }

    /// How long an access token is valid: `expires_in` on the wire.
    pub fn access_ttl_s(&self) -> i64 {
        self.access_ttl_s
    }

    pub fn refresh_ttl_s(&self) -> i64 {
        self.refresh_ttl_s
    }

    pub fn issue_access(
        &self,
        holder: &Holder,
        sid: Uuid,
        now_s: i64,
    ) -> Result<String, TokenError> {
        self.sign(&AccessClaims {
            sub: holder.id,
            username: holder.username.clone(),
            email: holder.email.clone(),
            role: holder.role.clone(),
            sid,
            iat: now_s,
            exp: now_s.saturating_add(self.access_ttl_s),
            jti: Uuid::now_v7(),
            typ: Kind::Access,
        })
    }

    pub fn issue_refresh(
        &self,
        holder: Uuid,
        sid: Uuid,
        generation: i64,
        now_s: i64,
    ) -> Result<String, TokenError> {
        self.sign(&RefreshClaims {
            sub: holder,
            sid,
            generation,
            iat: now_s,
            exp: now_s.saturating_add(self.refresh_ttl_s),
            jti: Uuid::now_v7(),
            typ: Kind::Refresh,
        })
    }

    pub fn read_access(&self, token: &str, now_s: i64) -> Result<AccessClaims, TokenError> {
        self.check(token, Kind::Access, now_s)
    }

    pub fn read_refresh(&self, token: &str, now_s: i64) -> Result<RefreshClaims, TokenError> {
        self.check(token, Kind::Refresh, now_s)
    }

    fn sign(&self, claims: &impl Serialize) -> Result<String, TokenError> {
        encode(&Header::new(Algorithm::HS256), claims, &self.signs).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            TokenError::Unsigned
        })
    }

    fn check<T: Claims>(&self, token: &str, kind: Kind, now_s: i64) -> Result<T, TokenError> {
        if token.len() > LENGTH_MOST {
            return Err(TokenError::Invalid);
        }
        let Ok(read) = decode::<T>(token, &self.reads, &self.validation) else {
            // A good token of the other kind is told apart from a forged one.
            let read = decode::<AnyKind>(token, &self.reads, &self.validation);
            return match read {
                Ok(other) if other.claims.typ != kind => Err(TokenError::WrongKind),
                _ => Err(TokenError::Invalid),
            };
        };
        let (typ, exp) = read.claims.kind_and_end();
        if typ != kind {
            return Err(TokenError::WrongKind);
        }
        if now_s > exp.saturating_add(LEEWAY_S) {
            return Err(TokenError::Expired);
        }
        Ok(read.claims)
    }
}

trait Claims: DeserializeOwned {
    fn kind_and_end(&self) -> (Kind, i64);
}

impl Claims for AccessClaims {
    fn kind_and_end(&self) -> (Kind, i64) {
        (self.typ, self.exp)
    }
}

impl Claims for RefreshClaims {
    fn kind_and_end(&self) -> (Kind, i64) {
        (self.typ, self.exp)
    }
}

#[derive(Deserialize)]
struct AnyKind {
    typ: Kind,
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: i64 = 2_000_000_000;
    const SECRET: &[u8] = b"a secret of thirty-two bytes or so";

    fn tokens() -> Tokens {
        Tokens::new(SECRET, Duration::from_secs(900), Duration::from_secs(86_400))
    }

    fn holder() -> Holder {
        Holder {
            id: Uuid::from_u128(1),
            username: "demo".to_owned(),
            email: "demo@example.com".to_owned(),
            role: "customer".to_owned(),
        }
    }

    fn access() -> String {
        tokens().issue_access(&holder(), Uuid::from_u128(2), NOW).unwrap()
    }

    fn refresh() -> String {
        tokens().issue_refresh(Uuid::from_u128(1), Uuid::from_u128(2), 7, NOW).unwrap()
    }

    /// Claims as somebody else would sign them.
    fn forged(
        algorithm: Algorithm,
        secret: &[u8],
        change: impl Fn(&mut serde_json::Value),
    ) -> String {
        let mut claims =
            serde_json::to_value(tokens().read_access(&access(), NOW).unwrap()).unwrap();
        change(&mut claims);
        encode(&Header::new(algorithm), &claims, &EncodingKey::from_secret(secret)).unwrap()
    }

    #[test]
    fn what_was_issued_is_read() {
        let claims = tokens().read_access(&access(), NOW).unwrap();
        assert_eq!((claims.sub, claims.sid), (Uuid::from_u128(1), Uuid::from_u128(2)));
        assert_eq!((claims.iat, claims.exp), (NOW, NOW + 900));
        assert_eq!((claims.username.as_str(), claims.role.as_str()), ("demo", "customer"));
        let claims = tokens().read_refresh(&refresh(), NOW).unwrap();
        assert_eq!((claims.generation, claims.exp), (7, NOW + 86_400));
        assert_ne!(access(), access(), "each has an id of its own");
    }

    #[test]
    fn a_token_is_valid_for_its_time_and_not_longer() {
        for (now, read) in [
            (NOW, Ok(())),
            (NOW + 900, Ok(())),
            (NOW + 905, Ok(())),
            (NOW + 906, Err(TokenError::Expired)),
            (i64::MAX, Err(TokenError::Expired)),
            (NOW - 60, Ok(())),
        ] {
            assert_eq!(tokens().read_access(&access(), now).map(|_| ()), read, "{now}");
        }
    }

    #[test]
    fn one_kind_is_not_taken_for_the_other() {
        let wrong = Some(TokenError::WrongKind);
        assert_eq!(tokens().read_access(&refresh(), NOW).err(), wrong);
        assert_eq!(tokens().read_refresh(&access(), NOW).err(), wrong);
        // One that has the fields of both kinds is still of the kind it says.
        let both = forged(Algorithm::HS256, SECRET, |claims| {
            claims["typ"] = json!("refresh");
            claims["gen"] = json!(1);
        });
        assert_eq!(tokens().read_access(&both, NOW).err(), wrong);
        assert!(tokens().read_refresh(&both, NOW).is_ok());
    }

    #[test]
    fn what_this_shop_did_not_sign_is_refused() {
        let whole = access();
        let (head, signature) = whole.rsplit_once('.').unwrap();
        let payload = head.split_once('.').unwrap().1;
        // {"alg":"none"} and {"alg":"none","typ":"JWT"}
        let none = ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"];
        let keep = |_: &mut serde_json::Value| ();
        for (token, what) in [
            (String::new(), "nothing"),
            ("garbage".to_owned(), "garbage"),
            ("a.b.c".to_owned(), "three letters"),
            ("....".to_owned(), "dots"),
            ("ü.ü.ü".to_owned(), "not ASCII"),
            (format!("{}.{payload}.", none[0]), "no algorithm"),
            (format!("{}.{payload}.{signature}", none[1]), "no algorithm, but a signature"),
            (format!("{head}."), "no signature"),
            (head.to_owned(), "cut off"),
            (format!("{head}.{}", signature.to_lowercase()), "another signature"),
            (forged(Algorithm::HS256, b"another secret", keep), "another key"),
            (forged(Algorithm::HS384, SECRET, keep), "another algorithm"),
            (forged(Algorithm::HS256, SECRET, |c| c["exp"] = json!("never")), "no end"),
            (forged(Algorithm::HS256, SECRET, |c| c["exp"] = json!(1e300)), "an end in floats"),
            (forged(Algorithm::HS256, SECRET, |c| c["typ"] = json!("other")), "another kind"),
            ("x".repeat(1_000_000), "a lot"),
            (format!("{}{whole}", " ".repeat(5000)), "too long"),
        ] {
            assert_eq!(
                tokens().read_access(&token, NOW).err(),
                Some(TokenError::Invalid),
                "{what}"
            );
        }
    }
}
