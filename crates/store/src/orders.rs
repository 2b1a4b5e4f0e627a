//! Orders and their lines: inserted whole, locked by id while they are moved, read back as copies.

mod choices;
pub mod due;
#[cfg(test)]
mod plans;
mod walks;

use crate::{
    bulk::{Bulk, Counted},
    cell_types,
    cells::known,
    columns, json_types,
    query::{Filter, Page},
    readers::{Exact, Late, ReadError, Share},
    statements,
    stored::{
        Cells, Columns, Stored, count, flat, found, is_edited, keys, marked, never_dropped, next,
    },
    tx::{Error, Read, Write},
    value::{Row, Rows, Value},
};
use domain::{
    Caller, Contact, HandedOver, IdempotencyKey, Micros, Order, OrderId, OrderLine, OrderStatus,
    Reference,
    facts::{Mark, Slot, Table},
    idempotency::{PlacedBefore, once_id},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use uuid::Uuid;

pub use choices::Movable;
pub use walks::{Reach, Walked};

cell_types! {
    OrderId: optional_uuid, raw => Ok(OrderId(raw)), id => Value::Uuid(id.0);
    Reference: optional_text, raw => Ok(Reference::stored(&raw)), reference => Value::Text(reference.as_str());
    OrderStatus: optional_int, raw => known(OrderStatus::coded(raw), "order status"), status => Value::Int(status.code());
}

json_types! {
    Contact, "a contact";
    Box<HandedOver>, "what was handed over";
}

columns! {
    Order
    by { id }
    kept {
        owner(owner_kind, owner_id),
        placed_by(placed_by_kind, placed_by_id),
        currency,
        total_minor,
        reference,
        channel,
        created_at,
    }
    edited {
        status,
        version,
        note,
        // Its fingerprint goes with what it says.
        once(idempotency_key, fingerprint),
        delivery_address,
        contact,
        handed_over,
        updated_at,
        pending_since,
        processing_started_at,
        processing_completed_at,
        failure_reason,
    }
    // Given by the counter, when the order is appended.
    also { number = ["number"] }
    besides { lines }
}

columns! {
    OrderLine
    kept { product(product_id), sku, name, description, quantity, unit_price_minor, is_counted }
}

const PLACED: &[&[&[&str]]] = &[&[&["number"], Order::ALL, &["once_id"]]];
const APPENDED: &[&str] = &flat::<{ count(PLACED) }>(PLACED);
const PLACED_LINES: &[&[&[&str]]] = &[&[&["order_id", "line"], OrderLine::ALL]];
const LINES: &[&str] = &flat::<{ count(PLACED_LINES) }>(PLACED_LINES);

statements! {
    FIND = Bulk::find_locked("find_orders", "orders", Order::BY, Order::SELECT, Order::KEY);
    FIND_LINES = Bulk::find_ordered(
        "find_order_lines",
        "order_lines",
        &["order_id"],
        LINES,
        &["order_id", "line"],
    );
    INSERT_LINES = Bulk::insert("insert_order_lines", "order_lines", LINES);
    APPEND = Bulk::append("append_orders", "orders", Counted::By("orders"), APPENDED);
    SET = Bulk::set("set_orders", "orders", Order::KEY, Order::EDITED);
    FIND_KEYS = Bulk::find(
        "find_order_keys",
        "orders",
        &["once_id"],
        &[
            "coalesce(placed_by_kind, owner_kind)",
            "coalesce(placed_by_id, owner_id)",
            "idempotency_key",
            "id",
            "fingerprint",
        ],
    );
}

impl Stored for Arc<Order> {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    /// The lines by a second statement, after the lock.
    fn reads<'f>(table: &'f mut Table<Self>, reads: &mut Vec<Read<'f>>) {
        let Table { pending, rows, .. } = table;
        let each = Box::new(move |statement: usize, row: &Row| {
            if statement == 0 {
                let order = Arc::new(order(row)?);
                rows.insert(order.id, Slot { row: order, mark: Mark::Kept });
                return Ok(());
            }
            let (id, _, line) = line(row)?;
            if let Some(slot) = rows.get_mut(&id) {
                Arc::make_mut(&mut slot.row).lines.push(line);
            }
            Ok(())
        });
        reads.push(Read { bulks: const { &[&FIND, &FIND_LINES] }, keys: keys(pending), each });
    }

    /// Numbered as they were decided, written in the order of their unique key, and as they are by the
    /// end of the batch: it may have moved them already.
    fn writes<'f>(table: &'f Table<Self>, writes: &mut Vec<Write<'f>>) {
        let made = || table.made.iter().map(|id| &table.rows[id].row);
        let mut cells = Cells::with_capacity(
            made().map(|order| order.lines.len()).sum::<usize>() * LINES.len(),
        );
        for order in made() {
            for (position, line) in (1..).zip(&order.lines) {
                cells.extend([Value::Uuid(order.id.0), Value::Int(position)]);
                line.all(&mut cells);
            }
        }
        writes.push(Write { bulk: &INSERT_LINES, rows: Rows::flat(LINES.len(), cells) });
        writes.push(marked(&SET, table, is_edited, |order, cells| order.edits(cells)));
        let key =
            |order: &Order| order.once.as_ref().map(|once| once_id(order.placer(), &once.key));
        let mut numbered: Vec<(Option<Uuid>, i64, &Arc<Order>)> =
            (1..).zip(made()).map(|(offset, order)| (key(order), offset, order)).collect();
        numbered.sort_unstable_by_key(|(once_id, offset, _)| (*once_id, *offset));
        let mut cells = Cells::with_capacity(numbered.len() * APPENDED.len());
        for (once_id, offset, order) in numbered {
            cells.push(Value::Int(offset));
            order.all(&mut cells);
            cells.push(once_id.into());
        }
        writes.push(Write { bulk: &APPEND, rows: Rows::flat(APPENDED.len(), cells) });
    }

    fn deletes<'f>(table: &'f Table<Self>, _: &mut Vec<Write<'f>>) {
        never_dropped(table);
    }
}

