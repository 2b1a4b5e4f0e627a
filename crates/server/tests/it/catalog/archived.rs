//! DELETE /api/catalog/products/{ref}: what is sold no more.

use super::{PRODUCTS, ids};
use crate::{
    app::{Shop, on_both_engines},
    client::Answer,
};
use serde_json::json;
use std::sync::Arc;

on_both_engines! {
    what_is_archived_is_found_nowhere_and_sold_no_more,
    an_archived_product_gives_its_sku_free,
    the_orders_of_an_archived_product_stay_what_they_are,
    who_archives_may_name_the_version_he_has_seen,
}

async fn archive(shop: &Shop, reference: &str) -> Answer {
    shop.ask("DELETE", &format!("{PRODUCTS}/{reference}")).token(&shop.staff).send().await
}

async fn what_is_archived_is_found_nowhere_and_sold_no_more(shop: Arc<Shop>) {
    let body = json!({"sku": "TIN", "name": "Mess tin", "price": 1, "quantity": 5});
    let (tin, cup) = (shop.product(body).await, shop.tin("1.00", 5).await);
    let (id, public_id) = (tin["id"].to_string(), tin["public_id"].as_str().unwrap());
    // The pages that show it are in the cache.
    shop.get(&format!("{PRODUCTS}/TIN")).send().await.expect(200);
    assert_eq!(shop.ids("ordering=created_at").await.len(), 2);
    let archived = archive(&shop, &id).await;
    assert!(archived.header("sutler-position").is_some());
    archived.expect_empty(204);
    let former = format!("sku:archived:{id}");
    let names = [id.as_str(), public_id, "TIN", &former, &format!("sku:{former}")];
    for name in names {
        let path = format!("{PRODUCTS}/{name}");
        shop.get(&path).send().await.problem(404, "not_found");
        shop.get(&path).token(&shop.staff).send().await.problem(404, "not_found");
        shop.patch(&path, &json!({"name": "x"})).send().await.problem(404, "not_found");
        archive(&shop, name).await.problem(404, "not_found");
    }
    for query in ["", "search=mess", &format!("id={id}&id={cup}"), "in_stock=true"] {
        assert_eq!(shop.ids(query).await, [cup], "{query}");
        let staffs = shop.get(&format!("{PRODUCTS}?{query}")).token(&shop.staff).send().await;
        assert_eq!(ids(&staffs), [cup], "{query}");
    }
    let ann = shop.customer("ann").await;
    for name in [json!(tin["id"]), json!(public_id), json!("TIN")] {
        let body = json!({"order_items": [{"product": cup, "quantity": 1}, {"product": name, "quantity": 1}]});
        let order = shop.post("/api/orders/orders", &body).token(&ann.token).send().await;
        assert_eq!(order.bad_fields(422, "unknown_product"), ["order_items[1].product"]);
        let lines = json!({"lines": [{"product": name, "delta": 1}]});
        let moved =
            shop.post("/api/catalog/inventory/batch", &lines).token(&shop.staff).send().await;
        assert_eq!(moved.bad_fields(422, "unknown_product"), ["lines[0].product"]);
    }
}

async fn an_archived_product_gives_its_sku_free(shop: Arc<Shop>) {
    let body = json!({"sku": "TIN", "name": "Mess tin", "price": 1, "quantity": 5});
    let mut seen = vec![];
    for _ in 0..3 {
        let made = shop.product(body.clone()).await;
        shop.post(PRODUCTS, &body).token(&shop.staff).send().await.problem(409, "sku_taken");
        let shown = shop.get(&format!("{PRODUCTS}/TIN")).send().await.expect(200);
        assert_eq!(shown["id"], made["id"]);
        assert!(!seen.contains(&made["id"]));
        seen.push(made["id"].clone());
        archive(&shop, "TIN").await.expect_empty(204);
    }
    // Another one may be given it too.
    let cup = shop.tin("1.00", 5).await;
    let given = shop.patch(&format!("{PRODUCTS}/{cup}"), &json!({"sku": "TIN"})).send().await;
    assert_eq!(given.expect(200)["sku"], "TIN");
    // And nobody can choose what they are called since.
    for sku in ["sku:archived:1", "sku:archived:99"] {
        let body = json!({"sku": sku, "name": "x", "price": 1});
        let create = shop.post(PRODUCTS, &body).token(&shop.staff).send().await;
        assert_eq!(create.bad_fields(422, "invalid"), ["sku"]);
    }
}

async fn the_orders_of_an_archived_product_stay_what_they_are(shop: Arc<Shop>) {
    let body = json!({"sku": "TIN", "name": "Mess tin", "price": "2.50", "quantity": 5});
    let tin = shop.product(body.clone()).await["id"].as_i64().unwrap();
    let ann = shop.customer("ann").await;
    let order = shop.place(&ann, tin, 2).await.expect(201);
    archive(&shop, "TIN").await.expect_empty(204);
    let other = shop.product(body).await["id"].as_i64().unwrap();
    let path = format!("/api/orders/orders/{}", order["id"].as_str().unwrap());
    let shown = shop.get(&path).token(&ann.token).send().await.expect(200);
    assert_eq!(shown, order);
    let line = &shown["order_items"][0];
    assert_eq!(
        [&line["product"], &line["sku"], &line["name"]],
        [&json!(tin), &json!("TIN"), &json!("Mess tin")]
    );
    // What comes back lies on its own shelf, and not on that of who has its sku now.
    let cancel = shop.ask("POST", &format!("{path}/cancel")).token(&ann.token).send().await;
    assert_eq!(cancel.expect(200)["status"], "cancelled");
    assert_eq!((shop.available(tin).await, shop.available(other).await), (5, 5));
}

async fn who_archives_may_name_the_version_he_has_seen(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 5).await;
    let path = format!("{PRODUCTS}/{tin}");
    let old = shop.get(&path).send().await.header("etag").unwrap().to_owned();
    let edited = shop.patch(&path, &json!({"name": "Billy can"})).send().await;
    let new = edited.header("etag").unwrap().to_owned();
    let delete =
        |tag: &str| shop.ask("DELETE", &path).token(&shop.staff).header("If-Match", tag).send();
    let late = delete(&old).await.problem(412, "version_mismatch");
    assert_eq!(late["version"], 2);
    delete(&new).await.expect_empty(204);
}
