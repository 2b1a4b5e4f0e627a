//! Claims: by their orders, and those that are due for whoever works.

use crate::{
    readers::{Late, ReadError},
    stored::next,
    table,
    value::Value,
};
use domain::{Claim, Micros, OrderId};

table! {
    Claim in "claims" locked
    by { order(order_id) }
    edited { holder, due_at, attempts }
}

impl Late {
    /// Orders whose claims are due before this, those first that have been so for the longest.
    pub async fn claims_due(&self, before: Micros, limit: u32) -> Result<Vec<OrderId>, ReadError> {
        let sql = "select order_id from claims where due_at <= $1 order by due_at limit $2";
        let params = vec![Value::Int(before.0), i64::from(limit).into()];
        self.0.query(sql.to_owned(), params, |row| next(row, &mut 0)).await
    }
}
