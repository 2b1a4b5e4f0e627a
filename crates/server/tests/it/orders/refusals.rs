//! Orders that the shop refuses: why, and that nothing of them is left behind.

use super::{ORDERS, place};
use crate::app::{Shop, on_both_engines};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    an_order_with_bad_fields_names_them_all,
    a_quantity_is_a_whole_number_of_units,
    an_order_has_one_to_a_hundred_lines,
    an_unknown_product_is_named_by_its_line,
    every_short_line_is_named,
    a_changed_price_refuses_the_order,
    a_total_that_overflows_is_refused,
}

async fn refused(shop: &Shop, body: &Value, code: &str) -> Vec<String> {
    let answer = shop.post(ORDERS, body).token(&shop.staff).send().await;
    assert_eq!(answer.status, 422, "{body}: {}", answer.text());
    answer.bad_fields(422, code)
}

async fn an_order_with_bad_fields_names_them_all(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let long = "x".repeat(100_000);
    for (body, bad) in [
        (json!({}), vec!["order_items"]),
        (json!({"order_items": null}), vec!["order_items"]),
        (json!({"order_items": {}}), vec!["order_items"]),
        (
            json!({"order_items": [1, null, []]}),
            vec!["order_items[0]", "order_items[1]", "order_items[2]"],
        ),
        (
            json!({"order_items": [{}], "status": "completed", "customer": "me"}),
            vec!["customer", "order_items[0].product", "order_items[0].quantity", "status"],
        ),
        (
            json!({
                "order_items": [
                    {"product": tin, "quantity": 0, "price": "free"},
                    {"product": true, "quantity": "2", "colour": "red"},
                    {"product": "", "quantity": 1, "price": null},
                ],
                "total": "1.001", "note": 5,
            }),
            vec![
                "note",
                "order_items[0].price",
                "order_items[0].quantity",
                "order_items[1].colour",
                "order_items[1].product",
                "order_items[1].quantity",
                "order_items[2].price",
                "order_items[2].product",
                "total",
            ],
        ),
        (
            json!({"order_items": [{"product": "a\u{0}b", "quantity": 1}], "note": "\u{0}"}),
            vec!["note", "order_items[0].product"],
        ),
        (json!({"order_items": [{"product": tin, "quantity": 1}], "note": long}), vec!["note"]),
        (
            json!({"order_items": [{"product": tin, "quantity": 1}], "note": "by \u{202e}night"}),
            vec!["note"],
        ),
        (
            json!({"order_items": [{"product": tin, "quantity": 1, "price": "-1"}], "total": -1}),
            vec!["order_items[0].price", "total"],
        ),
        (
            json!({"order_items": [{"product": -1, "quantity": 1}, {"product": 1.5, "quantity": 1}]}),
            vec!["order_items[0].product", "order_items[1].product"],
        ),
    ] {
        assert_eq!(refused(&shop, &body, "invalid").await, bad, "{body}");
    }
    assert_eq!((shop.orders().await, shop.available(tin).await), (0, 9));
}

async fn a_quantity_is_a_whole_number_of_units(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 2_000_000).await;
    let ann = shop.customer("ann").await;
    for quantity in [
        "0",
        "-0",
        "-1",
        "1.5",
        "15e-1",
        "1e-1",
        "\"1\"",
        "null",
        "true",
        "[1]",
        "{}",
        "1000001",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "1000000000000000000000000000000",
        "1e30",
        "1e400",
        "0.0000000001",
    ] {
        let body = format!(r#"{{"order_items": [{{"product": {tin}, "quantity": {quantity}}}]}}"#);
        let ask = shop.ask("POST", ORDERS).raw("application/json", body).token(&ann.token);
        let answer = ask.send().await;
        assert_eq!(answer.status, 422, "{quantity}: {}", answer.text());
        assert_eq!(answer.bad_fields(422, "invalid"), ["order_items[0].quantity"], "{quantity}");
    }
    for (quantity, units) in [("2.0", 2), ("2e0", 2), ("1E3", 1000), ("0.5e1", 5), ("300e-2", 3)] {
        let body = format!(r#"{{"order_items": [{{"product": {tin}, "quantity": {quantity}}}]}}"#);
        let ask = shop.ask("POST", ORDERS).raw("application/json", body).token(&ann.token);
        let order = ask.send().await.expect(201);
        assert_eq!(order["order_items"][0]["quantity"], units, "{quantity}");
    }
    shop.place(&ann, tin, 990_000).await.expect(201);
    assert_eq!(shop.orders().await, 6);
}

async fn an_order_has_one_to_a_hundred_lines(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 1000).await;
    let ann = shop.customer("ann").await;
    let lines = |count: usize| -> Value {
        let lines: Value = (0..count).map(|_| json!({"product": tin, "quantity": 1})).collect();
        json!({ "order_items": lines })
    };
    for count in [0, 101, 5000] {
        let answer = place(&shop, &ann, &lines(count)).await;
        assert_eq!(answer.bad_fields(422, "invalid"), ["order_items"], "{count}");
    }
    place(&shop, &ann, &lines(100)).await.expect(201);
    let mut ids = Vec::new();
    for _ in 0..100 {
        ids.push(shop.tin("0.01", 1).await);
    }
    let items: Value = ids.iter().map(|id| json!({"product": id, "quantity": 1})).collect();
    let order = place(&shop, &ann, &json!({ "order_items": items })).await.expect(201);
    assert_eq!(
        [&order["total"], &json!(order["order_items"].as_array().unwrap().len())],
        [&json!("1.00"), &json!(100)]
    );
}

