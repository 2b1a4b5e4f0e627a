//! Products that come by sheets: rows that make a product, or change the one that has their sku. All of
//! them or none, so that what was begun and broken off is begun again with the same rows.

use super::{
    COUNTER, CreateProduct, CreateProductRefusal, EditProduct, EditProductRefusal, LONGEST_TOLD,
    Most, Product, PublicId,
};
use crate::{
    Context, Currency, Facts, Fingerprint, Money, ProductRef, Sku, Text,
    idempotency::{self, Before},
    kinds,
    rules::{Keyed, Rule, Weight, Who},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a sheet says of one product. What it says nothing of stays as it is, or is empty when it is new.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportRow {
    /// If it is a new one.
    #[serde(skip)]
    pub public_id: PublicId,
    pub sku: Sku,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<200>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text<5000>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// The first receipt of a new product. Of one that is there it says nothing: what lay there when the sheet
    /// was written was sold meanwhile.
    #[serde(skip_serializing_if = "super::is_none")]
    pub quantity: i64,
    // To clear is another request than to leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Option<Text<100>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<Option<Text<2000>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_stock_threshold: Option<Option<i64>>,
}

impl ImportRow {
    /// One that says no more than which product it is of.
    pub fn of(public_id: PublicId, sku: Sku) -> ImportRow {
        ImportRow {
            public_id,
            sku,
            name: None,
            description: None,
            price: None,
            quantity: 0,
            category: None,
            image_url: None,
            low_stock_threshold: None,
        }
    }

    fn reference(&self) -> ProductRef {
        ProductRef::Sku(self.sku.clone())
    }

    fn edit(&self) -> EditProduct {
        EditProduct {
            name: self.name.clone(),
            description: self.description.clone(),
            image_url: self.image_url.clone(),
            price: self.price,
            category: self.category.clone(),
            low_stock_threshold: self.low_stock_threshold,
            ..EditProduct::of(self.reference())
        }
    }

    fn creation(&self) -> Result<CreateProduct, ImportProblem> {
        let name = self.name.clone().ok_or(ImportProblem::NoName)?;
        let price = self.price.ok_or(ImportProblem::NoPrice)?;
        Ok(CreateProduct {
            public_id: self.public_id,
            made_sku: self.sku.clone(),
            sku: Some(self.sku.clone()),
            name,
            description: self.description.clone().unwrap_or_default(),
            image_url: self.image_url.clone().flatten(),
            price,
            category: self.category.clone().flatten(),
            quantity: self.quantity,
            low_stock_threshold: self.low_stock_threshold.flatten(),
            most: Most::default(),
        })
    }

    fn planned(&self, context: Context, facts: &Facts) -> Result<Planned, ImportProblem> {
        if facts.skus.get(&self.sku).is_none() {
            let new = self.creation()?.planned(context, facts);
            return new.map(|product| Planned::New(product, self.quantity)).map_err(Into::into);
        }
        let present = self.reference();
        let present = present.for_sale(facts).ok_or(ImportProblem::Moved)?;
        let edited = self.edit().applied_to(present, facts)?;
        Ok(if edited == *present { Planned::Same } else { Planned::Edited(edited) })
    }
}

/// What becomes of a row, once it is known that all can be done.
enum Planned {
    New(Product, i64),
    Edited(Product),
    Same,
}

/// Why a row cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportProblem {
    /// Another row is of the same product.
    Twice,
    /// A new product has a name, and a price.
    NoName,
    NoPrice,
    UnknownCategory,
    ForeignPrice {
        currency: Currency,
    },
    /// Its sku was given to another product at this moment.
    Moved,
}

impl From<CreateProductRefusal> for ImportProblem {
    fn from(refusal: CreateProductRefusal) -> ImportProblem {
        match refusal {
            CreateProductRefusal::SkuTaken => ImportProblem::Moved,
            CreateProductRefusal::UnknownCategory => ImportProblem::UnknownCategory,
        }
    }
}

