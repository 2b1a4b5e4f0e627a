//! A purchase: what turns lines into an order, however they were ordered. It prices them, keeps to what was
//! agreed and to the bounds, takes the goods and tells of it. Where the goods come from is the one
//! thing that its caller says.

use super::{Details, Order, OrderId, OrderLine, OrderStatus, PlaceRefusal};
use crate::{
    Caller, Context, Currency, EventKind, Facts, Micros, Money, Most, ProductId, ProductRef,
    Quantity, Shelf, facts::Table, rules::Weight, stock::OutOfStock,
};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

/// One line as it was asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpectedLine {
    pub product: ProductRef,
    pub quantity: Quantity,
    /// What the buyer saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ShortLine {
    pub product: ProductId,
    pub requested: i64,
    pub available: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ChangedPrice {
    pub product: ProductId,
    pub expected: Money,
    pub price: Money,
}

pub(crate) struct Purchase<'p> {
    pub id: OrderId,
    /// Whose order it will be, and by whose bounds it goes.
    pub owner: Caller,
    /// The shop's.
    pub currency: Currency,
    pub most: Most,
    pub lines: &'p [ExpectedLine],
    pub total: Option<Money>,
    pub details: &'p Details,
}

impl Purchase<'_> {
    /// Asks for the products and what lies of them, and at a last look for what the owner has of those
    /// that have a bound.
    pub fn want(&self, facts: &mut Facts) {
        if facts.is_last_look {
            let counted: Vec<_> = self
                .lines
                .iter()
                .flat_map(|line| facts.counted(&line.product, self.most))
                .collect();
            counted.iter().for_each(|id| facts.bought.want(&(*id, self.owner)));
            return;
        }
        facts.looks_again |= self.most.per_caller.is_some();
        self.lines.iter().for_each(|line| line.product.want(facts));
    }

    /// `take` has the goods leave the shelves, all of them or none.
    pub fn make(
        &self,
        context: Context,
        facts: &mut Facts,
        take: impl FnOnce(&mut Table<Shelf>, &[OrderLine], Micros) -> Result<(), OutOfStock>,
    ) -> Result<Arc<Order>, PlaceRefusal> {
        let mut lines = self.priced_lines(facts)?;
        let total_minor = self.agreed_total(&lines)?;
        self.within_bounds(&mut lines, facts)?;
        take(&mut facts.shelves, &lines, context.now)?;
        facts.buys(&lines, self.owner);
        let order = Arc::new(self.order(lines, total_minor, context));
        facts.learn_key(&order);
        facts.events.add(order.event(EventKind::OrderPlaced, None, context));
        facts.tell_what_is_low(&order.lines, context);
        facts.orders.make(order.clone());
        Ok(order)
    }

    pub fn weight(&self) -> Weight {
        super::weight(self.lines.len(), self.details.bytes_most())
    }

    fn order(&self, lines: Vec<OrderLine>, total_minor: i64, context: Context) -> Order {
        let Context { who, now } = context;
        let Details { note, reference, delivery_address, contact } = self.details.clone();
        Order {
            id: self.id,
            number: None,
            owner: self.owner,
            placed_by: Some(who.actor.caller).filter(|by| *by != self.owner),
            status: OrderStatus::Pending,
            version: 1,
            currency: self.currency,
            total_minor,
            reference,
            note,
            delivery_address,
            contact,
            channel: None,
            handed_over: None,
            once: who.once.clone(),
            lines,
            created_at: now,
            updated_at: now,
            pending_since: Some(now),
            processing_started_at: None,
            processing_completed_at: None,
            failure_reason: None,
        }
    }

    /// The lines as they are sold: one per product, in the order of their first mention.
    fn priced_lines(&self, facts: &Facts) -> Result<Vec<OrderLine>, PlaceRefusal> {
        let mut unknown = Vec::new();
        let mut changed = Vec::new();
        let mut lines = Vec::<OrderLine>::with_capacity(self.lines.len());
        let mut places = BTreeMap::<ProductId, usize>::new();
        for (index, wanted) in self.lines.iter().enumerate() {
            let product = wanted.product.for_sale(facts);
            // A price in another currency is no price of this shop.
            let product = product.filter(|product| product.price.currency == self.currency);
            let Some(product) = product else {
                unknown.push(index);
                continue;
            };
            if let Some(expected) = wanted.price
                && expected != product.price
            {
                changed.push(ChangedPrice { product: product.id, expected, price: product.price });
            }
            match places.get(&product.id) {
                Some(&place) => {
                    let sum = lines[place].quantity.plus(wanted.quantity);
                    lines[place].quantity =
                        sum.ok_or(PlaceRefusal::QuantityTooLarge { line: index })?;
                }
                None => {
                    places.insert(product.id, lines.len());
                    lines.push(OrderLine {
                        product: product.id,
                        sku: product.sku.clone(),
                        name: product.name.clone(),
                        description: product.description.clone(),
                        quantity: wanted.quantity,
                        unit_price_minor: product.price.minor,
                        is_counted: false,
                    });
                }
            }
        }
        match (unknown.is_empty(), changed.is_empty()) {
            (false, _) => Err(PlaceRefusal::UnknownProducts(unknown)),
            (_, false) => Err(PlaceRefusal::LinesChanged(changed)),
            _ => Ok(lines),
        }
    }

    fn agreed_total(&self, lines: &[OrderLine]) -> Result<i64, PlaceRefusal> {
        let total = lines.iter().try_fold(Money::zero(self.currency), |sum, line| {
            let price = Money::new(line.unit_price_minor, self.currency);
            price.times(line.quantity).and_then(|line_total| sum.plus(line_total))
        });
        let total = total.ok_or(PlaceRefusal::TotalTooLarge)?;
        match self.total {
            Some(expected) if expected != total => {
                Err(PlaceRefusal::TotalChanged { expected, total })
            }
            _ => Ok(total.minor),
        }
    }
}
