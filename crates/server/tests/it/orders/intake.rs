//! Orders that other systems hand over: under their own names, once, and as their channel's policy says.

use crate::{
    app::{Shop, on_both_engines},
    client::Answer,
};
use domain::Role;
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    an_order_is_handed_over_once_and_found_by_its_name,
    the_keys_of_a_channel_share_its_names_and_no_other_channel_does,
    a_channels_policy_says_what_it_may_hand_over,
    what_leaves_the_shelves_does_so_by_products,
    a_name_is_a_name_and_an_amount_an_amount,
    every_wrong_item_is_named,
    many_orders_come_line_by_line,
    an_answer_of_many_is_of_their_last_commit,
    two_nodes_that_get_the_same_order_take_it_once,
}

const INTAKE: &str = "/api/orders";

/// The key of a new channel.
async fn channel(shop: &Shop, name: &str, policy: Value) -> String {
    let mut body = json!({ "name": "a till", "scopes": ["intake"], "channel": name });
    body.as_object_mut().unwrap().extend(policy.as_object().unwrap().clone());
    let made = shop.post("/api/identity/api-keys", &body).token(&shop.admin).send().await;
    made.expect(201)["key"].as_str().unwrap().to_owned()
}

fn open() -> Value {
    json!({ "unknown_items": "accept", "takes_stock": false })
}

fn ord(order_id: impl Into<Value>) -> Value {
    json!({ "order_id": order_id.into(), "user_id": "USER001", "item_ids": [1, "Widget", 3],
        "total_amount": 99.99 })
}

async fn hand_over(shop: &Shop, key: &str, body: &Value) -> Answer {
    shop.post(INTAKE, body).token(key).send().await
}

async fn an_order_is_handed_over_once_and_found_by_its_name(shop: Arc<Shop>) {
    let key = channel(&shop, "market", open()).await;
    let first = hand_over(&shop, &key, &ord("ORD001")).await;
    let order = first.expect(201);
    assert_eq!(first.header("location"), Some("https://shop.example/api/orders/ORD001"));
    assert!(first.header("sutler-position").is_some());
    for (member, shown) in [
        ("order_id", json!("ORD001")),
        ("reference", json!("ORD001")),
        ("user_id", json!("USER001")),
        ("item_ids", json!([1, "Widget", 3])),
        ("total_amount", json!("99.99")),
        ("total", json!("99.99")),
        ("channel", json!("market")),
        ("customer", Value::Null),
        ("status", json!("pending")),
        ("order_items", json!([])),
    ] {
        assert_eq!(order[member], shown, "{member} of {order}");
    }
    assert!(order.get("items").is_none(), "it was told by item_ids: {order}");
    let again = hand_over(&shop, &key, &ord("ORD001")).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(201), order);
    let other = json!({ "order_id": "ORD001", "user_id": "USER002", "item_ids": [1], "total_amount": 99.99 });
    let refused = hand_over(&shop, &key, &other).await.problem(409, "order_id_taken");
    assert!(refused["detail"].as_str().unwrap().contains("ORD001"), "{refused}");
    for path in ["/api/orders/ORD001", "/api/orders/ORD001/"] {
        assert_eq!(shop.get(path).token(&key).send().await.expect(200), order);
    }
    let listed = shop.get("/api/orders/").token(&key).send().await.expect(200);
    assert_eq!((&listed["count"], &listed["results"][0]), (&json!(1), &order));
    // The staff find it in all the places, and say of which channel it is.
    let staff = async |path: &str| shop.get(path).token(&shop.staff).send().await;
    staff("/api/orders/ORD001").await.problem(422, "invalid");
    assert_eq!(staff("/api/orders/ORD001?channel=market").await.expect(200), order);
    staff("/api/orders/ORD001?channel=other").await.problem(404, "not_found");
    staff("/api/orders/ORD002?channel=market").await.problem(404, "not_found");
    assert_eq!(staff("/api/orders").await.expect(200)["results"][0], order);
    assert_eq!(staff("/api/orders?channel=other").await.expect(200)["count"], 0);
    let by_reference = staff("/api/orders/orders?reference=ORD001").await.expect(200);
    assert_eq!(by_reference["results"][0], order);
    let sheet = staff("/api/orders/orders.csv").await;
    assert!(sheet.text().contains(order["id"].as_str().unwrap()), "{}", sheet.text());
    // Nobody else does, and accounts hand nothing over.
    let ann = shop.somebody(Role::Customer).await;
    shop.get("/api/orders/ORD001").token(&ann.token).send().await.problem(403, "forbidden");
    shop.get("/api/orders/ORD001").send().await.problem(401, "unauthenticated");
    hand_over(&shop, &shop.staff, &ord("ORD009")).await.problem(403, "forbidden");
    shop.post(INTAKE, &ord("ORD009")).send().await.problem(401, "unauthenticated");
    assert_eq!(shop.orders().await, 1);
}

