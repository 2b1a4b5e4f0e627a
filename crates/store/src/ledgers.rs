//! Ledgers: what the one door sees of them; and what readers see of the stock and of how it came about.

use crate::{
    bulk::Bulk,
    columns,
    query::{Filter, Page, contains},
    readers::{Exact, Late, ReadError},
    statements,
    stored::{Columns, Stored, find, next},
    tx::{Error, Read, Write},
    value::{Row, Value},
};
use domain::{
    CorrelationId, EntryKind, Ledger, OrderId, OrderStatus, ProductId, ProductRef, Sku, Stock,
    StockEntry, Text, facts::Table, fold,
};
use std::ops::Range;
use uuid::Uuid;

columns! {
    Ledger
    by { product(product_id) }
    kept { entered, held }
}

statements! {
    FIND = Bulk::find("find_ledgers", "ledgers", Ledger::BY, Ledger::SELECT);
}

/// A view: it is never written.
impl Stored for Ledger {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn reads<'f>(table: &'f mut Table<Self>, reads: &mut Vec<Read<'f>>) {
        reads.push(find(const { &[&FIND] }, table, |row| Ledger::read(row, &mut 0)));
    }

    fn writes<'f>(_: &'f Table<Self>, _: &mut Vec<Write<'f>>) {}
    fn deletes<'f>(_: &'f Table<Self>, _: &mut Vec<Write<'f>>) {}
}

/// A product as a list of the stock shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stocked {
    pub product: ProductId,
    pub sku: Sku,
    pub name: Text<200>,
    pub low_stock_threshold: Option<i64>,
    pub stock: Stock,
}

impl Stocked {
    pub fn is_low(&self) -> bool {
        self.low_stock_threshold.is_some_and(|threshold| self.stock.on_hand <= threshold)
    }
}

/// What a list of the stock is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct StockFilter {
    pub low: Option<bool>,
    pub search: Option<String>,
}

/// How the stock of a product came about, in units: each counts upwards.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    pub of: Stocked,
    pub received: i64,
    pub corrected: i64,
    pub sold: i64,
    pub returned: i64,
    /// What carts were promised.
    pub held: i64,
}

impl Explained {
    /// What lies on the shelf, or is reserved, for no reason that the shop knows of.
    pub fn unexplained(&self) -> Stock {
        let Explained { of, received, corrected, sold, returned, held } = self;
        Stock {
            on_hand: of.stock.on_hand - (received + corrected - sold + returned),
            reserved: of.stock.reserved - held,
        }
    }
}

/// An order that has units of a product.
#[derive(Clone, Debug, PartialEq)]
pub struct Taker {
    pub order: OrderId,
    pub number: i64,
    pub status: OrderStatus,
    pub quantity: i64,
}

/// The orders among so many lines, and where to go on if there are more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Takers {
    pub orders: Vec<Taker>,
    pub next: Option<Uuid>,
}

/// Lines of orders are looked through in pieces of so many, of which so many orders are told.
#[derive(Clone, Copy)]
pub struct Piece {
    pub lines: i64,
    pub orders: i64,
}

impl Default for Piece {
    fn default() -> Piece {
        Piece { lines: 50_000, orders: 1_000 }
    }
}

const FROM: &str = "from products p join stock s on s.product_id = p.id and s.location_id = 1";
const COLUMNS: &str = "p.id, coalesce(p.former_sku, p.sku), p.name, p.low_stock_threshold, \
     s.on_hand, s.reserved";

fn stocked(row: &Row) -> Result<Stocked, Error> {
    stocked_at(row, &mut 0)
}

fn stocked_at(row: &Row, at: &mut usize) -> Result<Stocked, Error> {
    Ok(Stocked {
        product: next(row, at)?,
        sku: next(row, at)?,
        name: next(row, at)?,
        low_stock_threshold: next(row, at)?,
        stock: Stock { on_hand: next(row, at)?, reserved: next(row, at)? },
    })
}

impl StockFilter {
    fn filter(&self) -> Filter {
        let mut filter = Filter::default();
        filter.sql("not p.is_archived");
        match self.low {
            // Said so that the index of products that have a threshold is enough.
            Some(true) => {
                filter.sql("p.low_stock_threshold is not null");
                filter.sql("s.on_hand <= p.low_stock_threshold");
            }
            Some(false) => {
                filter.sql("(p.low_stock_threshold is null or s.on_hand > p.low_stock_threshold)");
            }
            None => {}
        }
        if let Some(words) = &self.search {
            let pattern = contains(&fold(words));
            filter.with(|n| format!("p.search_folded like {n} escape '\\'"), pattern);
        }
        filter
    }
}

