//! Orders: placed whole or not at all, then moved along one table of allowed moves.
//!
//! An order's lines are copies: it stays what it was when its products change or go. A status either
//! holds stock or has given it back; a move between the two takes or gives it in the same commit.

mod details;
mod editing;
mod expiry;
mod forgetting;
mod handing;
mod moving;
mod placing;
mod purchases;

pub use crate::bought::BoundedLine;
pub use crate::statuses::{MOVES, OrderStatus};

use crate::{
    Actor, Caller, Context, Currency, Event, EventKind, Micros, Once, PostalAddress, ProductId,
    Quantity, Sku, Subject, Text, commands,
    events::MoveData,
    facts::Row,
    rules::{Never, Weight},
    uuid_ids,
};
use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
use details::PEOPLE_BYTES_MOST;
pub use details::{Contact, Details, Reference};
pub use editing::{EditOrder, EditOrderRefusal};
pub use expiry::ExpirePending;
pub(crate) use forgetting::FORGOTTEN;
pub use forgetting::ForgetOrders;
pub use handing::{
    HandOver, HandOverRefusal, HandedItem, HandedItems, HandedOver, ItemName, TOTAL_MOST_MINOR,
};
pub use moving::{MoveOrder, MoveRefusal};
pub use placing::{PlaceOrder, PlaceRefusal};
pub(crate) use purchases::Purchase;
pub use purchases::{ChangedPrice, ExpectedLine, ShortLine};
use std::sync::Arc;

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
    /// Whoever has placed it, if that was not its owner.
    pub placed_by: Option<Caller>,
    pub status: OrderStatus,
    pub version: i64,
    pub currency: Currency,
    pub total_minor: i64,
    pub reference: Option<Reference>,
    pub note: Text<1000>,
    pub delivery_address: Option<PostalAddress>,
    pub contact: Option<Contact>,
    /// Of an order that a channel has handed over: from where, and what it said. That goes when the shop
    /// forgets whom it was for.
    pub channel: Option<Text<50>>,
    pub handed_over: Option<Box<HandedOver>>,
    /// The key of whoever placed it.
    pub once: Option<Once>,
    pub lines: Vec<OrderLine>,
    pub created_at: Micros,
    pub updated_at: Micros,
    /// Since when it waits for somebody to begin with it, while it does.
    pub pending_since: Option<Micros>,
    pub processing_started_at: Option<Micros>,
    pub processing_completed_at: Option<Micros>,
    pub failure_reason: Option<Text<500>>,
}

impl Row for Arc<Order> {
    type Key = OrderId;
    type Find = OrderId;
    fn key(&self) -> OrderId {
        self.id
    }
}

/// So many lines an order has at most.
pub const LINES_MOST: usize = 100;

/// What a line may copy from its product: four bytes for each character of its texts, and its sku and
/// figures.
const LINE_BYTES_MOST: usize = 4 * (5000 + 200) + 128;

/// What an order weighs that is loaded, of which nothing is known yet.
pub(crate) const LONGEST: Weight = weight(LINES_MOST, PEOPLE_BYTES_MOST);

pub(crate) const fn weight(lines: usize, people_bytes: usize) -> Weight {
    Weight { rows: 4 + 2 * lines, bytes: 4096 + people_bytes + LINE_BYTES_MOST * lines }
}

commands!(Orders:
    PlaceOrder = "place_order" -> OrderId,
    HandOver = "hand_over" -> OrderId,
    MoveOrder = "move_order" -> OrderId,
    EditOrder = "edit_order" -> OrderId,
    ExpirePending = "expire_pending" -> Never,
    ForgetOrders = "forget_orders" -> Never,
);

impl Outcome {
    /// The order that it tells of, if it is one.
    pub fn order(&self) -> Option<&Arc<Order>> {
        match self {
            Outcome::PlaceOrder(order)
            | Outcome::HandOver(order)
            | Outcome::MoveOrder(order)
            | Outcome::EditOrder(order) => Some(order),
            Outcome::ExpirePending(_) | Outcome::ForgetOrders(_) => None,
        }
    }
}

impl Order {
    /// Whose the key is that it was placed with.
    pub fn placer(&self) -> Caller {
        self.placed_by.unwrap_or(self.owner)
    }

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
        self.pending_since = (to == Pending).then_some(now);
        self.failure_reason = reason.filter(|_| to == Failed);
        self.status = to;
        self.touch(now);
    }

    pub(crate) fn touch(&mut self, now: Micros) {
        self.version += 1;
        self.updated_at = now;
    }

    fn event(&self, kind: EventKind, reason: Option<&str>, context: Context) -> Event {
        Event {
            subject: Subject::order(self.id),
            version: Some(self.version),
            kind,
            data: reason.map(|reason| MoveData::written(reason.to_owned())),
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
    fn names_and_codes_read_back() {
        for status in OrderStatus::ALL {
            assert_eq!(OrderStatus::named(status.name()), Some(status));
            assert_eq!(OrderStatus::coded(status.code()), Some(status));
        }
    }
}