async fn the_keys_of_a_channel_share_its_names_and_no_other_channel_does(shop: Arc<Shop>) {
    let market = channel(&shop, "market", open()).await;
    let renewed = channel(&shop, "market", open()).await;
    let till = channel(&shop, "till", open()).await;
    let order = hand_over(&shop, &market, &ord("7")).await.expect(201);
    assert_eq!(hand_over(&shop, &renewed, &ord("7")).await.expect(201), order);
    assert_ne!(hand_over(&shop, &till, &ord("7")).await.expect(201)["id"], order["id"]);
    assert_eq!(shop.get("/api/orders/7").token(&renewed).send().await.expect(200), order);
    shop.get("/api/orders/7?channel=market").token(&till).send().await.problem(403, "forbidden");
    assert_eq!(shop.get(INTAKE).token(&till).send().await.expect(200)["count"], 1);
    // A customer's own key of the same name is another one.
    let (tin, ann) = (shop.tin("1.00", 5).await, shop.customer("ann").await);
    let body = json!({ "order_items": [{ "product": tin, "quantity": 1 }] });
    let own = shop.post("/api/orders/orders", &body).token(&ann.token).key("7").send().await;
    own.expect(201);
    let handed = shop.get(INTAKE).token(&shop.staff).send().await.expect(200);
    assert_eq!(handed["count"], 2, "{handed}");
    // What is of no channel hands nothing over.
    let body = json!({ "name": "a till", "scopes": ["intake"] });
    let made = shop.post("/api/identity/api-keys", &body).token(&shop.admin).send().await;
    assert_eq!(made.problem(422, "invalid")["errors"][0]["field"], "channel");
}

async fn a_channels_policy_says_what_it_may_hand_over(shop: Arc<Shop>) {
    let tin = shop.tin("2.50", 5).await;
    let usual = channel(&shop, "usual", json!({})).await;
    let items = |items: Value| json!({ "order_id": "A1", "user_id": 7, "items": items, "total_amount": "9.00" });
    let unknown = items(json!([{ "product": tin }, { "product": "Widget" }, { "product": 999 }]));
    let refused = hand_over(&shop, &usual, &unknown).await.problem(422, "unknown_product");
    let fields: Vec<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["items[1]", "items[2]"]);
    assert_eq!(shop.available(tin).await, 5);
    let known = items(json!([{ "product": tin, "quantity": 2, "price": "4.00", "name": "Tin" }]));
    let order = hand_over(&shop, &usual, &known).await.expect(201);
    assert_eq!(shop.available(tin).await, 3);
    assert_eq!(order["order_items"][0]["price"], "4.00");
    assert_eq!((&order["user_id"], &order["total"]), (&json!("7"), &json!("9.00")));
    let item = json!([{ "product": tin, "quantity": 2, "price": "4.00", "name": "Tin" }]);
    assert_eq!((&order["items"], order.get("item_ids")), (&item, None));
    // What is cancelled lies there again.
    let id = order["id"].as_str().unwrap();
    let cancel = shop.ask("POST", &format!("/api/orders/orders/{id}/cancel"));
    cancel.token(&shop.staff).send().await.expect(200);
    assert_eq!(shop.available(tin).await, 5);
    let mixed = channel(&shop, "mixed", json!({ "unknown_items": "accept" })).await;
    let taken = hand_over(&shop, &mixed, &unknown).await.expect(201);
    assert_eq!(taken["order_items"].as_array().unwrap().len(), 1);
    assert_eq!(shop.available(tin).await, 4);
    let untouched = channel(&shop, "untouched", json!({ "takes_stock": false })).await;
    hand_over(&shop, &untouched, &unknown).await.problem(422, "unknown_product");
    let order = hand_over(&shop, &untouched, &known).await.expect(201);
    assert_eq!((&order["order_items"], shop.available(tin).await), (&json!([]), 4));
}

