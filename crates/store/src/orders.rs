//! Orders and their lines: inserted whole, locked by id while they are moved, read back as copies.

use crate::{
    Readers,
    bulk::{Bulk, Shape},
    query::{Direction, Filter, Page},
    tx::{Error, Read, Write},
    upkeep::Keys,
    value::{Row, Rows, Value},
};
use domain::{
    Caller, CallerKind, Facts, Fingerprint, IdempotencyKey, Micros, Once, Order, OrderId,
    OrderLine, OrderStatus, ProductId, Quantity, Sku, Text,
    idempotency::{PlacedBefore, once_id},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use uuid::Uuid;

const COLUMNS: &[&str] = &[
    "number",
    "id",
    "owner_kind",
    "owner_id",
    "status",
    "version",
    "currency",
    "total_minor",
    "note",
    "idempotency_key",
    "fingerprint",
    "created_at",
    "updated_at",
    "processing_started_at",
    "processing_completed_at",
    "failure_reason",
    "once_id",
];

const LINE_COLUMNS: &[&str] = &[
    "order_id",
    "line",
    "product_id",
    "sku",
    "name",
    "description",
    "quantity",
    "unit_price_minor",
];

pub static FIND_KEYS: Bulk = Bulk {
    name: "find_order_keys",
    table: "orders",
    keys: &["once_id"],
    columns: &[],
    shape: Shape::Find {
        select: &["owner_kind", "owner_id", "idempotency_key", "id", "fingerprint"],
        lock: false,
    },
};

pub static FIND_ORDERS: Bulk = Bulk {
    name: "find_orders",
    table: "orders",
    keys: &["id"],
    columns: &[],
    shape: Shape::Find { select: COLUMNS, lock: true },
};

pub static FIND_LINES: Bulk = Bulk {
    name: "find_order_lines",
    table: "order_lines",
    keys: &["order_id"],
    columns: &[],
    shape: Shape::Find { select: LINE_COLUMNS, lock: false },
};

pub static APPEND_ORDERS: Bulk = Bulk {
    name: "append_orders",
    table: "orders",
    keys: &[],
    columns: COLUMNS,
    shape: Shape::Append { counter: "orders" },
};

pub static INSERT_LINES: Bulk = Bulk {
    name: "insert_order_lines",
    table: "order_lines",
    keys: &[],
    columns: LINE_COLUMNS,
    shape: Shape::Insert,
};

pub static SET_ORDERS: Bulk = Bulk {
    name: "set_orders",
    table: "orders",
    keys: &["id"],
    columns: &[
        "status",
        "version",
        "updated_at",
        "processing_started_at",
        "processing_completed_at",
        "failure_reason",
    ],
    shape: Shape::Set,
};

pub static BULKS: [&Bulk; 6] =
    [&FIND_KEYS, &FIND_ORDERS, &FIND_LINES, &APPEND_ORDERS, &INSERT_LINES, &SET_ORDERS];

pub(crate) fn find_keys<'f>(
    keys: &'f Keys,
    into: &'f mut BTreeMap<(Caller, IdempotencyKey), PlacedBefore>,
) -> Read<'f> {
    Read {
        bulk: &FIND_KEYS,
        keys: Rows::of(keys.iter().map(|(owner, key)| [once_id(*owner, key).into()])),
        each: Box::new(|row| {
            let key = (caller(row, 0)?, IdempotencyKey::stored(&row.text(2)?));
            let order = OrderId(row.uuid(3)?);
            into.insert(key, PlacedBefore { order, fingerprint: Fingerprint(row.uuid(4)?) });
            Ok(())
        }),
    }
}

fn by_id(ids: &BTreeSet<OrderId>) -> Rows<'_> {
    Rows::of(ids.iter().map(|id| [id.0.into()]))
}

pub(crate) fn find<'f>(
    ids: &'f BTreeSet<OrderId>,
    into: &'f mut BTreeMap<OrderId, Order>,
) -> Read<'f> {
    Read {
        bulk: &FIND_ORDERS,
        keys: by_id(ids),
        each: Box::new(|row| {
            let order = order(row)?;
            into.insert(order.id, order);
            Ok(())
        }),
    }
}

