//! /api/catalog/inventory/batch: staff move stock, many lines at once.

use crate::{
    app::{Shop, on_both_engines},
    client::Answer,
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    stock_is_moved_by_a_difference_or_set_to_a_count,
    stock_of_a_sku_of_digits_does_not_go_to_the_product_of_that_id,
    one_bad_line_leaves_everything_as_it_was,
    a_partial_batch_says_what_became_of_each_line,
    a_batch_with_bad_fields_names_them_all,
    a_batch_takes_ten_thousand_lines_and_no_more,
    a_batch_with_a_key_happens_once,
    what_was_moved_is_seen_at_once,
    a_shelf_holds_a_million_millions_and_not_less_than_nothing,
}

const BATCH: &str = "/api/catalog/inventory/batch";

async fn batch(shop: &Shop, lines: Value) -> Answer {
    shop.post(BATCH, &json!({ "lines": lines })).token(&shop.staff).send().await
}

async fn stock_is_moved_by_a_difference_or_set_to_a_count(shop: Arc<Shop>) {
    let cup = shop.product(json!({"sku": "42", "name": "Cup", "price": 1, "quantity": 9})).await;
    let (tin, cup_id) = (shop.tin("1.00", 5).await, cup["id"].as_i64().unwrap());
    let lines = json!([
        {"product": tin, "delta": 4, "reason": "delivery"},
        {"product": "42", "set": 2, "reason": "count"},
        {"product": cup["public_id"], "delta": -1},
        {"product": tin, "delta": -2, "reason": ""},
    ]);
    batch(&shop, lines).await.expect(200);
    assert_eq!((shop.available(tin).await, shop.available(cup_id).await), (7, 1));
    batch(&shop, json!([{"product": tin, "set": 0}])).await.expect(200);
    assert_eq!(shop.available(tin).await, 0);
}

async fn stock_of_a_sku_of_digits_does_not_go_to_the_product_of_that_id(shop: Arc<Shop>) {
    let two = shop.product(json!({"sku": "2", "name": "Two", "price": 1})).await;
    let other = shop.tin("1.00", 0).await;
    assert_eq!((&two["id"], other), (&json!(1), 2));
    batch(&shop, json!([{"product": "2", "delta": 5}])).await.expect(200);
    assert_eq!((shop.available(1).await, shop.available(2).await), (5, 0));
}

async fn one_bad_line_leaves_everything_as_it_was(shop: Arc<Shop>) {
    let (tin, cup) = (shop.tin("1.00", 5).await, shop.tin("1.00", 5).await);
    let good = json!({"product": tin, "delta": 1});
    let unknown =
        batch(&shop, json!([good, {"product": 999999, "delta": 1}, {"product": "no", "set": 1}]));
    let bad = unknown.await.bad_fields(422, "unknown_product");
    assert_eq!(bad, ["lines[1].product", "lines[2].product"]);
    let below = batch(&shop, json!([good, {"product": cup, "delta": -6}])).await;
    assert_eq!(below.status, 409, "{}", below.text());
    assert!(below.text().contains("lines[1]"), "{}", below.text());
    // Of both kinds it is the shop's state that has to change.
    let both = json!([{"product": 999999, "delta": 1}, {"product": cup, "delta": -6}]);
    let bad = batch(&shop, both).await.bad_fields(409, "conflict");
    assert_eq!(bad, ["lines[0].product", "lines[1].delta"]);
    assert_eq!((shop.available(tin).await, shop.available(cup).await), (5, 5));
}

async fn a_partial_batch_says_what_became_of_each_line(shop: Arc<Shop>) {
    let (tin, cup) = (shop.tin("1.00", 5).await, shop.tin("1.00", 5).await);
    let body = json!({"partial": true, "lines": [
        {"product": tin, "delta": 1},
        {"product": 999999, "delta": 1},
        {"product": cup, "delta": -6},
        {"product": cup, "delta": -5},
    ]});
    let answer = shop.post(BATCH, &body).token(&shop.staff).send().await.expect(200);
    assert_eq!(answer["lines"].as_array().unwrap().len(), 4, "{answer}");
    let has_failed = |line: usize| answer["lines"][line].get("error").is_some();
    assert_eq!([0, 1, 2, 3].map(has_failed), [false, true, true, false], "{answer}");
    let codes = [1, 2].map(|line: usize| answer["lines"][line]["code"].as_str().unwrap());
    assert_eq!(codes, ["unknown_product", "below_reserved"]);
    assert_eq!((shop.available(tin).await, shop.available(cup).await), (6, 0));
}

