//! What an order was when something happened to it. An event keeps only what cannot be told from its
//! order, so that whoever reads it gets the two put together again.

use crate::{
    Event, EventKind, Order,
    OrderStatus::{self, Cancelled, Completed, Failed, Pending, Processing},
    Text,
    events::MoveData,
};

impl EventKind {
    /// Where it brings an order to.
    pub fn status(self) -> OrderStatus {
        match self {
            EventKind::OrderPlaced | EventKind::OrderRetried => Pending,
            EventKind::OrderStarted => Processing,
            EventKind::OrderCompleted => Completed,
            EventKind::OrderCancelled => Cancelled,
            EventKind::OrderFailed => Failed,
        }
    }
}

impl Order {
    /// The order as it was left by these events: all that it had until then, from its first one on.
    /// `None` if they are not, or if another version has written what this one cannot read.
    pub fn as_left_by(&self, events: &[&Event]) -> Option<Order> {
        let (placed, moves) = events.split_first()?;
        let mut order = Order {
            status: Pending,
            version: 1,
            updated_at: self.created_at,
            processing_started_at: None,
            processing_completed_at: None,
            failure_reason: None,
            ..self.clone()
        };
        if (placed.kind, placed.version) != (EventKind::OrderPlaced, Some(1)) {
            return None;
        }
        for event in moves {
            let reason = match &event.data {
                Some(data) => Some(Text::stored(&MoveData::read(data)?.reason)),
                None => None,
            };
            order.enter_status(event.kind.status(), reason, event.at);
            if event.version != Some(order.version) {
                return None;
            }
        }
        Some(order)
    }
}
