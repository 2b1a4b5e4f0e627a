//! /api/identity/me/addresses: where one has things sent.

use super::people::{ME, me, newcomer};
use crate::{
    app::{PUBLIC_URL, Person, Shop, on_both_engines},
    client::Answer,
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    addresses_are_kept_replaced_and_dropped,
    what_is_wrong_with_an_address_is_told_at_once,
    an_address_that_is_kept_twice_by_one_key_is_one,
    an_address_that_was_read_may_be_sent_back,
    an_account_keeps_twenty_addresses,
    of_two_last_addresses_at_once_one_is_kept,
    the_addresses_of_others_are_not_there,
}

fn path(id: &Value) -> String {
    format!("{ME}/addresses/{}", id.as_str().unwrap())
}

fn camp() -> Value {
    json!({"name": "Ann Cook", "line1": "1 Camp Street", "city": "Camp", "country": "DE"})
}

async fn keep(shop: &Shop, person: &Person, body: &Value) -> Answer {
    shop.post(&format!("{ME}/addresses"), body).token(&person.token).send().await
}

async fn kept(shop: &Shop, person: &Person) -> Vec<Value> {
    let list = shop.get(&format!("{ME}/addresses?limit=100")).token(&person.token).send().await;
    list.expect(200)["results"].as_array().unwrap().clone()
}

async fn addresses_are_kept_replaced_and_dropped(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    assert_eq!(kept(&shop, &ann).await.len(), 0);
    let whole = json!({
        "name": "Änn Cook", "line1": "1 Camp Street", "line2": "2nd tent", "post_code": "01234",
        "city": "Zürich", "region": "ZH", "country": "CH", "phone": "+41 44 000 00 00",
    });
    let made = keep(&shop, &ann, &whole).await;
    let first = made.expect(201);
    for (name, value) in whole.as_object().unwrap() {
        assert_eq!(first[name], *value, "{name}");
    }
    assert_eq!(first["url"], format!("{PUBLIC_URL}{}", path(&first["id"])));
    assert_eq!(made.header("location"), first["url"].as_str());
    let second = keep(&shop, &ann, &camp()).await.expect(201);
    for name in ["line2", "post_code", "region", "phone"] {
        assert_eq!(second[name], Value::Null, "{name}");
    }
    assert_eq!(kept(&shop, &ann).await, [first.clone(), second.clone()]);
    // What a PUT leaves out is gone. A code of a country is a code in any case.
    let body = json!({"name": "Ann", "line1": "2 Camp Street", "city": "Camp", "country": "fr"});
    let replace = shop.ask("PUT", &path(&first["id"])).json(&body).token(&ann.token).send().await;
    let replaced = replace.expect(200);
    assert_eq!([&replaced["country"], &replaced["line2"]], [&json!("FR"), &Value::Null]);
    assert_eq!([&replaced["id"], &replaced["created_at"]], [&first["id"], &first["created_at"]]);
    assert_eq!(kept(&shop, &ann).await, [replaced, second.clone()]);
    let drop = async || shop.ask("DELETE", &path(&first["id"])).token(&ann.token).send().await;
    let dropped = drop().await;
    assert_eq!((dropped.status, dropped.body.len()), (204, 0));
    drop().await.problem(404, "not_found");
    assert_eq!(kept(&shop, &ann).await, [second]);
}

async fn what_is_wrong_with_an_address_is_told_at_once(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let long = "x".repeat(201);
    for (change, bad) in [
        (json!({"country": "XX"}), vec!["country"]),
        (json!({"country": "Germany"}), vec!["country"]),
        (json!({"country": "DEU"}), vec!["country"]),
        (json!({"country": 49, "city": null}), vec!["city", "country"]),
        (json!({"name": "", "line1": "a\nb"}), vec!["line1", "name"]),
        (json!({"name": long, "city": long, "line1": long}), vec!["city", "line1", "name"]),
        (
            json!({"line2": long, "post_code": long, "region": long, "phone": long}),
            vec!["line2", "phone", "post_code", "region"],
        ),
        (json!({"name": "\u{202e}nnA", "phone": "\u{7}"}), vec!["name", "phone"]),
        (json!({"state": "Bavaria", "zip": "1"}), vec!["state", "zip"]),
    ] {
        let mut body = camp();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = keep(&shop, &ann, &body).await;
        assert_eq!(answer.bad_fields(422, "invalid"), bad, "{change}");
    }
    let answer = keep(&shop, &ann, &json!({})).await;
    assert_eq!(answer.bad_fields(422, "invalid"), ["city", "country", "line1", "name"]);
    assert_eq!(kept(&shop, &ann).await.len(), 0);
    let nulls = json!({"line2": null, "post_code": null, "region": null, "phone": null});
    let mut body = camp();
    body.as_object_mut().unwrap().extend(nulls.as_object().unwrap().clone());
    keep(&shop, &ann, &body).await.expect(201);
}

