//! What a user asks for, and what it makes of an answer, one request at a time.

use super::*;
use crate::{
    engine::tests::{run, run_against},
    shop::{Reply, Shop},
};
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::timeout;

impl User {
    fn text(&self) -> &str {
        std::str::from_utf8(self.request.text()).unwrap()
    }

    /// The first line of what is asked for next.
    fn path(&mut self, kind: Kind) -> String {
        self.write_request(kind, "");
        self.text().lines().next().unwrap().split(' ').nth(1).unwrap().to_owned()
    }
}

fn user(flags: &str) -> User {
    User::new(Arc::new(run(flags)), 3)
}

#[tokio::test]
async fn who_has_no_order_looks_at_its_history_instead_of_cancelling_one() {
    let mut user = user("");
    let drawn = |user: &mut User| {
        let mut counts = BTreeMap::new();
        for _ in 0..1000 {
            *counts.entry(user.draw_kind()).or_insert(0) += 1;
        }
        counts
    };
    assert!(!drawn(&mut user).contains_key(&Kind::Cancel));
    user.placed.push("1".to_owned());
    let counts = drawn(&mut user);
    assert_eq!(counts.len(), 5, "{counts:?}");
    assert!(counts[&Kind::Cancel] < counts[&Kind::History], "{counts:?}");
}

#[tokio::test]
async fn lists_are_mostly_the_first_page_and_now_and_then_any_other() {
    let mut user = User::new(Arc::new(run_against(([127, 0, 0, 1], 1).into(), "", 25)), 3);
    let mut counts = BTreeMap::new();
    for _ in 0..1000 {
        *counts.entry(user.path(Kind::List)).or_insert(0) += 1;
    }
    let first = counts.remove("/api/catalog/products").unwrap();
    assert!((600..900).contains(&first), "three of four: {first}");
    let pages = [0, 10, 20].map(|offset| format!("/api/catalog/products?offset={offset}"));
    assert_eq!(counts.into_keys().collect::<BTreeSet<_>>(), pages.into());
}

#[tokio::test]
async fn no_list_begins_beyond_what_shops_allow() {
    let mut user = User::new(Arc::new(run_against(([127, 0, 0, 1], 1).into(), "", 20_000)), 3);
    let paths: Vec<String> = (0..1000).map(|_| user.path(Kind::List)).collect();
    let offsets = paths.iter().filter_map(|path| path.split_once("offset="));
    let offsets: Vec<usize> = offsets.map(|(_, offset)| offset.parse().unwrap()).collect();
    assert!(offsets.iter().all(|offset| *offset <= 9_990), "{offsets:?}");
    assert!(offsets.iter().any(|offset| *offset > 5_000), "{offsets:?}");
}

