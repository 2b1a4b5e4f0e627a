//! What is asked before the first request is counted, and when a run gives up on it.

use crate::{
    runs::{ORDER, args, distinct, measure},
    shop::{Reply, Seen, Shop},
};
use std::time::Duration;

const LOGIN: &str = "POST /api/identity/token ";
const PAGE: &str = "GET /api/catalog/products?limit=";

/// A shop that has no time for a login before this many were asked for.
async fn busy_shop(refusals: usize) -> Shop {
    Shop::open(move |seen| {
        let busy = seen.is(LOGIN) && seen.earlier < refusals;
        let status = if seen.earlier % 2 == 0 { 503 } else { 429 };
        busy.then(|| Reply::With("Retry-After: 0", status, "{}".to_owned()))
    })
    .await
}

#[tokio::test]
async fn a_shop_that_is_busy_is_asked_ten_times() {
    let shop = busy_shop(9).await;
    assert!(measure(&shop, "--scenario order --users 1 --run-time 100ms").await.succeeded());
    assert_eq!(shop.seen_of(LOGIN).len(), 10);
    let shop = busy_shop(10).await;
    let refused = load::measure(args(&shop, "--scenario order --run-time 50ms")).await.unwrap_err();
    assert_eq!(refused.to_string(), "logging in as demo: refused with 429");
    assert_eq!(shop.seen_of(LOGIN).len(), 10);
}

fn lines(seen: &[Seen]) -> Vec<&str> {
    seen.iter().map(|seen| seen.line.as_str()).collect()
}

#[tokio::test]
async fn no_more_products_are_learnt_than_a_run_asks_for() {
    let all = [
        "GET /api/catalog/products?limit=100&cursor= HTTP/1.1",
        "GET /api/catalog/products?limit=2&cursor=page2 HTTP/1.1",
    ];
    let cases: [(u32, &[&str], &str); 4] = [
        (1, &["GET /api/catalog/products?limit=1&cursor= HTTP/1.1"], "11"),
        (2, &["GET /api/catalog/products?limit=2&cursor= HTTP/1.1"], "12"),
        (100, &all, "12"),
        (101, &all, "12"),
    ];
    for (products, asked, hot) in cases {
        let shop = Shop::open(|_| None).await;
        let flags = format!("--scenario hot --users 1 --run-time 50ms --products {products}");
        measure(&shop, &flags).await;
        let pages = shop.seen_of(PAGE);
        assert_eq!(lines(&pages), asked);
        let authorization = |seen: &Seen| seen.header("authorization").unwrap().to_owned();
        assert_eq!(distinct(&pages, authorization), ["Bearer token-1".to_owned()].into());
        let body = format!(r#"{{"order_items":[{{"product":{hot},"quantity":1}}]}}"#);
        assert_eq!(distinct(&shop.seen_of(ORDER), |seen| seen.body.clone()), [body].into());
    }
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_are_read_once() {
    let shop = Shop::open(|seen| {
        let body = r#"{"next":"/api/catalog/products?limit=9","results":[{"id":5}]}"#;
        seen.is(PAGE).then(|| Reply::Json(200, body.to_owned()))
    })
    .await;
    assert!(measure(&shop, "--scenario browse --users 1 --run-time 50ms").await.succeeded());
    assert_eq!(shop.seen_of(PAGE).len(), 2);
}

#[tokio::test]
async fn a_shop_that_sells_nothing_is_not_loaded() {
    let shop = Shop::open(|seen| {
        seen.is(PAGE).then(|| Reply::Json(200, r#"{"next":null,"results":[]}"#.to_owned()))
    })
    .await;
    let refused =
        load::measure(args(&shop, "--scenario browse --run-time 50ms")).await.unwrap_err();
    assert!(refused.to_string().starts_with("the shop has no products"), "{refused}");
}

#[tokio::test]
async fn users_start_one_after_the_other_if_they_are_to() {
    let users_of = async |flags: &str| {
        let shop = Shop::open(|_| None).await;
        let flags = format!("--scenario order --users 3 {flags}");
        measure(&shop, &flags).await;
        distinct(&shop.seen_of(ORDER), |seen| {
            seen.header("idempotency-key").unwrap().split('-').nth(2).unwrap().to_owned()
        })
    };
    let numbers = |numbers: &[&str]| numbers.iter().map(|number| (*number).to_owned()).collect();
    assert_eq!(users_of("--run-time 400ms --spawn-rate 50").await, numbers(&["0", "1", "2"]));
    assert_eq!(users_of("--run-time 100ms --spawn-rate 0.5").await, numbers(&["0"]));
}

#[tokio::test]
async fn a_run_tells_its_seed_and_what_it_cost() {
    let shop = Shop::open(|_| None).await;
    let flags = "--scenario browse --users 2 --run-time 50ms";
    let drawn = measure(&shop, flags).await;
    assert!(drawn.seed <= u64::from(u32::MAX), "a double holds it: {}", drawn.seed);
    assert_eq!(measure(&shop, &format!("{flags} --seed 7")).await.seed, 7);
    if cfg!(target_os = "linux") {
        let cost = drawn.client_cpu_seconds.unwrap();
        assert!(cost > 0.0 && cost < Duration::from_secs(60).as_secs_f64(), "{cost}");
    }
}
