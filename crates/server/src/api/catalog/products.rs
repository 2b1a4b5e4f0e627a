//! Products: what visitors see, and what staff put in and change.

use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Written},
        arguments::{Key, Known, Seen, Segment, Unless},
        bodies::{Body, LateBody},
        codes,
        correlation::CorrelationId,
        etags::IfMatch,
        fields::{Fields, Given, Reads},
        json::Json,
        pages::{Cursor, List, OFFSET_MOST, Page},
        parsers::{
            FromText, Parser, Read, boolean, choice, from_text, integer, is, money, of, text,
        },
        problems::{FieldError, Problem},
        queries::{LateQuery, NoQuery},
        refusals::refusals,
        rights::{Looker, Staff},
        routes::Route,
        shapes::{Amount, Link, Time, time, view},
        texts::{note_of, title_of},
    },
};
use Direction::{Falling, Rising};
use domain::{
    CreateProduct, Done, EditProduct, Product, ProductId, ProductRef, PublicId, Quantity, Scope,
    Sku, Stock, Text,
    products::{CreateProductRefusal, EditProductRefusal},
};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{After, Direction, ProductFilter, ProductOrder};
use uuid::Uuid;

/// Longer queries are answered, but not kept.
const KEY_LENGTH: usize = 512;
/// The first receipt of a new product.
const QUANTITY_MOST: i64 = 1_000 * Quantity::MAX;

const PRODUCTS: &str = "/api/catalog/products";
const PRODUCT: &str = "/api/catalog/products/{reference}";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, PRODUCTS, "list_products", list)
            .about("Lists the products that are sold. A list may be a second old.")
            .linked("products")
            .scoped(Scope::CatalogRead),
        Route::new(Method::POST, PRODUCTS, "create_product", create)
            .about("Puts a product into the catalog, with its first receipt.")
            .creates()
            .example(json!({ "sku": "TIN-1", "name": "Mess tin", "price": "12.50", "quantity": 7 }))
            .scoped(Scope::CatalogWrite)
            .sends::<CreateProduct>(),
        Route::new(Method::GET, PRODUCT, "show_product", show)
            .about("Shows a product, by its id, its public_id, or its sku: digits are the id, and what follows sku: is the sku.")
            .scoped(Scope::CatalogRead),
        Route::new(Method::PATCH, PRODUCT, "edit_product", edit)
            .about("Changes what the body names. What was read may be sent back.")
            .example(json!({ "name": "Billy can" }))
            .scoped(Scope::CatalogWrite)
            .refuses(&[codes::READ_ONLY])
            .tagged()
            .sends::<EditProduct>(),
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
        quantity: i64,
        in_stock: bool,
        category: Option<&'a str>,
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
    fn of<'a>(product: &'a Product, stock: Stock, public_url: &str) -> ProductView<'a> {
        ProductView {
            id: product.id.0,
            public_id: product.public_id.0,
            sku: product.sku.as_str(),
            name: &product.name,
            description: &product.description,
            image_url: product.image_url.as_deref(),
            price: product.price.to_string(),
            currency: product.price.currency.code(),
            quantity: stock.available(),
            in_stock: stock.available() > 0,
            category: product.category_slug.as_deref(),
            version: product.version,
            url: product_url(product, public_url),
            created_at: time(product.created_at),
            updated_at: time(product.updated_at),
        }
    }
}

