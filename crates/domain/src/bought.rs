//! What a caller has ordered of a product that has a bound for each caller: its units in all his orders since
//! it has one, but for those that were cancelled or have failed. A line knows whether it is counted: what was
//! ordered without a bound gives nothing back to one. Whoever changes it holds the product's shelf.

use crate::{
    Caller, Facts, OrderLine, ProductId, ProductRef,
    facts::{Mark, Row},
    orders::{PlaceRefusal, Purchase},
};
use serde::{Deserialize, Serialize};

/// How many units of a product one order may have, and one caller in all that he has ordered. Where a product
/// says nothing, the shop does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Most {
    #[serde(rename = "order_units_most", default, skip_serializing_if = "Option::is_none")]
    pub per_order: Option<i64>,
    #[serde(rename = "caller_units_most", default, skip_serializing_if = "Option::is_none")]
    pub per_caller: Option<i64>,
}

impl Most {
    pub fn or(self, shops: Most) -> Most {
        Most {
            per_order: self.per_order.or(shops.per_order),
            per_caller: self.per_caller.or(shops.per_caller),
        }
    }

    /// What somebody may have now who has bought so many. The narrower of the two is what he has to know.
    fn left(self, bought: i64) -> Option<i64> {
        let left = self.per_caller.map(|most| (most - bought).max(0));
        self.per_order.into_iter().chain(left).min()
    }
}

/// More than may be had now.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundedLine {
    pub product: ProductId,
    pub requested: i64,
    pub most: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Bought {
    pub product: ProductId,
    pub owner: Caller,
    pub units: i64,
    /// Of these, what a batch has added: it is written as a sum.
    pub added: i64,
}

impl Row for Bought {
    type Key = (ProductId, Caller);
    type Find = (ProductId, Caller);
    fn key(&self) -> (ProductId, Caller) {
        (self.product, self.owner)
    }
}

/// Units that come back, or are taken again, of a row that nobody need have looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Regained {
    pub product: ProductId,
    pub owner: Caller,
    pub units: i64,
}

impl Facts {
    /// Whether what was read so far may lead to what somebody has bought.
    pub fn leads_on(&self) -> bool {
        let mut products = self.products.rows.values();
        self.looks_again || products.any(|slot| slot.row.most.per_caller.is_some())
    }

    pub(crate) fn units_bought(&self, product: ProductId, owner: Caller) -> i64 {
        self.bought.get(&(product, owner)).map_or(0, |bought| bought.units)
    }

    fn most_of(&self, product: ProductId, shops: Most) -> Most {
        self.products.get(&product).map(|product| product.most).unwrap_or_default().or(shops)
    }

    /// How many units of it this caller may have now, by the product's bounds or the shop's.
    pub(crate) fn may_have(&self, product: ProductId, owner: Caller, shops: Most) -> Option<i64> {
        self.most_of(product, shops).left(self.units_bought(product, owner))
    }

    /// The products of which it may have to be known what a caller has: those that may be meant, if they are
    /// bounded, or may be so by then.
    pub(crate) fn counted(&self, meant: &ProductRef, shops: Most) -> Vec<ProductId> {
        let is_bounded = |id: &ProductId| {
            let product = self.products.get(id);
            product.is_some_and(|product| product.most.or(shops).per_caller.is_some())
        };
        let is_edited = |id: &ProductId| self.products.to_lock.contains(id);
        let mut counted = meant.may_mean(self);
        counted.retain(|id| is_edited(id) || is_bounded(id));
        counted
    }

    /// He has ordered so many more of what has a bound.
    pub(crate) fn buys(&mut self, lines: &[OrderLine], owner: Caller) {
        for line in lines.iter().filter(|line| line.is_counted) {
            let (product, units) = (line.product, line.quantity.units());
            match self.bought.edit(&(product, owner)) {
                Some(bought) => {
                    bought.units += units;
                    bought.added += units;
                }
                None => self.bought.make(Bought { product, owner, units, added: 0 }),
            }
        }
    }

    /// Lines of his are his no more, or, with a sign below nought, once again.
    pub(crate) fn gives_up(&mut self, lines: &[OrderLine], owner: Caller, sign: i64) {
        for line in lines.iter().filter(|line| line.is_counted) {
            let (product, units) = (line.product, sign * line.quantity.units());
            let slot = self.bought.rows.get_mut(&(product, owner));
            let is_new = slot.as_ref().is_some_and(|slot| slot.mark == Mark::Made);
            slot.into_iter().for_each(|slot| slot.row.units -= units);
            if !is_new {
                self.regained.add(Regained { product, owner, units });
            }
        }
    }
}

impl Purchase<'_> {
    /// Marks what is counted by caller.
    pub(crate) fn within_bounds(
        &self,
        lines: &mut [OrderLine],
        facts: &Facts,
    ) -> Result<(), PlaceRefusal> {
        let mut beyond = Vec::new();
        for line in lines {
            let (product, requested) = (line.product, line.quantity.units());
            line.is_counted = facts.most_of(product, self.most).per_caller.is_some();
            let most = facts.may_have(product, self.owner, self.most);
            let most = most.filter(|most| requested > *most);
            beyond.extend(most.map(|most| BoundedLine { product, requested, most }));
        }
        if beyond.is_empty() { Ok(()) } else { Err(PlaceRefusal::TooMany(beyond)) }
    }
}
