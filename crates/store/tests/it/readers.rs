//! Reads: what anybody may ask for takes the last connection from nobody, ends at its deadline and
//! with its visitor, and a search finds the same on both engines.

use crate::shop::*;
use domain::*;
use std::time::{Duration, Instant};
use store::{Direction, Location, Page, ProductFilter, ProductOrder, ReadError, Readers};
use tokio::{task::JoinSet, time::timeout};

on_both_engines!(
    slow_searches_leave_a_connection_for_exact_reads_and_for_followers,
    a_search_whose_visitor_has_left_is_stopped,
    a_search_finds_upper_and_lower_case_of_every_script,
);

mod postgres {
    use super::*;

    only_on!(Postgres: the_server_stops_a_query_of_a_node_that_is_gone,);

    #[test]
    fn a_search_folds_case_in_a_database_that_knows_ascii_only() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            if let Some(shop) = shop_of_ascii().await {
                a_search_finds_upper_and_lower_case_of_every_script(shop).await;
            }
        });
    }
}

/// No search in this catalog ends by itself in good time.
async fn make_searches_endless(shop: &Shop) {
    let (schema, never) = match shop.engine {
        Engine::Sqlite => (
            "",
            "p.id < (with recursive n (i) as (select 1 union all select i + 1 from n limit 200000000)
                select count(*) from n)",
        ),
        Engine::Postgres => ("catalog.", "(select pg_sleep(600))::text = ''"),
    };
    let view = format!(
        "drop view {schema}priced_products;
         create view {schema}priced_products as
         select p.*, 'EUR' as currency, 1 as amount_minor, '' as category_slug
         from {schema}products p where {never}"
    );
    shop.sql(&view).await.unwrap();
}

async fn search(readers: &Readers, words: &str) -> Result<Vec<i64>, ReadError> {
    let filter = ProductFilter { search: Some(words.into()), ..ProductFilter::default() };
    let page = Page { limit: 10, offset: 0, after: None, direction: Direction::Rising };
    let found = readers.late().products(&filter, ProductOrder::Created, page).await?;
    Ok(found.into_iter().map(|(product, _)| product.id.0).collect())
}

