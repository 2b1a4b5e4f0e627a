//! More buyers than a node can take: who is refused hears so at once, and has not bought.

use crate::app::{Shop, on_both_engines, until};
use serde_json::json;
use std::sync::Arc;
use tokio::task::JoinSet;

on_both_engines! {
    a_full_queue_refuses_at_once_and_recovers,
}

async fn a_full_queue_refuses_at_once_and_recovers(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 500).await;
    let ann = shop.customer("ann").await;
    let narrow = shop.second_node(&[("queue_limit", "1")]).await;
    let body = json!({"order_items": [{"product": tin, "quantity": 1}]});
    let mut buyers = JoinSet::new();
    for _ in 0..200 {
        buyers.spawn(narrow.post("/api/orders/orders", &body).token(&ann.token).send());
    }
    let (mut placed, mut refused) = (0, 0);
    for answer in buyers.join_all().await {
        match answer.status {
            201 => placed += 1,
            _ => {
                answer.problem(503, "overloaded");
                assert!(answer.header("retry-after").is_some());
                refused += 1;
            }
        }
    }
    assert!(placed > 0 && refused > 0, "{placed} placed, {refused} refused");
    assert_eq!((shop.orders().await, shop.available(tin).await), (placed, 500 - placed));
    until("an order after the burst", async || {
        narrow.post("/api/orders/orders", &body).token(&ann.token).send().await.status == 201
    })
    .await;
}
