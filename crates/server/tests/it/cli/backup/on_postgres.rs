//! A shop on Postgres, which its own tools back up: as docs/backups.md says.

use super::SECRET;
use crate::{
    app::{in_runtime, until},
    database::{Database, Engine, assert_sound, load_schema},
    process::{Node, PATIENCE, run, run_with_input},
};
use serde_json::json;
use store::Location;
use testbed::{Postgres, TempDir};

#[test]
fn a_shop_on_postgres_is_told_that_it_was_restored() {
    in_runtime(async {
        let Some(database) = Database::create(Engine::Postgres).await else { return };
        let dir = TempDir::new().unwrap();
        let shop = on(&database.url);
        let run = |arguments: &[&str]| run(dir.path(), arguments, &shop);
        for command in ["backup", "restore", "drill"] {
            run(&[command]).says(1, &["Postgres' own tools", "docs/backups.md"]);
        }
        let mut node = Node::start(&["serve"], &shop).await;
        let epoch = async || epoch_of(&database.url).await;
        let before = epoch().await;
        run(&["restore", "--new-epoch"]).says(1, &["in use", "stop whatever serves"]);
        assert_eq!(node.stop(), Some(0));
        assert_eq!(epoch().await, before);
        run(&["restore", "--new-epoch"]).says(0, &["an epoch of its own"]);
        assert_ne!(epoch().await, before);
        let wrong = [&shop[..], &[("SUTLER_BACKUP_TO", "backups")]].concat();
        let refused = crate::process::run(dir.path(), &["serve"], &wrong);
        refused.says(1, &["backup_to is set", "Postgres", "docs/backups.md"]);
        assert_sound(&database.url).await;
        database.remove().await;
    });
}

/// As docs/backups.md says: a copy of one night, the log since, and a moment between two orders.
#[test]
fn a_shop_on_postgres_comes_back_to_a_moment() {
    in_runtime(async {
        if Postgres::find().is_none() {
            assert!(!testbed::databases::is_ci(), "no Postgres to restore");
            return;
        }
        let archive = TempDir::on_disk().unwrap();
        let server = Postgres::start_archiving(archive.path()).unwrap();
        let url = server.url("postgres");
        let (data, settings) = (TempDir::new().unwrap(), on(&url));
        let node = Node::start(&["serve"], &settings).await;
        let add =
            ["user", "create", "--username", "ada", "--email", "a@example.com", "--role", "admin"];
        let add = [&add[..], &["--password-stdin"]].concat();
        run_with_input(data.path(), &add, &settings, "three blind mice\n").says(0, &[]);
        let token = node.token("ada", "three blind mice").await;
        let tin = json!({ "name": "Tin", "price": 1, "quantity": 100 });
        let tin = node.post("/api/catalog/products", &tin).token(&token).send().await.expect(201);
        let order = json!({ "order_items": [{ "product": tin["id"], "quantity": 1 }] });
        let place = async || {
            let placed = node.post("/api/orders/orders", &order).token(&token).send().await;
            placed.expect(201)["id"].as_str().unwrap().to_owned()
        };
        let before_the_copy = place().await;
        // A shop of an earlier schema beside it: where a log is kept, the moment before it is migrated is marked.
        administered(&url, "create database earlier").await;
        let earlier = server.url("earlier");
        load_schema(&earlier, 9).await;
        run(data.path(), &["migrate"], &on(&earlier))
            .says(0, &["the restore point `sutler before schema", "at schema 9`", "applied"]);
        let copied = server.copied().unwrap();
        let after_it = place().await;
        let moment = text(&url, "select clock_timestamp()::text").await;
        let lost = place().await;
        let epoch = epoch_of(&url).await;
        // The shop goes on to write into the next one.
        let full = text(&url, "select pg_walfile_name(pg_switch_wal())").await;
        until("the log is archived", async || {
            let last = "select coalesce(last_archived_wal, '') from pg_stat_archiver";
            text(&url, last).await >= full
        })
        .await;
        drop(node);
        server.kill_9().unwrap();

        let server = Postgres::start_restored(copied, archive.path(), &moment).unwrap();
        let url = server.url("postgres");
        until("the log is read", async || {
            text(&url, "select pg_is_in_recovery()::text").await == "false"
        })
        .await;
        let settings = on(&url);
        run(data.path(), &["restore", "--new-epoch"], &settings).says(0, &["an epoch of its own"]);
        run(data.path(), &["audit"], &settings).says(0, &["invariants hold"]);
        assert_ne!(epoch_of(&url).await, epoch);
        let node = Node::start(&["serve"], &settings).await;
        for (order, status) in [(before_the_copy, 200), (after_it, 200), (lost, 404)] {
            let path = format!("/api/orders/orders/{order}");
            let token = node.token("ada", "three blind mice").await;
            let shown = node.ask("GET", &path).token(&token).send().await;
            assert_eq!(shown.status, status, "{order}");
        }
    });
}

fn on(url: &str) -> [(&str, &str); 2] {
    [("SUTLER_DATABASE_URL", url), ("SUTLER_SECRET_KEY", SECRET)]
}

/// Whoever reads has the shop in use: each time anew.
async fn epoch_of(url: &str) -> String {
    let readers = url.parse::<Location>().unwrap().readers(2, PATIENCE).unwrap();
    readers.exact().feed().await.unwrap().epoch
}

async fn administered(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
}

/// The one text that Postgres answers.
async fn text(url: &str, query: &str) -> String {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.query_one(query, &[]).await.unwrap().get(0)
}
