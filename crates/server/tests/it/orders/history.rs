//! GET /api/orders/orders: a history in pages, filtered and not sent twice.

use super::{ORDERS, path};
use crate::app::{PUBLIC_URL, Person, Shop, on_both_engines};
use domain::OrderStatus;
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    a_history_is_walked_by_cursor_without_loss_or_repetition,
    a_history_is_filtered,
    a_bad_query_is_refused,
    an_order_that_a_client_has_is_not_sent_again,
}

async fn list(shop: &Shop, person: &Person, query: &str) -> Value {
    shop.get(&format!("{ORDERS}?{query}")).token(&person.token).send().await.expect(200)
}

fn ids(list: &Value) -> Vec<String> {
    let results = list["results"].as_array().unwrap();
    results.iter().map(|order| order["id"].as_str().unwrap().to_owned()).collect()
}

async fn a_history_is_walked_by_cursor_without_loss_or_repetition(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 99).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let mut placed = Vec::new();
    for number in 0..23 {
        let order = shop.place(&ann, tin, 1).await.expect(201);
        placed.push(order["id"].as_str().unwrap().to_owned());
        if number % 5 == 0 {
            shop.place(&ben, tin, 1).await.expect(201);
        }
    }
    placed.sort();
    for start in ["cursor=", "offset=0", "page=1"] {
        let mut query = format!("limit=5&{start}");
        let mut found = Vec::new();
        loop {
            let page = list(&shop, &ann, &query).await;
            match start {
                "cursor=" => assert_eq!(page["count"], json!(null)),
                _ => assert_eq!(
                    [&page["count"], &page["count_is_exact"]],
                    [&json!(23), &json!(true)]
                ),
            }
            found.extend(ids(&page));
            let Some(next) = page["next"].as_str() else { break };
            assert!(next.starts_with(PUBLIC_URL) && found.len() < 100, "{next}");
            query = next.split_once('?').unwrap().1.to_owned();
        }
        found.sort();
        assert_eq!(found, placed, "{start}");
    }
    assert_eq!(ids(&list(&shop, &ann, "").await).len(), 10);
    assert_eq!(ids(&list(&shop, &ann, "offset=23").await).len(), 0);
}

async fn a_history_is_filtered(shop: Arc<Shop>) {
    let tin = shop.tin("10.00", 99).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let small = shop.place(&ann, tin, 1).await.expect(201);
    let large = shop.place(&ann, tin, 3).await.expect(201);
    let other = shop.place(&ben, tin, 2).await.expect(201);
    shop.move_order(&small, OrderStatus::Processing).await;
    let cancel = shop.ask("POST", &format!("{}/cancel", path(&large))).token(&ann.token);
    cancel.send().await.expect(200);
    let at = other["created_at"].as_str().unwrap();
    let (customer, after, before) = (
        format!("customer={}", ann.id),
        format!("placed_after={at}"),
        format!("placed_before={at}"),
    );
    let far = "placed_after=2020-01-01T00:00:00%2B02:00&placed_before=2999-01-01T00:00:00Z";
    for (query, found) in [
        ("status=processing", vec![&small]),
        ("status=cancelled", vec![&large]),
        ("status=completed", vec![]),
        (customer.as_str(), vec![&small, &large]),
        ("min_total=20", vec![&large, &other]),
        ("max_total=20.00", vec![&small, &other]),
        ("min_total=20.01&max_total=29.99", vec![]),
        ("placed_after=2999-01-01T00:00:00Z", vec![]),
        ("placed_before=2020-01-01T00:00:00Z", vec![]),
        (far, vec![&small, &large, &other]),
    ] {
        let ask = shop.get(&format!("{ORDERS}?{query}")).token(&shop.staff);
        let mut ids = ids(&ask.send().await.expect(200));
        ids.sort();
        let mut expected: Vec<_> =
            found.iter().map(|order| order["id"].as_str().unwrap()).collect();
        expected.sort_unstable();
        assert_eq!(ids, expected, "{query}");
    }
    // Together they are all, with the one at that very moment once or twice.
    let mut both = Vec::new();
    for query in [after, before] {
        let ask = shop.get(&format!("{ORDERS}?{query}")).token(&shop.staff);
        both.extend(ids(&ask.send().await.expect(200)));
    }
    both.sort();
    both.dedup();
    assert!(both.len() >= 2 && both.len() <= 3, "{both:?}");
}

async fn a_bad_query_is_refused(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    for (query, bad) in [
        ("status=lost&limit=0", vec!["limit", "status"]),
        ("customer=ann", vec!["customer"]),
        ("placed_after=yesterday&placed_before=2020-01-01", vec!["placed_after", "placed_before"]),
        ("min_total=x&max_total=1.001", vec!["max_total", "min_total"]),
        ("colour=red", vec!["colour"]),
        ("cursor=nonsense", vec!["cursor"]),
        ("offset=10001", vec!["offset"]),
        ("ordering=colour", vec!["ordering"]),
        ("status=%00", vec!["status"]),
    ] {
        let answer = shop.get(&format!("{ORDERS}?{query}")).token(&ann.token).send().await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.text());
        assert_eq!(answer.bad_fields(422, "invalid"), bad, "{query}");
    }
    let query = "page=1&offset=0";
    let answer = shop.get(&format!("{ORDERS}?{query}")).token(&ann.token).send().await;
    answer.problem(422, "invalid");
}

async fn an_order_that_a_client_has_is_not_sent_again(shop: Arc<Shop>) {
    let tin = shop.tin("10.00", 99).await;
    let ann = shop.customer("ann").await;
    let order = shop.place(&ann, tin, 1).await.expect(201);
    let get = async |known: &str| {
        let ask = shop.get(&path(&order)).token(&ann.token);
        ask.header("If-None-Match", known).send().await
    };
    let first = get("\"none\"").await;
    let tag = first.header("etag").expect("an order has an ETag").to_owned();
    let again = get(&tag).await;
    assert_eq!((again.status, again.header("etag")), (304, Some(tag.as_str())));
    shop.move_order(&order, OrderStatus::Processing).await;
    assert_eq!(get(&tag).await.expect(200)["status"], "processing");
    let listed = shop.get(ORDERS).token(&ann.token).send().await;
    let tag = listed.header("etag").expect("a list has an ETag").to_owned();
    let ask = shop.get(ORDERS).token(&ann.token).header("If-None-Match", &tag);
    assert_eq!(ask.send().await.status, 304);
}
