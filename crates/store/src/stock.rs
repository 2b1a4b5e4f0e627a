//! Stock: shelves, locked in one statement when all products are known, and the ledger.

use crate::{
    bulk::Bulk,
    cell_types,
    cells::known,
    columns, statements,
    stored::{Cells, Columns, Logged, Stored, find, is_edited, is_inserted, marked, never_dropped},
    tx::{Read, Write},
    value::{Rows, Value},
};
use domain::{
    Caller, EntryKind, LocationId, Shelf, StockEntry,
    facts::{Log, Table},
};

cell_types! {
    LocationId: optional_int, raw => Ok(LocationId(raw)), id => Value::Int(id.0);
    EntryKind: optional_int, raw => known(EntryKind::coded(raw), "kind of stock entry"), kind => Value::Int(kind.code());
}

columns! {
    Shelf
    by { product(product_id) }
    then { location(location_id) }
    kept { on_hand, reserved }
    besides { tally }
}

columns! {
    StockEntry
    kept {
        product(product_id),
        location(location_id),
        kind,
        delta,
        reason,
        actor(actor_kind, actor_id),
        correlation(correlation_id),
        at,
    }
}

statements! {
    FIND = Bulk::find_locked("find_stock", "stock", Shelf::BY, Shelf::SELECT, Shelf::KEY);
    INSERT = Bulk::insert("insert_stock", "stock", Shelf::ALL);
    /// Both at once: between the two nothing may be promised that does not lie there.
    ADD = Bulk::add("add_stock", "stock", Shelf::KEY, &["on_hand", "reserved"]);
    ENTER = Bulk::insert("insert_stock_entries", "stock_entries", StockEntry::ALL);
}

impl Stored for Shelf {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn reads<'f>(table: &'f mut Table<Self>, reads: &mut Vec<Read<'f>>) {
        reads.push(find(const { &[&FIND] }, table, |row| Shelf::read(row, &mut 0)));
    }

    fn writes<'f>(table: &'f Table<Self>, writes: &mut Vec<Write<'f>>) {
        writes.push(marked(&INSERT, table, is_inserted, Shelf::all));
        writes.push(marked(&ADD, table, is_edited, |shelf, cells| {
            // A shelf that ends where it began is left out.
            if (shelf.tally.delta, shelf.tally.reserved) != (0, 0) {
                shelf.key(cells);
                cells.extend([shelf.tally.delta.into(), shelf.tally.reserved.into()]);
            }
        }));
        let mut cells = Cells::new();
        if table.changed > 0 {
            cells.reserve_exact(table.changed * StockEntry::ALL.len());
            table.rows.values().for_each(|slot| summed(&slot.row, &mut cells));
        }
        writes.push(Write { bulk: &ENTER, rows: Rows::flat(StockEntry::ALL.len(), cells) });
    }

    fn deletes<'f>(table: &'f Table<Self>, _: &mut Vec<Write<'f>>) {
        never_dropped(table);
    }
}

/// What was sold and what came back, one entry each per shelf and batch: the order lines hold the
/// detail. In the order of `StockEntry::ALL`.
fn summed(shelf: &Shelf, cells: &mut Cells) {
    let (sold, returned) = (shelf.tally.sold, shelf.tally.returned);
    for (kind, units) in [(EntryKind::Sale, -sold), (EntryKind::Return, returned)] {
        if units != 0 {
            cells.extend([
                shelf.product.0.into(),
                shelf.location.0.into(),
                kind.code().into(),
                units.into(),
                Value::Null,
                Caller::SYSTEM.kind.code().into(),
                Caller::SYSTEM.id.into(),
                Value::Null,
                shelf.tally.at.0.into(),
            ]);
        }
    }
}

impl Logged for StockEntry {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn writes<'f>(log: &'f Log<Self>, writes: &mut Vec<Write<'f>>) {
        let mut cells = Cells::new();
        log.0.iter().for_each(|entry| entry.all(&mut cells));
        writes.push(Write { bulk: &ENTER, rows: Rows::flat(StockEntry::ALL.len(), cells) });
    }
}
