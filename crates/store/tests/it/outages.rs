//! Postgres goes away and comes back, under load: every acknowledged order is stored, once, and the
//! shop goes on by itself.

use crate::shop::*;
use domain::{Command, CreateProduct, Done, OrderId, PlaceOrder};
use futures_util::future::join_all;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use store::{Limits, Location, Rejection};
use testbed::{Durability, Postgres};
use uuid::Uuid;

only_on!(Postgres: sessions_that_are_ended_lose_and_double_no_order,);

/// Short, so that a client soon learns that it has to ask again.
fn impatient() -> Limits {
    Limits {
        command_deadline: Duration::from_millis(500),
        answer_deadline: Duration::from_millis(1000),
        ..patient()
    }
}

/// Clients that buy one order after the other, each with a key of its own, and ask again until they
/// are told that they have it.
struct Crowd {
    shop: Shop,
    is_over: AtomicBool,
    acknowledged: AtomicUsize,
    refused: AtomicUsize,
}

type Acknowledged = BTreeMap<(Uuid, String), OrderId>;

impl Crowd {
    fn of(shop: Shop) -> Crowd {
        Crowd {
            shop,
            is_over: AtomicBool::new(false),
            acknowledged: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
        }
    }

    async fn buy(&self, client: u128) -> Acknowledged {
        let mut acknowledged = Acknowledged::new();
        while !self.is_over.load(Relaxed) {
            let key = format!("order {}", acknowledged.len());
            let id = self.ask(|| place(customer(client), Some(&key), &[(1, 1), (2, 1)])).await;
            acknowledged.insert((customer(client).caller.id, key), id);
            self.acknowledged.fetch_add(1, Relaxed);
        }
        acknowledged
    }

    async fn ask(&self, command: impl Fn() -> Command) -> OrderId {
        loop {
            match own::<PlaceOrder>(self.shop.send(command()).await) {
                Ok(Done::Now(order)) => return order.id,
                Ok(Done::Before(id)) => return id,
                Err(Rejection::Unknown | Rejection::Late | Rejection::Unavailable(_)) => {
                    self.refused.fetch_add(1, Relaxed);
                }
                // Refused without a wait.
                Err(Rejection::Busy) => tokio::time::sleep(Duration::from_millis(10)).await,
                other => panic!("{other:?}"),
            }
        }
    }

    /// Waits until business goes on.
    async fn buys_on(&self) {
        let before = self.acknowledged.load(Relaxed);
        until("orders", async || self.acknowledged.load(Relaxed) >= before + 40).await;
    }

    /// Runs eight clients until the story is told; then what they were told is what is stored.
    async fn during(self, story: impl AsyncFnOnce(&Crowd)) {
        let told = async {
            self.buys_on().await;
            story(&self).await;
            self.buys_on().await;
            self.is_over.store(true, Relaxed);
        };
        let clients = join_all((0..8).map(|client| self.buy(client)));
        let (acknowledged, ()) = tokio::join!(clients, told);
        let acknowledged: Acknowledged = acknowledged.into_iter().flatten().collect();
        let session = self.shop.session().await;
        let stored = "select owner_id, idempotency_key, id from orders";
        let stored = session.query(stored, &[]).await.unwrap();
        assert_eq!(stored.len(), acknowledged.len());
        let stored: Acknowledged =
            stored.into_iter().map(|row| ((row.get(0), row.get(1)), OrderId(row.get(2)))).collect();
        assert_eq!(stored, acknowledged);
        assert_sound(&self.shop.location).await;
    }
}

async fn stocked(shop: &Shop) {
    for product in [1, 2] {
        let create = create_product(100, 1_000_000);
        let (made, _) = done::<CreateProduct>(shop.send(create).await);
        assert_eq!(made.id.0, product, "in an empty shop");
    }
}

async fn sessions_that_are_ended_lose_and_double_no_order(shop: Shop) {
    shop.sql("update stock set on_hand = 1000000; update stock_entries set delta = 1000000")
        .await
        .unwrap();
    let connect = shop.location.writer();
    let crowd = Crowd::of(shop.reopened(connect, impatient()));
    let story = async |crowd: &Crowd| {
        let end = "select pg_terminate_backend(pid)::int from pg_stat_activity
            where datname = current_database() and application_name like 'sutler%'";
        for _ in 0..25 {
            let bought = crowd.acknowledged.load(Relaxed);
            until("a session", async || !crowd.shop.numbers(end).await.is_empty()).await;
            until("orders", async || crowd.acknowledged.load(Relaxed) > bought).await;
        }
        let losses = crowd.shop.writer.counts.losses.load(Relaxed);
        assert!(losses > 5, "only {losses} of the sessions had work");
    };
    crowd.during(story).await;
}

