//! The limit on SQLite: each statement prepared once for good and run row by row, on a connection
//! with the store's settings.

use super::queue::Queue;
use crate::stage::baskets::Basket;
use anyhow::{Context, ensure};
use rusqlite::{Connection, Statement, params};
use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, SystemTime},
};
use uuid::Uuid;

/// As in crates/store/src/sqlite.rs; a test compares them. But the store has a thread that copies its log, and
/// here whoever commits does it.
const SETTINGS: &str = "pragma journal_mode = wal; pragma synchronous = full; \
    pragma foreign_keys = on; pragma wal_autocheckpoint = 16384; \
    pragma journal_size_limit = 268435456; pragma cache_size = -65536; pragma temp_store = memory;";

const FIND_GOODS: &str = "select s.on_hand - s.reserved, p.sku, p.name, p.description, p.currency, \
    p.amount_minor from stock s join priced_products p on p.id = s.product_id \
    where s.product_id = ?1 and s.location_id = 1";
const FIND_KEY: &str = "select 1 from orders where once_id = ?1";
const RAISE: &str = "update counters set last = last + ?1 where name = 'orders' returning last";
const RAISE_FEED: &str = "update feed set position = position + ?1, commits = commits + 1 \
    where one = 1 returning position";
const INSERT_ORDER: &str = "insert into orders (id, number, owner_kind, owner_id, status, version, \
    currency, total_minor, note, idempotency_key, fingerprint, created_at, updated_at, \
    pending_since, once_id) values (?1, ?2, 1, ?3, 1, 1, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?9, ?10)";
const INSERT_LINE: &str = "insert into order_lines (order_id, line, product_id, sku, name, \
    description, quantity, unit_price_minor) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const INSERT_EVENT: &str = "insert into events (position, subject_kind, subject_id, version, kind, \
    actor_kind, actor_id, correlation_id, at) values (?1, 1, ?2, 1, 1, 1, ?3, ?4, ?5)";
const INSERT_ENTRY: &str = "insert into stock_entries (product_id, location_id, kind, delta, \
    actor_kind, actor_id, at, previous) values (?1, 1, 3, ?2, 0, ?3, ?4, \
    (select last_entry from stock where product_id = ?1 and location_id = 1))";
const SELL: &str = "update stock set last_entry = last_insert_rowid(), on_hand = on_hand - ?1 \
    where product_id = ?2 and location_id = 1";

struct Statements<'c> {
    begin: Statement<'c>,
    claim: Statement<'c>,
    find_goods: Statement<'c>,
    find_key: Statement<'c>,
    raise: Statement<'c>,
    raise_feed: Statement<'c>,
    insert_order: Statement<'c>,
    insert_line: Statement<'c>,
    insert_event: Statement<'c>,
    sell: Statement<'c>,
    insert_entry: Statement<'c>,
    commit: Statement<'c>,
}

struct Goods {
    available: i64,
    sold: i64,
    sku: String,
    name: String,
    description: String,
    currency: String,
    price_minor: i64,
}

pub fn write_until_closed(path: &Path, queue: &Queue) -> anyhow::Result<()> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(2))?;
    connection.execute_batch(SETTINGS)?;
    let prepare = |sql| connection.prepare(sql);
    let mut statements = Statements {
        begin: prepare("begin immediate")?,
        claim: prepare("insert into batches (id, at) values (?1, ?2)")?,
        find_goods: prepare(FIND_GOODS)?,
        find_key: prepare(FIND_KEY)?,
        raise: prepare(RAISE)?,
        raise_feed: prepare(RAISE_FEED)?,
        insert_order: prepare(INSERT_ORDER)?,
        insert_line: prepare(INSERT_LINE)?,
        insert_event: prepare(INSERT_EVENT)?,
        sell: prepare(SELL)?,
        insert_entry: prepare(INSERT_ENTRY)?,
        commit: prepare("commit")?,
    };
    while let Some(batch) = queue.take() {
        let last = statements.write(&batch.baskets)?;
        batch.answer(last);
    }
    Ok(())
}

