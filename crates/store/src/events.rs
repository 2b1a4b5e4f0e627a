//! Events: appended in the commit of the change, each with a position in the shop's feed, and read
//! back by position.

use crate::{
    bulk::{Bulk, Counted},
    cell_types,
    cells::known,
    columns,
    query::Filter,
    readers::{Exact, ReadError},
    statements,
    stored::{Cells, Columns, Logged, count, flat, next},
    tx::{Error, Write},
    value::{Row, Rows, Value},
};
use domain::{Event, EventKind, Order, OrderId, Subject, SubjectKind, facts::Log};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

cell_types! {
    EventKind: optional_int, raw => known(EventKind::coded(raw), "kind of event"), kind => Value::Int(kind.code());
    SubjectKind: optional_int, raw => known(SubjectKind::coded(raw), "kind of subject"), kind => Value::Int(kind.code());
}

columns! {
    Event
    kept {
        subject(subject_kind, subject_id),
        version,
        kind,
        data,
        actor(actor_kind, actor_id),
        correlation(correlation_id),
        at,
    }
}

const NUMBERED: &[&[&[&str]]] = &[&[&["position"], Event::ALL]];
const COLUMNS: &[&str] = &flat::<{ count(NUMBERED) }>(NUMBERED);

statements! {
    APPEND = Bulk::append("append_events", "events", Counted::Feed, COLUMNS);
}

impl Logged for Event {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn writes<'f>(log: &'f Log<Self>, writes: &mut Vec<Write<'f>>) {
        let mut cells = Cells::with_capacity(log.0.len() * COLUMNS.len());
        for (offset, event) in (1..).zip(&log.0) {
            cells.push(Value::Int(offset));
            event.all(&mut cells);
        }
        writes.push(Write { bulk: &APPEND, rows: Rows::flat(COLUMNS.len(), cells) });
    }
}

/// Where the shop stands: which it is, its last event, and its last commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Another one after a backup was restored.
    pub epoch: String,
    pub position: i64,
    pub commit: i64,
}

/// An event as those see it who follow the feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub position: i64,
    pub event: Event,
    pub then: Then,
}

/// What an event was about, as it has left it.
#[derive(Clone, Debug, PartialEq)]
pub enum Then {
    Order(Box<Order>),
}

fn positioned(row: &Row) -> Result<(i64, Event), Error> {
    let at = &mut 0;
    Ok((next(row, at)?, Event::read(row, at)?))
}

impl Exact {
    pub async fn feed(&self) -> Result<Feed, ReadError> {
        let sql = "select epoch, position, commits from feed where one = 1".into();
        let read = |row: &Row| {
            let at = &mut 0;
            let epoch: Box<str> = next(row, at)?;
            Ok(Feed { epoch: epoch.into(), position: next(row, at)?, commit: next(row, at)? })
        };
        let feed = self.0.query(sql, vec![], read).await?.pop();
        Ok(feed.ok_or_else(|| Error::Other("the feed has no row".into()))?)
    }

    /// What happened after a position, in its order, each with what it was about.
    pub async fn told_after(&self, position: i64, most: i64) -> Result<Vec<Told>, ReadError> {
        let columns = COLUMNS.join(", ");
        let sql =
            format!("select {columns} from events where position > $1 order by position limit $2");
        let events = self.0.query(sql, vec![position.into(), most.into()], positioned).await?;
        let (orders, histories) = (self.orders_of(&events).await?, self.histories(&events).await?);
        let tell = |(position, event): (i64, Event)| {
            let subject = event.subject;
            let history = histories.get(&subject).map_or(&[][..], Vec::as_slice);
            let past = history.iter().filter(|past| past.version < event.version);
            let all: Vec<&Event> = past.chain([&event]).collect();
            let order = orders.get(&subject).and_then(|order| order.as_left_by(&all));
            let untold = || Error::Data(format!("event {position} does not fit to its order"));
            let then = Then::Order(Box::new(order.ok_or_else(untold)?));
            Ok(Told { position, event, then })
        };
        events.into_iter().map(tell).collect()
    }

    /// As they are now.
    async fn orders_of(
        &self,
        events: &[(i64, Event)],
    ) -> Result<BTreeMap<Subject, Order>, ReadError> {
        let ids: BTreeSet<_> = events.iter().map(|(_, event)| OrderId(event.subject.id)).collect();
        let orders = self.orders_by_id(&ids).await?;
        Ok(orders.into_iter().map(|order| (Subject::order(order.id), order)).collect())
    }

    /// All that happened to whatever has been moved, by version.
    async fn histories(
        &self,
        events: &[(i64, Event)],
    ) -> Result<BTreeMap<Subject, Vec<Event>>, ReadError> {
        let moved = events.iter().filter(|(_, event)| event.version > Some(1));
        let ids: BTreeSet<Uuid> = moved.map(|(_, event)| event.subject.id).collect();
        let mut histories = BTreeMap::<Subject, Vec<Event>>::new();
        if ids.is_empty() {
            return Ok(histories);
        }
        let mut filter = Filter::default();
        filter.any("subject_id", ids.into_iter().map(Value::Uuid));
        let (columns, narrowed) = (COLUMNS.join(", "), filter.where_clause());
        let sql = format!("select {columns} from events {narrowed} order by subject_id, version");
        for (_, event) in self.0.query(sql, filter.params, positioned).await? {
            histories.entry(event.subject).or_default().push(event);
        }
        Ok(histories)
    }
}
