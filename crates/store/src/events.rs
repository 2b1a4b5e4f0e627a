//! Events: appended in the commit of the change, each with a position in the shop's feed, and read
//! back by position.

use crate::{
    bulk::{Bulk, Counted},
    cell_types,
    cells::known,
    columns,
    query::Filter,
    readers::{Exact, Followers, ReadError},
    statements,
    stored::{Cells, Columns, Logged, count, flat, next},
    tx::{Error, Write},
    value::{Row, Rows, Value},
};
use domain::{Event, EventKind, Order, OrderId, Subject, SubjectKind, facts::Log, figures::Stage};
use std::collections::{BTreeMap, BTreeSet};

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
    /// At which stage an order was before; none before it was placed.
    pub was: Option<Stage>,
}

/// What an event was about, as it has left it.
#[derive(Clone, Debug, PartialEq)]
pub enum Then {
    Order(Box<Order>),
    /// It is about no order: what it leaves is there to be asked for, or gone.
    Nothing,
    /// Another version of the shop has written what this one cannot read.
    Untold,
}

/// So many events are told at once.
const PAGE_MOST: i64 = 1_000;

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
}

impl Followers {
    /// What happened after a position, in its order, each with what it was about.
    pub async fn told_after(&self, position: i64, most: i64) -> Result<Vec<Told>, ReadError> {
        let columns = COLUMNS.join(", ");
        let sql =
            format!("select {columns} from events where position > $1 order by position limit $2");
        let most = most.clamp(1, PAGE_MOST);
        let events = self.0.query(sql, vec![position.into(), most.into()], positioned).await?;
        let mut orders = self.orders_told(&events).await?;
        let tell = |(position, event): (i64, Event)| {
            let (then, was) = match (event.subject.kind, event.version) {
                (_, None) => (Then::Nothing, None),
                (SubjectKind::Order, Some(version)) => {
                    match orders.remove(&(event.subject, version)) {
                        Some((order, was)) => (Then::Order(Box::new(order)), was),
                        None => (Then::Untold, None),
                    }
                }
                (_, Some(_)) => (Then::Nothing, None),
            };
            Told { position, event, then, was }
        };
        Ok(events.into_iter().map(tell).collect())
    }

    /// The orders of these events, at their versions, and where each was before. What is read one after the other may come from
    /// replicas that are not equally far: an order that is missing is not untold, but asked for again.
    async fn orders_told(
        &self,
        events: &[(i64, Event)],
    ) -> Result<BTreeMap<(Subject, i64), (Order, Option<Stage>)>, ReadError> {
        let mut wanted = BTreeMap::<Subject, BTreeSet<i64>>::new();
        for (_, event) in events.iter().filter(|(_, e)| e.subject.kind == SubjectKind::Order) {
            wanted.entry(event.subject).or_default().extend(event.version);
        }
        let ids: BTreeSet<_> = wanted.keys().map(|subject| OrderId(subject.id)).collect();
        let (orders, histories) = (self.orders_by_id(&ids).await?, self.histories(&wanted).await?);
        let found: BTreeSet<_> = orders.iter().map(|order| Subject::order(order.id)).collect();
        for (subject, versions) in &wanted {
            let history = histories.get(subject).into_iter().flatten();
            let last = history.filter_map(|event| event.version).next_back();
            if !found.contains(subject) || last < versions.last().copied() {
                let id = subject.id;
                let missing = format!("order {id}, of which an event tells, is not there as yet");
                return Err(Error::Other(missing).into());
            }
        }
        let mut told = BTreeMap::new();
        for order in orders {
            let subject = Subject::order(order.id);
            let versions = &wanted[&subject];
            let history = histories.get(&subject).into_iter().flatten();
            let mut was = None;
            for then in order.told_by(history) {
                let before = was.replace(Stage::of(&then));
                if versions.contains(&then.version) {
                    told.insert((subject, then.version), (then, before));
                }
            }
        }
        Ok(told)
    }

    /// What happened to each until its last version that is wanted, by version.
    async fn histories(
        &self,
        wanted: &BTreeMap<Subject, BTreeSet<i64>>,
    ) -> Result<BTreeMap<Subject, Vec<Event>>, ReadError> {
        let Some(last) = wanted.values().filter_map(BTreeSet::last).max() else {
            return Ok(BTreeMap::new());
        };
        let mut filter = Filter::default();
        filter.any_of_many("subject_id", wanted.keys().map(|subject| Value::Uuid(subject.id)));
        filter.with(|n| format!("version <= {n}"), *last);
        let (columns, narrowed) = (COLUMNS.join(", "), filter.where_clause());
        let sql = format!("select {columns} from events {narrowed} order by subject_id, version");
        let mut histories = BTreeMap::<Subject, Vec<Event>>::new();
        for (_, event) in self.0.query(sql, filter.params, positioned).await? {
            histories.entry(event.subject).or_default().push(event);
        }
        Ok(histories)
    }
}
