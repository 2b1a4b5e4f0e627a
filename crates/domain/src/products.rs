//! Products: what can be bought, under which names, at which price. A product's version rises with
//! each edit and never with a sale; an archived product stays for its past orders and is sold no more.

use crate::{
    CategoryId, Decision, EntryKind, LocationId, Micros, Money, Outcome, ProductId, PublicId,
    Refusal, Stock, StockEntry, Text, TextError,
    commands::Context,
    facts::{Facts, Needs},
};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sku(Text<64>);

impl Sku {
    pub fn new(text: &str) -> Result<Sku, TextError> {
        match text {
            "" => Err(TextError::Empty),
            _ if !text.chars().all(|c| c.is_ascii_graphic()) => {
                Err(TextError::Form("must consist of visible ASCII characters"))
            }
            _ => Text::new(text).map(Sku),
        }
    }

    pub fn stored(text: &str) -> Sku {
        Sku(Text::stored(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a request names a product: by its small id, its public id, or its sku.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductRef {
    Id(ProductId),
    PublicId(PublicId),
    Sku(Sku),
}

impl ProductRef {
    /// Digits are the id, a UUID the public id, anything else or what follows `sku:` the sku.
    pub fn parse(text: &str) -> Result<ProductRef, TextError> {
        if let Some(sku) = text.strip_prefix("sku:") {
            return Sku::new(sku).map(ProductRef::Sku);
        }
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            // More digits than an id can have name no product, which is not the same as bad input.
            return Ok(ProductRef::Id(ProductId(text.parse().unwrap_or(0))));
        }
        match Uuid::try_parse(text) {
            Ok(id) => Ok(ProductRef::PublicId(PublicId(id))),
            Err(_) => Sku::new(text).map(ProductRef::Sku),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    pub id: ProductId,
    pub public_id: PublicId,
    pub sku: Sku,
    pub name: Text<200>,
    pub description: Text<5000>,
    pub image_url: Option<Text<2000>>,
    pub price: Money,
    pub category: Option<CategoryId>,
    pub category_slug: Option<Text<100>>,
    pub version: i64,
    pub is_archived: bool,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// Puts a product into the catalog, with its first receipt if there is one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CreateProduct {
    #[serde(skip)]
    pub public_id: PublicId,
    /// Used when the request names no sku.
    #[serde(skip)]
    pub made_sku: Sku,
    pub sku: Option<Sku>,
    pub name: Text<200>,
    pub description: Text<5000>,
    pub image_url: Option<Text<2000>>,
    pub price: Money,
    pub category: Option<Text<100>>,
    pub quantity: i64,
}

impl CreateProduct {
    fn sku(&self) -> &Sku {
        self.sku.as_ref().unwrap_or(&self.made_sku)
    }

    pub fn needs(&self, needs: &mut Needs) {
        needs.skus.insert(self.sku().clone());
        needs.slugs.extend(self.category.clone());
        needs.last_product = true;
    }

    pub fn decide(&self, facts: &mut Facts, context: &Context) -> Decision {
        if facts.skus.contains_key(self.sku()) {
            return Err(Refusal::SkuTaken);
        }
        let category = facts.category(self.category.as_ref())?;
        facts.last_product += 1;
        let product = Product {
            id: ProductId(facts.last_product),
            public_id: self.public_id,
            sku: self.sku().clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            image_url: self.image_url.clone(),
            price: self.price,
            category,
            category_slug: self.category.clone(),
            version: 1,
            is_archived: false,
            created_at: context.now,
            updated_at: context.now,
        };
        facts.skus.insert(product.sku.clone(), product.id);
        facts.public_ids.insert(product.public_id, product.id);
        facts.stock.insert(product.id, Stock::default());
        facts.changes.created_products.insert(product.id);
        if self.quantity > 0 {
            facts.enter(first_receipt(product.id, self.quantity, context));
        }
        let stock = facts.stock_of(product.id);
        facts.products.insert(product.id, product.clone());
        Ok(Outcome::Product(Box::new(product), stock))
    }
}

fn first_receipt(product: ProductId, delta: i64, context: &Context) -> StockEntry {
    StockEntry {
        product,
        location: LocationId::MAIN,
        kind: EntryKind::Receipt,
        delta,
        reason: None,
        actor: context.actor.caller,
        correlation: context.correlation,
        at: context.now,
    }
}

/// Changes what the request names, if the product is still at a version that the editor has seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EditProduct {
    pub product: ProductRef,
    /// `None`: whatever version it is at.
    pub versions: Option<Vec<i64>>,
    pub sku: Option<Sku>,
    pub name: Option<Text<200>>,
    pub description: Option<Text<5000>>,
    // To clear is another request than to leave: their fingerprints must differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<Option<Text<2000>>>,
    pub price: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Option<Text<100>>>,
    pub is_archived: Option<bool>,
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
            is_archived: None,
        }
    }

    pub fn needs(&self, facts: &Facts, needs: &mut Needs) {
        if let Some(id) = needs.product(facts, &self.product) {
            needs.edited_products.insert(id);
        }
        needs.skus.extend(self.sku.clone());
        needs.slugs.extend(self.category.clone().flatten());
    }

    pub fn decide(&self, facts: &mut Facts, context: &Context) -> Decision {
        let present = facts.product(&self.product).ok_or(Refusal::ProductNotFound)?.clone();
        if let Some(versions) = &self.versions
            && !versions.contains(&present.version)
        {
            return Err(Refusal::VersionMismatch { current: present.version });
        }
        let edited = self.applied_to(&present, facts)?;
        let stock = facts.stock_of(present.id);
        if edited == present {
            return Ok(Outcome::Product(Box::new(present), stock));
        }
        let edited = Product { version: present.version + 1, updated_at: context.now, ..edited };
        if edited.sku != present.sku {
            facts.skus.remove(&present.sku);
            facts.skus.insert(edited.sku.clone(), edited.id);
        }
        facts.changes.edited_products.insert(edited.id);
        facts.products.insert(edited.id, edited.clone());
        Ok(Outcome::Product(Box::new(edited), stock))
    }

    fn applied_to(&self, present: &Product, facts: &Facts) -> Result<Product, Refusal> {
        let mut edited = present.clone();
        if let Some(sku) = &self.sku {
            match facts.skus.get(sku) {
                Some(id) if *id != present.id => return Err(Refusal::SkuTaken),
                _ => edited.sku = sku.clone(),
            }
        }
        if let Some(category) = &self.category {
            edited.category = facts.category(category.as_ref())?;
            edited.category_slug = category.clone();
        }
        let Product { name, description, image_url, price, is_archived, .. } = &mut edited;
        overwrite(name, &self.name);
        overwrite(description, &self.description);
        overwrite(image_url, &self.image_url);
        overwrite(price, &self.price);
        overwrite(is_archived, &self.is_archived);
        Ok(edited)
    }
}

fn overwrite<T: Clone>(place: &mut T, with: &Option<T>) {
    if let Some(value) = with {
        *place = value.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_an_id_a_public_id_or_a_sku() {
        let uuid = Uuid::from_u128(7);
        for (text, expected) in [
            ("42", ProductRef::Id(ProductId(42))),
            ("99999999999999999999", ProductRef::Id(ProductId(0))),
            ("sku:42", ProductRef::Sku(Sku::stored("42"))),
            ("TENT-1", ProductRef::Sku(Sku::stored("TENT-1"))),
            (&uuid.to_string(), ProductRef::PublicId(PublicId(uuid))),
        ] {
            assert_eq!(ProductRef::parse(text), Ok(expected), "{text}");
        }
        for text in ["", "sku:", "a b", "a\0"] {
            assert!(ProductRef::parse(text).is_err(), "{text:?}");
        }
    }
}
