//! `sutler demo`: a shop within a second, for its own machine only.

use crate::{
    app::in_runtime,
    database::assert_sound,
    process::{Node, run},
};
use serde_json::json;
use testbed::{TempDir, processes};

#[test]
fn a_demo_listens_on_loopback_only() {
    let dir = TempDir::new().unwrap();
    for listen in ["0.0.0.0:0", "192.0.2.1:8000", "[::]:0"] {
        let ended = run(dir.path(), &["demo"], &[("SUTLER_LISTEN", listen)]);
        ended.says(1, &["loopback", "sutler serve"]);
        run(dir.path(), &["demo", "--listen", listen], &[]).says(1, &["loopback"]);
    }
}

#[test]
fn a_demo_is_a_shop_with_a_thousand_products_that_stays() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let environment = [("SUTLER_DATA_DIR", dir.path().to_str().unwrap())];
        let mut demo = Node::start(&["demo"], &environment).await;
        let list = demo.ask("GET", "/api/catalog/products?limit=100").send().await.expect(200);
        let first = list["results"][0].clone();
        let words = ["category", "sku", "name", "description"].map(|field| first[field].as_str());
        assert!(words.iter().all(|words| words.is_some_and(|text| !text.is_empty())), "{first}");
        assert!(!first["sku"].as_str().unwrap().starts_with("P-"), "one that was made: {first}");
        let admin = demo.token("admin", "admin-password").await;
        let all = demo.ask("GET", "/api/catalog/products").token(&admin).send().await;
        assert_eq!(all.expect(200)["count"], 1000);
        demo.ask("GET", "/metrics").send().await;
        let token = demo.token("demo", "demo-password").await;
        let body = json!({"order_items": [{"product": 1, "quantity": 2}]});
        let place = demo.post("/api/orders/orders", &body).token(&token).key("first-order");
        let order = place.send().await.expect(201);
        assert_eq!(demo.stop(), Some(0));

        // Another start finds what was there, and the token is still good.
        let mut demo = Node::start(&["demo"], &environment).await;
        let orders = demo.ask("GET", "/api/orders/orders").token(&token).send().await.expect(200);
        assert_eq!([&orders["count"], &orders["results"][0]["id"]], [&json!(1), &order["id"]]);
        let all = demo.ask("GET", "/api/catalog/products").token(&admin).send().await;
        assert_eq!(all.expect(200)["count"], 1000);
        assert_eq!(demo.stop(), Some(0));
        assert_sound(&format!("sqlite://{}", dir.path().join("sutler.db").display())).await;
    });
}

#[test]
fn the_curl_commands_that_a_demo_prints_work() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let demo =
            Node::start(&["demo"], &[("SUTLER_DATA_DIR", dir.path().to_str().unwrap())]).await;
        let said = demo.said();
        for part in ["demo-password", "admin-password", &demo.address.to_string()] {
            assert!(said.contains(part), "{part} is not in {said}");
        }
        let Some(_) = processes::on_path("curl") else { return };
        let lines = said.lines().map(str::trim);
        let commands: Vec<&str> =
            lines.filter(|line| line.starts_with("curl ") || line.starts_with("TOKEN=")).collect();
        assert_eq!(commands.len(), 3, "{said}");
        let mut shell = std::process::Command::new("sh");
        shell.arg("-c").arg(commands.join("\n"));
        let output = shell.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("\"count\":1000") || text.contains("\"results\":["), "{text}");
        assert!(text.contains("201 Created") && text.contains("\"pending\""), "{text}");
    });
}
