//! A process that is killed in the middle of it, again and again: what follows the events goes on where it was.

use super::{Heard, buy, order};
use crate::{
    app::{SECRET, in_runtime, until},
    database::{Database, Engine, assert_sound},
    process::{Node, run_with_input},
};
use serde_json::json;
use store::Location;
use tokio::task::JoinSet;

/// Buyers at a process that is killed; the next one counts what it has left, and nothing twice.
async fn a_killed_process_counts_no_order_twice(engine: Engine) {
    let Some(database) = Database::create(engine).await else { return };
    let environment = [
        ("SUTLER_DATABASE_URL", database.url.as_str()),
        ("SUTLER_SECRET_KEY", SECRET),
        ("SUTLER_RATE_LIMIT_CALLER", "0"),
        ("SUTLER_RATE_LIMIT_ADDRESS", "0"),
    ];
    let create =
        ["user", "create", "--username", "ann", "--email", "a@example.com", "--role", "staff"];
    let create = [&create[..], &["--password-stdin"]].concat();
    run_with_input(database.dir.path(), &create, &environment, "three blind mice\n").says(0, &[]);
    let mut node = Node::start(&["serve"], &environment).await;
    let token = node.token("ann", "three blind mice").await;
    let body = json!({"name": "Tin", "price": 1, "quantity": 1_000_000});
    let product = node.post("/api/catalog/products", &body).token(&token).send().await.expect(201);
    for life in 0..3 {
        let mut buyers = JoinSet::new();
        for buyer in 0..8 {
            let ask = node.post("/api/orders/orders", &order(&product["id"])).token(&token);
            buyers.spawn(async move {
                let mut heard = Heard::default();
                for number in 0..30 {
                    let key = format!("{life}-{buyer}-{number}");
                    buy(ask.clone(), &key, &mut heard, || true).await;
                }
            });
        }
        // Or somewhere else: whoever has ended earlier was not killed in the middle.
        until("some buyers to end", async || buyers.try_join_next().is_some()).await;
        node.signal("KILL");
        node.ended();
        buyers.join_all().await;
        assert_sound(&database.url).await;
        // The dead one's lease runs for a while, and nobody has as much time here.
        database.sql("update consumers set leased_until = 0").await;
        node = Node::start(&["serve"], &environment).await;
    }
    let readers = database.url.parse::<Location>().unwrap();
    let readers = readers.readers(1, std::time::Duration::from_secs(5)).unwrap();
    until("the figures", async || {
        let last = readers.exact().feed().await.unwrap().position;
        readers.late().figures(0, 0).await.unwrap().position == last
    })
    .await;
    let metrics = node.ask("GET", "/api/orders/metrics").token(&token).send().await.expect(200);
    let list = node.ask("GET", "/api/orders/orders?limit=1").token(&token).send().await.expect(200);
    assert_eq!(metrics["status_counts"]["pending"], list["count"], "{metrics}");
    assert!(list["count"].as_i64().unwrap() >= 30, "{list}");
    assert_eq!(node.stop(), Some(0));
    assert_sound(&database.url).await;
    drop(readers);
    database.remove().await;
}

#[test]
fn a_killed_process_counts_no_order_twice_on_sqlite() {
    in_runtime(a_killed_process_counts_no_order_twice(Engine::Sqlite));
}

#[test]
fn a_killed_process_counts_no_order_twice_on_postgres() {
    in_runtime(a_killed_process_counts_no_order_twice(Engine::Postgres));
}
