//! POST /api/orders/batch: many orders moved at once, each by itself.

use super::{ORDERS, path};
use crate::{
    app::{Shop, on_both_engines},
    client::Answer,
};
use domain::{
    Actor, Caller, CallerKind, ChooseOrders, CorrelationId, IdempotencyKey, OrderId, OrderStatus,
    Role, choices::Chosen,
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    orders_of_a_batch_are_moved_each_by_itself,
    an_order_of_a_batch_is_named_by_its_id_or_number,
    a_filter_finds_the_oldest_that_can_be_moved,
    under_a_key_the_same_orders_are_moved_and_no_others,
    an_order_that_has_left_its_status_is_not_moved,
    what_was_refused_is_tried_again_under_the_key,
    two_nodes_with_one_key_move_each_order_once,
    a_batch_that_makes_no_sense_moves_nothing,
}

pub const BATCH: &str = "/api/orders/batch";

pub async fn send(shop: &Shop, body: &Value, key: Option<&str>) -> Answer {
    let ask = shop.post(BATCH, body).token(&shop.staff);
    match key {
        Some(key) => ask.key(key).send().await,
        None => ask.send().await,
    }
}

pub fn results(answer: &Answer) -> Vec<Value> {
    answer.expect(200)["results"].as_array().unwrap().clone()
}

pub fn numbers(results: &[Value]) -> Vec<i64> {
    results.iter().map(|result| result["number"].as_i64().unwrap()).collect()
}

async fn orders(shop: &Shop, count: usize) -> Vec<Value> {
    let (tin, ann) = (shop.tin("1.00", 999).await, shop.customer("ann").await);
    let mut orders = Vec::new();
    for _ in 0..count {
        orders.push(shop.place(&ann, tin, 1).await.expect(201));
    }
    orders
}

fn ids<'o>(orders: impl IntoIterator<Item = &'o Value>) -> Vec<&'o Value> {
    orders.into_iter().map(|order| &order["id"]).collect()
}

pub async fn statuses(shop: &Shop, orders: &[Value]) -> Vec<String> {
    let mut statuses = Vec::new();
    for order in orders {
        let shown = shop.get(&path(order)).token(&shop.staff).send().await.expect(200);
        statuses.push(format!("{}-{}", shown["status"].as_str().unwrap(), shown["version"]));
    }
    statuses
}

async fn orders_of_a_batch_are_moved_each_by_itself(shop: Arc<Shop>) {
    let orders = orders(&shop, 4).await;
    shop.move_order(&orders[1], OrderStatus::Cancelled).await;
    let none = "01890000-0000-7000-8000-000000000000";
    let mut named = ids([&orders[2], &orders[1], &orders[0], &orders[2]]);
    let none_there = json!(none);
    named.insert(1, &none_there);
    let body = json!({ "ids": named, "move": "start", "reason": "by hand" });
    let answer = send(&shop, &body, None).await;
    assert!(answer.header("sutler-position").is_some());
    let done = |order: &Value| json!({"id": order["id"], "number": order["number"], "status": "done", "order_status": "processing", "code": null});
    let expected = [
        done(&orders[2]),
        json!({"id": none, "number": null, "status": "refused", "order_status": null, "code": "not_found"}),
        json!({"id": orders[1]["id"], "number": 2, "status": "refused", "order_status": "cancelled", "code": "illegal_move"}),
        done(&orders[0]),
    ];
    assert_eq!(results(&answer), expected, "in their order, each once");
    let expected = ["processing-2", "cancelled-2", "processing-2", "pending-1"];
    assert_eq!(statuses(&shop, &orders).await, expected);
    let timeline = shop.get(&format!("{}/timeline", path(&orders[0]))).token(&shop.staff);
    let told = timeline.send().await.expect(200)["results"][1].clone();
    assert_eq!(told["reason"], "by hand");
    assert_eq!(told["correlation_id"], json!(answer.header("correlation-id").unwrap()));
    // Each move as by itself: why an order has failed it shows, and what it held is back.
    let tin = orders[0]["order_items"][0]["product"].as_i64().unwrap();
    assert_eq!(shop.available(tin).await, 996);
    let body = json!({ "ids": ids(&orders), "move": "fail", "reason": "no carrier" });
    let codes: Vec<_> =
        results(&send(&shop, &body, None).await).iter().map(|r| r["code"].clone()).collect();
    assert_eq!(codes, [json!(null), json!("illegal_move"), json!(null), json!("illegal_move")]);
    let failed = shop.get(&path(&orders[2])).token(&shop.staff).send().await.expect(200);
    assert_eq!(failed["failure_reason"], "no carrier");
    assert_eq!(shop.available(tin).await, 998);
    let body = json!({ "ids": ids(&orders), "move": "cancel" });
    let codes: Vec<_> =
        results(&send(&shop, &body, None).await).iter().map(|r| r["code"].clone()).collect();
    let not = || json!("not_cancellable");
    assert_eq!(codes, [not(), json!(null), not(), json!(null)], "again it changes nothing");
}

