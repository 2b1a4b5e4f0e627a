//! Lists of products: what they are narrowed to and sorted by, and how many there are.

use super::{
    listed,
    walks::{Listing, Way, count_conditions, matched},
};
use crate::{
    query::Page,
    readers::{Late, ReadError},
    value::Value,
};
use domain::{Product, Stock};

/// What a list of products is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProductFilter {
    pub category: Option<String>,
    pub min_price_minor: Option<i64>,
    pub max_price_minor: Option<i64>,
    pub in_stock: Option<InStock>,
    pub ids: Vec<i64>,
    pub search: Option<String>,
}

/// What is asked of a product's stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InStock {
    /// Something of it can be bought.
    Available,
    /// Nothing can: none is there, or all is held in carts.
    SoldOut,
    /// Something lies there, held or not.
    OnHand,
}

impl From<bool> for InStock {
    fn from(is_available: bool) -> InStock {
        if is_available { InStock::Available } else { InStock::SoldOut }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProductOrder {
    #[default]
    Created,
    Name,
    Price,
}

impl ProductOrder {
    /// What a cursor remembers of the last row, besides its id.
    pub fn key(self, product: &Product) -> Value<'static> {
        match self {
            ProductOrder::Created => product.id.0.into(),
            ProductOrder::Name => product.name.to_string().into(),
            ProductOrder::Price => product.price.minor.into(),
        }
    }
}

/// How many rows a list has, or about how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub rows: i64,
    pub is_exact: bool,
}

/// Where a page begins after: the ordering's key and the id of the last row before it.
pub type After = (Value<'static>, i64);

/// So many categories are walked side by side; each is a part of the statement.
const CATEGORIES_MERGED: usize = 32;
/// So many products are gathered and sorted, rather than met on the way along the list.
pub(super) const GATHERED_MOST: i64 = 5_000;

/// A category and all below it. No category is its own ancestor, and a tree has 10,000 at most.
pub(super) const TREE: &str = "with recursive tree (id) as (
    select id from categories where slug = $slug
    union all select c.id from categories c join tree t on c.parent_id = t.id)
    select id from tree";

/// The categories that a list is narrowed to.
pub(super) enum Within {
    Everything,
    /// These, by id.
    Few(Vec<i64>),
    /// The one with this slug, and too many below it to be named.
    Many(String),
}

impl Late {
    pub async fn products(
        &self,
        filter: &ProductFilter,
        order: ProductOrder,
        page: Page<After>,
    ) -> Result<Vec<(Product, Stock)>, ReadError> {
        let within = self.within(filter).await?;
        if matches!(&within, Within::Few(none) if none.is_empty()) {
            return Ok(vec![]);
        }
        let stock = self.0.stock_of_product();
        let listing = Listing { filter, within: &within, order, page: &page, stock };
        let way = match listing.way() {
            Some(way) => way,
            None if self.matching(filter, &within).await? <= GATHERED_MOST => Way::Gathered,
            None => Way::Walked,
        };
        let (sql, params) = listing.statement(way);
        self.0.query(sql, params, listed).await
    }

    /// How many there are up to the bound; one more means "more". The stock has no index: if there are more
    /// products than `looked_at` to look at it of, all of them are counted, whatever lies there.
    pub async fn count_products(
        &self,
        filter: &ProductFilter,
        bound: i64,
        looked_at: i64,
    ) -> Result<Counted, ReadError> {
        let within = self.within(filter).await?;
        if filter.in_stock.is_some() && filter.search.is_none() {
            let found = matched(filter, &within);
            let rows = self.0.count("from products p", found, bound.max(looked_at)).await?;
            if rows > looked_at {
                return Ok(Counted { rows: rows.min(bound + 1), is_exact: false });
            }
        }
        let stock = filter.in_stock.map(|_| self.0.stock_of_product()).unwrap_or_default();
        let from = format!("from products p {stock}");
        let rows = self.0.count(&from, count_conditions(filter, &within), bound).await?;
        Ok(Counted { rows, is_exact: rows <= bound })
    }

    /// How many there are to be gathered; one more than are gathered means "more".
    async fn matching(&self, filter: &ProductFilter, within: &Within) -> Result<i64, ReadError> {
        self.0.count("from products p", matched(filter, within), GATHERED_MOST).await
    }

    async fn within(&self, filter: &ProductFilter) -> Result<Within, ReadError> {
        let Some(slug) = &filter.category else { return Ok(Within::Everything) };
        let tree = format!("{} limit {}", TREE.replace("$slug", "$1"), CATEGORIES_MERGED + 1);
        let ids = self.0.query(tree, vec![slug.clone().into()], |row| row.int(0)).await?;
        Ok(match ids.len() <= CATEGORIES_MERGED {
            true => Within::Few(ids),
            false => Within::Many(slug.clone()),
        })
    }
}
