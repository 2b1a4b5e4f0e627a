//! Products that are sold no more.

use super::{LONGEST, Product, Shown};
use crate::{
    Context, Facts, ProductRef, Sku, TrailKind,
    facts::SkuOwner,
    kinds,
    rules::{Rule, Weight, Who},
    trail::Noted,
};
use serde::Serialize;

/// Takes a product out of the catalog, for good. Its orders stay what they are, and its sku is free.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArchiveProduct {
    pub product: ProductRef,
    /// `None`: whatever version it is at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versions: Option<Vec<i64>>,
}

kinds! {
    pub enum ArchiveProductRefusal {
        NotFound = "product_not_found",
        VersionMismatch { current: i64 } = "version_mismatch",
    }
}

impl Rule for ArchiveProduct {
    type Outcome = Shown;
    type Refusal = ArchiveProductRefusal;

    fn name(&self) -> &'static str {
        "archive_product"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        if let Some(id) = self.product.follow(facts) {
            facts.products.want_locked(&id);
            facts.shelves.want(&id);
        }
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Shown, ArchiveProductRefusal> {
        let present = self.product.for_sale(facts).ok_or(ArchiveProductRefusal::NotFound)?;
        if let Some(current) = present.is_other_than(&self.versions) {
            return Err(ArchiveProductRefusal::VersionMismatch { current });
        }
        let (before, stock) = (present.clone(), present.stock(facts));
        let archived = Product {
            sku: Sku::of_archived(before.id),
            former_sku: Some(before.sku.clone()),
            category: None,
            category_slug: None,
            is_archived: true,
            version: before.version + 1,
            updated_at: context.now,
            ..before.clone()
        };
        facts.products.put(archived.clone());
        facts.recategorized(before.category, None);
        facts.skus.forget(&before.sku);
        facts.skus.learn(SkuOwner { name: archived.sku.clone(), is: archived.id });
        let (kind, noted) = (TrailKind::ProductArchived, Noted::Product(archived.id));
        context.note(facts, kind, noted, (Some(&before), Some(&archived)));
        Ok((Box::new(archived), stock))
    }

    fn weight(&self) -> Weight {
        // As it was, and folded: of a letter of three bytes no more than 33 become, of others fewer.
        Weight { rows: 6, bytes: 4096 + 36 * (200 + 5000) + LONGEST[2] }
    }
}
