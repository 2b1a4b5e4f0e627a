//! What happened to an order, move by move, and what those are called who did it.

use crate::{
    query::{Filter, Page},
    readers::{Exact, ReadError},
    stored::{Columns, next},
    value::{Row, Value},
};
use domain::{Caller, CallerKind, Event, EventKind, OrderId, OrderStatus};
use std::collections::{BTreeMap, BTreeSet};

/// Something that happened to an order, and where the order was before.
#[derive(Clone, Debug, PartialEq)]
pub struct Happened {
    pub event: Event,
    pub from: Option<OrderStatus>,
}

fn of_order(order: OrderId) -> Filter {
    let mut filter = Filter::default();
    filter.with(|n| format!("subject_id = {n}"), order.0);
    filter
}

impl Exact {
    /// The oldest first, by the version that the order has got; `after` is such a version.
    pub async fn timeline(
        &self,
        order: OrderId,
        page: Page<i64>,
    ) -> Result<Vec<Happened>, ReadError> {
        let mut filter = of_order(order);
        if let Some(version) = page.after {
            filter.with(|n| format!("version > {n}"), version);
        }
        let sql = format!(
            "select {} from events {} order by version limit {} offset {}",
            Event::SELECT.join(", "),
            filter.where_clause(),
            page.limit,
            page.offset,
        );
        let events: Vec<Event> =
            self.0.query(sql, filter.params, |row| Event::read(row, &mut 0)).await?;
        let first = events.first().and_then(|event| event.version);
        let mut from = match first {
            Some(version) if version > 1 => self.status_below(order, version).await?,
            _ => None,
        };
        let happened = |event: Event| {
            let was = from;
            from = event.kind.status().or(from);
            Happened { event, from: was }
        };
        Ok(events.into_iter().map(happened).collect())
    }

    /// Where the last move before this version has brought an order to.
    async fn status_below(
        &self,
        order: OrderId,
        version: i64,
    ) -> Result<Option<OrderStatus>, ReadError> {
        let mut filter = of_order(order);
        filter.with(|n| format!("version < {n}"), version);
        let moves = EventKind::ALL.iter().filter(|kind| kind.status().is_some());
        filter.any("kind", moves.map(|kind| Value::Int(kind.code())));
        let clause = filter.where_clause();
        let sql = format!("select kind from events {clause} order by version desc limit 1");
        let read = |row: &Row| next::<EventKind>(row, &mut 0);
        let kind = self.0.query(sql, filter.params, read).await?.pop();
        Ok(kind.and_then(EventKind::status))
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_timeline(&self, order: OrderId, bound: i64) -> Result<i64, ReadError> {
        self.0.count("from events", of_order(order), bound).await
    }

    /// What these are called: accounts by their username, if they are not gone, and keys by their name.
    pub async fn names(
        &self,
        callers: &BTreeSet<Caller>,
    ) -> Result<BTreeMap<Caller, Box<str>>, ReadError> {
        let mut filter = Filter::default();
        let mut selects = Vec::new();
        for (kind, from) in [
            (CallerKind::Account, "username from accounts where gone_at is null and"),
            (CallerKind::ApiKey, "name from api_keys where"),
        ] {
            let ids = callers.iter().filter(|caller| caller.kind == kind);
            let places: Vec<String> =
                ids.map(|caller| filter.param(Value::Uuid(caller.id))).collect();
            if !places.is_empty() {
                let (code, places) = (kind.code(), places.join(", "));
                selects.push(format!("select {code}, id, {from} id in ({places})"));
            }
        }
        if selects.is_empty() {
            return Ok(BTreeMap::new());
        }
        let read = |row: &Row| {
            let at = &mut 0;
            Ok((next::<Caller>(row, at)?, next::<Box<str>>(row, at)?))
        };
        let names = self.0.query(selects.join(" union all "), filter.params, read).await?;
        Ok(names.into_iter().collect())
    }
}
