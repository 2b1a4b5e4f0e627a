//! How a row is kept: its columns named once, each cell read and written by its type, and the
//! statements that follow from that. Nobody counts positions: the compiler does.

use crate::{
    bulk::Bulk,
    tx::{Error, Read, Write},
    value::{Row as Answer, Rows, Value},
};
use domain::facts::{self, Log, Mark, Slot, Table};
use std::collections::{BTreeMap, BTreeSet};

pub type Cells<'a> = Vec<Value<'a>>;
type Names = &'static [&'static str];

/// A value that fills one column or more.
pub trait Cell: Sized {
    const WIDTH: usize = 1;
    /// `None` where there is null.
    fn read_optional(answer: &Answer, at: usize) -> Result<Option<Self>, Error>;
    fn write<'a>(&'a self, cells: &mut Cells<'a>);
}

impl<C: Cell> Cell for Option<C> {
    const WIDTH: usize = C::WIDTH;

    fn read_optional(answer: &Answer, at: usize) -> Result<Option<Self>, Error> {
        C::read_optional(answer, at).map(Some)
    }

    fn write<'a>(&'a self, cells: &mut Cells<'a>) {
        match self {
            Some(cell) => cell.write(cells),
            None => (0..C::WIDTH).for_each(|_| cells.push(Value::Null)),
        }
    }
}

impl<A: Cell, B: Cell> Cell for (A, B) {
    const WIDTH: usize = A::WIDTH + B::WIDTH;

    fn read_optional(answer: &Answer, at: usize) -> Result<Option<Self>, Error> {
        let (a, b) = (A::read_optional(answer, at)?, B::read_optional(answer, at + A::WIDTH)?);
        Ok(a.zip(b))
    }

    fn write<'a>(&'a self, cells: &mut Cells<'a>) {
        self.0.write(cells);
        self.1.write(cells);
    }
}

/// A cell, and on by its width.
pub fn next<C: Cell>(answer: &Answer, at: &mut usize) -> Result<C, Error> {
    let cell = C::read_optional(answer, *at)?;
    *at += C::WIDTH;
    cell.ok_or_else(|| Error::Fault(format!("cell {} is null", *at - C::WIDTH)))
}

/// The columns of a row, named once: `columns!` writes it.
pub trait Columns: Sized {
    /// What rows are found by, what they are known by, and all that is written.
    const BY: Names;
    const KEY: Names;
    const ALL: Names;
    const SELECT: Names;
    const EDITED: Names;
    fn read(answer: &Answer, at: &mut usize) -> Result<Self, Error>;
    fn key<'f>(&'f self, cells: &mut Cells<'f>);
    fn all<'f>(&'f self, cells: &mut Cells<'f>);
    fn edits<'f>(&'f self, cells: &mut Cells<'f>);
}

/// What a table needs so that it can be found and written. `table!` writes it for most; a row that is
/// put together from several tables writes it by hand.
pub trait Stored: facts::Row + Sized {
    const BULKS: &'static [&'static Bulk];
    fn reads<'f>(table: &'f mut Table<Self>, reads: &mut Vec<Read<'f>>);
    fn writes<'f>(table: &'f Table<Self>, writes: &mut Vec<Write<'f>>);
    fn deletes<'f>(table: &'f Table<Self>, writes: &mut Vec<Write<'f>>);
}

/// The same for rows that are only ever added.
pub trait Logged: Sized {
    const BULKS: &'static [&'static Bulk];
    fn writes<'f>(log: &'f Log<Self>, writes: &mut Vec<Write<'f>>);
}

/// What is asked for, as the keys of a statement.
pub fn keys<F: Cell>(pending: &BTreeSet<F>) -> Rows<'_> {
    let mut cells = Cells::with_capacity(pending.len() * F::WIDTH);
    pending.iter().for_each(|find| find.write(&mut cells));
    Rows::flat(F::WIDTH, cells)
}