/// A shop on a Postgres that may be killed, or none where there is none.
fn on_its_own_postgres(story: impl AsyncFnOnce(Shop, Arc<Postgres>)) {
    let Some(server) = own_postgres(Durability::Full, &[]) else { return };
    let server = Arc::new(server);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let location: Location = server.url("postgres").parse().unwrap();
        location.migrate().await.unwrap();
        let connect = location.writer();
        let shop = Shop::at(Engine::Postgres, location, connect, patient());
        stocked(&shop).await;
        let connect = shop.location.writer();
        story(shop.reopened(connect, impatient()), server).await;
    });
}

async fn acted(server: &Arc<Postgres>, act: fn(&Postgres) -> std::io::Result<()>) {
    let server = server.clone();
    tokio::task::spawn_blocking(move || act(&server)).await.unwrap().unwrap();
}

#[test]
fn a_postgres_that_dies_under_load_loses_and_doubles_no_order() {
    on_its_own_postgres(async |shop: Shop, server| {
        let story = async |crowd: &Crowd| {
            for die in [Postgres::stop_immediate, Postgres::kill_9, Postgres::stop_fast] {
                acted(&server, die).await;
                let refused = crowd.refused.load(Relaxed);
                until("a refusal", async || crowd.refused.load(Relaxed) > refused).await;
                acted(&server, Postgres::start_again).await;
                crowd.buys_on().await;
            }
            assert!(crowd.shop.writer.counts.losses.load(Relaxed) >= 3);
        };
        Crowd::of(shop).during(story).await;
    });
}

#[test]
fn a_postgres_that_freezes_leaves_the_outcome_unknown_until_it_goes_on() {
    on_its_own_postgres(async |shop: Shop, server| {
        let keyed = || place(customer(1), Some("k"), &[(1, 1)]);
        let crowd = Crowd::of(shop);
        // The writer is connected after this, and takes the next command at once.
        crowd.ask(|| place(customer(1), Some("first"), &[(1, 1)])).await;
        acted(&server, Postgres::pause).await;
        assert_eq!(crowd.shop.send(keyed()).await, Err(Rejection::Unknown));
        assert_eq!(
            crowd.shop.send(keyed()).await,
            Err(Rejection::Late),
            "behind the one that is stuck"
        );
        acted(&server, Postgres::resume).await;
        let id = crowd.ask(keyed).await;
        assert!(crowd.shop.readers.exact().order(id).await.unwrap().is_some());
        assert_eq!(crowd.shop.orders().await, 2);
        assert_sound(&crowd.shop.location).await;
    });
}

/// Whoever would write the log a moment later stands still, so that nothing but the commit itself
/// can have written it.
#[test]
fn an_acknowledged_order_was_on_the_disk_before_its_answer() {
    on_its_own_postgres(async |shop: Shop, server| {
        let writers = "select pid from pg_stat_activity
            where backend_type in ('walwriter', 'background writer', 'checkpointer')";
        let rows = shop.session().await.query(writers, &[]).await.unwrap();
        let writers: Vec<u32> = rows.iter().map(|row| row.get::<_, i32>(0) as u32).collect();
        assert_eq!(writers.len(), 3);
        let crowd = Crowd::of(shop);
        crowd.ask(|| place(customer(1), Some("first"), &[(1, 1)])).await;
        testbed::processes::signal("STOP", &writers).unwrap();
        let id = crowd.ask(|| place(customer(1), Some("second"), &[(1, 1)])).await;
        acted(&server, Postgres::kill_9).await;
        acted(&server, Postgres::start_again).await;
        let sql = "select id from orders";
        let kept = crowd.shop.session().await.query(sql, &[]).await.unwrap();
        let kept: Vec<OrderId> = kept.iter().map(|row| OrderId(row.get(0))).collect();
        assert!(kept.contains(&id), "acknowledged and lost: {id}, of {kept:?}");
        assert_sound(&crowd.shop.location).await;
    });
}
