//! A database that goes away, or is held by somebody else, while people buy: orders are refused
//! with 503 or answered late, none is lost, none is doubled, and nobody restarts the shop.

use super::{Heard, assert_kept, buy, history, order};
use crate::{
    app::{Shop, in_runtime, until},
    database::{Database, Engine, assert_sound},
};
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use testbed::{Durability, Postgres};
use tokio::task::JoinSet;

const BUYERS: usize = 24;

/// People who buy, each order with a key that they keep until it is acknowledged.
struct Crowd {
    buyers: JoinSet<Heard>,
    is_over: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
}

impl Crowd {
    async fn start(shop: &Arc<Shop>, product: i64) -> Crowd {
        let (is_over, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let mut buyers = JoinSet::new();
        let person = shop.customer("ann").await;
        for buyer in 0..BUYERS {
            let ask = shop.post("/api/orders/orders", &order(&json!(product))).token(&person.token);
            let (is_over, acknowledged) = (is_over.clone(), Arc::clone(&acknowledged));
            buyers.spawn(async move {
                let mut heard = Heard::default();
                for number in 0.. {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    // It is never given up: in the end every key has its order.
                    buy(ask.clone(), &format!("{buyer}-{number}"), &mut heard, || false).await;
                    AtomicUsize::fetch_add(&acknowledged, 1, Ordering::Relaxed);
                }
                heard
            });
        }
        Crowd { buyers, is_over, acknowledged }
    }

    /// Waits until so many more orders were acknowledged.
    async fn buys(&self, more: usize) {
        let before = self.acknowledged.load(Ordering::Relaxed);
        until("orders", async || self.acknowledged.load(Ordering::Relaxed) >= before + more).await;
    }

    async fn ends(self) -> Heard {
        self.is_over.store(true, Ordering::Relaxed);
        let mut heard = Heard::default();
        for one in self.buyers.join_all().await {
            heard.add(one);
        }
        heard
    }
}

async fn assert_exact(shop: &Shop, heard: &Heard, product: i64, stock: i64) {
    let stored = history(|path| shop.get(path).token(&shop.staff)).await;
    assert_kept(&stored, heard, heard.orders.len());
    assert_eq!(stored.len(), heard.orders.len(), "{:?}", heard.statuses);
    let sold = i64::try_from(stored.len()).unwrap();
    assert_eq!(shop.available(product).await, stock - sold);
}

#[test]
fn a_postgres_that_stops_and_comes_back_loses_and_doubles_nothing() {
    if Postgres::find().is_none() {
        assert!(!testbed::databases::is_ci(), "no Postgres in CI");
        return;
    }
    in_runtime(async {
        let server = Postgres::start(Durability::Full).unwrap();
        let url = server.url("postgres");
        let hasty = [("queue_max_age", "200ms"), ("command_deadline", "400ms")];
        let shop = Shop::open(&url, &hasty).await;
        let tin = shop.tin("1.00", 1_000_000).await;
        let ben = shop.customer("ben").await;
        let crowd = Crowd::start(&shop, tin).await;
        crowd.buys(100).await;
        server.stop_immediate().unwrap();
        let ready = async || shop.get("/health/ready").send().await;
        until("not ready", async || ready().await.status == 503).await;
        assert!(ready().await.text().contains("database"), "it says what is not ready");
        shop.get("/health/live").send().await.expect(200);
        let read = shop.get("/api/orders/orders").token(&shop.staff).send().await;
        read.problem(503, "unavailable");
        assert!(read.header("retry-after").is_some());
        let refused = shop.place(&ben, tin, 1).await;
        assert_eq!(refused.status, 503, "{}", refused.text());
        assert!(refused.header("retry-after").is_some());
        server.start_again().unwrap();
        crowd.buys(100).await;
        // And once more, while it is busy again, without a moment to recover.
        server.kill_9().unwrap();
        server.start_again().unwrap();
        crowd.buys(100).await;
        until("ready", async || ready().await.status == 200).await;
        let heard = crowd.ends().await;
        assert!(!heard.statuses.contains_key(&0), "a connection broke: {:?}", heard.statuses);
        assert_exact(&shop, &heard, tin, 1_000_000).await;
        assert_sound(&url).await;
    });
}

#[test]
fn a_postgres_that_freezes_is_survived() {
    if Postgres::find().is_none() {
        assert!(!testbed::databases::is_ci(), "no Postgres in CI");
        return;
    }
    in_runtime(async {
        let server = Postgres::start(Durability::Full).unwrap();
        let url = server.url("postgres");
        let hasty = [
            ("queue_max_age", "100ms"),
            ("command_deadline", "300ms"),
            ("answer_deadline", "500ms"),
        ];
        let shop = Shop::open(&url, &hasty).await;
        let tin = shop.tin("1.00", 1_000_000).await;
        let ben = shop.customer("ben").await;
        let crowd = Crowd::start(&shop, tin).await;
        crowd.buys(50).await;
        server.pause().unwrap();
        // Whoever comes now hears so in time, and the shop itself lives.
        let answer = shop.place(&ben, tin, 1).await;
        assert!([503, 504].contains(&answer.status), "{}", answer.text());
        shop.get("/health/live").send().await.expect(200);
        server.resume().unwrap();
        crowd.buys(50).await;
        let heard = crowd.ends().await;
        let known = heard.statuses.keys().all(|status| [201, 503, 504].contains(status));
        assert!(known, "{:?}", heard.statuses);
        assert_sound(&url).await;
    });
}

#[test]
fn a_locked_sqlite_is_waited_for_or_refused() {
    in_runtime(async {
        let database = Database::create(Engine::Sqlite).await.unwrap();
        let shop = Shop::open(&database.url, &[]).await;
        let tin = shop.tin("1.00", 1_000_000).await;
        let ben = shop.customer("ben").await;
        let crowd = Crowd::start(&shop, tin).await;
        crowd.buys(50).await;
        let path = database.dir.path().join("shop.db");
        let other = rusqlite::Connection::open(&path).unwrap();
        other.busy_timeout(Duration::from_secs(20)).unwrap();
        other.execute_batch("begin immediate").unwrap();
        // Readers are not locked out, and who wants to write hears of it.
        shop.get(&format!("/api/catalog/products/{tin}")).send().await.expect(200);
        shop.get("/api/orders/orders").token(&shop.staff).send().await.expect(200);
        let answer = shop.place(&ben, tin, 1).await;
        assert_eq!(answer.status, 503, "{}", answer.text());
        other.execute_batch("rollback").unwrap();
        crowd.buys(50).await;
        let heard = crowd.ends().await;
        assert_exact(&shop, &heard, tin, 1_000_000).await;
        assert_sound(&database.url).await;
    });
}

#[test]
fn a_full_sqlite_refuses_and_goes_on_when_there_is_room() {
    in_runtime(async {
        let database = Database::create(Engine::Sqlite).await.unwrap();
        let shop = Shop::open(&database.url, &[]).await;
        let tin = shop.tin("1.00", 1_000_000).await;
        let ann = shop.customer("ann").await;
        // There is no row after the highest id: SQLite says then what it says of a full disk.
        let full = "create table brim (id integer primary key autoincrement);
             insert into brim values (9223372036854775807);
             create trigger fill after insert on events begin insert into brim values (null); end";
        database.sql(full).await;
        let ask = shop.post("/api/orders/orders", &order(&json!(tin))).token(&ann.token).key("k");
        let answer = ask.clone().send().await;
        answer.problem(503, "unavailable");
        assert!(answer.header("retry-after").is_some());
        assert_eq!((shop.orders().await, shop.available(tin).await), (0, 1_000_000));
        database.sql("drop trigger fill").await;
        ask.send().await.expect(201);
        assert_eq!(shop.orders().await, 1);
        assert_sound(&database.url).await;
    });
}
