//! Which index each kind of list is found by, on both engines: no list that an index could find reads a whole table,
//! and no index is there that nothing needs.

use super::{
    by_skus,
    lists::{InStock, ProductFilter, ProductOrder, Within},
    walks::{Listing, Way, matched},
};
use crate::{
    ledgers::{StockFilter, inventory},
    location::Location,
    query::{Direction, Page},
    value::Value,
};
use domain::Sku;
use std::collections::BTreeSet;
use testbed::TempDir;

/// Ten thousand products of a hundred categories. Few have a threshold.
const SHOP: &str = "insert into CATALOG.categories (id, slug, name, parent_id)
    with recursive g (n) as (select 1 union all select n + 1 from g where n < 100)
    select n, 'c-' || n, 'Shelf', case when n > 10 then n % 10 + 1 end from g;
    insert into CATALOG.products (id, public_id, sku, name, description, category_id, version,
        is_archived, created_at, updated_at, search_folded, own_price_minor, low_stock_threshold)
    with recursive g (n) as (select 1 union all select n + 1 from g where n < 10000)
    select n, UUID, 'sku-' || n, 'Tin ' || n * 7919 % 10007, 'Holds a pint, and has a lid.',
        1 + n % 100, 1, false, n, n, 'tin', 100 + n * 31 % 9901, case when n % 50 = 0 then 5 end from g;
    insert into CATALOG.prices select id, 1, 'EUR', own_price_minor from CATALOG.products;
    insert into CATALOG.stock select id, 1, id % 10, 0, 0 from CATALOG.products;";

/// A list, how it is looked for, and what finds it.
struct Case {
    filter: ProductFilter,
    within: Within,
    order: ProductOrder,
    way: Way,
    index: &'static str,
}

fn cases() -> Vec<Case> {
    use ProductOrder::{Created, Name, Price};
    use Way::{Gathered, Merged, Walked};
    let whole = ProductFilter { in_stock: Some(InStock::Available), ..ProductFilter::default() };
    let priced = ProductFilter {
        min_price_minor: Some(4_000),
        max_price_minor: Some(6_000),
        ..whole.clone()
    };
    let named = ProductFilter { ids: vec![7, 8, 9], ..whole.clone() };
    let one = || Within::Few(vec![7]);
    let few = || Within::Few(vec![7, 8, 9]);
    let many = || Within::Many("c-1".into());
    let cases = [
        (&whole, Within::Everything, Created, Walked, "products_listed"),
        (&whole, Within::Everything, Name, Walked, "products_by_name"),
        (&whole, Within::Everything, Price, Walked, "products_by_price"),
        (&priced, Within::Everything, Created, Walked, "products_listed"),
        (&priced, Within::Everything, Price, Walked, "products_by_price"),
        (&priced, Within::Everything, Created, Gathered, "products_by_price"),
        (&priced, Within::Everything, Name, Gathered, "products_by_price"),
        (&whole, one(), Created, Walked, "products_by_category"),
        (&whole, one(), Name, Walked, "products_by_category_name"),
        (&whole, one(), Price, Walked, "products_by_category_price"),
        (&priced, one(), Created, Walked, "products_by_category"),
        (&priced, one(), Price, Walked, "products_by_category_price"),
        (&priced, one(), Created, Gathered, "products_by_category_price"),
        (&whole, few(), Created, Merged, "products_by_category"),
        (&whole, few(), Name, Merged, "products_by_category_name"),
        (&priced, few(), Price, Merged, "products_by_category_price"),
        (&priced, few(), Name, Gathered, "products_by_category_price"),
        (&whole, few(), Name, Walked, "products_by_name"),
        (&whole, many(), Name, Walked, "products_by_name"),
        (&priced, many(), Price, Walked, "products_by_price"),
        (&priced, many(), Created, Gathered, "products_by_category_price"),
        (&named, Within::Everything, Price, Gathered, "the key"),
    ];
    let case = |(filter, within, order, way, index): (&ProductFilter, _, _, _, _)| Case {
        filter: filter.clone(),
        within,
        order,
        way,
        index,
    };
    cases.into_iter().map(case).collect()
}

