//! Idempotency-Key on orders: the same request is one order, whatever happens around it.

use super::{ORDERS, path, place};
use crate::{
    app::{Person, Shop, on_both_engines},
    client::Answer,
};
use domain::OrderStatus;
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

on_both_engines! {
    the_same_request_with_its_key_is_the_same_order,
    a_key_is_found_again_however_the_product_is_named,
    another_request_with_the_key_is_refused,
    a_refused_attempt_leaves_no_trace,
    a_key_belongs_to_its_caller,
    a_key_has_one_to_255_characters,
    a_replay_shows_the_present_state,
    a_cancellation_takes_a_key,
    twenty_at_once_with_one_key_are_one_order,
    two_nodes_with_one_key_are_one_order,
}

async fn keyed(shop: &Shop, person: &Person, key: &str, body: &Value) -> Answer {
    shop.post(ORDERS, body).token(&person.token).key(key).send().await
}

fn items(product: i64, quantity: i64) -> Value {
    json!({"order_items": [{"product": product, "quantity": quantity}]})
}

async fn the_same_request_with_its_key_is_the_same_order(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let first = keyed(&shop, &ann, "k", &items(tin, 2)).await;
    assert_eq!(first.header("idempotent-replayed"), None);
    for _ in 0..3 {
        let again = keyed(&shop, &ann, "k", &items(tin, 2)).await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.expect(201), first.expect(201));
        assert_eq!(again.header("location"), first.header("location"));
    }
    // The same request is not always the same bytes.
    let spelt = format!("{{\n \"order_items\" :[{{\"quantity\":2.0,\"product\":{tin}}}]}}");
    let ask = shop.ask("POST", ORDERS).raw("application/json; charset=utf-8", spelt);
    let spelt = ask.token(&ann.token).key("k").send().await;
    assert_eq!(spelt.expect(201), first.expect(201));
    // Also when the product has changed its price or is sold out by now.
    let edit = json!({"price": "5.00"});
    shop.patch(&format!("/api/catalog/products/{tin}"), &edit).send().await.expect(200);
    shop.place(&ann, tin, 7).await.expect(201);
    assert_eq!(keyed(&shop, &ann, "k", &items(tin, 2)).await.expect(201), first.expect(201));
    assert_eq!((shop.orders().await, shop.available(tin).await), (2, 0));
}

async fn a_key_is_found_again_however_the_product_is_named(shop: Arc<Shop>) {
    let tin = shop.product(json!({"sku": "TIN", "name": "Tin", "price": 1, "quantity": 9})).await;
    let ann = shop.customer("ann").await;
    for (key, product) in [("by sku", &json!("TIN")), ("by public id", &tin["public_id"])] {
        let body = json!({"order_items": [{"product": product, "quantity": 1}]});
        let first = keyed(&shop, &ann, key, &body).await.expect(201);
        let again = keyed(&shop, &ann, key, &body).await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"), "{key}");
        assert_eq!(again.expect(201), first, "{key}");
        let lines = json!({"lines": [{"product": product, "delta": 1}]});
        let receive = async || {
            let batch = shop.post("/api/catalog/inventory/batch", &lines).token(&shop.staff);
            batch.key(key).send().await
        };
        let first = receive().await.expect(200);
        let again = receive().await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"), "{key}");
        assert_eq!(again.expect(200), first, "{key}");
    }
    assert_eq!((shop.orders().await, shop.available(tin["id"].as_i64().unwrap()).await), (2, 9));
}

async fn another_request_with_the_key_is_refused(shop: Arc<Shop>) {
    let (tin, cup) = (shop.tin("1.00", 9).await, shop.tin("1.00", 9).await);
    let ann = shop.customer("ann").await;
    keyed(&shop, &ann, "k", &items(tin, 2)).await.expect(201);
    for other in [
        items(tin, 3),
        items(cup, 2),
        json!({"order_items": [{"product": tin, "quantity": 2}], "note": "by night,\r\n\tquietly"}),
        json!({"order_items": [{"product": tin, "quantity": 2}], "total": "2.00"}),
        json!({"order_items": [{"product": tin, "quantity": 2, "price": "1.00"}]}),
    ] {
        keyed(&shop, &ann, "k", &other).await.problem(422, "idempotency_key_reused");
    }
    assert_eq!((shop.orders().await, shop.available(tin).await), (1, 7));
}

async fn a_refused_attempt_leaves_no_trace(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 1).await;
    let ann = shop.customer("ann").await;
    keyed(&shop, &ann, "k", &items(tin, 2)).await.problem(409, "out_of_stock");
    keyed(&shop, &ann, "k", &items(999_999, 2)).await.problem(422, "unknown_product");
    keyed(&shop, &ann, "k", &json!({})).await.problem(422, "invalid");
    let restock = json!({"lines": [{"product": tin, "delta": 5}]});
    let batch = shop.post("/api/catalog/inventory/batch", &restock).token(&shop.staff);
    batch.send().await.expect(200);
    let placed = keyed(&shop, &ann, "k", &items(tin, 2)).await;
    assert_eq!((placed.status, placed.header("idempotent-replayed")), (201, None));
}

