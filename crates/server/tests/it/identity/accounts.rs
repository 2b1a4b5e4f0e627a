//! /api/identity/me: what one is called, and how one goes; and how an address is confirmed.

use super::people::{
    ME, Mailbox, Tokens, log_in, login_with, me, newcomer, opens, refresh, register, registration,
    try_login, until_refused,
};
use crate::{
    app::{PUBLIC_URL, Shop, on_both_engines},
    database::dump,
};
use domain::Role;
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    one_changes_what_one_is_called,
    what_only_the_shop_sets_may_be_sent_back_unchanged,
    an_edit_is_refused_when_somebody_was_quicker,
    a_name_that_somebody_has_is_not_to_be_had,
    who_goes_is_found_nowhere_and_what_was_ordered_stays,
    a_gone_customer_is_nobody_to_everyone,
    staff_may_go_and_an_admin_may_not,
    an_address_is_confirmed_by_the_letter_that_came_with_the_account,
    orders_wait_for_a_confirmed_address_where_the_shop_wants_it,
    registering_does_not_tell_who_is_a_customer,
    who_registers_with_the_address_of_another_gets_in_nowhere,
}

const CONFIRM: &str = "/api/identity/me/email/confirm";

async fn one_changes_what_one_is_called(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let edit = json!({"first_name": "Änn", "last_name": "O'Neil", "username": "Anna"});
    let answer = shop.ask("PATCH", ME).token(&ann.access).json(&edit).send().await;
    let edited = answer.expect(200);
    assert_eq!(edited["first_name"], "Änn");
    assert_eq!([&edited["last_name"], &edited["username"]], ["O'Neil", "Anna"]);
    assert_eq!([&edited["version"], &edited["email"]], [&json!(2), &json!("ann@example.com")]);
    assert_eq!(edited["url"], format!("{PUBLIC_URL}{ME}"));
    let read = me(&shop, &ann.access).await;
    assert_eq!(read.expect(200), edited);
    assert_eq!(read.header("etag"), answer.header("etag"));
    // Nobody gives himself a name that passes for the shop, or one of those who have gone.
    for name in ["admin", "Supp0rt", "gone-1", "held-x"] {
        let edit = json!({ "username": name });
        let refused = shop.ask("PATCH", ME).token(&ann.access).json(&edit).send().await;
        assert_eq!(refused.bad_fields(422, "invalid"), ["username"], "{name}");
        let refused = shop.post("/api/identity/register", &registration(name)).send().await;
        assert_eq!(refused.bad_fields(422, "invalid"), ["username"], "{name}");
    }
    // What is not named stays, and a name may be taken away.
    let edit = json!({"first_name": ""});
    let again = shop.ask("PATCH", ME).token(&ann.access).json(&edit).send().await.expect(200);
    assert_eq!([&again["first_name"], &again["last_name"]], ["", "O'Neil"]);
    // An edit that changes nothing is none.
    let same = shop.ask("PATCH", ME).token(&ann.access).json(&json!({})).send().await.expect(200);
    assert_eq!(same, again);
    log_in(&shop, "anna").await;
    login_with(&shop, "ann", super::people::PASSWORD).await.problem(401, "invalid_credentials");
    register(&shop, "ben").await;
    let mut other = registration("ann");
    other["email"] = json!("other@example.com");
    shop.post("/api/identity/register", &other).send().await.expect(201);
}

