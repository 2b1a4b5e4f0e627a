//! Products: what can be bought, under which names, at which price. A product's version rises with
//! each edit and never with a sale; an archived product stays for its past orders, is sold no more, and has
//! given up its sku.

mod archival;
mod imports;

use crate::{
    CategoryId, Context, Currency, EntryKind, Facts, Fingerprint, LocationId, Micros, Money,
    ProductRef, Shelf, Sku, Stock, StockEntry, Text, TrailKind, commands,
    counters::CounterName,
    facts::{PublicIdOwner, Row, SkuOwner},
    idempotency::{self, Before},
    integer_ids, kinds,
    rules::{Keyed, Never, Rule, Weight, Who},
    trail::Noted,
    uuid_ids,
};
pub use archival::{ArchiveProduct, ArchiveProductRefusal};
pub use imports::{ImportProblem, ImportProducts, ImportProductsRefusal, ImportRow, Imported};
use serde::{Deserialize, Serialize};

pub use crate::bought::Most;

integer_ids! { ProductId }

uuid_ids! {
    /// A product's id for the outside world, beside the small integer.
    PublicId,
}

pub const COUNTER: CounterName = CounterName::of("products");

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    pub id: ProductId,
    pub public_id: PublicId,
    pub sku: Sku,
    /// What it was sold under, once it is archived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_sku: Option<Sku>,
    pub name: Text<200>,
    pub description: Text<5000>,
    pub image_url: Option<Text<2000>>,
    pub price: Money,
    pub category: Option<CategoryId>,
    pub category_slug: Option<Text<100>>,
    /// It is low when so many or fewer are on hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_stock_threshold: Option<i64>,
    #[serde(flatten)]
    pub most: Most,
    pub version: i64,
    pub is_archived: bool,
    pub created_at: Micros,
    pub updated_at: Micros,
}

impl Product {
    /// What it is known under, also when it is sold no more.
    pub fn shown_sku(&self) -> &Sku {
        self.former_sku.as_ref().unwrap_or(&self.sku)
    }

    pub fn stock(&self, facts: &Facts) -> Stock {
        facts.shelves.main(self.id).map_or_else(Stock::default, Shelf::stock)
    }
}

impl Row for Product {
    type Key = ProductId;
    type Find = ProductId;
    fn key(&self) -> ProductId {
        self.id
    }
}

/// A product as it was answered, with what lay on its shelf.
pub type Shown = (Box<Product>, Stock);

impl Before for Shown {
    fn read(kept: &str) -> Option<Shown> {
        idempotency::read(kept)
    }
}

/// Puts a product into the catalog, with its first receipt if there is one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CreateProduct {
    #[serde(skip)]
    pub public_id: PublicId,
    /// Used when the request names no sku.
    #[serde(skip)]
    pub made_sku: Sku,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    pub name: Text<200>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub description: Text<5000>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<Text<2000>>,
    pub price: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Text<100>>,
    #[serde(skip_serializing_if = "is_none")]
    pub quantity: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_stock_threshold: Option<i64>,
    #[serde(flatten)]
    pub most: Most,
}

/// A request without a quantity brings no first receipt.
fn is_none(quantity: &i64) -> bool {
    *quantity == 0
}

impl CreateProduct {
    /// One of which only what it must have is known.
    pub fn of(public_id: PublicId, name: Text<200>, price: Money) -> CreateProduct {
        CreateProduct {
            public_id,
            made_sku: Sku::stored(&format!("P-{}", public_id.0.simple()).to_uppercase()),
            sku: None,
            name,
            description: Text::default(),
            image_url: None,
            price,
            category: None,
            quantity: 0,
            low_stock_threshold: None,
            most: Most::default(),
        }
    }

    fn sku(&self) -> &Sku {
        self.sku.as_ref().unwrap_or(&self.made_sku)
    }

    /// The product as it will be, but for its id.
    fn planned(&self, context: Context, facts: &Facts) -> Result<Product, CreateProductRefusal> {
        let category = match &self.category {
            Some(slug) => {
                let owner = facts.slugs.get(slug);
                Some(owner.ok_or(CreateProductRefusal::UnknownCategory)?.is)
            }
            None => None,
        };
        Ok(Product {
            id: ProductId(0),
            public_id: self.public_id,
            sku: self.sku().clone(),
            former_sku: None,
            name: self.name.clone(),
            description: self.description.clone(),
            image_url: self.image_url.clone(),
            price: self.price,
            category,
            category_slug: self.category.clone(),
            low_stock_threshold: self.low_stock_threshold,
            most: self.most,
            version: 1,
            is_archived: false,
            created_at: context.now,
            updated_at: context.now,
        })
    }
}