async fn an_order_of_a_batch_is_named_by_its_id_or_number(shop: Arc<Shop>) {
    let orders = orders(&shop, 4).await;
    let body = json!({ "ids": [3, orders[0]["id"], "2", 1, "03"], "move": "start" });
    let first = send(&shop, &body, Some("named")).await;
    assert_eq!(numbers(&results(&first)), [3, 1, 2]);
    let expected = ["processing-2", "processing-2", "processing-2", "pending-1"];
    assert_eq!(statuses(&shop, &orders).await, expected);
    // However they are named it is the same request.
    let body = json!({ "ids": ids([&orders[2], &orders[0], &orders[1]]), "move": "start" });
    let again = send(&shop, &body, Some("named")).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(results(&again), results(&first));
}

async fn a_filter_finds_the_oldest_that_can_be_moved(shop: Arc<Shop>) {
    let orders = orders(&shop, 5).await;
    let (tin, ben) = (shop.tin("7.00", 9).await, shop.customer("ben").await);
    let other = shop.place(&ben, tin, 1).await.expect(201);
    shop.move_order(&orders[1], OrderStatus::Processing).await;
    shop.move_order(&orders[2], OrderStatus::Cancelled).await;
    let ann = &orders[0]["customer"];
    let at = &orders[3]["created_at"];
    let go = async |filter: Value, verb: &str| {
        let body = json!({ "filter": filter, "move": verb, "reason": "all of them" });
        let results = results(&send(&shop, &body, None).await);
        assert!(results.iter().all(|result| result["status"] == "done"), "{results:?}");
        numbers(&results)
    };
    // An order that is somewhere else cannot be moved so, and takes no place.
    assert_eq!(go(json!({ "customer": ann, "placed_before": at }), "start").await, [1]);
    assert_eq!(go(json!({ "min_total": "7.00" }), "complete").await, [0_i64; 0]);
    assert_eq!(go(json!({ "status": "processing", "customer": ann }), "complete").await, [1, 2]);
    assert_eq!(go(json!({ "customer": ann, "placed_after": at }), "cancel").await, [5]);
    assert_eq!(go(json!({ "status": "pending" }), "cancel").await, [4, 6]);
    assert_eq!(statuses(&shop, &[other]).await, ["cancelled-2"]);
    assert_eq!(go(json!({ "status": "completed" }), "cancel").await, [0_i64; 0]);
}