/// The rows of all that is pending.
pub fn find<'f, R: facts::Row<Find: Cell>>(
    bulks: &'f [&'static Bulk],
    table: &'f mut Table<R>,
    read: impl Fn(&Answer) -> Result<R, Error> + 'f,
) -> Read<'f> {
    let Table { pending, rows, .. } = table;
    found(bulks, keys(pending), rows, read)
}

/// The same, by keys of another form.
pub fn found<'f, R: facts::Row>(
    bulks: &'f [&'static Bulk],
    keys: Rows<'f>,
    rows: &'f mut BTreeMap<R::Key, Slot<R>>,
    read: impl Fn(&Answer) -> Result<R, Error> + 'f,
) -> Read<'f> {
    let each = Box::new(move |_: usize, answer: &Answer| {
        let row = read(answer)?;
        rows.insert(row.key(), Slot { row, mark: Mark::Kept });
        Ok(())
    });
    Read { bulks, keys, each }
}

/// The rows that are to be written so, in the order of their keys.
pub fn marked<'f, R: facts::Row>(
    bulk: &'static Bulk,
    table: &'f Table<R>,
    is: impl Fn(Mark) -> bool,
    write: impl Fn(&'f R, &mut Cells<'f>),
) -> Write<'f> {
    let width = bulk.width();
    let mut cells = Cells::new();
    if table.changed > 0 {
        let mut rows = table.rows.values().filter(|slot| is(slot.mark)).peekable();
        if rows.peek().is_some() {
            cells.reserve_exact(table.changed * width);
        }
        rows.for_each(|slot| write(&slot.row, &mut cells));
    }
    Write { bulk, rows: Rows::flat(width, cells) }
}

pub fn is_inserted(mark: Mark) -> bool {
    matches!(mark, Mark::Made | Mark::Remade)
}

pub fn is_edited(mark: Mark) -> bool {
    mark == Mark::Edited
}

pub fn is_deleted(mark: Mark) -> bool {
    matches!(mark, Mark::Dropped | Mark::Remade)
}

/// For tables whose rows stay for ever: a rule that drops one is wrong, and must not be taken for
/// done.
pub fn never_dropped<R: facts::Row>(table: &Table<R>) {
    let dropped = table.changed > 0 && table.rows.values().any(|slot| is_deleted(slot.mark));
    assert!(!dropped, "a rule has dropped a row of a table whose rows stay");
}

/// A field with another number of columns than its type fills does not compile.
pub const fn fit(width: usize, names: &[&str]) {
    assert!(width == names.len(), "this field's type fills another number of columns");
}

pub const fn width<R, C: Cell>(_: fn(&R) -> &C) -> usize {
    C::WIDTH
}

