//! Products: the writer's facts by id and by name, and the catalog as readers see it.

use crate::{
    Readers,
    bulk::{Bulk, Shape},
    query::{Direction, Filter, Page},
    tx::{Error, Read, Write},
    value::{Row, Rows, Value},
};
use domain::{
    CategoryId, Facts, Micros, Money, Product, ProductId, ProductRef, PublicId, Sku, Stock, Text,
};
use std::collections::{BTreeMap, BTreeSet};

const VIEW: &[&str] = &[
    "id",
    "public_id",
    "sku",
    "name",
    "description",
    "image_url",
    "category_id",
    "category_slug",
    "version",
    "is_archived",
    "created_at",
    "updated_at",
    "currency",
    "amount_minor",
];

/// The same, each price looked up by its product: of a join the planner makes a scan over all prices
/// while the tables are young, and keeps to it.
const PRICED: &[&str] = &[
    "id",
    "public_id",
    "sku",
    "name",
    "description",
    "image_url",
    "category_id",
    "(select c.slug from categories c where c.id = products.category_id)",
    "version",
    "is_archived",
    "created_at",
    "updated_at",
    "(select r.currency from prices r where r.product_id = products.id and r.channel = 1 limit 1)",
    "(select r.amount_minor from prices r where r.product_id = products.id and r.channel = 1 limit 1)",
];

/// The shop's own channel: prices of others will stand beside it.
const OWN_CHANNEL: i64 = 1;

pub static FIND_SKUS: Bulk = Bulk {
    name: "find_skus",
    table: "products",
    keys: &["sku"],
    columns: &[],
    shape: Shape::Find { select: &["sku", "id"], lock: false },
};

pub static FIND_PUBLIC_IDS: Bulk = Bulk {
    name: "find_public_ids",
    table: "products",
    keys: &["public_id"],
    columns: &[],
    shape: Shape::Find { select: &["public_id", "id"], lock: false },
};

/// Only for its locks: what an edit builds on is read after it.
pub static LOCK_PRODUCTS: Bulk = Bulk {
    name: "lock_products",
    table: "products",
    keys: &["id"],
    columns: &[],
    shape: Shape::Find { select: &["id"], lock: true },
};

pub static FIND_PRODUCTS: Bulk = Bulk {
    name: "find_products",
    table: "products",
    keys: &["id"],
    columns: &[],
    shape: Shape::Find { select: PRICED, lock: false },
};

pub static INSERT_PRODUCTS: Bulk = Bulk {
    name: "insert_products",
    table: "products",
    keys: &[],
    columns: &[
        "id",
        "public_id",
        "sku",
        "name",
        "description",
        "image_url",
        "category_id",
        "version",
        "is_archived",
        "created_at",
        "updated_at",
    ],
    shape: Shape::Insert,
};

pub static SET_PRODUCTS: Bulk = Bulk {
    name: "set_products",
    table: "products",
    keys: &["id"],
    columns: &[
        "sku",
        "name",
        "description",
        "image_url",
        "category_id",
        "version",
        "is_archived",
        "updated_at",
    ],
    shape: Shape::Set,
};

pub static INSERT_PRICES: Bulk = Bulk {
    name: "insert_prices",
    table: "prices",
    keys: &[],
    columns: &["product_id", "channel", "currency", "amount_minor"],
    shape: Shape::Insert,
};

pub static SET_PRICES: Bulk = Bulk {
    name: "set_prices",
    table: "prices",
    keys: &["product_id", "channel", "currency"],
    columns: &["amount_minor"],
    shape: Shape::Set,
};

pub static BULKS: [&Bulk; 8] = [
    &FIND_SKUS,
    &FIND_PUBLIC_IDS,
    &LOCK_PRODUCTS,
    &FIND_PRODUCTS,
    &INSERT_PRODUCTS,
    &SET_PRODUCTS,
    &INSERT_PRICES,
    &SET_PRICES,
];

pub(crate) fn find_skus<'f>(
    skus: &'f BTreeSet<Sku>,
    into: &'f mut BTreeMap<Sku, ProductId>,
) -> Read<'f> {
    Read {
        bulk: &FIND_SKUS,
        keys: Rows::of(skus.iter().map(|sku| [sku.as_str().into()])),
        each: Box::new(|row| {
            into.insert(Sku::stored(&row.text(0)?), ProductId(row.int(1)?));
            Ok(())
        }),
    }
}

