//! What callers have ordered of products with a bound for each: read and written under the product's shelf.

use crate::{
    bulk::Bulk,
    columns, statements,
    stored::{
        Cell, Cells, Columns, Logged, Stored, find, is_edited, is_inserted, marked, never_dropped,
    },
    tx::{Read, Write},
    value::Rows,
};
use domain::{
    Bought,
    bought::Regained,
    facts::{self, Log, Table},
};
use std::collections::BTreeMap;

columns! {
    Bought
    by { product(product_id), owner(owner_kind, owner_id) }
    kept { units }
    besides { added }
}

statements! {
    FIND = Bulk::find("find_bought", "bought", Bought::BY, Bought::SELECT);
    INSERT = Bulk::insert("insert_bought", "bought", Bought::ALL);
    ADD = Bulk::add("add_bought", "bought", Bought::KEY, &["units"]);
    REGAIN = Bulk::add("regain_bought", "bought", Bought::KEY, &["units"]);
}

impl Stored for Bought {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn reads<'f>(table: &'f mut Table<Self>, reads: &mut Vec<Read<'f>>) {
        reads.push(find(const { &[&FIND] }, table, |row| Columns::read(row, &mut 0)));
    }

    fn writes<'f>(table: &'f Table<Self>, writes: &mut Vec<Write<'f>>) {
        writes.push(marked(&INSERT, table, is_inserted, Columns::all));
        writes.push(marked(&ADD, table, is_edited, |bought, cells| {
            Columns::key(bought, cells);
            cells.push(bought.added.into());
        }));
    }

    fn deletes<'f>(table: &'f Table<Self>, _: &mut Vec<Write<'f>>) {
        never_dropped(table);
    }
}

/// Summed up: a statement over many rows touches each once.
impl Logged for Regained {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn writes<'f>(log: &'f Log<Self>, writes: &mut Vec<Write<'f>>) {
        let mut sums = BTreeMap::new();
        for Regained { product, owner, units } in &log.0 {
            *sums.entry((product, owner)).or_insert(0) -= units;
        }
        let mut cells = Cells::new();
        for ((product, owner), sum) in sums {
            product.write(&mut cells);
            owner.write(&mut cells);
            cells.push(sum.into());
        }
        let width = <Bought as facts::Row>::Find::WIDTH + 1;
        writes.push(Write { bulk: &REGAIN, rows: Rows::flat(width, cells) });
    }
}
