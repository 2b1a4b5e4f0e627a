//! A disk that fails within a commit, as SQLite sees it: whether what was written reached the disk
//! is not known then, and no answer claims to know it.

use crate::{
    app::{SECRET, in_runtime, until},
    client::Ask,
    database::{Database, Engine, assert_sound},
    process::{Node, run_with_input},
};
use serde_json::{Value, json};
use std::fs;

const ENVIRONMENT: [(&str, &str); 4] = [
    ("SUTLER_SECRET_KEY", SECRET),
    ("SUTLER_COMMAND_DEADLINE", "2s"),
    ("SUTLER_ANSWER_DEADLINE", "2500ms"),
    ("SUTLER_SHUTDOWN_TIMEOUT", "1s"),
];

/// A shop in a process of its own, with somebody who works there and something to buy.
struct Open {
    database: Database,
    node: Node,
    token: String,
    product: Value,
}

impl Open {
    async fn new() -> Open {
        let database = Database::create(Engine::Sqlite).await.unwrap();
        let url = database.url.clone();
        let environment = [&ENVIRONMENT[..], &[("SUTLER_DATABASE_URL", url.as_str())]].concat();
        let create =
            "user create --username ann --email a@example.com --role staff --password-stdin";
        let create: Vec<&str> = create.split(' ').collect();
        let created =
            run_with_input(database.dir.path(), &create, &environment, "three blind mice\n");
        created.says(0, &[]);
        let node = Node::start(&["serve"], &environment).await;
        let token = node.token("ann", "three blind mice").await;
        let body = json!({"name": "Tin", "price": 1, "quantity": 10});
        let create = node.post("/api/catalog/products", &body).token(&token);
        let product = create.send().await.expect(201)["id"].clone();
        Open { database, node, token, product }
    }

    fn buy(&self, key: &str) -> Ask {
        let body = json!({"order_items": [{"product": self.product, "quantity": 1}], "note": key});
        self.node.post("/api/orders/orders", &body).token(&self.token).key(key)
    }

    /// Until those who follow the events have come to their end: the next commit is a client's.
    async fn rests(&self) {
        let shop = rusqlite::Connection::open(self.database.dir.path().join("shop.db")).unwrap();
        let sql = "select count(*) from consumers c, feed f where c.position < f.position";
        until("who follows the events rests", async || {
            shop.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() == 0
        })
        .await;
    }

    /// The next commit writes half of what it has to.
    async fn fails_halfway(&self) {
        self.rests().await;
        let log = self.database.dir.path().join("shop.db-wal");
        let length = fs::metadata(log).unwrap().len();
        self.node.limit_files(&(length + 4096).to_string());
    }

    /// Nothing can be written any more, not even what is to be said of it.
    async fn fails(&self) {
        self.rests().await;
        self.node.limit_files("0");
    }

    fn heals(&self) {
        self.node.limit_files("unlimited");
    }

    async fn notes(&self) -> Vec<String> {
        let list = self.node.ask("GET", "/api/orders/orders?limit=100").token(&self.token);
        let list = list.send().await.expect(200);
        let notes = list["results"].as_array().unwrap().iter();
        notes.map(|order| order["note"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn a_disk_that_fails_within_the_commit_is_an_unknown_outcome_and_the_key_finds_the_one_order() {
    in_runtime(async {
        let mut shop = Open::new().await;
        shop.buy("before").send().await.expect(201);
        shop.fails_halfway().await;
        one_order_is_found(&shop, "k").await;
        shop.fails().await;
        one_order_is_found(&shop, "l").await;
        assert_eq!(shop.node.stop(), Some(0));
        assert_sound(&shop.database.url).await;
    });
}

async fn one_order_is_found(shop: &Open, key: &str) {
    shop.buy(key).send().await.problem(504, "outcome_unknown");
    // This one was not begun, and may say so.
    let other = format!("beside {key}");
    let refused = shop.buy(&other).send().await;
    assert!([503, 504].contains(&refused.status), "{}", refused.text());
    shop.heals();
    let mut order = Value::Null;
    until("the order of the key", async || {
        let answer = shop.buy(key).send().await;
        order = answer.json();
        answer.status == 201
    })
    .await;
    let again = shop.buy(key).send().await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(201)["id"], order["id"]);
    let notes = shop.notes().await;
    assert_eq!(notes.iter().filter(|note| *note == key).count(), 1, "{notes:?}");
    if refused.status == 503 {
        assert!(!notes.contains(&other), "refused and placed");
    }
}

#[test]
fn a_shop_whose_disk_fails_can_be_stopped() {
    in_runtime(async {
        let mut shop = Open::new().await;
        shop.fails().await;
        shop.buy("k").send().await.problem(504, "outcome_unknown");
        assert!(shop.node.stop().is_some(), "{}", shop.node.said());
        assert_sound(&shop.database.url).await;
    });
}
