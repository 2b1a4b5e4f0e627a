//! Categories: by slug for the writer, as a whole tree for readers.

use crate::{
    bulk::{Bulk, Shape},
    tx::{Read, Write},
    value::Rows,
};
use domain::{Category, CategoryId, Text};
use std::collections::{BTreeMap, BTreeSet};

const COLUMNS: &[&str] = &["id", "slug", "name", "parent_id"];

pub static FIND_CATEGORIES: Bulk = Bulk {
    name: "find_categories",
    table: "categories",
    keys: &["slug"],
    columns: &[],
    shape: Shape::Find { select: COLUMNS, lock: false },
};

pub static INSERT_CATEGORIES: Bulk = Bulk {
    name: "insert_categories",
    table: "categories",
    keys: &[],
    columns: COLUMNS,
    shape: Shape::Insert,
};

pub static BULKS: [&Bulk; 2] = [&FIND_CATEGORIES, &INSERT_CATEGORIES];

pub(crate) fn find<'f>(
    slugs: &'f BTreeSet<Text<100>>,
    into: &'f mut BTreeMap<Text<100>, Category>,
) -> Read<'f> {
    Read {
        bulk: &FIND_CATEGORIES,
        keys: Rows::of(slugs.iter().map(|slug| [slug.as_str().into()])),
        each: Box::new(|row| {
            let category = Category {
                id: CategoryId(row.int(0)?),
                slug: Text::stored(&row.text(1)?),
                name: Text::stored(&row.text(2)?),
                parent: row.optional_int(3)?.map(CategoryId),
            };
            into.insert(category.slug.clone(), category);
            Ok(())
        }),
    }
}

pub(crate) fn insert(categories: &[Category]) -> Write<'_> {
    // By id, which is by creation: a parent stands before its children.
    let rows = categories.iter().map(|category| {
        [
            category.id.0.into(),
            category.slug.as_str().into(),
            category.name.as_str().into(),
            category.parent.map(|parent| parent.0).into(),
        ]
    });
    Write { bulk: &INSERT_CATEGORIES, rows: Rows::of(rows) }
}