async fn a_batch_with_bad_fields_names_them_all(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 5).await;
    for (lines, bad) in [
        (json!(null), vec!["lines"]),
        (json!([]), vec!["lines"]),
        (json!([5, "x"]), vec!["lines[0]", "lines[1]"]),
        (json!([{"product": tin}]), vec!["lines[0].delta"]),
        (json!([{"product": tin, "delta": 1, "set": 1}]), vec!["lines[0].set"]),
        (
            json!([{"delta": 1}, {"product": tin, "delta": 1.5}, {"product": [], "set": -1, "why": 1}]),
            vec![
                "lines[0].product",
                "lines[1].delta",
                "lines[2].product",
                "lines[2].set",
                "lines[2].why",
            ],
        ),
        (
            json!([{"product": tin, "delta": 1e30}, {"product": tin, "delta": 1, "reason": "\u{0}"}]),
            vec!["lines[0].delta", "lines[1].reason"],
        ),
        (json!([{"product": tin, "set": "5"}]), vec!["lines[0].set"]),
        (json!([{"product": tin, "set": 5, "reason": "a\nb"}]), vec!["lines[0].reason"]),
        (json!([{"product": tin, "delta": 9_223_372_036_854_775_807_i64}]), vec!["lines[0].delta"]),
    ] {
        let answer = batch(&shop, lines.clone()).await;
        assert_eq!(answer.status, 422, "{lines}: {}", answer.text());
        assert_eq!(answer.bad_fields(422, "invalid"), bad, "{lines}");
    }
    let body = json!({"lines": [{"product": tin, "delta": 1}], "partial": "yes", "dry_run": true});
    let answer = shop.post(BATCH, &body).token(&shop.staff).send().await;
    assert_eq!(answer.bad_fields(422, "invalid"), ["dry_run", "partial"]);
    assert_eq!(shop.available(tin).await, 5);
}

async fn a_batch_takes_ten_thousand_lines_and_no_more(shop: Arc<Shop>) {
    let (tin, cup) = (shop.tin("1.00", 0).await, shop.tin("1.00", 0).await);
    let lines = |count: usize| -> Value {
        let product = |line| if line % 2 == 0 { tin } else { cup };
        (0..count).map(|line| json!({"product": product(line), "delta": 1})).collect()
    };
    let answer = batch(&shop, lines(10_001)).await;
    assert_eq!(answer.bad_fields(422, "invalid"), ["lines"]);
    batch(&shop, lines(10_000)).await.expect(200);
    assert_eq!((shop.available(tin).await, shop.available(cup).await), (5000, 5000));
}

async fn a_batch_with_a_key_happens_once(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 5).await;
    let keyed = async |delta: i64| {
        let body = json!({"lines": [{"product": tin, "delta": delta}]});
        shop.post(BATCH, &body).token(&shop.staff).key("delivery").send().await
    };
    // A refused attempt leaves no trace, so its key is still free.
    assert_eq!(keyed(-6).await.status, 409);
    let first = keyed(10).await;
    assert_eq!(first.header("idempotent-replayed"), None);
    let again = keyed(10).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(200), first.expect(200));
    keyed(11).await.problem(422, "idempotency_key_reused");
    assert_eq!(shop.available(tin).await, 15);
    // The same key for another kind of write is another request.
    let create = shop.post("/api/catalog/products", &json!({"name": "Cup", "price": 1}));
    let create = create.token(&shop.staff).key("delivery").send().await;
    create.problem(422, "idempotency_key_reused");
}

async fn what_was_moved_is_seen_at_once(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 0).await;
    let path = format!("/api/catalog/products/{tin}");
    for count in [3, 0, 7] {
        shop.get(&path).send().await.expect(200);
        shop.ids("").await;
        batch(&shop, json!([{"product": tin, "set": count}])).await.expect(200);
        assert_eq!(shop.get(&path).send().await.expect(200)["quantity"], count);
        assert_eq!(shop.ids("").await.len(), usize::from(count > 0));
    }
}

async fn a_shelf_holds_a_million_millions_and_not_less_than_nothing(shop: Arc<Shop>) {
    let most = 1_000_000_000_000_i64;
    let tin = shop.tin("1.00", 5).await;
    for (line, status, on_hand) in [
        (json!({"product": tin, "set": most}), 200, most),
        (json!({"product": tin, "delta": 1}), 409, most),
        (json!({"product": tin, "delta": -1}), 200, most - 1),
        (json!({"product": tin, "delta": 1}), 200, most),
        (json!({"product": tin, "set": most + 1}), 422, most),
        (json!({"product": tin, "delta": -most}), 200, 0),
        (json!({"product": tin, "delta": -1}), 409, 0),
        (json!({"product": tin, "delta": most}), 200, most),
        (json!({"product": tin, "set": 0}), 200, 0),
        (json!({"product": tin, "set": -1}), 422, 0),
    ] {
        let answer = batch(&shop, json!([line])).await;
        assert_eq!((answer.status, shop.available(tin).await), (status, on_hand), "{line}");
    }
}
