//! Those who work on orders: inside a node, and as processes of their own beside it.

use super::SECRET;
use crate::{
    app::{in_runtime, until},
    client::Ask,
    database::{Database, Engine, assert_sound},
    process::{Node, begin_heard, ended, run, run_with_input},
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};
use testbed::{TempDir, processes};

fn handed(name: &str) -> Value {
    json!({ "order_id": name, "user_id": "USER001", "item_ids": [1, "Widget"], "total_amount": 9.99 })
}

/// So many senders at once.
const SENDERS: usize = 16;

/// A shop that is killed again and again.
struct Mortal<'s> {
    command: &'s str,
    settings: &'s [(&'s str, &'s str)],
    /// The key of the channel, where it is not open to anybody.
    key: Option<String>,
}

#[test]
fn what_was_accepted_before_a_crash_is_completed_after_it() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let data = dir.path().to_str().unwrap();
        let settings = settings([("SUTLER_DATA_DIR", data), ("SUTLER_SECRET_KEY", SECRET)]);
        let shop = Mortal { command: "demo", settings: &settings, key: None };
        shop.completes_all_that_it_accepts().await;
        run(dir.path(), &["audit"], &settings).says(0, &[]);
    });
}

#[test]
fn what_was_accepted_before_a_crash_is_completed_after_it_on_postgres() {
    in_runtime(async {
        let Some(database) = Database::create(Engine::Postgres).await else { return };
        let url = ("SUTLER_DATABASE_URL", database.url.as_str());
        let settings = settings([url, ("SUTLER_SECRET_KEY", SECRET)]);
        let mut node = Node::start(&["serve"], &settings).await;
        let admin = admin(&node, &settings).await;
        let key = json!({
            "name": "market",
            "scopes": ["intake", "metrics:read"],
            "channel": "market",
            "unknown_items": "accept",
            "takes_stock": false,
        });
        let key = node.post("/api/identity/api-keys", &key).token(&admin).key("key-1");
        let key = key.send().await.expect(201)["key"].as_str().unwrap().to_owned();
        assert_eq!(node.stop(), Some(0));
        let shop = Mortal { command: "serve", settings: &settings, key: Some(key) };
        shop.completes_all_that_it_accepts().await;
        assert_sound(&database.url).await;
        database.remove().await;
    });
}

fn settings<'s>(own: [(&'s str, &'s str); 2]) -> Vec<(&'s str, &'s str)> {
    let processing = [
        ("SUTLER_PROCESSING", "simulated"),
        ("SUTLER_PROCESSING_AFTER", "0s"),
        ("SUTLER_PROCESSING_TIME", "300ms"),
        // All of them come from one address.
        ("SUTLER_RATE_LIMIT_ADDRESS", "0"),
        ("SUTLER_RATE_LIMIT_CALLER", "0"),
    ];
    [&own[..], &processing].concat()
}

/// The token of one who is made.
async fn admin(node: &Node, settings: &[(&str, &str)]) -> String {
    let (name, password) = ("ada", "correct horse battery");
    let user = ["user", "create", "--username", name, "--email", "ada@example.com"];
    let user = [&user[..], &["--role", "admin", "--password-stdin"]].concat();
    let dir = TempDir::new().unwrap();
    run_with_input(dir.path(), &user, settings, &format!("{password}\n")).says(0, &[]);
    node.token(name, password).await
}

impl Mortal<'_> {
    async fn start(&self) -> Node {
        Node::start(&[self.command], self.settings).await
    }

    fn asks(&self, ask: Ask) -> Ask {
        match &self.key {
            Some(key) => ask.token(key),
            None => ask,
        }
    }

    /// Whatever was accepted is completed, however often the process dies in the middle of it.
    async fn completes_all_that_it_accepts(&self) {
        let mut accepted = BTreeSet::new();
        for life in 0..3 {
            let mut node = self.start().await;
            let count = AtomicUsize::new(0);
            let senders = (0..SENDERS).map(|sender| self.hand_over(&node, life, sender, &count));
            let killed = async {
                tokio::time::sleep(Duration::from_millis(700)).await;
                until("some are accepted", async || count.load(Relaxed) > 4 * SENDERS).await;
                node.signal("KILL");
            };
            let (taken, ()) = tokio::join!(join_all(senders), killed);
            taken.into_iter().for_each(|taken| accepted.extend(taken));
            node.ended();
        }
        assert!(accepted.len() > 10 * SENDERS, "{}", accepted.len());
        let mut node = self.start().await;
        until("nothing is left to do", async || {
            let figures = self.asks(node.ask("GET", "/api/orders/metrics")).send().await;
            let figures = figures.expect(200);
            let counts = &figures["status_counts"];
            let counted = counts.as_object().unwrap().values().filter_map(Value::as_u64);
            let all = counted.sum::<u64>();
            all >= accepted.len() as u64 && counts["completed"] == all
        })
        .await;
        for name in &accepted {
            let path = format!("/api/orders/{name}/");
            let shown = self.asks(node.ask("GET", &path)).send().await.expect(200);
            assert_eq!(shown["status"], "completed", "{name}");
        }
        assert_eq!(node.stop(), Some(0));
    }

    /// One after the other, until nothing is answered any more: those that were accepted.
    async fn hand_over(
        &self,
        node: &Node,
        life: u32,
        sender: usize,
        count: &AtomicUsize,
    ) -> Vec<String> {
        let mut accepted = Vec::new();
        for number in 0.. {
            let name = format!("ORD-{life}-{sender}-{number}");
            match self.asks(node.post("/api/orders/", &handed(&name))).try_send().await {
                Ok(answer) if answer.status == 201 => {
                    count.fetch_add(1, Relaxed);
                    accepted.push(name);
                }
                _ => break,
            }
        }
        accepted
    }
}

#[test]
fn a_worker_beside_the_shop_completes_its_orders() {
    in_runtime(async {
        let Some(database) = Database::create(Engine::Postgres).await else { return };
        let shop = [("SUTLER_DATABASE_URL", database.url.as_str()), ("SUTLER_SECRET_KEY", SECRET)];
        let node = Node::start(&["serve"], &shop).await;
        let dir = TempDir::new().unwrap();
        run(dir.path(), &["worker"], &shop).says(1, &["processing is manual", "instant"]);
        let token = admin(&node, &shop).await;
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
