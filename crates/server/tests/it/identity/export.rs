//! /api/identity/me/export: all that the shop keeps of a person.

use super::people::{ME, PASSWORD, Tokens, code, log_in, me, newcomer, register, try_login};
use crate::app::{Shop, on_both_engines};
use domain::{AccountId, Email, MakeLink, Micros, Purpose, Role, Text};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    an_export_shows_all_that_is_kept_of_a_person,
    an_export_tells_what_was_done_and_by_whom,
    an_export_shows_nothing_of_anybody_else,
    an_export_holds_every_order,
}

async fn export(shop: &Shop, token: &str) -> Value {
    shop.get(&format!("{ME}/export")).token(token).send().await.expect(200)
}

async fn id_of(shop: &Shop, name: &str) -> AccountId {
    let found = shop.app.readers.exact().account_named(name).await.unwrap();
    found.unwrap().id
}

async fn order(shop: &Shop, token: &str, product: i64) -> Value {
    let body = json!({"order_items": [{"product": product, "quantity": 1}], "note": "Ring twice"});
    shop.post("/api/orders/orders", &body).token(token).send().await.expect(201)
}

async fn an_export_shows_all_that_is_kept_of_a_person(shop: Arc<Shop>) {
    let tin = shop.tin("12.50", 10).await;
    register(&shop, "ann").await;
    let login = json!({"username": "ann", "password": PASSWORD});
    let login = shop.post("/api/identity/token", &login).header("User-Agent", "Phone/1");
    let ann = Tokens::of(&login.send().await);
    let edit = json!({"first_name": "Ann", "last_name": "Cook"});
    shop.ask("PATCH", ME).json(&edit).token(&ann.access).send().await.expect(200);
    let address = json!({"name": "Ann Cook", "line1": "1 Camp Street", "city": "Camp",
        "country": "DE", "phone": "555"});
    let address = shop.post(&format!("{ME}/addresses"), &address).token(&ann.access);
    let address = address.send().await.expect(201);
    let (first, second) =
        (order(&shop, &ann.access, tin).await, order(&shop, &ann.access, tin).await);
    let item = json!({"product": tin, "quantity": 2});
    shop.post("/api/cart/items", &item).token(&ann.access).send().await.expect(200);
    let factor = shop
        .post(&format!("{ME}/otp"), &json!({ "password": PASSWORD }))
        .token(&ann.access)
        .send()
        .await
        .expect(201);
    let secret = factor["secret"].as_str().unwrap();

    let all = export(&shop, &ann.access).await;
    assert_eq!(all["account"], me(&shop, &ann.access).await.expect(200));
    assert_eq!(all["addresses"], json!([address]));
    assert_eq!(all["orders"], json!([second, first]));
    let cart = shop.get("/api/cart").token(&ann.access).send().await.expect(200);
    assert_eq!((&all["cart"], &cart["total"]), (&cart, &json!("25.00")));
    let kept = &all["second_factor"];
    assert_eq!([&kept["confirmed_at"], &kept["recovery_codes_left"]], [&Value::Null, &json!(10)]);
    let sessions = all["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 1);
    assert_eq!(
        [&sessions[0]["user_agent"], &sessions[0]["is_current"]],
        [&json!("Phone/1"), &json!(true)]
    );
    assert!(all["exported_at"].is_string());

    let body = json!({"otp": code(secret, 0)});
    let confirm = shop.post(&format!("{ME}/otp/confirm"), &body).token(&ann.access).send().await;
    assert_eq!(confirm.status, 204);
    let all = export(&shop, &ann.access).await;
    assert!(all["second_factor"]["confirmed_at"].is_string(), "{all}");
    // Not what lets one in.
    let text = all.to_string();
    for inward in [secret, "argon2", "password\"", PASSWORD] {
        assert!(!text.contains(inward), "{inward}");
    }
}

async fn an_export_tells_what_was_done_and_by_whom(shop: Arc<Shop>) {
    newcomer(&shop, "ann").await;
    let (id, other) = (id_of(&shop, "ann").await, register(&shop, "ben").await["id"].clone());
    let other = other.as_str().unwrap();
    let admin = shop.somebody(Role::Admin).await;
    let edit = |whose: &str, edit: Value, token: &str| {
        shop.ask("PATCH", &format!("/api/identity/customers/{whose}"))
            .json(&edit)
            .token(token)
            .send()
    };
    let rights = json!({"last_name": "Cook", "role": "staff"});
    edit(&id.to_string(), rights, &admin.token).await.expect(200);
    // Another role has ended the session. What she does now is told, and of others not whom she did it to.
    let ann = log_in(&shop, "ann").await;
    edit(other, json!({"last_name": "Gunn"}), &ann.access).await.expect(200);
    let tin = json!({"name": "Tin", "price": "1.00"});
    let tin = shop.post("/api/catalog/products", &tin).token(&ann.access).send().await.expect(201);
    let purpose = Purpose::ChangeEmail;
    let (secret, email) = (Text::stored("hash"), Email::stored("new@example.com"));
    let link = MakeLink {
        account: id,
        purpose,
        secret,
        email,
        lifetime_us: Micros::SECOND,
        made_of: None,
    };
    shop.command(link).await;
    let again = log_in(&shop, "ann").await;
    let out = shop.post("/api/identity/logout", &json!({})).token(&again.access).send().await;
    assert_eq!(out.status, 204);

    let all = export(&shop, &ann.access).await;
    let columns = |list: &str, columns: &[&str]| -> Vec<Value> {
        let rows = all[list].as_array().unwrap();
        rows.iter().map(|row| columns.iter().map(|name| row[*name].clone()).collect()).collect()
    };
    let changes = columns("changes", &["kind", "by", "before", "after"]);
    let (before, after) = (
        json!({"last_name": "", "role": "customer"}),
        json!({"last_name": "Cook", "role": "staff"}),
    );
    assert_eq!(changes[0], json!(["customer.changed", "staff", before, after]));
    assert_eq!(changes[1][0], "customer.registered");
    assert_eq!([changes.len(), changes[1].as_array().unwrap().len()], [2, 4], "{all}");
    let product = format!("product:{}", tin["id"]);
    let actions = columns("actions", &["kind", "subject"]);
    let expected = [json!(["product.created", product]), json!(["customer.changed", null])];
    assert_eq!(actions, expected);
    let ended = columns("sessions", &["has_ended", "is_current"]);
    // The newest first: logged out, the one that asks, and the one of before she was staff.
    assert_eq!(ended, [json!([true, false]), json!([false, true]), json!([true, false])]);
    assert!(all["sessions"][0]["ended_at"].is_string());
    assert_eq!(
        columns("links", &["purpose", "email"]),
        [json!(["change_email", "new@example.com"])]
    );
    for name in ["ben", "Gunn", other, "hash", &admin.id.to_string()] {
        assert!(!all.to_string().contains(name), "{name}: {all}");
    }
}

async fn an_export_shows_nothing_of_anybody_else(shop: Arc<Shop>) {
    let tin = shop.tin("12.50", 10).await;
    let (ann, ben) = (newcomer(&shop, "ann").await, newcomer(&shop, "ben").await);
    order(&shop, &ann.access, tin).await;
    let address = json!({"name": "Ann", "line1": "1 Camp Street", "city": "Camp", "country": "DE"});
    let address = shop.post(&format!("{ME}/addresses"), &address).token(&ann.access);
    address.send().await.expect(201);
    let all = export(&shop, &ben.access).await;
    assert_eq!([&all["orders"], &all["addresses"]], [&json!([]), &json!([])]);
    assert_eq!(all["cart"]["items"], json!([]));
    assert!(!all.to_string().contains("ann"), "{all}");
    let path = format!("{ME}/export");
    shop.get(&path).send().await.problem(401, "unauthenticated");
    assert_eq!(shop.ask("DELETE", ME).token(&ann.access).send().await.status, 204);
    shop.get(&path).token(&ann.access).send().await.problem(401, "unauthenticated");
    let login = json!({"username": "ann", "password": PASSWORD});
    try_login(&shop, login).await.problem(401, "invalid_credentials");
}

/// More than one piece of them.
async fn an_export_holds_every_order(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 1_000).await;
    let ann = newcomer(&shop, "ann").await;
    let body = json!({"order_items": [{"product": tin, "quantity": 1}]});
    let place = || shop.post("/api/orders/orders", &body).token(&ann.access).send();
    for _ in 0..17 {
        let placed = futures_util::future::join_all((0..30).map(|_| place())).await;
        placed.iter().for_each(|answer| assert_eq!(answer.status, 201, "{}", answer.text()));
    }
    let all = export(&shop, &ann.access).await;
    let numbers: Vec<i64> = all["orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|order| order["number"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers.len(), 510);
    assert!(numbers.windows(2).all(|two| two[0] > two[1]));
}