impl Facts {
    /// Puts a product that was planned into the catalog.
    fn make_product(&mut self, planned: Product, quantity: i64, context: Context) -> Product {
        let product = Product { id: ProductId(self.counters.next(&COUNTER)), ..planned };
        self.skus.learn(SkuOwner { name: product.sku.clone(), is: product.id });
        self.public_ids.learn(PublicIdOwner { name: product.public_id, is: product.id });
        self.products.make(product.clone());
        self.recategorized(None, product.category);
        self.shelves.make(Shelf::empty(product.id));
        if quantity > 0 {
            self.enter(first_receipt(product.id, quantity, context));
        }
        let noted = Noted::Product(product.id);
        context.note(self, TrailKind::ProductCreated, noted, (None, Some(&product)));
        product
    }

    /// Writes an edit, if it is one; the product as it is then, which has to be known.
    fn edit_product(&mut self, edited: Product, context: Context) -> Option<Product> {
        let present = self.products.get(&edited.id)?;
        if edited == *present {
            return Some(edited);
        }
        let edited = Product { version: edited.version + 1, updated_at: context.now, ..edited };
        let before = std::mem::replace(self.products.edit(&edited.id)?, edited.clone());
        if edited.sku != before.sku {
            self.skus.forget(&before.sku);
            self.skus.learn(SkuOwner { name: edited.sku.clone(), is: edited.id });
        }
        self.recategorized(before.category, edited.category);
        let (kind, noted) = (TrailKind::ProductChanged, Noted::Product(edited.id));
        context.note(self, kind, noted, (Some(&before), Some(&edited)));
        Some(edited)
    }
}

kinds! {
    pub enum CreateProductRefusal {
        SkuTaken = "sku_taken",
        UnknownCategory = "unknown_category",
    }
}

impl Rule for CreateProduct {
    type Outcome = Shown;
    type Refusal = CreateProductRefusal;

    fn name(&self) -> &'static str {
        "create_product"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.skus.want(self.sku());
        if let Some(slug) = &self.category {
            facts.slugs.want(slug);
        }
        facts.counters.want(&COUNTER);
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Shown, CreateProductRefusal> {
        if facts.skus.get(self.sku()).is_some() {
            return Err(CreateProductRefusal::SkuTaken);
        }
        let planned = self.planned(context, facts)?;
        let product = facts.make_product(planned, self.quantity, context);
        let stock = product.stock(facts);
        Ok((Box::new(product), stock))
    }

    fn kept(shown: &Shown) -> Box<str> {
        idempotency::written(shown)
    }

    fn weight(&self) -> Weight {
        let searched = self.name.len() + self.description.len();
        let image = self.image_url.as_ref().map_or(0, |url| url.len());
        Weight { rows: 8, bytes: written(searched, image) }
    }
}

/// A product is written as it is, folded for searches (which may lengthen its words eighteen times), as a
/// kept answer, and in the trail.
const fn written(searched: usize, image: usize) -> usize {
    4096 + 21 * searched + 3 * image
}

/// What an edit does not change is written again as it was, and that may be long.
const LONGEST: [usize; 3] = [4 * 200, 4 * 5000, 4 * 2000];
/// What it does change is told in the trail as it was: in JSON, where a letter may take six bytes.
const LONGEST_TOLD: [usize; 3] = [6 * 200, 6 * 5000, 6 * 2000];

fn first_receipt(product: ProductId, delta: i64, context: Context) -> StockEntry {
    StockEntry {
        product,
        location: LocationId::MAIN,
        kind: EntryKind::Receipt,
        delta,
        reason: None,
        actor: context.who.actor.caller,
        correlation: context.who.correlation,
        at: context.now,
    }
}

/// Changes what the request names, if the product is still at a version that the editor has seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EditProduct {
    pub product: ProductRef,
    /// `None`: whatever version it is at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versions: Option<Vec<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<200>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text<5000>>,
    // To clear is another request than to leave: their fingerprints must differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<Option<Text<2000>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Option<Text<100>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_stock_threshold: Option<Option<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_units_most: Option<Option<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller_units_most: Option<Option<i64>>,
}

impl EditProduct {
    /// An edit that changes nothing yet.
    pub fn of(product: ProductRef) -> EditProduct {
        EditProduct {
            product,
            versions: None,
            sku: None,
            name: None,
            description: None,
            image_url: None,
            price: None,
            category: None,
            low_stock_threshold: None,
            order_units_most: None,
            caller_units_most: None,
        }
    }

