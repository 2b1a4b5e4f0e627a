//! Access tokens on every route: what they say, and that no wrong one is let through anywhere.

use crate::{
    access::asked,
    app::{PUBLIC_URL, Person, SECRET, Shop, on_both_engines, unix_now},
};
use domain::Role;
use serde_json::{Value, json};
use server::{
    http::rights::Who,
    tokens::{Holder, Signing, Tokens},
};
use std::{sync::Arc, time::Duration};

on_both_engines! {
    a_token_says_who_and_until_when,
    a_token_is_verified_while_it_is_good,
    tokens_outlive_a_new_secret_for_as_long_as_the_old_one_is_kept,
    a_wrong_token_is_refused_on_every_route_also_on_public_ones,
    what_is_for_customers_needs_a_login,
    what_is_for_staff_is_not_for_customers,
}

fn holder(person: &Person) -> Holder {
    Holder { id: person.id, username: "ann".to_owned(), role: "customer".to_owned() }
}

fn tokens_signed_with(secret: &str) -> Tokens {
    Tokens::new(Signing {
        secret: secret.as_bytes(),
        previous: None,
        issuer: PUBLIC_URL,
        audience: "sutler",
        access_ttl: Duration::from_secs(900),
        refresh_ttl: Duration::from_secs(9000),
    })
}

fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut bits = [0; 4];
        bits[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(bits);
        for place in 0..=group.len() {
            let digit = bits >> (18 - 6 * place) & 63;
            text.push(char::from(DIGITS[digit as usize]));
        }
    }
    text
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    let mut bits = Vec::new();
    for letter in payload.bytes() {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'-' => 62,
            _ => 63,
        };
        bits.extend((0..6).rev().map(|bit| digit >> bit & 1));
    }
    let bytes: Vec<u8> =
        bits.chunks_exact(8).map(|b| b.iter().fold(0, |n, b| n << 1 | b)).collect();
    serde_json::from_slice(&bytes).unwrap()
}

async fn a_token_says_who_and_until_when(shop: Arc<Shop>) {
    let person = shop.customer("ann").await;
    let claims = claims(&person.token);
    assert_eq!(claims["sub"], person.id.to_string());
    assert_eq!([&claims["username"], &claims["role"]], [&json!("ann"), &json!("customer")]);
    assert_eq!([&claims["iss"], &claims["aud"]], [&json!(PUBLIC_URL), &json!("sutler")]);
    assert_eq!(claims["email"], Value::Null, "a token in a log is nobody's address");
    let at = |name: &str| claims[name].as_i64().unwrap();
    assert_eq!(at("exp") - at("iat"), 15 * 60);
    assert!(claims["jti"].is_string());
}

const VERIFY: &str = "/api/identity/token/verify";

async fn a_token_is_verified_while_it_is_good(shop: Arc<Shop>) {
    let person = shop.customer("ann").await;
    let body = json!({"token": person.token});
    let mut expected = claims(&person.token);
    expected["active"] = json!(true);
    assert_eq!(shop.post(VERIFY, &body).send().await.expect(200), expected);
    // Whoever asks need not be anybody, not even if he says so.
    let ask = shop.post(VERIFY, &body).header("Authorization", "Bearer nonsense");
    ask.send().await.expect(200);
    let ours = tokens_signed_with(SECRET);
    let refresh = ours.issue_refresh(person.id, person.session, 1, unix_now()).unwrap();
    let old = ours.issue_access(&holder(&person), person.session, unix_now() - 3600).unwrap();
    let unknown = Holder { role: "king".to_owned(), ..holder(&person) };
    let unknown = ours.issue_access(&unknown, person.session, unix_now()).unwrap();
    for wrong in ["nonsense", &refresh, &old, &unknown] {
        let answer = shop.post(VERIFY, &json!({"token": wrong})).send().await;
        answer.problem(401, "unauthenticated");
    }
    for (body, bad) in [(json!({}), "token"), (json!({"token": "x".repeat(4097)}), "token")] {
        let answer = shop.post(VERIFY, &body).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), [bad]);
    }
    shop.app.revocations.add(person.session);
    shop.post(VERIFY, &body).send().await.problem(401, "unauthenticated");
}

