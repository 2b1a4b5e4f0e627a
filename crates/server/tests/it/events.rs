//! /api/events: the feed, by pages; what it shows to whom, and what it refuses.

mod streams;
mod told;
mod waits;

use crate::{
    app::{Person, Shop, on_both_engines},
    client::Answer,
};
use domain::OrderStatus;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

on_both_engines! {
    every_event_comes_once_and_in_order_while_writers_write,
    the_end_of_the_feed_has_a_cursor_that_goes_on,
    the_feed_is_read_by_kind_and_by_subject,
    what_makes_no_sense_is_refused_with_its_name,
    a_cursor_of_another_history_is_refused,
}

const EVENTS: &str = "/api/events";

async fn page(shop: &Shop, query: &str) -> Answer {
    shop.get(&format!("{EVENTS}?{query}")).token(&shop.staff).send().await
}

async fn events(shop: &Shop, query: &str) -> Vec<Value> {
    page(shop, &format!("limit=100&{query}")).await.expect(200)["results"]
        .as_array()
        .unwrap()
        .clone()
}

fn next(page: &Value) -> String {
    page["next"].as_str().unwrap().to_owned()
}

/// Where the feed ends now.
async fn end(shop: &Shop) -> String {
    let mut cursor = String::new();
    loop {
        let page = page(shop, &format!("limit=100&cursor={cursor}")).await.expect(200);
        if page["results"].as_array().unwrap().is_empty() {
            return next(&page);
        }
        cursor = next(&page);
    }
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

fn positions(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event["position"].as_i64().unwrap()).collect()
}

/// A key with these scopes: its id, and the key.
async fn key(shop: &Shop, scopes: &[&str]) -> (String, String) {
    let body = json!({"name": "follower", "scopes": scopes, "channel": "follower"});
    let made = shop.post("/api/identity/api-keys", &body).token(&shop.admin).send().await;
    let made = made.expect(201);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("key"))
}

async fn every_event_comes_once_and_in_order_while_writers_write(shop: Arc<Shop>) {
    let (tin, node) = (shop.tin("1.00", 1_000).await, shop.second_node(&[]).await);
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let is_over = AtomicBool::new(false);
    let write = async |shop: &Shop, person: &Person| {
        for _ in 0..12 {
            shop.place(person, tin, 1).await.expect(201);
        }
    };
    let writing = async {
        tokio::join!(write(&shop, &ann), write(&node, &ben));
        is_over.store(true, Relaxed);
    };
    let reading = async {
        let (mut seen, mut ids, mut cursor) = (Vec::new(), Vec::new(), String::new());
        loop {
            let is_last = is_over.load(Relaxed);
            let page = page(&shop, &format!("limit=3&cursor={cursor}")).await.expect(200);
            let results = page["results"].as_array().unwrap().clone();
            seen.extend(positions(&results));
            ids.extend(results.iter().map(|event| event["id"].as_str().unwrap().to_owned()));
            cursor = next(&page);
            if results.is_empty() && is_last {
                return (seen, ids);
            }
        }
    };
    let ((), (seen, mut ids)) = tokio::join!(writing, reading);
    assert_eq!(seen, (1..=seen.len() as i64).collect::<Vec<_>>());
    assert_eq!(seen.len() as i64, shop.app.readers.exact().feed().await.unwrap().position);
    assert!(seen.len() > 24, "{seen:?}");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), seen.len());
}

async fn the_end_of_the_feed_has_a_cursor_that_goes_on(shop: Arc<Shop>) {
    let at_end = end(&shop).await;
    let none = page(&shop, &format!("cursor={at_end}")).await.expect(200);
    assert_eq!(none, json!({"results": [], "next": at_end}));
    let tin = shop.tin("1.00", 9).await;
    let one = page(&shop, &format!("cursor={at_end}")).await.expect(200);
    let made = one["results"].as_array().unwrap();
    assert_eq!(kinds(made), ["product.created"]);
    assert_eq!(made[0]["subject"], json!({"kind": "product", "id": tin.to_string(), "version": 1}));
    assert_ne!(next(&one), at_end);
    // Of a kind that there is none of, it goes on all the same.
    let none = page(&shop, &format!("cursor={at_end}&kinds=order.failed")).await.expect(200);
    assert_eq!((none["results"].clone(), next(&none)), (json!([]), next(&one)));
}