pub(crate) fn find_lines<'f>(
    ids: &'f BTreeSet<OrderId>,
    into: &'f mut BTreeMap<(OrderId, i64), OrderLine>,
) -> Read<'f> {
    Read {
        bulk: &FIND_LINES,
        keys: by_id(ids),
        each: Box::new(|row| {
            into.insert((OrderId(row.uuid(0)?), row.int(1)?), line(row)?);
            Ok(())
        }),
    }
}

/// Orders and lines are read by two statements, the lines after the lock; here they come together.
pub(crate) fn assembled(
    orders: BTreeMap<OrderId, Order>,
    lines: BTreeMap<(OrderId, i64), OrderLine>,
) -> BTreeMap<OrderId, Arc<Order>> {
    let mut orders = orders;
    for ((id, _), line) in lines {
        if let Some(order) = orders.get_mut(&id) {
            order.lines.push(line);
        }
    }
    orders.into_iter().map(|(id, order)| (id, Arc::new(order))).collect()
}

pub(crate) fn caller(row: &Row, at: usize) -> Result<Caller, Error> {
    let kind = CallerKind::coded(row.int(at)?);
    let kind = kind.ok_or_else(|| Error::Other("unknown kind of caller".into()))?;
    Ok(Caller { kind, id: row.uuid(at + 1)? })
}

fn order(row: &Row) -> Result<Order, Error> {
    let status = OrderStatus::coded(row.int(4)?);
    let key = row.optional_text(9)?.map(|key| IdempotencyKey::stored(&key));
    let fingerprint = row.optional_uuid(10)?.map(Fingerprint);
    Ok(Order {
        number: Some(row.int(0)?),
        id: OrderId(row.uuid(1)?),
        owner: caller(row, 2)?,
        status: status.ok_or_else(|| Error::Other("unknown order status".into()))?,
        version: row.int(5)?,
        currency: row.text(6)?.parse().map_err(Error::Other)?,
        total_minor: row.int(7)?,
        note: Text::stored(&row.text(8)?),
        once: key.zip(fingerprint).map(|(key, fingerprint)| Once { key, fingerprint }),
        lines: Vec::new(),
        created_at: Micros(row.int(11)?),
        updated_at: Micros(row.int(12)?),
        processing_started_at: row.optional_int(13)?.map(Micros),
        processing_completed_at: row.optional_int(14)?.map(Micros),
        failure_reason: row.optional_text(15)?.as_deref().map(Text::stored),
    })
}

fn line(row: &Row) -> Result<OrderLine, Error> {
    let quantity = Quantity::new(row.int(6)?);
    Ok(OrderLine {
        product: ProductId(row.int(2)?),
        sku: Sku::stored(&row.text(3)?),
        name: Text::stored(&row.text(4)?),
        description: Text::stored(&row.text(5)?),
        quantity: quantity.ok_or_else(|| Error::Other("a line of no quantity".into()))?,
        unit_price_minor: row.int(7)?,
    })
}

fn micros(time: Option<Micros>) -> Value<'static> {
    time.map(|time| time.0).into()
}

/// Numbered as they were decided, written in the order of their unique key, and as they are by the
/// end of the batch: it may have moved them already.
pub(crate) fn append(facts: &Facts) -> Write<'_> {
    let placed = facts.changes.placed_orders.iter().map(|id| &*facts.orders[id]);
    let with_key = |order: &Order| order.once.as_ref().map(|once| once_id(order.owner, &once.key));
    let mut numbered: Vec<(Option<Uuid>, i64, &Order)> =
        (1..).zip(placed).map(|(offset, order)| (with_key(order), offset, order)).collect();
    numbered.sort_by_key(|(once_id, offset, _)| (*once_id, *offset));
    let rows = numbered.into_iter().map(|(once_id, offset, order)| {
        [
            offset.into(),
            order.id.0.into(),
            order.owner.kind.code().into(),
            order.owner.id.into(),
            order.status.code().into(),
            order.version.into(),
            order.currency.code().into(),
            order.total_minor.into(),
            order.note.as_str().into(),
            order.once.as_ref().map(|once| once.key.as_str()).into(),
            order.once.as_ref().map(|once| once.fingerprint.0).into(),
            order.created_at.0.into(),
            order.updated_at.0.into(),
            micros(order.processing_started_at),
            micros(order.processing_completed_at),
            order.failure_reason.as_deref().into(),
            once_id.into(),
        ]
    });
    Write { bulk: &APPEND_ORDERS, rows: Rows::of(rows) }
}

