//! The limit on Postgres: two round trips per batch on one connection, as few statements as there
//! can be, the rows of a batch as arrays; a session with the store's settings.

use super::queue::Queue;
use crate::stage::baskets::Basket;
use anyhow::{Context, ensure};
use std::collections::BTreeMap;
use tokio_postgres::{
    Client, Config, NoTls, Row, Statement,
    types::{ToSql, Type},
};
use uuid::Uuid;

/// As in crates/store/src/postgres.rs; a test compares them.
const SETTINGS: &str = "set search_path = identity, catalog, orders, writer, public;
    set synchronous_commit = on;
    set lock_timeout = '3s'; set idle_in_transaction_session_timeout = '5s';
    set enable_seqscan = off; set enable_bitmapscan = off; set enable_hashjoin = off;
    set enable_mergejoin = off; set jit = off";

const CLAIM: &str = "insert into batches (id, at)
    values ($1, (extract(epoch from clock_timestamp()) * 1000000)::bigint) returning at";
const FIND_KEYS: &str = "select 1 from orders where once_id = any ($1)";
const LOCK_GOODS: &str =
    "select s.product_id, s.on_hand - s.reserved, p.sku, p.name, p.description,
        (select r.currency from prices r where r.product_id = p.id and r.channel = 1 limit 1),
        (select r.amount_minor from prices r where r.product_id = p.id and r.channel = 1 limit 1)
    from stock s join products p on p.id = s.product_id
    where s.product_id = any ($1) and s.location_id = 1
    order by s.product_id for no key update of s";
const WRITE: &str = "with raised as (
        update counters set last = last + $1 where name = 'orders' returning last
    ), fed as (
        update feed set position = position + $1, commits = commits + 1 where one = 1
        returning position
    ), entered as materialized (
        select nextval('stock_entries_id_seq') as id, d.*
        from unnest($2::bigint[], $3::bigint[]) d (product_id, units)
    ), linked as (
        insert into stock_entries (id, product_id, location_id, kind, delta, actor_kind, actor_id, at,
            previous)
        select e.id, e.product_id, 1, 3, -e.units, 0, '00000000-0000-0000-0000-000000000000', $4,
            s.last_entry
        from entered e join stock s on s.product_id = e.product_id and s.location_id = 1
    ), sold as (
        update stock s set on_hand = s.on_hand - e.units, last_entry = e.id
        from entered e where s.product_id = e.product_id and s.location_id = 1
    ), lined as (
        insert into order_lines (order_id, line, product_id, sku, name, description, quantity,
            unit_price_minor)
        select * from unnest($5::uuid[], $6::smallint[], $7::bigint[], $8::text[], $9::text[],
            $10::text[], $11::bigint[], $12::bigint[])
    ), placed as (
        insert into orders (id, number, owner_kind, owner_id, status, version, currency,
            total_minor, note, idempotency_key, fingerprint, created_at, updated_at,
            pending_since, once_id)
        select d.id, (select last from raised) - $1 + d.offset, 1,
            d.owner_id, 1, 1, d.currency, d.total_minor, d.note, d.key, d.fingerprint, $4, $4, $4,
            d.once_id
        from unnest($13::uuid[], $14::uuid[], $15::text[], $16::bigint[], $17::text[], $18::text[],
                $19::uuid[], $21::uuid[]) with ordinality
            d (id, owner_id, currency, total_minor, note, key, fingerprint, once_id, \"offset\")
    ), told as (
        insert into events (position, subject_kind, subject_id, version, kind, actor_kind,
            actor_id, correlation_id, at)
        select (select position from fed) - $1 + d.offset, 1, d.id, 1, 1, 1, d.owner_id,
            d.correlation_id, $4
        from unnest($13::uuid[], $14::uuid[], $20::uuid[]) with ordinality
            d (id, owner_id, correlation_id, \"offset\")
    )
    select last from raised";

struct Writer {
    client: Client,
    claim: Statement,
    find_keys: Statement,
    lock_goods: Statement,
    write: Statement,
}

/// What the batch sells of one product.
struct Goods {
    row: Row,
    sold: i64,
}

pub fn write_until_closed(config: &Config, queue: &Queue) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let writer = runtime.block_on(Writer::connect(config))?;
    while let Some(batch) = queue.take() {
        let last = runtime.block_on(writer.write(&batch.baskets))?;
        batch.answer(last);
    }
    Ok(())
}

impl Writer {
    async fn connect(config: &Config) -> anyhow::Result<Writer> {
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute(SETTINGS).await?;
        let claim = client.prepare(CLAIM).await?;
        let find_keys = client.prepare(FIND_KEYS).await?;
        let lock_goods = client.prepare(LOCK_GOODS).await?;
        let write = client.prepare_typed(WRITE, &[Type::INT8]).await?;
        Ok(Writer { client, claim, find_keys, lock_goods, write })
    }

    /// One transaction; the number of its last order.
    async fn write(&self, baskets: &[Basket]) -> anyhow::Result<i64> {
        let (now, mut goods) = self.load(baskets).await?;
        let sale = Sale::of(baskets, &mut goods)?;
        let (count, parts) = (baskets.len() as i64, [&now as &(dyn ToSql + Sync)]);
        let mut params: Vec<&(dyn ToSql + Sync)> = vec![&count, &sale.products, &sale.units];
        params.extend(parts);
        params.extend(sale.line_columns());
        params.extend(sale.order_columns());
        let (written, committed) = futures_util::join!(
            self.client.query_one(&self.write, &params),
            self.client.batch_execute("commit"),
        );
        let last = written?.try_get(0)?;
        committed?;
        Ok(last)
    }

    async fn load(&self, baskets: &[Basket]) -> anyhow::Result<(i64, BTreeMap<i64, Goods>)> {
        let batch = Uuid::now_v7();
        let keys: Vec<Uuid> = baskets.iter().map(|basket| basket.once_id).collect();
        let lines = baskets.iter().flat_map(|basket| &basket.lines);
        let mut products: Vec<i64> = lines.map(|line| line.product).collect();
        products.sort_unstable();
        products.dedup();
        let claim: [&(dyn ToSql + Sync); 1] = [&batch];
        let used: [&(dyn ToSql + Sync); 1] = [&keys];
        let wanted: [&(dyn ToSql + Sync); 1] = [&products];
        let (begun, claimed, known, found) = futures_util::join!(
            self.client.batch_execute("begin"),
            self.client.query_one(&self.claim, &claim),
            self.client.query(&self.find_keys, &used),
            self.client.query(&self.lock_goods, &wanted),
        );
        begun?;
        ensure!(known?.is_empty(), "a key was used before");
        let goods = found?.into_iter().map(|row| Ok((row.try_get(0)?, Goods { row, sold: 0 })));
        let goods: Result<_, tokio_postgres::Error> = goods.collect();
        Ok((claimed?.try_get(0)?, goods?))
    }
}

/// The rows of a batch, by columns.
#[derive(Default)]
struct Sale<'b> {
    products: Vec<i64>,
    units: Vec<i64>,
    line_orders: Vec<Uuid>,
    line_numbers: Vec<i16>,
    line_products: Vec<i64>,
    skus: Vec<&'b str>,
    names: Vec<&'b str>,
    descriptions: Vec<&'b str>,
    quantities: Vec<i64>,
    prices_minor: Vec<i64>,
    orders: Vec<Uuid>,
    owners: Vec<Uuid>,
    currencies: Vec<&'b str>,
    totals_minor: Vec<i64>,
    notes: Vec<&'b str>,
    keys: Vec<&'b str>,
    fingerprints: Vec<Uuid>,
    correlations: Vec<Uuid>,
    once_ids: Vec<Uuid>,
}

