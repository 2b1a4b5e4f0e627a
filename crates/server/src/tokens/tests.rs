//! What is issued is read, and nothing else: a table of forged tokens, and of what a new secret ends.

use super::*;
use crate::secrets;
use jsonwebtoken::crypto;
use serde_json::{Value, json};

const NOW: i64 = 2_000_000_000;
const SECRET: &[u8] = b"a secret of thirty-two bytes or so";
const OLD: &[u8] = b"the secret that was there before it";

fn signing() -> Signing<'static> {
    Signing {
        secret: SECRET,
        previous: None,
        issuer: "https://shop.example",
        audience: "sutler",
        access_ttl: Duration::from_secs(900),
        refresh_ttl: Duration::from_secs(86_400),
    }
}

fn tokens() -> Tokens {
    Tokens::new(signing())
}

fn holder() -> Holder {
    let (username, role) = ("demo".to_owned(), "customer".to_owned());
    Holder { id: Uuid::from_u128(1), username, role }
}

fn access_of(tokens: &Tokens) -> String {
    tokens.issue_access(&holder(), Uuid::from_u128(2), NOW).unwrap()
}

fn access() -> String {
    access_of(&tokens())
}

fn refresh() -> String {
    tokens().issue_refresh(Uuid::from_u128(1), Uuid::from_u128(2), 7, NOW).unwrap()
}

/// Takes nothing but what is read for what it says.
fn error(token: &str) -> Option<TokenError> {
    tokens().read_access(token, NOW).err()
}

/// The head and the claims of an access token, changed and signed: by whoever has the secret.
fn signed(secret: &[u8], change: impl Fn(&mut Value, &mut Value)) -> String {
    let mut head = json!({ "typ": "JWT", "alg": "HS256", "kid": key_id(secret) });
    let mut claims = serde_json::to_value(tokens().read_access(&access(), NOW).unwrap()).unwrap();
    change(&mut head, &mut claims);
    let message = format!("{}.{}", base64url(&head), base64url(&claims));
    let key = EncodingKey::from_secret(secret);
    let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

fn base64url(value: &Value) -> String {
    secrets::base64url(value.to_string().as_bytes())
}

#[test]
fn an_access_token_of_another_history_is_told_so() {
    let of = |epoch: Option<&str>| {
        let tokens = tokens();
        epoch.into_iter().for_each(|epoch| tokens.belong_to(epoch));
        tokens
    };
    let signed = |tokens: &Tokens| tokens.issue_access(&holder(), Uuid::from_u128(2), NOW).unwrap();
    let (older, before, after) = (of(None), of(Some("before")), of(Some("after")));
    let read = |tokens: &Tokens, token: &str| tokens.read_access(token, NOW).err();
    for _ in 0..2 {
        assert_eq!(read(&after, &signed(&after)), None);
        assert_eq!(read(&after, &signed(&older)), None, "by the version before");
        let lost = signed(&before);
        assert_eq!(read(&after, &lost), Some(TokenError::Lost));
        // Also when it is remembered.
        assert_eq!(read(&after, &lost), Some(TokenError::Lost));
        assert_eq!(read(&before, &lost), None);
    }
}

#[test]
fn what_was_issued_is_read() {
    let claims = tokens().read_access(&access(), NOW).unwrap();
    assert_eq!((claims.sub, claims.sid), (Uuid::from_u128(1), Uuid::from_u128(2)));
    assert_eq!((claims.iat, claims.exp), (NOW, NOW + 900));
    assert_eq!((claims.username.as_str(), claims.role.as_str()), ("demo", "customer"));
    assert_eq!((claims.iss.as_str(), claims.aud.as_str()), ("https://shop.example", "sutler"));
    let claims = tokens().read_refresh(&refresh(), NOW).unwrap();
    assert_eq!((claims.generation, claims.exp), (7, NOW + 86_400));
    assert_ne!(access(), access(), "each has an id of its own");
}

/// It is remembered what a good one says, and nothing else: not when it ends, nor what looks like it.
#[test]
fn a_token_that_was_seen_is_one_token_for_its_time() {
    let tokens = tokens();
    let (token, other) = (access_of(&tokens), access_of(&tokens));
    for _ in 0..2 {
        assert_eq!(tokens.read_access(&token, NOW).unwrap().sid, Uuid::from_u128(2));
        assert_eq!(tokens.read_access(&token, NOW + 906).err(), Some(TokenError::Expired));
        assert_eq!(tokens.read_access(&token, NOW - 61).err(), Some(TokenError::Early));
        let signed = |token: &str| token.rsplit_once('.').map(|(_, signed)| signed.to_owned());
        let forged = token.replace(&signed(&token).unwrap(), &signed(&other).unwrap());
        for wrong in [forged.as_str(), &token[1..], &format!("{token} "), ""] {
            assert_eq!(tokens.read_access(wrong, NOW).err(), Some(TokenError::Invalid), "{wrong}");
        }
    }
    // However many there are, each says what it says.
    let many: Vec<_> = (0..10_000_u128)
        .map(|sid| tokens.issue_access(&holder(), Uuid::from_u128(sid), NOW).unwrap())
        .collect();
    for (sid, token) in many.iter().enumerate().chain(many.iter().enumerate().take(100)) {
        let claims = tokens.read_access(token, NOW).unwrap();
        assert_eq!(claims.sid, Uuid::from_u128(sid as u128));
    }
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
        (NOW - 61, Err(TokenError::Early)),
        (i64::MIN, Err(TokenError::Early)),
    ] {
        assert_eq!(tokens().read_access(&access(), now).map(|_| ()), read, "{now}");
        if now < NOW + 900 {
            assert_eq!(tokens().read_refresh(&refresh(), now).map(|_| ()), read, "{now}");
        }
    }
}

