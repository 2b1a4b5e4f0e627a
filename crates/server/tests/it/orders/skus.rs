//! GET /api/orders/orders by number, and by the sku of what was ordered.

use super::{ORDERS, place};
use crate::app::{Person, Shop, on_both_engines};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    a_history_is_sorted_by_number_either_way,
    an_order_is_found_by_its_number,
    orders_are_found_by_what_was_sold_in_them,
    orders_of_a_sku_are_walked_by_cursors_only,
}

async fn list(shop: &Shop, token: &str, query: &str) -> Value {
    shop.get(&format!("{ORDERS}?{query}")).token(token).send().await.expect(200)
}

fn numbers(list: &Value) -> Vec<i64> {
    let results = list["results"].as_array().unwrap();
    results.iter().map(|order| order["number"].as_i64().unwrap()).collect()
}

/// Tins and cups in turn, and both in every third order.
async fn sold(shop: &Shop, person: &Person, count: i64) {
    for (sku, name) in [("TIN", "Mess tin"), ("CUP", "Cup")] {
        shop.product(json!({"sku": sku, "name": name, "price": 1, "quantity": 99})).await;
    }
    for number in 1..=count {
        let skus = match number % 3 {
            0 => &["TIN", "CUP"][..],
            1 => &["TIN"],
            _ => &["CUP"],
        };
        let items: Value = skus.iter().map(|sku| json!({"product": sku, "quantity": 1})).collect();
        place(shop, person, &json!({ "order_items": items })).await.expect(201);
    }
}

async fn a_history_is_sorted_by_number_either_way(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    sold(&shop, &ann, 7).await;
    for (ordering, expected) in [
        ("", [7, 6, 5, 4, 3, 2, 1]),
        ("ordering=-number&", [7, 6, 5, 4, 3, 2, 1]),
        ("ordering=number&", [1, 2, 3, 4, 5, 6, 7]),
    ] {
        for start in ["offset=0", "cursor="] {
            let (mut query, mut found) = (format!("{ordering}limit=3&{start}"), Vec::new());
            loop {
                let page = list(&shop, &ann.token, &query).await;
                found.extend(numbers(&page));
                let Some(next) = page["next"].as_str() else { break };
                query = next.split_once('?').unwrap().1.to_owned();
            }
            assert_eq!(found, expected, "{ordering} {start}");
        }
    }
}

async fn an_order_is_found_by_its_number(shop: Arc<Shop>) {
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    sold(&shop, &ann, 3).await;
    for (token, query, found) in [
        (&shop.staff, "number=2", &[2][..]),
        (&shop.staff, "number=4", &[]),
        (&shop.staff, "number=2&status=cancelled", &[]),
        (&ann.token, "number=3", &[3]),
        (&ben.token, "number=3", &[]),
    ] {
        let page = list(&shop, token, query).await;
        assert_eq!(numbers(&page), found, "{query}");
        assert_eq!(page["count"], found.len(), "{query}");
    }
    let answer = shop.get(&format!("{ORDERS}?number=0&sku=sku:x")).token(&shop.staff).send().await;
    assert_eq!(answer.bad_fields(422, "invalid"), ["number", "sku"]);
}

async fn orders_are_found_by_what_was_sold_in_them(shop: Arc<Shop>) {
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    sold(&shop, &ann, 7).await;
    // It is found by what it was called when it was ordered.
    let renamed = json!({ "sku": "POT" });
    shop.patch("/api/catalog/products/TIN", &renamed).send().await.expect(200);
    let items = json!([{"product": "POT", "quantity": 1}]);
    place(&shop, &ben, &json!({ "order_items": items })).await.expect(201);
    for (token, query, found) in [
        (&shop.staff, "sku=TIN", &[7, 6, 4, 3, 1][..]),
        (&shop.staff, "sku=TIN&ordering=number", &[1, 3, 4, 6, 7]),
        (&shop.staff, "sku=CUP&placed_before=2020-01-01T00:00:00Z", &[]),
        (&shop.staff, "sku=tin", &[]),
        (&shop.staff, "sku=POT", &[8]),
        (&shop.staff, "sku=CUP&number=2", &[2]),
        (&ann.token, "sku=POT", &[]),
        (&ben.token, "sku=POT", &[8]),
        (&ben.token, "sku=TIN", &[]),
    ] {
        let page = list(&shop, token, query).await;
        assert_eq!(numbers(&page), found, "{query}");
        assert_eq!(page["next"], Value::Null, "{query}");
        assert_eq!([&page["count"], &page["count_is_exact"]], [&json!(null), &json!(false)]);
    }
    let of_another = format!("sku=TIN&customer={}", ann.id);
    assert!(numbers(&list(&shop, &ben.token, &of_another).await).is_empty());
    // All that an order has is shown, not only the line that it was found by.
    let page = list(&shop, &shop.staff, "sku=CUP&number=3").await;
    assert_eq!(page["results"][0]["order_items"].as_array().unwrap().len(), 2);
}

async fn orders_of_a_sku_are_walked_by_cursors_only(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    sold(&shop, &ann, 11).await;
    for (ordering, expected) in
        [("number", [1, 3, 4, 6, 7, 9, 10]), ("-number", [10, 9, 7, 6, 4, 3, 1])]
    {
        let (mut query, mut found) = (format!("sku=TIN&limit=2&ordering={ordering}"), Vec::new());
        loop {
            let page = list(&shop, &ann.token, &query).await;
            assert!(numbers(&page).len() <= 2 && page["previous"].is_null(), "{page}");
            found.extend(numbers(&page));
            let Some(next) = page["next"].as_str() else { break };
            assert!(next.contains("cursor=") && next.contains("sku=TIN"), "{next}");
            query = next.split_once('?').unwrap().1.to_owned();
        }
        assert_eq!(found, expected);
    }
    for (query, bad) in [("offset=1", "offset"), ("page=2", "page")] {
        let answer = shop.get(&format!("{ORDERS}?sku=TIN&{query}")).token(&ann.token).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), [bad]);
    }
    for query in ["offset=0", "page=1"] {
        assert_eq!(
            numbers(&list(&shop, &ann.token, &format!("sku=CUP&limit=1&{query}")).await),
            [11]
        );
    }
}
