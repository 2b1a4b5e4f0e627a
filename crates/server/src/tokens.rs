//! Access and refresh tokens: JWTs, signed with HS256 and nothing else.
//!
//! The time is handed in, so that tests and simulations can set it. A token of one kind is never
//! taken for the other. Whether a session still lives is not written in a token.

mod seen;

use crate::secrets::hash;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use seen::Seen;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use uuid::Uuid;

/// The clocks of two nodes may differ by so much, where one says that a token has expired.
const LEEWAY_S: i64 = 5;
/// And by so much, where one has signed what is not valid yet by the other's: whoever has just
/// logged in must not be refused at the next node. It lengthens nobody's token.
const EARLY_S: i64 = 60;
/// No token of ours is longer; what is, is not even decoded.
const LENGTH_MOST: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the token is not one of this shop")]
    Invalid,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet; are the clocks of all nodes right?")]
    Early,
    #[error("the token is of another kind than is needed here")]
    WrongKind,
    #[error("the shop was restored to an earlier time since: refresh the token, or log in again")]
    Lost,
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

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Access => "access",
            Kind::Refresh => "refresh",
        }
    }
}

/// Whom a token is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub id: Uuid,
    pub username: String,
    pub role: String,
}

/// No e-mail address: whoever finds a token in a log must not find a person in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Who signed it, and whom it is for.
    pub iss: String,
    pub aud: String,
    pub sub: Uuid,
    pub username: String,
    pub role: String,
    /// The session, whose end ends this token too.
    pub sid: Uuid,
    pub iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    pub exp: i64,
    pub jti: Uuid,
    pub typ: Kind,
    /// The history in which its session is known: another one may not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epoch: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshClaims {
    pub iss: String,
    pub aud: String,
    pub sub: Uuid,
    pub sid: Uuid,
    /// Rises with each refresh of the session: an old one that comes back was stolen, or lost.
    #[serde(rename = "gen")]
    pub generation: i64,
    pub iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    pub exp: i64,
    pub jti: Uuid,
    pub typ: Kind,
}

/// How a shop signs, and what it takes for its own.
#[derive(Clone, Copy)]
pub struct Signing<'s> {
    pub secret: &'s [u8],
    /// The secret before this one, whose tokens are still good.
    pub previous: Option<&'s [u8]>,
    pub issuer: &'s str,
    pub audience: &'s str,
    pub access_ttl: Duration,
    pub refresh_ttl: Duration,
}

/// Issues and reads the tokens of a shop.
pub struct Tokens {
    signs: EncodingKey,
    header: Header,
    /// The one that signs comes first.
    keys: Vec<Key>,
    validation: Validation,
    issuer: String,
    audience: String,
    access_ttl_s: i64,
    refresh_ttl_s: i64,
    seen: Seen,
    /// Of the shop, as soon as it is known. Nothing is answered before.
    epoch: OnceLock<String>,
}

/// A secret that tokens may be signed with.
struct Key {
    id: String,
    reads: DecodingKey,
}

impl Key {
    fn of(secret: &[u8]) -> Key {
        Key { id: key_id(secret), reads: DecodingKey::from_secret(secret) }
    }
}

/// The name of a secret. It helps a guess no more than any signature does.
fn key_id(secret: &[u8]) -> String {
    hash(&[b"sutler key id\0", secret])[..16].to_owned()
}

impl Tokens {
    pub fn new(signing: Signing<'_>) -> Tokens {
        let mut validation = Validation::new(Algorithm::HS256);
        // Its clock is the system's, and its leeway a minute; `check` looks at the time and the rest.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let header = Header { kid: Some(key_id(signing.secret)), ..Header::new(Algorithm::HS256) };
        Tokens {
            signs: EncodingKey::from_secret(signing.secret),
            header,
            keys: [signing.secret].into_iter().chain(signing.previous).map(Key::of).collect(),
            validation,
            issuer: signing.issuer.to_owned(),
            audience: signing.audience.to_owned(),
            access_ttl_s: seconds(signing.access_ttl),
            refresh_ttl_s: seconds(signing.refresh_ttl),
            seen: Seen::default(),
            epoch: OnceLock::new(),
        }
    }

