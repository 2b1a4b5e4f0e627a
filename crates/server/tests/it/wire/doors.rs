//! What stands before every route: who a client is, how often he may ask, what browsers are told, and
//! how large and how deep a request may be.

use crate::{
    access::{asked, is_for_admins, path},
    app::{Shop, on_both_engines},
    client::{Answer, Ask, Wire},
};
use serde_json::json;
use server::api::all;
use std::sync::Arc;

on_both_engines! {
    an_address_asks_so_often,
    an_account_asks_so_often_from_wherever,
    a_client_cannot_say_who_he_is,
    every_answer_says_what_browsers_shall_do,
    pages_of_known_sites_may_read_every_answer,
    a_browser_is_told_beforehand_what_pages_may_ask,
    without_origins_nothing_is_said_of_them,
    what_is_too_large_or_too_deep_is_told_so,
}

const HOME: &str = "203.0.113.1";
const OTHER: &str = "198.51.100.7";
const SITE: &str = "https://www.example";
const BEHIND_A_PROXY: (&str, &str) = ("trusted_proxies", "127.0.0.1/32");

/// Asks until it is too often. How many that takes depends on how long each takes.
async fn exhaust(ask: impl Fn() -> Ask) -> Answer {
    for _ in 0..1000 {
        let answer = ask().send().await;
        if answer.status == 429 {
            answer.problem(429, "rate_limited");
            assert_eq!(answer.header("retry-after"), Some("1"));
            return answer;
        }
        answer.expect(200);
    }
    panic!("a thousand times were not too often");
}

async fn an_address_asks_so_often(shop: Arc<Shop>) {
    let node = shop.second_node(&[BEHIND_A_PROXY, ("rate_limit_address", "1")]).await;
    let ask = |path: &str, from: &str| node.get(path).header("X-Forwarded-For", from);
    for route in ["/api/catalog/products", "/api/catalog/products?limit=1", "/api"] {
        exhaust(|| ask(route, HOME)).await;
    }
    exhaust(|| ask("/api", "2001:db8::1")).await;
    exhaust(|| ask("/api", "2001:db8::2")).await;
    ask("/api", OTHER).send().await.expect(200);
    // What watches the node must not take it for dead.
    for _ in 0..20 {
        ask("/health/live", HOME).send().await.expect(200);
    }
}

async fn an_account_asks_so_often_from_wherever(shop: Arc<Shop>) {
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let node = shop.second_node(&[BEHIND_A_PROXY, ("rate_limit_caller", "1")]).await;
    let ask = |path: &str, token: &str, from: &str| {
        node.get(path).token(token).header("X-Forwarded-For", from)
    };
    exhaust(|| ask("/api/identity/me", &ann.token, HOME)).await;
    exhaust(|| ask("/api/orders/orders", &ann.token, OTHER)).await;
    exhaust(|| ask("/api/catalog/products", &ann.token, OTHER)).await;
    ask("/api/identity/me", &ben.token, HOME).send().await.expect(200);
    node.get("/api/catalog/products").header("X-Forwarded-For", HOME).send().await.expect(200);
    // Of an account that somebody only claims to be, nothing is counted.
    for _ in 0..20 {
        let claimed = ask("/api/identity/me", "no.real.token", HOME).send().await;
        claimed.problem(401, "unauthenticated");
    }
}

async fn a_client_cannot_say_who_he_is(shop: Arc<Shop>) {
    for proxies in ["", "10.0.0.0/8"] {
        let settings = [("trusted_proxies", proxies), ("rate_limit_address", "1")];
        let node = shop.second_node(&settings).await;
        exhaust(|| node.get("/api")).await;
        exhaust(|| node.get("/api").header("X-Forwarded-For", HOME)).await;
        exhaust(|| node.get("/api").header("Forwarded", format!("for={OTHER}"))).await;
    }
    let node = shop.second_node(&[BEHIND_A_PROXY, ("rate_limit_address", "1")]).await;
    for claimed in [HOME, OTHER, "127.0.0.1", "10.0.0.1"] {
        // The proxy adds whom it has seen, behind what that one said.
        let forwarded = format!("{claimed}, 192.0.2.9");
        exhaust(|| node.get("/api").header("X-Forwarded-For", &forwarded)).await;
    }
}

async fn every_answer_says_what_browsers_shall_do(shop: Arc<Shop>) {
    let mut answers = Vec::new();
    for (path, status) in [
        ("/api", 200),
        ("/api/openapi.json", 200),
        ("/health/live", 200),
        ("/api/identity/me", 401),
        ("/nowhere", 404),
    ] {
        let answer = shop.get(path).send().await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"), "{path}");
        answers.push(answer);
    }
    let mut wire = Wire::connect(shop.address).await;
    wire.write(b"nonsense\r\n\r\n").await;
    answers.push(wire.answer().await.unwrap());
    for answer in answers {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{}", answer.text());
        }
    }
    let node = shop.second_node(&[("public_url", "http://shop.example")]).await;
    let answer = node.get("/api").header("Host", "shop.example").send().await;
    assert_eq!((answer.status, answer.header("strict-transport-security")), (200, None));
}

/// What an answer says of who may read it.
fn reader(answer: &Answer) -> [Option<&str>; 3] {
    ["access-control-allow-origin", "access-control-allow-credentials", "vary"]
        .map(|name| answer.header(name))
}

