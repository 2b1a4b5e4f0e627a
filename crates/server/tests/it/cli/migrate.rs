//! Renewing a shop: programs of two versions beside each other, a rehearsal, and what is kept before.

use super::SECRET;
use crate::{
    app::in_runtime,
    database::{Database, Engine, assert_sound},
    process::{Ended, Node, PATIENCE, run, run_with_input},
};
use serde_json::json;
use std::fs;
use store::{Location, SERVES_FROM, Schema, schema_version};

const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

/// A shop of an earlier schema, with data in it.
struct Old(Database);

impl Old {
    async fn of(engine: Engine, version: u32) -> Option<Old> {
        Some(Old(Database::of_schema(engine, version).await?))
    }

    fn settings(&self) -> [(&str, &str); 3] {
        let data = self.0.dir.path().to_str().unwrap();
        [
            ("SUTLER_DATABASE_URL", &self.0.url),
            ("SUTLER_DATA_DIR", data),
            ("SUTLER_SECRET_KEY", SECRET),
        ]
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        run(self.0.dir.path(), arguments, &self.settings())
    }

    async fn schema(&self) -> Schema {
        self.0.url.parse::<Location>().unwrap().schema().await.unwrap()
    }

    /// All that lies beside the shop.
    fn beside(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.dir.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| !name.starts_with("shop.db")).collect();
        names.sort();
        names
    }

    /// What was kept before it was migrated.
    fn kept(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.dir.path().join("before-migrating"));
        let entries = entries.into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Another version says whose programs may work here.
    async fn brought_further(&self, oldest: u32) {
        let public = if self.0.url.starts_with("sqlite:") { "" } else { "public." };
        let history = format!("{public}refinery_schema_history");
        let sql = format!(
            "delete from {history} where version = 99;
            insert into {history} select 99, 'later', applied_on, checksum from {history} limit 1;
            update oldest set schema = {oldest}"
        );
        self.0.sql(&sql).await;
    }
}

/// A shop trades: something is made, bought, and bought no more.
async fn trades(node: &Node, token: &str, name: &str) {
    let tin = json!({ "name": name, "price": 1, "quantity": 9 });
    let tin = node.post("/api/catalog/products", &tin).token(token).send().await.expect(201);
    let order = json!({ "order_items": [{ "product": tin["id"], "quantity": 2 }] });
    let place = async || {
        let placed = node.post("/api/orders/orders", &order).token(token).send().await;
        placed.expect(201)["id"].as_str().unwrap().to_owned()
    };
    let (kept, cancelled) = (place().await, place().await);
    let cancel = node.post(&format!("/api/orders/orders/{cancelled}/cancel"), &json!({}));
    cancel.token(token).send().await.expect(200);
    let shown = node.ask("GET", &format!("/api/orders/orders/{kept}")).token(token).send().await;
    assert_eq!(shown.expect(200)["status"], "pending");
    let line = json!({ "product": tin["id"], "quantity": 1 });
    node.post("/api/cart/items", &line).token(token).send().await.expect(200);
    node.post("/api/cart/checkout", &json!({})).token(token).send().await.expect(201);
}

#[test]
fn the_schema_of_the_version_before_is_worked_on_beside_it_and_migrated_under_way() {
    in_runtime(async {
        for engine in ENGINES {
            for version in SERVES_FROM..schema_version() {
                let Some(shop) = Old::of(engine, version).await else { return };
                let settings = shop.settings();
                let add = ["user", "create", "--username", "ada", "--email", "a@example.com"];
                let add = [&add[..], &["--role", "admin", "--password-stdin"]].concat();
                run_with_input(shop.0.dir.path(), &add, &settings, "three blind mice\n")
                    .says(0, &["created"]);
                let node = Node::start(&["serve", "--no-migrate"], &settings).await;
                assert!(node.said().contains("schema of another version"), "{}", node.said());
                let token = node.token("ada", "three blind mice").await;
                trades(&node, &token, "Tin").await;
                shop.run(&["audit"]).says(0, &["invariants hold"]);
                let behind = shop.schema().await;
                assert_eq!(behind.version(), version, "it was left as it was: {behind:?}");
                shop.run(&["migrate"]).says(0, &["applied"]);
                assert_eq!(shop.schema().await, Schema::Current);
                trades(&node, &token, "Cup").await;
                shop.run(&["audit"]).says(0, &["invariants hold"]);
                drop(node);
                shop.0.remove().await;
            }
        }
    });
}

