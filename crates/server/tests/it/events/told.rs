//! What events tell: of each kind what the document says, to each as much as he may see, and of what a later
//! version has written that it is there.

use super::{EVENTS, events, key, kinds, positions};
use crate::{
    app::{Person, Shop, on_both_engines, until},
    contract::check_event,
};
use domain::{EventKind, OrderStatus, Role};
use serde_json::{Value, json};
use server::workers::{Turn, Worker, forgotten::Forgotten};
use std::{collections::BTreeSet, sync::Arc};

on_both_engines! {
    every_kind_of_event_is_told_as_the_document_says,
    an_order_is_told_as_each_event_has_left_it,
    a_key_sees_as_much_as_its_scopes_let_it,
    an_order_that_is_forgotten_is_told_without_its_person,
    what_a_later_version_has_written_is_there_and_unknown,
}

/// Does all that there is an event of.
async fn story(shop: &Shop) {
    let quick = shop.second_node(&[("cart_ttl", "1s"), ("cart_max_age", "1s")]).await;
    let staff = async |method: &str, path: &str, body: Value| {
        let answer = shop.ask(method, path).json(&body).token(&shop.staff).send().await;
        assert!(answer.status < 300, "{method} {path}: {}", answer.text());
        answer
    };
    staff("POST", "/api/catalog/categories", json!({"slug": "camp", "name": "Camp"})).await;
    staff("PATCH", "/api/catalog/categories/camp", json!({"name": "Camping"})).await;
    let tin = shop
        .product(json!({"name": "Tin", "price": "1.00", "quantity": 9, "low_stock_threshold": 5}));
    let tin = tin.await["id"].as_i64().unwrap();
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let orders = "/api/orders/orders";
    let place = async |person: &Person| {
        let body = json!({"order_items": [{"product": tin, "quantity": 1}], "note": "ring",
            "contact": {"email": "ann@example.com"}});
        shop.post(orders, &body).token(&person.token).send().await.expect(201)
    };
    let (one, two) = (place(&ann).await, place(&ben).await);
    let path = format!("{orders}/{}", one["id"].as_str().unwrap());
    staff("PATCH", &path, json!({"note": "do not ring"})).await;
    shop.move_order(&one, OrderStatus::Processing).await;
    shop.move_for(&one, OrderStatus::Failed, Some("no carrier")).await;
    shop.move_order(&one, OrderStatus::Pending).await;
    shop.move_order(&one, OrderStatus::Processing).await;
    shop.move_order(&one, OrderStatus::Completed).await;
    shop.move_order(&two, OrderStatus::Cancelled).await;
    for body in [json!({"lines": [{"product": tin, "set": 6, "reason": "counted"}]})] {
        staff("POST", "/api/catalog/inventory/batch", body).await;
    }
    for _ in 0..2 {
        place(&ben).await;
    }
    let add = json!({"product": tin, "quantity": 1});
    let added = quick.post("/api/cart/items", &add).token(&ann.token).send().await;
    assert!(added.status < 300, "{}", added.text());
    staff("PATCH", &format!("/api/catalog/products/{tin}"), json!({"name": "Tin, large"})).await;
    let edit = json!({"first_name": "Ann"});
    shop.ask("PATCH", "/api/identity/me").json(&edit).token(&ann.token).send().await.expect(200);
    let (id, _) = key(shop, &["intake"]).await;
    let revoke = shop.ask("DELETE", &format!("/api/identity/api-keys/{id}")).token(&shop.admin);
    revoke.send().await.expect_empty(204);
    until("the cart to expire", async || !events(shop, "kinds=cart.expired").await.is_empty())
        .await;
    for path in [
        format!("/api/catalog/products/{tin}"),
        "/api/catalog/categories/camp".to_owned(),
        format!("/api/identity/customers/{}", ben.id),
    ] {
        shop.ask("DELETE", &path).token(&shop.staff).send().await.expect_empty(204);
    }
}

async fn every_kind_of_event_is_told_as_the_document_says(shop: Arc<Shop>) {
    story(&shop).await;
    let told = events(&shop, "").await;
    let all: BTreeSet<&str> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(kinds(&told).into_iter().collect::<BTreeSet<_>>(), all);
    for event in &told {
        check_event(event);
        assert!(!event["data"].is_null(), "{event}");
        assert_eq!(event["version"], 1, "{event}");
    }
    let of = |kind: &str| told.iter().find(|event| event["kind"] == kind).unwrap();
    assert_eq!(of("stock.low")["data"], json!({"on_hand": 5, "threshold": 5}));
    assert_eq!(of("stock.changed")["data"]["to"], 6);
    assert_eq!(of("product.changed")["data"], json!({"changed": ["name"]}));
    assert_eq!(of("category.created")["data"], json!({"slug": "camp", "changed": []}));
    assert_eq!(of("category.changed")["data"], json!({"slug": "camp", "changed": ["name"]}));
    assert_eq!(of("key.revoked")["data"], json!({}));
    let cart = of("cart.expired");
    assert_eq!(cart["data"]["customer"], cart["subject"]["id"]);
    assert_eq!(cart["data"]["items"][0]["quantity"], 1);
    assert_eq!(of("order.failed")["data"]["reason"], "no carrier");
    assert_eq!(of("order.failed")["data"]["order"]["failure_reason"], "no carrier");
    // A schema of another kind is another one.
    let mut wrong = of("stock.low").clone();
    wrong["kind"] = json!("stock.changed");
    assert!(std::panic::catch_unwind(|| check_event(&wrong)).is_err());
}

