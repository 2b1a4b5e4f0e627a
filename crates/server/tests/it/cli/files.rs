//! What a shop leaves on a disk: private whatever the umask, and whole in one file once it stopped.

use super::SECRET;
use crate::{
    app::in_runtime,
    process::{Node, run, run_with_input},
};
use serde_json::json;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use testbed::TempDir;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A database without what lies beside it.
fn copied_alone(file: &Path) -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let copy = dir.path().join("copy.db");
    fs::copy(file, &copy).unwrap();
    (dir, copy)
}

fn count(file: &Path, table: &str) -> i64 {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0)).unwrap()
}

fn create_ann(dir: &Path, environment: &[(&str, &str)]) {
    let create =
        ["user", "create", "--username", "ann", "--email", "a@example.com", "--role", "staff"];
    let create = [&create[..], &["--password-stdin"]].concat();
    run_with_input(dir, &create, environment, "three blind mice\n").says(0, &["created"]);
}

#[test]
fn what_a_shop_makes_is_its_owners_alone() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        for (name, command) in [("demo", "demo"), ("shop", "serve")] {
            let data = dir.path().join("deep").join(name);
            let environment =
                [("SUTLER_DATA_DIR", data.to_str().unwrap()), ("SUTLER_SECRET_KEY", SECRET)];
            // The stories' processes have the umask 000.
            let mut node = Node::start(&[command], &environment).await;
            assert_eq!((mode(&data), mode(data.parent().unwrap())), (0o700, 0o700), "{name}");
            for file in ["sutler.db", "sutler.db-wal", "sutler.db-shm"] {
                assert_eq!(mode(&data.join(file)), 0o600, "{name}: {file}");
            }
            assert_eq!(node.stop(), Some(0));
        }
        let data = dir.path().join("made/by/migrate");
        let environment = [("SUTLER_DATA_DIR", data.to_str().unwrap())];
        run(dir.path(), &["migrate"], &environment).says(0, &["applied"]);
        assert_eq!((mode(&data), mode(&data.join("sutler.db"))), (0o700, 0o600));
        let data = dir.path().join("secret");
        let mut demo = Node::start(&["demo"], &[("SUTLER_DATA_DIR", data.to_str().unwrap())]).await;
        assert_eq!(mode(&data.join("secret.key")), 0o600);
        assert_eq!(demo.stop(), Some(0));
    });
}

#[test]
fn files_that_others_can_read_are_named_before_a_deploy() {
    let dir = TempDir::new().unwrap();
    let data = dir.path().join("data");
    let (key, settings) = (dir.path().join("key"), dir.path().join("settings.toml"));
    fs::write(&key, SECRET).unwrap();
    fs::write(&settings, "currency = 'EUR'\n").unwrap();
    let environment = [
        ("SUTLER_SECRET_KEY_FILE", key.to_str().unwrap()),
        ("SUTLER_CONFIG", settings.to_str().unwrap()),
        ("SUTLER_DATA_DIR", data.to_str().unwrap()),
    ];
    run(dir.path(), &["migrate"], &environment).says(0, &[]);
    let database = data.join("sutler.db");
    let files = [&key, &settings, &database];
    for open in files {
        files.iter().for_each(|file| set_mode(file, 0o640));
        set_mode(open, 0o644);
        let ended = run(dir.path(), &["check", "--deploy"], &environment);
        for file in files {
            let is_named = ended.stdout.contains(&format!("{} (0644)", file.display()));
            assert_eq!(is_named, file == open, "{ended:?}");
        }
        ended.says(1, &["chmod"]);
    }
}

#[test]
fn the_file_of_a_stopped_shop_is_all_of_it() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("sutler.db");
        let url = format!("sqlite://{}", file.display());
        let environment = [("SUTLER_DATABASE_URL", url.as_str()), ("SUTLER_SECRET_KEY", SECRET)];
        create_ann(dir.path(), &environment);
        let (_dir, copy) = copied_alone(&file);
        assert_eq!(count(&copy, "accounts"), 1);

        let mut node = Node::start(&["serve"], &environment).await;
        let token = node.token("ann", "three blind mice").await;
        let body = json!({"name": "Tin", "price": 1, "quantity": 5});
        let create = node.post("/api/catalog/products", &body).token(&token);
        let product = create.send().await.expect(201);
        let body = json!({"order_items": [{"product": product["id"], "quantity": 2}]});
        node.post("/api/orders/orders", &body).token(&token).send().await.expect(201);
        // Readers are open, as they are on any shop that was of use.
        node.ask("GET", "/api/orders/orders").token(&token).send().await.expect(200);
        assert_eq!(node.stop(), Some(0));
        let (_dir, copy) = copied_alone(&file);
        // Of the account, the product, and the order.
        assert_eq!((count(&copy, "orders"), count(&copy, "events")), (1, 3));
        let elsewhere = format!("sqlite://{}", copy.display());
        run(dir.path(), &["audit", "--database-url", &elsewhere], &[]).says(0, &["hold"]);
    });
}
