//! What a cart's line shows of its product: a view without the long texts, for a cart has a hundred lines.

use crate::{Facts, Money, Product, ProductId, PublicId, Sku, Text, facts::Row};

#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    pub product: ProductId,
    pub public_id: PublicId,
    /// What it is known under, also when it is sold no more.
    pub sku: Sku,
    pub name: Text<200>,
    pub price: Money,
    pub is_archived: bool,
}

impl Row for Offer {
    type Key = ProductId;
    type Find = ProductId;
    fn key(&self) -> ProductId {
        self.product
    }
}

impl Offer {
    pub fn of(product: &Product) -> Offer {
        Offer {
            product: product.id,
            public_id: product.public_id,
            sku: product.shown_sku().clone(),
            name: product.name.clone(),
            price: product.price,
            is_archived: product.is_archived,
        }
    }
}

impl Facts {
    /// As the batch has left it.
    pub(crate) fn offer(&self, product: ProductId) -> Option<Offer> {
        let known = self.products.get(&product).map(Offer::of);
        known.or_else(|| self.offers.get(&product).cloned())
    }
}
