//! Many buyers at once: nothing is sold twice, and nothing that could be sold is kept back.

use super::path;
use crate::{
    app::{Shop, on_both_engines},
    client::Answer,
};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinSet;

on_both_engines! {
    sixty_units_and_two_hundred_buyers_are_sixty_orders,
    two_nodes_do_not_oversell_either,
    orders_that_want_the_same_products_in_another_order_all_end,
    of_many_cancellations_one_gives_back,
}

async fn buy(nodes: [&Arc<Shop>; 2], tin: i64) -> Vec<Answer> {
    let ann = nodes[0].customer("ann").await;
    let mut buyers = JoinSet::new();
    for number in 0..200 {
        let (node, ann) = (nodes[number % 2].clone(), ann.clone());
        buyers.spawn(async move { node.place(&ann, tin, 1).await });
    }
    buyers.join_all().await
}

async fn assert_sixty_sold(shop: &Shop, tin: i64, answers: &[Answer]) {
    let sold = answers.iter().filter(|answer| answer.status == 201).count();
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        let problem = refused.problem(409, "out_of_stock");
        assert_eq!(problem["lines"], json!([{"product": tin, "requested": 1, "available": 0}]));
    }
    assert_eq!((sold, shop.orders().await, shop.available(tin).await), (60, 60, 0));
}

async fn sixty_units_and_two_hundred_buyers_are_sixty_orders(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 60).await;
    let answers = buy([&shop, &shop], tin).await;
    assert_sixty_sold(&shop, tin, &answers).await;
}

async fn two_nodes_do_not_oversell_either(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 60).await;
    let other = shop.second_node(&[]).await;
    let answers = buy([&shop, &other], tin).await;
    assert_sixty_sold(&shop, tin, &answers).await;
}

async fn orders_that_want_the_same_products_in_another_order_all_end(shop: Arc<Shop>) {
    let mut tins = Vec::new();
    for _ in 0..5 {
        tins.push(shop.tin("1.00", 1000).await);
    }
    let other = shop.second_node(&[]).await;
    let ann = shop.customer("ann").await;
    let mut buyers = JoinSet::new();
    for number in 0..60 {
        tins.rotate_left(1);
        if number % 2 == 0 {
            tins.reverse();
        }
        let items: Value = tins.iter().map(|tin| json!({"product": tin, "quantity": 1})).collect();
        let node = [&shop, &other][number % 2];
        let body = json!({ "order_items": items });
        buyers.spawn(node.post(super::ORDERS, &body).token(&ann.token).send());
    }
    for answer in buyers.join_all().await {
        answer.expect(201);
    }
    for tin in tins {
        assert_eq!(shop.available(tin).await, 940);
    }
}

async fn of_many_cancellations_one_gives_back(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let order = shop.place(&ann, tin, 4).await.expect(201);
    let other = shop.second_node(&[]).await;
    let mut cancels = JoinSet::new();
    for number in 0..20 {
        let node = [&shop, &other][number % 2];
        let ask = node.ask("POST", &format!("{}/cancel", path(&order)));
        cancels.spawn(ask.token(&ann.token).send());
    }
    for answer in cancels.join_all().await {
        let order = answer.expect(200);
        assert_eq!([&order["status"], &order["version"]], [&json!("cancelled"), &json!(2)]);
    }
    assert_eq!(shop.available(tin).await, 9);
}