async fn what_leaves_the_shelves_does_so_by_products(shop: Arc<Shop>) {
    let tin = shop.tin("2.50", 3).await;
    let key = channel(&shop, "till", json!({})).await;
    let send = async |order_id: &str, items: Value| {
        let body =
            json!({ "order_id": order_id, "user_id": "U", "items": items, "total_amount": 1 });
        hand_over(&shop, &key, &body).await
    };
    let two = json!({ "product": tin, "quantity": 2 });
    let short = send("B1", json!([two, two])).await.problem(409, "out_of_stock");
    let line = json!({ "product": tin, "requested": 4, "available": 3 });
    assert_eq!(short["lines"], json!([line]), "its items are of one product");
    let priced = json!({ "product": tin, "quantity": 1, "price": "1.00" });
    let other = send("B2", json!([two, priced])).await.problem(422, "invalid");
    assert_eq!(other["errors"][0]["field"], "items[1].price");
    let many = json!({ "product": tin, "quantity": 1_000_000 });
    let many = send("B3", json!([many, many])).await.problem(422, "invalid");
    assert_eq!(many["errors"][0]["field"], "items[1].quantity");
    assert_eq!(shop.available(tin).await, 3);
    let body =
        json!({ "order_id": "B4", "user_id": "U", "item_ids": [tin, tin], "total_amount": 1 });
    let order = hand_over(&shop, &key, &body).await.expect(201);
    assert_eq!(order["order_items"][0]["quantity"], 2, "each as often as it is named");
    assert_eq!(shop.available(tin).await, 1);
}

async fn a_name_is_a_name_and_an_amount_an_amount(shop: Arc<Shop>) {
    let key = channel(&shop, "market", open()).await;
    let order = hand_over(&shop, &key, &ord(7)).await.expect(201);
    assert_eq!(order["order_id"], "7", "its digits are kept as text");
    assert_eq!(hand_over(&shop, &key, &ord("7")).await.expect(201), order);
    let longest = "o".repeat(255);
    let order = hand_over(&shop, &key, &ord(longest.as_str())).await.expect(201);
    assert_eq!(order["order_id"], longest.as_str());
    for taken in ["orders", "orders.csv", "metrics", "search", "batch", "bulk", ".", ".."] {
        let refused = hand_over(&shop, &key, &ord(taken)).await.problem(422, "invalid");
        assert_eq!(refused["errors"][0]["field"], "order_id", "{taken}");
    }
    for wrong in [
        json!(""),
        json!("a b"),
        json!("a/b"),
        json!("ä"),
        json!(1.5),
        json!(null),
        json!(["a"]),
        json!("o".repeat(256)),
    ] {
        let refused = hand_over(&shop, &key, &ord(wrong.clone())).await.problem(422, "invalid");
        assert_eq!(refused["errors"][0]["field"], "order_id", "{wrong}");
    }
    let with = |member: &str, value: Value| {
        let mut body = ord("C1");
        body[member] = value;
        body
    };
    for (member, value) in [
        ("user_id", json!("")),
        ("user_id", json!({})),
        ("user_id", json!("u".repeat(256))),
        ("item_ids", json!([])),
        ("item_ids", json!([0])),
        ("item_ids", json!([1.5])),
        ("item_ids", json!([{ "id": 1 }])),
        ("item_ids", json!(vec![1; 101])),
        ("total_amount", json!(-1)),
        ("total_amount", json!(9.999)),
        ("total_amount", json!("much")),
        ("total_amount", json!("1000000000.01")),
        ("items", json!([{ "product": 1 }])),
        ("note", json!("quick")),
    ] {
        let refused = hand_over(&shop, &key, &with(member, value.clone())).await;
        let fields = refused.problem(422, "invalid")["errors"].to_string();
        assert!(fields.contains(member), "{member} {value}: {fields}");
    }
    assert_eq!(shop.orders().await, 2);
}

