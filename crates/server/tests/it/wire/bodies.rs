//! Bodies that are not what they should be: too large, of another kind, not JSON, hidden twice.

use crate::{
    access::{asked, is_for_admins},
    app::{Shop, on_both_engines},
    client::{Ask, Wire},
};
use serde_json::json;
use std::sync::Arc;

on_both_engines! {
    what_is_not_json_is_malformed,
    a_body_must_say_that_it_is_json,
    a_body_that_is_too_large_is_refused,
    a_body_that_is_compressed_is_refused,
    a_name_that_comes_twice_is_refused,
    deep_json_does_not_break_anything,
    a_body_may_come_in_pieces,
    requests_may_follow_each_other_without_waiting,
}

/// A request to every route that needs a body.
fn asks(shop: &Shop) -> impl Iterator<Item = Ask> + '_ {
    let paths = asked(|route| {
        is_for_admins(route) && route.operation.body.is_some_and(|body| body.is_needed)
    });
    assert!(paths.len() >= 7);
    paths.into_iter().map(|(method, path)| shop.ask(&method, &path).token(&shop.admin))
}

async fn what_is_not_json_is_malformed(shop: Arc<Shop>) {
    shop.tin("1.00", 5).await;
    for body in [
        &b""[..],
        b" ",
        b"{",
        b"}",
        b"{\"a\":}",
        b"{\"a\":1,}",
        b"{'a':1}",
        b"{a:1}",
        b"[1,2",
        b"nul",
        b"NaN",
        b"{} {}",
        b"{}x",
        b"\"\xff\xfe\"",
        b"{\"name\":\"\xc3\x28\"}",
        b"{\"name\":\"\\ud800\"}",
        b"\xef\xbb\xbf{}",
        b"{\"a\":01}",
        b"{\"a\":+1}",
        b"{\"a\":1.}",
        b"{\"a\":\"\n\"}",
        b"\0",
        b"username=ann&password=x",
    ] {
        for ask in asks(&shop) {
            let answer = ask.raw("application/json", body).send().await;
            let shown = String::from_utf8_lossy(body);
            assert_eq!(answer.status, 400, "{shown}: {}", answer.text());
            answer.problem(400, "malformed_json");
        }
    }
}

async fn a_body_must_say_that_it_is_json(shop: Arc<Shop>) {
    shop.tin("1.00", 5).await;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/html",
        "application/jsonx",
        "json",
        "",
        "application/xml",
    ] {
        for ask in asks(&shop) {
            let answer = ask.raw(kind, "{}").send().await;
            assert_eq!(answer.status, 415, "{kind}: {}", answer.text());
            answer.problem(415, "unsupported_media_type");
        }
    }
    for ask in asks(&shop) {
        ask.untyped("{}").send().await.problem(415, "unsupported_media_type");
    }
    let body = r#"{"username": "ann", "password": "three blind mice"}"#;
    for kind in
        ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]
    {
        let ask = shop.ask("POST", "/api/identity/token").raw(kind, body);
        ask.send().await.problem(401, "invalid_credentials");
    }
}

async fn a_body_that_is_too_large_is_refused(shop: Arc<Shop>) {
    shop.tin("1.00", 5).await;
    let body = format!("{{\"note\": \"{}\"}}", "x".repeat(3 * 1024 * 1024));
    for ask in asks(&shop) {
        ask.raw("application/json", &body).send().await.problem(413, "body_too_large");
    }
    // It is enough to announce it.
    let mut wire = Wire::connect(shop.address).await;
    let head = "POST /api/identity/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    wire.write(format!("{head}Content-Length: 4000000000\r\n\r\n").as_bytes()).await;
    wire.answer().await.unwrap().problem(413, "body_too_large");
    // Or not to announce it.
    let mut wire = Wire::connect(shop.address).await;
    wire.write(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes()).await;
    let chunk = format!("40000\r\n{}\r\n", " ".repeat(0x40000));
    for _ in 0..8 {
        wire.write(chunk.as_bytes()).await;
    }
    wire.write(b"1\r\n \r\n0\r\n\r\n").await;
    wire.answer().await.unwrap().problem(413, "body_too_large");
}

