//! Stock: shelves, locked in one statement when all products are known, and the ledger.

use crate::{
    bulk::{Bulk, Shape},
    tx::{Read, Write},
    value::{Rows, Value},
};
use domain::{Caller, Changes, EntryKind, LocationId, Micros, ProductId, Stock, StockEntry};
use std::collections::{BTreeMap, BTreeSet};

pub static FIND_STOCK: Bulk = Bulk {
    name: "find_stock",
    table: "stock",
    keys: &["product_id"],
    columns: &[],
    shape: Shape::Find { select: &["product_id", "on_hand", "reserved"], lock: true },
};

pub static INSERT_STOCK: Bulk = Bulk {
    name: "insert_stock",
    table: "stock",
    keys: &[],
    columns: &["product_id", "location_id", "on_hand", "reserved"],
    shape: Shape::Insert,
};

pub static ADD_STOCK: Bulk = Bulk {
    name: "add_stock",
    table: "stock",
    keys: &["product_id", "location_id"],
    columns: &["on_hand"],
    shape: Shape::Add,
};

pub static INSERT_ENTRIES: Bulk = Bulk {
    name: "insert_stock_entries",
    table: "stock_entries",
    keys: &[],
    columns: &[
        "product_id",
        "location_id",
        "kind",
        "delta",
        "reason",
        "actor_kind",
        "actor_id",
        "correlation_id",
        "at",
    ],
    shape: Shape::Insert,
};

pub static BULKS: [&Bulk; 4] = [&FIND_STOCK, &INSERT_STOCK, &ADD_STOCK, &INSERT_ENTRIES];

pub(crate) fn find<'f>(
    products: &'f BTreeSet<ProductId>,
    into: &'f mut BTreeMap<ProductId, Stock>,
) -> Read<'f> {
    Read {
        bulk: &FIND_STOCK,
        keys: Rows::of(products.iter().map(|id| [id.0.into()])),
        each: Box::new(|row| {
            let stock = Stock { on_hand: row.int(1)?, reserved: row.int(2)? };
            into.insert(ProductId(row.int(0)?), stock);
            Ok(())
        }),
    }
}

/// An empty shelf for each new product; what lies on it comes with its entries.
pub(crate) fn insert(created: &BTreeSet<ProductId>) -> Write<'_> {
    let empty = |id: &ProductId| [id.0.into(), LocationId::MAIN.0.into(), 0.into(), 0.into()];
    Write { bulk: &INSERT_STOCK, rows: Rows::of(created.iter().map(empty)) }
}

pub(crate) fn add(changes: &Changes) -> Write<'static> {
    let deltas = changes.stock_deltas().into_iter();
    let rows = deltas
        .map(|((product, location), delta)| [product.0.into(), location.0.into(), delta.into()]);
    Write { bulk: &ADD_STOCK, rows: Rows::of(rows) }
}

pub(crate) fn insert_entries(changes: &Changes, now: Micros) -> Write<'_> {
    let sold = summed(&changes.sold, EntryKind::Sale, -1, now);
    let returned = summed(&changes.returned, EntryKind::Return, 1, now);
    let rows = sold.chain(returned).chain(changes.entries.iter().map(entry));
    Write { bulk: &INSERT_ENTRIES, rows: Rows::of(rows) }
}

/// One entry per product and batch: the order lines hold the detail.
fn summed(
    units: &BTreeMap<ProductId, i64>,
    kind: EntryKind,
    sign: i64,
    now: Micros,
) -> impl Iterator<Item = [Value<'_>; 9]> {
    units.iter().map(move |(product, units)| {
        [
            product.0.into(),
            LocationId::MAIN.0.into(),
            kind.code().into(),
            (sign * units).into(),
            Value::Null,
            Caller::SYSTEM.kind.code().into(),
            Caller::SYSTEM.id.into(),
            Value::Null,
            now.0.into(),
        ]
    })
}

fn entry(entry: &StockEntry) -> [Value<'_>; 9] {
    [
        entry.product.0.into(),
        entry.location.0.into(),
        entry.kind.code().into(),
        entry.delta.into(),
        entry.reason.as_deref().into(),
        entry.actor.kind.code().into(),
        entry.actor.id.into(),
        entry.correlation.0.into(),
        entry.at.0.into(),
    ]
}
