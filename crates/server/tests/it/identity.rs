//! /api/identity: who comes in, under which name, and with which password.

mod accounts;
mod addresses;
mod credentials;
mod customers;
mod export;
mod factors;
mod held;
mod homes;
mod imported;
mod keys;
mod languages;
mod lists;
mod logins;
mod openings;
pub mod people;
mod repeated;
mod revocations;
mod security;
mod sessions;
mod sheets;
mod throttling;
mod tokens;
mod trail;

use crate::app::{PUBLIC_URL, Shop, blind, on_both_engines};
use domain::{AccountId, Email, Register, Role, Text, Username};
use serde_json::{Value, json};
use server::{app::App, limits::Guest, passwords::Passwords};
use std::sync::Arc;
use uuid::Uuid;

on_both_engines! {
    a_newcomer_registers_looks_around_orders_and_cancels,
    a_registration_names_every_bad_field_at_once,
    passwords_that_can_be_guessed_are_refused,
    a_name_is_taken_whatever_its_case_and_its_unicode_form,
    a_registration_takes_no_idempotency_key,
    a_login_takes_the_username_or_the_email,
    who_was_there_before_a_rule_of_names_still_logs_in,
    a_password_is_the_same_on_every_keyboard,
    a_login_that_fails_does_not_tell_who_is_a_customer,
    a_login_without_room_is_refused_before_its_account_is_read,
}

const REGISTER: &str = "/api/identity/register";
const TOKEN: &str = "/api/identity/token";

fn registration(username: &str, password: &str) -> Value {
    let email = format!("{username}@example.com");
    json!({"username": username, "email": email, "password": password, "password2": password})
}

async fn a_newcomer_registers_looks_around_orders_and_cancels(shop: Arc<Shop>) {
    shop.tin("12.50", 10).await;
    let mut body = registration("ann", "three blind mice");
    body["first_name"] = json!("Ann");
    let account = shop.post(REGISTER, &body).send().await;
    let shown = account.expect(201);
    assert!(!account.text().contains("mice") && !account.text().contains("argon2"));
    assert_eq!([&shown["username"], &shown["role"]], [&json!("ann"), &json!("customer")]);
    assert_eq!([&shown["first_name"], &shown["last_name"]], [&json!("Ann"), &json!("")]);

    let login = json!({"username": "ann", "password": "three blind mice"});
    let tokens = shop.post(TOKEN, &login).send().await.expect(200);
    assert_eq!(tokens["expires_in"], 900);
    let token = tokens["access"].as_str().unwrap();
    let me = shop.get("/api/identity/me").token(token).send().await.expect(200);
    assert_eq!(me, shown);

    let products = shop.get("/api/catalog/products").token(token).send().await.expect(200);
    let product = &products["results"][0];
    let order = json!({"order_items": [{"product": product["id"], "quantity": 2}]});
    let placed = shop.post("/api/orders/orders", &order).token(token).key("first").send().await;
    let order = placed.expect(201);
    assert_eq!([&order["status"], &order["total"]], [&json!("pending"), &json!("25.00")]);
    assert_eq!(order["customer"], me["id"]);
    let url = format!("{PUBLIC_URL}/api/orders/orders/{}", order["id"].as_str().unwrap());
    assert_eq!(order["url"], url);
    assert_eq!(placed.header("location"), Some(url.as_str()));

    let history = shop.get("/api/orders/orders").token(token).send().await.expect(200);
    assert_eq!([&history["count"], &history["results"]], [&json!(1), &json!([order])]);
    let path = url.strip_prefix(PUBLIC_URL).unwrap();
    assert_eq!(shop.get(path).token(token).send().await.expect(200), order);
    let cancel = shop.ask("POST", &format!("{path}/cancel")).token(token).send().await.expect(200);
    assert_eq!(cancel["status"], "cancelled");
    assert_eq!(shop.available(product["id"].as_i64().unwrap()).await, 10);
}

async fn a_registration_names_every_bad_field_at_once(shop: Arc<Shop>) {
    let required: &[&str] = &["email", "password", "password2", "username"];
    let long = "x".repeat(300);
    for (change, bad) in [
        (json!(null), required),
        (json!({"role": "admin", "is_staff": true}), &["is_staff", "role"]),
        (
            json!({"username": "a@b", "email": "x", "password": "12345678", "password2": "other"}),
            required,
        ),
        (
            json!({"username": "a@b", "password": "short", "password2": "short"}),
            &["password", "username"],
        ),
        (
            json!({"email": 5, "first_name": [], "last_name": null}),
            &["email", "first_name", "last_name"],
        ),
        (json!({"username": "a\u{0}b", "first_name": "\u{0}"}), &["first_name", "username"]),
        (json!({"username": "", "email": ""}), &["email", "username"]),
        (json!({"username": long, "email": format!("{long}@example.com")}), &["email", "username"]),
        (json!({"password2": "something else"}), &["password2"]),
        (json!({"username": "p\u{430}ypal"}), &["username"]),
        (json!({"email": "b\u{200b}en@example.com"}), &["email"]),
        (json!({"first_name": "\u{202e}nneB", "last_name": "a\nb"}), &["first_name", "last_name"]),
        (json!({"first_name": long, "last_name": long}), &["first_name", "last_name"]),
    ] {
        let mut body = registration("ben", "three blind mice");
        match change.as_object() {
            Some(change) => body.as_object_mut().unwrap().extend(change.clone()),
            None => body = json!({}),
        }
        let answer = shop.post(REGISTER, &body).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), bad, "{body}");
    }
}