async fn what_only_the_shop_sets_may_be_sent_back_unchanged(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let mut read = me(&shop, &ann.access).await.expect(200);
    read["first_name"] = json!("Ann");
    let patch =
        async |body: &Value| shop.ask("PATCH", ME).token(&ann.access).json(body).send().await;
    let edited = patch(&read).await.expect(200);
    assert_eq!(edited["first_name"], "Ann");
    for (name, value) in [
        ("id", json!("01890000-0000-7000-8000-000000000000")),
        ("email", json!("other@example.com")),
        ("email_confirmed", json!(true)),
        ("role", json!("admin")),
        ("is_active", json!(false)),
        ("version", json!(7)),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("updated_at", json!("2020-01-01T00:00:00Z")),
        ("url", json!("https://elsewhere.example/me")),
    ] {
        let answer = patch(&json!({ name: value, "last_name": "Cook" })).await;
        assert_eq!(answer.bad_fields(422, "read_only"), [name]);
    }
    assert_eq!(me(&shop, &ann.access).await.expect(200), edited);
    for (body, bad) in [
        (json!({"password": "see how they run", "is_staff": true}), vec!["is_staff", "password"]),
        (json!({"first_name": 5, "username": "a@b"}), vec!["first_name", "username"]),
        (json!({"last_name": "\u{202e}a", "first_name": null}), vec!["first_name", "last_name"]),
    ] {
        assert_eq!(patch(&body).await.bad_fields(422, "invalid"), bad, "{body}");
    }
}

async fn an_edit_is_refused_when_somebody_was_quicker(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    let read = me(&shop, &ann.access).await;
    let seen = read.header("etag").unwrap().to_owned();
    let again = shop.get(ME).token(&ann.access).header("If-None-Match", &seen).send().await;
    assert_eq!(again.status, 304);
    let edit = async |name: &str, seen: &str| {
        let ask = shop.ask("PATCH", ME).token(&ann.access).header("If-Match", seen);
        ask.json(&json!({ "first_name": name })).send().await
    };
    edit("Ann", &seen).await.expect(200);
    edit("Anna", &seen).await.problem(412, "version_mismatch");
    edit("Anna", "*").await.expect(200);
    assert_eq!(me(&shop, &ann.access).await.expect(200)["first_name"], "Anna");
}

async fn a_name_that_somebody_has_is_not_to_be_had(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "ann").await;
    register(&shop, "ben").await;
    register(&shop, "bob10").await;
    for name in ["ben", "BEN", "\u{ff42}en", "bobl0", "b0b1O"] {
        let edit = json!({ "username": name });
        let answer = shop.ask("PATCH", ME).token(&ann.access).json(&edit).send().await;
        assert_eq!(answer.bad_fields(409, "username_taken"), ["username"], "{name}");
    }
    let alike = json!({"username": "bobIo", "email": "bob@example.org", "password": "three blind mice",
        "password2": "three blind mice"});
    let refused = shop.post("/api/identity/register", &alike).send().await;
    assert_eq!(refused.bad_fields(409, "username_taken"), ["username"]);
    let edit = json!({ "username": "ANN" });
    shop.ask("PATCH", ME).token(&ann.access).json(&edit).send().await.expect(200);
}

/// Zebedee Quimby, who has left traces wherever one can.
async fn zebedee(shop: &Shop) -> (Tokens, Value) {
    let body = json!({
        "username": "zquimby", "email": "Zebedee@Quimby.example",
        "password": "hickory dickory dock", "password2": "hickory dickory dock",
        "first_name": "Zebedee", "last_name": "Quimby",
    });
    let account = shop.post("/api/identity/register", &body).send().await.expect(201);
    let login = json!({"username": "zquimby", "password": "hickory dickory dock"});
    let login = shop.post("/api/identity/token", &login).header("User-Agent", "Quimbyphone/7");
    let tokens = Tokens::of(&login.send().await);
    let edit = json!({"first_name": "Zebedee Q."});
    let ask = |method: &str, path: &str| shop.ask(method, path).token(&tokens.access);
    ask("PATCH", ME).json(&edit).send().await.expect(200);
    let address = json!({
        "name": "Zebedee Quimby", "line1": "7 Quimby Lane", "city": "Camp", "country": "GB",
        "phone": "555 0100 77",
    });
    let addresses = format!("{ME}/addresses");
    ask("POST", &addresses).json(&address).key("parcels").send().await.expect(201);
    let password = json!({"password": "hickory dickory dock"});
    ask("POST", &format!("{ME}/otp")).json(&password).send().await.expect(201);
    (tokens, account)
}

