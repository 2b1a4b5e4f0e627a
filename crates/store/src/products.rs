//! Products: the writer's facts by id and by name, and the catalog as readers see it.

use crate::{
    bulk::Bulk,
    cell_types, columns,
    query::{Direction, Filter, Page, contains},
    readers::{Exact, Late, ReadError, Share},
    statements,
    stored::{
        Cell, Cells, Columns, Stored, count, find, flat, is_edited, is_inserted, marked,
        never_dropped, next,
    },
    tx::{Error, Read, Write},
    value::{Row, Rows, Value},
    view,
};
use domain::{
    Most, Product, ProductId, ProductRef, PublicId, Sku, Stock,
    facts::{PublicIdOwner, SkuOwner, Table},
    fold,
};

cell_types! {
    ProductId: optional_int, raw => Ok(ProductId(raw)), id => Value::Int(id.0);
    PublicId: optional_uuid, raw => Ok(PublicId(raw)), id => Value::Uuid(id.0);
    Sku: optional_text, raw => Ok(Sku::stored(&raw)), sku => Value::Text(sku.as_str());
}

impl Cell for Most {
    const WIDTH: usize = 2;

    /// Never null: where it says nothing, the shop does.
    fn read_optional(answer: &Row, at: usize) -> Result<Option<Most>, Error> {
        let (per_order, per_caller) = (answer.optional_int(at)?, answer.optional_int(at + 1)?);
        Ok(Some(Most { per_order, per_caller }))
    }

    fn write<'a>(&'a self, cells: &mut Cells<'a>) {
        self.per_order.write(cells);
        self.per_caller.write(cells);
    }
}

view! { SkuOwner = "find_skus" in "products" sku => id }
view! { PublicIdOwner = "find_public_ids" in "products" public_id => id }

// Each price is looked up by its product: of a join the planner makes a scan over all prices while the
// tables are young, and keeps to it.
columns! {
    Product
    by { id }
    kept { public_id, created_at }
    edited {
        sku,
        former_sku,
        name,
        description,
        image_url,
        category(category_id),
        low_stock_threshold,
        most(order_units_most, caller_units_most),
        version,
        is_archived,
        updated_at,
    }
    also {
        category_slug = ["(select c.slug from categories c where c.id = products.category_id)"],
        price = [
            "(select r.currency from prices r where r.product_id = products.id and r.channel = 1 limit 1)",
            "(select r.amount_minor from prices r where r.product_id = products.id and r.channel = 1 limit 1)"
        ],
    }
}

/// The shop's own channel: prices of others will stand beside it.
const OWN_CHANNEL: i64 = 1;

// Beside its own columns a product has one to be searched by.
const WITH_SEARCH: [&[&[&str]]; 2] =
    [&[Product::ALL, &["search_folded"]], &[Product::EDITED, &["search_folded"]]];
const MADE: &[&str] = &flat::<{ count(&[WITH_SEARCH[0]]) }>(&[WITH_SEARCH[0]]);
const CHANGED: &[&str] = &flat::<{ count(&[WITH_SEARCH[1]]) }>(&[WITH_SEARCH[1]]);

const PRICE_KEY: &[&str] = &["product_id", "channel", "currency"];
const PRICE: &[&str] = &["product_id", "channel", "currency", "amount_minor"];

statements! {
    /// Only for its locks: what an edit builds on is read after it.
    LOCK = Bulk::find_locked("lock_products", "products", Product::BY, Product::KEY, Product::KEY);
    FIND = Bulk::find("find_products", "products", Product::BY, Product::SELECT);
    INSERT = Bulk::insert("insert_products", "products", MADE);
    SET = Bulk::set("set_products", "products", Product::KEY, CHANGED);
    INSERT_PRICES = Bulk::insert("insert_prices", "prices", PRICE);
    SET_PRICES = Bulk::set("set_prices", "prices", PRICE_KEY, &["amount_minor"]);
}

impl Stored for Product {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn reads<'f>(table: &'f mut Table<Self>, reads: &mut Vec<Read<'f>>) {
        let to_lock: Vec<ProductId> = table.to_lock.intersection(&table.pending).copied().collect();
        if !to_lock.is_empty() {
            let keys = Rows::of(to_lock.iter().map(|id| [id.0.into()]));
            reads.push(Read { bulks: const { &[&LOCK] }, keys, each: Box::new(|_, _| Ok(())) });
        }
        reads.push(find(const { &[&FIND] }, table, |row| Product::read(row, &mut 0)));
    }

    fn writes<'f>(table: &'f Table<Self>, writes: &mut Vec<Write<'f>>) {
        // A sku that one gives up another may take in the same batch.
        writes.push(marked(&SET, table, is_edited, |product, cells| {
            product.edits(cells);
            cells.push(search_folded(product).into());
        }));
        writes.push(marked(&INSERT, table, is_inserted, |product, cells| {
            product.all(cells);
            cells.push(search_folded(product).into());
        }));
        writes.push(marked(&INSERT_PRICES, table, is_inserted, price));
        writes.push(marked(&SET_PRICES, table, is_edited, price));
    }

    fn deletes<'f>(table: &'f Table<Self>, _: &mut Vec<Write<'f>>) {
        never_dropped(table);
    }
}