pub(crate) fn insert_lines(facts: &Facts) -> Write<'_> {
    let placed = facts.changes.placed_orders.iter().map(|id| &facts.orders[id]);
    let rows = placed.flat_map(|order| {
        (1..).zip(&order.lines).map(|(position, line): (i64, _)| {
            [
                order.id.0.into(),
                position.into(),
                line.product.0.into(),
                line.sku.as_str().into(),
                line.name.as_str().into(),
                line.description.as_str().into(),
                line.quantity.units().into(),
                line.unit_price_minor.into(),
            ]
        })
    });
    Write { bulk: &INSERT_LINES, rows: Rows::of(rows) }
}

pub(crate) fn set(facts: &Facts) -> Write<'_> {
    let moved = facts.changes.moved_orders.iter().map(|id| &facts.orders[id]);
    let rows = moved.map(|order| {
        [
            order.id.0.into(),
            order.status.code().into(),
            order.version.into(),
            order.updated_at.0.into(),
            micros(order.processing_started_at),
            micros(order.processing_completed_at),
            order.failure_reason.as_deref().into(),
        ]
    });
    Write { bulk: &SET_ORDERS, rows: Rows::of(rows) }
}

/// What a history is narrowed to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderFilter {
    pub owner: Option<Caller>,
    pub status: Option<OrderStatus>,
    pub placed_after: Option<Micros>,
    pub placed_before: Option<Micros>,
    pub min_total_minor: Option<i64>,
    pub max_total_minor: Option<i64>,
}

impl OrderFilter {
    fn filter(&self) -> Filter {
        let mut filter = Filter::default();
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
        filter
    }
}

impl Readers {
    pub async fn order(&self, id: OrderId) -> Result<Option<Order>, Error> {
        let sql = format!("select {} from orders where id = $1", COLUMNS.join(", "));
        let orders = self.query(sql, vec![id.0.into()], order).await?;
        Ok(self.with_lines(orders).await?.pop())
    }

    /// Newest first, or oldest first; `after` is the number of the last order before the page.
    pub async fn orders(&self, filter: &OrderFilter, page: Page<i64>) -> Result<Vec<Order>, Error> {
        let mut filter = filter.filter();
        let (more, direction) = match page.direction {
            Direction::Rising => (">", "asc"),
            Direction::Falling => ("<", "desc"),
        };
        if let Some(number) = page.after {
            filter.with(|n| format!("number {more} {n}"), number);
        }
        let (limit, offset) = (filter.param(page.limit.into()), filter.param(page.offset.into()));
        let sql = format!(
            "select {} from orders {} order by number {direction} limit {limit} offset {offset}",
            COLUMNS.join(", "),
            filter.where_clause(),
        );
        let orders = self.query(sql, filter.params, order).await?;
        self.with_lines(orders).await
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_orders(&self, filter: &OrderFilter, bound: i64) -> Result<i64, Error> {
        let filter = filter.filter();
        let sql = format!(
            "select count(*) from (select 1 from orders {} limit {}) counted",
            filter.where_clause(),
            bound + 1
        );
        Ok(self.query(sql, filter.params, |row| row.int(0)).await?.pop().unwrap_or(0))
    }

    async fn with_lines(&self, orders: Vec<Order>) -> Result<Vec<Order>, Error> {
        if orders.is_empty() {
            return Ok(orders);
        }
        let mut filter = Filter::default();
        filter.any("order_id", orders.iter().map(|order| order.id.0.into()));
        let sql = format!(
            "select {} from order_lines {} order by order_id, line",
            LINE_COLUMNS.join(", "),
            filter.where_clause()
        );
        let read = |row: &Row<'_>| Ok((OrderId(row.uuid(0)?), line(row)?));
        let mut lines = BTreeMap::<OrderId, Vec<OrderLine>>::new();
        for (id, line) in self.query(sql, filter.params, read).await? {
            lines.entry(id).or_default().push(line);
        }
        let complete = |order: Order| {
            let lines = lines.remove(&order.id).unwrap_or_default();
            Order { lines, ..order }
        };
        Ok(orders.into_iter().map(complete).collect())
    }
}
