//! /api/catalog/inventory and products/{ref}/stock: what lies where, and why.

use super::PRODUCTS;
use crate::{
    app::{PUBLIC_URL, Shop, on_both_engines},
    client::Answer,
};
use domain::{ArchiveProduct, ProductId, ProductRef};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

on_both_engines! {
    the_inventory_lists_what_is_sold_and_what_is_low,
    the_inventory_and_a_ledger_go_on_by_cursor,
    stock_is_explained_in_figures_that_add_up,
    the_orders_that_have_units_are_told_when_asked_for,
    an_archived_product_is_explained_by_its_id,
    what_was_written_beside_the_shop_is_said_and_repaired,
    a_repair_with_a_key_happens_once,
}

async fn ask(shop: &Shop, path: &str) -> Answer {
    shop.get(path).token(&shop.staff).send().await
}

async fn tent(shop: &Shop, sku: &str, quantity: i64, threshold: Value) -> i64 {
    let body = json!({"sku": sku, "name": sku, "price": 1, "quantity": quantity,
        "low_stock_threshold": threshold});
    shop.product(body).await["id"].as_i64().unwrap()
}

async fn archive(shop: &Shop, product: i64) {
    let product = ProductRef::Id(ProductId(product));
    shop.command(ArchiveProduct { product, versions: None }).await;
}

async fn movement(shop: &Shop, lines: Value) {
    let body = json!({ "lines": lines });
    shop.post("/api/catalog/inventory/batch", &body).token(&shop.staff).send().await.expect(200);
}

async fn inventory(shop: &Shop, query: &str) -> Vec<(String, i64, bool)> {
    let list = ask(shop, &format!("/api/catalog/inventory?{query}")).await.expect(200);
    let row = |row: &Value| {
        let sku = row["sku"].as_str().unwrap().to_owned();
        (sku, row["on_hand"].as_i64().unwrap(), row["is_low"].as_bool().unwrap())
    };
    list["results"].as_array().unwrap().iter().map(row).collect()
}

async fn the_inventory_lists_what_is_sold_and_what_is_low(shop: Arc<Shop>) {
    let at = tent(&shop, "AT", 3, json!(3)).await;
    tent(&shop, "ABOVE", 4, json!(3)).await;
    tent(&shop, "NONE", 0, json!(null)).await;
    let gone = tent(&shop, "GONE", 0, json!(9)).await;
    archive(&shop, gone).await;
    let row = |sku: &str, on_hand, is_low| (sku.to_owned(), on_hand, is_low);
    let (at_it, above, none) = (row("AT", 3, true), row("ABOVE", 4, false), row("NONE", 0, false));
    for (query, found) in [
        ("", vec![at_it.clone(), above.clone(), none.clone()]),
        ("low=true", vec![at_it.clone()]),
        ("low=false", vec![above.clone(), none]),
        ("search=abo", vec![above.clone()]),
        ("search=abo&low=true", vec![]),
    ] {
        assert_eq!(inventory(&shop, query).await, found, "{query}");
    }
    movement(&shop, json!([{"product": "ABOVE", "delta": -1}, {"product": "AT", "delta": 1}]))
        .await;
    assert_eq!(inventory(&shop, "low=true").await, [row("ABOVE", 3, true)]);
    let list = ask(&shop, "/api/catalog/inventory?limit=1").await.expect(200);
    assert_eq!((&list["count"], &list["count_is_exact"]), (&json!(3), &json!(true)));
    let expected = json!({
        "product": at, "sku": "AT", "name": "AT", "on_hand": 4, "reserved": 0, "available": 4,
        "low_stock_threshold": 3, "is_low": false, "url": format!("{PUBLIC_URL}{PRODUCTS}/{at}"),
    });
    assert_eq!(list["results"], json!([expected]));
    let bad = ask(&shop, "/api/catalog/inventory?low=perhaps&colour=red").await;
    assert_eq!(bad.bad_fields(422, "invalid"), ["colour", "low"]);
}

/// All rows of a list, by its own links.
async fn all(shop: &Shop, path: &str) -> Vec<Value> {
    let (mut rows, mut next) = (Vec::new(), Some(format!("{path}?cursor=&limit=2")));
    while let Some(path) = next {
        let list = ask(shop, &path).await.expect(200);
        rows.extend(list["results"].as_array().unwrap().clone());
        next = list["next"].as_str().map(|link| link.replace(PUBLIC_URL, ""));
    }
    rows
}