fn product_url(product: &Product, public_url: &str) -> String {
    format!("{public_url}{PRODUCTS}/{}", product.id)
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

fn image_url() -> impl Parser<Out = Text<2000>> {
    let read = |text: &str| {
        let is_web = text.starts_with("https://") || text.starts_with("http://");
        match is_web && text.chars().all(|c| !c.is_whitespace() && !c.is_control()) {
            true => Text::new(text).map_err(|error| error.to_string()),
            false => Err("must be an http:// or https:// address".into()),
        }
    };
    from_text(read, || {
        json!({ "type": "string", "maxLength": 2000, "pattern": r"^https?://[^\s\x00-\x1f\x7f-\x9f]*$",
            "examples": ["https://img.example/tin.png"] })
    })
}

/// A list's query.
struct ProductQuery {
    filter: ProductFilter,
    order: ProductOrder,
    direction: Direction,
    page: Page,
    after: Option<After>,
}

const ORDERINGS: &[(&str, (ProductOrder, Direction))] = &[
    ("created_at", (ProductOrder::Created, Rising)),
    ("-created_at", (ProductOrder::Created, Falling)),
    ("name", (ProductOrder::Name, Rising)),
    ("-name", (ProductOrder::Name, Falling)),
    ("price", (ProductOrder::Price, Rising)),
    ("-price", (ProductOrder::Price, Falling)),
];

impl Reads for ProductQuery {
    const NAME: &'static str = "ProductQuery";

    fn read(query: &mut Fields<'_>, Given { currency, .. }: Given<'_>) -> Option<ProductQuery> {
        let category = query.optional("category", text(1..=100));
        let min_price = query.optional("min_price", money(currency));
        let max_price = query.optional("max_price", money(currency));
        let in_stock = query.optional("in_stock", boolean());
        let ids = query.many("id", 100, integer(0..=i64::MAX));
        let search = query.optional("search", text(1..=200));
        let ordering = query.optional("ordering", choice(ORDERINGS));
        let page = Page::read(query);
        let filter = ProductFilter {
            category: category?,
            min_price_minor: min_price?.map(|price| price.minor),
            max_price_minor: max_price?.map(|price| price.minor),
            in_stock: in_stock?,
            ids: ids?,
            search: search?,
        };
        let ((order, direction), page) = (ordering?.unwrap_or_default(), page?);
        let after = page.after(query, |cursor| after(cursor, order))?;
        Some(ProductQuery { filter, order, direction, page, after })
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }
}

fn after(cursor: &Cursor, order: ProductOrder) -> Option<After> {
    let [name, key, id] = cursor.0.as_slice() else { return None };
    let key = match order {
        ProductOrder::Name => store::Value::from(key.clone()),
        ProductOrder::Created | ProductOrder::Price => store::Value::Int(key.parse().ok()?),
    };
    (*name == format!("{order:?}")).then_some((key, id.parse().ok()?))
}

fn cursor(order: ProductOrder, product: &Product) -> Cursor {
    let key = match order {
        ProductOrder::Created => product.id.to_string(),
        ProductOrder::Name => product.name.to_string(),
        ProductOrder::Price => product.price.minor.to_string(),
    };
    Cursor(vec![format!("{order:?}"), key, product.id.to_string()])
}

async fn list(
    State(app): State<Arc<App>>,
    Looker(looker): Looker,
    query: LateQuery<ProductQuery>,
    Seen(has_seen): Seen,
    known: Known,
) -> Result<Answer<List<ProductView<'static>>>, Problem> {
    let is_staff = looker.is_some_and(|looker| looker.is_staff());
    let hides = app.settings.hide_out_of_stock && !is_staff;
    let make = make_list(&app, &query, hides);
    let page = match query.text().len() <= KEY_LENGTH && !has_seen {
        true => app.catalog.page(format!("{hides}?{}", query.text()), make).await?,
        false => make.await?,
    };
    Ok(shown_to_all(&app, page.answer(&known)))
}

async fn make_list(
    app: &App,
    query: &LateQuery<ProductQuery>,
    hides: bool,
) -> Result<Written<List<ProductView<'static>>>, Problem> {
    let ProductQuery { mut filter, order, direction, page, after } =
        query.read(Given::of(app.currency))?;
    filter.in_stock = filter.in_stock.or(hides.then_some(true));
    let (late, asked) = (app.readers.late(), page.asked(after, direction));
    let count = late.count_products(&filter, OFFSET_MOST);
    let found = page.find(late.products(&filter, order, asked), count).await?;
    let (public_url, rows) = (&app.settings.public_url, found.rows.iter());
    let views = rows.map(|(product, stock)| ProductView::of(product, *stock, public_url)).collect();
    found.written(&query.links(public_url), |(product, _)| cursor(order, product), views)
}

async fn show(
    State(app): State<Arc<App>>,
    _: Looker,
    Segment(reference): Segment,
    _: NoQuery,
    Seen(has_seen): Seen,
    known: Known,
) -> Result<Answer<ProductView<'static>>, Problem> {
    let reference = parse(&reference)?;
    let make = async {
        let found = app.readers.late().product(&reference).await?;
        let found = found.filter(|(product, _)| !product.is_archived);
        let (product, stock) = found.ok_or_else(no_such_product)?;
        let view = ProductView::of(&product, stock, &app.settings.public_url);
        Written::of(Some(product.version), &view)
    };
    let page: Written<ProductView<'static>> = match has_seen {
        true => make.await?,
        false => app.catalog.page(format!("{reference:?}"), make).await?,
    };
    Ok(shown_to_all(&app, page.answer(&known)))
}

/// What cannot be a name of a product is the name of none.
fn parse(reference: &str) -> Result<ProductRef, Problem> {
    ProductRef::parse(reference).map_err(|_| no_such_product())
}

impl Reads for CreateProduct {
    const NAME: &'static str = "NewProduct";

    fn read(fields: &mut Fields<'_>, Given { currency, .. }: Given<'_>) -> Option<CreateProduct> {
        let sku = fields.optional("sku", of::<Sku>());
        let product_name = fields.required("name", title_of::<200>());
        let description = fields.optional("description", note_of::<5000>());
        let image_url = fields.nullable("image_url", image_url());
        let price = fields.required("price", money(currency));
        let category = fields.nullable("category", of::<Text<100>>());
        let quantity = fields.optional("quantity", integer(0..=QUANTITY_MOST));
        fields.note("The category must exist.");
        let public_id = Uuid::now_v7();
        Some(CreateProduct {
            public_id: PublicId(public_id),
            made_sku: Sku::stored(&format!("P-{}", public_id.simple()).to_uppercase()),
            sku: sku?,
            name: product_name?,
            description: description?.unwrap_or_default(),
            image_url: image_url?.flatten(),
            price: price?,
            category: category?.flatten(),
            quantity: quantity?.unwrap_or(0),
        })
    }
}

