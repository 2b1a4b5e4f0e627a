//! Categories: by id and by slug for the writer, and the tree that they are.

use crate::{
    bulk::Bulk,
    cell_types, columns,
    query::Filter,
    readers::{Exact, ReadError},
    statements,
    stored::{Columns, Stored, find},
    table,
    tx::{Read, Write},
    value::{Row, Value},
    view,
};
use domain::{
    Category, CategoryId, Text,
    categories::{Branch, Tree},
    facts::{CategoryUse, SlugOwner, Table},
};
use std::collections::BTreeSet;

cell_types! {
    CategoryId: optional_int, raw => Ok(CategoryId(raw)), id => Value::Int(id.0);
    Tree: optional_int, raw => Ok(Tree(raw)), tree => Value::Int(tree.0);
}

view! { SlugOwner = "find_slugs" in "categories" slug => id }
view! { CategoryUse = "find_category_uses" in "category_uses" id => products }

table! {
    Category in "categories" locked
    by { id }
    edited { slug, name, parent(parent_id) }
}

columns! {
    Branch
    by { tree }
    then { id }
    kept { parent(parent_id) }
}

statements! {
    BRANCHES = Bulk::find("find_branches", "branches", Branch::BY, Branch::SELECT);
}

impl Stored for Branch {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn reads<'f>(table: &'f mut Table<Self>, reads: &mut Vec<Read<'f>>) {
        reads.push(find(const { &[&BRANCHES] }, table, |row| Branch::read(row, &mut 0)));
    }

    fn writes<'f>(_: &'f Table<Self>, _: &mut Vec<Write<'f>>) {}
    fn deletes<'f>(_: &'f Table<Self>, _: &mut Vec<Write<'f>>) {}
}

impl Exact {
    /// Those of these slugs that a category has.
    pub async fn known_slugs(
        &self,
        slugs: &BTreeSet<&Text<100>>,
    ) -> Result<BTreeSet<String>, ReadError> {
        if slugs.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut filter = Filter::default();
        filter.any_of_many("slug", slugs.iter().map(|slug| slug.to_string().into()));
        let sql = format!("select slug from categories {}", filter.where_clause());
        let read = |row: &Row<'_>| Ok(row.text(0)?.to_string());
        Ok(self.0.query(sql, filter.params, read).await?.into_iter().collect())
    }
}
