//! Categories: by id and by slug for the writer, the tree that they are, and what readers see of it.

use crate::{
    bulk::Bulk,
    cell_types, columns,
    query::{Direction, Filter, Page},
    readers::{Exact, Late, ReadError, Share},
    statements,
    stored::{Columns, Stored, find, next},
    table,
    tx::{Error, Read, Write},
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

/// What a list of categories is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryFilter {
    /// By its slug; an empty one: what is at the top.
    pub parent: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CategoryOrder {
    #[default]
    Slug,
    Name,
}

/// The row to go on after: what it is sorted by, and its id.
pub type AfterCategory = (Value<'static>, i64);

/// A category with the slug of what it is below.
pub type Racked = (Category, Option<Text<100>>);

const FROM: &str = "from categories c left join categories p on p.id = c.parent_id";

fn select() -> String {
    let columns: Vec<String> = Category::SELECT.iter().map(|name| format!("c.{name}")).collect();
    format!("select {}, p.slug as parent_slug", columns.join(", "))
}

fn racked(row: &Row) -> Result<Racked, Error> {
    let at = &mut 0;
    Ok((Category::read(row, at)?, next(row, at)?))
}

impl CategoryFilter {
    fn filter(&self) -> Filter {
        let mut filter = Filter::default();
        match self.parent.as_deref() {
            Some("") => filter.sql("c.parent_id is null"),
            Some(slug) => filter.with(|n| format!("p.slug = {n}"), slug.to_owned()),
            None => {}
        }
        filter
    }
}

impl Late {
    pub async fn categories(
        &self,
        filter: &CategoryFilter,
        order: CategoryOrder,
        page: Page<AfterCategory>,
    ) -> Result<Vec<Racked>, ReadError> {
        let mut filter = filter.filter();
        let column = match order {
            CategoryOrder::Slug => "c.slug",
            CategoryOrder::Name => "c.name",
        };
        let (more, direction) = match page.direction {
            Direction::Rising => (">", "asc"),
            Direction::Falling => ("<", "desc"),
        };
        if let Some((key, id)) = page.after {
            let (key, id) = (filter.param(key), filter.param(id.into()));
            filter.sql(&format!("({column}, c.id) {more} ({key}, {id})"));
        }
        let (limit, offset) = (page.limit, page.offset);
        let sql = format!(
            "{} {FROM} {} order by {column} {direction}, c.id {direction} limit {limit} offset {offset}",
            select(),
            filter.where_clause(),
        );
        self.0.query(sql, filter.params, racked).await
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_categories(
        &self,
        filter: &CategoryFilter,
        bound: i64,
    ) -> Result<i64, ReadError> {
        self.0.count(FROM, filter.filter(), bound).await
    }

    pub async fn category_path(&self, slug: &str) -> Result<Vec<Racked>, ReadError> {
        path(&self.0, slug).await
    }

    pub async fn category_children(&self, id: CategoryId) -> Result<Vec<Racked>, ReadError> {
        children(&self.0, id).await
    }
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

    pub async fn category(&self, id: CategoryId) -> Result<Option<Racked>, ReadError> {
        let sql = format!("{} {FROM} where c.id = $1", select());
        Ok(self.0.query(sql, vec![id.0.into()], racked).await?.pop())
    }

    /// What an edit is made of.
    pub async fn category_path(&self, slug: &str) -> Result<Vec<Racked>, ReadError> {
        path(&self.0, slug).await
    }

    pub async fn category_children(&self, id: CategoryId) -> Result<Vec<Racked>, ReadError> {
        children(&self.0, id).await
    }
}

/// All that is right below it.
async fn children(share: &Share, id: CategoryId) -> Result<Vec<Racked>, ReadError> {
    let sql = format!("{} {FROM} where c.parent_id = $1 order by c.slug", select());
    share.query(sql, vec![id.0.into()], racked).await
}

/// A category and all that it is below, from the top down: itself comes last. Nothing, if there is none.
async fn path(share: &Share, slug: &str) -> Result<Vec<Racked>, ReadError> {
    let sql = format!(
        "with recursive above (id, parent_id, height) as (
            select id, parent_id, 0 from categories where slug = $1
            union all
            select c.id, c.parent_id, a.height + 1 from categories c join above a on c.id = a.parent_id
         )
         {} {FROM} join above a on a.id = c.id order by a.height desc",
        select()
    );
    share.query(sql, vec![slug.to_owned().into()], racked).await
}
