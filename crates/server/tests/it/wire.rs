//! Conventions that hold for every path: problems, slashes, correlation ids, hosts, media types.

mod bodies;
mod doors;
mod nasty;
mod positions;

use crate::{
    access::asked,
    app::{PUBLIC_URL, Shop, on_both_engines},
    client::Wire,
};
use domain::Role;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

on_both_engines! {
    an_unknown_path_is_a_problem,
    a_wrong_method_names_the_right_ones,
    every_path_works_with_and_without_its_last_slash,
    a_correlation_id_is_taken_or_made,
    a_host_that_is_not_ours_is_refused,
    links_do_not_depend_on_the_host_of_the_request,
    answers_are_json_or_not_acceptable,
    a_head_is_a_get_without_its_body,
    answers_are_compressed_when_that_is_asked_for,
    what_is_private_is_kept_by_nobody,
    two_tokens_are_one_too_many,
    what_is_not_http_is_told_so_in_full,
}

/// Every path with the methods it has.
fn paths() -> BTreeMap<String, BTreeSet<String>> {
    let mut paths = BTreeMap::<String, BTreeSet<String>>::new();
    for (method, path) in asked(|_| true) {
        paths.entry(path).or_default().insert(method);
    }
    paths
}

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

async fn an_unknown_path_is_a_problem(shop: Arc<Shop>) {
    for path in [
        "/nowhere",
        "/api/nowhere",
        "/api/catalog",
        "/api/catalog/products/1/2",
        "/api//catalog/products",
        "/API/catalog/products",
        "/api/orders/orders/1/cancel/2",
        "/api/catalog/products//",
        "/api/../metrics",
        "/api/%2e%2e/metrics",
        "/favicon.ico",
        "/.env",
    ] {
        for method in METHODS {
            let answer = shop.ask(method, path).send().await;
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
            answer.problem(404, "not_found");
        }
    }
}

async fn a_wrong_method_names_the_right_ones(shop: Arc<Shop>) {
    for (path, right) in paths() {
        for method in METHODS.iter().filter(|method| !right.contains(**method)) {
            for slash in ["", "/"] {
                let answer = shop.ask(method, &format!("{path}{slash}")).send().await;
                assert_eq!(answer.status, 405, "{method} {path}{slash}: {}", answer.text());
                answer.problem(405, "method_not_allowed");
                let allow = answer.header("allow").expect("405 names what is allowed");
                let allowed = allow.split(',').map(|method| method.trim().to_owned());
                let mut allowed: BTreeSet<String> = allowed.collect();
                allowed.retain(|method| !["HEAD", "OPTIONS"].contains(&method.as_str()));
                assert_eq!(allowed, right, "{path}");
            }
        }
    }
}

async fn every_path_works_with_and_without_its_last_slash(shop: Arc<Shop>) {
    shop.tin("1.00", 1).await;
    for (path, methods) in &paths() {
        for method in methods {
            // What one asks may end one's session: each is somebody new, where it writes.
            let asker = async || match method.as_str() {
                "GET" => shop.admin.clone(),
                _ => shop.somebody(Role::Admin).await.token,
            };
            let ask = async |path: &str| {
                let ask = shop.ask(method, path).token(&asker().await).json(&json!({}));
                // What goes for good is there no more for the second one: neither takes it.
                let ask = if method == "DELETE" { ask.header("if-match", "\"999\"") } else { ask };
                ask.send().await
            };
            let (plain, slash) = (ask(path).await, ask(&format!("{path}/")).await);
            assert_eq!(plain.status, slash.status, "{method} {path}/");
            assert!(!(300..400).contains(&slash.status), "{method} {path}/ redirects");
            let tells_when = ["/metrics", "/api/identity/me/export", "/api/orders/metrics"];
            let tells_when = tells_when.contains(&path.as_str());
            if method == "GET" && plain.status == 200 && !tells_when {
                assert_eq!(plain.text(), slash.text(), "{path}/");
            }
        }
    }
    let customer = shop.customer("ann").await;
    let body = json!({"order_items": [{"product": 1, "quantity": 1}]});
    let order = shop.post("/api/orders/orders/", &body).token(&customer.token).send().await;
    let order = order.expect(201);
    let path = format!("/api/orders/orders/{}/cancel/", order["id"].as_str().unwrap());
    let cancelled = shop.ask("POST", &path).token(&customer.token).send().await.expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    let list = shop.get("/api/orders/orders/?limit=1").token(&customer.token).send().await;
    assert_eq!(list.expect(200)["count"], 1);
}