pub(crate) fn find_public_ids<'f>(
    ids: &'f BTreeSet<PublicId>,
    into: &'f mut BTreeMap<PublicId, ProductId>,
) -> Read<'f> {
    Read {
        bulk: &FIND_PUBLIC_IDS,
        keys: Rows::of(ids.iter().map(|id| [id.0.into()])),
        each: Box::new(|row| {
            into.insert(PublicId(row.uuid(0)?), ProductId(row.int(1)?));
            Ok(())
        }),
    }
}

pub(crate) fn lock(ids: &BTreeSet<ProductId>) -> Read<'_> {
    Read {
        bulk: &LOCK_PRODUCTS,
        keys: Rows::of(ids.iter().map(|id| [id.0.into()])),
        each: Box::new(|_| Ok(())),
    }
}

pub(crate) fn find<'f>(
    ids: &'f BTreeSet<ProductId>,
    into: &'f mut BTreeMap<ProductId, Product>,
) -> Read<'f> {
    Read {
        bulk: &FIND_PRODUCTS,
        keys: Rows::of(ids.iter().map(|id| [id.0.into()])),
        each: Box::new(|row| {
            let product = product(row)?;
            into.insert(product.id, product);
            Ok(())
        }),
    }
}

fn product(row: &Row) -> Result<Product, Error> {
    let currency = row.text(12)?.parse().map_err(Error::Other)?;
    Ok(Product {
        id: ProductId(row.int(0)?),
        public_id: PublicId(row.uuid(1)?),
        sku: Sku::stored(&row.text(2)?),
        name: Text::stored(&row.text(3)?),
        description: Text::stored(&row.text(4)?),
        image_url: row.optional_text(5)?.as_deref().map(Text::stored),
        category: row.optional_int(6)?.map(CategoryId),
        category_slug: row.optional_text(7)?.as_deref().map(Text::stored),
        version: row.int(8)?,
        is_archived: row.bool(9)?,
        created_at: Micros(row.int(10)?),
        updated_at: Micros(row.int(11)?),
        price: Money::new(row.int(13)?, currency),
    })
}

pub(crate) fn insert(facts: &Facts) -> [Write<'_>; 2] {
    let created = || facts.changes.created_products.iter().map(|id| &facts.products[id]);
    let products = created().map(|product| {
        [
            product.id.0.into(),
            product.public_id.0.into(),
            product.sku.as_str().into(),
            product.name.as_str().into(),
            product.description.as_str().into(),
            product.image_url.as_deref().into(),
            product.category.map(|id| id.0).into(),
            product.version.into(),
            product.is_archived.into(),
            product.created_at.0.into(),
            product.updated_at.0.into(),
        ]
    });
    [
        Write { bulk: &INSERT_PRODUCTS, rows: Rows::of(products) },
        Write { bulk: &INSERT_PRICES, rows: Rows::of(created().map(price)) },
    ]
}

pub(crate) fn set(facts: &Facts) -> [Write<'_>; 2] {
    let edited = || facts.changes.edited_products.iter().map(|id| &facts.products[id]);
    let products = edited().map(|product| {
        [
            product.id.0.into(),
            product.sku.as_str().into(),
            product.name.as_str().into(),
            product.description.as_str().into(),
            product.image_url.as_deref().into(),
            product.category.map(|id| id.0).into(),
            product.version.into(),
            product.is_archived.into(),
            product.updated_at.0.into(),
        ]
    });
    [
        Write { bulk: &SET_PRODUCTS, rows: Rows::of(products) },
        Write { bulk: &SET_PRICES, rows: Rows::of(edited().map(price)) },
    ]
}

fn price(product: &Product) -> [Value<'_>; 4] {
    [
        product.id.0.into(),
        OWN_CHANNEL.into(),
        product.price.currency.code().into(),
        product.price.minor.into(),
    ]
}

/// What a list of products is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProductFilter {
    pub category: Option<String>,
    pub min_price_minor: Option<i64>,
    pub max_price_minor: Option<i64>,
    pub in_stock: Option<bool>,
    pub ids: Vec<i64>,
    pub search: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProductOrder {
    #[default]
    Created,
    Name,
    Price,
}

