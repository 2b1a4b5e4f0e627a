//! Where an order may be, and where it may go from there: one table of moves.

use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderStatus {
    Pending,
    Processing,
    Completed,
    Cancelled,
    Failed,
}

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

    /// Whether nobody works on it, or is to begin with it: it may stay so for ever.
    pub fn is_at_rest(self) -> bool {
        matches!(self, Completed | Cancelled | Failed)
    }

    pub fn holds_stock(self) -> bool {
        !matches!(self, Cancelled | Failed)
    }
}