/// What a search looks through. It is folded here, since the engines fold differently.
fn search_folded(product: &Product) -> String {
    fold(
        &[product.name.as_str(), product.shown_sku().as_str(), product.description.as_str()]
            .join("\n"),
    )
}

fn price<'f>(product: &'f Product, cells: &mut Cells<'f>) {
    cells.extend([
        product.id.0.into(),
        OWN_CHANNEL.into(),
        product.price.currency.code().into(),
        product.price.minor.into(),
    ]);
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
    let at = &mut 0;
    Ok((Product::read(row, at)?, Stock { on_hand: next(row, at)?, reserved: next(row, at)? }))
}

/// As `Product::SELECT` has them; here the price and the slug come with the row.
fn select() -> String {
    let own = Product::ALL.iter().copied();
    let columns = own.chain(["category_slug", "currency", "amount_minor"]);
    let columns: Vec<String> = columns.map(|column| format!("p.{column}")).collect();
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
            let pattern = contains(&fold(words));
            filter.with(|n| format!("p.search_folded like {n} escape '\\'"), pattern);
        }
        filter
    }
}

impl Late {
    pub async fn products(
        &self,
        filter: &ProductFilter,
        order: ProductOrder,
        page: Page<After>,
    ) -> Result<Vec<(Product, Stock)>, ReadError> {
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
        self.0.query(sql, filter.params, listed).await
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_products(
        &self,
        filter: &ProductFilter,
        bound: i64,
    ) -> Result<i64, ReadError> {
        self.0.count(FROM, filter.filter(), bound).await
    }

    pub async fn product(
        &self,
        reference: &ProductRef,
    ) -> Result<Option<(Product, Stock)>, ReadError> {
        product_by(&self.0, reference).await
    }
}

impl Exact {
    /// The currencies that there are prices in.
    pub async fn currencies(&self) -> Result<Vec<String>, ReadError> {
        let sql = "select distinct currency from prices".into();
        self.0.query(sql, vec![], |row| row.text(0)).await
    }

    pub async fn has_products(&self) -> Result<bool, ReadError> {
        let sql = "select id from products limit 1".into();
        Ok(!self.0.query(sql, vec![], |row| row.int(0)).await?.is_empty())
    }

    /// Those of these skus that are sold, with what lies there. Each table is read once, by a list of its own:
    /// of a join the planner makes a scan over all prices for each sku while it takes the tables for young.
    pub async fn products_by_sku(&self, skus: &[&Sku]) -> Result<Vec<(Product, Stock)>, ReadError> {
        let mut filter = Filter::default();
        filter.any_of_many("sku", skus.iter().map(|sku| sku.to_string().into()));
        let sql = format!("select id from products {}", filter.where_clause());
        let ids = match skus.is_empty() {
            true => Vec::new(),
            false => self.0.query(sql, filter.params, |row| row.int(0)).await?,
        };
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut filter = Filter::default();
        let ids = filter.list(ids.into_iter().map(Value::Int));
        let sql = format!(
            "with product as materialized (select * from products where id in ({ids})),
             price as materialized (
                select * from prices where channel = {OWN_CHANNEL} and product_id in ({ids})),
             shelf as materialized (
                select * from stock where location_id = 1 and product_id in ({ids})),
             priced as (
                select product.*, price.currency, price.amount_minor, c.slug as category_slug
                from product join price on price.product_id = product.id
                left join categories c on c.id = product.category_id)
             {} from priced p join shelf s on s.product_id = p.id",
            select()
        );
        self.0.query(sql, filter.params, listed).await
    }

    /// What an edit is made of.
    pub async fn product(
        &self,
        reference: &ProductRef,
    ) -> Result<Option<(Product, Stock)>, ReadError> {
        product_by(&self.0, reference).await
    }
}

/// Archived products too: an order's line may still point to one.
async fn product_by(
    share: &Share,
    reference: &ProductRef,
) -> Result<Option<(Product, Stock)>, ReadError> {
    let (column, value) = match reference {
        ProductRef::Id(id) => ("id", Value::Int(id.0)),
        ProductRef::PublicId(id) => ("public_id", Value::Uuid(id.0)),
        ProductRef::Sku(sku) => ("sku", Value::from(sku.to_string())),
    };
    let sql = format!("{} {FROM} where p.{column} = $1", select());
    Ok(share.query(sql, vec![value], listed).await?.pop())
}
