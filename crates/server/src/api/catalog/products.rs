//! Products: what visitors see, and what staff put in and change.

mod edits;
mod lists;

use crate::{
    app::App,
    http::{
        Method,
        authentication::Asker,
        codes,
        json::Json,
        parsers::{FromText, Parser, Read, integer, is},
        problems::Problem,
        routes::Route,
        shapes::{Amount, Link, Time, time, view},
    },
    settings::StockShown,
};
use domain::{
    ArchiveProduct, CreateProduct, EditProduct, Product, ProductId, ProductRef, Scope, Sku, Stock,
};
use edits::{Edit, Replacement};
pub use edits::{QUANTITY_MOST, image_url, threshold};
use serde_json::{Value, json};
use uuid::Uuid;

const PRODUCTS: &str = "/api/catalog/products";
const PRODUCT: &str = "/api/catalog/products/{reference}";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, PRODUCTS, "list_products", lists::list)
            .about("Lists the products that are sold. A list may be a second old.")
            .linked("products")
            .scoped(Scope::CatalogRead),
        Route::new(Method::POST, PRODUCTS, "create_product", edits::create)
            .about("Puts a product into the catalog, with its first receipt.")
            .creates()
            .example(json!({ "sku": "TIN-1", "name": "Mess tin", "price": "12.50", "quantity": 7 }))
            .scoped(Scope::CatalogWrite)
            .sends::<CreateProduct>(),
        Route::new(Method::GET, PRODUCT, "show_product", lists::show)
            .about("Shows a product, by its id, its public_id, or its sku: digits are the id, and what follows sku: is the sku.")
            .scoped(Scope::CatalogRead),
        Route::new(Method::PUT, PRODUCT, "replace_product", edits::edit::<Replacement>)
            .about("Overwrites what may be changed of a product. What is left out becomes empty, but the sku stays.")
            .example(json!({ "name": "Billy can", "price": "9.90" }))
            .scoped(Scope::CatalogWrite)
            .refuses(&[codes::READ_ONLY])
            .tagged()
            .sends::<EditProduct>(),
        Route::new(Method::PATCH, PRODUCT, "edit_product", edits::edit::<Edit>)
            .about("Changes what the body names. What was read may be sent back.")
            .example(json!({ "name": "Billy can" }))
            .scoped(Scope::CatalogWrite)
            .refuses(&[codes::READ_ONLY])
            .tagged()
            .sends::<EditProduct>(),
        Route::new(Method::DELETE, PRODUCT, "archive_product", edits::archive)
            .about("Takes a product out of the catalog, for good. Its orders stay what they are, and its sku is free.")
            .shows_nothing()
            .scoped(Scope::CatalogWrite)
            .sends::<ArchiveProduct>(),
    ]
}

view! {
    pub struct ProductView<'a> = "Product" {
        id: i64,
        public_id: Uuid,
        sku: &'a str,
        name: &'a str,
        description: &'a str,
        image_url: Option<&'a str>,
        price: String as Amount,
        currency: &'static str,
        quantity: Option<i64>,
        in_stock: bool,
        category: Option<&'a str>,
        order_units_most: Option<i64>,
        caller_units_most: Option<i64>,
        low_stock_threshold: Option<i64>,
        version: i64,
        url: String as Link,
        created_at: String as Time,
        updated_at: String as Time,
    }
}

/// What only the shop sets.
const SHOWN_ONLY: &[&str] = &[
    "id",
    "public_id",
    "currency",
    "quantity",
    "in_stock",
    "version",
    "url",
    "created_at",
    "updated_at",
];

impl ProductView<'_> {
    fn of<'a>(app: &App, sight: Sight, (product, stock): (&'a Product, Stock)) -> ProductView<'a> {
        ProductView {
            id: product.id.0,
            public_id: product.public_id.0,
            sku: product.shown_sku().as_str(),
            name: &product.name,
            description: &product.description,
            image_url: product.image_url.as_deref(),
            price: product.price.to_string(),
            currency: product.price.currency.code(),
            quantity: sight.shown(stock.available()),
            in_stock: stock.available() > 0,
            category: product.category_slug.as_deref(),
            order_units_most: product.most.per_order,
            caller_units_most: product.most.per_caller,
            low_stock_threshold: product.low_stock_threshold.filter(|_| sight == Sight::Staffs),
            version: product.version,
            url: product_url(app, product.id),
            created_at: time(product.created_at),
            updated_at: time(product.updated_at),
        }
    }
}

pub fn product_url(app: &App, id: ProductId) -> String {
    format!("{}{PRODUCTS}/{id}", app.settings.public_url)
}

/// How much of the stock whoever looks may see: staff all of it, customers what a setting says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    Staffs,
    Customers(StockShown),
}

impl Sight {
    pub fn of(app: &App, asker: Option<&Asker>) -> Sight {
        match asker.is_some_and(Asker::is_staff) {
            true => Sight::Staffs,
            false => Sight::Customers(app.settings.stock_shown),
        }
    }

    /// How many are shown to be there.
    pub fn shown(self, available: i64) -> Option<i64> {
        match self {
            Sight::Staffs | Sight::Customers(StockShown::Exact) => Some(available),
            Sight::Customers(StockShown::UpTo(most)) => Some(available.min(most)),
            Sight::Customers(StockShown::Whether) => None,
        }
    }
}

/// How a body names a product: a number is the id; text is the public id if it is a UUID, else the
/// sku.
pub fn product_ref() -> impl Parser<Out = ProductRef> {
    let id = integer(0..=i64::MAX);
    let read = move |given: &Json<'_>| match given {
        Json::Number(_) => id.read(given).map(|id| ProductRef::Id(ProductId(id))),
        Json::Text(text) => ProductRef::named(text).map_err(|error| error.to_string()),
        _ => Err("must be a product's id, public_id or sku".into()),
    };
    let words = "A number is the id. Text in the form of a UUID is the public_id, and any other \
                 text the sku, of any visible ASCII characters.";
    is(read, move || {
        json!({ "type": ["integer", "string"], "minimum": 0, "maximum": i64::MAX,
            "pattern": "^(?!sku:)[!-~]{1,64}$", "examples": [1],
            "description": words })
    })
}

impl FromText for Sku {
    fn parse(text: &str) -> Read<Sku> {
        Sku::new(text).map_err(|error| error.to_string())
    }

    fn schema() -> Value {
        let uuid = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$";
        json!({ "type": "string", "pattern": "^(?!sku:)[!-~]{1,64}$",
            "not": { "pattern": uuid }, "examples": ["TIN-1"],
            "description": "Any visible ASCII characters; not a UUID, and not beginning with sku:." })
    }
}

/// What cannot be a name of a product is the name of none.
pub fn parse(reference: &str) -> Result<ProductRef, Problem> {
    ProductRef::parse(reference).map_err(|_| no_such_product())
}

pub fn no_such_product() -> Problem {
    Problem::not_found("there is no such product")
}
