//! What is done with orders by themselves: at once, after a time, or by a service of the merchant's.

use crate::{
    app::{Shop, on_both_engines, until},
    orders::service::{Says, Service},
};
use domain::Role;
use serde_json::{Value, json};
use server::{
    settings::Secret,
    signatures::{Message, Signer},
};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

on_both_engines! {
    what_takes_no_time_is_completed_by_itself,
    what_takes_its_time_is_completed_after_it_whoever_began,
    what_was_begun_with_is_completed_though_it_is_done_otherwise_now,
    a_service_completes_what_it_takes,
    a_service_refuses_with_a_reason,
    a_service_that_fails_is_asked_again_and_given_up_at_last,
    a_service_may_answer_later_and_twice,
    an_answer_that_comes_too_late_changes_nothing,
    an_answer_of_an_earlier_beginning_ends_no_later_one,
    a_service_that_never_says_what_has_become_of_it_is_given_up,
    what_breaks_off_behind_its_status_has_said_it,
    only_the_service_answers_for_it,
    two_workers_post_each_order_once,
    what_a_dead_worker_had_begun_with_another_one_ends,
    a_worker_that_is_stopped_gives_back_what_it_has_begun_with,
    the_staff_move_what_a_worker_works_on,
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

async fn placed(shop: &Shop, count: usize) -> Vec<Value> {
    let (tin, ann) = (shop.tin("2.00", 500).await, shop.somebody(Role::Customer).await);
    let mut orders = Vec::new();
    for _ in 0..count {
        orders.push(shop.place(&ann, tin, 1).await.expect(201));
    }
    orders
}

async fn shown(shop: &Shop, order: &Value) -> Value {
    let path = format!("/api/orders/orders/{}", order["id"].as_str().unwrap());
    shop.get(&path).token(&shop.staff).send().await.expect(200)
}

async fn until_all(shop: &Shop, orders: &[Value], status: &str) {
    until(status, async || {
        for order in orders {
            if shown(shop, order).await["status"] != status {
                return false;
            }
        }
        true
    })
    .await;
}

async fn kinds(shop: &Shop, order: &Value) -> Vec<String> {
    let path = format!("/api/orders/orders/{}/timeline?limit=100", order["id"].as_str().unwrap());
    let told = shop.get(&path).token(&shop.staff).send().await.expect(200);
    let kind = |told: &Value| told["kind"].as_str().unwrap().to_owned();
    told["results"].as_array().unwrap().iter().map(kind).collect()
}

const THROUGH: [&str; 3] = ["order.placed", "order.started", "order.completed"];

async fn http(shop: &Shop, service: &Service, settings: &[(&str, &str)]) -> Arc<Shop> {
    let url = service.url();
    let usual = [
        ("processing", "http"),
        ("fulfilment_url", url.as_str()),
        ("fulfilment_secret", SECRET),
        ("fulfilment_timeout", "300ms"),
    ];
    shop.second_node(&[&usual, settings].concat()).await
}

async fn what_takes_no_time_is_completed_by_itself(shop: Arc<Shop>) {
    let orders = placed(&shop, 7).await;
    let nodes = [("processing", "instant")];
    let (_one, _two) = (shop.second_node(&nodes).await, shop.second_node(&nodes).await);
    until_all(&shop, &orders, "completed").await;
    for order in &orders {
        assert_eq!(kinds(&shop, order).await, THROUGH);
    }
    let more = placed(&shop, 2).await;
    until_all(&shop, &more, "completed").await;
}

async fn what_takes_its_time_is_completed_after_it_whoever_began(shop: Arc<Shop>) {
    let orders = placed(&shop, 3).await;
    let nodes = [("processing", "simulated"), ("processing_time", "700ms")];
    let one = shop.second_node(&nodes).await;
    until_all(&shop, &orders, "processing").await;
    one.stop_workers().await;
    let _two = shop.second_node(&nodes).await;
    until_all(&shop, &orders, "completed").await;
    for order in &orders {
        assert_eq!(kinds(&shop, order).await, THROUGH);
        let at = |order: &Value, name: &str| -> jiff::Timestamp {
            order[name].as_str().unwrap().parse().unwrap()
        };
        let order = shown(&shop, order).await;
        let took = at(&order, "processing_completed_at")
            .duration_since(at(&order, "processing_started_at"));
        assert!(took >= jiff::SignedDuration::from_millis(700), "{took:?}");
    }
}

async fn what_was_begun_with_is_completed_though_it_is_done_otherwise_now(shop: Arc<Shop>) {
    let orders = placed(&shop, 3).await;
    let nodes = [("processing", "simulated"), ("processing_time", "700ms")];
    let one = shop.second_node(&nodes).await;
    until_all(&shop, &orders, "processing").await;
    one.stop_workers().await;
    let _two = shop.second_node(&[("processing", "instant")]).await;
    until_all(&shop, &orders, "completed").await;
}

async fn a_service_completes_what_it_takes(shop: Arc<Shop>) {
    let service = Service::start(Says::status(200)).await;
    let orders = placed(&shop, 3).await;
    let _node = http(&shop, &service, &[]).await;
    until_all(&shop, &orders, "completed").await;
    let asked = service.asked();
    assert_eq!(asked.len(), 3);
    for order in &orders {
        assert_eq!(kinds(&shop, order).await, THROUGH);
        let of_it =
            |asked: &&crate::orders::service::Asked| asked.body["data"]["id"] == order["id"];
        let asked = asked.iter().find(of_it).unwrap();
        assert_eq!(asked.body["type"], "order.fulfil");
        assert_eq!(
            (&asked.body["data"]["status"], &asked.body["data"]["order_items"]),
            (&json!("processing"), &order["order_items"])
        );
        let timestamp = asked.header("webhook-timestamp").parse().unwrap();
        let message = Message { id: asked.header("webhook-id"), timestamp, body: &asked.bytes };
        let signer = Signer::new(&Secret::new(SECRET));
        assert_eq!(asked.header("webhook-signature"), signer.sign(message));
    }
}

async fn a_service_refuses_with_a_reason(shop: Arc<Shop>) {
    for (status, body, reason) in [
        (409, r#"{"reason": "no carrier goes there"}"#, "no carrier goes there"),
        (422, "", "the fulfilment service has refused it (422)"),
    ] {
        let service = Service::start(Says { body: body.to_owned(), ..Says::status(status) }).await;
        let orders = placed(&shop, 1).await;
        let product = orders[0]["order_items"][0]["product"].as_i64().unwrap();
        assert_eq!(shop.available(product).await, 499);
        let node = http(&shop, &service, &[]).await;
        until_all(&shop, &orders, "failed").await;
        node.stop_workers().await;
        assert_eq!(shown(&shop, &orders[0]).await["failure_reason"], reason);
        assert_eq!(shop.available(product).await, 500, "what has failed lies there again");
        assert_eq!(service.asked().len(), 1);
    }
}

async fn a_service_that_fails_is_asked_again_and_given_up_at_last(shop: Arc<Shop>) {
    let service = Service::start(Says::status(500)).await;
    let orders = placed(&shop, 1).await;
    let node = http(&shop, &service, &[("fulfilment_attempts", "2")]).await;
    until_all(&shop, &orders, "failed").await;
    let asked = service.asked();
    let ids: Vec<_> = asked.iter().map(|asked| asked.header("webhook-id").to_owned()).collect();
    assert!(ids.len() == 2 && ids[0] == ids[1], "the same message: {ids:?}");
    let reason = shown(&shop, &orders[0]).await["failure_reason"].clone();
    assert_eq!(
        reason,
        "the fulfilment service was asked 2 times in vain: the last time it answered 500"
    );
    let figures = node.app.meters.render();
    for counted in
        [r#"{outcome="failed"} 1"#, r#"{outcome="given_up"} 1"#, r#"{outcome="refused"} 0"#]
    {
        let line = format!("fulfilment_posts_total{counted}");
        assert!(figures.contains(&line), "{line}: {figures}");
    }
    // The staff try it again, and the service has come to itself: it is another message.
    service.says(Says::status(204));
    let path = format!("/api/orders/orders/{}/retry", orders[0]["id"].as_str().unwrap());
    shop.ask("POST", &path).token(&shop.staff).send().await.expect(200);
    until_all(&shop, &orders, "completed").await;
    assert_ne!(service.asked()[2].header("webhook-id"), ids[0]);
    node.stop_workers().await;
}

/// What the service says of an order, signed, as an answer to what it was last asked of it.
async fn calls_back(
    node: &Shop,
    service: &Service,
    order: &Value,
    body: &Value,
) -> crate::client::Answer {
    let asked = service.asked();
    let of_it = asked.iter().rev().find(|asked| asked.body["data"]["id"] == order["id"]);
    let message = of_it.map_or("none", |asked| asked.header("webhook-id"));
    says(node, order, body, message).await
}

async fn says(node: &Shop, order: &Value, body: &Value, message: &str) -> crate::client::Answer {
    let mut body = body.clone();
    body["message"] = message.into();
    let path = format!("/api/orders/orders/{}/fulfilment", order["id"].as_str().unwrap());
    let (bytes, now) = (body.to_string(), crate::app::unix_now());
    let signer = Signer::new(&Secret::new(SECRET));
    let message = Message { id: "msg_1", timestamp: now, body: bytes.as_bytes() };
    let ask = node.ask("POST", &path).raw("application/json", &bytes);
    let ask = ask.header("webhook-id", "msg_1").header("webhook-timestamp", now.to_string());
    ask.header("webhook-signature", signer.sign(message)).send().await
}

async fn a_service_may_answer_later_and_twice(shop: Arc<Shop>) {
    let service = Service::start(Says::status(202)).await;
    let orders = placed(&shop, 2).await;
    let node = http(&shop, &service, &[]).await;
    until("the service has both", async || service.asked().len() == 2).await;
    sleep(Duration::from_millis(300)).await;
    // An hour goes by.
    let earlier = "update claims set since = since - 3600000000, due_at = due_at - 3600000000";
    shop.sql_of_orders(earlier).await;
    sleep(Duration::from_millis(500)).await;
    assert_eq!(service.asked().len(), 2, "both are waited for");
    let done = json!({ "status": "completed" });
    for _ in 0..2 {
        calls_back(&node, &service, &orders[0], &done).await.expect_empty(204);
        assert_eq!(shown(&shop, &orders[0]).await["status"], "completed");
    }
    assert_eq!(kinds(&shop, &orders[0]).await, THROUGH);
    let failed = json!({ "status": "failed", "reason": "broken" });
    calls_back(&node, &service, &orders[1], &failed).await.expect_empty(204);
    assert_eq!(shown(&shop, &orders[1]).await["failure_reason"], "broken");
    // What was signed for one order is good for no other.
    let mixed = json!({ "status": "completed" });
    let asked = service.asked();
    let other = asked.iter().find(|asked| asked.body["data"]["id"] == orders[0]["id"]).unwrap();
    let message = other.header("webhook-id").to_owned();
    says(&node, &orders[1], &mixed, &message).await.problem(409, "conflict");
    // What has come to an end comes to no other one.
    calls_back(&node, &service, &orders[1], &done).await.problem(409, "illegal_move");
    let told = calls_back(&node, &service, &orders[1], &json!({ "status": "failed" })).await;
    assert_eq!(told.problem(422, "invalid")["errors"][0]["field"], "reason");
    sleep(Duration::from_millis(500)).await;
    assert_eq!(service.asked().len(), 2, "it is waited for, and not asked again");
    node.stop_workers().await;
}

async fn an_answer_that_comes_too_late_changes_nothing(shop: Arc<Shop>) {
    let service =
        Service::start(Says { pause: Duration::from_millis(1_500), ..Says::status(200) }).await;
    let orders = placed(&shop, 1).await;
    let node = http(&shop, &service, &[("fulfilment_timeout", "10s")]).await;
    until("the service has it", async || service.asked().len() == 1).await;
    let path = format!("/api/orders/orders/{}/cancel", orders[0]["id"].as_str().unwrap());
    shop.ask("POST", &path).token(&shop.staff).send().await.expect(200);
    until("the service has answered", async || service.answered() == 1).await;
    calls_back(&node, &service, &orders[0], &json!({ "status": "completed" }))
        .await
        .problem(409, "illegal_move");
    node.stop_workers().await;
    assert_eq!(
        kinds(&shop, &orders[0]).await,
        ["order.placed", "order.started", "order.cancelled"]
    );
}

async fn an_answer_of_an_earlier_beginning_ends_no_later_one(shop: Arc<Shop>) {
    let says = |status| Says { pause: Duration::from_millis(1_500), ..Says::status(status) };
    let service = Service::start(says(409)).await;
    let orders = placed(&shop, 1).await;
    let patient = [("fulfilment_timeout", "10s")];
    let one = http(&shop, &service, &patient).await;
    until("the service has it", async || service.asked().len() == 1).await;
    // Before it has answered the staff have it begun with anew, and another node does.
    service.says(says(200));
    let other = http(&shop, &service, &patient).await;
    let path = format!("/api/orders/orders/{}", orders[0]["id"].as_str().unwrap());
    let failed = shop.post(&format!("{path}/fail"), &json!({ "reason": "another carrier" }));
    failed.token(&shop.staff).send().await.expect(200);
    shop.ask("POST", &format!("{path}/retry")).token(&shop.staff).send().await.expect(200);
    until_all(&shop, &orders, "completed").await;
    let all = ["order.placed", "order.started", "order.failed", "order.retried"];
    let all = [&all[..], &["order.started", "order.completed"]].concat();
    assert_eq!(kinds(&shop, &orders[0]).await, all);
    assert_eq!(service.asked().len(), 2);
    one.stop_workers().await;
    other.stop_workers().await;
}

async fn a_service_that_never_says_what_has_become_of_it_is_given_up(shop: Arc<Shop>) {
    let service = Service::start(Says::status(202)).await;
    let orders = placed(&shop, 1).await;
    let node =
        http(&shop, &service, &[("fulfilment_attempts", "2"), ("fulfilment_patience", "1s")]).await;
    until_all(&shop, &orders, "failed").await;
    assert_eq!(service.asked().len(), 2);
    let reason = shown(&shop, &orders[0]).await["failure_reason"].clone();
    let wanted = "the fulfilment service was asked 2 times in vain: the last time it did not say in \
                  time what became of it";
    assert_eq!(reason, wanted);
    node.stop_workers().await;
}

/// What it has said by then is all that is needed.
async fn what_breaks_off_behind_its_status_has_said_it(shop: Arc<Shop>) {
    let says = |status| Says { body: "no".into(), missing: 7, ..Says::status(status) };
    let service = Service::start(says(200)).await;
    let orders = placed(&shop, 1).await;
    let node = http(&shop, &service, &[]).await;
    until_all(&shop, &orders, "completed").await;
    service.says(says(422));
    let orders = placed(&shop, 1).await;
    until_all(&shop, &orders, "failed").await;
    let reason = shown(&shop, &orders[0]).await["failure_reason"].clone();
    assert_eq!(reason, "the fulfilment service has refused it (422)");
    assert_eq!(service.asked().len(), 2);
    node.stop_workers().await;
}

async fn only_the_service_answers_for_it(shop: Arc<Shop>) {
    let service = Service::start(Says::status(202)).await;
    let orders = placed(&shop, 1).await;
    let node = http(&shop, &service, &[]).await;
    let (path, body) = (
        format!("/api/orders/orders/{}/fulfilment", orders[0]["id"].as_str().unwrap()),
        json!({ "status": "completed" }),
    );
    let unsigned = || node.post(&path, &body);
    unsigned().send().await.problem(401, "unauthenticated");
    unsigned().token(&shop.staff).send().await.problem(401, "unauthenticated");
    let bytes = body.to_string();
    let now = crate::app::unix_now();
    for (secret, at) in [("another secret", now), (SECRET, now - 3_600), (SECRET, now + 3_600)] {
        let message = Message { id: "m", timestamp: at, body: bytes.as_bytes() };
        let signature = Signer::new(&Secret::new(secret)).sign(message);
        let ask = unsigned().header("webhook-id", "m").header("webhook-timestamp", at.to_string());
        ask.header("webhook-signature", signature).send().await.problem(401, "unauthenticated");
    }
    // A shop without a service believes nobody.
    calls_back(&shop, &service, &orders[0], &body).await.problem(401, "unauthenticated");
    until_all(&shop, &orders, "processing").await;
    node.stop_workers().await;
}

async fn two_workers_post_each_order_once(shop: Arc<Shop>) {
    let service =
        Service::start(Says { pause: Duration::from_millis(20), ..Says::status(200) }).await;
    let (one, two) = (
        http(&shop, &service, &[("fulfilment_timeout", "20s")]).await,
        http(&shop, &service, &[("fulfilment_timeout", "20s")]).await,
    );
    let orders = placed(&shop, 40).await;
    until_all(&shop, &orders, "completed").await;
    assert_eq!(service.asked().len(), 40);
    one.stop_workers().await;
    two.stop_workers().await;
}

async fn what_a_dead_worker_had_begun_with_another_one_ends(shop: Arc<Shop>) {
    let hangs = Says { pause: Duration::from_secs(60), ..Says::status(200) };
    let service = Service::start(hangs).await;
    let orders = placed(&shop, 2).await;
    let dead = http(&shop, &service, &[]).await;
    until("the service has both", async || service.asked().len() >= 2).await;
    dead.kill_workers();
    service.says(Says::status(200));
    let _other = http(&shop, &service, &[]).await;
    until_all(&shop, &orders, "completed").await;
    for order in &orders {
        assert_eq!(kinds(&shop, order).await, THROUGH, "it was begun with once");
    }
}

async fn a_worker_that_is_stopped_gives_back_what_it_has_begun_with(shop: Arc<Shop>) {
    let hangs = Says { pause: Duration::from_secs(60), ..Says::status(200) };
    let service = Service::start(hangs).await;
    let orders = placed(&shop, 2).await;
    // What is given back was no attempt.
    let long = [
        ("fulfilment_timeout", "5m"),
        ("shutdown_timeout", "1500ms"),
        ("fulfilment_attempts", "1"),
    ];
    let node = http(&shop, &service, &long).await;
    until("the service has both", async || service.asked().len() >= 2).await;
    node.stop_workers().await;
    service.says(Says::status(200));
    // Its claims would have run for minutes.
    let _other = http(&shop, &service, &long).await;
    until_all(&shop, &orders, "completed").await;
}

async fn the_staff_move_what_a_worker_works_on(shop: Arc<Shop>) {
    let service = Service::start(Says::status(202)).await;
    let orders = placed(&shop, 1).await;
    let node = http(&shop, &service, &[]).await;
    until_all(&shop, &orders, "processing").await;
    let path =
        |verb: &str| format!("/api/orders/orders/{}/{verb}", orders[0]["id"].as_str().unwrap());
    let moved = shop.ask("POST", &path("complete")).token(&shop.staff).send().await.expect(200);
    assert_eq!(moved["status"], "completed");
    node.stop_workers().await;
}
