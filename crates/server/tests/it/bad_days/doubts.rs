//! Commits whose end is not known in time. The answer says that, and never that nothing was changed;
//! the same key then finds the one order.

use super::{Told, history};
use crate::{
    app::{Shop, blind, in_runtime, on_both_engines, until},
    client::{Answer, Ask},
    database::assert_sound,
};
use domain::{BatchId, Micros};
use serde_json::{Value, json};
use server::app::App;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use store::{
    Error, Limits, Location, Writer,
    tx::{Committed, Connect, Read, Tx, Write},
};
use testbed::{Durability, Postgres};
use tokio::task::JoinSet;

on_both_engines! {
    an_order_that_landed_unseen_while_nothing_can_be_read_is_an_unknown_outcome,
}

const ORDERS: &str = "/api/orders/orders";

/// Runs a story against a Postgres of its own, where there is one.
fn with_postgres(story: impl AsyncFnOnce(&Postgres, &str)) {
    if Postgres::find().is_none() {
        assert!(!testbed::databases::is_ci(), "no Postgres in CI");
        return;
    }
    in_runtime(async {
        let server = Postgres::start(Durability::Off).unwrap();
        let url = server.url("postgres");
        story(&server, &url).await;
        assert_sound(&url).await;
    });
}

/// An order that stands still within its commit for a while.
fn slow(shop: &Shop, token: &str, product: i64, key: &str) -> Ask {
    let body = json!({"order_items": [{"product": product, "quantity": 1}], "note": "slow"});
    shop.post(ORDERS, &body).token(token).key(key)
}

async fn slow_down(session: &tokio_postgres::Client) {
    let sql = "create function public.slow_down() returns trigger language plpgsql as $$ begin
             if new.note = 'slow' then perform pg_sleep(3); end if; return new; end $$;
         create trigger slow_down before insert on orders.orders
             for each row execute function public.slow_down()";
    session.batch_execute(sql).await.unwrap();
}

