//! What the shop does by itself with orders: it cancels what waits for too long, and forgets whom they were for.

use super::{ORDERS, path};
use crate::app::{Person, Shop, on_both_engines};
use domain::{EditOrder, OrderId, OrderStatus, Text};
use serde_json::{Value, json};
use server::workers::{Turn, Worker, forgotten::Forgotten, pending::Pending};
use std::sync::Arc;

on_both_engines! {
    what_nobody_begins_with_is_cancelled_and_its_stock_is_for_sale_again,
    an_order_that_was_cancelled_by_the_shop_says_why,
    where_nothing_is_said_orders_wait_for_ever,
    an_old_order_that_has_come_to_an_end_tells_no_more_of_people,
    an_order_whose_owner_is_gone_tells_no_more_of_him,
    the_key_of_a_forgotten_order_is_answered_with_what_is_left_of_it,
}

async fn placed(shop: &Shop, person: &Person, product: i64, quantity: i64) -> Value {
    shop.place(person, product, quantity).await.expect(201)
}

async fn shown(shop: &Shop, order: &Value) -> Value {
    shop.get(&path(order)).token(&shop.staff).send().await.expect(200)
}

fn id(order: &Value) -> OrderId {
    OrderId(order["id"].as_str().unwrap().parse().unwrap())
}

/// As if it were a day ago.
async fn a_day_passes(shop: &Shop, column: &str, order: &Value) {
    let number = &order["number"];
    let day = 24_i64 * 3_600_000_000;
    let passes = format!("update orders set {column} = {column} - {day} where number = {number}");
    shop.sql_of_orders(&passes).await;
}

async fn turn_until_done(node: &Shop, worker: &impl Worker) {
    loop {
        match worker.turn(&node.app).await {
            Turn::More => {}
            turn => return assert_eq!(turn, Turn::Done),
        }
    }
}

async fn what_nobody_begins_with_is_cancelled_and_its_stock_is_for_sale_again(shop: Arc<Shop>) {
    let node = shop.second_node(&[("pending_ttl", "1h")]).await;
    let (tin, ann) = (shop.tin("5.00", 60).await, shop.customer("ann").await);
    // More than one command takes.
    let mut waiting = Vec::new();
    for _ in 0..22 {
        waiting.push(placed(&shop, &ann, tin, 2).await);
    }
    let (begun, retried, late) = (
        placed(&shop, &ann, tin, 1).await,
        placed(&shop, &ann, tin, 1).await,
        placed(&shop, &ann, tin, 1).await,
    );
    for order in waiting.iter().chain([&begun, &retried]) {
        a_day_passes(&shop, "pending_since", order).await;
    }
    shop.move_order(&begun, OrderStatus::Processing).await;
    for to in [OrderStatus::Processing, OrderStatus::Failed, OrderStatus::Pending] {
        shop.move_order(&retried, to).await;
    }
    assert_eq!(shop.available(tin).await, 13);
    assert_eq!(Pending.turn(&node.app).await, Turn::More);
    assert_eq!(shop.available(tin).await, 13 + 40);
    turn_until_done(&node, &Pending).await;
    assert_eq!(shop.available(tin).await, 57);
    for order in &waiting {
        let order = shown(&shop, order).await;
        assert_eq!((&order["status"], &order["version"]), (&"cancelled".into(), &2.into()));
    }
    for (order, status) in [(&begun, "processing"), (&retried, "pending"), (&late, "pending")] {
        assert_eq!(shown(&shop, order).await["status"], status);
    }
}

/// Whichever node has cancelled it: both have looked for it.
async fn an_order_that_was_cancelled_by_the_shop_says_why(shop: Arc<Shop>) {
    let settings = [("pending_ttl", "1h")];
    let nodes = [shop.second_node(&settings).await, shop.second_node(&settings).await];
    let (tin, ann) = (shop.tin("5.00", 9).await, shop.customer("ann").await);
    let order = placed(&shop, &ann, tin, 2).await;
    a_day_passes(&shop, "pending_since", &order).await;
    tokio::join!(turn_until_done(&nodes[0], &Pending), turn_until_done(&nodes[1], &Pending));
    assert_eq!(shop.available(tin).await, 9);
    for token in [&ann.token, &shop.staff] {
        let ask = async |path: &str| shop.get(path).token(token).send().await.expect(200);
        let shown = ask(&path(&order)).await;
        assert_eq!(
            [&shown["status"], &shown["failure_reason"]],
            [&json!("cancelled"), &json!(null)]
        );
        let told = ask(&format!("{}/timeline", path(&order))).await["results"].clone();
        let expired = json!({
            "version": 2, "kind": "order.cancelled", "from": "pending", "to": "cancelled",
            "at": shown["updated_at"], "reason": "expired",
            "actor": {"kind": "system", "id": null, "name": null},
            "correlation_id": told[1]["correlation_id"],
        });
        assert_eq!((told.as_array().unwrap().len(), &told[1]), (2, &expired));
    }
}

async fn where_nothing_is_said_orders_wait_for_ever(shop: Arc<Shop>) {
    let (tin, ann) = (shop.tin("5.00", 9).await, shop.customer("ann").await);
    let order = placed(&shop, &ann, tin, 2).await;
    a_day_passes(&shop, "pending_since", &order).await;
    turn_until_done(&shop, &Pending).await;
    assert_eq!(shown(&shop, &order).await["status"], "pending");
}