    /// From now on access tokens are of this history, and those of another one are refused.
    pub fn belong_to(&self, epoch: &str) {
        self.epoch.get_or_init(|| epoch.to_owned());
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
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: holder.id,
            username: holder.username.clone(),
            role: holder.role.clone(),
            sid,
            iat: now_s,
            nbf: None,
            exp: now_s.saturating_add(self.access_ttl_s),
            jti: Uuid::now_v7(),
            typ: Kind::Access,
            epoch: self.epoch.get().cloned(),
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
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: holder,
            sid,
            generation,
            iat: now_s,
            nbf: None,
            exp: now_s.saturating_add(self.refresh_ttl_s),
            jti: Uuid::now_v7(),
            typ: Kind::Refresh,
        })
    }

    pub fn read_access(&self, token: &str, now_s: i64) -> Result<Arc<AccessClaims>, TokenError> {
        if let Some(claims) = self.seen.get(token) {
            in_time(&claims.common(), now_s)?;
            return self.of_this_history(claims);
        }
        let claims = Arc::new(self.check::<AccessClaims>(token, Kind::Access, now_s)?);
        self.seen.keep(token, &claims);
        self.of_this_history(claims)
    }

    /// One that names none was signed by an older program.
    fn of_this_history(&self, claims: Arc<AccessClaims>) -> Result<Arc<AccessClaims>, TokenError> {
        match (&claims.epoch, self.epoch.get()) {
            (Some(theirs), Some(ours)) if theirs != ours => Err(TokenError::Lost),
            _ => Ok(claims),
        }
    }

    pub fn read_refresh(&self, token: &str, now_s: i64) -> Result<RefreshClaims, TokenError> {
        self.check(token, Kind::Refresh, now_s)
    }

    fn sign(&self, claims: &impl Serialize) -> Result<String, TokenError> {
        encode(&self.header, claims, &self.signs).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            TokenError::Unsigned
        })
    }

    fn check<T: Claims>(&self, token: &str, kind: Kind, now_s: i64) -> Result<T, TokenError> {
        if token.len() > LENGTH_MOST {
            return Err(TokenError::Invalid);
        }
        let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
        // What is critical must be understood, and nothing is.
        if header.crit.is_some() {
            return Err(TokenError::Invalid);
        }
        let key_id = header.kid.as_deref().ok_or(TokenError::Invalid)?;
        let Some(claims) = self.decoded::<T>(token, key_id) else {
            // A good token of the other kind is told apart from a forged one.
            return match self.decoded::<AnyKind>(token, key_id) {
                Some(other) if other.typ != kind => Err(TokenError::WrongKind),
                _ => Err(TokenError::Invalid),
            };
        };
        let common = claims.common();
        if common.iss != self.issuer || common.aud != self.audience {
            return Err(TokenError::Invalid);
        }
        if common.typ != kind {
            return Err(TokenError::WrongKind);
        }
        in_time(&common, now_s)?;
        Ok(claims)
    }

    /// What a token says, if the key that it names has signed it.
    fn decoded<T: DeserializeOwned>(&self, token: &str, key_id: &str) -> Option<T> {
        let key = self.keys.iter().find(|key| key.id == key_id)?;
        decode(token, &key.reads, &self.validation).ok().map(|read| read.claims)
    }
}

/// What is looked at in a token of either kind. `nbf` is never written, and heeded.
struct Common<'c> {
    iss: &'c str,
    aud: &'c str,
    typ: Kind,
    iat: i64,
    exp: i64,
    nbf: Option<i64>,
}

fn in_time(claims: &Common<'_>, now_s: i64) -> Result<(), TokenError> {
    if now_s > claims.exp.saturating_add(LEEWAY_S) {
        return Err(TokenError::Expired);
    }
    let begins = claims.iat.max(claims.nbf.unwrap_or(claims.iat));
    match begins > now_s.saturating_add(EARLY_S) {
        true => Err(TokenError::Early),
        false => Ok(()),
    }
}

trait Claims: DeserializeOwned {
    fn common(&self) -> Common<'_>;
}

macro_rules! claims {
    ($($claims:ident),+) => { $(
        impl Claims for $claims {
            fn common(&self) -> Common<'_> {
                let Self { iss, aud, typ, iat, exp, nbf, .. } = self;
                Common { iss, aud, typ: *typ, iat: *iat, exp: *exp, nbf: *nbf }
            }
        }
    )+ };
}

claims!(AccessClaims, RefreshClaims);

#[derive(Deserialize)]
struct AnyKind {
    typ: Kind,
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