async fn session(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Asks with the key until its order is known; it was there already.
async fn found(ask: &Ask) -> Value {
    let mut last: Option<Answer> = None;
    until("the order of the key", async || {
        let answer = ask.clone().send().await;
        assert!([201, 503, 504].contains(&answer.status), "{}", answer.text());
        last.insert(answer).status == 201
    })
    .await;
    let last = last.unwrap();
    assert_eq!(last.header("idempotent-replayed"), Some("true"));
    last.json()
}

/// One client hears of its deadline, another one is patient; the freeze outlasts also the store's
/// own patience with a connection.
#[test]
fn a_postgres_frozen_within_the_commit_is_an_unknown_outcome_and_the_key_finds_the_order() {
    with_postgres(async |server: &Postgres, url: &str| {
        let hasty = [("command_deadline", "5s"), ("answer_deadline", "6s")];
        let hasty = Shop::open(url, &hasty).await;
        let patient = hasty.second_node(&[("answer_deadline", "1m")]).await;
        let (tin, cup) = (hasty.tin("1.00", 10).await, hasty.tin("1.00", 10).await);
        let (ann, ben) = (hasty.customer("ann").await, hasty.customer("ben").await);
        let beside = session(url).await;
        slow_down(&beside).await;
        let asks = [slow(&hasty, &ann.token, tin, "hers"), slow(&patient, &ben.token, cup, "his")];
        let [hers, his] = asks.clone().map(|ask| tokio::spawn(ask.send()));
        let within = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'
            or wait_event_type = 'Lock'";
        until("both to be within their commits", async || {
            beside.query_one(within, &[]).await.unwrap().get::<_, i64>(0) == 2
        })
        .await;
        server.pause().unwrap();
        hers.await.unwrap().problem(504, "outcome_unknown");
        for shop in [&hasty, &patient] {
            let losses = &shop.app.writer.counts.losses;
            until("the connection to be given up", async || losses.load(Relaxed) > 0).await;
        }
        assert!(!his.is_finished(), "it is not known yet");
        server.resume().unwrap();
        let (hers, his) = (found(&asks[0]).await, his.await.unwrap().expect(201));
        assert_eq!(found(&asks[1]).await["id"], his["id"]);
        assert_ne!(hers["id"], his["id"]);
        assert_eq!(hasty.orders().await, 2);
        assert_eq!((hasty.available(tin).await, hasty.available(cup).await), (9, 9));
    });
}

const BUYERS: usize = 24;

/// Clients that wait for every answer, while Postgres is killed and frozen again and again.
#[test]
fn nobody_who_heard_a_refusal_finds_the_order_placed() {
    with_postgres(async |server: &Postgres, url: &str| {
        let hasty = [
            ("queue_max_age", "150ms"),
            ("command_deadline", "250ms"),
            ("answer_deadline", "300ms"),
        ];
        let shop = Shop::open(url, &hasty).await;
        let tin = shop.tin("1.00", 1_000_000).await;
        let ann = shop.customer("ann").await;
        let (is_over, placed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut buyers = JoinSet::new();
        for buyer in 0..BUYERS {
            let orders = shop.ask("POST", ORDERS).token(&ann.token);
            let (is_over, placed) = (is_over.clone(), placed.clone());
            buyers.spawn(async move {
                let mut told = Told::default();
                for number in 0.. {
                    if is_over.load(Relaxed) {
                        break;
                    }
                    match told.ask(orders.clone(), tin, &format!("{buyer}-{number}")).await {
                        201 => drop(placed.fetch_add(1, Relaxed)),
                        // Those who are refused at once do not only ask.
                        _ => tokio::time::sleep(Duration::from_millis(20)).await,
                    }
                }
                told
            });
        }
        for round in 0..6 {
            let before = placed.load(Relaxed);
            until("orders", async || placed.load(Relaxed) > before + 60).await;
            if round % 2 == 0 {
                server.kill_9().unwrap();
                server.start_again().unwrap();
            } else {
                server.pause().unwrap();
                // Longer than anybody is told to wait.
                tokio::time::sleep(Duration::from_millis(600)).await;
                server.resume().unwrap();
            }
        }
        is_over.store(true, Relaxed);
        let mut told = Told::default();
        buyers.join_all().await.into_iter().for_each(|one| told.add(one));
        for status in [201, 503, 504] {
            assert!(told.statuses.contains_key(&status), "{:?}", told.statuses);
        }
        // The database has caught up with what was sent to it when an order of now is placed.
        until("the shop to be well", async || shop.place(&ann, tin, 1).await.status == 201).await;
        told.assert_true(&noted(&shop).await);
    });
}

/// All orders that were asked for with a note.
async fn noted(shop: &Shop) -> Vec<Value> {
    let mut all = history(|path| shop.get(path).token(&shop.staff)).await;
    all.retain(|order| order["note"] != "");
    all
}

/// A way to the database on which the answer to the next commit gets lost.
struct Lossy {
    inner: Box<dyn Connect>,
    loses: Arc<AtomicBool>,
}

struct LossyTx {
    inner: Box<dyn Tx>,
    loses: Arc<AtomicBool>,
}

impl Connect for Lossy {
    fn connect(&self) -> Result<Box<dyn Tx>, Error> {
        Ok(Box::new(LossyTx { inner: self.inner.connect()?, loses: self.loses.clone() }))
    }
}

impl Tx for LossyTx {
    fn begin(&mut self, batch: BatchId, reads: &mut [Read]) -> Result<Micros, Error> {
        self.inner.begin(batch, reads)
    }

    fn read(&mut self, reads: &mut [Read]) -> Result<(), Error> {
        self.inner.read(reads)
    }

    fn write_and_commit(&mut self, writes: &[Write]) -> Result<Committed, Error> {
        let counted = self.inner.write_and_commit(writes)?;
        match self.loses.swap(false, Relaxed) {
            true => Err(Error::Lost("on purpose".into())),
            false => Ok(counted),
        }
    }

    fn rollback(&mut self) -> Result<(), Error> {
        self.inner.rollback()
    }
}

/// It is known then that the order was placed, but not its number.
async fn an_order_that_landed_unseen_while_nothing_can_be_read_is_an_unknown_outcome(
    shop: Arc<Shop>,
) {
    let loses = Arc::new(AtomicBool::new(false));
    let node = Shop::open_as(&shop.url, &[], |app| {
        let inner = shop.url.parse::<Location>().unwrap().writer();
        let connect = Box::new(Lossy { inner, loses: loses.clone() });
        let writer = Writer::start(connect, Limits::default()).unwrap();
        App { writer, ..blind(app) }
    })
    .await;
    let tin = shop.tin("1.00", 10).await;
    let ann = shop.customer("ann").await;
    let body = json!({"order_items": [{"product": tin, "quantity": 1}]});
    let ask = |shop: &Shop| shop.post(ORDERS, &body).token(&ann.token).key("k").send();
    loses.store(true, Relaxed);
    ask(&node).await.problem(504, "outcome_unknown");
    assert_eq!(shop.orders().await, 1);
    // Also when it is asked for again: a refusal would say that there is no such order.
    let told = ask(&node).await.problem(504, "outcome_unknown");
    let advice = "send it again with the same Idempotency-Key to learn it";
    assert!(told["detail"].as_str().unwrap().ends_with(advice), "{told}");
    let again = ask(&shop).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let path = format!("{ORDERS}/{}/cancel", again.expect(201)["id"].as_str().unwrap());
    let cancel = |shop: &Shop| shop.ask("POST", &path).token(&ann.token).key("c").send();
    loses.store(true, Relaxed);
    // Of which commit it is this node cannot read.
    let ask = node.ask("POST", &path).token(&ann.token).key("c").elsewhere();
    assert_eq!(ask.send().await.expect(200)["status"], "cancelled");
    cancel(&node).await.problem(504, "outcome_unknown");
    assert_eq!(cancel(&shop).await.expect(200)["status"], "cancelled");
    assert_eq!((shop.orders().await, shop.available(tin).await), (1, 10));
}