async fn passwords_that_can_be_guessed_are_refused(shop: Arc<Shop>) {
    for password in [
        "seven77",
        "9071445823",
        "password",
        "Password1",
        "qwertyuiop",
        "P@ssw0rd2024!",
        "abcabcabc",
        "87654321x",
        "benjamin",
        "BENJAMIN1",
        "benjamin@example.com",
    ] {
        let body = registration("benjamin", password);
        let answer = shop.post(REGISTER, &body).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), ["password"], "{password}");
    }
}

async fn a_name_is_taken_whatever_its_case_and_its_unicode_form(shop: Arc<Shop>) {
    let first = registration("fiona", "three blind mice");
    shop.post(REGISTER, &first).send().await.expect(201);
    for (username, email, code, bad) in [
        ("FIONA", "other@example.com", "username_taken", vec!["username"]),
        ("\u{fb01}ona", "other@example.com", "username_taken", vec!["username"]),
        ("other", "Fiona@EXAMPLE.com", "email_taken", vec!["email"]),
        ("Fiona", "FIONA@example.com", "username_taken", vec!["email", "username"]),
    ] {
        let mut body = registration(username, "three blind mice");
        body["email"] = json!(email);
        let answer = shop.post(REGISTER, &body).send().await;
        assert_eq!(answer.bad_fields(409, code), bad, "{username} {email}");
    }
}

async fn a_registration_takes_no_idempotency_key(shop: Arc<Shop>) {
    let body = registration("carl", "three blind mice");
    shop.post(REGISTER, &body).key("once").send().await.expect(201);
    let again = shop.post(REGISTER, &body).key("once").send().await;
    again.problem(409, "username_taken");
    assert_eq!(again.header("idempotent-replayed"), None);
    // Not even one that would be refused elsewhere.
    let again = shop.post(REGISTER, &body).key(&"k".repeat(256)).send().await;
    again.problem(409, "username_taken");
}

async fn a_login_takes_the_username_or_the_email(shop: Arc<Shop>) {
    let body = registration("Dora", "three blind mice");
    shop.post(REGISTER, &body).send().await.expect(201);
    for name in ["Dora", "dora", "dora@example.com", "DORA@EXAMPLE.COM"] {
        let login = json!({"username": name, "password": "three blind mice"});
        let answer = shop.post(TOKEN, &login).send().await;
        let tokens = answer.expect(200);
        assert!(tokens["access"].is_string() && tokens["refresh"].is_string());
        assert_eq!(
            answer.header("cache-control"),
            Some("private, no-store"),
            "a token is not to be kept"
        );
    }
}

/// Letters of two alphabets in a name, and what has no width in an address.
async fn who_was_there_before_a_rule_of_names_still_logs_in(shop: Arc<Shop>) {
    let (name, address) = ("p\u{430}ypal", "p\u{200b}p@example.com");
    let hash = shop.app.passwords.hash(Guest::SHOP, "three blind mice".to_owned()).await.unwrap();
    shop.command(Register {
        id: AccountId(Uuid::now_v7()),
        username: Username::stored(name),
        email: Email::stored(address),
        password_hash: Text::stored(&hash),
        first_name: Text::stored("\u{202e}a"),
        last_name: Text::stored("a\nb"),
        language: None,
        role: Role::Customer,
        email_confirmed: false,
        is_active: true,
        held_us: None,
    })
    .await;
    for login in [name, address] {
        let login = json!({"username": login, "password": "three blind mice"});
        let tokens = shop.post(TOKEN, &login).send().await.expect(200);
        let token = tokens["access"].as_str().unwrap();
        let me = shop.get("/api/identity/me").token(token).send().await.expect(200);
        let shown = [&me["username"], &me["email"], &me["first_name"], &me["last_name"]];
        assert_eq!(shown, [name, address, "\u{202e}a", "a\nb"]);
    }
}

async fn a_login_that_fails_does_not_tell_who_is_a_customer(shop: Arc<Shop>) {
    shop.post(REGISTER, &registration("emil", "three blind mice")).send().await.expect(201);
    let mut told = Vec::new();
    for name in ["emil", "nobody", "nobody@example.com", "no\u{fb01}"] {
        let login = json!({"username": name, "password": "four blind mice"});
        let answer = shop.post(TOKEN, &login).send().await;
        let mut problem = answer.problem(401, "invalid_credentials");
        problem.as_object_mut().unwrap().remove("correlation_id");
        told.push(problem);
    }
    assert!(told.iter().all(|problem| *problem == told[0]), "{told:?}");
    for (login, bad) in [
        (json!({}), vec!["password", "username"]),
        (json!({"username": 1, "password": null, "otp": 1}), vec!["otp", "password", "username"]),
        (json!({"username": "a\u{0}", "password": "b\u{0}"}), vec!["password", "username"]),
    ] {
        let answer = shop.post(TOKEN, &login).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), bad);
    }
}

/// What looks the same is the same, whether an accent is a character of its own or not.
async fn a_password_is_the_same_on_every_keyboard(shop: Arc<Shop>) {
    let (set, typed) = ("gru\u{308}ne ma\u{308}use", "gr\u{fc}ne m\u{e4}use");
    let mut body = registration("ann", set);
    body["password2"] = json!(typed);
    shop.post(REGISTER, &body).send().await.expect(201);
    for password in [set, typed] {
        let login = json!({"username": "ann", "password": password});
        shop.post(TOKEN, &login).send().await.expect(200);
    }
}

async fn a_login_without_room_is_refused_before_its_account_is_read(shop: Arc<Shop>) {
    let node = Shop::open_as(&shop.url, &[], |app| App {
        passwords: Passwords::new(0, 0).unwrap(),
        ..blind(app)
    })
    .await;
    let login = json!({"username": "ann", "password": "three blind mice"});
    let refused = node.post(TOKEN, &login).send().await;
    // Where the account was read first, it would be the database that is named.
    refused.problem(503, "overloaded");
}
