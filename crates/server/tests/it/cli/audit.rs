//! `sutler audit`: an exit code to trust, on a live shop and on a stopped one.

use super::SECRET;
use crate::{
    app::in_runtime,
    database::{Database, Engine},
    process::{Node, run, run_with_input},
};
use serde_json::json;
use std::path::Path;
use testbed::TempDir;

/// A shop with an order, served by a process; its database; and how it is told where that is.
async fn shop(engine: Engine) -> Option<(Node, Database)> {
    let database = Database::create(engine).await?;
    let environment =
        [("SUTLER_DATABASE_URL", database.url.as_str()), ("SUTLER_SECRET_KEY", SECRET)];
    let create =
        ["user", "create", "--username", "ann", "--email", "a@example.com", "--role", "staff"];
    let create = [&create[..], &["--password-stdin"]].concat();
    run_with_input(database.dir.path(), &create, &environment, "three blind mice\n").says(0, &[]);
    let node = Node::start(&["serve"], &environment).await;
    let token = node.token("ann", "three blind mice").await;
    let body = json!({"name": "Tin", "price": 1, "quantity": 5});
    let product = node.post("/api/catalog/products", &body).token(&token).send().await.expect(201);
    let body = json!({"order_items": [{"product": product["id"], "quantity": 2}]});
    node.post("/api/orders/orders", &body).token(&token).send().await.expect(201);
    Some((node, database))
}

fn audit(database: &Database) -> crate::process::Ended {
    let environment = [("SUTLER_DATABASE_URL", database.url.as_str())];
    run(database.dir.path(), &["audit"], &environment)
}

async fn a_broken_row_is_found(engine: Engine) {
    let Some((mut node, database)) = shop(engine).await else { return };
    audit(&database).says(0, &["holds"]);
    assert_eq!(node.stop(), Some(0));
    audit(&database).says(0, &["holds"]);
    for (breaks, mends) in [
        ("update stock set on_hand = on_hand + 1", "update stock set on_hand = on_hand - 1"),
        (
            "update orders set total_minor = total_minor + 7",
            "update orders set total_minor = total_minor - 7",
        ),
        ("update orders set status = 2", "update orders set status = 1"),
    ] {
        database.sql(breaks).await;
        let ended = audit(&database);
        ended.says(1, &["BROKEN", "Broken: "]);
        database.sql(mends).await;
    }
    audit(&database).says(0, &["holds"]);
    database.remove().await;
}

#[test]
fn a_broken_row_is_found_on_sqlite() {
    in_runtime(a_broken_row_is_found(Engine::Sqlite));
}

#[test]
fn a_broken_row_is_found_on_postgres() {
    in_runtime(a_broken_row_is_found(Engine::Postgres));
}

async fn an_audit_of_nothing_says_so(engine: Engine) {
    let Some(database) = Database::create(engine).await else { return };
    let ended = audit(&database);
    ended.says(2, &["there is no shop in", "--data-dir", "--database-url"]);
    assert!(!ended.stderr.contains("migrate"), "{ended:?}");
    database.remove().await;
}

#[test]
fn an_audit_of_nothing_says_so_on_sqlite() {
    in_runtime(an_audit_of_nothing_says_so(Engine::Sqlite));
}

#[test]
fn an_audit_of_nothing_says_so_on_postgres() {
    in_runtime(an_audit_of_nothing_says_so(Engine::Postgres));
}

#[test]
fn an_audit_makes_nothing() {
    let dir = TempDir::new().unwrap();
    let nowhere = dir.path().join("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    let ended = run(dir.path(), &["audit", "--data-dir", nowhere], &[]);
    ended.says(2, &["there is no shop in", nowhere]);
    run(dir.path(), &["check", "--deploy", "--data-dir", nowhere], &[]).says(1, &["no shop"]);
    assert!(!Path::new(nowhere).exists());
}

#[test]
fn an_error_of_a_database_names_its_file() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("sutler.db");
    let data = dir.path().to_str().unwrap();
    let environment = [("SUTLER_SECRET_KEY", SECRET), ("SUTLER_LISTEN", "127.0.0.1:0")];
    std::fs::write(&file, "nothing that SQLite wrote, and longer than its header is: ".repeat(9))
        .unwrap();
    for command in ["audit", "migrate", "serve", "demo"] {
        let ended = run(dir.path(), &[command, "--data-dir", data], &environment);
        ended.says(1, &[file.to_str().unwrap(), "not a database"]);
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    for command in ["audit", "migrate", "serve"] {
        let ended = run(dir.path(), &[command, "--data-dir", data], &environment);
        ended.says(1, &[file.to_str().unwrap()]);
    }
}
