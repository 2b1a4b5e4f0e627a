//! /api/orders/orders: placing an order, the history, and taking it back.

mod batches;
mod bounds;
mod carts;
mod details;
mod due;
mod edits;
mod history;
mod intake;
mod keys;
mod masses;
mod metrics;
mod moves;
mod processing;
mod races;
mod refusals;
mod service;
mod skus;
mod timelines;

use crate::{
    app::{PUBLIC_URL, Person, Shop, on_both_engines},
    client::Answer,
};
use domain::{OrderStatus, Role};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    an_order_shows_all_that_the_contract_names,
    lines_of_one_product_are_summed,
    an_order_names_products_by_any_reference,
    a_sku_of_digits_is_not_an_id,
    what_the_buyer_expects_is_taken_when_it_is_right,
    an_order_stays_what_it_was_when_the_product_changes,
    a_cancelled_order_gives_its_stock_back_once,
    who_may_cancel_depends_on_the_status,
    an_order_shows_when_it_was_worked_on_and_why_that_failed,
    an_order_of_somebody_else_is_not_there,
}

pub const ORDERS: &str = "/api/orders/orders";

/// Tries to place an order with this body.
pub async fn place(shop: &Shop, person: &Person, body: &Value) -> Answer {
    shop.post(ORDERS, body).token(&person.token).send().await
}

pub fn path(order: &Value) -> String {
    format!("{ORDERS}/{}", order["id"].as_str().unwrap())
}