impl<'b> Sale<'b> {
    fn of(baskets: &'b [Basket], goods: &'b mut BTreeMap<i64, Goods>) -> anyhow::Result<Sale<'b>> {
        for line in baskets.iter().flat_map(|basket| &basket.lines) {
            let goods = goods.get_mut(&line.product).context("goods are loaded")?;
            goods.sold += line.quantity;
            ensure!(goods.sold <= goods.row.try_get(1)?, "product {} is sold out", line.product);
        }
        let mut sale = Sale {
            products: goods.keys().copied().collect(),
            units: goods.values().map(|goods| goods.sold).collect(),
            ..Sale::default()
        };
        for basket in baskets {
            sale.add(basket, goods)?;
        }
        Ok(sale)
    }

    fn add(&mut self, basket: &'b Basket, goods: &'b BTreeMap<i64, Goods>) -> anyhow::Result<()> {
        let (mut total_minor, mut currency) = (0, "");
        for (number, line) in (1..).zip(&basket.lines) {
            let row = &goods[&line.product].row;
            let price_minor: i64 = row.try_get(6)?;
            total_minor += price_minor * line.quantity;
            currency = row.try_get(5)?;
            self.line_orders.push(basket.id);
            self.line_numbers.push(number);
            self.line_products.push(line.product);
            self.skus.push(row.try_get(2)?);
            self.names.push(row.try_get(3)?);
            self.descriptions.push(row.try_get(4)?);
            self.quantities.push(line.quantity);
            self.prices_minor.push(price_minor);
        }
        self.orders.push(basket.id);
        self.owners.push(basket.owner);
        self.currencies.push(currency);
        self.totals_minor.push(total_minor);
        self.notes.push(&basket.note);
        self.keys.push(&basket.key);
        self.fingerprints.push(basket.fingerprint);
        self.correlations.push(basket.correlation);
        self.once_ids.push(basket.once_id);
        Ok(())
    }

    fn line_columns(&self) -> [&(dyn ToSql + Sync); 8] {
        [
            &self.line_orders,
            &self.line_numbers,
            &self.line_products,
            &self.skus,
            &self.names,
            &self.descriptions,
            &self.quantities,
            &self.prices_minor,
        ]
    }

    fn order_columns(&self) -> [&(dyn ToSql + Sync); 9] {
        [
            &self.orders,
            &self.owners,
            &self.currencies,
            &self.totals_minor,
            &self.notes,
            &self.keys,
            &self.fingerprints,
            &self.correlations,
            &self.once_ids,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The store keeps its connection to itself, so its source is what there is to compare with.
    #[test]
    fn the_settings_are_the_stores() {
        let store = include_str!("../../../../store/src/postgres.rs");
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let store = words(store);
        for setting in SETTINGS.split(';') {
            let setting = words(setting);
            assert!(store.contains(&setting), "the store does not {setting}");
        }
        let session = store.split("WRITER_SESSION: &str = \"").nth(1).unwrap_or_default();
        let session = session.split('"').next().unwrap_or_default();
        // The path is set apart from the rest.
        assert_eq!(session.split(';').count() + 1, SETTINGS.split(';').count());
    }
}
