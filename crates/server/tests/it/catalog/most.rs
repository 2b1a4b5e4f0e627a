//! How many units of a product one order may have, and one caller in all, by the settings and by the product.

use super::PRODUCTS;
use crate::{
    app::{Person, Shop, on_both_engines},
    client::Answer,
};
use domain::OrderStatus;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinSet;

on_both_engines! {
    an_order_has_no_more_units_than_the_setting_or_the_product_says,
    a_caller_has_no_more_units_in_all_his_orders,
    what_was_cancelled_or_has_failed_does_not_count,
    a_caller_gets_no_more_on_two_nodes_at_once,
}

const ORDERS: &str = "/api/orders/orders";

fn most(answer: &Answer) -> Vec<(Value, Value, Value)> {
    let problem = answer.problem(409, "too_many_units");
    let lines = problem["lines"].as_array().unwrap().iter();
    lines
        .map(|line| (line["product"].clone(), line["requested"].clone(), line["most"].clone()))
        .collect()
}

fn line(product: i64, requested: i64, most: i64) -> (Value, Value, Value) {
    (json!(product), json!(requested), json!(most))
}

async fn bounded(shop: &Shop, name: &str, most: i64) -> i64 {
    let body = json!({"name": "Tin", "price": 1, "quantity": 1000, name: most});
    shop.product(body).await["id"].as_i64().unwrap()
}

async fn cancel(shop: &Shop, person: &Person, order: &Value) {
    let path = format!("{ORDERS}/{}/cancel", order["id"].as_str().unwrap());
    shop.ask("POST", &path).token(&person.token).send().await.expect(200);
}

async fn an_order_has_no_more_units_than_the_setting_or_the_product_says(shop: Arc<Shop>) {
    let node = shop.second_node(&[("order_units_most", "3")]).await;
    let (plain, more) = (node.tin("1.00", 1000).await, bounded(&node, "order_units_most", 5).await);
    let ann = node.customer("ann").await;
    for (product, most_of_it) in [(plain, 3), (more, 5)] {
        let refused = node.place(&ann, product, most_of_it + 1).await;
        assert_eq!(most(&refused), [line(product, most_of_it + 1, most_of_it)]);
        node.place(&ann, product, most_of_it).await.expect(201);
        // Each order for itself.
        node.place(&ann, product, most_of_it).await.expect(201);
    }
    // All lines that are too long are named, and lines of one product count together.
    let item = |product: i64, quantity: i64| json!({"product": product, "quantity": quantity});
    let body = json!({"order_items": [item(plain, 2), item(more, 6), item(plain, 2)]});
    let both = node.post(ORDERS, &body).token(&ann.token).send().await;
    assert_eq!(most(&both), [line(plain, 4, 3), line(more, 6, 5)]);
    assert_eq!(node.available(plain).await, 994);
    // Where no setting says so, only the product does.
    shop.place(&ann, plain, 50).await.expect(201);
    assert_eq!(most(&shop.place(&ann, more, 6).await), [line(more, 6, 5)]);
    let path = format!("{PRODUCTS}/{more}");
    let free = shop.patch(&path, &json!({"order_units_most": null})).send().await.expect(200);
    assert_eq!(free["order_units_most"], json!(null));
    shop.place(&ann, more, 50).await.expect(201);
}

async fn a_caller_has_no_more_units_in_all_his_orders(shop: Arc<Shop>) {
    let node = shop.second_node(&[("caller_units_most", "5")]).await;
    let (plain, own) = (node.tin("1.00", 1000).await, bounded(&node, "caller_units_most", 2).await);
    let (ann, ben) = (node.customer("ann").await, node.customer("ben").await);
    for (product, bound) in [(plain, 5), (own, 2)] {
        node.place(&ann, product, bound - 1).await.expect(201);
        assert_eq!(most(&node.place(&ann, product, 2).await), [line(product, 2, 1)]);
        node.place(&ann, product, 1).await.expect(201);
        assert_eq!(most(&node.place(&ann, product, 1).await), [line(product, 1, 0)]);
        // Everybody for himself.
        node.place(&ben, product, bound).await.expect(201);
    }
    // Another bound holds at once, for what was bought before too.
    let path = format!("{PRODUCTS}/{own}");
    node.patch(&path, &json!({"caller_units_most": 4})).send().await.expect(200);
    assert_eq!(most(&node.place(&ann, own, 3).await), [line(own, 3, 2)]);
    // The product's holds on a node whose setting says nothing, too.
    assert_eq!(most(&shop.place(&ann, own, 3).await), [line(own, 3, 2)]);
    shop.place(&ann, own, 2).await.expect(201);
    assert_eq!(most(&node.place(&ann, own, 1).await), [line(own, 1, 0)]);
    // A key's second try is the first order, and counts no more.
    let body = json!({"order_items": [{"product": own, "quantity": 2}]});
    let cat = node.customer("cat").await;
    for is_again in [None, Some("true")] {
        let order = node.post(ORDERS, &body).token(&cat.token).key("once").send().await;
        assert_eq!((order.status, order.header("idempotent-replayed")), (201, is_again));
    }
    node.place(&cat, own, 2).await.expect(201);
}

async fn what_was_cancelled_or_has_failed_does_not_count(shop: Arc<Shop>) {
    let tin = bounded(&shop, "caller_units_most", 4).await;
    let ann = shop.customer("ann").await;
    for _ in 0..2 {
        let order = shop.place(&ann, tin, 4).await.expect(201);
        assert_eq!(most(&shop.place(&ann, tin, 1).await), [line(tin, 1, 0)]);
        cancel(&shop, &ann, &order).await;
        cancel(&shop, &ann, &order).await;
    }
    let order = shop.place(&ann, tin, 3).await.expect(201);
    shop.move_order(&order, OrderStatus::Processing).await;
    assert_eq!(most(&shop.place(&ann, tin, 2).await), [line(tin, 2, 1)]);
    shop.move_order(&order, OrderStatus::Failed).await;
    let other = shop.place(&ann, tin, 4).await.expect(201);
    cancel(&shop, &ann, &other).await;
    // Taken again, it counts again.
    shop.move_order(&order, OrderStatus::Pending).await;
    assert_eq!(most(&shop.place(&ann, tin, 2).await), [line(tin, 2, 1)]);
}

async fn a_caller_gets_no_more_on_two_nodes_at_once(shop: Arc<Shop>) {
    let tin = bounded(&shop, "caller_units_most", 7).await;
    let other = shop.second_node(&[]).await;
    let ann = shop.customer("ann").await;
    let mut buyers = JoinSet::new();
    for number in 0..40 {
        let node = [&shop, &other][number % 2].clone();
        let ann = ann.clone();
        buyers.spawn(async move { node.place(&ann, tin, 1).await });
    }
    let answers = buyers.join_all().await;
    let (placed, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((placed.len(), shop.available(tin).await), (7, 993));
    for answer in refused {
        assert_eq!(most(answer), [line(tin, 1, 0)]);
    }
    // Cancelled and ordered at once: never more, and none is lost.
    let mut rush = JoinSet::new();
    for (number, order) in placed.iter().enumerate() {
        let (node, ann, order) = ([&shop, &other][number % 2].clone(), ann.clone(), order.json());
        rush.spawn(async move {
            cancel(&node, &ann, &order).await;
            node.place(&ann, tin, 1).await.expect(201);
        });
    }
    rush.join_all().await;
    assert_eq!(shop.available(tin).await, 993);
    assert_eq!(most(&shop.place(&ann, tin, 1).await), [line(tin, 1, 0)]);
}
