//! PUT /api/catalog/products/{ref}: what staff overwrite.

use super::PRODUCTS;
use crate::{
    app::{Shop, on_both_engines},
    client::Answer,
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    what_a_replacement_leaves_out_becomes_empty,
    what_was_read_can_be_put_back,
    a_replacement_with_bad_fields_changes_nothing,
    a_replacement_may_name_the_version_it_expects,
}

async fn put(shop: &Shop, product: i64, body: &Value, tag: &str) -> Answer {
    let put = shop.ask("PUT", &format!("{PRODUCTS}/{product}")).json(body).token(&shop.staff);
    put.header("If-Match", tag).send().await
}

/// One that says everything.
async fn full(shop: &Shop) -> Value {
    shop.category("cooking", None).await;
    shop.product(json!({
        "sku": "TIN", "name": "Mess tin", "description": "Holds a pint.", "price": "12.50",
        "image_url": "https://img.example/tin.png", "category": "cooking", "quantity": 7,
        "low_stock_threshold": 2, "order_units_most": 3, "caller_units_most": 5,
    }))
    .await
}

fn id(product: &Value) -> i64 {
    product["id"].as_i64().unwrap()
}

async fn what_a_replacement_leaves_out_becomes_empty(shop: Arc<Shop>) {
    let tin = full(&shop).await;
    let replaced =
        put(&shop, id(&tin), &json!({"name": "Billy can", "price": 9}), "*").await.expect(200);
    let (same, empty) = (|name| (name, tin[name].clone()), |name| (name, json!(null)));
    for (name, value) in [
        ("name", json!("Billy can")),
        ("price", json!("9.00")),
        ("description", json!("")),
        ("version", json!(2)),
        empty("image_url"),
        empty("category"),
        empty("low_stock_threshold"),
        empty("order_units_most"),
        empty("caller_units_most"),
        same("sku"),
        same("quantity"),
        same("public_id"),
        same("created_at"),
    ] {
        assert_eq!(replaced[name], value, "{name}");
    }
    let path = format!("{PRODUCTS}/{}", id(&tin));
    assert_eq!(shop.get(&path).token(&shop.staff).send().await.expect(200), replaced);
    let renamed = json!({"sku": "CAN", "name": "Billy can", "price": 9, "order_units_most": 4});
    let renamed = put(&shop, id(&tin), &renamed, "*").await.expect(200);
    assert_eq!([&renamed["sku"], &renamed["order_units_most"]], [&json!("CAN"), &json!(4)]);
}

async fn what_was_read_can_be_put_back(shop: Arc<Shop>) {
    let tin = full(&shop).await;
    let path = format!("{PRODUCTS}/{}", id(&tin));
    let mut read = shop.get(&path).token(&shop.staff).send().await.expect(200);
    assert_eq!(read["low_stock_threshold"], 2);
    assert_eq!(put(&shop, id(&tin), &read, "*").await.expect(200), read);
    read["name"] = json!("Billy can");
    let changed = put(&shop, id(&tin), &read, "*").await.expect(200);
    (read["version"], read["updated_at"]) = (json!(2), changed["updated_at"].clone());
    assert_eq!(changed, read);
    // A customer is not told the threshold, and cannot be: it is the staff's.
    let customers = shop.get(&path).send().await.expect(200);
    assert_eq!(customers["low_stock_threshold"], json!(null));
}

async fn a_replacement_with_bad_fields_changes_nothing(shop: Arc<Shop>) {
    let tin = full(&shop).await;
    for (body, code, bad) in [
        (json!({}), "invalid", vec!["name", "price"]),
        (json!({"name": "x", "price": 1, "colour": 1}), "invalid", vec!["colour"]),
        (
            json!({"name": "x", "price": 1, "order_units_most": 0, "caller_units_most": -1, "low_stock_threshold": -1}),
            "invalid",
            vec!["caller_units_most", "low_stock_threshold", "order_units_most"],
        ),
        (json!({"name": "x", "price": 1, "category": "no-such"}), "invalid", vec!["category"]),
        (json!({"name": "x", "price": 1, "quantity": 8}), "read_only", vec!["quantity"]),
    ] {
        let answer = put(&shop, id(&tin), &body, "*").await;
        assert_eq!(answer.bad_fields(422, code), bad, "{body}");
    }
    let path = format!("{PRODUCTS}/{}", id(&tin));
    assert_eq!(shop.get(&path).token(&shop.staff).send().await.expect(200), tin);
    let other = shop.tin("1.00", 1).await;
    let taken = json!({"sku": "TIN", "name": "x", "price": 1});
    put(&shop, other, &taken, "*").await.problem(409, "sku_taken");
    put(&shop, 999_999, &taken, "*").await.problem(404, "not_found");
}

async fn a_replacement_may_name_the_version_it_expects(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 1).await;
    let body = |name: &str| json!({ "name": name, "price": 1 });
    let first = put(&shop, tin, &body("One"), "\"1\"").await;
    assert_eq!(first.header("etag").map(|tag| tag.contains('2')), Some(true));
    first.expect(200);
    let late = put(&shop, tin, &body("Two"), "\"1\"").await.problem(412, "version_mismatch");
    assert_eq!(late["version"], 2);
    // Of two who have seen the same version one comes second, and is told what is there now.
    let mut editors = tokio::task::JoinSet::new();
    for name in ["Three", "Four", "Five", "Six"] {
        let put = shop.ask("PUT", &format!("{PRODUCTS}/{tin}")).json(&body(name));
        editors.spawn(put.token(&shop.staff).header("If-Match", "\"2\"").send());
    }
    let answers = editors.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for lost in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(lost.problem(412, "version_mismatch")["version"], 3);
    }
}