async fn slow_searches_leave_a_connection_for_exact_reads_and_for_followers(shop: Shop) {
    let order = placed(shop.send(place(customer(1), Some("k"), &[(1, 1)])).await);
    make_searches_endless(&shop).await;
    let deadline = Duration::from_secs(2);
    let readers = shop.location.readers(3, deadline).unwrap();
    let mut searches = JoinSet::new();
    // Each finds the mess tins.
    for words in ["m", "e", "s", "t", "i", "n", "me", "es", "ss", "ti", "in", "tin"] {
        let readers = readers.clone();
        searches.spawn(async move { search(&readers, words).await });
    }
    let (started, mut stopped, mut reads) = (Instant::now(), 0, 0);
    while !searches.is_empty() {
        while let Some(ended) = searches.try_join_next() {
            match ended.unwrap() {
                Err(ReadError::Late(after)) if after == deadline => stopped += 1,
                Err(ReadError::Busy(after)) if after == deadline => {}
                other => panic!("{other:?}"),
            }
        }
        let exact = readers.exact();
        exact.ping().await.unwrap();
        assert_eq!(exact.account_named("nobody").await, Ok(None));
        assert_eq!(exact.order(order.id).await.unwrap().as_ref(), Some(&*order));
        assert_eq!(readers.followers().told_after(0, 10).await.unwrap().len(), 3 + 1);
        reads += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(started.elapsed() >= deadline && stopped > 0 && reads > 10, "{stopped} {reads}");
    // What was stopped gave its connections back.
    assert_eq!(readers.late().count_orders(&Default::default(), 10).await, Ok(1));
}

async fn a_search_whose_visitor_has_left_is_stopped(shop: Shop) {
    make_searches_endless(&shop).await;
    // One connection of the two is for such reads.
    let readers = shop.location.readers(2, Duration::from_secs(3600)).unwrap();
    let count = async || readers.late().count_orders(&Default::default(), 10).await;
    assert_eq!(count().await, Ok(0));
    let visitor = tokio::spawn({
        let readers = readers.clone();
        async move { search(&readers, "tin").await }
    });
    until("the search to run", async || {
        timeout(Duration::from_millis(100), count()).await.is_err()
    })
    .await;
    let session = match shop.engine {
        Engine::Postgres => sleeping(&shop).await,
        Engine::Sqlite => Vec::new(),
    };
    visitor.abort();
    assert_eq!(timeout(Duration::from_secs(10), count()).await, Ok(Ok(0)));
    if let [session] = session[..] {
        // The session, too: the word to stop could come late, and strike who has it next.
        let sql = format!("select count(*) from pg_stat_activity where pid = {session}");
        until("its session to end", async || shop.numbers(&sql).await == [0]).await;
    }
}

/// Sessions of ours whose query runs on the server.
async fn sleeping(shop: &Shop) -> Vec<i64> {
    let sql = "select pid::bigint from pg_stat_activity
        where state = 'active' and datname = current_database() and wait_event = 'PgSleep'";
    shop.numbers(sql).await
}

/// It has no time to cancel anything: only the server's own timeout is left.
async fn the_server_stops_a_query_of_a_node_that_is_gone(shop: Shop) {
    make_searches_endless(&shop).await;
    let node = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    // Whatever the address asks for.
    let Location::Postgres(config) = &shop.location else { unreachable!() };
    let mut config = config.clone();
    config.options("-c statement_timeout=0 -c default_transaction_read_only=off");
    let readers = Location::Postgres(config).readers(2, Duration::from_secs(2)).unwrap();
    node.spawn(async move { search(&readers, "tin").await });
    until("the search to run", async || sleeping(&shop).await.len() == 1).await;
    node.shutdown_background();
    until("the server to stop it", async || sleeping(&shop).await.is_empty()).await;
}

async fn a_search_finds_upper_and_lower_case_of_every_script(shop: Shop) {
    let mut ids = Vec::new();
    for name in ["ÄPFEL & Birnen 50%", "Stra\u{df}enschuhe", "ΟΔΟΣ, большой КОТ"] {
        let mut create = create_product(100, 1);
        let Action::Products(products::Action::CreateProduct(product)) = &mut create.action else {
            unreachable!()
        };
        product.name = Text::new(name).unwrap();
        product.sku = Some(Sku::new(&format!("KIT-{}", ids.len())).unwrap());
        product.description = Text::new("Für Öfen.").unwrap();
        let (product, _) = done::<CreateProduct>(shop.send(create).await);
        ids.push(product.id.0);
    }
    let [apples, shoes, cat] = ids[..] else { panic!() };
    let all = vec![apples, shoes, cat];
    for (words, found) in [
        ("äpfel", vec![apples]),
        ("Äpfel", vec![apples]),
        // An a, and two dots to put above it.
        ("a\u{308}pfel", vec![apples]),
        ("apfel", vec![]),
        ("50%", vec![apples]),
        ("STRASSEN", vec![shoes]),
        ("straßen", vec![shoes]),
        ("οδος", vec![cat]),
        ("БОЛЬШОЙ кот", vec![cat]),
        ("kit-", all.clone()),
        ("ÖFEN", all),
    ] {
        assert_eq!(search(&shop.readers, words).await, Ok(found), "{words}");
    }
    // An edit is found by its new name, and by its old one no longer.
    let edit = EditProduct {
        name: Some(Text::new("ÜBERMANTEL").unwrap()),
        ..EditProduct::of(ProductRef::Id(ProductId(apples)))
    };
    shop.send(command(Actor::SYSTEM, None, edit)).await.unwrap();
    assert_eq!(search(&shop.readers, "übermantel").await, Ok(vec![apples]));
    assert_eq!(search(&shop.readers, "äpfel").await, Ok(vec![]));
}

/// In a database with the collation C, where `lower` leaves umlauts as they are.
async fn shop_of_ascii() -> Option<Shop> {
    let server = testbed::test_server();
    let name = format!("store_{}_ascii", std::process::id());
    let (client, connection) =
        tokio_postgres::connect(&server.admin_url()?, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let create = format!("create database {name} template template0 encoding 'UTF8' locale 'C'");
    client.batch_execute(&create).await.unwrap();
    let location: Location = server.url(&name)?.parse().unwrap();
    location.migrate().await.unwrap();
    let connect = location.writer();
    Some(Shop::at(Engine::Postgres, location, connect, patient()))
}
