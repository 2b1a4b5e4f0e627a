//! The feed as clients read it: narrowed to kinds, or to a subject, by pages that each cost about the same,
//! however long the feed is and however rare what is looked for.
//!
//! Positions have no gaps, and a commit takes its own last of all: whatever one statement sees of the feed is
//! all that there will ever be up to the last position that it sees.

use super::{
    COLUMNS,
    told::{Told, lying},
};
use crate::{
    query::Filter,
    readers::{Late, ReadError},
    stored::next,
    value::{Row, Value},
};
use domain::{EventKind, Subject};

/// So many positions are looked through for one page, where no index finds what is wanted.
pub const WINDOW: i64 = 10_000;
/// Of a subject that has more events than this, no page gathers all: they are looked for among the others, where
/// they are not rare.
const GATHERED_MOST: i64 = 10_000;

/// What is wanted of the feed: all of it where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedFilter {
    pub kinds: Vec<EventKind>,
    pub subject: Option<Subject>,
}

/// Some events of the feed, and how far it was looked through for them.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedPart {
    pub told: Vec<Told>,
    /// The next part begins after this one.
    pub until: i64,
    /// Whether there was nothing after it.
    pub is_end: bool,
}

/// Where a page looks.
enum Among {
    /// These positions, by their index.
    Positions { last: i64 },
    /// What the subject has: by the index of subjects and versions, in which those without a version are too.
    OwnOf,
}

impl Late {
    /// What happened after a position, as far as it is wanted, in its order: so many events at most.
    pub async fn feed(
        &self,
        filter: &FeedFilter,
        after: i64,
        most: i64,
    ) -> Result<FeedPart, ReadError> {
        let among = match filter.subject {
            Some(subject) if self.events_of(subject).await? <= GATHERED_MOST => Among::OwnOf,
            None if filter.kinds.is_empty() => {
                Among::Positions { last: after.saturating_add(most) }
            }
            _ => Among::Positions { last: after.saturating_add(WINDOW) },
        };
        let (sql, params) = statement(filter, &among, after, most);
        let read = |row: &Row| {
            let at = &mut 0;
            let seen: Option<i64> = next(row, at)?;
            let position: Option<i64> = next(row, at)?;
            let event = position.map(|position| Ok((position, lying(row, at)?))).transpose()?;
            Ok((seen, event))
        };
        let rows = self.0.query(sql, params, read).await?;
        let seen = rows.first().and_then(|(seen, _)| *seen).unwrap_or(after).max(after);
        let events: Vec<_> = rows.into_iter().filter_map(|(_, event)| event).collect();
        let is_full = events.len() as i64 >= most;
        let until = match events.last() {
            Some((last, _)) if is_full => *last,
            _ => seen,
        };
        let is_cut = matches!(among, Among::Positions { last } if seen >= last);
        let told = self.0.told(events).await?;
        Ok(FeedPart { told, until, is_end: !is_full && !is_cut })
    }

    /// How many events a subject has, counted no further than matters.
    async fn events_of(&self, subject: Subject) -> Result<i64, ReadError> {
        let mut own = Filter::default();
        own.with(|id| format!("subject_id = {id}"), Value::Uuid(subject.id));
        self.0.count("from events", own, GATHERED_MOST).await
    }
}

/// One statement says what there is and how far it has seen: between two of them, more could come.
fn statement(
    filter: &FeedFilter,
    among: &Among,
    after: i64,
    most: i64,
) -> (String, Vec<Value<'static>>) {
    let mut narrowed = Filter::default();
    let after = narrowed.param(after.into());
    // A sum is in no index: nothing is left to the planner.
    let (position, seen) = match among {
        Among::Positions { last } => {
            let last = narrowed.param((*last).into());
            let within = format!("position > {after} and position <= {last}");
            narrowed.sql(&within);
            ("position", format!("select max(position) as seen from events where {within}"))
        }
        Among::OwnOf => {
            narrowed.sql(&format!("position + 0 > {after}"));
            ("position + 0", "select max(position) as seen from events".to_owned())
        }
    };
    if let Some(Subject { kind, id }) = filter.subject {
        // A product and a category may have the same number.
        narrowed.with(|place| format!("subject_kind = {place}"), kind.code());
        let own = |place: &str| match among {
            // Nor is a question about an answer: else all events of the subject could be gathered for each window.
            Among::Positions { .. } => format!("(subject_id = {place}) is true"),
            Among::OwnOf => format!("subject_id = {place}"),
        };
        narrowed.with(own, Value::Uuid(id));
    }
    narrowed.any("kind", filter.kinds.iter().map(|kind| kind.code().into()));
    let (columns, clause) = (COLUMNS.join(", "), narrowed.where_clause());
    let columns_of = COLUMNS.iter().map(|column| format!("e.{column}")).collect::<Vec<_>>();
    let sql = format!(
        "select s.seen, {} from ({seen}) s \
         left join (select {columns} from events {clause} order by {position} limit {most}) e on 1 = 1 \
         order by e.position",
        columns_of.join(", ")
    );
    (sql, narrowed.params)
}
