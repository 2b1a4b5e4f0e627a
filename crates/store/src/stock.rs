//! Stock: shelves, locked in one statement when all products are known, and the ledger.

use crate::{
    bulk::{Bulk, Chain},
    cell_types,
    cells::known,
    columns, statements,
    stored::{Cells, Columns, Logged, Stored, find, is_edited, is_inserted, marked, never_dropped},
    tx::{Read, Write},
    value::{Rows, Value},
};
use domain::{
    Caller, EntryKind, LocationId, Shelf, StockEntry,
    facts::{Log, Slot, Table},
    stock::Tally,
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
    ADD = Bulk::add("add_stock", "stock", Shelf::KEY, &["on_hand", "reserved"]);
    ENTER = Bulk::chain("insert_stock_entries", "stock_entries", LEDGER, StockEntry::ALL);
}

/// The ledger of a shelf is found from its last entry on.
const LEDGER: Chain = Chain {
    parent: "stock",
    keys: Shelf::KEY,
    last: "last_entry",
    previous: "previous",
    // Both at once: between the two nothing may be promised that does not lie there.
    adds: &["on_hand", "reserved"],
    sequence: "stock_entries_id_seq",
};

impl Stored for Shelf {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn reads<'f>(table: &'f mut Table<Self>, reads: &mut Vec<Read<'f>>) {
        reads.push(find(const { &[&FIND] }, table, |row| Shelf::read(row, &mut 0)));
    }

    fn writes<'f>(table: &'f Table<Self>, writes: &mut Vec<Write<'f>>) {
        writes.push(marked(&INSERT, table, is_inserted, Shelf::all));
        // A shelf that ends where it began is left out, and so is one that its sums say it of.
        writes.push(marked(&ADD, table, is_edited, |shelf, cells| {
            let Tally { delta, reserved, sold, returned, .. } = shelf.tally;
            if (delta, reserved) != (0, 0) && (sold, returned) == (0, 0) {
                shelf.key(cells);
                cells.extend([delta.into(), reserved.into()]);
            }
        }));
        let mut cells = Cells::new();
        if table.changed > 0 {
            cells.reserve_exact(table.changed * WIDTH);
            table.rows.values().for_each(|slot| summed(slot, &mut cells));
        }
        writes.push(Write { bulk: &ENTER, rows: Rows::flat(WIDTH, cells) });
    }

    fn deletes<'f>(table: &'f Table<Self>, _: &mut Vec<Write<'f>>) {
        never_dropped(table);
    }
}

/// Of an entry, and of what it adds to its shelf.
const WIDTH: usize = StockEntry::ALL.len() + LEDGER.adds.len();

/// What was sold and what came back, one entry each per shelf and batch: the order lines hold the
/// detail. In the order of `StockEntry::ALL`; the first adds all that the batch has done to the shelf.
fn summed(slot: &Slot<Shelf>, cells: &mut Cells) {
    let Shelf { product, location, tally, .. } = &slot.row;
    // A new shelf is written as it ends.
    let mut added = match is_edited(slot.mark) {
        true => (tally.delta, tally.reserved),
        false => (0, 0),
    };
    for (kind, units) in [(EntryKind::Sale, -tally.sold), (EntryKind::Return, tally.returned)] {
        if units != 0 {
            let (delta, reserved) = std::mem::take(&mut added);
            cells.extend([
                product.0.into(),
                location.0.into(),
                kind.code().into(),
                units.into(),
                Value::Null,
                Caller::SYSTEM.kind.code().into(),
                Caller::SYSTEM.id.into(),
                Value::Null,
                tally.at.0.into(),
                delta.into(),
                reserved.into(),
            ]);
        }
    }
}

impl Logged for StockEntry {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn writes<'f>(log: &'f Log<Self>, writes: &mut Vec<Write<'f>>) {
        let mut cells = Cells::new();
        for entry in &log.0 {
            entry.all(&mut cells);
            // Its shelf says itself what was done to it.
            cells.extend([0.into(), 0.into()]);
        }
        writes.push(Write { bulk: &ENTER, rows: Rows::flat(WIDTH, cells) });
    }
}
