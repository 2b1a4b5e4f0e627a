//! Claims: by their orders, and those that are due for whoever works.

use crate::{
    readers::{Late, ReadError},
    stored::next,
    table,
};
use domain::{Claim, Micros, OrderId};

table! {
    Claim in "claims" locked
    by { order(order_id) }
    edited { holder, since, due_at, attempts }
}

/// Those that are due, and behind them those that would begin only so much later as they last: the clock was set
/// back. The time is a query of its own, or an index would not be looked into by it.
pub(crate) fn due(now: &str) -> String {
    format!(
        "select order_id from (select order_id from claims where due_at <= (select {now})
                               order by due_at limit $1) late
         union all
         select order_id from (select order_id from claims
                               where since > (select {now}) and due_at > (select {now})
                                 and since - (due_at - since) >= (select {now})
                                 and (since - {least} >= (select {now}) or due_at <= since)
                               order by since limit $1) early
         limit $1",
        least = Micros::too_far_ahead(1),
    )
}

impl Late {
    /// Orders whose claims are due by the shop's clock, those first that have been so for the longest.
    pub async fn claims_due(&self, limit: u32) -> Result<Vec<OrderId>, ReadError> {
        let params = vec![i64::from(limit).into()];
        self.0.query(due(self.0.now()), params, |row| next(row, &mut 0)).await
    }
}
