//! Products: what visitors see, and what staff put in and change.

use super::catalog_cache::CachedPage;
use super::{
    answer::{created, json_bytes, replayed},
    body::JsonBody,
    correlation::CorrelationId,
    etag::{self, IfMatch},
    fields::Fields,
    page::{Cursor, Links, OFFSET_MOST, Page, Start},
    parsers::{decimal, digits, flag, from_text, integer, number, words},
    problem::Problem,
    query::Query,
    segment::Segment,
    views::{ProductView, product_url},
    visitor::{Key, Staff, Visitor},
};
use crate::app::App;
use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode, Uri,
        header::{CACHE_CONTROL, ETAG},
    },
    response::Response,
};
use domain::{
    Action, CreateProduct, Currency, EditProduct, Money, Outcome, Product, ProductRef, PublicId,
    Quantity, Refusal, Sku, Text, idempotency::Kept,
};
use std::sync::Arc;
use store::{After, Direction, ProductFilter, ProductOrder, Value};
use uuid::Uuid;

/// Longer queries are answered, but not kept.
const KEY_LENGTH: usize = 512;
/// The first receipt of a new product.
const QUANTITY_MOST: i64 = 1_000 * Quantity::MAX;

pub(super) struct Wanted {
    pub filter: ProductFilter,
    pub order: ProductOrder,
    pub direction: Direction,
    pub page: Page,
    pub after: Option<After>,
}

pub(super) fn wanted(query: &mut Query, currency: Currency, hides: bool) -> Option<Wanted> {
    let minor = move |text: &str| Money::parse(text, currency).map(|money| money.minor);
    let category = query.optional("category", words(1..=100));
    let min_price_minor = query.optional("min_price", digits(minor));
    let max_price_minor = query.optional("max_price", digits(minor));
    let in_stock = query.optional("in_stock", flag);
    let ids = query.many("id", 100, number(0..=i64::MAX));
    let search = query.optional("search", words(1..=200));
    let ordering = query.optional("ordering", ordering);
    let page = Page::read(query);
    let filter = ProductFilter {
        category: category?,
        min_price_minor: min_price_minor?,
        max_price_minor: max_price_minor?,
        in_stock: in_stock?.or(hides.then_some(true)),
        ids: ids?,
        search: search?,
    };
    let ((order, direction), page) = (ordering?.unwrap_or_default(), page?);
    let after = match &page.start {
        Start::Cursor(Some(cursor)) => match after(cursor, order) {
            Some(after) => Some(after),
            None => return query.refuse("cursor", "is not one that this list gave out"),
        },
        _ => None,
    };
    Some(Wanted { filter, order, direction, page, after })
}

fn ordering(text: &str) -> Result<(ProductOrder, Direction), &'static str> {
    let (name, direction) = match text.strip_prefix('-') {
        Some(name) => (name, Direction::Falling),
        None => (text, Direction::Rising),
    };
    let order = match name {
        "name" => ProductOrder::Name,
        "price" => ProductOrder::Price,
        "created_at" => ProductOrder::Created,
        _ => return Err("must be name, price or created_at, with - in front for falling"),
    };
    Ok((order, direction))
}

