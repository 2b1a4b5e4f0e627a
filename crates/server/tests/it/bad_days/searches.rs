//! Searches that take for ever: they end at their deadline or with their client, and meanwhile
//! nobody is kept from logging in, from a replay, or from his order.

use crate::{
    app::{Shop, in_runtime},
    client::Wire,
    database::{Database, Engine, assert_sound},
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::timeout};

mod on_sqlite {
    #[test]
    fn searches_without_end_keep_nobody_out() {
        super::in_slow_shop(super::Engine::Sqlite, "2s", super::searches_keep_nobody_out);
    }

    #[test]
    fn a_search_ends_with_its_client() {
        super::in_slow_shop(super::Engine::Sqlite, "5m", super::a_search_ends_with_its_client);
    }
}

mod on_postgres {
    #[test]
    fn searches_without_end_keep_nobody_out() {
        super::in_slow_shop(super::Engine::Postgres, "2s", super::searches_keep_nobody_out);
    }

    #[test]
    fn a_search_ends_with_its_client() {
        super::in_slow_shop(super::Engine::Postgres, "5m", super::a_search_ends_with_its_client);
    }
}

fn in_slow_shop<F: Future<Output = Database>>(
    engine: Engine,
    deadline: &str,
    story: fn(Arc<Shop>, Database) -> F,
) {
    in_runtime(async {
        let Some(database) = Database::create(engine).await else { return };
        let settings = [("read_deadline", deadline), ("database_connections", "2")];
        let shop = Shop::open(&database.url, &settings).await;
        let database = story(shop.clone(), database).await;
        assert_sound(&database.url).await;
        drop(shop);
        database.remove().await;
    });
}

/// From now on nobody's search ends by itself in good time.
async fn make_searches_endless(database: &Database, engine: Engine) {
    let (schema, never) = match engine {
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
    database.sql(&view).await;
}

fn engine(database: &Database) -> Engine {
    match database.url.starts_with("sqlite") {
        true => Engine::Sqlite,
        false => Engine::Postgres,
    }
}

async fn searches_keep_nobody_out(shop: Arc<Shop>, database: Database) -> Database {
    let tin = shop.tin("1.00", 500).await;
    let person = json!({"username": "ann", "email": "ann@example.com",
        "password": "a mess tin of steel", "password2": "a mess tin of steel"});
    shop.post("/api/identity/register", &person).send().await.expect(201);
    let login = json!({"username": "ann", "password": "a mess tin of steel"});
    let log_in = || shop.post("/api/identity/token", &login);
    let token = log_in().send().await.expect(200)["access"].as_str().unwrap().to_owned();
    let body = json!({"order_items": [{"product": tin, "quantity": 1}]});
    let buy = || shop.post("/api/orders/orders", &body).token(&token).key("once");
    let order = buy().send().await.expect(201);
    let its_path = format!("/api/orders/orders/{}", order["id"].as_str().unwrap());

    make_searches_endless(&database, engine(&database)).await;
    let mut searches = JoinSet::new();
    // Each finds the tin.
    for words in ["m", "e", "s", "t", "i", "n", "ti", "in"] {
        searches.spawn(shop.get(&format!("/api/catalog/products?search={words}")).send());
    }
    let (mut ended, mut rounds) = (Vec::new(), 0);
    while !searches.is_empty() {
        log_in().send().await.expect(200);
        assert_eq!(buy().send().await.expect(201), order);
        assert_eq!(shop.get(&its_path).token(&token).send().await.expect(200), order);
        shop.get("/health/ready").send().await.expect(200);
        rounds += 1;
        while let Some(search) = searches.try_join_next() {
            ended.push(search.unwrap());
        }
    }
    assert!(rounds > 1, "{rounds}");
    for search in &ended {
        search.problem(503, "overloaded");
        assert!(search.header("retry-after").is_some());
    }
    let says_why = |search: &crate::client::Answer| search.text().contains("longer than 2s");
    assert!(ended.iter().any(says_why), "{ended:?}");
    database
}

async fn a_search_ends_with_its_client(shop: Arc<Shop>, database: Database) -> Database {
    shop.tin("1.00", 1).await;
    make_searches_endless(&database, engine(&database)).await;
    let history = || shop.get("/api/orders/orders").token(&shop.staff).send();
    let mut client = Wire::connect(shop.address).await;
    client.write(&shop.get("/api/catalog/products?search=tin").bytes()).await;
    crate::app::until("the search to run", async || {
        timeout(Duration::from_millis(200), history()).await.is_err()
    })
    .await;
    drop(client);
    // Its connection was the only one for lists.
    timeout(Duration::from_secs(10), history()).await.expect("a free connection").expect(200);
    database
}