async fn pages_of_known_sites_may_read_every_answer(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 5).await;
    let origins = format!("{SITE}, http://localhost:3000");
    let node = shop.second_node(&[("cors_origins", &origins), ("rate_limit_address", "10")]).await;
    let any = shop.second_node(&[("cors_origins", "*")]).await;
    let order = json!({"order_items": [{"product": tin, "quantity": 99}]});
    let asks = |node: &Shop| {
        [
            (node.get("/health/live"), 200),
            (node.get("/api/identity/me"), 401),
            (node.get("/nowhere"), 404),
            (node.get("/api").header("Host", "evil.example"), 400),
            (node.post("/api/orders/orders", &order).token(&shop.staff), 409),
            (node.get("/api").header("Accept", "image/png"), 406),
        ]
    };
    for (origin, told) in [
        (Some(SITE), [Some(SITE), Some("true"), Some("Origin")]),
        (
            Some("http://localhost:3000"),
            [Some("http://localhost:3000"), Some("true"), Some("Origin")],
        ),
        (Some("https://evil.example"), [None, None, Some("Origin")]),
        (None, [None, None, Some("Origin")]),
    ] {
        for (ask, status) in asks(&node) {
            let ask = origin.map_or(ask.clone(), |origin| ask.header("Origin", origin));
            let answer = ask.send().await;
            assert_eq!((answer.status, reader(&answer)), (status, told), "{origin:?}");
        }
    }
    for (ask, status) in asks(&any) {
        let answer = ask.header("Origin", "https://anywhere.example").send().await;
        assert_eq!((answer.status, reader(&answer)), (status, [Some("*"), None, None]));
        let exposed = answer.header("access-control-expose-headers").unwrap();
        for name in [
            "ETag",
            "Location",
            "Correlation-ID",
            "Sutler-Position",
            "Retry-After",
            "Idempotent-Replayed",
        ] {
            assert!(exposed.split(", ").any(|shown| shown == name), "{name}: {exposed}");
        }
    }
    let refused = exhaust(|| node.get("/api").header("Origin", SITE)).await;
    assert_eq!(reader(&refused)[0], Some(SITE));
}

async fn a_browser_is_told_beforehand_what_pages_may_ask(shop: Arc<Shop>) {
    let node = shop.second_node(&[("cors_origins", SITE)]).await;
    for route in all() {
        let method = route.method.as_str();
        let ask = |origin| {
            let ask = node.ask("OPTIONS", &path(&route)).header("Origin", origin);
            let ask = ask.header("Access-Control-Request-Method", method);
            ask.header("Access-Control-Request-Headers", "authorization,idempotency-key")
        };
        let answer = ask(SITE).send().await;
        assert_eq!((answer.status, reader(&answer)[0]), (204, Some(SITE)), "{}", route.name);
        let methods = answer.header("access-control-allow-methods").unwrap();
        assert!(methods.split(", ").any(|known| known == method), "{}: {methods}", route.name);
        let headers = answer.header("access-control-allow-headers").unwrap();
        let mut known = vec!["Authorization", "Content-Type", "Correlation-ID", "Cart-Token"];
        // What signs a message is no browser.
        let headers_of_it = route.operation.headers.iter().map(|header| header.name);
        known.extend(headers_of_it.filter(|name| !name.starts_with("webhook-")));
        for name in known {
            assert!(headers.split(", ").any(|shown| shown == name), "{name}: {headers}");
        }
        let other = ask("https://evil.example").send().await;
        assert_eq!((other.status, reader(&other)[0]), (405, None), "{}", route.name);
    }
    // An OPTIONS that asks for nothing beforehand is one like any other.
    let plain = node.ask("OPTIONS", "/api").header("Origin", SITE).send().await;
    plain.problem(405, "method_not_allowed");
}

async fn without_origins_nothing_is_said_of_them(shop: Arc<Shop>) {
    for (method, route) in asked(|_| true) {
        let ask = shop.ask("OPTIONS", &route).header("Origin", SITE);
        let answer = ask.header("Access-Control-Request-Method", &method).send().await;
        answer.problem(405, "method_not_allowed");
        assert_eq!(reader(&answer), [None, None, None], "{route}");
    }
}

async fn what_is_too_large_or_too_deep_is_told_so(shop: Arc<Shop>) {
    for (headers, status) in [(90, 200), (120, 431)] {
        let lines: String = (0..headers).map(|number| format!("X-{number}: y\r\n")).collect();
        let mut wire = Wire::connect(shop.address).await;
        wire.try_write(format!("GET /api HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n").as_bytes())
            .await;
        let answer = wire.answer().await.unwrap();
        assert_eq!(answer.status, status, "{headers} headers: {}", answer.text());
        if status == 431 {
            answer.problem(431, "head_too_large");
        }
    }
    // So that the edits of one have something to edit.
    shop.tin("1.00", 5).await;
    for depth in [128, 100_000] {
        for (method, route) in
            &asked(|route| is_for_admins(route) && route.operation.body.is_some())
        {
            let body = "[".repeat(depth);
            let ask = shop.ask(method, route).raw("application/json", body).token(&shop.admin);
            let problem = ask.send().await.problem(400, "malformed_json");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains("is nested too deep at line 1 column 128"), "{detail}");
        }
    }
}
