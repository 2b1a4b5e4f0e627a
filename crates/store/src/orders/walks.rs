//! Orders of what was sold under a sku. No index leads from a sku to its orders, for it would cost each
//! order: they are looked through in the order of the list, in pieces and within bounds.

use super::{OrderFilter, order, with_lines};
use crate::{
    query::{Direction, Filter, Page},
    readers::{Late, ReadError},
    stored::{Columns, next},
    value::{Row, Value},
};
use domain::{Order, OrderId, Sku};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// What an order is looked at for.
pub(super) const LOOKED_AT: &str =
    "id, number, owner_kind, owner_id, status, reference, created_at, total_minor";

/// How far a page looks: orders that it meets count, whether they match or not.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    pub orders: i64,
    pub time: Duration,
    /// So many orders are looked at in one query.
    pub piece: i64,
}

impl Default for Reach {
    fn default() -> Reach {
        Reach { orders: 10_000, time: Duration::from_millis(200), piece: 500 }
    }
}

/// What was found on the way, and the number to go on after if that was not all.
#[derive(Clone, Debug, PartialEq)]
pub struct Walked {
    pub orders: Vec<Order>,
    pub next: Option<i64>,
}

impl Late {
    /// As `orders`, of those only that have a line with this sku, up to the limit: fewer, where they are far
    /// apart. No offset leads into such a list.
    pub async fn orders_of_sku(
        &self,
        filter: &OrderFilter,
        sku: &Sku,
        page: Page<i64>,
        reach: Reach,
    ) -> Result<Walked, ReadError> {
        let (started, mut looked_at, mut after) = (Instant::now(), 0, page.after);
        let wanted = usize::try_from(page.limit).unwrap_or(0);
        let mut found = Vec::<(i64, OrderId)>::new();
        let next = loop {
            let piece = Page { limit: reach.piece, offset: 0, after, direction: page.direction };
            let last = self.last_of_piece(filter, &piece).await?;
            let numbered = self.numbered(filter, &piece).await?;
            let having = self.having(sku, &numbered).await?;
            looked_at += reach.piece;
            found.extend(numbered.into_iter().filter(|(_, id)| having.contains(id)));
            if found.len() > wanted {
                found.truncate(wanted);
                break found.last().map(|(number, _)| *number);
            }
            let Some(last) = last else { break None };
            if looked_at >= reach.orders || started.elapsed() >= reach.time {
                break Some(last);
            }
            after = Some(last);
        };
        Ok(Walked { orders: self.in_order(&found).await?, next })
    }

    /// The number of the last order of a piece; nothing if there are not so many.
    async fn last_of_piece(
        &self,
        filter: &OrderFilter,
        piece: &Page<i64>,
    ) -> Result<Option<i64>, ReadError> {
        let last = Page { limit: 1, offset: piece.limit - 1, ..piece.clone() };
        let (filter, order) = filter.keyed().paged(&last);
        let sql = format!("select number from orders {} {order}", filter.where_clause());
        Ok(self.0.query(sql, filter.params, |row: &Row| next(row, &mut 0)).await?.pop())
    }

    /// The numbers and ids of those of a piece that match. So many orders are met as a piece has, however few
    /// that are: neither engine looks behind the limit within.
    async fn numbered(
        &self,
        filter: &OrderFilter,
        piece: &Page<i64>,
    ) -> Result<Vec<(i64, OrderId)>, ReadError> {
        let (keyed, order) = filter.keyed().paged(piece);
        let met = format!("select {LOOKED_AT} from orders {} {order}", keyed.where_clause());
        let (mut around, direction) = (keyed.around(), sorted(piece.direction));
        filter.narrow(&mut around);
        let clause = around.where_clause();
        let sql = format!(
            "select number, id from ({met}) looked_at {clause} order by number {direction}"
        );
        let read = |row: &Row| {
            let at = &mut 0;
            Ok((next(row, at)?, next(row, at)?))
        };
        self.0.query(sql, around.params, read).await
    }

    /// Those of them that have such a line.
    async fn having(
        &self,
        sku: &Sku,
        numbered: &[(i64, OrderId)],
    ) -> Result<BTreeSet<OrderId>, ReadError> {
        if numbered.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut filter = Filter::default();
        filter.any_of_many("order_id", numbered.iter().map(|(_, id)| Value::Uuid(id.0)));
        filter.with(|n| format!("sku = {n}"), Value::from(sku.as_str().to_owned()));
        let sql = format!("select order_id from order_lines {}", filter.where_clause());
        let ids = self.0.query(sql, filter.params, |row| next(row, &mut 0)).await?;
        Ok(ids.into_iter().collect())
    }

    async fn in_order(&self, shown: &[(i64, OrderId)]) -> Result<Vec<Order>, ReadError> {
        if shown.is_empty() {
            return Ok(Vec::new());
        }
        let mut filter = Filter::default();
        filter.any_of_many("id", shown.iter().map(|(_, id)| Value::Uuid(id.0)));
        let (columns, clause) = (Order::SELECT.join(", "), filter.where_clause());
        let sql = format!("select {columns} from orders {clause}");
        let orders = self.0.query(sql, filter.params, order).await?;
        let orders = with_lines(&self.0, orders).await?;
        let mut orders: BTreeMap<_, _> =
            orders.into_iter().map(|order| (order.id, order)).collect();
        Ok(shown.iter().filter_map(|(_, id)| orders.remove(id)).collect())
    }
}

impl OrderFilter {
    /// What an index has, of what it is narrowed to.
    fn keyed(&self) -> OrderFilter {
        let OrderFilter { number, owner, .. } = *self;
        OrderFilter { number, owner, reference: self.reference.clone(), ..OrderFilter::default() }
    }

    /// Narrowed to a page, and the words of its order.
    pub(super) fn paged(&self, page: &Page<i64>) -> (Filter, String) {
        let mut filter = self.filter();
        let direction = sorted(page.direction);
        let more = match page.direction {
            Direction::Rising => ">",
            Direction::Falling => "<",
        };
        if let Some(number) = page.after {
            filter.with(|n| format!("number {more} {n}"), number);
        }
        let (limit, offset) = (filter.param(page.limit.into()), filter.param(page.offset.into()));
        (filter, format!("order by number {direction} limit {limit} offset {offset}"))
    }
}

fn sorted(direction: Direction) -> &'static str {
    match direction {
        Direction::Rising => "asc",
        Direction::Falling => "desc",
    }
}
