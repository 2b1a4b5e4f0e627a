//! Events: one for every move of an order, written in the commit of the move and never edited.
//!
//! An event is numbered twice: by its order's version, and by a position in the shop's feed, both
//! without gaps. The position is given at the commit, so it is not here.

use crate::{Caller, CorrelationId, Micros, OrderId, OrderStatus, Text};

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub order: OrderId,
    pub version: i64,
    pub from: Option<OrderStatus>,
    pub to: OrderStatus,
    pub reason: Option<Text<500>>,
    pub actor: Caller,
    pub correlation: CorrelationId,
    pub at: Micros,
}

/// What an event tells, which follows from the move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    Placed,
    Processing,
    Completed,
    Cancelled,
    Failed,
    Retried,
}

impl EventKind {
    pub fn of(from: Option<OrderStatus>, to: OrderStatus) -> EventKind {
        match (from, to) {
            (None, _) => EventKind::Placed,
            (Some(_), OrderStatus::Pending) => EventKind::Retried,
            (Some(_), OrderStatus::Processing) => EventKind::Processing,
            (Some(_), OrderStatus::Completed) => EventKind::Completed,
            (Some(_), OrderStatus::Cancelled) => EventKind::Cancelled,
            (Some(_), OrderStatus::Failed) => EventKind::Failed,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            EventKind::Placed => "order.placed",
            EventKind::Processing => "order.processing",
            EventKind::Completed => "order.completed",
            EventKind::Cancelled => "order.cancelled",
            EventKind::Failed => "order.failed",
            EventKind::Retried => "order.retried",
        }
    }
}
