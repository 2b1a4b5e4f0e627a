//! /health, /metrics and /api: what operators and newcomers look at first.

use crate::{
    app::{PUBLIC_URL, Shop, on_both_engines, until},
    gate::Gate,
};
use serde_json::json;
use server::{api::all, http::document::draw};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use store::Limits;

on_both_engines! {
    a_shop_that_serves_is_live_and_ready,
    a_shop_whose_writer_is_behind_is_not_ready,
    the_figures_are_for_staff,
    the_index_links_to_everything_that_is_there,
    the_document_describes_the_running_shop,
}

async fn a_shop_that_serves_is_live_and_ready(shop: Arc<Shop>) {
    for path in ["/health/live", "/health/ready", "/health/live/", "/health/ready/"] {
        let answer = shop.get(path).send().await;
        assert!(answer.expect(200).is_object(), "{path}");
    }
}

async fn a_shop_whose_writer_is_behind_is_not_ready(shop: Arc<Shop>) {
    let (gate, patient) = (Gate::default(), Duration::from_secs(60));
    let (command_deadline, answer_deadline) = (patient, patient);
    let narrow =
        Limits { queue_commands: 1, command_deadline, answer_deadline, ..Limits::default() };
    let node = gate.node(&shop, narrow).await;
    // Nor do its consumers wait in the queue, which is for one.
    node.stop_workers().await;
    let create = |name: &str| {
        let body = json!({"name": name, "price": 1});
        tokio::spawn(node.post("/api/catalog/products", &body).token(&node.staff).send())
    };
    let ready = async || node.get("/health/ready").send().await;
    gate.close();
    let written = create("Tin");
    gate.holds().await;
    ready().await.expect(200);
    let waits = create("Cup");
    until("the queue to be full", async || ready().await.status != 200).await;
    let behind = ready().await.expect(503);
    let told = ["status", "database", "writer"].map(|name| behind[name].as_str().unwrap());
    assert_eq!(told, ["not ready", "ok", "is behind"]);
    node.get("/health/live").send().await.expect(200);
    gate.open();
    for created in [written, waits] {
        created.await.unwrap().expect(201);
    }
    ready().await.expect(200);
}

async fn the_figures_are_for_staff(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let tin = shop.tin("1.00", 3).await;
    shop.place(&ann, tin, 1).await.expect(201);
    shop.get("/metrics").send().await.problem(401, "unauthenticated");
    shop.get("/metrics").token(&ann.token).send().await.problem(403, "forbidden");
    let answer = shop.get("/metrics").token(&shop.staff).send().await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
    let text = answer.text();
    let mut kinds = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(kinds.insert(name.to_owned(), kind.to_owned()).is_none(), "{name} comes twice");
        } else if !line.starts_with('#') {
            let (_, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
    assert!(kinds.len() > 5, "{text}");
    let placed = "route=\"/api/orders/orders\",method=\"POST\"";
    assert!(text.contains(placed), "the order was not counted: {text}");
}

async fn the_index_links_to_everything_that_is_there(shop: Arc<Shop>) {
    let index = shop.get("/api").send().await.expect(200);
    assert_eq!(shop.get("/api/").send().await.expect(200), index);
    let mut paths = Vec::new();
    for (name, link) in index.as_object().unwrap() {
        let path = link.as_str().unwrap().strip_prefix(PUBLIC_URL);
        let path = path.unwrap_or_else(|| panic!("{name} is no absolute link: {link}"));
        let answer = shop.get(path).token(&shop.admin).send().await;
        assert!([200, 405].contains(&answer.status), "{path}: {}", answer.text());
        paths.push(path.to_owned());
    }
    for path in [
        "/api/identity/register",
        "/api/identity/token",
        "/api/identity/me",
        "/api/catalog/products",
        "/api/catalog/inventory/batch",
        "/api/orders/orders",
    ] {
        assert!(paths.contains(&path.to_owned()), "{path} is not in {}", json!(paths));
    }
}

async fn the_document_describes_the_running_shop(shop: Arc<Shop>) {
    let path = "/api/openapi.json";
    let answer = shop.get(path).send().await;
    let document = answer.expect(200);
    assert_eq!(document, draw(&all(), shop.app.currency, PUBLIC_URL));
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"], json!([{ "url": PUBLIC_URL }]));
    let tag = answer.header("etag").unwrap();
    assert_eq!(shop.get(path).header("If-None-Match", tag).send().await.status, 304);
    // Amounts have the decimals of the shop's currency.
    let yen = shop.second_node(&[("currency", "JPY")]).await;
    let amount = |document: &serde_json::Value| {
        let line = &document["components"]["schemas"]["NewProduct"]["properties"]["price"];
        line["pattern"].as_str().unwrap().to_owned()
    };
    assert_eq!(amount(&yen.get(path).send().await.expect(200)), "^([0-9]{1,14}|100000000000000)$");
    assert!(amount(&document).contains("{1,2}"), "{}", amount(&document));
}
