//! /api/orders/orders: placing an order, the history, and taking it back.

mod history;
mod keys;
mod races;
mod refusals;

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
    what_the_buyer_expects_is_taken_when_it_is_right,
    an_order_stays_what_it_was_when_the_product_changes,
    a_cancelled_order_gives_its_stock_back_once,
    who_may_cancel_depends_on_the_status,
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
    assert_eq!(order.as_object().unwrap().len(), 17, "{order}");
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
        {"product": "sku:42", "quantity": 3},
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
    let id = tin["id"].to_string();
    for product in [&tin["id"], &json!(id), &tin["public_id"], &json!("TIN"), &json!("sku:TIN")] {
        let body = json!({"order_items": [{"product": product, "quantity": 1}]});
        let order = place(&shop, &ann, &body).await.expect(201);
        assert_eq!(order["order_items"][0]["product"], tin["id"], "{product}");
    }
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
    let admin = shop.person("root", Role::Admin).await;
    for token in [&shop.staff, &admin.token] {
        let shown = shop.get(&path(&order)).token(token).send().await.expect(200);
        assert_eq!(shown, order);
        assert_eq!(shop.get(ORDERS).token(token).send().await.expect(200)["count"], 1);
    }
    for id in ["1", "nonsense", "01890000-0000-7000-8000-000000000000", "%00", "%ff"] {
        let answer = shop.get(&format!("{ORDERS}/{id}")).token(&ann.token).send().await;
        answer.problem(404, "not_found");
    }
}