fn after(cursor: &Cursor, order: ProductOrder) -> Option<After> {
    let [name, key, id] = cursor.0.as_slice() else { return None };
    let key = match order {
        ProductOrder::Name => Value::from(key.clone()),
        ProductOrder::Created | ProductOrder::Price => Value::Int(key.parse().ok()?),
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

pub async fn list(
    State(app): State<Arc<App>>,
    Visitor(visitor): Visitor,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let is_staff = visitor.as_ref().is_some_and(|account| account.role.is_staff());
    may_look(&app, visitor.is_some())?;
    let hides = app.settings.hide_out_of_stock && !is_staff;
    let query = uri.query().unwrap_or_default();
    let make = make_list(&app, &uri, hides);
    let page = match query.len() <= KEY_LENGTH {
        true => app.catalog.page(format!("{hides}?{query}"), make).await?,
        false => make.await?,
    };
    Ok(shown(&headers, page))
}

async fn make_list(app: &App, uri: &Uri, hides: bool) -> Result<CachedPage, Problem> {
    let wanted = Query::read(uri.query(), |query| wanted(query, app.currency, hides))?;
    let Wanted { filter, order, direction, page, after } = wanted;
    let asked =
        store::Page { limit: page.limit + 1, offset: page.offset().unwrap_or(0), after, direction };
    let mut found = app.readers.products(&filter, order, asked).await?;
    let more = found.len() as i64 > page.limit;
    found.truncate(usize::try_from(page.limit).unwrap_or(0));
    let count = match page.start {
        Start::Cursor(_) => None,
        _ => Some(app.readers.count_products(&filter, OFFSET_MOST).await?),
    };
    let public_url = &app.settings.public_url;
    let links = Links { public_url, path: uri.path(), query: uri.query() };
    let last = found.last().map(|(product, _)| cursor(order, product));
    let views: Vec<ProductView> =
        found.iter().map(|(product, stock)| ProductView::of(product, *stock, public_url)).collect();
    written(None, &page.list(&links, views, count, more, last))
}

pub async fn show(
    State(app): State<Arc<App>>,
    Visitor(visitor): Visitor,
    Segment(reference): Segment,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    may_look(&app, visitor.is_some())?;
    Query::none(uri.query())?;
    let reference = parse(&reference)?;
    let make = async {
        let found = app.readers.product(&reference).await?;
        let found = found.filter(|(product, _)| !product.is_archived);
        let (product, stock) = found.ok_or_else(no_such_product)?;
        let view = ProductView::of(&product, stock, &app.settings.public_url);
        written(Some(product.version), &view)
    };
    let page = app.catalog.page(format!("{reference:?}"), make).await?;
    Ok(shown(&headers, page))
}

fn no_such_product() -> Problem {
    Problem::not_found("there is no such product")
}

/// What cannot be a name of a product is the name of none.
fn parse(reference: &str) -> Result<ProductRef, Problem> {
    ProductRef::parse(reference).map_err(|_| no_such_product())
}

fn may_look(app: &App, has_account: bool) -> Result<(), Problem> {
    match app.settings.catalog_public || has_account {
        true => Ok(()),
        false => Err(Problem::unauthenticated("this shop shows its catalog to customers only")),
    }
}

fn written(version: Option<i64>, value: &impl serde::Serialize) -> Result<CachedPage, Problem> {
    let body = serde_json::to_vec(value).map_err(|_| Problem::internal())?;
    let etag = etag::make(version, &body);
    Ok(CachedPage { body: body.into(), etag })
}

fn shown(headers: &HeaderMap, page: CachedPage) -> Response {
    if let Some(answer) = etag::not_modified(headers, &page.etag) {
        return answer;
    }
    let mut answer = json_bytes(StatusCode::OK, page.body);
    answer.headers_mut().insert(ETAG, page.etag);
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

fn image_url(text: &str) -> Result<Text<2000>, String> {
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    match is_web && text.chars().all(|c| !c.is_whitespace() && !c.is_control()) {
        true => Text::new(text).map_err(|error| error.to_string()),
        false => Err("must be an http:// or https:// address".into()),
    }
}

fn name(text: &str) -> Result<Text<200>, String> {
    match text.trim().is_empty() {
        true => Err("must not be empty".into()),
        false => Text::new(text).map_err(|error| error.to_string()),
    }
}

pub async fn create(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Key(key): Key,
    body: JsonBody,
) -> Result<Response, Problem> {
    let currency = app.currency;
    let create = body.read(|fields: &mut Fields| {
        let sku = fields.optional("sku", from_text(Sku::new));
        let product_name = fields.required("name", from_text(name));
        let description = fields.optional("description", from_text(Text::new));
        let image_url = fields.nullable("image_url", from_text(image_url));
        let price = fields.required("price", decimal(|digits| Money::parse(digits, currency)));
        let category = fields.nullable("category", from_text(Text::new));
        let quantity = fields.optional("quantity", integer(0..=QUANTITY_MOST));
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
    })?;
    let correlation = domain::CorrelationId(correlation);
    let outcome = app.send(staff.actor(), correlation, key, Action::CreateProduct(create)).await?;
    app.catalog.forget();
    let (product, stock, is_replay) = match outcome {
        Outcome::Product(product, stock) => (product, stock, false),
        Outcome::Replayed(Kept::Product(product, stock)) => (product, stock, true),
        _ => return Err(Problem::internal()),
    };
    let public_url = &app.settings.public_url;
    let url = product_url(&product, public_url);
    let answer = created(&url, &ProductView::of(&product, stock, public_url));
    Ok(replayed(answer, is_replay))
}

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

pub async fn edit(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Segment(reference): Segment,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response, Problem> {
    let reference = parse(&reference)?;
    let versions = match IfMatch::read(&headers)? {
        Some(IfMatch::Versions(versions)) => Some(versions),
        Some(IfMatch::Any) | None => None,
    };
    let (product, stock) = app.readers.product(&reference).await?.ok_or_else(no_such_product)?;
    if versions.as_ref().is_some_and(|versions| !versions.contains(&product.version)) {
        return Err(Refusal::VersionMismatch { current: product.version }.into());
    }
    let public_url = &app.settings.public_url;
    let view = serde_json::to_value(ProductView::of(&product, stock, public_url));
    let view = view.map_err(|_| Problem::internal())?;
    let currency = app.currency;
    let edit = body.read(|fields: &mut Fields| {
        fields.read_only(SHOWN_ONLY, &view);
        let sku = fields.optional("sku", from_text(Sku::new));
        let product_name = fields.optional("name", from_text(name));
        let description = fields.optional("description", from_text(Text::new));
        let image_url = fields.nullable("image_url", from_text(image_url));
        let price = fields.optional("price", decimal(|digits| Money::parse(digits, currency)));
        let category = fields.nullable("category", from_text(Text::new));
        Some(EditProduct {
            versions,
            sku: sku?,
            name: product_name?,
            description: description?,
            image_url: image_url?,
            price: price?,
            category: category?,
            ..EditProduct::of(ProductRef::Id(product.id))
        })
    })?;
    let correlation = domain::CorrelationId(correlation);
    let outcome = app.send(staff.actor(), correlation, None, Action::EditProduct(edit)).await?;
    app.catalog.forget();
    let Outcome::Product(product, stock) = outcome else { return Err(Problem::internal()) };
    let page = written(Some(product.version), &ProductView::of(&product, stock, public_url))?;
    Ok(shown(&HeaderMap::new(), page))
}