async fn who_goes_is_found_nowhere_and_what_was_ordered_stays(shop: Arc<Shop>) {
    let tin = shop.tin("12.50", 10).await;
    let (tokens, account) = zebedee(&shop).await;
    let id = account["id"].as_str().unwrap();
    let body = json!({"order_items": [{"product": tin, "quantity": 2}]});
    let order = shop.post("/api/orders/orders", &body).token(&tokens.access).send().await;
    let order = order.expect(201);
    let admin = shop.person("ada", Role::Admin).await;
    let customer = format!("/api/identity/customers/{id}");
    let edit = json!({"last_name": "Quimby-Jones", "email": "zeb@quimby.example"});
    let edit = shop.ask("PATCH", &customer).json(&edit).token(&admin.token);
    edit.send().await.expect(200);
    let before = dump(&shop.url).await.to_lowercase();
    const TRACES: [&str; 5] = ["zebedee", "quimby", "zeb@", "555 0100 77", "argon2"];
    for trace in TRACES {
        assert!(before.contains(trace), "{trace} was never there");
    }

    let gone = shop.ask("DELETE", ME).token(&tokens.access).send().await;
    assert_eq!(gone.status, 204, "{}", gone.text());
    let after = dump(&shop.url).await.to_lowercase();
    let mut left = after.lines().filter(|line| TRACES.iter().any(|trace| line.contains(trace)));
    assert_eq!(left.next(), None);

    let path = order["url"].as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap();
    let kept = shop.get(path).token(&shop.staff).send().await.expect(200);
    assert_eq!(kept, order);
    assert_eq!(kept["customer"], id);
    assert_eq!(shop.available(tin).await, 8);
}

async fn a_gone_customer_is_nobody_to_everyone(shop: Arc<Shop>) {
    let node = shop.second_node(&[]).await;
    let ann = newcomer(&shop, "ann").await;
    let id = me(&node, &ann.access).await.expect(200)["id"].as_str().unwrap().to_owned();
    let gone = shop.ask("DELETE", ME).token(&ann.access).send().await;
    assert_eq!((gone.status, gone.body.len()), (204, 0));
    // A node that has not heard of it yet keeps nothing more of her.
    let address = json!({"name": "Ann", "line1": "1 Camp Street", "city": "Camp", "country": "DE"});
    let password = json!({"current_password": super::people::PASSWORD,
        "password": "see how they run", "password2": "see how they run"});
    for (method, path, body) in [
        ("POST", "/addresses", address),
        ("PATCH", "", json!({"first_name": "Ann"})),
        ("POST", "/password", password),
        ("POST", "/otp", json!({"password": super::people::PASSWORD})),
        ("GET", "/export", json!({})),
    ] {
        let ask = node.ask(method, &format!("{ME}{path}")).token(&ann.access);
        let ask = if method == "GET" { ask } else { ask.json(&body) };
        ask.send().await.problem(401, "unauthenticated");
    }
    assert!(!opens(&shop, &ann.access).await, "the node that was told knows at once");
    me(&node, &ann.access).await.problem(401, "unauthenticated");
    until_refused(&node, &ann.access).await;
    refresh(&node, &ann).await.problem(401, "unauthenticated");
    for name in ["ann", "ann@example.com", &format!("gone-{id}")] {
        let login = login_with(&node, name, super::people::PASSWORD).await;
        login.problem(401, "invalid_credentials");
    }
    // Staff see that there was somebody, and change nothing of it any more.
    let customer = format!("/api/identity/customers/{id}");
    let seen = shop.get(&customer).token(&shop.staff).send().await.expect(200);
    assert_eq!([&seen["is_active"], &seen["first_name"]], [&json!(false), &json!("")]);
    let edit = shop.ask("PATCH", &customer).json(&json!({"is_active": true})).token(&shop.staff);
    edit.send().await.problem(404, "not_found");
    let again = shop.ask("DELETE", &customer).token(&shop.staff).send().await;
    again.problem(404, "not_found");
    // The name and the address are free for somebody else.
    let other = newcomer(&shop, "ann").await;
    let other = me(&shop, &other.access).await.expect(200);
    assert_ne!(other["id"], id);
}