#[test]
fn a_program_that_is_too_old_says_so_and_one_that_is_not_works() {
    in_runtime(async {
        for engine in ENGINES {
            let Some(shop) = Database::migrated(engine).await.map(Old) else { return };
            let known = schema_version();
            shop.brought_further(known).await;
            shop.run(&["audit"]).says(0, &["invariants hold"]);
            shop.run(&["migrate"]).says(0, &["schema 99, of a later version", "may work there"]);
            for serve in [&["serve"][..], &["serve", "--no-migrate"]] {
                let mut node = Node::start(serve, &shop.settings()).await;
                assert!(node.said().contains("schema of another version"), "{}", node.said());
                assert_eq!(node.stop(), Some(0));
            }
            shop.brought_further(known + 1).await;
            let reason = format!("older than that of schema {} may work", known + 1);
            for command in [
                &["serve", "--listen", "127.0.0.1:0"][..],
                &["serve", "--no-migrate", "--listen", "127.0.0.1:0"],
                &["migrate"],
                &["migrate", "--no-backup"],
                &["migrate", "--rehearse"],
                &["audit"],
                &["stock", "low"],
                &["user", "list"],
                &[
                    "user",
                    "create",
                    "--username",
                    "ada",
                    "--email",
                    "a@example.com",
                    "--role",
                    "admin",
                ],
            ] {
                shop.run(command).says(2, &["too old", "schema 99", &reason]);
            }
            shop.run(&["check", "--deploy"]).says(1, &["too old", "schema 99"]);
            assert_eq!(shop.beside(), [""; 0]);
            shop.0.remove().await;
        }
    });
}

#[test]
fn a_shop_is_backed_up_before_it_is_migrated() {
    in_runtime(async {
        let old = async || Old::of(Engine::Sqlite, 9).await.expect("a file");
        let shop = old().await;
        shop.run(&["audit"]).says(2, &["sutler migrate"]);
        shop.run(&["migrate"]).says(0, &["backed up as sutler", "before-migrating", "applied V11"]);
        let kept = shop.kept();
        assert_eq!(kept.len(), 1, "{kept:?}");
        shop.run(&["migrate"]).says(0, &["up to date"]);
        assert_eq!(shop.kept(), kept, "nothing was to be migrated");
        let file = shop.0.dir.path().join("before-migrating").join(&kept[0]);
        let file = file.to_str().unwrap();
        shop.run(&["restore", "--replace", file]).says(0, &["is the shop again"]);

        let shop = old().await;
        shop.run(&["migrate", "--no-backup"]).says(0, &["applied V11"]);
        assert_eq!(shop.kept(), [""; 0]);

        let shop = old().await;
        shop.run(&["migrate", "--backup-to", "kept"]).says(0, &["in kept", "applied"]);
        assert_eq!(shop.beside(), ["kept"]);

        for (serve, is_kept) in [(&["serve"][..], true), (&["serve", "--no-backup"], false)] {
            let shop = old().await;
            let mut node = Node::start(serve, &shop.settings()).await;
            assert_eq!(node.said().contains("before the schema is changed: backed up"), is_kept);
            assert_eq!(node.stop(), Some(0));
            assert_eq!(shop.kept().len(), usize::from(is_kept));
            assert_eq!(shop.schema().await, Schema::Current);
        }

        // It would be of no use to go back to.
        let shop = old().await;
        shop.0.sql("update stock set on_hand = on_hand + 1 where product_id = 1").await;
        shop.run(&["migrate"])
            .says(1, &["no backup could be taken", "--no-backup", "sutler audit"]);
        assert_eq!(shop.schema().await.version(), 9);
    });
}

