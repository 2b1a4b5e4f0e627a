//! Sessions: locked by id while they are refreshed, and what nodes poll to learn of ends.

use crate::{
    Readers,
    bulk::{Bulk, Shape},
    tx::{Error, Read, Write},
    value::{Rows, Value},
};
use domain::{AccountId, Facts, Micros, Session, SessionId};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const COLUMNS: &[&str] =
    &["id", "account_id", "generation", "rotated_at", "created_at", "expires_at", "ended_at"];

pub static FIND_SESSIONS: Bulk = Bulk {
    name: "find_sessions",
    table: "sessions",
    keys: &["id"],
    columns: &[],
    shape: Shape::Find { select: COLUMNS, lock: true },
};

pub static INSERT_SESSIONS: Bulk = Bulk {
    name: "insert_sessions",
    table: "sessions",
    keys: &[],
    columns: COLUMNS,
    shape: Shape::Insert,
};

pub static SET_SESSIONS: Bulk = Bulk {
    name: "set_sessions",
    table: "sessions",
    keys: &["id"],
    columns: &["generation", "rotated_at", "expires_at", "ended_at"],
    shape: Shape::Set,
};

pub static BULKS: [&Bulk; 3] = [&FIND_SESSIONS, &INSERT_SESSIONS, &SET_SESSIONS];

pub(crate) fn find<'f>(
    ids: &'f BTreeSet<SessionId>,
    into: &'f mut BTreeMap<SessionId, Session>,
) -> Read<'f> {
    Read {
        bulk: &FIND_SESSIONS,
        keys: Rows::of(ids.iter().map(|id| [id.0.into()])),
        each: Box::new(|row| {
            let session = Session {
                id: SessionId(row.uuid(0)?),
                account: AccountId(row.uuid(1)?),
                generation: row.int(2)?,
                rotated_at: Micros(row.int(3)?),
                created_at: Micros(row.int(4)?),
                expires_at: Micros(row.int(5)?),
                ended_at: row.optional_int(6)?.map(Micros),
            };
            into.insert(session.id, session);
            Ok(())
        }),
    }
}

fn ended(session: &Session) -> Value<'static> {
    session.ended_at.map(|at| at.0).into()
}

pub(crate) fn insert(facts: &Facts) -> Write<'_> {
    let opened = facts.changes.opened_sessions.iter().map(|id| &facts.sessions[id]);
    let rows = opened.map(|session| {
        [
            session.id.0.into(),
            session.account.0.into(),
            session.generation.into(),
            session.rotated_at.0.into(),
            session.created_at.0.into(),
            session.expires_at.0.into(),
            ended(session),
        ]
    });
    Write { bulk: &INSERT_SESSIONS, rows: Rows::of(rows) }
}

pub(crate) fn set(facts: &Facts) -> Write<'_> {
    let changed = facts.changes.changed_sessions.iter().map(|id| &facts.sessions[id]);
    let rows = changed.map(|session| {
        [
            session.id.0.into(),
            session.generation.into(),
            session.rotated_at.0.into(),
            session.expires_at.0.into(),
            ended(session),
        ]
    });
    Write { bulk: &SET_SESSIONS, rows: Rows::of(rows) }
}

impl Readers {
    /// Sessions that ended, and accounts that were disabled, since a time: their access tokens are
    /// valid no longer.
    pub async fn ended_since(&self, since: Micros) -> Result<Vec<Uuid>, Error> {
        let sql = "select id from sessions where ended_at >= $1
            union all select id from accounts where is_active = false and updated_at >= $1";
        self.query(sql.into(), vec![since.0.into()], |row| row.uuid(0)).await
    }
}
