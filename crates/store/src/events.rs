//! Events: appended in the commit of the change, each with a position in the shop's feed, and read
//! back by position.

use crate::{
    bulk::{Bulk, Counted},
    columns,
    readers::{Exact, ReadError},
    statements,
    stored::{Cells, Columns, Logged, count, flat, next},
    tx::{Error, Write},
    value::{Row, Rows},
};
use domain::{Event, facts::Log};

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
            cells.push(crate::Value::Int(offset));
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

    /// Events after a position, with theirs, in their order.
    pub async fn events_after(
        &self,
        position: i64,
        most: i64,
    ) -> Result<Vec<(i64, Event)>, ReadError> {
        let columns = COLUMNS.join(", ");
        let sql =
            format!("select {columns} from events where position > $1 order by position limit $2");
        let read = |row: &Row| {
            let at = &mut 0;
            Ok((next(row, at)?, Event::read(row, at)?))
        };
        self.0.query(sql, vec![position.into(), most.into()], read).await
    }
}
