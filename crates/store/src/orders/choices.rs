//! Orders that are chosen to be moved together, and where they stand then.
//!
//! No index has the orders of every status. Those that wait, or have a reference, are gathered from an index
//! of their own if they are few; all others are looked through by their numbers, in pieces and within bounds.

use super::{
    OrderFilter,
    walks::{LOOKED_AT, Reach},
};
use crate::{
    query::Filter,
    readers::{Exact, ReadError},
    stored::next,
    value::{Row, Value},
};
use domain::{OrderId, OrderStatus, choices::Chosen};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

impl Reach {
    /// How far a choice looks: ten thousand take some milliseconds. So many as a piece has are gathered at most.
    pub const CHOICE: Reach =
        Reach { orders: 1_000_000, time: Duration::from_millis(500), piece: 10_000 };
}

/// Orders that may be moved there, behind a number.
#[derive(Clone, Copy, Debug)]
pub struct Movable<'f> {
    pub filter: &'f OrderFilter,
    pub to: OrderStatus,
    pub after: i64,
}

/// How the rows are come by.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// All that wait: no other status can be moved there.
    Waiting,
    /// All that have the reference.
    Referenced,
    /// By their numbers, of one owner or of all.
    Numbered,
}

impl Movable<'_> {
    /// Where an order may be now.
    fn sources(&self) -> Vec<OrderStatus> {
        let asked = |from: &OrderStatus| self.filter.status.is_none_or(|status| status == *from);
        let may = |from: &OrderStatus| from.may_become(self.to);
        OrderStatus::ALL.into_iter().filter(may).filter(asked).collect()
    }

    /// Those that may gather them all, the one that finds fewer first.
    fn gathers(&self) -> impl Iterator<Item = Way> {
        let referenced = self.filter.reference.is_some().then_some(Way::Referenced);
        let waiting = (self.sources() == [OrderStatus::Pending]).then_some(Way::Waiting);
        referenced.into_iter().chain(waiting)
    }

    /// The rows of an index up to a limit, which neither engine looks behind: a condition around them moves no
    /// further in.
    fn rows(&self, way: Way, columns: &str, rest: &str) -> (String, Filter) {
        let mut keyed = Filter::default();
        let order = match way {
            Way::Waiting => {
                keyed.sql("pending_since is not null");
                "order by pending_since"
            }
            Way::Referenced => {
                let reference = self.filter.reference.clone();
                let keyed_by = OrderFilter { reference, ..OrderFilter::default() };
                keyed_by.narrow(&mut keyed);
                ""
            }
            Way::Numbered => {
                let keyed_by = OrderFilter { owner: self.filter.owner, ..OrderFilter::default() };
                keyed_by.narrow(&mut keyed);
                keyed.with(|n| format!("number > {n}"), self.after);
                "order by number"
            }
        };
        let clause = keyed.where_clause();
        (format!("select {columns} from orders {clause} {order} {rest}"), keyed.around())
    }
}

impl Exact {
    /// The oldest of them, as far as it may look; and behind which number there may be more.
    pub async fn movable(
        &self,
        movable: Movable<'_>,
        most: usize,
        reach: Reach,
    ) -> Result<Chosen, ReadError> {
        if movable.sources().is_empty() {
            return Ok(Chosen::default());
        }
        let (started, mut looked_at, mut found) = (Instant::now(), 0, Vec::new());
        for way in movable.gathers() {
            if self.last_of_piece(movable, way, reach.piece + 1).await?.is_none() {
                found = self.matching(movable, way, reach.piece, most + 1).await?;
                return Ok(chosen(found, most, None));
            }
        }
        let mut piece = movable;
        let more_after = loop {
            let last = self.last_of_piece(piece, Way::Numbered, reach.piece).await?;
            let room = most + 1 - found.len();
            found.extend(self.matching(piece, Way::Numbered, reach.piece, room).await?);
            looked_at += reach.piece;
            let Some(last) = last else { break None };
            if found.len() > most {
                break None;
            }
            if looked_at >= reach.orders || started.elapsed() >= reach.time {
                break Some(last);
            }
            piece.after = last;
        };
        Ok(chosen(found, most, more_after))
    }

    /// The number of the last row of a piece; nothing if there are not so many.
    async fn last_of_piece(
        &self,
        movable: Movable<'_>,
        way: Way,
        rows: i64,
    ) -> Result<Option<i64>, ReadError> {
        let (sql, filter) = movable.rows(way, "number", &format!("limit 1 offset {}", rows - 1));
        Ok(self.0.query(sql, filter.params, |row| next(row, &mut 0)).await?.pop())
    }

    /// Those of a piece that may be moved, by their numbers.
    async fn matching(
        &self,
        movable: Movable<'_>,
        way: Way,
        rows: i64,
        most: usize,
    ) -> Result<Vec<(i64, OrderId)>, ReadError> {
        let (piece, mut filter) = movable.rows(way, LOOKED_AT, &format!("limit {rows}"));
        movable.filter.narrow(&mut filter);
        filter.with(|n| format!("number > {n}"), movable.after);
        let sources = movable.sources().into_iter();
        filter.any("status", sources.map(|from| Value::Int(from.code())));
        let clause = filter.where_clause();
        let sql = format!(
            "select number, id from ({piece}) looked_at {clause} order by number limit {most}"
        );
        let read = |row: &Row| {
            let at = &mut 0;
            Ok((next(row, at)?, next(row, at)?))
        };
        self.0.query(sql, filter.params, read).await
    }

    /// The ids of the orders that have these numbers.
    pub async fn order_ids(&self, numbers: &[i64]) -> Result<BTreeMap<i64, OrderId>, ReadError> {
        if numbers.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut filter = Filter::default();
        filter.any_of_many("number", numbers.iter().map(|number| Value::Int(*number)));
        let sql = format!("select number, id from orders {}", filter.where_clause());
        let read = |row: &Row| {
            let at = &mut 0;
            Ok((next(row, at)?, next(row, at)?))
        };
        Ok(self.0.query(sql, filter.params, read).await?.into_iter().collect())
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

/// Of more than may be chosen the first ones.
fn chosen(mut found: Vec<(i64, OrderId)>, most: usize, more_after: Option<i64>) -> Chosen {
    let more_after = if found.len() > most {
        found.truncate(most);
        found.last().map(|(number, _)| *number)
    } else {
        more_after
    };
    Chosen { orders: found.into_iter().map(|(_, id)| id).collect(), more_after }
}