/// An order of his that says something of him, and has gone this way.
async fn noted(shop: &Shop, person: &Person, tin: i64, way: &[OrderStatus]) -> Value {
    let order = placed(shop, person, tin, 1).await;
    let note = Some(Text::new("Ring twice at Ann's.").unwrap());
    shop.command(EditOrder { note, ..EditOrder::of(id(&order)) }).await;
    for to in way {
        shop.move_order(&order, *to).await;
    }
    order
}

async fn note(shop: &Shop, order: &Value) -> String {
    shown(shop, order).await["note"].as_str().unwrap().to_owned()
}

const COMPLETED: [OrderStatus; 2] = [OrderStatus::Processing, OrderStatus::Completed];

async fn an_old_order_that_has_come_to_an_end_tells_no_more_of_people(shop: Arc<Shop>) {
    let node = shop.second_node(&[("orders_anonymized_after", "1h")]).await;
    let (tin, ann) = (shop.tin("5.00", 9).await, shop.customer("ann").await);
    let (old, young) =
        (noted(&shop, &ann, tin, &COMPLETED).await, noted(&shop, &ann, tin, &COMPLETED).await);
    let pending = noted(&shop, &ann, tin, &[]).await;
    for order in [&old, &pending] {
        a_day_passes(&shop, "created_at", order).await;
    }
    // Where nothing is said they tell it for ever.
    turn_until_done(&shop, &Forgotten::default()).await;
    assert_ne!(note(&shop, &old).await, "");
    let worker = Forgotten::default();
    turn_until_done(&node, &worker).await;
    assert_eq!(note(&shop, &old).await, "");
    for order in [&young, &pending] {
        assert_ne!(note(&shop, order).await, "");
    }
    let (before, after) = (&old, shown(&shop, &old).await);
    assert_eq!((&after["total"], &after["customer"]), (&before["total"], &before["customer"]));
    assert_eq!((&after["status"], &after["version"]), (&"completed".into(), &5.into()));
    // It looks through them once in a day.
    shop.move_order(&pending, OrderStatus::Cancelled).await;
    turn_until_done(&node, &worker).await;
    assert_ne!(note(&shop, &pending).await, "");
}

async fn an_order_whose_owner_is_gone_tells_no_more_of_him(shop: Arc<Shop>) {
    let tin = shop.tin("5.00", 9).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let [anns, bens] =
        [noted(&shop, &ann, tin, &COMPLETED).await, noted(&shop, &ben, tin, &COMPLETED).await];
    let waiting = noted(&shop, &ann, tin, &[]).await;
    let customer = format!("/api/identity/customers/{}", ann.id);
    let gone = shop.ask("DELETE", &customer).token(&shop.admin).send().await;
    assert_eq!(gone.status, 204);
    turn_until_done(&shop, &Forgotten::default()).await;
    assert_eq!(note(&shop, &anns).await, "");
    for order in [&bens, &waiting] {
        assert_ne!(note(&shop, order).await, "", "his own, or somebody works on it");
    }
}

/// Nothing of the request is left to compare another one with.
async fn the_key_of_a_forgotten_order_is_answered_with_what_is_left_of_it(shop: Arc<Shop>) {
    let node = shop.second_node(&[("orders_anonymized_after", "1h")]).await;
    let (tin, ann) = (shop.tin("5.00", 9).await, shop.customer("ann").await);
    let body = json!({
        "order_items": [{"product": tin, "quantity": 2}], "note": "Ring twice.", "reference": "PO-1",
        "delivery_address": {
            "name": "Ann", "line1": "1 Camp Street", "city": "Ulm", "country": "DE",
        },
        "contact": {"phone": "110"},
    });
    let mut other = body.clone();
    other["order_items"][0]["quantity"] = json!(3);
    let ask = async |body: &Value| shop.post(ORDERS, body).token(&ann.token).key("K").send().await;
    let order = ask(&body).await.expect(201);
    shop.move_order(&order, OrderStatus::Processing).await;
    shop.move_for(&order, OrderStatus::Failed, Some("Ann was not at home")).await;
    a_day_passes(&shop, "created_at", &order).await;
    ask(&other).await.problem(422, "idempotency_key_reused");
    turn_until_done(&node, &Forgotten::default()).await;
    let left = shown(&shop, &order).await;
    for said in ["delivery_address", "contact", "failure_reason"] {
        assert_eq!(left[said], Value::Null, "{said}");
    }
    let (status, version) = (&left["status"], &left["version"]);
    assert_eq!((&left["note"], status, version), (&json!(""), &json!("failed"), &json!(4)));
    assert_eq!((&left["reference"], &left["total"]), (&json!("PO-1"), &json!("10.00")));
    for body in [&body, &other] {
        let again = ask(body).await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"), "{body}");
        assert_eq!(again.expect(201), left, "{body}");
    }
    assert_eq!((shop.orders().await, shop.available(tin).await), (1, 9));
    // Another's key, and another key, stand for themselves.
    let ben = shop.customer("ben").await;
    for (person, key) in [(&ben, "K"), (&ann, "L")] {
        shop.post(ORDERS, &other).token(&person.token).key(key).send().await.expect(201);
    }
    assert_eq!((shop.orders().await, shop.available(tin).await), (3, 3));
}
