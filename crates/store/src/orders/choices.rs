//! Orders that are chosen to be moved together, and where they stand then.

use super::OrderFilter;
use crate::{
    query::Filter,
    readers::{Exact, ReadError},
    stored::next,
    value::{Row, Value},
};
use domain::{OrderId, OrderStatus};
use std::collections::BTreeMap;

impl Exact {
    /// The oldest of these orders that may be moved there.
    pub async fn movable(
        &self,
        filter: &OrderFilter,
        to: OrderStatus,
        most: usize,
    ) -> Result<Vec<OrderId>, ReadError> {
        let mut filter = filter.filter();
        let sources = OrderStatus::ALL.into_iter().filter(|from| from.may_become(to));
        filter.any("status", sources.map(|from| Value::Int(from.code())));
        let clause = filter.where_clause();
        let sql = format!("select id from orders {clause} order by number limit {most}");
        self.0.query(sql, filter.params, |row| next(row, &mut 0)).await
    }

    /// The numbers of these orders, and their statuses now.
    pub async fn standing(
        &self,
        ids: &[OrderId],
    ) -> Result<BTreeMap<OrderId, (i64, OrderStatus)>, ReadError> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut filter = Filter::default();
        filter.any_of_many("id", ids.iter().map(|id| Value::Uuid(id.0)));
        let sql = format!("select id, number, status from orders {}", filter.where_clause());
        let read = |row: &Row| {
            let at = &mut 0;
            Ok((next(row, at)?, (next(row, at)?, next(row, at)?)))
        };
        Ok(self.0.query(sql, filter.params, read).await?.into_iter().collect())
    }
}
