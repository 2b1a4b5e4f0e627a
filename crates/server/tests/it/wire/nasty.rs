//! A table of what nobody should send: whatever it is, the answer is never a 5xx, and the shop
//! goes on as if nothing had been.

use crate::{
    access::{asked, is_for_admins},
    app::{Shop, on_both_engines},
    client::Wire,
};
use serde_json::json;
use std::sync::Arc;

on_both_engines! {
    no_address_makes_the_shop_fail,
    no_header_makes_the_shop_fail,
    no_body_makes_the_shop_fail,
    no_bytes_make_the_shop_fail,
}

const ADDRESSES: &[&str] = &[
    "/api/catalog/products?search=%FF%FE",
    "/api/catalog/products?search=%",
    "/api/catalog/products?search=%zz",
    "/api/catalog/products?%00=%00",
    "/api/catalog/products?=",
    "/api/catalog/products?&&&",
    "/api/catalog/products?limit=%31%30",
    "/api/catalog/products?search='%3B%20drop%20table%20products%3B--",
    "/api/catalog/products?search=%25_%5C%5C%25",
    "/api/catalog/products?search=%5C",
    "/api/catalog/products?search=%F0%9F%92%A9%E2%80%AE%CC%88",
    "/api/catalog/products?search=%EF%BF%BF%ED%A0%80",
    "/api/catalog/products?min_price=99999999999999999999999999999999999999999",
    "/api/catalog/products?min_price=-0&max_price=-1",
    "/api/catalog/products?id=9223372036854775807&id=-9223372036854775808",
    "/api/catalog/products?id=9223372036854775808",
    "/api/catalog/products?limit=9223372036854775808&page=0",
    "/api/catalog/products?limit=100&page=92233720368547758",
    "/api/catalog/products?cursor=bnVsbA%3D%3D",
    "/api/catalog/products?cursor=W251bGwsIG51bGxd",
    "/api/catalog/products?category=%E2%80%8B&ordering=%2Dprice%00",
    "/api/catalog/products/9223372036854775808",
    "/api/catalog/products/%F0%9F%92%A9",
    "/api/catalog/products/..%2F..%2Fetc%2Fpasswd",
    "/api/catalog/products/sku:%00",
    "/api/catalog/products/sku:sku:sku:",
    "/api/catalog/products/%C3%28",
    "/api/orders/orders/%00",
    "/api/orders/orders/00000000-0000-0000-0000-000000000000",
    "/api/orders/orders/FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "/api/orders/orders/%7B01890000-0000-7000-8000-000000000000%7D",
    "/api/orders/orders?placed_after=9999-12-31T23:59:59.999999999Z",
    "/api/orders/orders?placed_after=-9999-01-01T00:00:00Z&placed_before=%2B10000-01-01T00:00:00Z",
    "/api/orders/orders?customer=00000000-0000-0000-0000-000000000000&status=",
    "/api/orders/orders?min_total=1e400&max_total=NaN",
    "*",
    "http://localhost/api",
    "http://evil.example/api",
    "/api;jsessionid=1",
    "/api?x=<script>alert(1)</script>",
    "//evil.example/api",
];

const HEADERS: &[(&str, &str)] = &[
    ("Authorization", "Bearer"),
    ("Authorization", "Bearer ....."),
    ("Authorization", "Digest username=\"a\""),
    ("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."),
    ("Accept", ";;;,,,q=x"),
    ("Accept", "\u{1f4a9}"),
    ("Accept-Encoding", "gzip;q=nonsense, \u{e9}"),
    ("If-None-Match", "\"\"\"\",,,W/"),
    ("If-Match", "\u{e9}"),
    ("If-Match", "\"99999999999999999999999999\""),
    ("Idempotency-Key", "\u{1f4a9}"),
    ("Correlation-ID", "{{7*7}}"),
    ("Content-Type", "application/json; charset=\"\u{e9}"),
    ("Content-Encoding", "gzip"),
    ("Range", "bytes=0-1"),
    ("Expect", "200-nonsense"),
    ("X-Forwarded-For", "999.999.999.999"),
    ("X-HTTP-Method-Override", "DELETE"),
    ("Cookie", "a=b; \u{e9}"),
];

