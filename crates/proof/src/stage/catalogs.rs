//! Large catalogs, written by statements of their own instead of a command for each product, and sound for the
//! audit all the same. A tree of categories three levels deep, a thousand of them at its ends.

use crate::stage::{bulk, engines::Engine, sites::Site};

/// Ten departments, ten aisles in each, ten shelves in each aisle. Slugs are `c-` and the id.
pub const DEPARTMENTS: u64 = 10;
pub const AISLES: u64 = 100;
pub const SHELVES: u64 = 1000;
const CATEGORIES: u64 = DEPARTMENTS + AISLES + SHELVES;

/// Prices are from 1.00 to 99.99, each as often as any other.
pub const LEAST_MINOR: u64 = 100;
pub const PRICES: u64 = 9_900;

/// When the first things happened, in microseconds.
pub const AT: u64 = 1_700_000_000_000_000;

/// What the product of this id costs.
pub fn price(id: &str) -> String {
    format!("({LEAST_MINOR} + {id} * 104729 % {PRICES})")
}

/// Categories, products with their prices, and the counters of both. Nothing lies on a shelf yet.
pub fn goods(engine: Engine, products: u64) -> Vec<String> {
    let first_shelf = DEPARTMENTS + AISLES + 1;
    let name = "'Mess tin ' || (n * 7919 % 1000003)";
    let description =
        "' of the bench: holds a pint, has a folding handle, and fits into its brother.'";
    let (public_id, price) = (engine.id(&engine.hex("n", 32)), price("n"));
    vec![
        format!(
            "insert into categories (id, slug, name, parent_id)
             select n, 'c-' || n, 'Shelf ' || n,
                 case when n > {DEPARTMENTS} then (n - 1) / 10 end from {} g",
            engine.series(CATEGORIES)
        ),
        format!(
            "insert into products (id, public_id, sku, name, description, category_id, version,
                 is_archived, created_at, updated_at, search_folded, own_price_minor, own_currency)
             select n, {public_id}, 'BENCH-' || n, {name}, 'Product ' || n || {description},
                 {first_shelf} + n % {SHELVES}, 1, false, {AT} + n, {AT} + n,
                 lower({name} || ' bench-' || n || ' product ' || n || {description}),
                 {price}, 'EUR'
             from {} g",
            engine.series(products)
        ),
        "insert into prices (product_id, channel, currency, amount_minor)
         select id, 1, 'EUR', own_price_minor from products"
            .to_owned(),
        format!("update counters set last = {products} where name = 'products'"),
        format!("update counters set last = {CATEGORIES} where name = 'categories'"),
    ]
}

/// One product in ten is out of stock.
fn stock(engine: Engine) -> Vec<String> {
    let nobody = engine.nobody();
    vec![
        "insert into stock (product_id, location_id, on_hand, reserved)
         select id, 1, case when id / 7 % 10 = 3 then 0 else 1000 end, 0 from products"
            .to_owned(),
        format!(
            "insert into stock_entries (product_id, location_id, kind, delta, actor_kind, actor_id, at)
             select product_id, 1, 1, on_hand, 0, {nobody}, {AT} from stock where on_hand > 0"
        ),
    ]
}

impl Site {
    /// Puts so many products into the shop that the others are copies of.
    pub async fn stock_in_bulk(&self, products: u64) -> anyhow::Result<()> {
        let statements =
            [goods(self.engine, products), stock(self.engine), bulk::links(self.engine)].concat();
        bulk::write(&self.seed()?.location, &["products"], statements).await
    }
}
