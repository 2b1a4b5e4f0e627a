//! Large catalogs, written by statements of their own instead of a command for each product, and sound for the
//! audit all the same. A tree of categories three levels deep, a thousand of them at its ends.

use crate::stage::sites::{Shop, Site};
use anyhow::Context;
use store::Location;
use tokio_postgres::NoTls;

/// Ten departments, ten aisles in each, ten shelves in each aisle. Slugs are `c-` and the id.
pub const DEPARTMENTS: u64 = 10;
pub const AISLES: u64 = 100;
pub const SHELVES: u64 = 1000;
const CATEGORIES: u64 = DEPARTMENTS + AISLES + SHELVES;

/// Prices are from 1.00 to 99.99, each as often as any other.
pub const LEAST_MINOR: u64 = 100;
pub const PRICES: u64 = 9_900;

const AT: &str = "1700000000000000";

/// In terms that both engines know, but for what stands in braces. One product in ten is out of stock.
fn statements(products: u64, words: &[(&str, &str)]) -> String {
    let first_shelf = DEPARTMENTS + AISLES + 1;
    let name = "'Mess tin ' || (n * 7919 % 1000003)";
    let description =
        "' of the bench: holds a pint, has a folding handle, and fits into its brother.'";
    let mut sql = format!(
        "insert into {{catalog}}categories (id, slug, name, parent_id)
         with recursive g (n) as (select 1 union all select n + 1 from g where n < {CATEGORIES})
         select n, 'c-' || n, 'Shelf ' || n, case when n > {DEPARTMENTS} then (n - 1) / 10 end from g;
         insert into {{catalog}}products (id, public_id, sku, name, description, category_id, version,
             is_archived, created_at, updated_at, search_folded, own_price_minor, own_currency)
         with recursive g (n) as (
             select {{one}} union all select n + 1 from g where n < {products})
         select n, {{uuid}}, 'BENCH-' || n, {name}, 'Product ' || n || {description},
             {first_shelf} + n % {SHELVES}, 1, false, {AT} + n, {AT} + n,
             lower({name} || ' bench-' || n || ' product ' || n || {description}),
             {LEAST_MINOR} + n * 104729 % {PRICES}, 'EUR'
         from g;
         insert into {{catalog}}prices (product_id, channel, currency, amount_minor)
         select id, 1, 'EUR', own_price_minor from {{catalog}}products;
         insert into {{catalog}}stock (product_id, location_id, on_hand, reserved)
         select id, 1, case when id / 7 % 10 = 3 then 0 else 1000 end, 0 from {{catalog}}products;
         insert into {{catalog}}stock_entries
             (product_id, location_id, kind, delta, actor_kind, actor_id, at)
         select product_id, 1, 1, on_hand, 0, {{nobody}}, {AT} from {{catalog}}stock
         where on_hand > 0;
         update {{writer}}counters set last = {products} where name = 'products';
         update {{writer}}counters set last = {CATEGORIES} where name = 'categories';"
    );
    for (word, said) in words {
        sql = sql.replace(&format!("{{{word}}}"), said);
    }
    sql
}

impl Site {
    /// Puts so many products into the shop that the others are copies of. Indexes are made anew after it,
    /// which takes a tenth of the time.
    pub async fn stock_in_bulk(&self, products: u64) -> anyhow::Result<()> {
        let seed: Shop = self.seed()?;
        match &seed.location {
            Location::Sqlite(path) => {
                let path = path.clone();
                let stocked = tokio::task::spawn_blocking(move || on_sqlite(&path, products));
                stocked.await?.context("stocking a SQLite shop")
            }
            Location::Postgres(config) => {
                on_postgres(config, products).await.context("stocking a Postgres shop")
            }
        }
    }
}

fn on_sqlite(path: &std::path::Path, products: u64) -> anyhow::Result<()> {
    let words = [
        ("catalog", ""),
        ("writer", ""),
        ("one", "1"),
        ("uuid", "unhex(printf('%032x', n))"),
        ("nobody", "zeroblob(16)"),
    ];
    let connection = rusqlite::Connection::open(path)?;
    connection.execute_batch("pragma synchronous = off; pragma foreign_keys = off; begin")?;
    let indexes = "select name, sql from sqlite_master
        where type = 'index' and tbl_name = 'products' and sql is not null";
    let indexes = connection
        .prepare(indexes)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<Vec<(String, String)>, _>>()?;
    for (name, _) in &indexes {
        connection.execute_batch(&format!("drop index {name}"))?;
    }
    connection.execute_batch(&statements(products, &words))?;
    for (_, made) in &indexes {
        connection.execute_batch(made)?;
    }
    connection.execute_batch("commit; pragma wal_checkpoint(truncate)")?;
    Ok(())
}

async fn on_postgres(config: &tokio_postgres::Config, products: u64) -> anyhow::Result<()> {
    let words = [
        ("catalog", "catalog."),
        ("writer", "writer."),
        ("one", "1::bigint"),
        ("uuid", "lpad(to_hex(n), 32, '0')::uuid"),
        ("nobody", "'00000000-0000-0000-0000-000000000000'"),
    ];
    let (client, connection) = config.connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    // As for a copy of another server: references are not looked up row by row.
    client.batch_execute("set session_replication_role = replica; begin").await?;
    let indexes = "select indexname::text, indexdef from pg_indexes
        where schemaname = 'catalog' and tablename = 'products'
          and indexname not in (select conname from pg_constraint)";
    let indexes = client.query(indexes, &[]).await?;
    for index in &indexes {
        let name: &str = index.try_get(0)?;
        client.batch_execute(&format!("drop index catalog.{name}")).await?;
    }
    client.batch_execute(&statements(products, &words)).await?;
    for index in &indexes {
        client.batch_execute(index.try_get(1)?).await?;
    }
    client.batch_execute("commit").await?;
    client.batch_execute("vacuum analyze").await?;
    drop(client);
    connection.await??;
    Ok(())
}