async fn a_correlation_id_is_taken_or_made(shop: Arc<Shop>) {
    let customer = shop.customer("ann").await;
    for given in [
        "01890000-0000-7000-8000-00000000abcd",
        "01890000-0000-7000-8000-00000000ABCD",
        "0189000000007000800000000000abcd",
        "ffffffffffffffffffffffffffffffff",
    ] {
        for path in ["/api/catalog/products", "/api/identity/me", "/nowhere", "/health/live"] {
            let ask = shop.get(path).header("Correlation-ID", given).token(&customer.token);
            let back = ask.send().await.header("correlation-id").unwrap().to_owned();
            assert_eq!(back.replace('-', "").to_lowercase(), given.replace('-', "").to_lowercase());
        }
    }
    let mut made = BTreeSet::new();
    let wrong = ["", "mine", "0189", "01890000-0000-7000-8000-00000000abcdef", "a b", "\u{e9}"];
    for given in wrong {
        let answer = shop.get("/nowhere").header("Correlation-ID", given).send().await;
        let id = answer.header("correlation-id").unwrap().to_owned();
        assert!(uuid::Uuid::try_parse(&id).is_ok(), "{id}");
        answer.problem(404, "not_found");
        made.insert(id);
    }
    assert_eq!(made.len(), wrong.len());
}

async fn a_host_that_is_not_ours_is_refused(shop: Arc<Shop>) {
    for host in [
        "evil.example",
        "shop.example.evil.example",
        "localhost.evil",
        "",
        "a b",
        "shop.example@evil",
    ] {
        for path in ["/api", "/api/catalog/products", "/api/identity/me"] {
            let answer = shop.get(path).header("Host", host).send().await;
            assert_eq!(answer.status, 400, "{host} {path}: {}", answer.text());
        }
    }
    let answer = shop.get("/api").header("Host", "evil.example").send().await;
    answer.problem(400, "host_not_allowed");
    for host in [
        "shop.example",
        "SHOP.example",
        "shop.example:8443",
        "localhost",
        "127.0.0.1:1",
        "[::1]:80",
    ] {
        shop.get("/api").header("Host", host).send().await.expect(200);
    }
    let strict = shop.second_node(&[("allowed_hosts", ".shops.example")]).await;
    for (host, status) in [
        ("a.shops.example", 200),
        ("shops.example", 200),
        ("localhost", 400),
        ("xshops.example", 400),
    ] {
        let answer = strict.get("/api").header("Host", host).send().await;
        assert_eq!(answer.status, status, "{host}");
    }
}

async fn links_do_not_depend_on_the_host_of_the_request(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 5).await;
    for (name, value) in [
        ("Host", "127.0.0.1"),
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "host=evil.example;proto=ftp"),
        ("X-Forwarded-Proto", "ftp"),
    ] {
        let index = shop.get("/api").header(name, value).send().await.expect(200);
        for (_, link) in index.as_object().unwrap() {
            assert!(link.as_str().unwrap().starts_with(PUBLIC_URL), "{name}: {link}");
        }
        let path = format!("/api/catalog/products/{tin}");
        let shown = shop.get(&path).header(name, value).send().await.expect(200);
        assert_eq!(shown["url"], format!("{PUBLIC_URL}{path}"));
    }
}

async fn answers_are_json_or_not_acceptable(shop: Arc<Shop>) {
    // What is at /api, browsers are shown as a page.
    let is_data = |path: &str| path.starts_with("/api/");
    for accept in
        ["text/html", "text/html, image/*;q=0.8", "application/json;q=0", "application/xml"]
    {
        for (method, path) in asked(|route| is_data(route.path)) {
            let ask = shop.ask(&method, &path).header("Accept", accept).token(&shop.staff);
            let answer = ask.json(&json!({})).send().await;
            assert_eq!(answer.status, 406, "{path} {accept}: {}", answer.text());
            answer.problem(406, "not_acceptable");
        }
    }
    for accept in
        ["*/*", "application/json", "application/*", "text/html, */*;q=0.1", "APPLICATION/JSON", ""]
    {
        let answer = shop.get("/api/catalog/products").header("Accept", accept).send().await;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{accept}");
        answer.expect(200);
    }
    shop.get("/health/live").header("Accept", "text/html").send().await.expect(200);
}

