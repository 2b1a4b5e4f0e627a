//! What a cart comes to: what is sold of it, and never more than an amount can be.

use super::{By, add, cart, checkouts::check_out, held, remove};
use crate::app::{Shop, on_both_engines};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    what_is_priced_in_another_currency_is_not_sold_and_not_in_the_total,
    lines_that_come_to_too_much_together_are_shown_all_the_same,
}

async fn what_is_priced_in_another_currency_is_not_sold_and_not_in_the_total(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let person = shop.customer("ann").await;
    let ann = By::Account(&person);
    add(&shop, ann, tin, 2).await.expect(200);
    let node = shop.second_node(&[("currency", "USD")]).await;
    let cup = node.tin("2.00", 9).await;
    let mut added = add(&node, ann, cup, 3).await.expect(200);
    added.as_object_mut().unwrap().remove("cart_token");
    let shown = cart(&node, ann).await;
    assert_eq!(shown, added);
    let lines: Vec<_> =
        shown["items"].as_array().unwrap().iter().map(|line| line["is_sold"].clone()).collect();
    assert_eq!((held(&shown), lines), (vec![(tin, 2), (cup, 3)], vec![json!(false), json!(true)]));
    assert_eq!([&shown["total"], &shown["currency"]], ["6.00", "USD"]);
    let problem = check_out(&node, &person, &json!({})).await.problem(409, "no_longer_sold");
    assert_eq!(problem["products"], json!([tin]));
    remove(&node, ann, tin).await.expect(200);
    let order = check_out(&node, &person, &json!({"total": shown["total"]})).await.expect(201);
    assert_eq!([&order["total"], &order["currency"]], ["6.00", "USD"]);
}

async fn lines_that_come_to_too_much_together_are_shown_all_the_same(shop: Arc<Shop>) {
    let node = shop.second_node(&[("cart_units_most", "1000000")]).await;
    let mut lines = Vec::new();
    let person = node.customer("ann").await;
    let ann = By::Account(&person);
    for _ in 0..2 {
        let gold = node.tin("1000000000000.00", 90_000).await;
        add(&node, ann, gold, 90_000).await.expect(200);
        lines.push((gold, 90_000));
    }
    let shown = cart(&node, ann).await;
    let each: Vec<&Value> =
        shown["items"].as_array().unwrap().iter().map(|line| &line["line_total"]).collect();
    assert_eq!((held(&shown), each), (lines, vec![&json!("90000000000000000.00"); 2]));
    // It looks like what it is: more than there is.
    assert_eq!(shown["total"], "92233720368547758.07");
    check_out(&node, &person, &json!({})).await.problem(409, "total_too_large");
}
