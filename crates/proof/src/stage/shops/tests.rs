//! A small shop of the same making has nothing that the audit finds, and goes on like any other.

use super::*;
use crate::stage::{
    baskets::Mix,
    sites::{Shop, currency},
    texts,
};
use domain::Done;
use store::{Answered, Limits, Location, Writer};
use uuid::Uuid;

const PAST: Past = Past {
    products: 130,
    movements: 8,
    orders: 470,
    lines: 2,
    customers: 30,
    begins_at: AT,
    pace: PACE,
};

#[test]
fn a_customer_has_the_same_id_in_a_statement_and_here() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    for number in [1, 7, 59_999, 60_000] {
        let sql = format!("select {}", customer(Engine::Sqlite, &number.to_string()));
        let id: Vec<u8> = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(id, customer_id(number).as_bytes(), "{number}");
    }
}

/// The regular, whom in a bench the command line makes.
async fn register(shop: &Shop, engine: Engine) {
    let sql = format!(
        "insert into accounts (id, username, username_folded, email, email_folded, password_hash,
             first_name, last_name, role, is_active, created_at, updated_at)
         values ({}, '{USERNAME}', '{USERNAME}', 'a@b.c', 'a@b.c', '', '', '', 1, true, 1, 1)",
        engine.id(&format!("'{}'", Uuid::now_v7().simple()))
    );
    bulk::write(&shop.location, &[], vec![sql]).await.unwrap();
}

/// Each index and each key, with its definition.
async fn made(shop: &Shop) -> Vec<Vec<String>> {
    let sql = match &shop.location {
        Location::Sqlite(_) => "select name, coalesce(sql, '') from sqlite_master order by name",
        Location::Postgres(_) => {
            "select indexname, indexdef from pg_indexes
             where schemaname in ('identity', 'catalog', 'orders', 'writer')
             union all select conname, pg_get_constraintdef(oid) from pg_constraint order by 1, 2"
        }
    };
    texts::read(&shop.location, &[sql]).await.unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_with_a_past_is_sound_and_goes_on() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if engine == Engine::Postgres && testbed::Postgres::find().is_none() {
            eprintln!("SKIPPED on Postgres: it is not installed");
            continue;
        }
        let site = Site::empty(engine).await.unwrap();
        let seed = site.seed().unwrap();
        register(&seed, engine).await;
        let before = made(&seed).await;
        site.fill(&PAST).await.unwrap();
        assert_eq!(made(&seed).await, before, "on {engine}");
        seed.audit().await.unwrap();
        let counts = [
            "select count(*) from products".to_owned(),
            "select count(*) from stock_entries".to_owned(),
            "select count(*) from order_lines".to_owned(),
            format!("select count(*) from orders where owner_id = {}", regular()),
            "select count(distinct owner_id) from orders".to_owned(),
            "select count(*) from orders where once_id is null".to_owned(),
            "select count(*) from orders where status = 4".to_owned(),
        ];
        let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
        let counted = texts::read(&seed.location, &counts).await.unwrap();
        let counted: Vec<&str> = counted.iter().map(|rows| rows[0][0].as_str()).collect();
        // 24 orders were cancelled: their units were sold, and given back.
        let entries = (130 * 8 + 470 * 2 + 24 * 2).to_string();
        assert_eq!(counted, ["130", &entries, "940", "47", "31", "0", "24"], "on {engine}");
        go_on(&seed).await;
        assert_eq!(seed.teller().await.unwrap().orders().await.unwrap(), 471);
        seed.audit().await.unwrap();
    }
}

async fn go_on(shop: &Shop) {
    let writer = Writer::start(shop.location.writer(), Limits::default()).unwrap();
    let mix = Mix { products: 130, lines: 3, is_hot: false };
    let (who, order) = mix.draw(Uuid::now_v7()).into_order(currency().unwrap());
    let reply = writer.send(who, order).await;
    assert!(matches!(reply, Ok(Answered { done: Done::Now(_), .. })), "{reply:?}");
}

/// Its orders are no audit's, for there is no ledger; what it is for are the figures.
#[tokio::test(flavor = "multi_thread")]
async fn a_counted_past_ends_when_it_is_to_end_and_takes_a_year() {
    const DAY: u64 = 24 * 60 * MINUTE;
    let ends_at = AT + 1000 * DAY;
    let site = Site::empty(Engine::Sqlite).await.unwrap();
    let seed = site.seed().unwrap();
    register(&seed, Engine::Sqlite).await;
    site.fill(&Past::counted(365, ends_at)).await.unwrap();
    let counts = [
        "select count(*) from orders".to_owned(),
        "select count(*) from order_lines".to_owned(),
        format!(
            "select count(*) from orders where created_at between {} and {ends_at}",
            ends_at - YEAR
        ),
        format!("select count(*) from orders where created_at > {}", ends_at - 31 * DAY),
    ];
    let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
    let counted = texts::read(&seed.location, &counts).await.unwrap();
    let counted: Vec<&str> = counted.iter().map(|rows| rows[0][0].as_str()).collect();
    assert_eq!(counted, ["365", "365", "365", "31"]);
}