async fn a_key_belongs_to_its_caller(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let hers = keyed(&shop, &ann, "k", &items(tin, 1)).await.expect(201);
    let his = keyed(&shop, &ben, "k", &items(tin, 1)).await;
    assert_eq!(his.header("idempotent-replayed"), None);
    assert_ne!(his.expect(201)["id"], hers["id"]);
    keyed(&shop, &ben, "k", &items(tin, 2)).await.problem(422, "idempotency_key_reused");
    // Without a key every request is an order of its own.
    let one = place(&shop, &ann, &items(tin, 1)).await.expect(201);
    let two = place(&shop, &ann, &items(tin, 1)).await.expect(201);
    assert_ne!(one["id"], two["id"]);
}

async fn a_key_has_one_to_255_characters(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 99).await;
    let ann = shop.customer("ann").await;
    for key in ["k".repeat(255), "a b \"c\" #%&".to_owned(), "\u{e9}t\u{e9}".to_owned()] {
        let first = keyed(&shop, &ann, &key, &items(tin, 1)).await.expect(201);
        assert_eq!(keyed(&shop, &ann, &key, &items(tin, 1)).await.expect(201), first, "{key}");
    }
    for key in ["", "   ", &"k".repeat(256), &"k".repeat(10_000)] {
        let answer = keyed(&shop, &ann, key, &items(tin, 1)).await;
        assert_eq!(answer.status, 422, "{}: {}", key.len(), answer.text());
        assert_eq!(answer.bad_fields(422, "invalid"), ["Idempotency-Key"], "{}", key.len());
    }
    let ask =
        shop.post(ORDERS, &items(tin, 1)).token(&ann.token).header("Idempotency-Key", [0xff, 0xfe]);
    let answer = ask.send().await;
    assert!((400..500).contains(&answer.status), "{}", answer.text());
    let twice = shop.post(ORDERS, &items(tin, 1)).token(&ann.token).key("one").key("two");
    let answer = twice.send().await;
    assert!((400..500).contains(&answer.status), "{}", answer.text());
    assert_eq!(shop.orders().await, 3);
}

async fn a_replay_shows_the_present_state(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let order = keyed(&shop, &ann, "k", &items(tin, 1)).await.expect(201);
    shop.move_order(&order, OrderStatus::Processing).await;
    let again = keyed(&shop, &ann, "k", &items(tin, 1)).await.expect(201);
    assert_eq!([&again["id"], &again["status"]], [&order["id"], &json!("processing")]);
}

async fn a_cancellation_takes_a_key(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let orders =
        [shop.place(&ann, tin, 1).await.expect(201), shop.place(&ann, tin, 1).await.expect(201)];
    let cancel = async |order: &Value| {
        let ask = shop.ask("POST", &format!("{}/cancel", path(order)));
        ask.token(&ann.token).key("stop").send().await
    };
    assert_eq!(cancel(&orders[0]).await.header("idempotent-replayed"), None);
    let again = cancel(&orders[0]).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(200)["status"], "cancelled");
    cancel(&orders[1]).await.problem(422, "idempotency_key_reused");
    assert_eq!(shop.available(tin).await, 8);
}

/// All at once, half of them on each of the nodes.
async fn race(nodes: [Arc<Shop>; 2], person: &Person, tin: i64) -> Vec<Answer> {
    let mut asks = tokio::task::JoinSet::new();
    for number in 0..20 {
        let ask = nodes[number % 2].post(ORDERS, &items(tin, 1));
        asks.spawn(ask.token(&person.token).key("double tap").send());
    }
    asks.join_all().await
}

async fn assert_one_order(shop: &Shop, tin: i64, answers: &[Answer]) {
    let ids: BTreeSet<String> = answers.iter().map(|a| a.expect(201)["id"].to_string()).collect();
    let fresh = answers.iter().filter(|a| a.header("idempotent-replayed").is_none()).count();
    assert_eq!((ids.len(), fresh), (1, 1));
    assert_eq!((shop.orders().await, shop.available(tin).await), (1, 8));
}

async fn twenty_at_once_with_one_key_are_one_order(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let answers = race([shop.clone(), shop.clone()], &ann, tin).await;
    assert_one_order(&shop, tin, &answers).await;
}

async fn two_nodes_with_one_key_are_one_order(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let other = shop.second_node(&[]).await;
    let answers = race([shop.clone(), other], &ann, tin).await;
    assert_one_order(&shop, tin, &answers).await;
}