#[test]
fn one_kind_is_not_taken_for_the_other() {
    let wrong = Some(TokenError::WrongKind);
    assert_eq!(error(&refresh()), wrong);
    assert_eq!(tokens().read_refresh(&access(), NOW).err(), wrong);
    // One that has the fields of both kinds is still of the kind it says.
    let both = signed(SECRET, |_, claims| {
        claims["typ"] = json!("refresh");
        claims["gen"] = json!(1);
    });
    assert_eq!(error(&both), wrong);
    assert!(tokens().read_refresh(&both, NOW).is_ok());
}

#[test]
fn what_this_shop_did_not_sign_is_refused() {
    let whole = access();
    let (head, signature) = whole.rsplit_once('.').unwrap();
    let payload = head.split_once('.').unwrap().1;
    let none = base64url(&json!({ "alg": "none" }));
    let longest = format!("{}{whole}", "x".repeat(LENGTH_MOST));
    let other = |algorithm| {
        let claims = tokens().read_access(&whole, NOW).unwrap();
        let header = Header { kid: Some(key_id(SECRET)), ..Header::new(algorithm) };
        encode(&header, &claims, &EncodingKey::from_secret(SECRET)).unwrap()
    };
    for (token, what) in [
        (String::new(), "nothing"),
        ("garbage".to_owned(), "garbage"),
        ("a.b.c".to_owned(), "three letters"),
        ("....".to_owned(), "dots"),
        ("ü.ü.ü".to_owned(), "not ASCII"),
        (format!("{none}.{payload}."), "no algorithm"),
        (format!("{none}.{payload}.{signature}"), "no algorithm, but a signature"),
        (format!("{head}."), "no signature"),
        (head.to_owned(), "cut off"),
        (format!("{head}.{}", signature.to_lowercase()), "another signature"),
        (other(Algorithm::HS384), "HS384, and signed so"),
        (other(Algorithm::HS512), "HS512, and signed so"),
        ("x".repeat(1_000_000), "a lot"),
        (longest, "too long"),
    ] {
        assert_eq!(error(&token), Some(TokenError::Invalid), "{what}");
    }
}

fn leave_out(part: &mut Value, name: &str) {
    part.as_object_mut().unwrap().remove(name);
}

