//! Orders: placed whole or not at all, then moved along one table of allowed moves.
//!
//! An order's lines are copies: it stays what it was when its products change or go. A status either
//! holds stock or has given it back; a move between the two takes or gives it in the same commit.

use crate::{
    Actor, Caller, Context, Currency, Event, EventKind, Facts, Fingerprint, Micros, Money, Most,
    Once, ProductId, ProductRef, Quantity, Sku, Subject, Text, commands,
    events::MoveData,
    facts::Row,
    idempotency::PlacedBefore,
    kinds,
    rules::{Keyed, Numbers, Rule, Weight, Who},
    stock::OutOfStock,
    uuid_ids,
};
use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

pub use crate::bought::BoundedLine;
pub use crate::statuses::{MOVES, OrderStatus};

uuid_ids! { OrderId }

#[derive(Clone, Debug, PartialEq)]
pub struct OrderLine {
    pub product: ProductId,
    pub sku: Sku,
    pub name: Text<200>,
    pub description: Text<5000>,
    pub quantity: Quantity,
    pub unit_price_minor: i64,
    /// Whether its units are among those that its owner has [`bought`](crate::bought).
    pub is_counted: bool,
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

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlaceOrder {
    #[serde(skip)]
    pub id: OrderId,
    /// The shop's, for an order that has no line left to tell it.
    #[serde(skip)]
    pub currency: Currency,
    /// The shop's bounds, for products that have none of their own.
    #[serde(skip)]
    pub most: Most,
    pub lines: Vec<ExpectedLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub note: Text<1000>,
}

impl Row for Arc<Order> {
    type Key = OrderId;
    type Find = OrderId;
    fn key(&self) -> OrderId {
        self.id
    }
}

kinds! {
    pub enum PlaceRefusal {
        /// Named at these lines.
        UnknownProducts(Vec<usize>) = "unknown_product",
        QuantityTooLarge { line: usize } = "quantity_too_large",
        TotalTooLarge = "total_too_large",
        LinesChanged(Vec<ChangedPrice>) = "price_changed_line",
        TotalChanged { expected: Money, total: Money } = "price_changed_total",
        /// More than one order, or one caller, may have.
        TooMany(Vec<BoundedLine>) = "too_many_units",
        OutOfStock(Vec<ShortLine>) = "out_of_stock",
    }
}

impl From<OutOfStock> for PlaceRefusal {
    fn from(OutOfStock(lines): OutOfStock) -> PlaceRefusal {
        PlaceRefusal::OutOfStock(lines)
    }
}

impl Rule for PlaceOrder {
    type Outcome = Arc<Order>;
    type Refusal = PlaceRefusal;

    fn name(&self) -> &'static str {
        "place_order"
    }

    fn keyed(&self) -> Keyed {
        Keyed::OnOrder
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, who: &Who, facts: &mut Facts) {
        if facts.is_last_look {
            let counted: Vec<_> =
                self.lines.iter().flat_map(|line| self.counted(line, facts)).collect();
            counted.iter().for_each(|id| facts.bought.want(&(*id, who.actor.caller)));
            return;
        }
        facts.looks_again |= self.most.per_caller.is_some();
        self.lines.iter().for_each(|line| line.product.want(facts));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Arc<Order>, PlaceRefusal> {
        let Context { who, now } = context;
        let owner = who.actor.caller;
        let mut lines = self.priced_lines(facts)?;
        let total_minor = self.agreed_total(&lines)?;
        self.within_bounds(&mut lines, owner, facts)?;
        facts.shelves.take(&lines, now)?;
        facts.buys(&lines, owner);
        let order = Arc::new(Order {
            id: self.id,
            number: None,
            owner,
            status: Pending,
            version: 1,
            currency: self.currency,
            total_minor,
            note: self.note.clone(),
            once: who.once.clone(),
            lines,
            created_at: now,
            updated_at: now,
            processing_started_at: None,
            processing_completed_at: None,
            failure_reason: None,
        });
        if let Some(Once { key, fingerprint }) = who.once.clone() {
            facts.placed.learn(PlacedBefore { owner, key, order: self.id, fingerprint });
        }
        facts.events.add(order.event(EventKind::OrderPlaced, None, context));
        facts.tell_what_is_low(&order.lines, context);
        facts.orders.make(order.clone());
        Ok(order)
    }

    fn number(order: &mut Arc<Order>, numbers: &Numbers) {
        if let Some(number) = numbers.get(&order.id) {
            Arc::make_mut(order).number = Some(*number);
        }
    }

    fn weight(&self) -> Weight {
        let lines = self.lines.len();
        Weight { rows: 4 + 2 * lines, bytes: 4096 + LINE_BYTES_MOST * lines }
    }
}

/// So many lines an order has at most.
pub const LINES_MOST: usize = 100;

/// What a line may copy from its product: four bytes for each character of its texts, and its sku and
/// figures.
const LINE_BYTES_MOST: usize = 4 * (5000 + 200) + 128;

impl PlaceOrder {
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

/// Moves an order along the table; cancelling is one of the moves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MoveOrder {
    pub order: OrderId,
    pub to: OrderStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<500>>,
}

kinds! {
    pub enum MoveRefusal {
        NotFound = "order_not_found",
        IllegalMove { from: OrderStatus, to: OrderStatus } = "illegal_move",
        OutOfStock(Vec<ShortLine>) = "out_of_stock",
    }
}

impl From<OutOfStock> for MoveRefusal {
    fn from(OutOfStock(lines): OutOfStock) -> MoveRefusal {
        MoveRefusal::OutOfStock(lines)
    }
}

impl Rule for MoveOrder {
    type Outcome = Arc<Order>;
    type Refusal = MoveRefusal;

