//! What nobody began with for too long: the shop cancels it, and its goods are for sale again.

use super::{LONGEST, OrderId, OrderStatus};
use crate::{
    Context, Facts, Text,
    rules::{Never, Rule, Weight, Who},
};

/// Of these orders those that have been pending for so long by now. What was moved, or retried, meanwhile
/// stays; and so does what seems to wait by the clock of a node that is fast.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpirePending {
    pub orders: Vec<OrderId>,
    pub ttl_us: i64,
}

const REASON: &str = "expired";

impl Rule for ExpirePending {
    /// So many were cancelled.
    type Outcome = i64;
    type Refusal = Never;

    fn name(&self) -> &'static str {
        "expire_pending"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        let Facts { orders, shelves, .. } = facts;
        for id in &self.orders {
            let order = orders.follow(id).filter(|order| order.status == OrderStatus::Pending);
            let lines = order.iter().flat_map(|order| &order.lines);
            lines.for_each(|line| shelves.want(&line.product));
        }
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<i64, Never> {
        let (mut expired, reason) = (0, Text::stored(REASON));
        let latest = context.now.minus(self.ttl_us);
        for id in &self.orders {
            let since = facts.orders.get(id).and_then(|order| order.pending_since);
            if since.is_some_and(|since| since <= latest) {
                let moved = facts.move_order(id, OrderStatus::Cancelled, Some(&reason), context);
                expired += i64::from(moved.is_ok());
            }
        }
        Ok(expired)
    }

    fn weight(&self) -> Weight {
        LONGEST.times(self.orders.len())
    }
}
