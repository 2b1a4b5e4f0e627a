//! The limit is a rival only as long as it writes what the store writes: the same baskets leave the
//! same rows in every table, but for what is drawn at random or read from a clock.

use super::Counter;
use crate::{
    measure::crowd::Desk,
    stage::{
        baskets::{Basket, Mix},
        engines::Engine,
        sites::{Shop, Site, currency},
    },
};
use domain::Done;
use rusqlite::types::ValueRef;
use store::{Answered, Limits, Location, Writer};
use tokio_postgres::{NoTls, SimpleQueryMessage};
use uuid::Uuid;

const TABLES: [&str; 7] =
    ["orders", "order_lines", "events", "stock", "stock_entries", "counters", "feed"];
const VOLATILE: [&str; 7] =
    ["id", "created_at", "updated_at", "pending_since", "at", "fingerprint", "once_id"];

/// Many lines, and one product twice in a row.
fn baskets() -> Vec<Basket> {
    let owner = Uuid::now_v7();
    let mixes = [(1, true), (1, true), (3, false), (2, false)];
    let mixes = mixes.map(|(lines, is_hot)| Mix { products: 5, lines, is_hot });
    mixes.iter().map(|mix| mix.draw(owner)).collect()
}

async fn by_limit(shop: &Shop, baskets: &[Basket]) {
    let desk = Counter::open(shop).unwrap();
    for basket in baskets {
        desk.place(basket.clone()).await.unwrap();
    }
    assert_eq!(desk.batches(), baskets.len() as u64);
}

async fn by_store(shop: &Shop, baskets: &[Basket]) {
    let writer = Writer::start(shop.location.writer(), Limits::default()).unwrap();
    for basket in baskets {
        let (who, order) = basket.clone().into_order(currency().unwrap());
        let reply = writer.send(who, order).await;
        assert!(matches!(reply, Ok(Answered { done: Done::Now(_), .. })), "{reply:?}");
    }
}

async fn rows(location: &Location) -> Vec<String> {
    let mut rows = Vec::new();
    for table in TABLES {
        let sql = format!("select * from {table}");
        let found = match location {
            Location::Sqlite(path) => on_sqlite(path, &sql),
            Location::Postgres(config) => on_postgres(config, &sql).await,
        };
        rows.extend(found.into_iter().map(|row| format!("{table}: {row}")));
    }
    rows.sort();
    rows
}

fn on_sqlite(path: &std::path::Path, sql: &str) -> Vec<String> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let cell = |row: &rusqlite::Row, index: usize| match row.get_ref(index).unwrap() {
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        other => format!("{other:?}"),
    };
    let rows = statement.query_map([], |row| {
        let cells = names.iter().enumerate().map(|(index, name)| (name.clone(), cell(row, index)));
        Ok(steady(cells))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

async fn on_postgres(config: &tokio_postgres::Config, sql: &str) -> Vec<String> {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let path = "set search_path = identity, catalog, orders, writer;";
    let messages = client.simple_query(&format!("{path} {sql}")).await.unwrap();
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let cells = |row: &tokio_postgres::SimpleQueryRow| {
        let cells = row.columns().iter().enumerate().map(|(index, column)| {
            (column.name().to_owned(), row.get(index).unwrap_or("null").to_owned())
        });
        steady(cells)
    };
    rows.map(cells).collect()
}

fn steady(cells: impl Iterator<Item = (String, String)>) -> String {
    let cells = cells.filter(|(name, _)| !VOLATILE.contains(&name.as_str()));
    cells.map(|(name, cell)| format!("{name}={cell}")).collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_writes_the_rows_that_the_store_writes() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if engine == Engine::Postgres && testbed::Postgres::find().is_none() {
            eprintln!("SKIPPED on Postgres: it is not installed");
            continue;
        }
        let site = Site::open(engine, 5, 250).await.unwrap();
        let (limit, store, baskets) =
            (site.fresh().await.unwrap(), site.fresh().await.unwrap(), baskets());
        let before = rows(&limit.location).await;
        by_limit(&limit, &baskets).await;
        by_store(&store, &baskets).await;
        let (by_limit, by_store) = (rows(&limit.location).await, rows(&store.location).await);
        assert_eq!(by_limit, by_store, "on {engine}");
        // Per basket an order and an event; seven lines, and an entry for each.
        assert_eq!(by_limit.len(), before.len() + 2 * baskets.len() + 2 * 7);
        limit.audit().await.unwrap();
    }
}