#[tokio::test]
async fn each_guest_comes_once_and_takes_any_product() {
    let mut user = User::new(Arc::new(run_against(([127, 0, 0, 1], 1).into(), "", 3)), 3);
    let (mut tokens, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..100 {
        user.write_request(Kind::Guest, "Authorization: Bearer t\r\n");
        assert!(
            user.text().starts_with("POST /api/cart/items ") && !user.text().contains("Bearer")
        );
        let token = user.text().split_once("Cart-Token: ").unwrap().1.split("\r\n").next().unwrap();
        assert!(token.len() >= 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
        tokens.insert(token.to_owned());
        taken.insert(user.text().rsplit("\r\n").next().unwrap().to_owned());
    }
    let body = |id| format!(r#"{{"product":{id},"quantity":1}}"#);
    assert_eq!((tokens.len(), taken), (100, [1, 2, 3].map(body).into()));
}

#[tokio::test]
async fn each_order_of_another_system_has_a_name_of_its_own() {
    let mut user = user("--scenario intake --lines 3 --channel-key sk_1");
    for number in 1..=2 {
        user.write_request(Kind::Intake, "");
        let body = format!(
            r#"{{"order_id":"LOAD-ab-3-{number}","user_id":"USER3","item_ids":[1,2,3],"total_amount":99.99}}"#
        );
        let text = user.text();
        assert!(text.starts_with("POST /api/orders HTTP/1.1\r\n"), "{text}");
        assert!(text.contains("\r\nAuthorization: Bearer sk_1\r\n"), "{text}");
        assert_eq!(text.rsplit("\r\n").next(), Some(&*body));
    }
}

#[tokio::test]
async fn details_and_orders_are_of_every_product_there_is() {
    let mut user = User::new(Arc::new(run_against(([127, 0, 0, 1], 1).into(), "", 3)), 3);
    let paths: BTreeSet<String> = (0..100).map(|_| user.path(Kind::Detail)).collect();
    assert_eq!(paths, [1, 2, 3].map(|id| format!("/api/catalog/products/{id}")).into());
    assert_eq!(user.path(Kind::History), "/api/orders/orders");
    let mut ordered = BTreeSet::new();
    for _ in 0..100 {
        user.write_request(Kind::Order, "");
        ordered.insert(user.text().rsplit("\r\n").next().unwrap().to_owned());
    }
    let body = |id| format!(r#"{{"order_items":[{{"product":{id},"quantity":1}}]}}"#);
    assert_eq!(ordered, [1, 2, 3].map(body).into());
}

#[tokio::test]
async fn each_order_and_each_cancellation_has_a_key_of_its_own_unless_there_are_to_be_none() {
    for (flags, keys) in [("", true), ("--no-keys", false)] {
        let mut user = user(&format!("--scenario hot --lines 2 {flags}"));
        user.placed.push("o-1".to_owned());
        let head = |path: &str, number: usize| {
            let key = format!("Idempotency-Key: load-ab-3-{number}\r\n");
            let key = if keys { &*key } else { "" };
            format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAuthorization: x\r\n{key}")
        };
        let body = r#"{"order_items":[{"product":7,"quantity":1},{"product":7,"quantity":1}]}"#;
        for number in [1, 2] {
            user.write_request(Kind::Order, "Authorization: x\r\n");
            let rest = format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            assert_eq!(user.text(), head("/api/orders/orders", number) + &rest);
        }
        user.write_request(Kind::Cancel, "Authorization: x\r\n");
        let cancel = head("/api/orders/orders/o-1/cancel", 3) + "Content-Length: 0\r\n\r\n";
        assert_eq!(user.text(), cancel);
        assert!(user.placed.is_empty());
    }
}

#[tokio::test]
async fn a_cart_is_emptied_once_then_filled_line_by_line_and_checked_out_with_a_key() {
    let mut user = user("--scenario cart --lines 2 --adds 2 --accounts 4 --users 4");
    let (mut products, mut carts) = (Vec::new(), 0);
    for step in 0..40 {
        let kind = user.draw_kind();
        user.write_request(kind, "Authorization: x\r\n");
        let (head, body) = user.text().split_once("\r\n\r\n").unwrap();
        let (line, key) = (head.lines().next().unwrap(), head.contains("Idempotency-Key: "));
        assert!(head.contains("Authorization: x"), "{head}");
        assert_eq!(kind == Kind::Clear, step == 0);
        match kind {
            Kind::Clear => assert_eq!((line, key), ("DELETE /api/cart HTTP/1.1", false)),
            Kind::Add => {
                assert_eq!((line, key), ("POST /api/cart/items HTTP/1.1", false));
                let rest = body.strip_prefix(r#"{"product":"#).unwrap();
                let id = rest.strip_suffix(r#","quantity":1}"#).unwrap();
                products.push(id.parse::<u64>().unwrap());
            }
            _ => {
                assert_eq!((line, key), ("POST /api/cart/checkout HTTP/1.1", true));
                assert_eq!(body, "{}");
                carts += 1;
                assert!((carts == 1 && products.len() <= 4) || products.len() == 4);
                let lines: BTreeSet<u64> = products.drain(..).collect();
                let expected = if carts == 1 { 1..=2 } else { 2..=2 };
                assert!(expected.contains(&lines.len()), "{lines:?}");
            }
        }
        user.cart.heed(kind, Some(200), &mut user.random);
    }
    assert!(carts >= 7);
}

#[tokio::test]
async fn what_was_answered_says_what_becomes_of_the_cart() {
    let flags = "--scenario checkout";
    for (status, next) in [(200, Kind::Add), (503, Kind::Clear)] {
        let (mut user, answer) = answered(flags, status, "X: y", "{}").await;
        user.follow_up(Kind::Clear, Ok(answer), None, true).await;
        assert_eq!(user.draw_kind(), next, "{status}");
    }
    let (mut user, answer) = answered(flags, 200, "X: y", "{}").await;
    user.follow_up(Kind::Clear, Ok(answer), None, true).await;
    user.follow_up(Kind::Add, Err(TransportError::Closed), None, true).await;
    assert_eq!(user.draw_kind(), Kind::Clear, "nobody knows whether it was added");
}

/// A user, and what it was answered to an order.
async fn answered(flags: &str, status: u16, header: &'static str, body: &str) -> (User, Answer) {
    let body = body.to_owned();
    let shop = Shop::open(move |_| Some(Reply::With(header, status, body.clone()))).await;
    let addr = shop.url.trim_start_matches("http://").parse().unwrap();
    let mut user = User::new(Arc::new(run_against(addr, flags, 3)), 3);
    user.connection.open().await.unwrap();
    user.write_request(Kind::Order, "");
    let answer = user.connection.exchange(user.request.text(), Instant::now()).await.unwrap();
    (user, answer)
}

#[tokio::test]
async fn a_refusal_is_known_by_its_code_or_else_by_its_status() {
    let cases = [
        (200, r#"{"code":"x"}"#, None),
        (299, "", None),
        (300, "", Some("http_300")),
        (409, r#"{"code":"out_of_stock"}"#, Some("out_of_stock")),
        (404, r#"{"detail":"Nothing here."}"#, Some("http_404")),
        (500, "oops", Some("http_500")),
    ];
    for (status, body, code) in cases {
        let (user, answer) = answered("", status, "X: y", body).await;
        assert_eq!(user.read_refusal(&answer).as_deref(), code, "{status} {body}");
    }
}

#[tokio::test]
async fn a_user_of_a_mix_remembers_some_orders_and_no_more_than_it_needs() {
    let cases = [
        ("", r#"{"id":7}"#, "7", 16),
        ("", r#"{"id":"o-7"}"#, "o-7", 16),
        ("", r#"{"id":null}"#, "", 0),
        ("", "no order", "", 0),
        ("--scenario order", r#"{"id":7}"#, "", 0),
    ];
    for (flags, body, id, known) in cases {
        let (mut user, answer) = answered(flags, 201, "X: y", body).await;
        for _ in 0..20 {
            user.follow_up(Kind::Order, Ok(answer.clone()), None, true).await;
        }
        assert_eq!(user.placed, vec![id; known], "{flags} {body}");
    }
}

#[tokio::test]
async fn only_a_new_order_is_remembered() {
    for (kind, status) in [(Kind::Order, 200), (Kind::Cancel, 201), (Kind::Order, 401)] {
        let (mut user, answer) = answered("", status, "X: y", r#"{"id":7}"#).await;
        user.follow_up(kind, Ok(answer), None, true).await;
        assert!(user.placed.is_empty(), "{kind:?} {status}");
    }
}

/// Whether the user goes on at once.
async fn goes_on(user: &mut User, answer: Result<Answer, TransportError>, closed: bool) -> bool {
    let follow_up = user.follow_up(Kind::List, answer, None, closed);
    timeout(Duration::ZERO, follow_up).await.is_ok()
}

#[tokio::test]
async fn a_user_waits_when_asked_to_if_its_loop_is_closed_and_always_after_a_failure() {
    let (mut user, busy) = answered("", 503, "Retry-After: 9", "").await;
    assert!(!goes_on(&mut user, Ok(busy.clone()), true).await);
    assert!(goes_on(&mut user, Ok(busy.clone()), false).await);
    assert!(!goes_on(&mut user, Err(TransportError::Closed), false).await);
    let (mut user, plain) = answered("", 503, "X: y", "").await;
    assert!(goes_on(&mut user, Ok(plain), true).await);
    tokio::time::pause();
    let before = Instant::now();
    user.follow_up(Kind::List, Ok(busy), None, true).await;
    assert_eq!(before.elapsed().as_secs(), 1, "a second at most");
}