const BODIES: &[&str] = &[
    r#"{"order_items": [{"product": 1e400, "quantity": 1e400}]}"#,
    r#"{"order_items": [{"product": -0.0, "quantity": -0.0}], "total": -0}"#,
    r#"{"order_items": [{"product": "\u0000", "quantity": 1}], "note": "\uDC00"}"#,
    r#"{"order_items": [{"product": "💩", "quantity": 1}], "note": "\u202E"}"#,
    r#"{"": 1, " ": 2, "\u0000": 3, "__proto__": {}, "order_items.0.quantity": 1}"#,
    r#"{"username": "\uFFFF", "password": "\u0001", "email": "@", "password2": ""}"#,
    r#"{"username": "a", "email": "a@b@c", "password": "x'); drop table accounts;--", "password2": "x"}"#,
    r#"{"name": "\u202e", "price": "-0.00", "quantity": -0, "sku": "../../x", "category": "\u0000"}"#,
    r#"{"name": "x", "price": "99999999999999999999999999999999999999999.99", "quantity": 1e-400}"#,
    r#"{"name": "x", "price": 0.1e1, "image_url": "https://\u0000"}"#,
    r#"{"lines": [{"product": {"id": 1}, "delta": null, "set": []}], "partial": 1}"#,
    r#"{"lines": [{"product": 1, "delta": -9223372036854775808}], "partial": true}"#,
    r#"{"refresh": {"$ne": null}}"#,
    r#"{"username": {"$gt": ""}, "password": {"$gt": ""}}"#,
    r#"[[[[]]]]"#,
    r#""order""#,
    "0",
    "-",
    "1e99999999999999999999",
];

async fn goes_on(shop: &Shop) {
    shop.get("/health/ready").send().await.expect(200);
}

async fn no_address_makes_the_shop_fail(shop: Arc<Shop>) {
    shop.tin("1.00", 5).await;
    for address in ADDRESSES {
        for method in ["GET", "POST", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            let ask = shop.ask(method, address).token(&shop.staff).json(&json!({}));
            let answer = ask.send().await;
            assert!(answer.status < 500, "{method} {address}: {}", answer.text());
        }
    }
    let long = format!("/api/catalog/products?search={}", "x".repeat(30_000));
    assert!(shop.get(&long).send().await.status < 500);
    goes_on(&shop).await;
}

async fn no_header_makes_the_shop_fail(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 500).await;
    let order = json!({"order_items": [{"product": tin, "quantity": 1}]});
    for (name, value) in HEADERS {
        for (method, path, body) in [
            ("GET", "/api/catalog/products", &json!(null)),
            ("PATCH", "/api/catalog/products/1", &json!({"description": "x"})),
            ("POST", "/api/orders/orders", &order),
        ] {
            let ask = shop.ask(method, path).header(name, value).json(body).token(&shop.staff);
            let answer = ask.send().await;
            assert!(answer.status < 500, "{name}: {value}: {}", answer.text());
        }
    }
    goes_on(&shop).await;
}

async fn no_body_makes_the_shop_fail(shop: Arc<Shop>) {
    shop.tin("1.00", 5).await;
    for body in BODIES {
        for (method, path) in &asked(|route| is_for_admins(route) && route.operation.body.is_some())
        {
            let ask = shop.ask(method, path).raw("application/json", body).token(&shop.staff);
            let answer = ask.send().await;
            let is_refused = (400..500).contains(&answer.status);
            assert!(is_refused, "{method} {path} {body}: {} {}", answer.status, answer.text());
        }
    }
    assert_eq!((shop.orders().await, shop.available(1).await), (0, 5));
    goes_on(&shop).await;
}

async fn no_bytes_make_the_shop_fail(shop: Arc<Shop>) {
    let large =
        format!("GET /api HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "y".repeat(600_000));
    let many = format!("GET /api HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X: y\r\n".repeat(5000));
    for bytes in [
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET /api\r\n\r\n",
        "GET /api HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /api HTTP/1.1\r\n\r\n",
        "GET /api HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        "GET /api HTTP/1.1\r\nHost : localhost\r\n\r\n",
        "POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /api HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        large.as_str(),
        many.as_str(),
    ] {
        let mut wire = Wire::connect(shop.address).await;
        wire.try_write(bytes.as_bytes()).await;
        wire.finish().await;
        // An answer or an end; a shop that fails would say so.
        if let Ok(answer) = wire.answer().await {
            let shown: String = bytes.chars().take(80).collect();
            assert!(answer.status < 500, "{shown}: {}", answer.text());
        }
        goes_on(&shop).await;
    }
}
