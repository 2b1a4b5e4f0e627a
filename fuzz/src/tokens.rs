//! Tokens: as they come, and with a head and claims of the attacker's choice under the right
//! signature, another one, and none.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::Value;
use server::tokens::{Kind, Signing, Tokens};
use std::time::Duration;

const NOW: i64 = 2_000_000_000;
const SECRET: &[u8] = b"7f3c9a51e0d84b26a1957ce2f8b03d64";
const ISSUER: &str = "https://shop.example";
const AUDIENCE: &str = "sutler";
const LENGTH: usize = 4096;

/// All that was ever signed with this key and is still good. Nothing else may be.
const OURS: [&str; 2] =
    [include_str!("../corpus/tokens/access"), include_str!("../corpus/tokens/refresh")];

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if claims(text).is_some() {
        assert!(OURS.contains(&text), "this shop never signed {text}");
    }
    let (head, payload) = text.split_once('\n').unwrap_or((r#"{"alg":"HS256"}"#, text));
    let message = format!("{}.{}", BASE64.encode(head), BASE64.encode(payload));
    for wrong in [signature(&message, b"another secret"), String::new()] {
        assert_eq!(claims(&format!("{message}.{wrong}")), None, "{head} {payload}");
    }
    let signed = format!("{message}.{}", signature(&message, SECRET));
    if let Some((kind, end)) = claims(&signed) {
        assert!(signed.len() <= LENGTH, "too long a token was read");
        let field = |text: &str, name: &str| -> Option<Value> {
            serde_json::from_str::<Value>(text).ok()?.get(name).cloned()
        };
        assert_eq!(field(head, "alg"), Some("HS256".into()), "{head}");
        let typ = match kind {
            Kind::Access => "access",
            Kind::Refresh => "refresh",
        };
        assert_eq!(field(payload, "typ"), Some(typ.into()), "{payload}");
        assert_eq!(field(payload, "exp").and_then(|exp| exp.as_i64()), Some(end), "{payload}");
        assert!(end >= NOW - 5, "it expired: {payload}");
        let begins = ["iat", "nbf"].map(|name| field(payload, name).and_then(|at| at.as_i64()));
        assert!(begins.iter().flatten().all(|at| *at <= NOW + 60), "it begins later: {payload}");
        let is_said = |value: &Value| !value.is_null();
        assert!(!field(head, "crit").is_some_and(|crit| is_said(&crit)), "{head}");
        // What names no key is from before issuers were written.
        let names_key = field(head, "kid").is_some_and(|id| is_said(&id));
        for (name, own) in [("iss", ISSUER), ("aud", AUDIENCE)] {
            let is_own = match field(payload, name) {
                Some(said) => said == own || said == "" && !names_key,
                None => !names_key,
            };
            assert!(is_own, "it is another's, by its {name}: {payload}");
        }
    }
}

/// The kind and the end of a token that is good for something.
fn claims(token: &str) -> Option<(Kind, i64)> {
    let day = Duration::from_secs(86_400);
    let tokens = Tokens::new(Signing {
        secret: SECRET,
        previous: None,
        issuer: ISSUER,
        audience: AUDIENCE,
        access_ttl: day,
        refresh_ttl: day,
    });
    let access = tokens.read_access(token, NOW).ok().map(|claims| (claims.typ, claims.exp));
    let refresh = tokens.read_refresh(token, NOW).ok().map(|claims| (claims.typ, claims.exp));
    assert!(access.is_none() || refresh.is_none(), "{token} is of both kinds");
    assert!(access.is_none_or(|(kind, _)| kind == Kind::Access));
    assert!(refresh.is_none_or(|(kind, _)| kind == Kind::Refresh));
    access.or(refresh)
}

fn signature(message: &str, secret: &[u8]) -> String {
    let key = EncodingKey::from_secret(secret);
    crypto::sign(message.as_bytes(), &key, Algorithm::HS256).expect("any text can be signed")
}