pub const fn count(lists: &[&[&[&'static str]]]) -> usize {
    let (mut sum, mut list) = (0, 0);
    while list < lists.len() {
        let mut names = 0;
        while names < lists[list].len() {
            sum += lists[list][names].len();
            names += 1;
        }
        list += 1;
    }
    sum
}

/// All names in one list, at compile time.
pub const fn flat<const N: usize>(lists: &[&[&[&'static str]]]) -> [&'static str; N] {
    let mut all = [""; N];
    let (mut at, mut list) = (0, 0);
    while list < lists.len() {
        let mut names = 0;
        while names < lists[list].len() {
            let mut name = 0;
            while name < lists[list][names].len() {
                all[at] = lists[list][names][name];
                at += 1;
                name += 1;
            }
            names += 1;
        }
        list += 1;
    }
    all
}

/// The statements of a table, and their list, which no statement can be left out of.
#[macro_export]
macro_rules! statements {
    ($($(#[$note:meta])* $name:ident = $described:expr;)+) => {
        $($(#[$note])* static $name: $crate::bulk::Bulk = { $described.listed() };)+
        const STATEMENTS: &[&$crate::bulk::Bulk] = &[$(&$name),+];
    };
}

#[macro_export]
macro_rules! names {
    ($field:ident) => { &[stringify!($field)] };
    ($field:ident ($($column:ident),+)) => { &[$(stringify!($column)),+] };
}

/// A field is its column, or names its columns. Rows are found by the fields after `by`, and known by
/// them and those after `then`; an edit overwrites those after `edited`. What follows `also` is looked
/// up and never written; `besides` is not kept.
#[macro_export]
macro_rules! columns {
    ($row:ident
      $(by { $($by:ident $(($($by_c:ident),+))?),+ $(,)? })?
      $(then { $($then:ident $(($($then_c:ident),+))?),+ $(,)? })?
      $(kept { $($kept:ident $(($($kept_c:ident),+))?),+ $(,)? })?
      $(edited { $($edit:ident $(($($edit_c:ident),+))?),+ $(,)? })?
      $(also { $($also:ident = [$($sql:literal),+]),+ $(,)? })?
      $(besides { $($extra:ident),+ $(,)? })?
    ) => {
        const _: () = {
            use $crate::stored::{Cells, Columns, count, fit, flat, next, width};
            use $crate::{Row as Answer, Error};
            type Lists = &'static [&'static [&'static str]];
            const BY: Lists = &[$($($crate::names!($by $(($($by_c),+))?)),+)?];
            const THEN: Lists = &[$($($crate::names!($then $(($($then_c),+))?)),+)?];
            const KEPT: Lists = &[$($($crate::names!($kept $(($($kept_c),+))?)),+)?];
            const EDITED: Lists = &[$($($crate::names!($edit $(($($edit_c),+))?)),+)?];
            const ALSO: Lists = &[$($(&[$($sql),+]),+)?];
            const _: () = {
                $($(fit(width(|row: &$row| &row.$by), $crate::names!($by $(($($by_c),+))?));)+)?
                $($(fit(width(|row: &$row| &row.$then), $crate::names!($then $(($($then_c),+))?));)+)?
                $($(fit(width(|row: &$row| &row.$kept), $crate::names!($kept $(($($kept_c),+))?));)+)?
                $($(fit(width(|row: &$row| &row.$edit), $crate::names!($edit $(($($edit_c),+))?));)+)?
                $($(fit(width(|row: &$row| &row.$also), &[$($sql),+]);)+)?
            };
            const WRITTEN: &[Lists] = &[BY, THEN, KEPT, EDITED];
            const READ: &[Lists] = &[BY, THEN, KEPT, EDITED, ALSO];
            impl Columns for $row {
                const BY: &'static [&'static str] = &flat::<{ count(&[BY]) }>(&[BY]);
                const KEY: &'static [&'static str] = &flat::<{ count(&[BY, THEN]) }>(&[BY, THEN]);
                const ALL: &'static [&'static str] = &flat::<{ count(WRITTEN) }>(WRITTEN);
                const SELECT: &'static [&'static str] = &flat::<{ count(READ) }>(READ);
                const EDITED: &'static [&'static str] = &flat::<{ count(&[EDITED]) }>(&[EDITED]);
                fn read(answer: &Answer, at: &mut usize) -> Result<$row, Error> {
                    Ok($row {
                        $($($by: next(answer, at)?,)+)?
                        $($($then: next(answer, at)?,)+)?
                        $($($kept: next(answer, at)?,)+)?
                        $($($edit: next(answer, at)?,)+)?
                        $($($also: next(answer, at)?,)+)?
                        $($($extra: Default::default(),)+)?
                    })
                }
                fn key<'f>(&'f self, _cells: &mut Cells<'f>) {
                    $($($crate::stored::Cell::write(&self.$by, _cells);)+)?
                    $($($crate::stored::Cell::write(&self.$then, _cells);)+)?
                }
                fn all<'f>(&'f self, cells: &mut Cells<'f>) {
                    self.key(cells);
                    $($($crate::stored::Cell::write(&self.$kept, cells);)+)?
                    $($($crate::stored::Cell::write(&self.$edit, cells);)+)?
                }
                fn edits<'f>(&'f self, cells: &mut Cells<'f>) {
                    self.key(cells);
                    $($($crate::stored::Cell::write(&self.$edit, cells);)+)?
                }
            }
        };
    };
}

/// A table that is kept as its row is:
/// `table! { Cart in "carts" locked by { id } edited { version } }`.
#[macro_export]
macro_rules! table {
    ($row:ident in $table:literal $lock:ident $($columns:tt)+) => {
        $crate::columns! { $row $($columns)+ }
        const _: () = {
            use $crate::{
                bulk::Bulk,
                stored::{Columns, Stored, find, is_deleted, is_edited, is_inserted, marked},
                tx::{Read, Write},
            };
            use domain::facts::Table;
            $crate::statements! {
                FIND = $crate::table!(@ $lock $table $row);
                INSERT = Bulk::insert(concat!("insert_", $table), $table, $row::ALL);
                DELETE = Bulk::delete(concat!("delete_", $table), $table, $row::KEY);
                SET = Bulk::set(concat!("set_", $table), $table, $row::KEY, $row::EDITED);
            }
            const IS_EDITED: bool = !$row::EDITED.is_empty();
            impl Stored for $row {
                // What sets no column is no statement.
                const BULKS: &'static [&'static Bulk] = match IS_EDITED {
                    true => STATEMENTS,
                    false => STATEMENTS.split_at(3).0,
                };
                fn reads<'f>(table: &'f mut Table<Self>, reads: &mut Vec<Read<'f>>) {
                    reads.push(find(const { &[&FIND] }, table, |answer| Columns::read(answer, &mut 0)));
                }
                fn writes<'f>(table: &'f Table<Self>, writes: &mut Vec<Write<'f>>) {
                    writes.push(marked(&INSERT, table, is_inserted, Self::all));
                    match IS_EDITED {
                        true => writes.push(marked(&SET, table, is_edited, Self::edits)),
                        false => $crate::stored::never_edited(table),
                    }
                }
                fn deletes<'f>(table: &'f Table<Self>, writes: &mut Vec<Write<'f>>) {
                    writes.push(marked(&DELETE, table, is_deleted, Self::key));
                }
            }
        };
    };
    (@ locked $table:literal $row:ident) => {
        Bulk::find_locked(concat!("find_", $table), $table, $row::BY, $row::SELECT, $row::KEY)
    };
    (@ unlocked $table:literal $row:ident) => {
        Bulk::find(concat!("find_", $table), $table, $row::BY, $row::SELECT)
    };
}