async fn the_feed_is_read_by_kind_and_by_subject(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    shop.category("camp", None).await;
    let tin = shop.tin("1.00", 9).await;
    let (one, two) =
        (shop.place(&ann, tin, 1).await.expect(201), shop.place(&ann, tin, 1).await.expect(201));
    shop.move_order(&one, OrderStatus::Processing).await;
    shop.move_order(&two, OrderStatus::Cancelled).await;
    let of = |order: &Value| format!("subject=order:{}", order["id"].as_str().unwrap());
    for (query, expected) in [
        ("kinds=order.started".to_owned(), vec!["order.started"]),
        (
            "kinds=order.started,order.cancelled".to_owned(),
            vec!["order.started", "order.cancelled"],
        ),
        (
            "kinds=order.cancelled&kinds=category.created".to_owned(),
            vec!["category.created", "order.cancelled"],
        ),
        (of(&one), vec!["order.placed", "order.started"]),
        (format!("{}&kinds=order.cancelled", of(&one)), vec![]),
        (format!("{}&kinds=order.cancelled", of(&two)), vec!["order.cancelled"]),
        (format!("subject=product:{tin}"), vec!["product.created"]),
        (format!("subject=customer:{}", ann.id), vec!["customer.registered"]),
        ("subject=category:camp".to_owned(), vec!["category.created"]),
        ("subject=category:1".to_owned(), vec!["category.created"]),
        ("subject=product:999999".to_owned(), vec![]),
    ] {
        assert_eq!(kinds(&events(&shop, &query).await), expected, "{query}");
    }
}

async fn what_makes_no_sense_is_refused_with_its_name(shop: Arc<Shop>) {
    let audit = shop.get("/api/audit?cursor=&limit=1").token(&shop.staff).send().await.expect(200);
    let link = audit["next"].as_str().unwrap();
    let of_audit = link.split_once("cursor=").unwrap().1.split('&').next().unwrap();
    let id = "01890000-0000-7000-8000-000000000000";
    for (query, fields) in [
        (format!("cursor={of_audit}"), vec!["cursor"]),
        ("cursor=zz".to_owned(), vec!["cursor"]),
        ("wait=1h".to_owned(), vec!["wait"]),
        ("wait=31s".to_owned(), vec!["wait"]),
        ("wait=5".to_owned(), vec!["wait"]),
        ("kinds=order.lost".to_owned(), vec!["kinds"]),
        ("kinds=unknown".to_owned(), vec!["kinds"]),
        ("limit=101".to_owned(), vec!["limit"]),
        ("subject=order".to_owned(), vec!["subject"]),
        ("subject=order:7".to_owned(), vec!["subject"]),
        (format!("subject=product:{id}"), vec!["subject"]),
        ("subject=product:0".to_owned(), vec!["subject"]),
        ("subject=category:no-such".to_owned(), vec!["subject"]),
        (format!("subject=session:{id}"), vec!["subject"]),
        ("page=1".to_owned(), vec!["page"]),
        ("wait=1h&kinds=x&subject=y&limit=0".to_owned(), vec!["kinds", "limit", "subject", "wait"]),
    ] {
        assert_eq!(page(&shop, &query).await.bad_fields(422, "invalid"), fields, "{query}");
    }
    for heard in ["zz", of_audit] {
        let ask = shop.get(EVENTS).token(&shop.staff).header("Accept", "text/event-stream");
        let refused = ask.header("Last-Event-ID", heard).send().await;
        assert_eq!(refused.bad_fields(422, "invalid"), ["Last-Event-ID"], "{heard}");
    }
    shop.get(EVENTS)
        .token(&shop.staff)
        .header("Accept", "text/html")
        .send()
        .await
        .problem(406, "not_acceptable");
    let ben = shop.customer("ben").await;
    shop.get(EVENTS).token(&ben.token).send().await.problem(403, "forbidden");
    shop.get(EVENTS).send().await.problem(401, "unauthenticated");
}

async fn a_cursor_of_another_history_is_refused(shop: Arc<Shop>) {
    let before = end(&shop).await;
    let id = events(&shop, "").await[0]["id"].clone();
    let feed = if shop.url.starts_with("sqlite") { "feed" } else { "writer.feed" };
    shop.sql(&format!("update {feed} set epoch = 'restored'")).await;
    let node = shop.second_node(&[]).await;
    assert_eq!(
        page(&node, &format!("cursor={before}")).await.bad_fields(422, "invalid"),
        ["cursor"]
    );
    let again = events(&node, "").await;
    assert_ne!(again[0]["id"], id, "what was told of the other history is not this");
    assert_eq!(kinds(&again[..1]), ["customer.registered"]);
}