impl Statements<'_> {
    /// One transaction; the number of its last order.
    fn write(&mut self, baskets: &[Basket]) -> anyhow::Result<i64> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_micros() as i64;
        let count = baskets.len() as i64;
        self.begin.execute([])?;
        self.claim.execute(params![Uuid::now_v7().as_bytes(), now])?;
        let mut goods = self.load(baskets)?;
        let last: i64 = self.raise.query_row([count], |row| row.get(0))?;
        for (number, basket) in (last - count + 1..).zip(baskets) {
            self.insert_order(number, basket, &mut goods, now)?;
        }
        for (product, goods) in &goods {
            let nobody = Uuid::nil();
            self.insert_entry.execute(params![product, -goods.sold, nobody.as_bytes(), now])?;
            self.sell.execute(params![goods.sold, product])?;
        }
        let last_event: i64 = self.raise_feed.query_row([count], |row| row.get(0))?;
        for (position, basket) in (last_event - count + 1..).zip(baskets) {
            let (id, owner) = (basket.id.as_bytes(), basket.owner.as_bytes());
            let correlation = basket.correlation.as_bytes();
            self.insert_event.execute(params![position, id, owner, correlation, now])?;
        }
        self.commit.execute([])?;
        Ok(last)
    }

    fn load(&mut self, baskets: &[Basket]) -> anyhow::Result<BTreeMap<i64, Goods>> {
        let mut goods = BTreeMap::new();
        for basket in baskets {
            let known = self.find_key.exists([basket.once_id.as_bytes()])?;
            ensure!(!known, "key {} was used before", basket.key);
            for line in &basket.lines {
                if goods.contains_key(&line.product) {
                    continue;
                }
                let found = self.find_goods.query_row([line.product], |row| {
                    Ok(Goods {
                        available: row.get(0)?,
                        sold: 0,
                        sku: row.get(1)?,
                        name: row.get(2)?,
                        description: row.get(3)?,
                        currency: row.get(4)?,
                        price_minor: row.get(5)?,
                    })
                })?;
                goods.insert(line.product, found);
            }
        }
        Ok(goods)
    }

    fn insert_order(
        &mut self,
        number: i64,
        basket: &Basket,
        goods: &mut BTreeMap<i64, Goods>,
        now: i64,
    ) -> anyhow::Result<()> {
        let (id, mut total_minor, mut currency) = (basket.id.as_bytes(), 0, "");
        for (position, line) in (1_i64..).zip(&basket.lines) {
            let goods = goods.get_mut(&line.product).context("goods are loaded")?;
            goods.available -= line.quantity;
            goods.sold += line.quantity;
            ensure!(goods.available >= 0, "product {} is sold out", line.product);
            total_minor += line.quantity * goods.price_minor;
            self.insert_line.execute(params![
                id,
                position,
                line.product,
                goods.sku,
                goods.name,
                goods.description,
                line.quantity,
                goods.price_minor
            ])?;
            currency = &goods.currency;
        }
        self.insert_order.execute(params![
            id,
            number,
            basket.owner.as_bytes(),
            currency,
            total_minor,
            basket.note,
            basket.key,
            basket.fingerprint.as_bytes(),
            now,
            basket.once_id.as_bytes()
        ])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The store keeps its connection to itself, so its source is what there is to compare with.
    #[test]
    fn the_settings_are_the_stores() {
        let copier = include_str!("../../../../store/src/sqlite/checkpoints.rs");
        let pages = "const DUE_PAGES: i32 = 16_384;";
        assert!(copier.contains(pages), "the store's checkpoints have changed");
        let store = include_str!("../../../../store/src/sqlite.rs");
        let store = store.replace("{DUE_PAGES}", "16384").replace("{MOST_BYTES}", "268435456");
        let pragmas = |text: &str| -> Vec<String> {
            let parts = text.split("pragma ").skip(1);
            parts.map(|part| part.split(';').next().unwrap_or_default().to_owned()).collect()
        };
        let ours = pragmas(SETTINGS);
        let theirs = &pragmas(&store)[..ours.len()];
        assert_eq!(ours, theirs);
    }
}