    fn applied_to(&self, present: &Product, facts: &Facts) -> Result<Product, EditProductRefusal> {
        // Every field by name, so that a new one cannot be passed over.
        let EditProduct {
            product: _,
            versions: _,
            sku,
            name,
            description,
            image_url,
            price,
            category,
            low_stock_threshold,
            order_units_most,
            caller_units_most,
        } = self;
        let mut edited = present.clone();
        if let Some(sku) = sku {
            match facts.skus.get(sku) {
                Some(owner) if owner.is != present.id => {
                    return Err(EditProductRefusal::SkuTaken { current: present.version });
                }
                _ => edited.sku = sku.clone(),
            }
        }
        if let Some(category) = category {
            edited.category = match category {
                Some(slug) => {
                    let owner = facts.slugs.get(slug);
                    Some(owner.ok_or(EditProductRefusal::UnknownCategory)?.is)
                }
                None => None,
            };
            edited.category_slug = category.clone();
        }
        // The shop sells in one currency: a price in another one would be no price.
        if price.is_some_and(|price| price.currency != present.price.currency) {
            return Err(EditProductRefusal::ForeignPrice { currency: present.price.currency });
        }
        overwrite(&mut edited.name, name);
        overwrite(&mut edited.description, description);
        overwrite(&mut edited.image_url, image_url);
        overwrite(&mut edited.price, price);
        overwrite(&mut edited.low_stock_threshold, low_stock_threshold);
        overwrite(&mut edited.most.per_order, order_units_most);
        overwrite(&mut edited.most.per_caller, caller_units_most);
        Ok(edited)
    }
}

kinds! {
    pub enum EditProductRefusal {
        NotFound = "product_not_found",
        VersionMismatch { current: i64 } = "version_mismatch",
        SkuTaken { current: i64 } = "sku_taken",
        UnknownCategory = "unknown_category",
        /// The shop's currency is another one.
        ForeignPrice { currency: Currency } = "foreign_price",
    }
}

impl Rule for EditProduct {
    type Outcome = Shown;
    type Refusal = EditProductRefusal;

    fn name(&self) -> &'static str {
        "edit_product"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        if let Some(id) = self.product.follow(facts) {
            facts.products.want_locked(&id);
            facts.shelves.want(&id);
        }
        if let Some(sku) = &self.sku {
            facts.skus.want(sku);
        }
        facts.looks_again |= self.caller_units_most.is_some();
        if let Some(slug) = self.category.iter().flatten().next() {
            facts.slugs.want(slug);
        }
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Shown, EditProductRefusal> {
        let present = self.product.for_sale(facts).ok_or(EditProductRefusal::NotFound)?;
        if let Some(current) = present.is_other_than(&self.versions) {
            return Err(EditProductRefusal::VersionMismatch { current });
        }
        let edited = self.applied_to(present, facts)?;
        let stock = present.stock(facts);
        let edited = facts.edit_product(edited, context).ok_or(EditProductRefusal::NotFound)?;
        Ok((Box::new(edited), stock))
    }

    fn kept(shown: &Shown) -> Box<str> {
        idempotency::written(shown)
    }

    fn weight(&self) -> Weight {
        let given = [
            self.name.as_ref().map(|name| name.len()),
            self.description.as_ref().map(|text| text.len()),
            self.image_url.as_ref().map(|url| url.as_ref().map_or(0, |url| url.len())),
        ];
        let [name, description, image]: [usize; 3] =
            std::array::from_fn(|text| given[text].unwrap_or(LONGEST[text]));
        let told = given.iter().zip(LONGEST_TOLD).filter(|(given, _)| given.is_some());
        let told: usize = told.map(|(_, longest)| longest).sum();
        Weight { rows: 6, bytes: written(name + description, image) + told }
    }
}

impl Product {
    /// Its version, if an editor has seen others only.
    fn is_other_than(&self, versions: &Option<Vec<i64>>) -> Option<i64> {
        let is_seen = versions.as_ref().is_none_or(|seen| seen.contains(&self.version));
        (!is_seen).then_some(self.version)
    }
}

fn overwrite<T: Clone>(place: &mut T, with: &Option<T>) {
    if let Some(value) = with {
        *place = value.clone();
    }
}

commands!(
    Products: CreateProduct = "create_product" -> Shown, EditProduct = "edit_product" -> Shown,
    ArchiveProduct = "archive_product" -> Never, ImportProducts = "import_products" -> Imported
);
