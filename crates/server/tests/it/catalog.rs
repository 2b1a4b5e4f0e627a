//! /api/catalog/products: what visitors see.

mod archived;
mod bounds;
mod categories;
mod creation;
mod edits;
mod imports;
mod ledger;
mod low;
mod most;
mod paging;
mod places;
mod replaced;
mod sheets;
mod sight;

use crate::{
    app::{PUBLIC_URL, Shop, on_both_engines, until},
    client::Answer,
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    a_product_shows_all_that_the_contract_names,
    a_product_is_found_by_its_id_its_public_id_and_its_sku,
    what_is_not_there_is_not_found,
    customers_do_not_see_what_is_out_of_stock,
    a_list_is_filtered,
    a_search_looks_at_names_skus_and_descriptions,
    every_bad_part_of_a_query_is_named,
    what_a_client_has_is_not_sent_again,
    a_sale_is_seen_within_a_second,
}

pub const PRODUCTS: &str = "/api/catalog/products";

async fn a_product_shows_all_that_the_contract_names(shop: Arc<Shop>) {
    shop.category("cooking", None).await;
    let made = shop
        .product(json!({
            "sku": "TIN-1", "name": "Mess tin", "description": "Holds a pint.", "price": "12.5",
            "image_url": "https://img.example/tin.png", "category": "cooking", "quantity": 7,
        }))
        .await;
    let path = format!("{PRODUCTS}/{}", made["id"]);
    let shown = shop.get(&path).send().await.expect(200);
    assert_eq!(shown, made);
    for (name, value) in [
        ("sku", json!("TIN-1")),
        ("name", json!("Mess tin")),
        ("description", json!("Holds a pint.")),
        ("image_url", json!("https://img.example/tin.png")),
        ("price", json!("12.50")),
        ("currency", json!("EUR")),
        ("quantity", json!(7)),
        ("in_stock", json!(true)),
        ("category", json!("cooking")),
        ("version", json!(1)),
        ("url", json!(format!("{PUBLIC_URL}{path}"))),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    assert!(shown["id"].is_i64() && shown["created_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(shown["created_at"], shown["updated_at"]);
    assert_eq!(shown["public_id"].as_str().unwrap().len(), 36);
    assert_eq!(shown.as_object().unwrap().len(), 18, "{shown}");
    let list = shop.get(PRODUCTS).send().await.expect(200);
    let page = json!({
        "count": 1, "count_is_exact": true, "next": null, "previous": null, "results": [shown],
    });
    assert_eq!(list, page);
}

async fn a_product_is_found_by_its_id_its_public_id_and_its_sku(shop: Arc<Shop>) {
    let plain = shop.product(json!({"sku": "TIN-2/a?#b", "name": "Tin", "price": 1})).await;
    let digits = shop.product(json!({"sku": "424242", "name": "Digits", "price": 1})).await;
    let made = shop.product(json!({"name": "No sku given", "price": 1})).await;
    let text = |product: &Value, name: &str| product[name].as_str().unwrap().to_owned();
    let made_sku = text(&made, "sku");
    assert!(!made_sku.is_empty());
    for (reference, found) in [
        (plain["id"].to_string(), &plain),
        (text(&plain, "public_id"), &plain),
        (text(&plain, "public_id").to_uppercase(), &plain),
        ("TIN-2%2Fa%3F%23b".to_owned(), &plain),
        ("sku:TIN-2%2Fa%3F%23b".to_owned(), &plain),
        ("sku:424242".to_owned(), &digits),
        (format!("sku:{made_sku}"), &made),
        (made_sku, &made),
    ] {
        let answer = shop.get(&format!("{PRODUCTS}/{reference}")).send().await;
        assert_eq!(&answer.expect(200), found, "{reference}");
    }
    // Digits are an id, and nothing else, as many as an id can have.
    for nowhere in ["424242".to_owned(), "0".repeat(19), "0".repeat(65)] {
        shop.get(&format!("{PRODUCTS}/{nowhere}")).send().await.problem(404, "not_found");
    }
    let long = shop.product(json!({"sku": "9".repeat(20), "name": "Long", "price": 1})).await;
    let shown = shop.get(&format!("{PRODUCTS}/{}", "9".repeat(20))).send().await;
    assert_eq!(shown.expect(200), long);
}

async fn what_is_not_there_is_not_found(shop: Arc<Shop>) {
    for reference in [
        "1",
        "0",
        "-1",
        "99999999999999999999999999",
        "01890000-0000-7000-8000-000000000000",
        "no-such-sku",
        "sku:",
        "sku:no-such-sku",
        "%00",
        "%ff%fe",
        "%E2%82%AC",
        "a%2Fb",
    ] {
        let answer = shop.get(&format!("{PRODUCTS}/{reference}")).send().await;
        assert_eq!(answer.status, 404, "{reference}: {}", answer.text());
        answer.problem(404, "not_found");
    }
}

async fn customers_do_not_see_what_is_out_of_stock(shop: Arc<Shop>) {
    let (there, gone) = (shop.tin("1.00", 1).await, shop.tin("1.00", 0).await);
    let customer = shop.customer("ann").await;
    let list = async |token: &str, query: &str| {
        let ask = shop.get(&format!("{PRODUCTS}?ordering=created_at{query}"));
        let ask = if token.is_empty() { ask } else { ask.token(token) };
        ids(&ask.send().await)
    };
    for token in ["", &customer.token] {
        assert_eq!(list(token, "").await, [there]);
        assert_eq!(list(token, "&in_stock=false").await, [gone]);
        assert_eq!(list(token, "&in_stock=true").await, [there]);
    }
    assert_eq!(list(&shop.staff, "").await, [there, gone]);
    assert_eq!(list(&shop.staff, "&in_stock=true").await, [there]);
    // It is not a secret: whoever has its address may look.
    let shown = shop.get(&format!("{PRODUCTS}/{gone}")).send().await.expect(200);
    assert_eq!([&shown["quantity"], &shown["in_stock"]], [&json!(0), &json!(false)]);
    let open = shop.second_node(&[("hide_out_of_stock", "false")]).await;
    assert_eq!(open.ids("ordering=created_at").await, [there, gone]);
}

pub fn ids(answer: &Answer) -> Vec<i64> {
    let list = answer.expect(200);
    let results = list["results"].as_array().unwrap();
    results.iter().map(|product| product["id"].as_i64().unwrap()).collect()
}

async fn a_list_is_filtered(shop: Arc<Shop>) {
    shop.category("camp", None).await;
    shop.category("tents", Some("camp")).await;
    shop.category("poles", Some("tents")).await;
    shop.category("drink", None).await;
    let mut ids = Vec::new();
    for (name, price, category) in [
        ("Red Tent", "100.00", json!("tents")),
        ("Pole", "10.00", json!("poles")),
        ("Stool", "20.01", json!("camp")),
        ("Red Wine", "9.99", json!("drink")),
        ("Odd 50% _x_ thing", "20.00", json!(null)),
    ] {
        let body = json!({"name": name, "price": price, "category": category, "quantity": 1});
        ids.push(shop.product(body).await["id"].as_i64().unwrap());
    }
    let id = |place: usize| ids[place];
    let several = format!("id={}&id={}&id=999999", id(4), id(1));
    for (query, found) in [
        ("category=camp", vec![0, 1, 2]),
        ("category=tents", vec![0, 1]),
        ("category=poles", vec![1]),
        ("category=no-such", vec![]),
        ("min_price=20.00", vec![0, 2, 4]),
        ("max_price=20", vec![1, 3, 4]),
        ("min_price=9.99&max_price=10.00", vec![1, 3]),
        ("min_price=20&max_price=10", vec![]),
        (several.as_str(), vec![1, 4]),
        ("search=red", vec![0, 3]),
        ("search=RED+te", vec![0]),
        ("search=50%25", vec![4]),
        ("search=_x_", vec![4]),
        ("search=%25", vec![4]),
        ("search=zebra", vec![]),
        ("category=camp&search=red&min_price=1", vec![0]),
    ] {
        let expected: Vec<i64> = found.into_iter().map(id).collect();
        assert_eq!(shop.ids(&format!("ordering=created_at&{query}")).await, expected, "{query}");
    }
    let prices = ["ordering=price", "ordering=-price", "ordering=name", "ordering=-name"];
    let orders = [[3, 1, 4, 2, 0], [0, 2, 4, 1, 3], [4, 1, 0, 3, 2], [2, 3, 0, 1, 4]];
    for (query, order) in prices.into_iter().zip(orders) {
        assert_eq!(shop.ids(query).await, order.map(id), "{query}");
    }
}

async fn a_search_looks_at_names_skus_and_descriptions(shop: Arc<Shop>) {
    let mut all = Vec::new();
    for (sku, name, description) in [
        ("ONE", "Mess tin", "Holds a pint."),
        ("TIN-2", "Cup", "Chipped."),
        ("3", "Jug", "Of tin."),
    ] {
        let body = json!({
            "sku": sku, "name": name, "description": description, "price": 1, "quantity": 1,
        });
        all.push(shop.product(body).await["id"].as_i64().unwrap());
    }
    for (words, found) in [
        ("tin", &all[..]),
        ("mess+tin", &all[..1]),
        ("a+pint", &all[..1]),
        ("in-2", &all[1..2]),
        ("of+tin.", &all[2..]),
        ("tin+pint", &[]),
    ] {
        let query = format!("ordering=created_at&search={words}");
        assert_eq!(shop.ids(&query).await, found, "{words}");
    }
}

async fn every_bad_part_of_a_query_is_named(shop: Arc<Shop>) {
    for (query, bad) in [
        ("limit=0", vec!["limit"]),
        ("limit=101", vec!["limit"]),
        ("limit=ten&offset=-1", vec!["limit", "offset"]),
        ("page=0", vec!["page"]),
        ("colour=red&size=9", vec!["colour", "size"]),
        ("ordering=colour", vec!["ordering"]),
        ("ordering=--price", vec!["ordering"]),
        ("in_stock=perhaps", vec!["in_stock"]),
        ("min_price=cheap&max_price=1.001", vec!["max_price", "min_price"]),
        ("min_price=1e3", vec!["min_price"]),
        ("id=x", vec!["id"]),
        ("search=%00", vec!["search"]),
        ("in_stock=%00&min_price=%", vec!["in_stock", "min_price"]),
        ("category=%00", vec!["category"]),
        ("offset=10001", vec!["offset"]),
        ("offset=99999999999999999999999", vec!["offset"]),
        ("page=9223372036854775807", vec!["page"]),
        ("cursor=nonsense", vec!["cursor"]),
        ("limit=1&limit=2", vec!["limit"]),
        ("limit=", vec!["limit"]),
    ] {
        let answer = shop.get(&format!("{PRODUCTS}?{query}")).send().await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.text());
        assert_eq!(answer.bad_fields(422, "invalid"), bad, "{query}");
        let errors = answer.json()["errors"].as_array().map_or(0, Vec::len);
        assert_eq!(errors, bad.len(), "one cause is one error: {}", answer.text());
    }
    for query in
        ["offset=0&page=1", "offset=0&cursor=", "page=1&cursor=", "offset=0&page=1&cursor="]
    {
        shop.get(&format!("{PRODUCTS}?{query}")).send().await.problem(422, "invalid");
    }
    let product = shop.tin("1.00", 1).await;
    let answer = shop.get(&format!("{PRODUCTS}/{product}?verbose=1")).send().await;
    assert_eq!(answer.bad_fields(422, "invalid"), ["verbose"]);
}

async fn what_a_client_has_is_not_sent_again(shop: Arc<Shop>) {
    let product = shop.tin("1.00", 5).await;
    let detail = format!("{PRODUCTS}/{product}");
    for path in [detail.as_str(), PRODUCTS] {
        let first = shop.get(path).send().await;
        let tag = first.header("etag").unwrap_or_else(|| panic!("{path} has no ETag"));
        for known in [tag, "*", &format!("\"other\", {tag}"), &format!("W/{tag}")] {
            let again = shop.get(path).header("If-None-Match", known).send().await;
            assert_eq!((again.status, again.header("etag")), (304, Some(tag)), "{path} {known}");
        }
        shop.get(path).header("If-None-Match", "\"other\"").send().await.expect(200);
    }
    let before = shop.get(&detail).send().await;
    shop.patch(&detail, &json!({"name": "Billy can"})).send().await.expect(200);
    for path in [detail.as_str(), PRODUCTS] {
        let tag = before.header("etag").unwrap();
        let after = shop.get(path).header("If-None-Match", tag).send().await;
        assert!(after.text().contains("Billy can"), "{}", after.text());
    }
}

async fn a_sale_is_seen_within_a_second(shop: Arc<Shop>) {
    let product = shop.tin("1.00", 5).await;
    let path = format!("{PRODUCTS}/{product}");
    let before = shop.get(&path).send().await.expect(200);
    let customer = shop.customer("ann").await;
    shop.place(&customer, product, 2).await.expect(201);
    until("the sale in the detail", async || {
        shop.get(&path).send().await.expect(200)["quantity"] == 3
    })
    .await;
    let after = shop.get(&path).send().await.expect(200);
    assert_eq!(after["version"], before["version"], "a version rises by edits, not by sales");
    let uncached = shop.second_node(&[("catalog_cache_ttl", "0s")]).await;
    shop.place(&customer, product, 1).await.expect(201);
    assert_eq!(uncached.get(&path).send().await.expect(200)["quantity"], 2);
}
