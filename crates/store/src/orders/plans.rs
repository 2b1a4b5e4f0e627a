//! What workers look for among all orders is found by an index that holds no others, in its order: on both engines.

use super::due::{WAITING, personal, waited};
use crate::{
    claims::due,
    location::Location,
    readers::{NOW_ON_POSTGRES, NOW_ON_SQLITE},
};
use domain::{Micros, OrderId};
use testbed::TempDir;
use uuid::Uuid;

/// Ten thousand orders: of each hundred one waits, another says something of people in one of four ways. And as many
/// claims.
const SHOP: &str = "insert into ORDERS.orders (id, number, owner_kind, owner_id, status, version, currency,
        total_minor, note, delivery_address, contact, failure_reason, created_at, updated_at, pending_since)
    with recursive g (n) as (select 1 union all select n + 1 from g where n < 10000)
    select UUID, n, 1, UUID, case when n % 100 = 1 then 1 else 3 end, 1, 'EUR', 100,
        case when n % 400 = 50 then 'Ring twice.' else '' end,
        case when n % 400 = 150 then '{}' end, case when n % 400 = 250 then '{}' end,
        case when n % 400 = 350 then 'no carrier' end, n, n, case when n % 100 = 1 then n end from g;
    insert into ORDERS.claims (order_id, holder, since, due_at, attempts)
    select id, id, number, number + 1, 1 from ORDERS.orders;";

/// What is looked for, with values of its parameters, and its index.
fn cases(now: &str) -> [(String, &'static str, &'static str); 6] {
    let after = Some((Micros(7), OrderId(Uuid::nil())));
    [
        (waited(now), "5000, 6000, 20", "orders_pending"),
        (due(now), "20", "claims_by_time"),
        (due(now), "20", "claims_by_taking"),
        (WAITING.to_owned(), "5000, 20", "orders_pending"),
        (personal(None, 500).0, "500", "orders_personal"),
        (
            personal(after, 500).0,
            "7, '00000000-0000-0000-0000-000000000000', 500",
            "orders_personal",
        ),
    ]
}

#[tokio::test]
async fn what_workers_look_for_is_found_by_its_index_on_sqlite() {
    let dir = TempDir::new().unwrap();
    let location = Location::Sqlite(dir.path().join("shop.db"));
    location.migrate().await.unwrap();
    let Location::Sqlite(path) = &location else { unreachable!() };
    let connection = rusqlite::Connection::open(path).unwrap();
    let shop = SHOP.replace("ORDERS.", "").replace("UUID", "unhex(printf('%032x', n))");
    connection.execute_batch(&shop).unwrap();
    for (sql, _, index) in cases(NOW_ON_SQLITE) {
        let mut explained = connection.prepare(&format!("explain query plan {sql}")).unwrap();
        let params = rusqlite::params_from_iter(vec![1; explained.parameter_count()]);
        let steps = explained.query_map(params, |row| row.get::<_, String>(3)).unwrap();
        let plan: String = steps.map(|step| step.unwrap() + "\n").collect();
        assert!(plan.contains(&format!(" {index}")), "{sql}\n{plan}");
        let is_all =
            |step: &str| step.starts_with("SCAN orders") || step.starts_with("SCAN claims");
        assert!(!plan.lines().any(|step| is_all(step) && !step.contains("USING")), "{sql}\n{plan}");
        assert!(!plan.contains("USE TEMP B-TREE"), "{sql}\n{plan}");
    }
}

#[tokio::test]
async fn what_workers_look_for_is_found_by_its_index_on_postgres() {
    let server = testbed::test_server();
    let Some(admin) = server.admin_url() else { return };
    let name = format!("orders_plans_{}", std::process::id());
    let (client, connection) =
        tokio_postgres::connect(&admin, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("create database {name}")).await.unwrap();
    let location: Location = server.url(&name).unwrap().parse().unwrap();
    location.migrate().await.unwrap();
    let Location::Postgres(config) = &location else { unreachable!() };
    let (shop, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let seed = SHOP.replace("ORDERS", "orders").replace("UUID", "lpad(to_hex(n), 32, '0')::uuid");
    shop.batch_execute(&format!("{seed} set search_path = identity, orders")).await.unwrap();
    // As a connection has it that asks for the sixth time: planned once, for any values.
    shop.batch_execute("analyze; set plan_cache_mode = force_generic_plan").await.unwrap();
    for (at, (sql, values, index)) in cases(NOW_ON_POSTGRES).into_iter().enumerate() {
        shop.batch_execute(&format!("prepare look_{at} as {sql}")).await.unwrap();
        let rows = shop.query(&format!("explain execute look_{at} ({values})"), &[]).await.unwrap();
        let plan: String = rows.iter().map(|row| row.get::<_, String>(0) + "\n").collect();
        assert!(plan.contains(&format!("Index Scan using {index} on")), "{sql}\n{plan}");
        // Late ones and early ones: each by its time, and not by a walk along all of the index.
        if sql.contains("union all") {
            assert_eq!(plan.matches("Index Cond").count(), 2, "{sql}\n{plan}");
        }
        for all in ["Sort", "Seq Scan on orders", "Seq Scan on claims"] {
            assert!(!plan.contains(all), "{sql}\n{plan}");
        }
    }
    drop(shop);
    client.batch_execute(&format!("drop database {name} with (force)")).await.unwrap();
}
