//! Events: appended in the commit of the change, each with a position in the shop's feed, and told
//! by position to those who follow it.

mod feed;
mod told;

pub use feed::{FeedFilter, FeedPart, WINDOW};
pub use told::{Foreign, Then, Told, What};

use crate::{
    bulk::{Bulk, Counted},
    cell_types,
    cells::known,
    columns,
    readers::{Exact, ReadError},
    statements,
    stored::{Cells, Columns, Logged, count, flat, next},
    tx::{Error, Write},
    value::{Row, Rows, Value},
};
use domain::{Event, EventKind, SubjectKind, facts::Log};

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
