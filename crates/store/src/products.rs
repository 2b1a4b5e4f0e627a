//! Products: the writer's facts by id and by name, and one product as readers see it.

mod lists;
#[cfg(test)]
mod plans;
mod walks;

pub use lists::{After, Counted, InStock, ProductFilter, ProductOrder};

use crate::{
    bulk::Bulk,
    cell_types, columns,
    query::Filter,
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

// Beside its own columns a product has what lists find it by: a text to be searched, and its price, which
// they could not walk along in another table, and would look up there for each that they show.
const FOUND_BY: &[&str] = &["search_folded", "own_price_minor", "own_currency"];
const WITH_THOSE: [&[&[&str]]; 2] = [&[Product::ALL, FOUND_BY], &[Product::EDITED, FOUND_BY]];
const MADE: &[&str] = &flat::<{ count(&[WITH_THOSE[0]]) }>(&[WITH_THOSE[0]]);
const CHANGED: &[&str] = &flat::<{ count(&[WITH_THOSE[1]]) }>(&[WITH_THOSE[1]]);

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
            found_by(product, cells);
        }));
        writes.push(marked(&INSERT, table, is_inserted, |product, cells| {
            product.all(cells);
            found_by(product, cells);
        }));
        writes.push(marked(&INSERT_PRICES, table, is_inserted, price));
        writes.push(marked(&SET_PRICES, table, is_edited, price));
    }

    fn deletes<'f>(table: &'f Table<Self>, _: &mut Vec<Write<'f>>) {
        never_dropped(table);
    }
}

fn found_by<'f>(product: &'f Product, cells: &mut Cells<'f>) {
    cells.extend([
        search_folded(product).into(),
        product.price.minor.into(),
        product.price.currency.code().into(),
    ]);
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

const FROM: &str =
    "from priced_products p join stock s on s.product_id = p.id and s.location_id = 1";

fn listed(row: &Row) -> Result<(Product, Stock), Error> {
    let at = &mut 0;
    Ok((Product::read(row, at)?, Stock { on_hand: next(row, at)?, reserved: next(row, at)? }))
}

/// As `Product::SELECT` has them; the price and the slug come with the row.
fn select() -> String {
    select_with(["p.category_slug", "p.currency", "p.amount_minor"])
}

/// The category's name, and the price that stands here as well: of a young catalog a planner makes a scan over all
/// prices.
const LOOKED_UP: [&str; 3] = ["c.slug", "p.own_currency", "p.own_price_minor"];

/// Of products `p`, with what joins their stock. A category is joined from the left: half as dear on Postgres as one
/// that is selected for each row, and no planner can begin with it.
fn looked_up(stock: &str) -> String {
    format!(
        "{} from products p {stock} left join categories c on c.id = p.category_id",
        select_with(LOOKED_UP)
    )
}

fn by_skus(skus: &[&Sku], stock: &str) -> (String, Vec<Value<'static>>) {
    let mut filter = Filter::default();
    filter.any_of_many("p.sku", skus.iter().map(|sku| sku.to_string().into()));
    let clause = filter.where_clause();
    (format!("{} {clause}", looked_up(stock)), filter.params)
}

fn select_with(others: [&str; 3]) -> String {
    let own: Vec<String> = Product::ALL.iter().map(|column| format!("p.{column}")).collect();
    format!("select {}, {}, s.on_hand, s.reserved", own.join(", "), others.join(", "))
}

impl Late {
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

    /// Those of these skus that are sold, with what lies there.
    pub async fn products_by_sku(&self, skus: &[&Sku]) -> Result<Vec<(Product, Stock)>, ReadError> {
        if skus.is_empty() {
            return Ok(Vec::new());
        }
        let (sql, params) = by_skus(skus, self.0.stock_of_product());
        self.0.query(sql, params, listed).await
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