async fn under_a_key_the_same_orders_are_moved_and_no_others(shop: Arc<Shop>) {
    let orders = orders(&shop, 3).await;
    let (tin, ben) = (shop.tin("1.00", 9).await, shop.customer("ben").await);
    let body = json!({ "filter": { "status": "pending" }, "move": "start" });
    let first = send(&shop, &body, Some("morning")).await;
    assert_eq!(
        (numbers(&results(&first)), first.header("idempotent-replayed")),
        (vec![1, 2, 3], None)
    );
    let late = shop.place(&ben, tin, 1).await.expect(201);
    shop.move_order(&orders[0], OrderStatus::Completed).await;
    let again = send(&shop, &body, Some("morning")).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let told: Vec<_> = results(&again)
        .iter()
        .map(|result| (result["status"].clone(), result["order_status"].clone()))
        .collect();
    let done = |status| (json!("done"), json!(status));
    assert_eq!(told, [done("completed"), done("processing"), done("processing")]);
    assert_eq!(statuses(&shop, &[late]).await, ["pending-1"]);
    assert_eq!(statuses(&shop, &orders).await, ["completed-3", "processing-2", "processing-2"]);
    for other in [
        json!({ "filter": { "status": "pending" }, "move": "cancel" }),
        json!({ "filter": { "status": "pending" }, "move": "start", "reason": "why not" }),
        json!({ "filter": { "status": "pending", "max_total": 5 }, "move": "start" }),
        json!({ "filter": { "reference": "PO-1" }, "move": "start" }),
        json!({ "ids": ids(&orders), "move": "start" }),
    ] {
        send(&shop, &other, Some("morning")).await.problem(422, "idempotency_key_reused");
    }
    // A key is of who sends it; and another one chooses anew.
    let mine = shop.post(BATCH, &body).token(&shop.admin).key("morning").send().await;
    assert_eq!(numbers(&results(&mine)), [4]);
    assert_eq!(numbers(&results(&send(&shop, &body, Some("noon")).await)), [0_i64; 0]);
}

/// As when somebody begins with an order between its being chosen and its being moved.
async fn an_order_that_has_left_its_status_is_not_moved(shop: Arc<Shop>) {
    let orders = orders(&shop, 3).await;
    let sam = shop.person("sam", Role::Staff).await;
    let actor = Actor::of(Caller { kind: CallerKind::Account, id: sam.id }, Role::Staff);
    let chosen = orders.iter().map(|order| OrderId(order["id"].as_str().unwrap().parse().unwrap()));
    let choice = ChooseOrders {
        chosen: Chosen { orders: chosen.collect(), more_after: None },
        status: Some(OrderStatus::Pending),
        ..ChooseOrders::to(OrderStatus::Cancelled)
    };
    let (correlation, key) = (CorrelationId(uuid::Uuid::now_v7()), IdempotencyKey::stored("night"));
    shop.app.send(actor, correlation, Some(key), choice).await.unwrap();
    shop.move_order(&orders[1], OrderStatus::Processing).await;
    let body = json!({ "filter": { "status": "pending" }, "move": "cancel" });
    let answer = shop.post(BATCH, &body).token(&sam.token).key("night").send().await;
    let told: Vec<_> = results(&answer)
        .iter()
        .map(|result| (result["status"].clone(), result["order_status"].clone()))
        .collect();
    let done = || (json!("done"), json!("cancelled"));
    assert_eq!(told, [done(), (json!("refused"), json!("processing")), done()]);
    assert_eq!(statuses(&shop, &orders).await, ["cancelled-2", "processing-2", "cancelled-2"]);
    // Who names it, or does not say where it is, means it wherever it is.
    let body = json!({ "filter": { "min_total": "0.00" }, "move": "cancel" });
    assert_eq!(numbers(&results(&send(&shop, &body, None).await)), [2]);
    assert_eq!(statuses(&shop, &orders[1..2]).await, ["cancelled-3"]);
}

async fn what_was_refused_is_tried_again_under_the_key(shop: Arc<Shop>) {
    let (tin, ann) = (shop.tin("1.00", 2).await, shop.customer("ann").await);
    let mut orders = Vec::new();
    for _ in 0..2 {
        let order = shop.place(&ann, tin, 1).await.expect(201);
        shop.move_order(&order, OrderStatus::Processing).await;
        shop.move_order(&order, OrderStatus::Failed).await;
        orders.push(order);
    }
    let other = shop.place(&ann, tin, 1).await.expect(201);
    let body = json!({ "ids": ids(&orders), "move": "retry" });
    let go = async || -> Vec<Value> {
        let results = results(&send(&shop, &body, Some("retry")).await);
        results.iter().map(|result| result["code"].clone()).collect()
    };
    let short = json!("out_of_stock");
    let before = go().await;
    assert_eq!(before.iter().filter(|code| **code == short).count(), 1, "{before:?}");
    assert_eq!(go().await, before);
    shop.move_order(&other, OrderStatus::Cancelled).await;
    assert_eq!(go().await, [Value::Null, Value::Null]);
    assert_eq!(statuses(&shop, &orders).await, ["pending-4", "pending-4"]);
    assert_eq!(shop.available(tin).await, 0);
}