/// A view of a table: a name, and what it stands for. It is looked up and never written.
#[macro_export]
macro_rules! view {
    ($row:ident = $called:literal in $table:literal $name:ident => $is:ident) => {
        const _: () = {
            use domain::facts::Table;
            use $crate::{
                bulk::Bulk,
                stored::{Stored, find, next},
                tx::{Read, Write},
            };
            $crate::statements! {
                FIND = Bulk::find(
                    $called,
                    $table,
                    &[stringify!($name)],
                    &[stringify!($name), stringify!($is)],
                );
            }
            impl Stored for $row {
                const BULKS: &'static [&'static Bulk] = STATEMENTS;
                fn reads<'f>(table: &'f mut Table<Self>, reads: &mut Vec<Read<'f>>) {
                    reads.push(find(const { &[&FIND] }, table, |answer| {
                        let at = &mut 0;
                        Ok($row { name: next(answer, at)?, is: next(answer, at)? })
                    }));
                }
                fn writes<'f>(_: &'f Table<Self>, _: &mut Vec<Write<'f>>) {}
                fn deletes<'f>(_: &'f Table<Self>, _: &mut Vec<Write<'f>>) {}
            }
        };
    };
}

/// For tables whose rows never change: a rule that edits one is wrong, and must not be taken for done.
pub fn never_edited<R: facts::Row>(table: &Table<R>) {
    let edited = table.changed > 0 && table.rows.values().any(|slot| is_edited(slot.mark));
    assert!(!edited, "a rule has edited a row of a table whose rows never change");
}