fn order(row: &Row) -> Result<Order, Error> {
    Order::read(row, &mut 0)
}

/// In the order of `LINES`.
fn line(row: &Row) -> Result<(OrderId, i64, OrderLine), Error> {
    let at = &mut 0;
    Ok((next(row, at)?, next(row, at)?, OrderLine::read(row, at)?))
}

impl Stored for PlacedBefore {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn reads<'f>(table: &'f mut Table<Self>, reads: &mut Vec<Read<'f>>) {
        let ids = table.pending.iter().map(|(owner, key)| [once_id(*owner, key).into()]);
        let keys = Rows::of(ids);
        reads.push(found(const { &[&FIND_KEYS] }, keys, &mut table.rows, |row| {
            let at = &mut 0;
            Ok(PlacedBefore {
                owner: next(row, at)?,
                key: next(row, at)?,
                order: next(row, at)?,
                fingerprint: next(row, at)?,
            })
        }));
    }

    fn writes<'f>(_: &'f Table<Self>, _: &mut Vec<Write<'f>>) {}

    fn deletes<'f>(_: &'f Table<Self>, _: &mut Vec<Write<'f>>) {}
}

/// What a history is narrowed to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderFilter {
    pub number: Option<i64>,
    pub reference: Option<Reference>,
    pub owner: Option<Caller>,
    pub status: Option<OrderStatus>,
    pub placed_after: Option<Micros>,
    pub placed_before: Option<Micros>,
    pub min_total_minor: Option<i64>,
    pub max_total_minor: Option<i64>,
    /// Only what channels have handed over.
    pub is_handed_over: bool,
}

impl OrderFilter {
    fn filter(&self) -> Filter {
        let mut filter = Filter::default();
        self.narrow(&mut filter);
        filter
    }