impl From<EditProductRefusal> for ImportProblem {
    fn from(refusal: EditProductRefusal) -> ImportProblem {
        match refusal {
            EditProductRefusal::NotFound
            | EditProductRefusal::VersionMismatch { .. }
            | EditProductRefusal::SkuTaken { .. } => ImportProblem::Moved,
            EditProductRefusal::UnknownCategory => ImportProblem::UnknownCategory,
            EditProductRefusal::ForeignPrice { currency } => {
                ImportProblem::ForeignPrice { currency }
            }
        }
    }
}

/// Rows of a sheet: makes the products that are not there, and changes those that are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportProducts {
    pub rows: Vec<ImportRow>,
}

/// How many rows have made a product, changed one, and found all as they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    pub created: i64,
    pub changed: i64,
    pub unchanged: i64,
}

impl Before for Imported {
    fn read(kept: &str) -> Option<Imported> {
        idempotency::read(kept)
    }
}

kinds! {
    pub enum ImportProductsRefusal {
        /// None was done, for these cannot be: by their places.
        Rows(Vec<(usize, ImportProblem)>) = "import_rows",
    }
}

impl Rule for ImportProducts {
    type Outcome = Imported;
    type Refusal = ImportProductsRefusal;

    fn name(&self) -> &'static str {
        "import_products"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        for row in &self.rows {
            if let Some(id) = row.reference().follow(facts) {
                facts.products.want_locked(&id);
                facts.shelves.want(&id);
            }
            if let Some(slug) = row.category.iter().flatten().next() {
                facts.slugs.want(slug);
            }
        }
        facts.counters.want(&COUNTER);
    }

    fn decide(
        &self,
        context: Context,
        facts: &mut Facts,
    ) -> Result<Imported, ImportProductsRefusal> {
        let (mut planned, mut wrong) = (Vec::with_capacity(self.rows.len()), Vec::new());
        let mut seen = BTreeSet::new();
        for (place, row) in self.rows.iter().enumerate() {
            match seen.insert(&row.sku) {
                true => match row.planned(context, facts) {
                    Ok(plan) => planned.push(plan),
                    Err(problem) => wrong.push((place, problem)),
                },
                false => wrong.push((place, ImportProblem::Twice)),
            }
        }
        if !wrong.is_empty() {
            return Err(ImportProductsRefusal::Rows(wrong));
        }
        let mut imported = Imported::default();
        for plan in planned {
            match plan {
                Planned::New(product, quantity) => {
                    facts.make_product(product, quantity, context);
                    imported.created += 1;
                }
                Planned::Edited(product) => {
                    facts.edit_product(product, context);
                    imported.changed += 1;
                }
                Planned::Same => imported.unchanged += 1,
            }
        }
        Ok(imported)
    }

    fn kept(imported: &Imported) -> Box<str> {
        idempotency::written(imported)
    }

    /// Whether a row makes a product or changes one is not known yet.
    fn weight(&self) -> Weight {
        let bytes: usize = self.rows.iter().map(ImportRow::bytes).sum();
        Weight { rows: 2 + 7 * self.rows.len(), bytes }
    }
}

/// What a row leaves as it is may be long: as it was, and folded, of a letter no more than 36 bytes.
const LEFT: [usize; 3] = [36 * 200, 36 * 5000, 4 * 2000];

impl ImportRow {
    /// As it is, folded, and in the trail beside what it was. No answer tells it.
    fn bytes(&self) -> usize {
        let given = [
            self.name.as_ref().map(|name| 20 * name.len()),
            self.description.as_ref().map(|text| 20 * text.len()),
            self.image_url.as_ref().map(|url| 2 * url.as_ref().map_or(0, |url| url.len())),
        ];
        let texts = given.iter().zip(LEFT.iter().zip(LONGEST_TOLD));
        let texts = texts.map(|(given, (left, told))| given.map_or(*left, |bytes| bytes + told));
        4096 + texts.sum::<usize>()
    }
}
