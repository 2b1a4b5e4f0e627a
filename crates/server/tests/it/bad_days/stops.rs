//! A node that is asked to stop: what was begun is finished, what was acknowledged is kept.

use super::{Heard, assert_kept, buy, history, order};
use crate::{
    app::{SECRET, Shop, in_runtime, on_both_engines, until},
    client::Wire,
    database::{Database, Engine, assert_sound},
    process::{Node, run_with_input},
};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tokio::task::JoinSet;

on_both_engines! {
    a_stop_finishes_a_request_in_flight,
    a_stop_ends_what_is_idle,
}

async fn a_stop_finishes_a_request_in_flight(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let node = shop.second_node(&[]).await;
    let ann = node.customer("ann").await;
    let ask = node.post("/api/orders/orders", &order(&json!(tin))).token(&ann.token);
    let bytes = ask.header("Expect", "100-continue").bytes();
    let (head, body) = bytes.split_at(bytes.len() - 20);
    let mut wire = Wire::connect(node.address).await;
    wire.write(head).await;
    // So it has begun: it asks for the rest.
    assert_eq!(wire.answer().await.unwrap().status, 100);
    let mut idle = Wire::connect(node.address).await;
    node.stop();
    until("the port to close", async || node.get("/health/live").try_send().await.is_err()).await;
    wire.write(body).await;
    let answer = wire.answer().await.unwrap();
    let placed = answer.expect(201);
    assert!(idle.is_ended().await);
    assert_eq!(node.ended().await, 0, "nothing was cut off");
    let path = format!("/api/orders/orders/{}", placed["id"].as_str().unwrap());
    assert_eq!(shop.get(&path).token(&shop.staff).send().await.expect(200), placed);
}

async fn a_stop_ends_what_is_idle(shop: Arc<Shop>) {
    let node = shop.second_node(&[]).await;
    let mut wires = Vec::new();
    for _ in 0..5 {
        let mut wire = Wire::connect(node.address).await;
        wire.write(&node.get("/health/live").bytes()).await;
        wire.answer().await.unwrap().expect(200);
        wires.push(wire);
    }
    node.stop();
    for mut wire in wires {
        assert!(wire.is_ended().await);
    }
    assert_eq!(node.ended().await, 0);
}

/// Buyers at a process that is asked to stop in the middle of it.
async fn a_stop_under_load_keeps_what_was_acknowledged(engine: Engine) {
    let Some(database) = Database::create(engine).await else { return };
    let environment =
        [("SUTLER_DATABASE_URL", database.url.as_str()), ("SUTLER_SECRET_KEY", SECRET)];
    let create =
        ["user", "create", "--username", "ann", "--email", "a@example.com", "--role", "staff"];
    let create = [&create[..], &["--password-stdin"]].concat();
    run_with_input(database.dir.path(), &create, &environment, "three blind mice\n").says(0, &[]);
    let mut node = Node::start(&["serve"], &environment).await;
    let token = node.token("ann", "three blind mice").await;
    let body = json!({"name": "Tin", "price": 1, "quantity": 1_000_000});
    let product = node.post("/api/catalog/products", &body).token(&token).send().await.expect(201);
    let (is_over, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut buyers = JoinSet::new();
    for buyer in 0..16 {
        let ask = node.post("/api/orders/orders", &order(&product["id"])).token(&token);
        let (is_over, acknowledged) = (is_over.clone(), acknowledged.clone());
        buyers.spawn(async move {
            let (mut heard, mut tried) = (Heard::default(), 0);
            while !is_over.load(Ordering::Relaxed) {
                let key = format!("{buyer}-{tried}");
                tried += 1;
                buy(ask.clone(), &key, &mut heard, || is_over.load(Ordering::Relaxed)).await;
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            (heard, tried)
        });
    }
    until("orders", async || acknowledged.load(Ordering::Relaxed) > 50).await;
    node.signal("TERM");
    assert_eq!(node.ended(), Some(0));
    is_over.store(true, Ordering::Relaxed);
    let (mut heard, mut tried) = (Heard::default(), 0);
    for (one, keys) in buyers.join_all().await {
        heard.add(one);
        tried += keys;
    }
    let mut again = Node::start(&["serve"], &environment).await;
    let stored = history(|path| again.ask("GET", path).token(&token)).await;
    assert!(heard.orders.len() > 40, "{:?}", heard.statuses);
    assert_kept(&stored, &heard, tried);
    assert_eq!(again.stop(), Some(0));
    assert_sound(&database.url).await;
    database.remove().await;
}

#[test]
fn a_stop_under_load_keeps_what_was_acknowledged_on_sqlite() {
    in_runtime(a_stop_under_load_keeps_what_was_acknowledged(Engine::Sqlite));
}

#[test]
fn a_stop_under_load_keeps_what_was_acknowledged_on_postgres() {
    in_runtime(a_stop_under_load_keeps_what_was_acknowledged(Engine::Postgres));
}
