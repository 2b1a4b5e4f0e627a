//! The trail: appended in the commit of the change, read from its end; and what goes of it, and of
//! sessions, with a person.

use crate::{
    bulk::Bulk,
    cell_types,
    cells::known,
    columns,
    query::{Filter, Page},
    readers::{Late, ReadError},
    statements,
    stored::{Cells, Columns, Logged, next},
    tx::Write,
    value::{Rows, Value},
};
use domain::{
    Caller, Micros, TrailEntry, TrailKind,
    accounts::Erasure,
    facts::Log,
    trail::{PERSONAL, of_customer},
};

cell_types! {
    TrailKind: optional_int, raw => known(TrailKind::coded(raw), "kind of change"), kind => Value::Int(kind.code());
}

columns! {
    TrailEntry
    kept {
        kind,
        subject,
        before,
        after,
        actor(actor_kind, actor_id),
        correlation(correlation_id),
        at,
    }
}

mod entries {
    use super::{Bulk, Columns, TrailEntry, statements};
    statements! {
        INSERT = Bulk::insert("insert_trail", "trail", TrailEntry::ALL);
    }
    pub const ALL: &[&Bulk] = STATEMENTS;
    pub static APPEND: &Bulk = &INSERT;
}

impl Logged for TrailEntry {
    const BULKS: &'static [&'static Bulk] = entries::ALL;

    fn writes<'f>(log: &'f Log<Self>, writes: &mut Vec<Write<'f>>) {
        let mut cells = Cells::with_capacity(log.0.len() * TrailEntry::ALL.len());
        log.0.iter().for_each(|entry| entry.all(&mut cells));
        writes
            .push(Write { bulk: entries::APPEND, rows: Rows::flat(TrailEntry::ALL.len(), cells) });
    }
}

statements! {
    AGENTS = Bulk::blank("blank_sessions", "sessions", &["account_id"], &["agent", "origin"]);
    TOLD = Bulk::strip("strip_trail", "trail", &["subject"], &["before", "after"], PERSONAL);
}

/// After the entries of its own batch, which may tell of the same person.
impl Logged for Erasure {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn writes<'f>(log: &'f Log<Self>, writes: &mut Vec<Write<'f>>) {
        let accounts = log.0.iter().map(|erasure| [Value::Uuid(erasure.account.0)]);
        writes.push(Write { bulk: &AGENTS, rows: Rows::of(accounts) });
        let subjects =
            log.0.iter().map(|erasure| [of_customer(erasure.account).to_string().into()]);
        writes.push(Write { bulk: &TOLD, rows: Rows::of(subjects) });
    }
}

#[derive(Clone, Debug, Default)]
pub struct TrailFilter {
    pub subject: Option<String>,
    /// What was done to anything else.
    pub other_than: Option<String>,
    pub actor: Option<Caller>,
    pub kinds: Vec<TrailKind>,
    pub since: Option<Micros>,
}

impl Late {
    /// The newest first, each with its number, which rises: those after a number are below it.
    pub async fn trail(
        &self,
        filter: &TrailFilter,
        page: Page<i64>,
    ) -> Result<Vec<(i64, TrailEntry)>, ReadError> {
        let mut narrowed = narrowed(filter);
        let (limit, offset) = (page.limit, page.offset);
        if let Some(below) = page.after {
            narrowed.with(|place| format!("id < {place}"), below);
        }
        let (columns, clause) = (TrailEntry::SELECT.join(", "), narrowed.where_clause());
        let sql = format!(
            "select id, {columns} from trail {clause} order by id desc limit {limit} offset {offset}"
        );
        let read = |row: &crate::Row| {
            let at = &mut 0;
            Ok((next(row, at)?, TrailEntry::read(row, at)?))
        };
        self.0.query(sql, narrowed.params, read).await
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_trail(&self, filter: &TrailFilter, bound: i64) -> Result<i64, ReadError> {
        self.0.count("from trail", narrowed(filter), bound).await
    }
}

fn narrowed(filter: &TrailFilter) -> Filter {
    let mut narrowed = Filter::default();
    if let Some(subject) = &filter.subject {
        narrowed.with(|place| format!("subject = {place}"), subject.clone());
    }
    if let Some(subject) = &filter.other_than {
        narrowed.with(|place| format!("subject <> {place}"), subject.clone());
    }
    if let Some(Caller { kind, id }) = filter.actor {
        narrowed.with(|place| format!("actor_kind = {place}"), kind.code());
        narrowed.with(|place| format!("actor_id = {place}"), Value::Uuid(id));
    }
    narrowed.any("kind", filter.kinds.iter().map(|kind| kind.code().into()));
    if let Some(since) = filter.since {
        narrowed.with(|place| format!("at >= {place}"), since.0);
    }
    narrowed
}
