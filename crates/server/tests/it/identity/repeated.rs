//! `Idempotency-Key` where a secret is shown: it is good once, and the repetition is answered all the same.

use super::people::{ME, Mailbox, PASSWORD, Tokens, code, login_with, newcomer, register};
use crate::{
    app::{Shop, on_both_engines},
    client::Answer,
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    a_password_is_changed_once_under_a_key,
    a_password_is_reset_once_under_a_key,
    an_address_is_asked_for_and_confirmed_once_under_a_key,
    what_is_repeated_does_not_tell_who_has_an_address,
    a_factor_is_confirmed_once_under_a_key,
}

const NEW: &str = "see how they run";
const OTHER: &str = "hickory dickory dock";

/// Asks under a key, if there is one.
async fn ask(shop: &Shop, path: &str, body: Value, token: Option<&str>, key: &str) -> Answer {
    let ask = shop.post(path, &body);
    let ask = if key.is_empty() { ask } else { ask.key(key) };
    token.map_or(ask.clone(), |token| ask.token(token)).send().await
}

/// Whether it was done now, or before.
#[track_caller]
fn is_done(answer: &Answer, status: u16, is_replay: bool) {
    answer.expect_empty(status);
    assert_eq!(answer.header("idempotent-replayed").is_some(), is_replay);
    assert!(answer.header("sutler-position").is_some());
}

fn chosen(password: &str) -> Value {
    json!({"current_password": PASSWORD, "password": password, "password2": password})
}

async fn a_password_is_changed_once_under_a_key(shop: Arc<Shop>) {
    let node = shop.second_node(&[]).await;
    let ann = newcomer(&shop, "ann").await.access;
    let path = format!("{ME}/password");
    let change =
        async |node: &Shop, to: &str, key| ask(node, &path, chosen(to), Some(&ann), key).await;
    is_done(&change(&shop, NEW, "once").await, 204, false);
    for node in [&shop, &node] {
        is_done(&change(node, NEW, "once").await, 204, true);
        change(node, OTHER, "once").await.problem(422, "idempotency_key_reused");
    }
    // Without it, or under another one, the password of before is a wrong one.
    for key in ["", "twice"] {
        assert_eq!(change(&shop, NEW, key).await.bad_fields(422, "invalid"), ["current_password"]);
    }
    let address = json!({"name": "Ann", "line1": "1 Camp Street", "city": "Camp", "country": "DE"});
    let address = ask(&shop, &format!("{ME}/addresses"), address, Some(&ann), "once").await;
    address.problem(422, "idempotency_key_reused");
    Tokens::of(&login_with(&shop, "ann", NEW).await);
    // Two at once are one.
    let ben = newcomer(&shop, "ben").await.access;
    let change = async |node: &Shop| ask(node, &path, chosen(NEW), Some(&ben), "once").await;
    let (one, other) = tokio::join!(change(&shop), change(&node));
    assert_eq!([one.status, other.status], [204, 204], "{} {}", one.text(), other.text());
    let replayed = [&one, &other].map(|answer| answer.header("idempotent-replayed").is_some());
    assert!(replayed[0] != replayed[1]);
}

async fn a_password_is_reset_once_under_a_key(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    let node = mail.shop.clone();
    let asked = json!({"email": "ann@example.com"});
    ask(&node, "/api/identity/password-reset", asked, None, "once").await.expect_empty(202);
    let token = mail.token("ann@example.com", 0).await;
    let reset = async |password: &str, key| {
        let body = json!({"token": token, "password": password, "password2": password});
        ask(&node, "/api/identity/password-reset/confirm", body, None, key).await
    };
    is_done(&reset(NEW, "once").await, 204, false);
    is_done(&reset(NEW, "once").await, 204, true);
    reset(OTHER, "once").await.problem(422, "idempotency_key_reused");
    for key in ["", "twice"] {
        reset(NEW, key).await.problem(422, "invalid_link");
    }
    Tokens::of(&login_with(&shop, "ann", NEW).await);
    // She is told once.
    assert_eq!(mail.close().await.len(), 2);
}

async fn an_address_is_asked_for_and_confirmed_once_under_a_key(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await.access;
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    let node = mail.shop.clone();
    let path = format!("{ME}/email");
    for (email, is_new) in [("anna@example.org", true), ("anna@example.org", false)] {
        let wanted = async |email| ask(&node, &path, wanted(email), Some(&ann), "once").await;
        is_done(&wanted(email).await, 202, !is_new);
        wanted("anne@example.org").await.problem(422, "idempotency_key_reused");
    }
    let token = mail.token("anna@example.org", 0).await;
    let path = format!("{ME}/email/confirm");
    let confirm = async |key| ask(&node, &path, json!({"token": token}), None, key).await;
    is_done(&confirm("confirm").await, 204, false);
    is_done(&confirm("confirm").await, 204, true);
    confirm("").await.problem(422, "invalid_link");
    confirm("once").await.problem(422, "invalid_link");
    let told = [mail.letters("anna@example.org").len(), mail.letters("ann@example.com").len()];
    mail.close().await;
    assert!(told[0] == 1 && told[1] <= 1, "{told:?}");
}

fn wanted(email: &str) -> Value {
    json!({"email": email, "password": PASSWORD})
}

async fn what_is_repeated_does_not_tell_who_has_an_address(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await.access;
    crate::database::sql(&shop.url, "update accounts set email_confirmed = true").await;
    register(&shop, "ben").await;
    let Some(mail) = Mailbox::open(&shop, &[("registration_tells", "false")]).await else {
        return;
    };
    for email in ["ben@example.com", "free@example.com"] {
        for is_replay in [false, true] {
            let path = format!("{ME}/email");
            let answer = ask(&mail.shop, &path, wanted(email), Some(&ann), email).await;
            is_done(&answer, 202, is_replay);
        }
    }
    assert_eq!(mail.close().await.len(), 2);
}

async fn a_factor_is_confirmed_once_under_a_key(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await.access;
    let path = format!("{ME}/otp");
    let begun = shop.ask("POST", &path).token(&ann).send().await.expect(201);
    let shown = json!({"otp": code(begun["secret"].as_str().unwrap(), 0)});
    let path = format!("{path}/confirm");
    let confirm = async |key| ask(&shop, &path, shown.clone(), Some(&ann), key).await;
    let wrong = ask(&shop, &path, json!({"otp": "hello"}), Some(&ann), "once").await;
    assert_eq!(wrong.bad_fields(422, "invalid"), ["otp"], "an attempt leaves no trace");
    is_done(&confirm("once").await, 204, false);
    is_done(&confirm("once").await, 204, true);
    for key in ["", "twice"] {
        is_done(&confirm(key).await, 204, false);
    }
}