async fn an_order_is_told_as_each_event_has_left_it(shop: Arc<Shop>) {
    let (tin, ann) = (shop.tin("1.00", 9).await, shop.customer("ann").await);
    let placed = shop.place(&ann, tin, 2).await.expect(201);
    shop.move_order(&placed, OrderStatus::Processing).await;
    let subject = format!("subject=order:{}", placed["id"].as_str().unwrap());
    let told = events(&shop, &subject).await;
    assert_eq!(told[0]["data"], json!({"order": placed, "reason": null}));
    let path = format!("/api/orders/orders/{}", placed["id"].as_str().unwrap());
    let now = shop.get(&path).token(&shop.staff).send().await.expect(200);
    assert_eq!(told[1]["data"]["order"], now);
    assert_eq!(told[0]["actor"], json!({"kind": "account", "id": ann.id.to_string()}));
    assert_eq!(told[1]["subject"]["version"], 2);
}

async fn a_key_sees_as_much_as_its_scopes_let_it(shop: Arc<Shop>) {
    story(&shop).await;
    for (scopes, hidden) in [
        (vec!["events:read"], vec!["order", "customer", "cart"]),
        (vec!["events:read", "orders:read"], vec!["customer", "cart"]),
        (vec!["events:read", "customers:read"], vec!["order"]),
        (vec!["events:read", "customers:read", "orders:read"], vec![]),
    ] {
        let (_, key) = key(&shop, &scopes).await;
        let told = shop.get(&format!("{EVENTS}?limit=100")).token(&key).send().await.expect(200);
        let told = told["results"].as_array().unwrap();
        assert!(told.len() > 20);
        for event in told {
            let is_hidden = hidden.contains(&event["subject"]["kind"].as_str().unwrap());
            assert_eq!(event["data"].is_null(), is_hidden, "{scopes:?} {event}");
        }
    }
}

async fn an_order_that_is_forgotten_is_told_without_its_person(shop: Arc<Shop>) {
    let (tin, ann) = (shop.tin("1.00", 9).await, shop.customer("ann").await);
    let body = json!({"order_items": [{"product": tin, "quantity": 1}], "note": "ring",
        "contact": {"email": "ann@example.com"}});
    let placed = shop.post("/api/orders/orders", &body).token(&ann.token).send().await.expect(201);
    let subject = format!("subject=order:{}", placed["id"].as_str().unwrap());
    let before = events(&shop, &subject).await;
    assert_eq!(before[0]["data"]["order"]["contact"]["email"], "ann@example.com");
    for to in [OrderStatus::Processing, OrderStatus::Completed] {
        shop.move_order(&placed, to).await;
    }
    let path = format!("/api/identity/customers/{}", ann.id);
    shop.ask("DELETE", &path).token(&shop.staff).send().await.expect_empty(204);
    let worker = Forgotten::default();
    until("the worker", async || worker.turn(&shop.app).await == Turn::Done).await;
    let told = events(&shop, &subject).await;
    assert_eq!(kinds(&told)[3], "order.changed");
    assert!(told.iter().all(|event| event["data"]["order"]["contact"].is_null()), "{told:?}");
    assert!(!json!(told).to_string().contains("ann@example.com"), "{told:?}");
}

async fn what_a_later_version_has_written_is_there_and_unknown(shop: Arc<Shop>) {
    shop.tin("1.00", 9).await;
    shop.somebody(Role::Staff).await;
    let events_table = if shop.url.starts_with("sqlite") { "events" } else { "orders.events" };
    let before = events(&shop, "").await;
    let set = async |column: &str, value: i64| {
        shop.sql(&format!("update {events_table} set {column} = {value} where position = 3")).await;
    };
    set("kind", 999).await;
    let told = events(&shop, "").await;
    assert_eq!(positions(&told), positions(&before), "no position is passed over");
    assert_eq!(told[2]["kind"], "unknown");
    assert_eq!([&told[2]["data"], &told[2]["version"]], [&Value::Null, &Value::Null]);
    for name in ["id", "at", "correlation_id"] {
        assert_eq!(told[2][name], before[2][name]);
    }
    let created = EventKind::ProductCreated.code();
    set("kind", created).await;
    // A form that is not known: the kind is, and its data is not.
    shop.sql(&format!("update {events_table} set data = '{{\"v\":2}}' where position = 3")).await;
    let told = events(&shop, "").await;
    assert_eq!([&told[2]["kind"], &told[2]["data"]], [&json!("product.created"), &Value::Null]);
    assert_eq!(told[2]["version"], 2);
    shop.sql(&format!("update {events_table} set data = null where position = 3")).await;
    assert_eq!(events(&shop, "").await, before);
}