async fn staff_may_go_and_an_admin_may_not(shop: Arc<Shop>) {
    let staff = shop.person("sam", Role::Staff).await;
    let gone = shop.ask("DELETE", ME).token(&staff.token).send().await;
    assert_eq!(gone.status, 204, "{}", gone.text());
    let admin = shop.person("ada", Role::Admin).await;
    shop.ask("DELETE", ME).token(&admin.token).send().await.problem(403, "forbidden");
    me(&shop, &admin.token).await.expect(200);
}

async fn an_address_is_confirmed_by_the_letter_that_came_with_the_account(shop: Arc<Shop>) {
    let Some(mail) = Mailbox::open(&shop, &[("shop_name", "Läden")]).await else { return };
    let node = mail.shop.clone();
    let account = register(&node, "ann").await;
    assert_eq!(account["email_confirmed"], false);
    let letter = mail.letter("ann@example.com", 0).await;
    assert!(letter.header("Subject").contains("Läden"), "{letter:?}");
    let token = mail.token("ann@example.com", 0).await;
    let ann = log_in(&node, "ann").await;
    for wrong in ["nonsense", &token[1..], &format!("{token}A"), "\u{e9}"] {
        let body = json!({ "token": wrong });
        node.post(CONFIRM, &body).send().await.problem(422, "invalid_link");
    }
    // A link for one thing does no other.
    let reset =
        json!({"token": token, "password": "see how they run", "password2": "see how they run"});
    let reset = node.post("/api/identity/password-reset/confirm", &reset).send().await;
    reset.problem(422, "invalid_link");
    let confirm = async || node.post(CONFIRM, &json!({ "token": token })).send().await;
    assert_eq!(confirm().await.status, 204);
    assert_eq!(me(&node, &ann.access).await.expect(200)["email_confirmed"], true);
    confirm().await.problem(422, "invalid_link");
    // Whoever asks again is sent a letter again.
    let body = json!({"email": "ann@example.com", "password": super::people::PASSWORD});
    let ask = node.post(&format!("{ME}/email"), &body).token(&ann.access).send().await;
    assert_eq!(ask.status, 202, "{}", ask.text());
    let again = mail.token("ann@example.com", 1).await;
    let confirmed = node.post(CONFIRM, &json!({ "token": again })).send().await;
    assert_eq!(confirmed.status, 204);
    assert_eq!(mail.close().await.len(), 2);
}

async fn orders_wait_for_a_confirmed_address_where_the_shop_wants_it(shop: Arc<Shop>) {
    let strict = [("orders_need_confirmed_email", "true")];
    let Some(mail) = Mailbox::open(&shop, &strict).await else { return };
    let node = mail.shop.clone();
    let tin = node.tin("12.50", 10).await;
    let ann = newcomer(&node, "ann").await;
    let order = json!({"order_items": [{"product": tin, "quantity": 2}]});
    let order = || node.post("/api/orders/orders", &order).token(&ann.access).key("once");
    order().send().await.problem(403, "email_not_confirmed");
    assert_eq!(node.available(tin).await, 10);
    let token = mail.token("ann@example.com", 0).await;
    assert_eq!(node.post(CONFIRM, &json!({ "token": token })).send().await.status, 204);
    order().send().await.expect(201);
    let ben = newcomer(&shop, "ben").await;
    let free = json!({"order_items": [{"product": tin, "quantity": 1}]});
    shop.post("/api/orders/orders", &free).token(&ben.access).send().await.expect(201);
}

