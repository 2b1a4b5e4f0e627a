//! Events as those see them who follow the feed: each with what it was about, as it has left it. What a
//! later version of the shop has written is told too, as what it is, so that nobody waits before it.

use super::COLUMNS;
use crate::{
    query::Filter,
    readers::{Followers, ReadError, Share},
    stored::next,
    tx::Error,
    value::{Row, Value},
};
use domain::{
    Caller, CallerKind, CorrelationId, Event, EventKind, Micros, Order, OrderId, Subject,
    SubjectKind, figures::Stage,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What stands at a position of the feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub position: i64,
    pub what: What,
    /// At which stage an order was before; none before it was placed.
    pub was: Option<Stage>,
}

/// Only the first of these has a kind: none can be taken for another.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Event(Event, Then),
    /// Of a kind, or about a kind of subject, or by a kind of caller, that this version does not know.
    Foreign(Foreign),
}

/// What is understood of an event that a later version has written.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreign {
    pub subject_id: Uuid,
    pub actor_id: Uuid,
    pub correlation: CorrelationId,
    pub at: Micros,
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

impl Told {
    /// The event, if this version knows such events.
    pub fn event(&self) -> Option<(&Event, &Then)> {
        match &self.what {
            What::Event(event, then) => Some((event, then)),
            What::Foreign(_) => None,
        }
    }
}

/// So many events are told at once.
const PAGE_MOST: i64 = 1_000;

impl Followers {
    /// What happened after a position, in its order, each with what it was about.
    pub async fn told_after(&self, position: i64, most: i64) -> Result<Vec<Told>, ReadError> {
        let columns = COLUMNS.join(", ");
        let sql =
            format!("select {columns} from events where position > $1 order by position limit $2");
        let most = most.clamp(1, PAGE_MOST);
        let events = self.0.query(sql, vec![position.into(), most.into()], positioned).await?;
        self.0.told(events).await
    }
}

/// An event as it lies there, where this version knows what it is.
pub(super) type Lying = Result<Event, Foreign>;

/// Its position, and the event.
pub(super) fn positioned(row: &Row) -> Result<(i64, Lying), Error> {
    let at = &mut 0;
    Ok((next(row, at)?, lying(row, at)?))
}

/// Read by hand, for what the types of the cells do not know is no fault here. The order is that of the columns.
pub(super) fn lying(row: &Row, at: &mut usize) -> Result<Lying, Error> {
    let (subject_kind, subject_id): (i64, Uuid) = (next(row, at)?, next(row, at)?);
    let version: Option<i64> = next(row, at)?;
    let kind: i64 = next(row, at)?;
    let data: Option<Box<str>> = next(row, at)?;
    let (actor_kind, actor_id): (i64, Uuid) = (next(row, at)?, next(row, at)?);
    let correlation: CorrelationId = next(row, at)?;
    let happened: Micros = next(row, at)?;
    let known =
        (SubjectKind::coded(subject_kind), EventKind::coded(kind), CallerKind::coded(actor_kind));
    Ok(match known {
        (Some(of), Some(kind), Some(by)) => Ok(Event {
            subject: Subject { kind: of, id: subject_id },
            version,
            kind,
            data,
            actor: Caller { kind: by, id: actor_id },
            correlation,
            at: happened,
        }),
        _ => Err(Foreign { subject_id, actor_id, correlation, at: happened }),
    })
}

/// What this version can read of what happened to an order, and the last version of it that is there.
#[derive(Default)]
struct History {
    events: Vec<Event>,
    last: Option<i64>,
}

impl Share {
    /// Events with what they were about.
    pub(super) async fn told(&self, events: Vec<(i64, Lying)>) -> Result<Vec<Told>, ReadError> {
        let mut orders = self.orders_told(&events).await?;
        let tell = |(position, lying): (i64, Lying)| {
            let event = match lying {
                Ok(event) => event,
                Err(foreign) => {
                    return Told { position, what: What::Foreign(foreign), was: None };
                }
            };
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
            Told { position, what: What::Event(event, then), was }
        };
        Ok(events.into_iter().map(tell).collect())
    }

    /// The orders of these events, at their versions. What is read one after the other may come from
    /// replicas that are not equally far: an order that is missing is not untold, but asked for again.
    async fn orders_told(
        &self,
        events: &[(i64, Lying)],
    ) -> Result<BTreeMap<(Subject, i64), (Order, Option<Stage>)>, ReadError> {
        let mut wanted = BTreeMap::<Subject, BTreeSet<i64>>::new();
        let known = events.iter().filter_map(|(_, lying)| lying.as_ref().ok());
        for event in known.filter(|event| event.subject.kind == SubjectKind::Order) {
            wanted.entry(event.subject).or_default().extend(event.version);
        }
        let ids: BTreeSet<_> = wanted.keys().map(|subject| OrderId(subject.id)).collect();
        let (orders, histories) = (self.orders_by_id(&ids).await?, self.histories(&wanted).await?);
        let found: BTreeSet<_> = orders.iter().map(|order| Subject::order(order.id)).collect();
        for (subject, versions) in &wanted {
            let last = histories.get(&subject.id).and_then(|history| history.last);
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
            let history =
                histories.get(&subject.id).into_iter().flat_map(|history| &history.events);
            let mut was = None;
            order.told_by(history, |then| {
                let before = was.replace(Stage::of(then));
                if versions.contains(&then.version) {
                    told.insert((subject, then.version), (then.clone(), before));
                }
            });
        }
        Ok(told)
    }

    /// What happened to each until its last version that is wanted, by version.
    async fn histories(
        &self,
        wanted: &BTreeMap<Subject, BTreeSet<i64>>,
    ) -> Result<BTreeMap<Uuid, History>, ReadError> {
        let Some(last) = wanted.values().filter_map(BTreeSet::last).max() else {
            return Ok(BTreeMap::new());
        };
        let mut filter = Filter::default();
        filter.any_of_many("subject_id", wanted.keys().map(|subject| Value::Uuid(subject.id)));
        filter.with(|n| format!("version <= {n}"), *last);
        let (columns, narrowed) = (COLUMNS.join(", "), filter.where_clause());
        let sql = format!(
            "select subject_id, version, {columns} from events {narrowed} order by subject_id, version"
        );
        let read = |row: &Row| {
            let at = &mut 0;
            let (subject, version): (Uuid, i64) = (next(row, at)?, next(row, at)?);
            let (_, lying) = (next::<i64>(row, at)?, lying(row, at)?);
            Ok((subject, version, lying))
        };
        let mut histories = BTreeMap::<Uuid, History>::new();
        for (subject, version, lying) in self.query(sql, filter.params, read).await? {
            let history = histories.entry(subject).or_default();
            history.last = Some(version);
            // Without it the version after it is not the next one, and the order is told no further.
            history.events.extend(lying.ok());
        }
        Ok(histories)
    }
}