impl ProductOrder {
    fn column(self) -> &'static str {
        match self {
            ProductOrder::Created => "p.id",
            ProductOrder::Name => "p.name",
            ProductOrder::Price => "p.amount_minor",
        }
    }

    /// What a cursor remembers of the last row, besides its id.
    pub fn key(self, product: &Product) -> Value<'static> {
        match self {
            ProductOrder::Created => product.id.0.into(),
            ProductOrder::Name => product.name.to_string().into(),
            ProductOrder::Price => product.price.minor.into(),
        }
    }
}

/// Where a page begins after: the ordering's key and the id of the last row before it.
pub type After = (Value<'static>, i64);

const FROM: &str =
    "from priced_products p join stock s on s.product_id = p.id and s.location_id = 1";

fn listed(row: &Row) -> Result<(Product, Stock), Error> {
    Ok((product(row)?, Stock { on_hand: row.int(14)?, reserved: row.int(15)? }))
}

fn select() -> String {
    let columns: Vec<String> = VIEW.iter().map(|column| format!("p.{column}")).collect();
    format!("select {}, s.on_hand, s.reserved", columns.join(", "))
}

impl ProductFilter {
    fn filter(&self) -> Filter {
        let mut filter = Filter::default();
        filter.sql("not p.is_archived");
        if let Some(slug) = &self.category {
            filter.with(
                |n| {
                    format!(
                        "p.category_id in (with recursive tree (id) as (
                            select id from categories where slug = {n}
                            union all select c.id from categories c join tree t on c.parent_id = t.id)
                        select id from tree)"
                    )
                },
                slug.clone(),
            );
        }
        if let Some(least) = self.min_price_minor {
            filter.with(|n| format!("p.amount_minor >= {n}"), least);
        }
        if let Some(most) = self.max_price_minor {
            filter.with(|n| format!("p.amount_minor <= {n}"), most);
        }
        match self.in_stock {
            Some(true) => filter.sql("s.on_hand > s.reserved"),
            Some(false) => filter.sql("s.on_hand <= s.reserved"),
            None => {}
        }
        filter.any("p.id", self.ids.iter().map(|id| (*id).into()));
        if let Some(words) = &self.search {
            let pattern = crate::query::contains(&words.to_lowercase());
            filter.with(
                |n| {
                    let like = |column| format!("lower({column}) like {n} escape '\\'");
                    format!(
                        "({} or {} or {})",
                        like("p.name"),
                        like("p.sku"),
                        like("p.description")
                    )
                },
                pattern,
            );
        }
        filter
    }
}

impl Readers {
    pub async fn products(
        &self,
        filter: &ProductFilter,
        order: ProductOrder,
        page: Page<After>,
    ) -> Result<Vec<(Product, Stock)>, Error> {
        let mut filter = filter.filter();
        let column = order.column();
        let (more, direction) = match page.direction {
            Direction::Rising => (">", "asc"),
            Direction::Falling => ("<", "desc"),
        };
        if let Some((key, id)) = page.after {
            let key = filter.param(key);
            let id = filter.param(id.into());
            filter.sql(&format!("({column}, p.id) {more} ({key}, {id})"));
        }
        let (limit, offset) = (filter.param(page.limit.into()), filter.param(page.offset.into()));
        let sql = format!(
            "{} {FROM} {} order by {column} {direction}, p.id {direction} limit {limit} offset {offset}",
            select(),
            filter.where_clause(),
        );
        self.query(sql, filter.params, listed).await
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_products(&self, filter: &ProductFilter, bound: i64) -> Result<i64, Error> {
        let filter = filter.filter();
        let sql = format!(
            "select count(*) from (select 1 {FROM} {} limit {}) counted",
            filter.where_clause(),
            bound + 1
        );
        Ok(self.query(sql, filter.params, |row| row.int(0)).await?.pop().unwrap_or(0))
    }

    /// The currencies that there are prices in.
    pub async fn currencies(&self) -> Result<Vec<String>, Error> {
        let sql = "select distinct currency from prices".into();
        self.query(sql, vec![], |row| row.text(0)).await
    }

    /// Archived products too: an order's line may still point to one.
    pub async fn product(&self, reference: &ProductRef) -> Result<Option<(Product, Stock)>, Error> {
        let (column, value) = match reference {
            ProductRef::Id(id) => ("id", Value::Int(id.0)),
            ProductRef::PublicId(id) => ("public_id", Value::Uuid(id.0)),
            ProductRef::Sku(sku) => ("sku", Value::from(sku.to_string())),
        };
        let sql = format!("{} {FROM} where p.{column} = $1", select());
        Ok(self.query(sql, vec![value], listed).await?.pop())
    }
}
