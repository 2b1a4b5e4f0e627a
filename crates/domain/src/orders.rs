//! Orders: placed whole or not at all, then moved along one table of allowed moves.
//!
//! An order's lines are copies: it stays what it was when its products change or go. A status either
//! holds stock or has given it back; a move between the two takes or gives it in the same commit.

use crate::{
    Actor, Caller, Currency, Decision, Event, Micros, Money, Once, OrderId, Outcome, ProductId,
    ProductRef, Quantity, Refusal, Sku, Text,
    commands::Context,
    facts::{Facts, Needs},
    idempotency::{Kept, PlacedBefore},
};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderStatus {
    Pending,
    Processing,
    Completed,
    Cancelled,
    Failed,
}

use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};

/// Every move that there is.
pub const MOVES: [(OrderStatus, OrderStatus); 6] = [
    (Pending, Processing),
    (Processing, Completed),
    (Pending, Cancelled),
    (Processing, Cancelled),
    (Processing, Failed),
    (Failed, Pending),
];

impl OrderStatus {
    pub const ALL: [OrderStatus; 5] = [Pending, Processing, Completed, Cancelled, Failed];

    pub fn name(self) -> &'static str {
        match self {
            Pending => "pending",
            Processing => "processing",
            Completed => "completed",
            Cancelled => "cancelled",
            Failed => "failed",
        }
    }

    pub fn named(name: &str) -> Option<OrderStatus> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    pub fn code(self) -> i64 {
        match self {
            Pending => 1,
            Processing => 2,
            Completed => 3,
            Cancelled => 4,
            Failed => 5,
        }
    }

    pub fn coded(code: i64) -> Option<OrderStatus> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    pub fn may_become(self, next: OrderStatus) -> bool {
        MOVES.contains(&(self, next))
    }

    pub fn holds_stock(self) -> bool {
        !matches!(self, Cancelled | Failed)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct OrderLine {
    pub product: ProductId,
    pub sku: Sku,
    pub name: Text<200>,
    pub description: Text<5000>,
    pub quantity: Quantity,
    pub unit_price_minor: i64,
}

impl OrderLine {
    pub fn total_minor(&self) -> i64 {
        self.unit_price_minor * self.quantity.units()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub id: OrderId,
    /// Given at the commit, in the order of commits and without gaps.
    pub number: Option<i64>,
    pub owner: Caller,
    pub status: OrderStatus,
    pub version: i64,
    pub currency: Currency,
    pub total_minor: i64,
    pub note: Text<1000>,
    pub once: Option<Once>,
    pub lines: Vec<OrderLine>,
    pub created_at: Micros,
    pub updated_at: Micros,
    pub processing_started_at: Option<Micros>,
    pub processing_completed_at: Option<Micros>,
    pub failure_reason: Option<Text<500>>,
}

/// One line as it was asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpectedLine {
    pub product: ProductRef,
    pub quantity: Quantity,
    /// What the buyer saw.
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

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlaceOrder {
    #[serde(skip)]
    pub id: OrderId,
    /// The shop's, for an order that has no line left to tell it.
    #[serde(skip)]
    pub currency: Currency,
    pub lines: Vec<ExpectedLine>,
    pub total: Option<Money>,
    pub note: Text<1000>,
}

impl PlaceOrder {
    pub fn needs(&self, caller: Caller, once: Option<&Once>, facts: &Facts, needs: &mut Needs) {
        needs.order_keys.extend(once.map(|once| (caller, once.key.clone())));
        for line in &self.lines {
            needs.product(facts, &line.product);
        }
    }

    pub fn decide(&self, facts: &mut Facts, context: &Context, once: Option<&Once>) -> Decision {
        let owner = context.actor.caller;
        if let Some(once) = once
            && let Some(before) = facts.order_keys.get(&(owner, once.key.clone()))
        {
            return match before.fingerprint == once.fingerprint {
                true => Ok(Outcome::Replayed(Kept::Order(before.order))),
                false => Err(Refusal::KeyReused),
            };
        }
        let lines = self.priced_lines(facts)?;
        let total_minor = self.agreed_total(&lines)?;
        facts.take(&lines)?;
        let order = Arc::new(Order {
            id: self.id,
            number: None,
            owner,
            status: Pending,
            version: 1,
            currency: self.currency,
            total_minor,
            note: self.note.clone(),
            once: once.cloned(),
            lines,
            created_at: context.now,
            updated_at: context.now,
            processing_started_at: None,
            processing_completed_at: None,
            failure_reason: None,
        });
        if let Some(Once { key, fingerprint }) = once.cloned() {
            let placed = PlacedBefore { order: self.id, fingerprint };
            facts.order_keys.insert((owner, key), placed);
        }
        facts.changes.events.push(order.event(None, None, context));
        facts.changes.placed_orders.push(self.id);
        facts.orders.insert(self.id, order.clone());
        Ok(Outcome::Placed(order))
    }

    /// The lines as they are sold: one per product, in the order of their first mention.
    fn priced_lines(&self, facts: &Facts) -> Result<Vec<OrderLine>, Refusal> {
        let mut unknown = Vec::new();
        let mut changed = Vec::new();
        let mut lines = Vec::<OrderLine>::with_capacity(self.lines.len());
        let mut places = BTreeMap::<ProductId, usize>::new();
        for (index, wanted) in self.lines.iter().enumerate() {
            let product = facts.sellable(&wanted.product);
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
                    lines[place].quantity = sum.ok_or(Refusal::QuantityTooLarge { line: index })?;
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
                    });
                }
            }
        }
        match (unknown.is_empty(), changed.is_empty()) {
            (false, _) => Err(Refusal::UnknownProducts(unknown)),
            (_, false) => Err(Refusal::PriceChanged { lines: changed, total: None }),
            _ => Ok(lines),
        }
    }

    fn agreed_total(&self, lines: &[OrderLine]) -> Result<i64, Refusal> {
        let total = lines.iter().try_fold(Money::zero(self.currency), |sum, line| {
            let price = Money::new(line.unit_price_minor, self.currency);
            price.times(line.quantity).and_then(|line_total| sum.plus(line_total))
        });
        let total = total.ok_or(Refusal::TotalTooLarge)?;
        match self.total {
            Some(expected) if expected != total => {
                Err(Refusal::PriceChanged { lines: vec![], total: Some((expected, total)) })
            }
            _ => Ok(total.minor),
        }
    }
}