async fn every_wrong_item_is_named(shop: Arc<Shop>) {
    let key = channel(&shop, "till", open()).await;
    let mut body = ord("ORD001");
    body["item_ids"] = json!([1, null, "Widget", [], 0]);
    let refused = hand_over(&shop, &key, &body).await.problem(422, "invalid");
    let wanted = "has wrong items: [1] must be text or a whole number from 1, not null, [3] must be text \
                  or a whole number from 1, not a list, [4] must be a whole number from 1, or text";
    assert_eq!(refused["errors"][0]["message"], wanted);
    body = ord("ORD001");
    body["user_id"] = json!(true);
    let refused = hand_over(&shop, &key, &body).await.problem(422, "invalid");
    let message = refused["errors"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("must be text or a whole number, not "), "{message}");
}

async fn bulk(shop: &Shop, key: &str, lines: &str) -> Vec<Value> {
    let ask = shop.ask("POST", "/api/orders/bulk").raw("application/x-ndjson", lines).token(key);
    let answer = ask.send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn many_orders_come_line_by_line(shop: Arc<Shop>) {
    let key = channel(&shop, "market", open()).await;
    let mut lines: Vec<String> = (1..=150).map(|n| ord(format!("D{n}")).to_string()).collect();
    lines.insert(1, String::new());
    lines.push("{\"order_id\": \"E1\"".to_owned());
    lines.push(json!({ "order_id": "E2", "user_id": "U" }).to_string());
    lines.push(
        json!({ "order_id": "D1", "user_id": "other", "item_ids": [1], "total_amount": 1 })
            .to_string(),
    );
    lines.push(ord("D2").to_string());
    let body = lines.join("\n");
    let results = bulk(&shop, &key, &body).await;
    assert_eq!(results.len(), 154);
    assert_eq!((&results[1]["line"], &results[1]["order_id"]), (&json!(3), &json!("D2")));
    assert!(
        results[..150].iter().all(|result| result["status"] == "done" && result["id"].is_string())
    );
    let ended = |at: usize| (results[at]["line"].clone(), results[at]["code"].clone());
    assert_eq!(ended(150), (json!(152), json!("malformed_json")));
    assert_eq!(ended(151), (json!(153), json!("invalid")));
    let detail = results[151]["detail"].as_str().unwrap();
    assert!(detail.contains("total_amount") && detail.contains("item_ids"), "{detail}");
    assert_eq!(ended(152), (json!(154), json!("order_id_taken")));
    assert_eq!(results[153]["id"], results[1]["id"], "it is the same order");
    // All of it again takes nothing twice.
    assert_eq!(bulk(&shop, &key, &body).await, results);
    assert_eq!(shop.orders().await, 150);
    let whole = |lines: usize| "x\n".repeat(lines);
    let ask =
        |kind: &str, body: String| shop.ask("POST", "/api/orders/bulk").raw(kind, body).token(&key);
    ask("application/x-ndjson", whole(10_001)).send().await.problem(413, "body_too_large");
    ask("application/json", whole(1)).send().await.problem(415, "unsupported_media_type");
    assert_eq!(bulk(&shop, &key, "\n\n").await.len(), 0);
    shop.ask("POST", "/api/orders/bulk")
        .raw("application/x-ndjson", &body)
        .token(&shop.staff)
        .send()
        .await
        .problem(403, "forbidden");
}

async fn an_answer_of_many_is_of_their_last_commit(shop: Arc<Shop>) {
    let key = channel(&shop, "market", open()).await;
    // Nobody else commits.
    shop.stop_workers().await;
    let lines: Vec<String> = (1..=150).map(|n| ord(format!("F{n}")).to_string()).collect();
    let ask = shop.ask("POST", "/api/orders/bulk").token(&key);
    let answer = ask.raw("application/x-ndjson", lines.join("\n")).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let (_, commit) = answer.header("sutler-position").unwrap().rsplit_once('-').unwrap();
    let last = shop.app.readers.exact().feed().await.unwrap().commit;
    assert_eq!(commit.parse::<i64>().unwrap(), last);
}

async fn two_nodes_that_get_the_same_order_take_it_once(shop: Arc<Shop>) {
    let key = channel(&shop, "market", open()).await;
    let other = shop.second_node(&[]).await;
    for round in 0..20 {
        let body = ord(format!("F{round}"));
        let sent = (hand_over(&shop, &key, &body), hand_over(&other, &key, &body));
        let (one, two) = tokio::join!(sent.0, sent.1);
        assert_eq!(one.expect(201)["id"], two.expect(201)["id"]);
    }
    assert_eq!(shop.orders().await, 20);
}
