//! Those who work on orders: inside a node, and as processes of their own beside it.

use super::SECRET;
use crate::{
    app::{in_runtime, until},
    database::{Database, Engine, assert_sound},
    process::{Node, begin_heard, ended, run},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use testbed::{TempDir, processes};

fn handed(name: &str) -> Value {
    json!({ "order_id": name, "user_id": "USER001", "item_ids": [1, "Widget"], "total_amount": 9.99 })
}

/// Whatever was accepted is completed, however often the process dies.
#[test]
fn what_was_accepted_before_a_crash_is_completed_after_it() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let settings = [
            ("SUTLER_DATA_DIR", dir.path().to_str().unwrap()),
            ("SUTLER_PROCESSING_AFTER", "0s"),
            ("SUTLER_PROCESSING_TIME", "300ms"),
        ];
        let mut accepted = BTreeSet::new();
        for life in 0..3 {
            let mut demo = Node::start(&["demo"], &settings).await;
            let sender = async {
                for number in 0.. {
                    let name = format!("ORD-{life}-{number}");
                    let told = demo.post("/api/orders/", &handed(&name)).try_send().await;
                    match told {
                        Ok(answer) if answer.status == 201 => drop(accepted.insert(name)),
                        _ => break,
                    }
                }
            };
            // In the middle of it.
            let _ = tokio::time::timeout(Duration::from_millis(700), sender).await;
            demo.signal("KILL");
            demo.ended();
        }
        assert!(accepted.len() > 10, "{}", accepted.len());
        let mut demo = Node::start(&["demo"], &settings).await;
        until("nothing is left to do", async || {
            let path = "/api/orders/?limit=100&cursor=";
            let (mut next, mut all) = (path.to_owned(), true);
            loop {
                let page = demo.ask("GET", &next).send().await.expect(200);
                let orders = page["results"].as_array().unwrap();
                all &= orders.iter().all(|order| order["status"] == "completed");
                match page["next"].as_str() {
                    Some(link) => next = format!("/api/{}", link.split_once("/api/").unwrap().1),
                    None => break all,
                }
            }
        })
        .await;
        for name in &accepted {
            demo.ask("GET", &format!("/api/orders/{name}/")).send().await.expect(200);
        }
        assert_eq!(demo.stop(), Some(0));
        run(dir.path(), &["audit"], &settings[..1]).says(0, &[]);
    });
}

#[test]
fn a_worker_beside_the_shop_completes_its_orders() {
    in_runtime(async {
        let Some(database) = Database::create(Engine::Postgres).await else { return };
        let shop = [("SUTLER_DATABASE_URL", database.url.as_str()), ("SUTLER_SECRET_KEY", SECRET)];
        let node = Node::start(&["serve"], &shop).await;
        let dir = TempDir::new().unwrap();
        run(dir.path(), &["worker"], &shop).says(1, &["processing is manual", "instant"]);
        let user = [
            "user",
            "create",
            "--username",
            "ada",
            "--email",
            "ada@example.com",
            "--role",
            "admin",
            "--password-stdin",
        ];
        crate::process::run_with_input(dir.path(), &user, &shop, "correct horse battery\n")
            .says(0, &[]);
        let token = node.token("ada", "correct horse battery").await;
        let product = json!({ "name": "Tin", "price": "2.00", "quantity": 50 });
        let product =
            node.post("/api/catalog/products", &product).token(&token).send().await.expect(201);
        let body = json!({ "order_items": [{ "product": product["id"], "quantity": 1 }] });
        let order = node.post("/api/orders/orders", &body).token(&token).send().await.expect(201);
        let instant = [&shop[..], &[("SUTLER_PROCESSING", "instant")]].concat();
        let worker = begin_heard(dir.path(), &["worker"], &instant);
        let path = format!("/api/orders/orders/{}", order["id"].as_str().unwrap());
        until("it is completed", async || {
            let shown = node.ask("GET", &path).token(&token).send().await.expect(200);
            shown["status"] == "completed"
        })
        .await;
        processes::signal("TERM", &[worker.id()]).unwrap();
        ended(worker).says(0, &["working", "closed"]);
        drop(node);
        assert_sound(&database.url).await;
        database.remove().await;
    });
}

#[test]
fn a_shop_of_one_process_has_no_worker_beside_it() {
    let dir = TempDir::new().unwrap();
    let environment = [("SUTLER_SECRET_KEY", SECRET), ("SUTLER_PROCESSING", "instant")];
    run(dir.path(), &["worker"], &environment).says(1, &["SQLite", "database_url"]);
    let http = [("SUTLER_SECRET_KEY", SECRET), ("SUTLER_PROCESSING", "http")];
    run(dir.path(), &["serve"], &http).says(1, &["fulfilment_url", "fulfilment_secret"]);
}