async fn a_body_that_is_compressed_is_refused(shop: Arc<Shop>) {
    shop.tin("1.00", 5).await;
    for ask in asks(&shop) {
        let gzip = ask.raw("application/json", b"\x1f\x8b\x08").header("Content-Encoding", "gzip");
        gzip.send().await.problem(415, "unsupported_media_type");
    }
    let body = r#"{"username": "ann", "password": "three blind mice"}"#;
    let plain = shop.ask("POST", "/api/identity/token").raw("application/json", body);
    let plain = plain.header("Content-Encoding", "identity");
    plain.send().await.problem(401, "invalid_credentials");
}

async fn a_name_that_comes_twice_is_refused(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 50).await;
    let ann = shop.customer("ann").await;
    let line = |first: &str, name: &str| {
        format!(r#"{{"order_items": [{{"product": {tin}, "quantity": {first}, "{name}": 2}}]}}"#)
    };
    let quantity = "order_items[0].quantity";
    for (body, bad) in [
        (line("9", "quantity"), quantity),
        (line("2", "qu\\u0061ntity"), quantity),
        (line("0", "quantity"), quantity),
        (line("null", "quantity"), quantity),
        (format!(r#"{{"order_items": [], "order_items": [{{"product": {tin}}}]}}"#), "order_items"),
    ] {
        let ask = shop.ask("POST", "/api/orders/orders").raw("application/json", &body);
        let answer = ask.token(&ann.token).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), [bad], "{body}");
    }
    assert_eq!(shop.orders().await, 0);
}

async fn deep_json_does_not_break_anything(shop: Arc<Shop>) {
    shop.tin("1.00", 5).await;
    for depth in [100, 1_000, 500_000] {
        let list = "[".repeat(depth) + &"]".repeat(depth);
        let object = "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
        for body in [list.clone(), "[".repeat(depth), object, format!("{{\"order_items\":{list}}}")]
        {
            for ask in asks(&shop) {
                let answer = ask.raw("application/json", &body).send().await;
                assert!(
                    [400, 404, 413, 422].contains(&answer.status),
                    "{depth}: {}",
                    answer.text()
                );
            }
        }
    }
    shop.get("/health/live").send().await.expect(200);
}

async fn a_body_may_come_in_pieces(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 5).await;
    let ann = shop.customer("ann").await;
    let body = json!({"order_items": [{"product": tin, "quantity": 1}]}).to_string();
    let mut wire = Wire::connect(shop.address).await;
    let head = format!(
        "POST /api/orders/orders HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        ann.token
    );
    for byte in head.as_bytes().chunks(40) {
        wire.write(byte).await;
    }
    for byte in body.as_bytes() {
        wire.write(&[b"1\r\n", &[*byte][..], b"\r\n"].concat()).await;
    }
    wire.write(b"0\r\n\r\n").await;
    wire.answer().await.unwrap().expect(201);
}

async fn requests_may_follow_each_other_without_waiting(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 5).await;
    let mut wire = Wire::connect(shop.address).await;
    let mut bytes = Vec::new();
    for path in ["/api", "/nowhere", &format!("/api/catalog/products/{tin}")] {
        bytes.extend(shop.get(path).bytes());
    }
    wire.write(&bytes).await;
    wire.answer().await.unwrap().expect(200);
    wire.answer().await.unwrap().problem(404, "not_found");
    assert_eq!(wire.answer().await.unwrap().expect(200)["id"], tin);
    // A refused body does not become the next request.
    let ask =
        shop.ask("POST", "/api/identity/token").raw("text/plain", "GET /api HTTP/1.1\r\n\r\n");
    wire.write(&ask.bytes()).await;
    wire.answer().await.unwrap().problem(415, "unsupported_media_type");
}
