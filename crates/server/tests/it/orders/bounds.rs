//! GET /api/orders/orders at its bounds: equal, one less and one more.

use super::ORDERS;
use crate::{
    app::{Shop, on_both_engines},
    database::sql,
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    a_total_that_is_a_bound_is_within,
    a_time_that_is_a_bound_is_neither_before_nor_after,
    a_history_is_counted_and_walked_by_offset_up_to_ten_thousand,
}

/// The numbers of the orders on a page, the oldest first.
async fn numbers(shop: &Shop, query: &str) -> Vec<i64> {
    let mut numbers: Vec<i64> = list(shop, query).await["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|order| order["number"].as_i64().unwrap())
        .collect();
    numbers.reverse();
    numbers
}

async fn list(shop: &Shop, query: &str) -> Value {
    shop.get(&format!("{ORDERS}?{query}")).token(&shop.staff).send().await.expect(200)
}

async fn a_total_that_is_a_bound_is_within(shop: Arc<Shop>) {
    let tin = shop.tin("0.01", 10_000).await;
    let ann = shop.customer("ann").await;
    for units in [1999, 2000, 2001] {
        shop.place(&ann, tin, units).await.expect(201);
    }
    for (query, found) in [
        ("min_total=19.99", &[1, 2, 3][..]),
        ("min_total=20.00", &[2, 3]),
        ("min_total=20.01", &[3]),
        ("min_total=20.02", &[]),
        ("max_total=20.01", &[1, 2, 3]),
        ("max_total=20.00", &[1, 2]),
        ("max_total=19.99", &[1]),
        ("max_total=19.98", &[]),
        ("min_total=20&max_total=20", &[2]),
    ] {
        assert_eq!(numbers(&shop, query).await, found, "{query}");
    }
}

async fn a_time_that_is_a_bound_is_neither_before_nor_after(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    for _ in 0..3 {
        shop.place(&ann, tin, 1).await.expect(201);
    }
    // The second one at noon, the others a microsecond before and after.
    shop.sql_of_orders("update orders set created_at = 1893499200000000 + number - 2").await;
    let (noon, after) = ("2030-01-01T12:00:00Z", "2030-01-01T12:00:00.000001Z");
    for (query, found) in [
        (format!("placed_after={noon}"), &[3][..]),
        (format!("placed_before={noon}"), &[1]),
        (format!("placed_after={after}"), &[]),
        (format!("placed_before={after}"), &[1, 2]),
        (format!("placed_after=2030-01-01T11:59:59.999999Z&placed_before={after}"), &[2]),
    ] {
        assert_eq!(numbers(&shop, &query).await, found, "{query}");
    }
}

async fn a_history_is_counted_and_walked_by_offset_up_to_ten_thousand(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    shop.place(&ann, tin, 1).await.expect(201);
    for (more, count, is_exact) in [(9_998, 9_999, true), (1, 10_000, true), (1, 10_000, false)] {
        copy_the_first(&shop, more).await;
        let page = list(&shop, "limit=1").await;
        assert_eq!([&page["count"], &page["count_is_exact"]], [&json!(count), &json!(is_exact)]);
        let own = format!("customer={}&status=pending&limit=1", ann.id);
        assert_eq!(list(&shop, &own).await["count"], count);
    }
    assert_eq!(numbers(&shop, "limit=1&offset=10000").await, [1], "the oldest one");
    let answer = shop.get(&format!("{ORDERS}?offset=10001")).token(&shop.staff).send().await;
    assert_eq!(answer.bad_fields(422, "invalid"), ["offset"]);
    assert_eq!(numbers(&shop, "limit=100").await.len(), 100);
    shop.sql_of_orders("delete from orders where number > 1").await;
}

/// So many more orders like the first one, without lines and events.
async fn copy_the_first(shop: &Shop, count: usize) {
    let uuid = match shop.url.starts_with("sqlite") {
        true => "randomblob(16)",
        false => "gen_random_uuid()",
    };
    let copies = format!(
        "insert into orders (id, number, owner_kind, owner_id, status, version, currency,
             total_minor, note, created_at, updated_at)
         with recursive n (i) as (select 1 union all select i + 1 from n where i < {count}),
              last (number) as (select max(number) from orders)
         select {uuid}, last.number + i, o.owner_kind, o.owner_id, o.status, o.version, o.currency,
             o.total_minor, o.note, o.created_at, o.updated_at
         from n, last, orders o where o.number = 1"
    );
    sql(&shop.url, &copies).await;
}