#[test]
fn a_shop_on_postgres_without_an_archive_is_migrated_and_told_so() {
    in_runtime(async {
        let Some(shop) = Old::of(Engine::Postgres, 9).await else { return };
        shop.run(&["migrate"]).says(0, &["no backup was taken", "docs/backups.md", "applied V11"]);
        assert_sound(&shop.0.url).await;
        // It is a server for tests.
        let many = ["check", "--deploy", "--database-connections", "1000"];
        shop.run(&many).says(1, &["fsync = off", "1002 connections", "max_connections"]);
        shop.0.remove().await;
    });
}

#[test]
fn a_rehearsal_on_sqlite_changes_nothing_and_tells_how_long_it_takes() {
    in_runtime(async {
        let shop = Old::of(Engine::Sqlite, 8).await.expect("a file");
        let told = ["V9__flow took ", "V11__oldest took ", ": writes to the shop wait for it"];
        let told = [&told[..], &["3 migrations in ", "invariants hold afterwards"]].concat();
        shop.run(&["migrate", "--rehearse"]).says(0, &told);
        assert_eq!(shop.schema().await.version(), 8);
        assert_eq!(shop.beside(), [""; 0]);
        shop.run(&["migrate", "--rehearse", "postgres://localhost/x"])
            .says(1, &["takes no address"]);
        shop.0.sql("update stock set on_hand = on_hand + 1 where product_id = 1").await;
        shop.run(&["migrate", "--rehearse"]).says(1, &["afterwards it does not hold that"]);
        shop.run(&["migrate", "--no-backup"]).says(0, &["applied V11"]);
        shop.run(&["migrate", "--rehearse"]).says(1, &["Nothing is to be migrated"]);
        let nowhere = shop.0.dir.path().join("nowhere");
        let nowhere = ["migrate", "--rehearse", "--data-dir", nowhere.to_str().unwrap()];
        run(shop.0.dir.path(), &nowhere, &[]).says(2, &["there is no shop"]);
    });
}

#[test]
fn a_rehearsal_on_postgres_takes_a_clone_and_nothing_else() {
    in_runtime(async {
        let Some(shop) = Old::of(Engine::Postgres, 8).await else { return };
        let clone = Old::of(Engine::Postgres, 8).await.unwrap();
        let empty = Database::create(Engine::Postgres).await.unwrap();
        let rehearse = |clone: &str| shop.run(&["migrate", "--rehearse", clone]);
        shop.run(&["migrate", "--rehearse"]).says(1, &["on a clone", "postgres://"]);
        rehearse(&shop.0.url).says(1, &["the shop itself"]);
        rehearse("sqlite://shop.db").says(1, &["is on Postgres, and so must its clone be"]);
        rehearse("nonsense").says(1, &["the clone", "postgres://"]);
        rehearse(&empty.url).says(2, &["there is no shop"]);
        run(shop.0.dir.path(), &["migrate", "--no-backup"], &clone.settings())
            .says(0, &["applied"]);
        rehearse(&clone.0.url).says(1, &["the shop is at schema 8 and its clone at schema 11"]);
        let other = Old::of(Engine::Postgres, 8).await.unwrap();
        other.0.sql("update writer.feed set epoch = 'other'").await;
        rehearse(&other.0.url).says(1, &["another shop"]);
        let fresh = Old::of(Engine::Postgres, 8).await.unwrap();
        let readers = fresh.0.url.parse::<Location>().unwrap().readers(2, PATIENCE).unwrap();
        readers.exact().feed().await.unwrap();
        rehearse(&fresh.0.url).says(1, &["somebody works on the clone"]);
        drop(readers);
        let told = ["V10__clocks took", "reads and writes of orders.claims wait for it"];
        let told = [&told[..], &["V11__oldest took", "nothing waits for it", "3 migrations in"]];
        rehearse(&fresh.0.url).says(0, &told.concat());
        assert_eq!(fresh.schema().await, Schema::Current);
        assert_eq!(shop.schema().await.version(), 8);
        for one in [shop.0, clone.0, fresh.0, other.0, empty] {
            one.remove().await;
        }
    });
}