async fn a_head_is_a_get_without_its_body(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 5).await;
    for path in
        ["/api", "/api/catalog/products", &format!("/api/catalog/products/{tin}"), "/health/live"]
    {
        let get = shop.get(path).send().await;
        let head = shop.ask("HEAD", path).send().await;
        assert_eq!(head.status, 200, "{path}");
        for name in ["content-type", "content-length", "etag"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
}

async fn answers_are_compressed_when_that_is_asked_for(shop: Arc<Shop>) {
    for _ in 0..10 {
        shop.tin("1.00", 5).await;
    }
    let list = async |accepted: &str| {
        shop.get("/api/catalog/products").header("Accept-Encoding", accepted).send().await
    };
    let plain = list("identity").await;
    assert_eq!((plain.status, plain.header("content-encoding")), (200, None));
    for (accepted, encoding, magic) in [
        ("gzip", "gzip", &[0x1f, 0x8b][..]),
        ("zstd", "zstd", &[0x28, 0xb5, 0x2f, 0xfd]),
        ("br;q=1, gzip;q=0.5", "gzip", &[0x1f, 0x8b]),
    ] {
        let answer = list(accepted).await;
        assert_eq!(answer.header("content-encoding"), Some(encoding), "{accepted}");
        assert!(answer.body.starts_with(magic) && answer.body.len() < plain.body.len());
        let vary = answer.header("vary").unwrap_or_default().to_lowercase();
        assert!(vary.contains("accept-encoding"), "{accepted}: {vary}");
    }
}

async fn what_is_private_is_kept_by_nobody(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 5).await;
    let ann = shop.customer("ann").await;
    let order = shop.place(&ann, tin, 1).await;
    let path = format!("/api/orders/orders/{}", order.expect(201)["id"].as_str().unwrap());
    let product = format!("/api/catalog/products/{tin}");
    let private = "private, no-store";
    for (path, token, status, expected) in [
        (path.as_str(), Some(&ann.token), 200, private),
        ("/api/orders/orders", Some(&ann.token), 200, private),
        ("/api/identity/me", Some(&ann.token), 200, private),
        ("/api/identity/me", None, 401, private),
        ("/metrics", Some(&shop.staff), 200, private),
        ("/nowhere", None, 404, private),
        ("/api/catalog/products", None, 200, "no-cache"),
        (product.as_str(), Some(&ann.token), 200, "no-cache"),
        ("/api", None, 200, "no-cache"),
    ] {
        let ask = shop.get(path);
        let answer = token.map_or(ask.clone(), |token| ask.token(token)).send().await;
        assert_eq!((answer.status, answer.header("cache-control")), (status, Some(expected)));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    assert_eq!(order.header("cache-control"), Some(private));
    let closed = shop.second_node(&[("catalog_public", "false")]).await;
    for path in ["/api/catalog/products", product.as_str()] {
        let answer = closed.get(path).token(&ann.token).send().await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some(private)));
    }
}

async fn two_tokens_are_one_too_many(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    for path in ["/api/identity/me", "/api/catalog/products", "/metrics"] {
        let ask = shop.get(path).token(&shop.staff);
        ask.clone().token(&ann.token).send().await.problem(400, "bad_request");
        ask.token(&shop.staff).send().await.problem(400, "bad_request");
    }
}

async fn what_is_not_http_is_told_so_in_full(shop: Arc<Shop>) {
    let large = format!("GET /api HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "y".repeat(80_000));
    let long = format!("GET /api?{} HTTP/1.1\r\nHost: x\r\n\r\n", "y".repeat(65_540));
    for (bytes, status, code) in [
        // A head ends before an address is too long for HTTP.
        (long.as_str(), 431, "head_too_large"),
        ("nonsense\r\n\r\n", 400, "bad_request"),
        ("GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "bad_request"),
        ("GET /api HTTP/1.1\r\nbad header\r\n\r\n", 400, "bad_request"),
        (large.as_str(), 431, "head_too_large"),
    ] {
        let mut wire = Wire::connect(shop.address).await;
        wire.try_write(bytes.as_bytes()).await;
        wire.answer().await.unwrap().problem(status, code);
    }
    // Also after a request that was in order.
    let mut wire = Wire::connect(shop.address).await;
    wire.write(&shop.get("/api").bytes()).await;
    wire.answer().await.unwrap().expect(200);
    wire.write(b"nonsense\r\n\r\n").await;
    wire.answer().await.unwrap().problem(400, "bad_request");
    assert!(wire.is_ended().await);
}
