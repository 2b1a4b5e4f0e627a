//! Products as staff put them in, change them, and take them out.

use super::{ProductView, SHOWN_ONLY, Sight, no_such_product, parse, product_url};
use crate::{
    app::App,
    http::{
        State,
        answers::{Answer, Nothing, Written},
        arguments::{Key, Known, Segment, Unless},
        bodies::{Body, LateBody},
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        parsers::{Parser, from_text, integer, money, of},
        problems::{FieldError, Problem},
        queries::NoQuery,
        refusals::refusals,
        rights::Staff,
        texts::{note_of, title_of},
    },
};
use domain::{
    ArchiveProduct, CreateProduct, Done, EditProduct, Most, Product, ProductId, ProductRef,
    PublicId, Quantity, Sku, Stock, Text,
    products::{ArchiveProductRefusal, CreateProductRefusal, EditProductRefusal},
    stock::MAX_ON_HAND,
};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// The first receipt of a new product.
pub const QUANTITY_MOST: i64 = 1_000 * Quantity::MAX;

pub fn image_url() -> impl Parser<Out = Text<2000>> {
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

/// A product is low when so many or fewer are on hand.
pub fn threshold() -> impl Parser<Out = i64> {
    integer(0..=MAX_ON_HAND)
}

/// A bound of one order, or of one caller: left out, left as it is, or taken away.
type Bound = Option<Option<Option<i64>>>;

fn units_most(fields: &mut Fields<'_>) -> (Bound, Bound) {
    let per_order = fields.nullable("order_units_most", integer(1..=Quantity::MAX));
    (per_order, fields.nullable("caller_units_most", integer(1..=MAX_ON_HAND)))
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
        let low_stock_threshold = fields.nullable("low_stock_threshold", threshold());
        let (per_order, per_caller) = units_most(fields);
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
            low_stock_threshold: low_stock_threshold?.flatten(),
            most: Most { per_order: per_order?.flatten(), per_caller: per_caller?.flatten() },
        })
    }
}

pub async fn create(
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
    let view = ProductView::of(&app, Sight::Staffs, (&product, stock));
    let answer = Answer::created(&product_url(&app, product.id), &view).replayed(is_replay);
    Ok(answer.of_commit(&app, answered.commit).await)
}

/// What may be left out, of a PATCH and of a PUT. The product and its versions are for the handler to say: they
/// are not in the body.
fn left_out(fields: &mut Fields<'_>) -> Option<EditProduct> {
    let sku = fields.optional("sku", of::<Sku>());
    let description = fields.optional("description", note_of::<5000>());
    let image_url = fields.nullable("image_url", image_url());
    let category = fields.nullable("category", of::<Text<100>>());
    let low_stock_threshold = fields.nullable("low_stock_threshold", threshold());
    let (order_units_most, caller_units_most) = units_most(fields);
    fields.note("The category must exist.");
    Some(EditProduct {
        sku: sku?,
        description: description?,
        image_url: image_url?,
        category: category?,
        low_stock_threshold: low_stock_threshold?,
        order_units_most: order_units_most?,
        caller_units_most: caller_units_most?,
        ..EditProduct::of(ProductRef::Id(ProductId(0)))
    })
}

/// What a PATCH names.
pub struct Edit(EditProduct);

impl From<Edit> for EditProduct {
    fn from(Edit(edit): Edit) -> EditProduct {
        edit
    }
}

impl Reads for Edit {
    const NAME: &'static str = "ProductEdit";

    fn read(fields: &mut Fields<'_>, given: Given<'_>) -> Option<Edit> {
        fields.read_only(SHOWN_ONLY, given.shown);
        let product_name = fields.optional("name", title_of::<200>());
        let price = fields.optional("price", money(given.currency));
        let edit = left_out(fields);
        Some(Edit(EditProduct { name: product_name?, price: price?, ..edit? }))
    }
}

/// What a PUT overwrites: all that may be changed. What is left out becomes empty, but for the sku.
pub struct Replacement(EditProduct);

impl From<Replacement> for EditProduct {
    fn from(Replacement(edit): Replacement) -> EditProduct {
        edit
    }
}

impl Reads for Replacement {
    const NAME: &'static str = "ProductReplacement";

    fn read(fields: &mut Fields<'_>, given: Given<'_>) -> Option<Replacement> {
        fields.read_only(SHOWN_ONLY, given.shown);
        let product_name = fields.required("name", title_of::<200>());
        let price = fields.required("price", money(given.currency));
        let edit = left_out(fields);
        let (product_name, price, edit) = (product_name?, price?, edit?);
        Some(Replacement(EditProduct {
            name: Some(product_name),
            price: Some(price),
            description: Some(edit.description.unwrap_or_default()),
            image_url: Some(edit.image_url.flatten()),
            category: Some(edit.category.flatten()),
            low_stock_threshold: Some(edit.low_stock_threshold.flatten()),
            order_units_most: Some(edit.order_units_most.flatten()),
            caller_units_most: Some(edit.caller_units_most.flatten()),
            ..edit
        }))
    }
}

/// By PATCH or by PUT, as the body says.
pub async fn edit<B: Reads + Into<EditProduct>>(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Segment(reference): Segment,
    Unless(unless): Unless,
    _: NoQuery,
    body: LateBody<B>,
) -> Result<Answer<ProductView<'static>>, Problem> {
    let (product, stock) = find(&app, &reference).await?;
    let versions = unless.and_then(|unless| unless.versions());
    if versions.as_ref().is_some_and(|versions| !versions.contains(&product.version)) {
        return Err(version_mismatch(product.version));
    }
    let view = serde_json::to_value(ProductView::of(&app, Sight::Staffs, (&product, stock)));
    let view = view.map_err(|_| Problem::internal())?;
    let edit = body.read(Given { currency: app.currency, shown: &view })?.into();
    let edit = EditProduct { product: ProductRef::Id(product.id), versions, ..edit };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(staff.actor(), correlation, None, edit).await?;
    app.catalog.forget();
    let (Done::Now((product, stock)) | Done::Before((product, stock))) = answered.done;
    let view = ProductView::of(&app, Sight::Staffs, (&product, stock));
    let answer = Written::of(Some(product.version), &view)?.answer(&Known::default());
    Ok(answer.of_commit(&app, answered.commit).await)
}

pub async fn archive(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Segment(reference): Segment,
    Unless(unless): Unless,
    _: NoQuery,
) -> Result<Answer<Nothing>, Problem> {
    let (product, _) = find(&app, &reference).await?;
    let versions = unless.and_then(|unless| unless.versions());
    let archive = ArchiveProduct { product: ProductRef::Id(product.id), versions };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(staff.actor(), correlation, None, archive).await?;
    app.catalog.forget();
    Ok(Answer::nothing().of_commit(&app, answered.commit).await)
}

/// A product that is still sold.
async fn find(app: &App, reference: &str) -> Result<(Product, Stock), Problem> {
    let found = app.readers.exact().product(&parse(reference)?).await?;
    found.filter(|(product, _)| !product.is_archived).ok_or_else(no_such_product)
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

refusals! {
    ArchiveProductRefusal {
        ArchiveProductRefusal::NotFound => [NOT_FOUND] no_such_product(),
        ArchiveProductRefusal::VersionMismatch { current } => [VERSION_MISMATCH] {
            version_mismatch(current)
        },
    }
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
