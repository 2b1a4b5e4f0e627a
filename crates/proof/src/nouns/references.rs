//! The small worlds that requests are made of, so that they meet: products by all their names, skus,
//! prices.

use crate::simulation::Clients;
use domain::{Currency, Money, Product, ProductId, ProductRef, PublicId, Sku};

/// So many per mille of the new products, and of the new prices of old ones, are in another currency.
const FOREIGN_PRICES: u32 = 60;

impl Clients {
    /// A product that somebody was told of, mostly as it was told last.
    pub fn reference(&mut self) -> Option<(ProductRef, Product)> {
        let product = match self.random.chance(850) {
            true => {
                let places: Vec<usize> = self.newest.values().copied().collect();
                &self.seen[*self.random.pick(&places)?]
            }
            false => self.random.pick(&self.seen)?,
        };
        let product = product.clone();
        let reference = match self.random.below(3) {
            0 => ProductRef::Id(product.id),
            1 => ProductRef::PublicId(product.public_id),
            _ => ProductRef::Sku(product.sku.clone()),
        };
        Some((reference, product))
    }

    /// Sometimes a product that nobody has.
    pub fn named(&mut self, seen: Option<ProductRef>) -> ProductRef {
        let unknown = match self.random.below(3) {
            0 => ProductRef::Id(ProductId(self.random.between(-1, 99))),
            1 => ProductRef::PublicId(PublicId(self.random.uuid())),
            _ => ProductRef::Sku(self.sku()),
        };
        seen.filter(|_| self.random.chance(975)).unwrap_or(unknown)
    }

    pub fn price(&mut self) -> Money {
        let price = match self.random.below(60) {
            0 => euros(Money::MAX_MINOR),
            1 => euros(0),
            _ => euros(self.random.between(1, 6) * 250),
        };
        match self.random.chance(FOREIGN_PRICES) {
            true => Money { currency: currency("USD"), ..price },
            false => price,
        }
    }

    pub fn sku(&mut self) -> Sku {
        Sku::stored(&format!("S{}", self.random.between(1, 14)))
    }
}

pub fn currency(code: &str) -> Currency {
    code.parse().expect("a currency of ISO 4217")
}

pub fn euros(minor: i64) -> Money {
    Money::new(minor, currency("EUR"))
}