/// The statement of the case's page in the middle of the list, with its values in it.
fn statement(case: &Case, direction: Direction, stock: &'static str) -> String {
    let key = match case.order {
        ProductOrder::Created | ProductOrder::Price => Value::Int(5000),
        ProductOrder::Name => Value::Text("Tin 5000"),
    };
    let page = Page { limit: 21, offset: 0, after: Some((key, 5000)), direction };
    let listing = Listing {
        filter: &case.filter,
        within: &case.within,
        order: case.order,
        page: &page,
        stock,
    };
    let (sql, params) = listing.statement(case.way);
    written_out(sql, &params)
}

fn written_out(mut sql: String, params: &[Value<'static>]) -> String {
    for (at, value) in params.iter().enumerate().rev() {
        let text = match value {
            Value::Int(number) => number.to_string(),
            Value::Text(text) => format!("'{text}'"),
            Value::Owned(text) => format!("'{text}'"),
            other => panic!("{other:?}"),
        };
        sql = sql.replace(&format!("${}", at + 1), &text);
    }
    sql
}

/// What is low, from the middle on.
fn low() -> String {
    let filter = StockFilter { low: Some(true), ..StockFilter::default() };
    let page = Page { limit: 21, offset: 0, after: Some(5000), direction: Direction::Rising };
    let (sql, params) = inventory(&filter, &page);
    written_out(sql, &params)
}

fn count(case: &Case) -> String {
    let conditions = matched(&case.filter, &case.within);
    let sql = format!("select count(*) from products p {}", conditions.where_clause());
    written_out(sql, &conditions.params)
}

fn holds(plan: &str, words: &[&str]) -> bool {
    words.iter().any(|word| plan.contains(word))
}

/// What an index is needed for beside lists: to keep names apart, and to find by them; and the tree.
const OTHERS: [&str; 7] = [
    "products_pkey",
    "products_public_id_key",
    "products_sku_key",
    "categories_pkey",
    "categories_slug_key",
    "categories_by_parent",
    "the key",
];

/// That of the list of what is low.
const BY_THRESHOLD: &str = "products_by_threshold";

fn judge(indexes: Vec<String>, used: BTreeSet<&'static str>) {
    let idle: Vec<_> = indexes
        .into_iter()
        .filter(|index| !used.contains(index.as_str()) && !OTHERS.contains(&index.as_str()))
        .collect();
    assert!(idle.is_empty(), "no list needs {idle:?}");
}

#[tokio::test]
async fn every_list_is_found_by_its_index_on_sqlite() {
    let dir = TempDir::new().unwrap();
    let location = Location::Sqlite(dir.path().join("shop.db"));
    location.migrate().await.unwrap();
    let Location::Sqlite(path) = &location else { unreachable!() };
    let readers = location.readers(2, std::time::Duration::from_secs(60)).unwrap();
    let connection = rusqlite::Connection::open(path).unwrap();
    let shop = SHOP.replace("CATALOG.", "").replace("UUID", "unhex(printf('%032x', n))");
    connection.execute_batch(&shop).unwrap();
    let plan = |sql: &str| {
        let mut explained = connection.prepare(&format!("explain query plan {sql}")).unwrap();
        let steps = explained.query_map([], |row| row.get::<_, String>(3)).unwrap();
        steps.map(|step| step.unwrap() + "\n").collect::<String>()
    };
    let mut used = BTreeSet::from([BY_THRESHOLD]);
    let low = plan(&low());
    assert!(low.contains(&format!("INDEX {BY_THRESHOLD} (")), "{low}");
    for case in cases() {
        for direction in [Direction::Rising, Direction::Falling] {
            let sql = statement(&case, direction, readers.late().0.stock_of_product());
            let plan = plan(&sql);
            let by = match case.index {
                "the key" => "SEARCH p USING INTEGER PRIMARY KEY".to_owned(),
                index => format!("INDEX {index} ("),
            };
            assert!(plan.contains(&by), "{sql}\nis not found by {}:\n{plan}", case.index);
            // What was gathered is called like the table that it is from.
            let tables = plan.replace("CO-ROUTINE p\n", "").replace("ORDER BY\nSCAN p\n", "");
            let scans = ["SCAN p\n", "SCAN products", "SCAN s", "SCAN r", "SCAN c\n"];
            assert!(!holds(&tables, &scans), "{sql}\n{plan}");
            let sorts = plan.contains("USE TEMP B-TREE FOR ORDER BY");
            assert!(case.way != Way::Walked || !sorts, "{sql}\n{plan}");
        }
        if case.way == Way::Gathered {
            let (sql, plan) = (count(&case), plan(&count(&case)));
            assert!(case.index == "the key" || plan.contains("COVERING INDEX"), "{sql}\n{plan}");
        }
        used.insert(case.index);
    }
    let mut there = connection
        .prepare(
            "select name from sqlite_master where type = 'index' and sql is not null
                  and tbl_name in ('products', 'prices', 'categories', 'stock')",
        )
        .unwrap();
    let there = there.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    judge(there, used);
}

#[tokio::test]
async fn every_list_is_found_by_its_index_on_postgres() {
    let server = testbed::test_server();
    let Some(admin) = server.admin_url() else { return };
    let name = format!("plans_{}", std::process::id());
    let (client, connection) =
        tokio_postgres::connect(&admin, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("create database {name}")).await.unwrap();
    let location: Location = server.url(&name).unwrap().parse().unwrap();
    location.migrate().await.unwrap();
    let readers = location.readers(2, std::time::Duration::from_secs(60)).unwrap();
    let Location::Postgres(config) = &location else { unreachable!() };
    let (shop, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let seed = SHOP.replace("CATALOG", "catalog").replace("UUID", "lpad(to_hex(n), 32, '0')::uuid");
    shop.batch_execute(&format!("{seed} set search_path = catalog")).await.unwrap();
    // Nothing is known of the tables yet.
    let skus: Vec<Sku> = (1..=20).map(|n| Sku::stored(&format!("sku-{n}"))).collect();
    let (sql, params) =
        by_skus(&skus.iter().collect::<Vec<_>>(), readers.late().0.stock_of_product());
    let young = shop.query(&format!("explain {}", written_out(sql, &params)), &[]).await.unwrap();
    let young: String = young.iter().map(|row| row.get::<_, String>(0) + "\n").collect();
    assert!(young.contains("products_sku_key") && !young.contains("Seq Scan on pr"), "{young}");
    // Ten thousand products are soon read one after the other, and a million are not.
    shop.batch_execute("analyze; set enable_seqscan = off").await.unwrap();
    let plan = async |sql: &str| {
        let rows = shop.query(&format!("explain {sql}"), &[]).await;
        let rows = rows.unwrap_or_else(|error| panic!("{sql}\n{error:?}"));
        rows.iter().map(|row| row.get::<_, String>(0) + "\n").collect::<String>()
    };
    let mut used = BTreeSet::from([BY_THRESHOLD]);
    let low = plan(&low()).await;
    assert!(low.contains(BY_THRESHOLD), "{low}");
    for case in cases() {
        for direction in [Direction::Rising, Direction::Falling] {
            let sql = statement(&case, direction, readers.late().0.stock_of_product());
            let plan = plan(&sql).await;
            let index = case.index.replace("the key", "products_pkey");
            let by = [format!("{index} on products"), format!("Bitmap Index Scan on {index} ")];
            assert!(
                by.iter().any(|by| plan.contains(by)),
                "{sql}\nis not found by {}:\n{plan}",
                case.index
            );
            let scans = ["Seq Scan on products", "Seq Scan on stock"];
            assert!(!holds(&plan, &scans), "{sql}\n{plan}");
            let sorts = plan.lines().any(|step| step.trim_start().starts_with("Sort "));
            // A hundred products of a category may be sorted just as well.
            let is_long = case.way == Way::Walked && !matches!(case.within, Within::Few(_));
            assert!(!is_long || !sorts, "{sql}\n{plan}");
        }
        used.insert(case.index);
    }
    let there = "select indexname::text from pg_indexes where schemaname = 'catalog'
        and tablename in ('products', 'categories')";
    let there = shop.query(there, &[]).await.unwrap();
    judge(there.iter().map(|row| row.get(0)).collect(), used);
    drop((shop, readers));
    client.batch_execute(&format!("drop database {name} with (force)")).await.unwrap();
}
