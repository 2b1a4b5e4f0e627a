//! Clients that are slow, too many, or gone.

use crate::{
    app::{Shop, on_both_engines},
    client::Wire,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

on_both_engines! {
    beyond_the_cap_a_client_waits_for_its_turn,
    a_head_that_does_not_come_ends_the_connection,
    a_body_that_does_not_come_is_answered,
    a_client_that_leaves_takes_nothing_with_it,
}

async fn beyond_the_cap_a_client_waits_for_its_turn(shop: Arc<Shop>) {
    let node = shop.second_node(&[("max_connections", "2")]).await;
    let mut first = Wire::connect(node.address).await;
    let mut second = Wire::connect(node.address).await;
    for wire in [&mut first, &mut second] {
        wire.write(&node.get("/health/live").bytes()).await;
        wire.answer().await.unwrap().expect(200);
    }
    let mut third = Wire::connect(node.address).await;
    third.write(&node.get("/health/live").bytes()).await;
    let early = timeout(Duration::from_millis(200), third.answer()).await;
    assert!(early.is_err(), "a third connection was served beside two");
    drop(first);
    third.answer().await.unwrap().expect(200);
}

async fn a_head_that_does_not_come_ends_the_connection(shop: Arc<Shop>) {
    let node = shop.second_node(&[("header_timeout", "200ms"), ("idle_timeout", "400ms")]).await;
    for bytes in
        ["", "GET /api HTTP/1.1\r\nHost: loc", "GET /api HTTP/1.1\r\nHost: localhost\r\nX-Slow: "]
    {
        let mut wire = Wire::connect(node.address).await;
        wire.write(bytes.as_bytes()).await;
        // With nothing or with a refusal, but it ends.
        let answer = wire.answer().await;
        assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status == 408), "{bytes}");
    }
    let mut idle = Wire::connect(node.address).await;
    idle.write(&node.get("/health/live").bytes()).await;
    idle.answer().await.unwrap().expect(200);
    assert!(idle.is_ended().await, "a connection may not be idle for ever");
    node.get("/health/live").send().await.expect(200);
}

async fn a_body_that_does_not_come_is_answered(shop: Arc<Shop>) {
    let node = shop.second_node(&[("body_timeout", "1s")]).await;
    let ann = node.customer("ann").await;
    let mut wire = Wire::connect(node.address).await;
    let head = format!(
        "POST /api/orders/orders HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"order",
        ann.token
    );
    wire.write(head.as_bytes()).await;
    wire.answer().await.unwrap().problem(408, "request_timeout");
    assert_eq!(shop.orders().await, 0);
}

async fn a_client_that_leaves_takes_nothing_with_it(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 200).await;
    let ann = shop.customer("ann").await;
    let body = json!({"order_items": [{"product": tin, "quantity": 1}]});
    for number in 0..40 {
        let ask = shop.post("/api/orders/orders", &body).token(&ann.token).key(&number.to_string());
        let bytes = ask.bytes();
        let mut wire = Wire::connect(shop.address).await;
        // Some leave in the middle of their request, some before the answer.
        wire.write(&bytes[..bytes.len() - number % 2]).await;
        drop(wire);
    }
    for number in 0..40 {
        let ask = shop.post("/api/orders/orders", &body).token(&ann.token).key(&number.to_string());
        ask.send().await.expect(201);
    }
    assert_eq!((shop.orders().await, shop.available(tin).await), (40, 160));
}