    fn narrow(&self, filter: &mut Filter) {
        if let Some(number) = self.number {
            filter.with(|n| format!("number = {n}"), number);
        }
        if let Some(reference) = &self.reference {
            let reference = Value::from(reference.as_str().to_owned());
            filter.with(|n| format!("reference = {n}"), reference);
        }
        if let Some(owner) = self.owner {
            filter.with(|n| format!("owner_kind = {n}"), owner.kind.code());
            filter.with(|n| format!("owner_id = {n}"), owner.id);
        }
        if let Some(status) = self.status {
            filter.with(|n| format!("status = {n}"), status.code());
        }
        if let Some(after) = self.placed_after {
            filter.with(|n| format!("created_at > {n}"), after.0);
        }
        if let Some(before) = self.placed_before {
            filter.with(|n| format!("created_at < {n}"), before.0);
        }
        if let Some(least) = self.min_total_minor {
            filter.with(|n| format!("total_minor >= {n}"), least);
        }
        if let Some(most) = self.max_total_minor {
            filter.with(|n| format!("total_minor <= {n}"), most);
        }
        if self.is_handed_over {
            filter.sql("channel is not null");
        }
    }
}

impl Exact {
    pub async fn order(&self, id: OrderId) -> Result<Option<Order>, ReadError> {
        let sql = format!("select {} from orders where id = $1", Order::SELECT.join(", "));
        let orders = self.0.query(sql, vec![id.0.into()], order).await?;
        Ok(with_lines(&self.0, orders).await?.pop())
    }

    /// The order that was placed under a key.
    pub async fn order_placed(
        &self,
        keeper: Caller,
        key: &IdempotencyKey,
    ) -> Result<Option<Order>, ReadError> {
        let sql = format!("select {} from orders where once_id = $1", Order::SELECT.join(", "));
        let orders = self.0.query(sql, vec![once_id(keeper, key).into()], order).await?;
        Ok(with_lines(&self.0, orders).await?.pop())
    }

    /// The order that has this number.
    pub async fn order_id(&self, number: i64) -> Result<Option<OrderId>, ReadError> {
        let sql = "select id from orders where number = $1".to_owned();
        Ok(self.0.query(sql, vec![number.into()], |row| next(row, &mut 0)).await?.pop())
    }
}

impl Share {
    pub(crate) async fn orders_by_id(
        &self,
        ids: &BTreeSet<OrderId>,
    ) -> Result<Vec<Order>, ReadError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut filter = Filter::default();
        filter.any_of_many("id", ids.iter().map(|id| Value::Uuid(id.0)));
        let (columns, narrowed) = (Order::SELECT.join(", "), filter.where_clause());
        let sql = format!("select {columns} from orders {narrowed}");
        let orders = self.query(sql, filter.params, order).await?;
        with_lines(self, orders).await
    }
}

impl Late {
    /// Newest first, or oldest first; `after` is the number of the last order before the page.
    pub async fn orders(
        &self,
        filter: &OrderFilter,
        page: Page<i64>,
    ) -> Result<Vec<Order>, ReadError> {
        let (filter, order_by) = filter.paged(&page);
        let (columns, narrowed) = (Order::SELECT.join(", "), filter.where_clause());
        let sql = format!("select {columns} from orders {narrowed} {order_by}");
        let orders = self.0.query(sql, filter.params, order).await?;
        with_lines(&self.0, orders).await
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_orders(&self, filter: &OrderFilter, bound: i64) -> Result<i64, ReadError> {
        self.0.count("from orders", filter.filter(), bound).await
    }
}

async fn with_lines(share: &Share, orders: Vec<Order>) -> Result<Vec<Order>, ReadError> {
    if orders.is_empty() {
        return Ok(orders);
    }
    let mut filter = Filter::default();
    filter.any_of_many("order_id", orders.iter().map(|order| order.id.0.into()));
    let sql = format!(
        "select {} from order_lines {} order by order_id, line",
        LINES.join(", "),
        filter.where_clause()
    );
    let read = |row: &Row<'_>| line(row).map(|(id, _, line)| (id, line));
    let mut lines = BTreeMap::<OrderId, Vec<OrderLine>>::new();
    for (id, line) in share.query(sql, filter.params, read).await? {
        lines.entry(id).or_default().push(line);
    }
    let complete = |order: Order| {
        let lines = lines.remove(&order.id).unwrap_or_default();
        Order { lines, ..order }
    };
    Ok(orders.into_iter().map(complete).collect())
}