async fn tokens_outlive_a_new_secret_for_as_long_as_the_old_one_is_kept(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let new = SECRET.replace('7', "8");
    for (settings, status) in [
        (vec![("secret_key", new.as_str()), ("secret_key_previous", SECRET)], 200),
        (vec![("secret_key", new.as_str())], 401),
        (vec![("token_issuer", "another")], 401),
        (vec![("token_audience", "another")], 401),
    ] {
        let node = shop.second_node(&settings).await;
        let answer = node.get("/api/identity/me").token(&ann.token).send().await;
        assert_eq!(answer.status, status, "{settings:?}");
    }
}

async fn a_wrong_token_is_refused_on_every_route_also_on_public_ones(shop: Arc<Shop>) {
    shop.tin("1.00", 1).await;
    let person = shop.customer("ann").await;
    let (ours, theirs) =
        (tokens_signed_with(SECRET), tokens_signed_with(&SECRET.replace('7', "8")));
    let (holder, session, now) = (holder(&person), person.session, unix_now());
    let expired = ours.issue_access(&holder, session, now - 3600).unwrap();
    let forged = theirs.issue_access(&holder, session, now).unwrap();
    let refresh = ours.issue_refresh(person.id, session, 1, now).unwrap();
    let [head, payload, signature]: [&str; 3] =
        person.token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let none = base64url(br#"{"alg":"none","typ":"JWT"}"#);
    let mut promoted = claims(&person.token);
    promoted["role"] = json!("admin");
    let promoted = base64url(promoted.to_string().as_bytes());
    let token = &person.token;
    let wrong = [
        format!("Bearer {expired}"),
        format!("Bearer {forged}"),
        format!("Bearer {refresh}"),
        format!("Bearer {head}.{promoted}.{signature}"),
        format!("Bearer {none}.{payload}."),
        format!("Bearer {none}.{promoted}.{signature}"),
        format!("Bearer {head}.{payload}"),
        format!("Bearer {}", "x".repeat(20_000)),
        format!("Basic {token}"),
        token.clone(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        String::new(),
        "Bearer \u{e9}".to_owned(),
    ];
    shop.get("/api/identity/me").token(token).send().await.expect(200);
    let all = asked(|route| route.operation.takes_token);
    assert!(all.len() >= 11);
    for wrong in &wrong {
        for (method, path) in &all {
            let answer = shop.ask(method, path).header("Authorization", wrong).json(&json!({}));
            let answer = answer.send().await;
            assert_eq!(answer.status, 401, "{method} {path} {wrong}: {}", answer.text());
            answer.problem(401, "unauthenticated");
            let scheme = answer.header("www-authenticate").unwrap_or_default();
            assert!(scheme.starts_with("Bearer"), "{method} {path} does not say how to log in");
        }
    }
}

async fn what_is_for_customers_needs_a_login(shop: Arc<Shop>) {
    let open = [Who::Anybody, Who::Lookers, Who::Shoppers];
    let closed = asked(|route| !open.contains(&route.operation.who));
    assert!(closed.len() >= 9);
    for (method, path) in &closed {
        // Who one is comes first: a stranger does not learn what is wrong with the body.
        let answer = shop.ask(method, path).json(&json!({"nonsense": 1})).send().await;
        answer.problem(401, "unauthenticated");
    }
    let closed = shop.second_node(&[("catalog_public", "false")]).await;
    for (method, path) in asked(|route| open[1..].contains(&route.operation.who)) {
        closed.ask(&method, &path).send().await.problem(401, "unauthenticated");
    }
}

async fn what_is_for_staff_is_not_for_customers(shop: Arc<Shop>) {
    let customer = shop.customer("ben").await;
    let for_staff = asked(|route| [Who::Staff, Who::Operators].contains(&route.operation.who));
    assert!(for_staff.len() >= 4);
    for (method, path) in &for_staff {
        let ask = shop.ask(method, path).token(&customer.token).json(&json!({"nonsense": 1}));
        ask.send().await.problem(403, "forbidden");
    }
    let admin = shop.person("root", Role::Admin).await;
    let body = json!({"name": "Billy can", "price": "7.00"});
    let create = shop.post("/api/catalog/products", &body).token(&admin.token);
    create.send().await.expect(201);
}