async fn an_address_that_is_kept_twice_by_one_key_is_one(shop: Arc<Shop>) {
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let keep = async |person: &Person, body: &Value| {
        let ask = shop.post(&format!("{ME}/addresses"), body).token(&person.token);
        ask.key("once").send().await
    };
    let first = keep(&ann, &camp()).await;
    let again = keep(&ann, &camp()).await;
    assert_eq!(again.expect(201), first.expect(201));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.header("location"), first.header("location"));
    let mut other = camp();
    other["city"] = json!("Village");
    keep(&ann, &other).await.problem(422, "idempotency_key_reused");
    assert_eq!(kept(&shop, &ann).await.len(), 1);
    let theirs = keep(&ben, &camp()).await;
    assert_eq!(theirs.header("idempotent-replayed"), None);
    assert_ne!(theirs.expect(201)["id"], first.expect(201)["id"]);
}

async fn an_address_that_was_read_may_be_sent_back(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let mut read = keep(&shop, &ann, &camp()).await.expect(201);
    let path = path(&read["id"]);
    let put = async |body: &Value| shop.ask("PUT", &path).json(body).token(&ann.token).send().await;
    read["city"] = json!("Village");
    let replaced = put(&read).await.expect(200);
    assert_eq!(replaced["city"], "Village");
    // A lost answer is asked for again: nothing changes once more.
    let again = put(&replaced).await.expect(200);
    assert_eq!([&again, &put(&again).await.expect(200)], [&replaced, &replaced]);
    let shown = shop.get(&path).token(&ann.token).send().await;
    assert_eq!(shown.expect(200), replaced);
    for (name, value) in [
        ("id", json!("01890000-0000-7000-8000-000000000000")),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("url", json!("https://elsewhere.example")),
    ] {
        let mut body = camp();
        body[name] = value;
        assert_eq!(put(&body).await.bad_fields(422, "read_only"), [name]);
    }
    let mut new = camp();
    new["id"] = read["id"].clone();
    let answer = keep(&shop, &ann, &new).await;
    assert_eq!(answer.bad_fields(422, "read_only"), ["id"]);
}

async fn an_account_keeps_twenty_addresses(shop: Arc<Shop>) {
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    for _ in 0..20 {
        keep(&shop, &ann, &camp()).await.expect(201);
    }
    keep(&shop, &ann, &camp()).await.problem(409, "conflict");
    let all = kept(&shop, &ann).await;
    assert_eq!(all.len(), 20);
    keep(&shop, &ben, &camp()).await.expect(201);
    let put = shop.ask("PUT", &path(&all[0]["id"])).json(&camp()).token(&ann.token);
    put.send().await.expect(200);
    let dropped = shop.ask("DELETE", &path(&all[7]["id"])).token(&ann.token).send().await;
    assert_eq!(dropped.status, 204);
    keep(&shop, &ann, &camp()).await.expect(201);
}

async fn of_two_last_addresses_at_once_one_is_kept(shop: Arc<Shop>) {
    let node = shop.second_node(&[]).await;
    let ann = shop.customer("ann").await;
    for _ in 0..19 {
        keep(&shop, &ann, &camp()).await.expect(201);
    }
    let camp = camp();
    let (one, other) = tokio::join!(keep(&shop, &ann, &camp), keep(&node, &ann, &camp));
    let mut told = [one.status, other.status];
    told.sort_unstable();
    assert_eq!(told, [201, 409], "{} {}", one.text(), other.text());
    assert_eq!(kept(&shop, &ann).await.len(), 20);
}

async fn the_addresses_of_others_are_not_there(shop: Arc<Shop>) {
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let address = keep(&shop, &ann, &camp()).await.expect(201);
    let path = path(&address["id"]);
    for by in [&ben.token, &shop.staff] {
        let put = shop.ask("PUT", &path).json(&camp()).token(by).send().await;
        put.problem(404, "not_found");
        shop.ask("DELETE", &path).token(by).send().await.problem(404, "not_found");
    }
    assert_eq!(kept(&shop, &ann).await, [address]);
    assert_eq!(kept(&shop, &ben).await.len(), 0);
    for wrong in ["01890000-0000-7000-8000-000000000000", "nonsense"] {
        let wrong = format!("{ME}/addresses/{wrong}");
        let put = shop.ask("PUT", &wrong).json(&camp()).token(&ann.token).send().await;
        put.problem(404, "not_found");
        shop.ask("DELETE", &wrong).token(&ann.token).send().await.problem(404, "not_found");
    }
    // With their owner they go.
    let carl = newcomer(&shop, "carl").await;
    let ask = shop.post(&format!("{ME}/addresses"), &camp()).token(&carl.access);
    ask.send().await.expect(201);
    me(&shop, &carl.access).await.expect(200);
    assert_eq!(shop.ask("DELETE", ME).token(&carl.access).send().await.status, 204);
    let list = shop.get(&format!("{ME}/addresses")).token(&carl.access).send().await;
    list.problem(401, "unauthenticated");
}