    fn name(&self) -> &'static str {
        "move_order"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        let Facts { orders, shelves, products, .. } = facts;
        if let Some(order) = orders.follow(&self.order)
            && order.status.holds_stock() != self.to.holds_stock()
        {
            for line in &order.lines {
                shelves.want(&line.product);
                // What is taken may become low.
                if self.to.holds_stock() {
                    products.want(&line.product);
                }
            }
        }
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Arc<Order>, MoveRefusal> {
        let actor = &context.who.actor;
        let order = facts.orders.get(&self.order).ok_or(MoveRefusal::NotFound)?;
        if !order.is_visible_to(actor) {
            return Err(MoveRefusal::NotFound);
        }
        let from = order.status;
        if from == self.to && self.to == Cancelled {
            return Ok(order.clone());
        }
        if !self.is_allowed_for(actor, from) {
            return Err(MoveRefusal::IllegalMove { from, to: self.to });
        }
        let before = order.clone();
        match (from.holds_stock(), self.to.holds_stock()) {
            (true, false) => {
                facts.shelves.give_back(&before.lines, context.now);
                facts.gives_up(&before.lines, before.owner, 1);
            }
            (false, true) => {
                facts.shelves.take(&before.lines, context.now)?;
                facts.gives_up(&before.lines, before.owner, -1);
            }
            _ => {}
        }
        // Or it would be copied with all of its lines.
        drop(before);
        let order = facts.orders.edit(&self.order).ok_or(MoveRefusal::NotFound)?;
        Arc::make_mut(order).enter_status(self.to, self.reason.clone(), context.now);
        let (order, kind) = (order.clone(), moved_to(self.to));
        facts.events.add(order.event(kind, self.reason.as_deref(), context));
        if self.to.holds_stock() && !from.holds_stock() {
            facts.tell_what_is_low(&order.lines, context);
        }
        Ok(order)
    }

    fn kept(order: &Arc<Order>) -> Box<str> {
        order.id.to_string().into()
    }

    fn number(order: &mut Arc<Order>, numbers: &Numbers) {
        PlaceOrder::number(order, numbers);
    }

    /// How many lines it has is not known yet, and all of them are loaded.
    fn weight(&self) -> Weight {
        Weight { rows: 4 + 2 * LINES_MOST, bytes: 4096 + LINE_BYTES_MOST * LINES_MOST }
    }
}

fn moved_to(status: OrderStatus) -> EventKind {
    match status {
        Pending => EventKind::OrderRetried,
        Processing => EventKind::OrderStarted,
        Completed => EventKind::OrderCompleted,
        Cancelled => EventKind::OrderCancelled,
        Failed => EventKind::OrderFailed,
    }
}

commands!(Orders: PlaceOrder = "place_order" -> OrderId, MoveOrder = "move_order" -> OrderId);

impl MoveOrder {
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

    pub(crate) fn enter_status(&mut self, to: OrderStatus, reason: Option<Text<500>>, now: Micros) {
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

    fn event(&self, kind: EventKind, reason: Option<&str>, context: Context) -> Event {
        Event {
            subject: Subject::order(self.id),
            version: Some(self.version),
            kind,
            data: reason.map(MoveData::written),
            actor: context.who.actor.caller,
            correlation: context.who.correlation,
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
    fn a_move_weighs_as_much_as_the_longest_order_that_it_may_load() {
        let order = OrderId(uuid::Uuid::nil());
        let line = ExpectedLine {
            product: ProductRef::Id(ProductId(1)),
            quantity: Quantity::new(1).unwrap(),
            price: None,
        };
        let longest = PlaceOrder {
            id: order,
            currency: "EUR".parse().unwrap(),
            lines: vec![line; LINES_MOST],
            total: None,
            most: Most::default(),
            note: Text::default(),
        };
        let moved = MoveOrder { order, to: Cancelled, reason: None };
        assert_eq!(moved.weight(), longest.weight());
    }

    #[test]
    fn names_and_codes_read_back() {
        for status in OrderStatus::ALL {
            assert_eq!(OrderStatus::named(status.name()), Some(status));
            assert_eq!(OrderStatus::coded(status.code()), Some(status));
        }
    }
}
