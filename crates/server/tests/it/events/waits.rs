//! wait=: an answer that is held back until something happens.

use super::{EVENTS, end, key, kinds, next, page};
use crate::{
    app::{Shop, on_both_engines, until},
    client::{Answer, Wire},
};
use serde_json::json;
use server::{app::App, following::Following};
use std::sync::Arc;
use tokio::task::JoinHandle;

on_both_engines! {
    an_event_of_another_node_wakes_who_waits,
    only_what_matches_wakes_and_what_is_there_is_not_waited_for,
    a_time_that_is_up_is_answered_with_the_place_to_go_on,
    a_stop_ends_a_wait_at_once,
    who_leaves_waits_no_longer,
    so_many_wait_and_no_more,
    a_key_that_is_revoked_while_it_waits_hears_nothing,
}

/// A request that waits for half a minute.
fn waiting(shop: &Arc<Shop>, token: &str, query: &str) -> JoinHandle<Answer> {
    let ask = shop.get(&format!("{EVENTS}?wait=30s&{query}")).token(token);
    tokio::spawn(ask.send())
}

async fn until_waiting(shop: &Shop, many: usize) {
    until("those who wait", async || shop.app.following.waiting() == many).await;
}

async fn an_event_of_another_node_wakes_who_waits(shop: Arc<Shop>) {
    let node = shop.second_node(&[]).await;
    let cursor = end(&shop).await;
    let waits = waiting(&shop, &shop.staff, &format!("cursor={cursor}"));
    until_waiting(&shop, 1).await;
    assert!(!waits.is_finished());
    node.tin("1.00", 9).await;
    let woken = waits.await.unwrap().expect(200);
    assert_eq!(kinds(woken["results"].as_array().unwrap()), ["product.created"]);
    until_waiting(&shop, 0).await;
}

async fn only_what_matches_wakes_and_what_is_there_is_not_waited_for(shop: Arc<Shop>) {
    let cursor = end(&shop).await;
    let waits = waiting(&shop, &shop.staff, &format!("cursor={cursor}&kinds=order.placed"));
    until_waiting(&shop, 1).await;
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    shop.place(&ann, tin, 1).await.expect(201);
    let woken = waits.await.unwrap().expect(200);
    assert_eq!(kinds(woken["results"].as_array().unwrap()), ["order.placed"]);
    let there = waiting(&shop, &shop.staff, &format!("cursor={cursor}")).await.unwrap().expect(200);
    assert_eq!(kinds(there["results"].as_array().unwrap())[0], "product.created");
}

async fn a_time_that_is_up_is_answered_with_the_place_to_go_on(shop: Arc<Shop>) {
    let cursor = end(&shop).await;
    let none = page(&shop, &format!("cursor={cursor}&wait=200ms")).await.expect(200);
    assert_eq!(none, json!({"results": [], "next": cursor}));
}

async fn a_stop_ends_a_wait_at_once(shop: Arc<Shop>) {
    // Who waited to its end would be cut off.
    let node = shop.second_node(&[("shutdown_timeout", "10s")]).await;
    let cursor = end(&node).await;
    let waits = waiting(&node, &node.staff, &format!("cursor={cursor}"));
    until_waiting(&node, 1).await;
    node.stop();
    let answered = waits.await.unwrap().expect(200);
    assert_eq!((answered["results"].clone(), next(&answered)), (json!([]), cursor));
    assert_eq!(node.ended().await, 0, "nothing was cut off");
}

async fn who_leaves_waits_no_longer(shop: Arc<Shop>) {
    let cursor = end(&shop).await;
    let ask = shop.get(&format!("{EVENTS}?wait=30s&cursor={cursor}")).token(&shop.staff);
    let mut wire = Wire::connect(shop.address).await;
    wire.write(&ask.bytes()).await;
    until_waiting(&shop, 1).await;
    drop(wire);
    until_waiting(&shop, 0).await;
}

async fn so_many_wait_and_no_more(shop: Arc<Shop>) {
    let narrow = |app: App| App { following: Following::new(3, 2), ..app };
    let node = Shop::open_as(&shop.url, &[], narrow).await;
    let (_, other) = key(&node, &["events:read"]).await;
    let (_, third) = key(&node, &["events:read"]).await;
    let cursor = end(&node).await;
    let query = format!("cursor={cursor}");
    let mut waits = vec![waiting(&node, &node.staff, &query), waiting(&node, &node.staff, &query)];
    until_waiting(&node, 2).await;
    let full = waiting(&node, &node.staff, &query).await.unwrap();
    full.problem(429, "rate_limited");
    assert!(full.header("retry-after").is_some());
    waits.push(waiting(&node, &other, &query));
    until_waiting(&node, 3).await;
    let full = waiting(&node, &third, &query).await.unwrap();
    full.problem(503, "overloaded");
    assert!(full.header("retry-after").is_some());
    // Who does not wait takes no place.
    page(&node, &query).await.expect(200);
    node.tin("1.00", 1).await;
    for wait in waits {
        wait.await.unwrap().expect(200);
    }
    until_waiting(&node, 0).await;
}

async fn a_key_that_is_revoked_while_it_waits_hears_nothing(shop: Arc<Shop>) {
    let (id, key) = key(&shop, &["events:read"]).await;
    let cursor = end(&shop).await;
    let query = format!("cursor={cursor}&kinds=product.created");
    let waits = waiting(&shop, &key, &query);
    until_waiting(&shop, 1).await;
    let revoke = shop.ask("DELETE", &format!("/api/identity/api-keys/{id}")).token(&shop.admin);
    revoke.send().await.expect_empty(204);
    shop.tin("1.00", 1).await;
    waits.await.unwrap().problem(401, "unauthenticated");
}
