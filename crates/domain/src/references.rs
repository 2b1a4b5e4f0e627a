//! References: how a request names a product, by its small id, its public id, or its sku.

use crate::{Facts, Product, ProductId, PublicId, Text, TextError};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sku(Text<64>);

/// Begins a sku in an address, where digits alone are an id.
const SKU: &str = "sku:";

impl Sku {
    /// No sku looks like another name of a product.
    pub fn new(text: &str) -> Result<Sku, TextError> {
        match text {
            "" => Err(TextError::Empty),
            _ if text.starts_with(SKU) => Err(TextError::Form(
                "must not begin with sku:, which only marks a sku in an address",
            )),
            _ if public_id(text).is_some() => {
                Err(TextError::Form("must not have the form of a UUID, which is a public_id"))
            }
            _ if !text.chars().all(|c| c.is_ascii_graphic()) => {
                Err(TextError::Form("must consist of visible ASCII characters"))
            }
            _ => Text::new(text).map(Sku),
        }
    }

    pub fn stored(text: &str) -> Sku {
        Sku(Text::stored(text))
    }

    /// The name of a product that has given up its own: nobody can choose it.
    pub fn of_archived(id: ProductId) -> Sku {
        Sku::stored(&format!("{SKU}archived:{id}"))
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
    /// In an address digits are the id, a UUID the public id, anything else or what follows `sku:`
    /// the sku.
    pub fn parse(text: &str) -> Result<ProductRef, TextError> {
        if let Some(sku) = text.strip_prefix(SKU) {
            return Sku::new(sku).map(ProductRef::Sku);
        }
        if (1..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
            // A number larger than an id can be names no product, which is not the same as bad input.
            return Ok(ProductRef::Id(ProductId(text.parse().unwrap_or(0))));
        }
        ProductRef::named(text)
    }

    /// As text in a body a name is never the id, for many skus are digits: a UUID is the public id,
    /// anything else the sku.
    pub fn named(text: &str) -> Result<ProductRef, TextError> {
        match public_id(text) {
            Some(id) => Ok(ProductRef::PublicId(id)),
            None => Sku::new(text).map(ProductRef::Sku),
        }
    }
}

/// A UUID as it is usually written: 32 hexadecimal digits without hyphens may be a sku.
fn public_id(text: &str) -> Option<PublicId> {
    let id = (text.len() == 36).then(|| Uuid::try_parse(text).ok());
    id.flatten().map(PublicId)
}

impl ProductRef {
    /// The product's id, if it is known, or can be looked up: else it is asked for.
    pub(crate) fn follow(&self, facts: &mut Facts) -> Option<ProductId> {
        match self {
            ProductRef::Id(id) => Some(*id),
            ProductRef::PublicId(id) => facts.public_ids.follow(id).map(|owner| owner.is),
            ProductRef::Sku(sku) => facts.skus.follow(sku).map(|owner| owner.is),
        }
    }

    /// Asks for the product and what lies on its shelves, or first for its id.
    pub(crate) fn want(&self, facts: &mut Facts) {
        if let Some(id) = self.follow(facts) {
            facts.products.want(&id);
            facts.shelves.want(&id);
        }
    }

    pub(crate) fn is_sku(&self) -> bool {
        matches!(self, ProductRef::Sku(_))
    }

    fn id(&self, facts: &Facts) -> Option<ProductId> {
        match self {
            ProductRef::Id(id) => Some(*id),
            ProductRef::PublicId(id) => facts.public_ids.get(id).map(|owner| owner.is),
            ProductRef::Sku(sku) => facts.skus.get(sku).map(|owner| owner.is),
        }
    }

    /// A name is looked up before its product is read: meanwhile another node may have given it to
    /// another product, and nobody is to get that one instead.
    pub(crate) fn product<'f>(&self, facts: &'f Facts) -> Option<&'f Product> {
        let product = facts.products.get(&self.id(facts)?)?;
        match self {
            ProductRef::Sku(sku) if product.sku != *sku => None,
            _ => Some(product),
        }
    }

    /// What it may come to mean: what the same batch edits may have another sku by then, so that a sku of such a
    /// product, or of none as yet, may come to mean any of them.
    pub(crate) fn may_mean(&self, facts: &Facts) -> Vec<ProductId> {
        let edited = &facts.products.to_lock;
        match (self.product(facts), self) {
            (Some(product), _) if !edited.contains(&product.id) => vec![product.id],
            (_, ProductRef::Sku(_)) => edited.iter().copied().collect(),
            (named, _) => named.map(|product| product.id).into_iter().collect(),
        }
    }

    pub(crate) fn for_sale<'f>(&self, facts: &'f Facts) -> Option<&'f Product> {
        self.product(facts).filter(|product| !product.is_archived)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sku_is_visible_ascii_of_1_to_64_characters() {
        assert!(Sku::new(&"S".repeat(64)).is_ok() && Sku::new("!~").is_ok());
        let sku = Sku::new("A-1").unwrap();
        assert_eq!((sku.as_str(), sku.to_string()), ("A-1", "A-1".to_owned()));
        for text in ["", " ", "a b", "ä", "a\u{7f}", &"S".repeat(65)] {
            assert!(Sku::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn in_an_address_digits_are_the_id_and_in_a_body_they_are_a_sku() {
        let uuid = Uuid::from_u128(7);
        let sku = |text: &str| ProductRef::Sku(Sku::stored(text));
        let (id, public_id) = (ProductRef::Id(ProductId(42)), ProductRef::PublicId(PublicId(uuid)));
        let none = ProductRef::Id(ProductId(0));
        let digits = "0".repeat(64);
        for (text, in_address, in_body) in [
            ("42", Some(id), Some(sku("42"))),
            (
                "4006381333931",
                Some(ProductRef::Id(ProductId(4_006_381_333_931))),
                Some(sku("4006381333931")),
            ),
            ("9999999999999999999", Some(none), Some(sku("9999999999999999999"))),
            (
                "99999999999999999999",
                Some(sku("99999999999999999999")),
                Some(sku("99999999999999999999")),
            ),
            (&digits, Some(sku(&digits)), Some(sku(&digits))),
            ("sku:42", Some(sku("42")), None),
            ("sku:sku:42", None, None),
            ("TENT-1", Some(sku("TENT-1")), Some(sku("TENT-1"))),
            (&uuid.to_string(), Some(public_id.clone()), Some(public_id)),
            (
                &uuid.simple().to_string(),
                Some(sku(&uuid.simple().to_string())),
                Some(sku(&uuid.simple().to_string())),
            ),
            ("", None, None),
            ("sku:", None, None),
            ("a b", None, None),
            ("a\0", None, None),
        ] {
            assert_eq!(ProductRef::parse(text).ok(), in_address, "{text:?} in an address");
            assert_eq!(ProductRef::named(text).ok(), in_body, "{text:?} in a body");
        }
    }

    #[test]
    fn a_sku_looks_like_no_other_name() {
        let uuid = Uuid::from_u128(7).to_string();
        for (text, ok) in
            [("42", true), ("A-1", true), (uuid.as_str(), false), ("sku:A-1", false), ("sku", true)]
        {
            assert_eq!(Sku::new(text).is_ok(), ok, "{text}");
        }
        assert!(Sku::new(&uuid.to_uppercase()).is_err());
    }
}