async fn the_inventory_and_a_ledger_go_on_by_cursor(shop: Arc<Shop>) {
    for number in 0..5 {
        tent(&shop, &format!("T{number}"), 1, json!(null)).await;
    }
    let rows = all(&shop, "/api/catalog/inventory").await;
    let skus: Vec<&str> = rows.iter().map(|row| row["sku"].as_str().unwrap()).collect();
    assert_eq!(skus, ["T0", "T1", "T2", "T3", "T4"]);
    for delta in [2, -1, 3, 4] {
        movement(&shop, json!([{"product": "T0", "delta": delta, "reason": "count"}])).await;
    }
    let entries = all(&shop, &format!("{PRODUCTS}/T0/stock-entries")).await;
    let told: Vec<(i64, &str)> = entries
        .iter()
        .map(|entry| (entry["delta"].as_i64().unwrap(), entry["kind"].as_str().unwrap()))
        .collect();
    let receipt = "receipt";
    assert_eq!(told, [(4, receipt), (3, receipt), (-1, "adjustment"), (2, receipt), (1, receipt)]);
    let ids: BTreeSet<i64> = entries.iter().map(|entry| entry["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.len(), 5);
    assert_eq!((&entries[0]["reason"], &entries[4]["reason"]), (&json!("count"), &json!(null)));
    assert_eq!(entries[0]["actor"]["kind"], "account");
    let list = ask(&shop, &format!("{PRODUCTS}/T0/stock-entries")).await.expect(200);
    assert_eq!(list["count"], 5);
}

async fn stock_is_explained_in_figures_that_add_up(shop: Arc<Shop>) {
    let product = tent(&shop, "TENT", 20, json!(5)).await;
    let lines = json!([{"product": product, "delta": 7}, {"product": product, "delta": -2},
        {"product": product, "set": 24}]);
    movement(&shop, lines).await;
    let customer = shop.customer("ann").await;
    shop.place(&customer, product, 4).await.expect(201);
    let order = shop.place(&customer, product, 3).await.expect(201);
    let cancel = format!("/api/orders/orders/{}/cancel", order["id"].as_str().unwrap());
    shop.ask("POST", &cancel).token(&customer.token).send().await.expect(200);
    for reference in ["TENT", &product.to_string()] {
        let path = format!("{PRODUCTS}/{reference}/stock");
        let stock = ask(&shop, &path).await.expect(200);
        let expected = json!({
            "product": product, "sku": "TENT", "on_hand": 20, "reserved": 0, "available": 20,
            "low_stock_threshold": 5, "is_low": false,
            "made_of": {"received": 27, "corrected": -3, "sold": 7, "returned": 3, "held": 0},
            "unexplained": {"on_hand": 0, "reserved": 0},
            "detail": null, "url": format!("{PUBLIC_URL}{PRODUCTS}/{product}"),
        });
        assert_eq!(stock, expected);
    }
    let kinds = ask(&shop, &format!("{PRODUCTS}/TENT/stock-entries")).await.expect(200);
    let newest = &kinds["results"][0];
    assert_eq!((&newest["kind"], &newest["correlation_id"]), (&json!("return"), &json!(null)));
    ask(&shop, &format!("{PRODUCTS}/nothing/stock")).await.problem(404, "not_found");
    ask(&shop, &format!("{PRODUCTS}/nothing/stock-entries")).await.problem(404, "not_found");
}

async fn the_orders_that_have_units_are_told_when_asked_for(shop: Arc<Shop>) {
    let (tent, tin) = (shop.tin("1.00", 9).await, shop.tin("1.00", 9).await);
    let customer = shop.customer("ann").await;
    let one = shop.place(&customer, tent, 2).await.expect(201);
    shop.place(&customer, tin, 1).await.expect(201);
    let gone = shop.place(&customer, tent, 1).await.expect(201);
    let two = shop.place(&customer, tent, 3).await.expect(201);
    let cancel = format!("/api/orders/orders/{}/cancel", gone["id"].as_str().unwrap());
    shop.ask("POST", &cancel).token(&customer.token).send().await.expect(200);
    let path = format!("{PRODUCTS}/{tent}/stock?detail=true");
    let detail = ask(&shop, &path).await.expect(200)["detail"].clone();
    let told = |order: &Value, quantity: i64| {
        json!({"id": order["id"], "number": order["number"], "status": "pending",
            "quantity": quantity, "url": order["url"]})
    };
    assert_eq!(
        detail,
        json!({"orders": [told(&two, 3), told(&one, 2)], "carts": [], "next": null})
    );
    let below = format!("{path}&below={}", two["id"].as_str().unwrap());
    let detail = ask(&shop, &below).await.expect(200)["detail"].clone();
    assert_eq!(detail["orders"], json!([told(&one, 2)]));
}

async fn an_archived_product_is_explained_by_its_id(shop: Arc<Shop>) {
    let product = tent(&shop, "OLD", 4, json!(null)).await;
    let path = format!("{PRODUCTS}/{product}");
    archive(&shop, product).await;
    let stock = ask(&shop, &format!("{path}/stock")).await.expect(200);
    assert_eq!((&stock["sku"], &stock["made_of"]["received"]), (&json!("OLD"), &json!(4)));
    assert_eq!(ask(&shop, &format!("{path}/stock-entries")).await.expect(200)["count"], 1);
    ask(&shop, &format!("{PRODUCTS}/OLD/stock")).await.problem(404, "not_found");
}

async fn what_was_written_beside_the_shop_is_said_and_repaired(shop: Arc<Shop>) {
    let product = tent(&shop, "TENT", 10, json!(null)).await;
    shop.sql(&format!("update stock set on_hand = 13, reserved = 2 where product_id = {product}"))
        .await;
    let path = format!("{PRODUCTS}/TENT/stock");
    let unexplained = async || ask(&shop, &path).await.expect(200)["unexplained"].clone();
    assert_eq!(unexplained().await, json!({"on_hand": 3, "reserved": 2}));
    let repair = format!("{path}/repair");
    for (body, bad) in [(json!({}), "reason"), (json!({"reason": " "}), "reason")] {
        let refused = shop.post(&repair, &body).token(&shop.staff).send().await;
        assert_eq!(refused.bad_fields(422, "invalid"), [bad]);
    }
    let shown = async || ask(&shop, PRODUCTS).await.expect(200)["results"][0]["quantity"].clone();
    assert_eq!(shown().await, 11);
    let body = json!({"reason": "counted by hand"});
    let done = shop.post(&repair, &body).token(&shop.staff).send().await;
    assert_eq!(shown().await, 13, "a page of before is shown no more");
    assert!(done.header("sutler-position").is_some());
    let expected = json!({"product": product, "entered": 3, "freed": 2, "on_hand": 13, "reserved": 0,
        "available": 13});
    assert_eq!(done.expect(200), expected);
    assert_eq!(unexplained().await, json!({"on_hand": 0, "reserved": 0}));
    let entries = ask(&shop, &format!("{PRODUCTS}/TENT/stock-entries")).await.expect(200);
    let newest = &entries["results"][0];
    assert_eq!(
        [&newest["kind"], &newest["delta"], &newest["reason"]],
        [&json!("adjustment"), &json!(3), &json!("counted by hand")]
    );
    let trail = format!("/api/audit?subject=product:{product}&kind=stock.repaired");
    let told = ask(&shop, &trail).await.expect(200);
    let (before, after) = (&told["results"][0]["before"], &told["results"][0]["after"]);
    assert_eq!(before, &json!({"entered": 10, "reserved": 2}));
    assert_eq!(after, &json!({"entered": 13, "reserved": 0}));
    let nothing = shop.post(&format!("{PRODUCTS}/nothing/stock/repair"), &body);
    nothing.token(&shop.staff).send().await.problem(404, "not_found");
}

async fn a_repair_with_a_key_happens_once(shop: Arc<Shop>) {
    let product = tent(&shop, "TENT", 10, json!(null)).await;
    let beside = format!("update stock set on_hand = on_hand - 1 where product_id = {product}");
    let path = format!("{PRODUCTS}/TENT/stock/repair");
    let repair = async |reason: &str| {
        let body = json!({ "reason": reason });
        shop.post(&path, &body).token(&shop.staff).key("once").send().await
    };
    shop.sql(&beside).await;
    let first = repair("lost").await.expect(200);
    assert_eq!(first["entered"], -1);
    shop.sql(&beside).await;
    let again = repair("lost").await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(200), first);
    repair("found").await.problem(422, "idempotency_key_reused");
    let body = json!({"reason": "lost again"});
    let second = shop.post(&path, &body).token(&shop.staff).send().await.expect(200);
    assert_eq!((&second["entered"], &second["on_hand"]), (&json!(-1), &json!(8)));
}