async fn an_order_shows_all_that_the_contract_names(shop: Arc<Shop>) {
    let tin = shop.product(json!({
        "sku": "TIN", "name": "Mess tin", "description": "Holds a pint.", "price": "12.50", "quantity": 9,
    }));
    let tin = tin.await;
    let ann = shop.customer("ann").await;
    let body = json!({
        "order_items": [{"product": tin["id"], "quantity": 3}], "note": "Ring twice, \u{1f514}.",
    });
    let order = place(&shop, &ann, &body).await.expect(201);
    let line = json!({
        "product": tin["id"], "sku": "TIN", "name": "Mess tin", "description": "Holds a pint.",
        "quantity": 3, "price": "12.50", "line_total": "37.50",
    });
    for (name, value) in [
        ("url", json!(format!("{PUBLIC_URL}{}", path(&order)))),
        ("customer", json!(ann.id)),
        ("channel", json!(null)),
        ("reference", json!(null)),
        ("delivery_address", json!(null)),
        ("contact", json!(null)),
        ("status", json!("pending")),
        ("version", json!(1)),
        ("currency", json!("EUR")),
        ("total", json!("37.50")),
        ("note", json!("Ring twice, \u{1f514}.")),
        ("order_items", json!([line])),
        ("processing_started_at", json!(null)),
        ("processing_completed_at", json!(null)),
        ("failure_reason", json!(null)),
    ] {
        assert_eq!(order[name], value, "{name}");
    }
    assert!(!order["number"].is_null() && order["created_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(order["created_at"], order["updated_at"]);
    assert_eq!(order.as_object().unwrap().len(), 19, "{order}");
    assert_eq!(shop.available(tin["id"].as_i64().unwrap()).await, 6);
}

async fn lines_of_one_product_are_summed(shop: Arc<Shop>) {
    let tin =
        shop.product(json!({"sku": "42", "name": "Tin", "price": "2.00", "quantity": 9})).await;
    let cup = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let items = json!([
        {"product": tin["id"], "quantity": 2},
        {"product": cup, "quantity": 1},
        {"product": "42", "quantity": 3},
        {"product": tin["public_id"], "quantity": 1},
    ]);
    let order = place(&shop, &ann, &json!({ "order_items": items })).await.expect(201);
    let lines = order["order_items"].as_array().unwrap();
    let mut sums: Vec<_> = lines.iter().map(|line| (&line["product"], &line["quantity"])).collect();
    sums.sort_by_key(|(product, _)| product.as_i64());
    assert_eq!(sums, [(&tin["id"], &json!(6)), (&json!(cup), &json!(1))]);
    assert_eq!(order["total"], "13.00");
    assert_eq!(shop.available(tin["id"].as_i64().unwrap()).await, 3);
    // Each line would fit, both together do not.
    let items = json!([{"product": cup, "quantity": 5}, {"product": cup, "quantity": 4}]);
    let answer = place(&shop, &ann, &json!({ "order_items": items })).await;
    let short = answer.problem(409, "out_of_stock");
    assert_eq!(short["lines"], json!([{"product": cup, "requested": 9, "available": 8}]));
}

async fn an_order_names_products_by_any_reference(shop: Arc<Shop>) {
    let tin = shop.product(json!({"sku": "TIN", "name": "Tin", "price": 1, "quantity": 9})).await;
    let ann = shop.customer("ann").await;
    let public_id = tin["public_id"].as_str().unwrap().to_uppercase();
    for product in [&tin["id"], &tin["public_id"], &json!(public_id), &json!("TIN")] {
        let body = json!({"order_items": [{"product": product, "quantity": 1}]});
        let order = place(&shop, &ann, &body).await.expect(201);
        assert_eq!(order["order_items"][0]["product"], tin["id"], "{product}");
    }
}

async fn a_sku_of_digits_is_not_an_id(shop: Arc<Shop>) {
    let digits = json!({"sku": "4006381333931", "name": "Ean", "price": 1, "quantity": 9});
    let ean = shop.product(digits).await;
    // Another product's id, as a sku.
    let one = shop.product(json!({"sku": "1", "name": "One", "price": 1, "quantity": 9})).await;
    assert_eq!((&ean["id"], &one["id"]), (&json!(1), &json!(2)));
    let ann = shop.customer("ann").await;
    for (product, meant) in
        [(json!("4006381333931"), &ean), (json!("1"), &one), (json!(1), &ean), (json!(2.0), &one)]
    {
        let body = json!({"order_items": [{"product": product, "quantity": 1}]});
        let order = place(&shop, &ann, &body).await.expect(201);
        assert_eq!(order["order_items"][0]["product"], meant["id"], "{product}");
    }
    for product in [json!("2"), json!(4_006_381_333_931_i64), json!("0".repeat(64))] {
        let body = json!({"order_items": [{"product": product, "quantity": 1}]});
        place(&shop, &ann, &body).await.problem(422, "unknown_product");
    }
    let long = json!({"order_items": [{"product": "0".repeat(65), "quantity": 1}]});
    let bad = place(&shop, &ann, &long).await.bad_fields(422, "invalid");
    assert_eq!(bad, ["order_items[0].product"]);
}

async fn what_the_buyer_expects_is_taken_when_it_is_right(shop: Arc<Shop>) {
    let tin = shop.tin("2.50", 90).await;
    let ann = shop.customer("ann").await;
    for (price, total) in [("2.5", "\"5.00\""), ("\"2.50\"", "5"), ("2.500", "5.0")] {
        let body = format!(
            r#"{{"order_items": [{{"product": {tin}, "quantity": 2, "price": {price}}}], "total": {total}}}"#
        );
        let ask = shop.ask("POST", ORDERS).raw("application/json", body).token(&ann.token);
        assert_eq!(ask.send().await.expect(201)["total"], "5.00");
    }
}

async fn an_order_stays_what_it_was_when_the_product_changes(shop: Arc<Shop>) {
    let tin = shop.tin("2.50", 9).await;
    let ann = shop.customer("ann").await;
    let order = shop.place(&ann, tin, 2).await.expect(201);
    let edit =
        json!({"name": "Gold tin", "price": "99.00", "sku": "GOLD", "description": "Shiny."});
    shop.patch(&format!("/api/catalog/products/{tin}"), &edit).send().await.expect(200);
    let shown = shop.get(&path(&order)).token(&ann.token).send().await.expect(200);
    assert_eq!(shown, order);
    assert_eq!(shop.place(&ann, tin, 1).await.expect(201)["total"], "99.00");
}

async fn a_cancelled_order_gives_its_stock_back_once(shop: Arc<Shop>) {
    let tin = shop.tin("2.50", 9).await;
    let ann = shop.customer("ann").await;
    let order = shop.place(&ann, tin, 4).await.expect(201);
    let cancel = async || {
        let ask = shop.ask("POST", &format!("{}/cancel", path(&order)));
        ask.token(&ann.token).send().await.expect(200)
    };
    let cancelled = cancel().await;
    assert_eq!([&cancelled["status"], &cancelled["version"]], [&json!("cancelled"), &json!(2)]);
    assert_eq!(shop.available(tin).await, 9);
    assert_eq!(cancel().await, cancelled, "again it is unchanged");
    assert_eq!(shop.available(tin).await, 9);
    let shown = shop.get(&path(&order)).token(&ann.token).send().await.expect(200);
    assert_eq!(shown, cancelled);
}

async fn who_may_cancel_depends_on_the_status(shop: Arc<Shop>) {
    let tin = shop.tin("2.50", 99).await;
    let ann = shop.customer("ann").await;
    let moves = [OrderStatus::Processing, OrderStatus::Completed];
    for (moves, customer, staff) in [
        (&moves[..0], 200, 200),
        (&moves[..1], 409, 200),
        (&moves[..], 409, 409),
        (&[OrderStatus::Processing, OrderStatus::Failed], 409, 409),
    ] {
        for (token, status) in [(&ann.token, customer), (&shop.staff, staff)] {
            let order = shop.place(&ann, tin, 1).await.expect(201);
            for to in moves {
                shop.move_order(&order, *to).await;
            }
            let ask = shop.ask("POST", &format!("{}/cancel", path(&order)));
            let answer = ask.token(token).send().await;
            assert_eq!(answer.status, status, "{moves:?}: {}", answer.text());
            match status {
                200 => assert_eq!(answer.json()["status"], "cancelled"),
                _ => drop(answer.problem(409, "not_cancellable")),
            }
        }
    }
    let none = format!("{ORDERS}/01890000-0000-7000-8000-000000000000/cancel");
    shop.ask("POST", &none).token(&shop.staff).send().await.problem(404, "not_found");
}

async fn an_order_shows_when_it_was_worked_on_and_why_that_failed(shop: Arc<Shop>) {
    use OrderStatus::{Completed, Failed, Pending, Processing};
    let tin = shop.tin("2.50", 99).await;
    let ann = shop.customer("ann").await;
    let placed = shop.place(&ann, tin, 1).await.expect(201);
    let (started, completed) = ("processing_started_at", "processing_completed_at");
    let mut before = placed.clone();
    // What each move writes, beside the status, the version and its own time; null is taken away.
    for (to, reason, written) in [
        (Processing, None, &[started][..]),
        (Failed, Some("no tins"), &[completed]),
        (Pending, None, &[]),
        (Processing, Some("again"), &[started]),
        (Completed, Some("at last"), &[completed]),
    ] {
        shop.move_for(&placed, to, reason).await;
        let order = shop.get(&path(&placed)).token(&ann.token).send().await.expect(200);
        assert_eq!(order["status"], to.name());
        assert_eq!(order["version"].as_i64(), before["version"].as_i64().map(|v| v + 1));
        assert_ne!(order["updated_at"], before["updated_at"], "{order}");
        assert_eq!(order["created_at"], placed["created_at"]);
        for name in [started, completed] {
            match written.contains(&name) {
                true => assert_eq!(order[name], order["updated_at"], "{name} of {order}"),
                false if to == Pending => assert_eq!(order[name], Value::Null, "{name} of {order}"),
                false => assert_eq!(order[name], before[name], "{name} of {order}"),
            }
        }
        let failure = if to == Failed { json!("no tins") } else { Value::Null };
        assert_eq!(order["failure_reason"], failure, "{order}");
        before = order;
    }
    let other = shop.place(&ann, tin, 1).await.expect(201);
    let cancel = shop.post(&format!("{}/cancel", path(&other)), &json!({"reason": "too late"}));
    let cancelled = cancel.token(&ann.token).send().await.expect(200);
    assert_eq!(cancelled["failure_reason"], Value::Null);
    let shown = shop.get(&path(&other)).token(&ann.token).send().await.expect(200);
    assert_eq!(shown, cancelled);
}

async fn an_order_of_somebody_else_is_not_there(shop: Arc<Shop>) {
    let tin = shop.tin("2.50", 9).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let order = shop.place(&ann, tin, 1).await.expect(201);
    let cancel = format!("{}/cancel", path(&order));
    shop.get(&path(&order)).token(&ben.token).send().await.problem(404, "not_found");
    shop.ask("POST", &cancel).token(&ben.token).send().await.problem(404, "not_found");
    let list = shop.get(ORDERS).token(&ben.token).send().await.expect(200);
    assert_eq!([&list["count"], &list["results"]], [&json!(0), &json!([])]);
    for query in ["status=pending".to_owned(), format!("customer={}", ann.id)] {
        let list = shop.get(&format!("{ORDERS}?{query}")).token(&ben.token).send().await;
        assert_eq!(list.expect(200)["results"], json!([]), "{query}");
    }
    // Nor are his own there when he asks for hers.
    let own = shop.place(&ben, tin, 1).await.expect(201);
    for (whose, count) in [(ann.id, 0), (ben.id, 1)] {
        let list = shop.get(&format!("{ORDERS}?customer={whose}")).token(&ben.token).send().await;
        let list = list.expect(200);
        assert_eq!(
            (&list["count"], list["results"].as_array().unwrap().len()),
            (&json!(count), count)
        );
    }
    let cancel_own = shop.ask("POST", &format!("{}/cancel", path(&own))).token(&ben.token);
    cancel_own.send().await.expect(200);
    let admin = shop.person("root", Role::Admin).await;
    for token in [&shop.staff, &admin.token] {
        let shown = shop.get(&path(&order)).token(token).send().await.expect(200);
        assert_eq!(shown, order);
        assert_eq!(shop.get(ORDERS).token(token).send().await.expect(200)["count"], 2);
    }
    for id in ["2", "3", "nonsense", "01890000-0000-7000-8000-000000000000", "%00", "%ff"] {
        let answer = shop.get(&format!("{ORDERS}/{id}")).token(&ann.token).send().await;
        answer.problem(404, "not_found");
    }
}