/// In a shop whose catalog is for customers only, a page of it is for nobody else to keep.
fn shown_to_all<V>(app: &App, answer: Answer<V>) -> Answer<V> {
    match app.settings.catalog_public {
        true => answer.public(),
        false => answer,
    }
}

async fn create(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Key(key): Key,
    _: NoQuery,
    Body(create): Body<CreateProduct>,
) -> Result<Answer<ProductView<'static>>, Problem> {
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(staff.actor(), correlation, key, create).await?;
    app.catalog.forget();
    let ((product, stock), is_replay) = match answered.done {
        Done::Now(shown) => (shown, false),
        Done::Before(shown) => (shown, true),
    };
    let public_url = &app.settings.public_url;
    let view = ProductView::of(&product, stock, public_url);
    let answer = Answer::created(&product_url(&product, public_url), &view).replayed(is_replay);
    Ok(answer.of_commit(&app, answered.commit).await)
}

impl Reads for EditProduct {
    const NAME: &'static str = "ProductEdit";

    /// The product and its versions are for the handler to say: they are not in the body.
    fn read(fields: &mut Fields<'_>, given: Given<'_>) -> Option<EditProduct> {
        fields.read_only(SHOWN_ONLY, given.shown);
        let sku = fields.optional("sku", of::<Sku>());
        let product_name = fields.optional("name", title_of::<200>());
        let description = fields.optional("description", note_of::<5000>());
        let image_url = fields.nullable("image_url", image_url());
        let price = fields.optional("price", money(given.currency));
        let category = fields.nullable("category", of::<Text<100>>());
        fields.note("The category must exist.");
        Some(EditProduct {
            sku: sku?,
            name: product_name?,
            description: description?,
            image_url: image_url?,
            price: price?,
            category: category?,
            ..EditProduct::of(ProductRef::Id(ProductId(0)))
        })
    }
}

async fn edit(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Segment(reference): Segment,
    Unless(unless): Unless,
    _: NoQuery,
    body: LateBody<EditProduct>,
) -> Result<Answer<ProductView<'static>>, Problem> {
    let reference = parse(&reference)?;
    let versions = match unless {
        Some(IfMatch::Versions(versions)) => Some(versions),
        Some(IfMatch::Any) | None => None,
    };
    let (product, stock) =
        app.readers.exact().product(&reference).await?.ok_or_else(no_such_product)?;
    if versions.as_ref().is_some_and(|versions| !versions.contains(&product.version)) {
        return Err(version_mismatch(product.version));
    }
    let public_url = &app.settings.public_url;
    let view = serde_json::to_value(ProductView::of(&product, stock, public_url));
    let view = view.map_err(|_| Problem::internal())?;
    let edit = body.read(Given { currency: app.currency, shown: &view })?;
    let edit = EditProduct { product: ProductRef::Id(product.id), versions, ..edit };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(staff.actor(), correlation, None, edit).await?;
    app.catalog.forget();
    let (Done::Now((product, stock)) | Done::Before((product, stock))) = answered.done;
    let view = ProductView::of(&product, stock, public_url);
    let answer = Written::of(Some(product.version), &view)?.answer(&Known::default());
    Ok(answer.of_commit(&app, answered.commit).await)
}

refusals! {
    CreateProductRefusal {
        CreateProductRefusal::SkuTaken => [SKU_TAKEN] sku_taken(),
        CreateProductRefusal::UnknownCategory => [INVALID] unknown_category(),
    }
}

refusals! {
    EditProductRefusal {
        EditProductRefusal::NotFound => [NOT_FOUND] no_such_product(),
        EditProductRefusal::VersionMismatch { current } => [VERSION_MISMATCH] {
            version_mismatch(current)
        },
        EditProductRefusal::SkuTaken => [SKU_TAKEN] sku_taken(),
        EditProductRefusal::UnknownCategory => [INVALID] unknown_category(),
        EditProductRefusal::ForeignPrice { currency } => [INVALID] {
            Problem::invalid_field("price", format!("must be in {currency}"))
        },
    }
}

fn no_such_product() -> Problem {
    Problem::not_found("there is no such product")
}

fn unknown_category() -> Problem {
    Problem::invalid_field("category", "there is no category with this slug")
}

fn sku_taken() -> Problem {
    Problem::new(codes::SKU_TAKEN, "another product has this sku")
        .errors(vec![FieldError::new("sku", "belongs to another product")])
}

fn version_mismatch(current: i64) -> Problem {
    let detail = format!("the product is at version {current}; read it again and repeat the edit");
    Problem::version_mismatch(detail).with("version", current)
}
