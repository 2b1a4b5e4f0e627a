//! `stock.low`: told once when a product falls to its threshold, and again after it rose and fell.

use super::PRODUCTS;
use crate::app::{Shop, on_both_engines};
use domain::{EventKind, OrderStatus, events::LowData};
use serde_json::json;
use std::sync::Arc;

on_both_engines! {
    what_is_low_is_told_once_per_fall,
    a_threshold_may_come_and_go,
}

/// What has been told: the product, what was on hand, and the threshold.
async fn told(shop: &Shop) -> Vec<(String, i64, i64)> {
    let events = shop.app.readers.followers().told_after(0, 1_000).await.unwrap();
    let low = events.iter().filter_map(|told| told.event()).map(|(event, _)| event);
    let low = low.filter(|event| event.kind == EventKind::StockLow);
    low.map(|event| {
        let data = LowData::read(event.data.as_deref().unwrap()).unwrap();
        (event.subject.id.to_string(), data.on_hand, data.threshold)
    })
    .collect()
}

async fn figures(shop: &Shop) -> Vec<(i64, i64)> {
    told(shop).await.into_iter().map(|(_, on_hand, threshold)| (on_hand, threshold)).collect()
}

async fn deliver(shop: &Shop, line: serde_json::Value) {
    let body = json!({ "lines": [line] });
    let post = shop.post("/api/catalog/inventory/batch", &body).token(&shop.staff);
    post.send().await.expect(200);
}

async fn what_is_low_is_told_once_per_fall(shop: Arc<Shop>) {
    let body = json!({"name": "Tin", "price": 1, "quantity": 10, "low_stock_threshold": 5});
    let tin = shop.product(body).await["id"].as_i64().unwrap();
    shop.tin("1.00", 1).await;
    let ann = shop.customer("ann").await;
    let mut expected = Vec::new();
    for (units, told) in [(4, None), (1, Some((5, 5))), (1, None), (4, None)] {
        shop.place(&ann, tin, units).await.expect(201);
        expected.extend(told);
        assert_eq!(figures(&shop).await, expected, "after {units}");
    }
    // Up to the threshold is not above it; above it, the next fall is told, however deep.
    deliver(&shop, json!({"product": tin, "delta": 5})).await;
    shop.place(&ann, tin, 2).await.expect(201);
    assert_eq!(figures(&shop).await, expected);
    deliver(&shop, json!({"product": tin, "set": 9})).await;
    shop.place(&ann, tin, 7).await.expect(201);
    expected.push((2, 5));
    assert_eq!(figures(&shop).await, expected);
    // By hand as well.
    deliver(&shop, json!({"product": tin, "set": 8})).await;
    deliver(&shop, json!({"product": tin, "delta": -8})).await;
    deliver(&shop, json!({"product": tin, "delta": 0})).await;
    expected.push((0, 5));
    assert_eq!(figures(&shop).await, expected);
    // What a cancellation brings back is a rise.
    deliver(&shop, json!({"product": tin, "set": 7})).await;
    let order = shop.place(&ann, tin, 3).await.expect(201);
    shop.move_order(&order, OrderStatus::Cancelled).await;
    shop.place(&ann, tin, 3).await.expect(201);
    expected.extend([(4, 5), (4, 5)]);
    assert_eq!(figures(&shop).await, expected);
    let subjects: Vec<_> = told(&shop).await.into_iter().map(|(subject, ..)| subject).collect();
    assert!(subjects.iter().all(|subject| *subject == subjects[0]), "{subjects:?}");
}

async fn a_threshold_may_come_and_go(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 10).await;
    let path = format!("{PRODUCTS}/{tin}");
    let ann = shop.customer("ann").await;
    let set = async |threshold: serde_json::Value| {
        let edit = shop.patch(&path, &json!({ "low_stock_threshold": threshold })).send().await;
        assert_eq!(edit.expect(200)["low_stock_threshold"], threshold);
    };
    shop.place(&ann, tin, 1).await.expect(201);
    set(json!(8)).await;
    shop.place(&ann, tin, 1).await.expect(201);
    set(json!(null)).await;
    shop.place(&ann, tin, 1).await.expect(201);
    set(json!(0)).await;
    shop.place(&ann, tin, 6).await.expect(201);
    shop.place(&ann, tin, 1).await.expect(201);
    assert_eq!(figures(&shop).await, [(8, 8), (0, 0)]);
    for bad in [json!(-1), json!("3"), json!(1.5)] {
        let edit = shop.patch(&path, &json!({ "low_stock_threshold": bad })).send().await;
        assert_eq!(edit.bad_fields(422, "invalid"), ["low_stock_threshold"]);
    }
}
