//! What the database holds, read beside the shop by statements of the torture's own.

use crate::stage::texts;
use anyhow::{anyhow, bail};
use std::collections::BTreeMap;
use store::Location;

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

/// Orders, their lines, stock, products with their prices, accounts.
const STATEMENTS: [&str; 5] = [
    "select @id, number, status, total_minor, coalesce(idempotency_key, ''), @owner_id from orders",
    "select @order_id, product_id, quantity, unit_price_minor from order_lines
     order by order_id, line",
    "select product_id, on_hand, reserved from stock",
    "select p.id, p.version, r.amount_minor, p.sku, p.name from products p
     join prices r on r.product_id = p.id order by p.id",
    "select username, @id from accounts",
];

impl Rows {
    pub async fn read(location: &Location) -> anyhow::Result<Rows> {
        let tables = texts::read(location, &STATEMENTS).await?;
        let [orders, lines, stock, products, accounts] =
            tables.try_into().map_err(|_| anyhow!("not every statement has rows"))?;
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
        if matches!(location, Location::Sqlite(_)) {
            let found = texts::read(location, &["pragma integrity_check"]).await?.concat().concat();
            rows.damage = Some(found.join("; ")).filter(|found| found != "ok");
        }
        Ok(rows)
    }
}

fn columns<const N: usize>(row: Vec<String>) -> anyhow::Result<[String; N]> {
    row.try_into().map_err(|row| anyhow!("a row is not as asked for: {row:?}"))
}
