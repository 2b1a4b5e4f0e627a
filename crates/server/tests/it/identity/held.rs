//! Accounts of a shop that does not tell who is a customer, and that nobody confirms: they go, all alike.

use super::people::{Mailbox, PASSWORD, log_in, login_with, me, register, registration};
use crate::{
    app::{Shop, on_both_engines},
    database::{dump, sql},
};
use domain::{Account, Micros};
use serde_json::{Value, json};
use server::workers::{Turn, Worker, sweeps::Sweeps};
use std::sync::Arc;

on_both_engines! {
    who_confirms_no_address_goes_whether_or_not_somebody_had_it,
    who_is_somebody_s_stays,
}

const CONFIRM: &str = "/api/identity/me/email/confirm";
const DISCREET: (&str, &str) = ("registration_tells", "false");

async fn account(shop: &Shop, name: &str) -> Option<Account> {
    shop.app.readers.exact().account_named(name).await.unwrap()
}

async fn register_with(shop: &Shop, username: &str, email: &str) -> Value {
    let mut body = registration(username);
    body["email"] = json!(email);
    shop.post("/api/identity/register", &body).send().await.expect(201)
}

async fn sweep(node: &Shop) {
    assert_eq!(Sweeps.turn(&node.app).await, Turn::Done);
}

/// Of all whose time has not come it has.
async fn time_passes(shop: &Shop) {
    sql(&shop.url, "update accounts set held_until = 1 where held_until is not null").await;
}

async fn who_confirms_no_address_goes_whether_or_not_somebody_had_it(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let Some(mail) = Mailbox::open(&shop, &[DISCREET, ("unconfirmed_kept", "9d")]).await else {
        return;
    };
    let node = mail.shop.clone();
    for (name, email) in
        [("ben", "ben@example.com"), ("carl", "ann@example.com"), ("dora", "dora@example.com")]
    {
        register_with(&node, name, email).await;
        let account = account(&node, name).await.unwrap();
        let until = account.created_at.plus(9 * Micros::DAY);
        assert_eq!(account.held_until, Some(until), "{name}");
    }
    // Before their time nobody goes, and whoever reads the mail of an address may confirm it.
    sweep(&node).await;
    let tokens = [mail.token("ben@example.com", 0).await, mail.token("dora@example.com", 0).await];
    let confirm = async |token: &str| node.post(CONFIRM, &json!({ "token": token })).send().await;
    assert_eq!(confirm(&tokens[1]).await.status, 204);
    for name in ["ben", "carl"] {
        let again = node.post("/api/identity/register", &registration(name)).send().await;
        again.problem(409, "username_taken");
    }
    time_passes(&shop).await;
    sweep(&node).await;
    let kept = dump(&shop.url).await.to_lowercase();
    for (left, is_kept) in [("ben", false), ("carl", false), ("dora@", true), ("ann@", true)] {
        assert_eq!(kept.contains(left), is_kept, "{left}");
    }
    confirm(&tokens[0]).await.problem(422, "invalid_link");
    // Who showed that the account was his has it, and the names are free, also the address.
    log_in(&node, "dora").await;
    log_in(&shop, "ann").await;
    for name in ["ben", "carl"] {
        register(&node, name).await;
    }
    let token = mail.token("ben@example.com", 1).await;
    assert_eq!(confirm(&token).await.status, 204);
    log_in(&node, "ben").await;
}

async fn who_is_somebody_s_stays(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let Some(mail) = Mailbox::open(&shop, &[DISCREET]).await else { return };
    let node = mail.shop.clone();
    // Whom the staff has written down, and whom it has changed.
    let body = json!({"username": "ben", "email": "ben@example.com", "password": PASSWORD});
    let customers = "/api/identity/customers";
    node.post(customers, &body).token(&shop.staff).send().await.expect(201);
    register_with(&node, "carl", "ann@example.com").await;
    let carl = account(&node, "carl").await.unwrap().id;
    let edit = node.patch(&format!("{customers}/{carl}"), &json!({"first_name": "Carl"}));
    edit.send().await.expect(200);
    // Who comes in where the shop tells: nobody there has to confirm anything.
    register_with(&node, "dora", "dora@example.com").await;
    login_with(&node, "dora", PASSWORD).await.problem(401, "invalid_credentials");
    let dora = log_in(&shop, "dora").await;
    // Nobody else is held at all.
    for name in ["ann", "ben", "carl", "dora"] {
        assert_eq!(account(&node, name).await.unwrap().held_until, None, "{name}");
    }
    time_passes(&shop).await;
    sweep(&node).await;
    for name in ["ann", "ben", "carl", "dora"] {
        assert!(account(&node, name).await.is_some(), "{name}");
    }
    assert_eq!(me(&shop, &dora.access).await.expect(200)["username"], "dora");
}