/// What somebody could have signed who has a secret: another service's, an older one, this one.
#[test]
fn what_is_signed_is_not_for_that_good() {
    assert_eq!(error(&signed(SECRET, |_, _| ())), None);
    assert_eq!(error(&signed(b"another secret", |_, _| ())), Some(TokenError::Invalid));
    type Change = fn(&mut Value, &mut Value);
    for (what, change, expected) in [
        ("none", (|head, _| head["alg"] = json!("none")) as Change, TokenError::Invalid),
        ("HS512", |head, _| head["alg"] = json!("HS512"), TokenError::Invalid),
        ("RS256", |head, _| head["alg"] = json!("RS256"), TokenError::Invalid),
        ("ES256", |head, _| head["alg"] = json!("ES256"), TokenError::Invalid),
        ("no algorithm", |head, _| head["alg"] = json!(null), TokenError::Invalid),
        ("crit", |head, _| head["crit"] = json!(["exp"]), TokenError::Invalid),
        ("empty crit", |head, _| head["crit"] = json!([]), TokenError::Invalid),
        ("crit of text", |head, _| head["crit"] = json!("exp"), TokenError::Invalid),
        ("unknown key", |head, _| head["kid"] = json!("0011223344556677"), TokenError::Invalid),
        ("no key", |head, _| leave_out(head, "kid"), TokenError::Invalid),
        ("empty key", |head, _| head["kid"] = json!(""), TokenError::Invalid),
        ("wrong iss", |_, claims| claims["iss"] = json!("https://other"), TokenError::Invalid),
        ("empty iss", |_, claims| claims["iss"] = json!(""), TokenError::Invalid),
        ("no iss", |_, claims| claims["iss"] = json!(null), TokenError::Invalid),
        ("iss left out", |_, claims| leave_out(claims, "iss"), TokenError::Invalid),
        ("aud left out", |_, claims| leave_out(claims, "aud"), TokenError::Invalid),
        ("wrong aud", |_, claims| claims["aud"] = json!("other"), TokenError::Invalid),
        ("several aud", |_, claims| claims["aud"] = json!(["sutler"]), TokenError::Invalid),
        ("other kind", |_, claims| claims["typ"] = json!("refresh"), TokenError::WrongKind),
        ("unknown kind", |_, claims| claims["typ"] = json!("other"), TokenError::Invalid),
        ("expired", |_, claims| claims["exp"] = json!(NOW - 6), TokenError::Expired),
        ("no end", |_, claims| claims["exp"] = json!("never"), TokenError::Invalid),
        ("an end in floats", |_, claims| claims["exp"] = json!(1e300), TokenError::Invalid),
        ("iat ahead", |_, claims| claims["iat"] = json!(NOW + 61), TokenError::Early),
        ("nbf ahead", |_, claims| claims["nbf"] = json!(NOW + 61), TokenError::Early),
        ("nbf of text", |_, claims| claims["nbf"] = json!("tomorrow"), TokenError::Invalid),
    ] {
        assert_eq!(error(&signed(SECRET, change)), Some(expected), "{what}");
    }
}

#[test]
fn the_previous_secret_is_read_and_never_signs() {
    let before = Tokens::new(Signing { secret: OLD, ..signing() });
    let rotated = Tokens::new(Signing { previous: Some(OLD), ..signing() });
    let after = tokens();
    for (token, reader, is_read) in [
        (access_of(&before), &before, true),
        (access_of(&before), &rotated, true),
        (access_of(&before), &after, false),
        (access_of(&rotated), &rotated, true),
        (access_of(&rotated), &after, true),
        (access_of(&rotated), &before, false),
    ] {
        assert_eq!(reader.read_access(&token, NOW).is_ok(), is_read);
    }
    // The name of one key does not let another one in.
    let renamed = signed(OLD, |head, _| head["kid"] = json!(key_id(SECRET)));
    assert_eq!(rotated.read_access(&renamed, NOW).err(), Some(TokenError::Invalid));
    assert_ne!(key_id(SECRET), key_id(OLD));
}