/// A page of what lies there, as it is asked of the database.
pub(crate) fn inventory(filter: &StockFilter, page: &Page<i64>) -> (String, Vec<Value<'static>>) {
    let mut filter = filter.filter();
    let (limit, offset) = (page.limit, page.offset);
    if let Some(id) = page.after {
        filter.with(|n| format!("p.id > {n}"), id);
    }
    let clause = filter.where_clause();
    let sql =
        format!("select {COLUMNS} {FROM} {clause} order by p.id limit {limit} offset {offset}");
    (sql, filter.params)
}

impl Late {
    /// What is sold, by its id.
    pub async fn inventory(
        &self,
        filter: &StockFilter,
        page: Page<i64>,
    ) -> Result<Vec<Stocked>, ReadError> {
        let (sql, params) = inventory(filter, &page);
        self.0.query(sql, params, stocked).await
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_inventory(
        &self,
        filter: &StockFilter,
        bound: i64,
    ) -> Result<i64, ReadError> {
        // Every product has a shelf: it is looked at only where it is asked about.
        let from = if filter.low.is_some() { FROM } else { "from products p" };
        self.0.count(from, filter.filter(), bound).await
    }

    /// A product's ledger, the newest first, each entry with its number.
    pub async fn stock_entries(
        &self,
        product: ProductId,
        page: Page<i64>,
    ) -> Result<Vec<(i64, StockEntry)>, ReadError> {
        let (limit, offset) = (page.limit, page.offset);
        let columns: Vec<_> = StockEntry::SELECT.iter().map(|name| format!("e.{name}")).collect();
        let (entries, params) = chain(product, page.after, limit.saturating_add(offset));
        let narrowed = if page.after.is_some() { "where e.id < $2" } else { "" };
        let sql = format!(
            "{entries} select e.id, {} from chain c join stock_entries e on e.id = c.id {narrowed}
             order by e.id desc limit {limit} offset {offset}",
            columns.join(", ")
        );
        let read = |row: &Row| {
            let at = &mut 0;
            let id = next(row, at)?;
            let entry = StockEntry {
                product: next(row, at)?,
                location: next(row, at)?,
                kind: next(row, at)?,
                delta: next(row, at)?,
                reason: next(row, at)?,
                actor: next(row, at)?,
                // A sum over orders has none.
                correlation: next::<Option<_>>(row, at)?.unwrap_or(CorrelationId(Uuid::nil())),
                at: next(row, at)?,
            };
            Ok((id, entry))
        };
        self.0.query(sql, params, read).await
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_stock_entries(
        &self,
        product: ProductId,
        bound: i64,
    ) -> Result<i64, ReadError> {
        let most = bound.saturating_add(1);
        let (entries, params) = chain(product, None, most);
        let sql = format!(
            "{entries} select count(*) from (select 1 from chain where id > 0 limit {most}) counted"
        );
        Ok(self.0.query(sql, params, |row| next(row, &mut 0)).await?.pop().unwrap_or_default())
    }

    /// The orders that have units of it, the newest first: those among the next lines of all orders, for
    /// no index leads from a product to its orders.
    pub async fn takers(
        &self,
        product: ProductId,
        below: Option<Uuid>,
        Piece { lines, orders: most }: Piece,
    ) -> Result<Takers, ReadError> {
        let below = below.unwrap_or(Uuid::max());
        let sql = format!(
            "select order_id from order_lines where order_id < $1
             order by order_id desc limit 1 offset {}",
            lines - 1
        );
        let last = self.0.query(sql, vec![Value::Uuid(below)], |row| next::<Uuid>(row, &mut 0));
        let last = last.await?.pop();
        let holding = OrderStatus::ALL.into_iter().filter(|status| status.holds_stock());
        let holding: Vec<String> = holding.map(|status| status.code().to_string()).collect();
        let sql = format!(
            "select o.id, o.number, o.status, l.quantity from order_lines l
             join orders o on o.id = l.order_id
             where l.order_id < $1 and l.order_id >= $2 and l.product_id = $3
               and o.status in ({})
             order by l.order_id desc limit {most}",
            holding.join(", ")
        );
        let params = vec![
            Value::Uuid(below),
            Value::Uuid(last.unwrap_or(Uuid::nil())),
            Value::Int(product.0),
        ];
        let read = |row: &Row| {
            let at = &mut 0;
            Ok(Taker {
                order: next(row, at)?,
                number: next(row, at)?,
                status: next(row, at)?,
                quantity: next(row, at)?,
            })
        };
        let orders: Vec<Taker> = self.0.query(sql, params, read).await?;
        let is_cut = orders.len() as i64 == most;
        let next = if is_cut { orders.last().map(|taker| taker.order.0) } else { last };
        Ok(Takers { orders, next })
    }

    /// Of products with these ids, those whose ledger does not explain the shelf.
    pub async fn unexplained(&self, ids: Range<i64>) -> Result<Vec<ProductId>, ReadError> {
        let sql = "select p.id from products p join ledgers l on l.product_id = p.id
             left join (select product_id, cast(sum(on_hand) as bigint) as on_hand,
                    cast(sum(reserved) as bigint) as reserved
                from stock where product_id >= $1 and product_id < $2 group by product_id
             ) s on s.product_id = p.id
             where p.id >= $1 and p.id < $2
               and (coalesce(s.on_hand, 0) <> l.entered or coalesce(s.reserved, 0) <> l.held)
             order by p.id";
        let params = vec![Value::Int(ids.start), Value::Int(ids.end)];
        self.0.query(sql.into(), params, |row| next(row, &mut 0)).await
    }

    /// Of all places, in one snapshot.
    pub async fn explained(&self, product: ProductId) -> Result<Option<Explained>, ReadError> {
        let sum = |(kind, sign): (EntryKind, &str)| {
            let code = kind.code();
            format!("sum({sign}case when kind = {code} then delta else 0 end) as kind_{code}")
        };
        let kinds = [
            (EntryKind::Receipt, ""),
            (EntryKind::Adjustment, ""),
            (EntryKind::Sale, "-"),
            (EntryKind::Return, ""),
        ];
        let shown =
            kinds.map(|(kind, _)| format!("cast(coalesce(e.kind_{}, 0) as bigint)", kind.code()));
        let (entries, params) = chain(product, None, i64::MAX);
        let sql = format!(
            "{entries} select p.id, coalesce(p.former_sku, p.sku), p.name, p.low_stock_threshold,
                coalesce(s.on_hand, 0), coalesce(s.reserved, 0), {},
                (select l.held from ledgers l where l.product_id = p.id)
             from products p
             left join stock s on s.product_id = p.id and s.location_id = 1
             cross join (select {} from chain c join stock_entries e on e.id = c.id) e
             where p.id = $1",
            shown.join(", "),
            kinds.map(sum).join(", ")
        );
        let read = |row: &Row| {
            let at = &mut 0;
            Ok(Explained {
                of: stocked_at(row, at)?,
                received: next(row, at)?,
                corrected: next(row, at)?,
                sold: next(row, at)?,
                returned: next(row, at)?,
                held: next(row, at)?,
            })
        };
        Ok(self.0.query(sql, params, read).await?.pop())
    }

    /// The highest id of a product.
    pub async fn last_product(&self) -> Result<Option<ProductId>, ReadError> {
        let sql = "select id from products order by id desc limit 1".into();
        Ok(self.0.query(sql, vec![], |row| next(row, &mut 0)).await?.pop())
    }
}

impl Exact {
    /// Archived products too, and those whose shelf is missing.
    pub async fn product_id(&self, reference: &ProductRef) -> Result<Option<ProductId>, ReadError> {
        let (column, value) = match reference {
            ProductRef::Id(id) => ("id", Value::Int(id.0)),
            ProductRef::PublicId(id) => ("public_id", Value::Uuid(id.0)),
            ProductRef::Sku(sku) => ("sku", Value::from(sku.to_string())),
        };
        let sql = format!("select id from products where {column} = $1");
        Ok(self.0.query(sql, vec![value], |row| next(row, &mut 0)).await?.pop())
    }
}

/// The ids of so many entries of each of a product's shelves, the newest first; or of those before one of them.
fn chain(product: ProductId, before: Option<i64>, most: i64) -> (String, Vec<Value<'static>>) {
    let mut params = vec![Value::Int(product.0)];
    let (first, counts) = match before {
        None => ("select last_entry, cast(1 as bigint) from stock where product_id = $1", "1"),
        Some(entry) => {
            params.push(entry.into());
            // Of its own shelf from where it is on, and of others what is not newer.
            let first = "select previous, cast(1 as bigint) from stock_entries
                where id = $2 and product_id = $1
                union all
                select s.last_entry, case when s.last_entry < $2 then 1 else 0 end from stock s
                where s.product_id = $1 and s.location_id <> coalesce((
                    select location_id from stock_entries where id = $2 and product_id = $1
                ), s.location_id)";
            (first, "case when e.previous < $2 then 1 else 0 end")
        }
    };
    let sql = format!(
        "with recursive chain (id, nth) as (
            {first}
            union all
            select e.previous, c.nth + {counts} from chain c
            join stock_entries e on e.id = c.id
            where c.nth < {most}
         )"
    );
    (sql, params)
}