async fn registering_does_not_tell_who_is_a_customer(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let Some(mail) = Mailbox::open(&shop, &[("registration_tells", "false")]).await else {
        return;
    };
    let node = mail.shop.clone();
    let mut told = Vec::new();
    for (username, email) in [("ben", "ben@example.com"), ("carl", "ANN@example.com")] {
        let mut body = registration(username);
        body["email"] = json!(email);
        let answer = node.post("/api/identity/register", &body).send().await;
        let mut account = answer.expect(201);
        assert_eq!([&account["username"], &account["email"]], [username, email]);
        let account = account.as_object_mut().unwrap();
        for own in ["id", "username", "email", "created_at", "updated_at"] {
            assert!(account.remove(own).is_some(), "{own}");
        }
        let headers: Vec<String> = answer.headers.into_iter().map(|(name, _)| name).collect();
        told.push((account.clone(), headers));
        // Nobody gets in before the address is confirmed, whatever it is.
        let login = login_with(&node, username, super::people::PASSWORD).await;
        login.problem(401, "invalid_credentials");
        // The name is told to be taken: it is no secret.
        let mut again = registration(username);
        again["email"] = json!(format!("{username}2@example.com"));
        let again = node.post("/api/identity/register", &again).send().await;
        again.problem(409, "username_taken");
        // And whether the address is taken too is not told beside it.
        let mut both = registration(username);
        both["email"] = json!("ann@example.com");
        let both = node.post("/api/identity/register", &both).send().await;
        assert_eq!(both.bad_fields(409, "username_taken"), ["username"]);
    }
    assert_eq!(told[0], told[1]);
    // For the staff an account that is held is in no list, but it is found.
    for (query, found) in [("is_active=true", 2), ("search=carl", 1)] {
        let path = format!("/api/identity/customers?role=customer&{query}");
        let list = node.get(&path).token(&shop.staff).send().await.expect(200);
        assert_eq!(list["count"], found, "{query}");
    }
    let token = mail.token("ben@example.com", 0).await;
    assert_eq!(node.post(CONFIRM, &json!({ "token": token })).send().await.status, 204);
    log_in(&node, "ben").await;
    let letters = mail.close().await;
    assert_eq!(letters.len(), 2, "{letters:?}");
    let owners = letters.iter().find(|letter| letter.to != ["ben@example.com"]).unwrap();
    assert_eq!(owners.to[0].to_lowercase(), "ann@example.com");
    assert!(!owners.body.contains("token="), "{owners:?}");
    assert!(!owners.body.contains("carl"), "what a stranger typed: {owners:?}");
}

async fn who_registers_with_the_address_of_another_gets_in_nowhere(shop: Arc<Shop>) {
    let Some(mail) = Mailbox::open(&shop, &[("registration_tells", "false")]).await else {
        return;
    };
    let node = mail.shop.clone();
    register(&node, "ann").await;
    let token = mail.token("ann@example.com", 0).await;
    assert_eq!(node.post(CONFIRM, &json!({ "token": token })).send().await.status, 204);
    let mut taken = registration("mallory");
    taken["email"] = json!("ann@example.com");
    node.post("/api/identity/register", &taken).send().await.expect(201);
    // Her address is still hers, and the newcomer's password opens nothing on any node.
    log_in(&node, "ann@example.com").await;
    for node in [&node, &shop] {
        let login = login_with(node, "mallory", super::people::PASSWORD).await;
        login.problem(401, "invalid_credentials");
    }
    // A reset that is asked for by her address is hers.
    let ask = json!({"email": "ann@example.com"});
    let asked = node.post("/api/identity/password-reset", &ask).send().await;
    assert_eq!(asked.status, 202);
    let reset = mail.token("ann@example.com", 2).await;
    let body =
        json!({"token": reset, "password": "see how they run", "password2": "see how they run"});
    let done = node.post("/api/identity/password-reset/confirm", &body).send().await;
    assert_eq!(done.status, 204, "{}", done.text());
    let login = json!({"username": "ann", "password": "see how they run"});
    Tokens::of(&try_login(&node, login).await);
}