async fn an_unknown_product_is_named_by_its_line(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let items = json!([
        {"product": 999999, "quantity": 1},
        {"product": tin, "quantity": 1},
        {"product": "no-such-sku", "quantity": 1},
        {"product": "01890000-0000-7000-8000-000000000000", "quantity": 1},
        {"product": "sku:", "quantity": 1},
        {"product": 9_223_372_036_854_775_807_i64, "quantity": 1},
    ]);
    let body = json!({ "order_items": items });
    let answer = place(&shop, &shop.customer("ann").await, &body).await;
    let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
    let bad = answer.bad_fields(422, &code);
    assert!(bad.contains(&"order_items[4].product".to_owned()), "{bad:?}");
    let items = json!([items[0], items[1], items[2], items[3], items[5]]);
    let bad = refused(&shop, &json!({ "order_items": items }), "unknown_product").await;
    let expected = [0, 2, 3, 4].map(|line| format!("order_items[{line}].product"));
    assert_eq!(bad, expected);
    assert_eq!((shop.orders().await, shop.available(tin).await), (0, 9));
}

async fn every_short_line_is_named(shop: Arc<Shop>) {
    let (none, few, many) =
        (shop.tin("1.00", 0).await, shop.tin("1.00", 3).await, shop.tin("1.00", 9).await);
    let ann = shop.customer("ann").await;
    let body = json!({"order_items": [
        {"product": many, "quantity": 9}, {"product": few, "quantity": 4}, {"product": none, "quantity": 1},
    ]});
    let problem = place(&shop, &ann, &body).await.problem(409, "out_of_stock");
    let mut lines = problem["lines"].as_array().unwrap().clone();
    lines.sort_by_key(|line| line["product"].as_i64());
    let none = json!({"product": none, "requested": 1, "available": 0});
    let short = json!({"product": few, "requested": 4, "available": 3});
    assert_eq!(lines, [none, short]);
    assert_eq!((shop.available(few).await, shop.available(many).await), (3, 9));
    shop.place(&ann, few, 3).await.expect(201);
    shop.place(&ann, few, 1).await.problem(409, "out_of_stock");
}

async fn a_changed_price_refuses_the_order(shop: Arc<Shop>) {
    let (tin, cup) = (shop.tin("2.50", 9).await, shop.tin("1.00", 9).await);
    let ann = shop.customer("ann").await;
    let items = json!([
        {"product": tin, "quantity": 1, "price": "2.40"},
        {"product": cup, "quantity": 1, "price": "1.00"},
    ]);
    let body = json!({ "order_items": items });
    let problem = place(&shop, &ann, &body).await.problem(409, "price_changed");
    let line = json!({"product": tin, "expected": "2.40", "price": "2.50"});
    assert_eq!(problem["lines"], json!([line]));
    // No price but a total that was another one.
    let body = json!({"order_items": [{"product": tin, "quantity": 2}], "total": "4.99"});
    let problem = place(&shop, &ann, &body).await.problem(409, "price_changed");
    assert_eq!([&problem["expected_total"], &problem["total"]], ["4.99", "5.00"]);
    assert_eq!(problem["lines"], json!([]));
    let words = problem["detail"].as_str().unwrap();
    assert!(words.starts_with("it comes to 5.00 and not 4.99 EUR: "), "{words}");
    // What one line says of a product does not speak for another.
    let items = json!([
        {"product": tin, "quantity": 1, "price": "2.50"},
        {"product": tin, "quantity": 1, "price": "9.99"},
    ]);
    let problem = place(&shop, &ann, &json!({ "order_items": items })).await;
    let problem = problem.problem(409, "price_changed");
    assert_eq!(problem["lines"], json!([{"product": tin, "expected": "9.99", "price": "2.50"}]));
    assert_eq!((shop.orders().await, shop.available(tin).await), (0, 9));
}

async fn a_total_that_overflows_is_refused(shop: Arc<Shop>) {
    let dear = shop.tin("999999999999.99", 1_000_000).await;
    let dearer = shop.tin("999999999999.99", 1_000_000).await;
    for items in [
        json!([{"product": dear, "quantity": 1_000_000}]),
        json!([{"product": dear, "quantity": 90_000}, {"product": dearer, "quantity": 90_000}]),
    ] {
        let bad = refused(&shop, &json!({ "order_items": items }), "invalid").await;
        assert_eq!(bad, ["order_items"]);
    }
    // Each line is in range, and their sum is not: the line is named that is too much.
    let items = json!([{"product": dear, "quantity": 1_000_000}, {"product": dear, "quantity": 1}]);
    let bad = refused(&shop, &json!({ "order_items": items }), "invalid").await;
    assert_eq!(bad, ["order_items[1].quantity"]);
    assert_eq!((shop.orders().await, shop.available(dear).await), (0, 1_000_000));
}