async fn two_nodes_with_one_key_move_each_order_once(shop: Arc<Shop>) {
    let orders = orders(&shop, 40).await;
    let other = shop.second_node(&[]).await;
    let body = json!({ "filter": { "status": "pending" }, "move": "start" });
    let ask = |node: &Shop| node.post(BATCH, &body).token(&shop.staff).key("go").send();
    let (one, two, three) = tokio::join!(ask(&shop), ask(&other), ask(&shop));
    for answer in [one, two, three] {
        let results = results(&answer);
        assert_eq!(results.len(), 40);
        assert!(results.iter().all(|result| result["status"] == "done"), "{results:?}");
    }
    assert!(statuses(&shop, &orders).await.iter().all(|status| status == "processing-2"));
}

async fn a_batch_that_makes_no_sense_moves_nothing(shop: Arc<Shop>) {
    let orders = orders(&shop, 1).await;
    let id = &orders[0]["id"];
    let many: Vec<_> = (0..1001).map(|_| uuid::Uuid::now_v7()).collect();
    for (body, bad) in [
        (json!({}), &["ids", "move"][..]),
        (json!({ "ids": [id] }), &["move"]),
        (json!({ "ids": [], "move": "start" }), &["ids"]),
        (json!({ "ids": many, "move": "start" }), &["ids"]),
        (json!({ "ids": [id, "7", "x"], "move": "start" }), &["ids[2]"]),
        (json!({ "ids": [0], "move": "start" }), &["ids[0]"]),
        (json!({ "ids": [id, null], "move": "start" }), &["ids[1]"]),
        (json!({ "ids": [id, 48], "move": "start" }), &["ids[1]"]),
        (json!({ "ids": ["", id], "move": "start" }), &["ids[0]"]),
        (json!({ "ids": id, "move": "start" }), &["ids"]),
        (json!({ "ids": [id], "filter": { "status": "pending" }, "move": "start" }), &["filter"]),
        (json!({ "filter": {}, "move": "cancel" }), &["filter"]),
        (json!({ "filter": null, "move": "cancel" }), &["filter"]),
        (json!({ "filter": "all", "move": "cancel" }), &["filter"]),
        (
            json!({ "filter": { "status": "lost", "colour": "red" }, "move": "cancel" }),
            &["filter.colour", "filter.status"],
        ),
        (json!({ "ids": [id], "move": "begin" }), &["move"]),
        (json!({ "ids": [id], "move": "fail" }), &["reason"]),
        (json!({ "ids": [id], "move": "fail", "reason": " " }), &["reason"]),
        (json!({ "ids": [id], "move": "start", "reason": 7 }), &["reason"]),
        (json!({ "ids": [id], "move": "fail", "reason": "w".repeat(501) }), &["reason"]),
        (json!({ "filter": { "number_after": 7 }, "move": "cancel" }), &["filter"]),
        (
            json!({ "filter": { "status": "pending", "number_after": -1 }, "move": "cancel" }),
            &["filter.number_after"],
        ),
    ] {
        let answer = send(&shop, &body, Some("once")).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        assert_eq!(answer.bad_fields(422, "invalid"), bad, "{body}");
    }
    let answer = send(&shop, &json!({ "ids": many, "move": "start" }), None).await;
    assert!(answer.text().contains("1 to 1000 ids or numbers"), "{}", answer.text());
    assert_eq!(statuses(&shop, &orders).await, ["pending-1"]);
    let ann = shop.customer("ben").await;
    let body = json!({ "ids": [id], "move": "cancel" });
    shop.post(BATCH, &body).token(&ann.token).send().await.problem(403, "forbidden");
    shop.get(&format!("{ORDERS}/batch")).token(&shop.staff).send().await.problem(404, "not_found");
}