/// Moves an order along the table; cancelling is one of the moves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MoveOrder {
    pub order: OrderId,
    pub to: OrderStatus,
    pub reason: Option<Text<500>>,
}

impl MoveOrder {
    pub fn needs(&self, facts: &Facts, needs: &mut Needs) {
        match facts.orders.get(&self.order) {
            Some(order) if order.status.holds_stock() != self.to.holds_stock() => {
                needs.products.extend(order.lines.iter().map(|line| line.product));
            }
            Some(_) => {}
            None => {
                needs.orders.insert(self.order);
                needs.is_partial = true;
            }
        }
    }

    pub fn decide(&self, facts: &mut Facts, context: &Context) -> Decision {
        let order = facts.orders.get(&self.order).ok_or(Refusal::OrderNotFound)?.clone();
        if !order.is_visible_to(&context.actor) {
            return Err(Refusal::OrderNotFound);
        }
        if order.status == self.to && self.to == Cancelled {
            return Ok(Outcome::Moved(order));
        }
        let moved = self.is_allowed_for(&context.actor, order.status);
        if !moved {
            return Err(Refusal::IllegalMove { from: order.status, to: self.to });
        }
        match (order.status.holds_stock(), self.to.holds_stock()) {
            (true, false) => facts.give_back(&order.lines),
            (false, true) => facts.take(&order.lines)?,
            _ => {}
        }
        let from = order.status;
        let mut order = order;
        Arc::make_mut(&mut order).enter_status(self.to, self.reason.clone(), context.now);
        let event = order.event(Some(from), self.reason.clone(), context);
        facts.changes.events.push(event);
        facts.changes.moved_orders.insert(order.id);
        facts.orders.insert(order.id, order.clone());
        Ok(Outcome::Moved(order))
    }

    /// A customer may cancel while nobody works on the order; every other move is the staff's.
    fn is_allowed_for(&self, actor: &Actor, from: OrderStatus) -> bool {
        let own_business = (from, self.to) == (Pending, Cancelled);
        from.may_become(self.to) && (actor.is_staff() || own_business)
    }
}

impl Order {
    pub fn is_visible_to(&self, actor: &Actor) -> bool {
        self.owner == actor.caller || actor.is_staff()
    }

    fn enter_status(&mut self, to: OrderStatus, reason: Option<Text<500>>, now: Micros) {
        match to {
            Pending => (self.processing_started_at, self.processing_completed_at) = (None, None),
            Processing => self.processing_started_at = Some(now),
            Completed | Failed => self.processing_completed_at = Some(now),
            Cancelled => {}
        }
        self.failure_reason = reason.filter(|_| to == Failed);
        self.status = to;
        self.version += 1;
        self.updated_at = now;
    }

    fn event(
        &self,
        from: Option<OrderStatus>,
        reason: Option<Text<500>>,
        context: &Context,
    ) -> Event {
        Event {
            order: self.id,
            version: self.version,
            from,
            to: self.status,
            reason,
            actor: context.actor.caller,
            correlation: context.correlation,
            at: context.now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_moves_is_the_whole_truth() {
        let table = |from: OrderStatus| -> Vec<&str> {
            let next = OrderStatus::ALL.into_iter().filter(|to| from.may_become(*to));
            next.map(OrderStatus::name).collect()
        };
        assert_eq!(table(Pending), ["processing", "cancelled"]);
        assert_eq!(table(Processing), ["completed", "cancelled", "failed"]);
        assert_eq!(table(Completed), [""; 0]);
        assert_eq!(table(Cancelled), [""; 0]);
        assert_eq!(table(Failed), ["pending"]);
    }

    #[test]
    fn names_and_codes_read_back() {
        for status in OrderStatus::ALL {
            assert_eq!(OrderStatus::named(status.name()), Some(status));
            assert_eq!(OrderStatus::coded(status.code()), Some(status));
        }
    }
}
