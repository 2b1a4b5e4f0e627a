//! What the database holds, read beside the shop by statements of the torture's own.

use anyhow::{Context, bail};
use std::{collections::BTreeMap, path::Path};
use store::Location;
use tokio_postgres::SimpleQueryMessage;

#[derive(Debug, Default)]
pub struct Rows {
    pub orders: Vec<OrderRow>,
    /// Product and what lies there: on hand, reserved.
    pub stock: BTreeMap<i64, (i64, i64)>,
    pub products: Vec<ProductRow>,
    /// By username, which may be there more than once only if something is wrong.
    pub accounts: Vec<(String, String)>,
    /// What SQLite finds wrong with its file.
    pub damage: Option<String>,
}

#[derive(Debug)]
pub struct OrderRow {
    pub id: String,
    pub number: i64,
    pub is_cancelled: bool,
    pub total_minor: i64,
    pub key: String,
    pub owner: String,
    /// Product, quantity, price of one.
    pub lines: Vec<(i64, i64, i64)>,
}

#[derive(Debug)]
pub struct ProductRow {
    pub id: i64,
    pub sku: String,
    pub name: String,
    pub version: i64,
    pub price_minor: i64,
}

const CANCELLED: &str = "4";

type Texts = Vec<Vec<String>>;

impl Rows {
    pub async fn read(location: &Location) -> anyhow::Result<Rows> {
        let (tables, damage) = match location {
            Location::Sqlite(path) => sqlite(path)?,
            Location::Postgres(config) => (postgres(config).await?, None),
        };
        let [orders, lines, stock, products, accounts] = tables;
        let mut of_order: BTreeMap<String, Vec<(i64, i64, i64)>> = BTreeMap::new();
        for line in lines {
            let [order, product, quantity, price] = columns(line)?;
            let line = (product.parse()?, quantity.parse()?, price.parse()?);
            of_order.entry(order).or_default().push(line);
        }
        let mut rows = Rows::default();
        for order in orders {
            let [id, number, status, total, key, owner] = columns(order)?;
            rows.orders.push(OrderRow {
                lines: of_order.remove(&id).unwrap_or_default(),
                number: number.parse()?,
                is_cancelled: status == CANCELLED,
                total_minor: total.parse()?,
                id,
                key,
                owner,
            });
        }
        if let Some((id, lines)) = of_order.pop_first() {
            bail!("order {id} is missing, and has lines: {lines:?}");
        }
        for shelf in stock {
            let [product, on_hand, reserved] = columns(shelf)?;
            rows.stock.insert(product.parse()?, (on_hand.parse()?, reserved.parse()?));
        }
        for product in products {
            let [id, version, price, sku, name] = columns(product)?;
            let (id, version, price_minor) = (id.parse()?, version.parse()?, price.parse()?);
            rows.products.push(ProductRow { id, sku, name, version, price_minor });
        }
        for account in accounts {
            let [username, id] = columns(account)?;
            rows.accounts.push((username, id));
        }
        rows.damage = damage;
        Ok(rows)
    }
}

fn columns<const N: usize>(row: Vec<String>) -> anyhow::Result<[String; N]> {
    row.try_into().map_err(|row| anyhow::anyhow!("a row is not as asked for: {row:?}"))
}

/// As text, whatever the type; ids without hyphens.
fn statements(id: impl Fn(&str) -> String, schemas: [&str; 3]) -> [String; 5] {
    let [orders, catalog, identity] = schemas;
    [
        format!(
            "select {}, number, status, total_minor, coalesce(idempotency_key, ''), {}
             from {orders}orders",
            id("id"),
            id("owner_id")
        ),
        format!(
            "select {}, product_id, quantity, unit_price_minor from {orders}order_lines
             order by order_id, line",
            id("order_id")
        ),
        format!("select product_id, on_hand, reserved from {catalog}stock"),
        format!(
            "select p.id, p.version, r.amount_minor, p.sku, p.name from {catalog}products p
             join {catalog}prices r on r.product_id = p.id order by p.id"
        ),
        format!("select username, {} from {identity}accounts", id("id")),
    ]
}

fn sqlite(path: &Path) -> anyhow::Result<([Texts; 5], Option<String>)> {
    use rusqlite::types::ValueRef;
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(path, flags)?;
    // One snapshot: whatever the shop does meanwhile.
    connection.execute_batch("begin")?;
    let read = |sql: String| -> anyhow::Result<Texts> {
        let mut statement = connection.prepare(&sql)?;
        let width = statement.column_count();
        let mut found = statement.query([])?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let text = |index| -> rusqlite::Result<String> {
                Ok(match row.get_ref(index)? {
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    _ => String::new(),
                })
            };
            rows.push((0..width).map(text).collect::<rusqlite::Result<_>>()?);
        }
        Ok(rows)
    };
    let mut tables: [Texts; 5] = Default::default();
    for (table, sql) in tables.iter_mut().zip(statements(|id| format!("lower(hex({id}))"), [""; 3]))
    {
        *table = read(sql)?;
    }
    let found = read("pragma integrity_check".to_owned())?.concat().join("; ");
    Ok((tables, Some(found).filter(|found| found != "ok")))
}

async fn postgres(config: &tokio_postgres::Config) -> anyhow::Result<[Texts; 5]> {
    let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
    let connection = tokio::spawn(connection);
    client.batch_execute("begin isolation level repeatable read read only").await?;
    let schemas = ["orders.", "catalog.", "identity."];
    let mut tables: [Texts; 5] = Default::default();
    let id = |id: &str| format!("replace({id}::text, '-', '')");
    for (table, sql) in tables.iter_mut().zip(statements(id, schemas)) {
        for message in client.simple_query(&sql).await.context("reading the shop's rows")? {
            if let SimpleQueryMessage::Row(row) = message {
                let text = |index| row.get(index).unwrap_or_default().to_owned();
                table.push((0..row.len()).map(text).collect());
            }
        }
    }
    drop(client);
    connection.await??;
    Ok(tables)
}
