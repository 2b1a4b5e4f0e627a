//! Keys: what is kept of a request so that it is done once. No command is about them; every keyed one
//! leaves one.

use super::{Broken, Checked, rows, same};
use domain::{Caller, CallerKind, IdempotencyKey, Micros};
use model::{Model, Place};
use rows::{Read, all, caller, failed, text};
use rusqlite::Connection;
use std::collections::BTreeSet;

/// A trace is promised to be kept for a day at least.
const KEPT_US: i64 = 24 * Micros::HOUR;

/// What was done under a key can be asked for again.
pub fn judge(rows: &Connection, model: &Model) -> Checked {
    for (_, caller, key) in &model.touched.deeds {
        let is_kept = has_trace(rows, *caller, key).map_err(failed)?;
        same("a trace of a key is kept", is_kept, true)?;
    }
    Ok(())
}

pub fn judge_all(rows: &Connection, model: &Model) -> Checked {
    same("the keys of what was done", kept(rows)?, remembered(model))
}

/// When exactly they go is the shop's business; too early they must not.
pub fn forget(rows: &Connection, model: &mut Model, now: Micros) -> Checked {
    let gone: Vec<Place> = remembered(model).difference(&kept(rows)?).cloned().collect();
    for place in gone {
        let deed = model.done.remove(&place);
        let is_old = deed.as_ref().is_some_and(|deed| deed.at.0 + KEPT_US <= now.0);
        same(&format!("{deed:?} of {place:?} was swept when it was old"), is_old, true)?;
    }
    Ok(())
}

/// Tells how many traces it has overwritten.
pub fn keep_unreadably(rows: &Connection, caller: Caller, key: &IdempotencyKey) -> Read<usize> {
    let sql = "update traces set kept = '9 in a form of another version'
        where caller_id = ?1 and idempotency_key = ?2";
    rows.execute(sql, (caller.id.as_bytes(), key.as_str()))
}

fn has_trace(rows: &Connection, caller: Caller, key: &IdempotencyKey) -> Read<bool> {
    let sql = "select 1 from traces where caller_kind = ?1 and caller_id = ?2
        and idempotency_key = ?3";
    let kind = match caller.kind {
        CallerKind::System => 0,
        CallerKind::Account => 1,
        CallerKind::ApiKey => 2,
        CallerKind::Guest => 3,
        CallerKind::Channel => 4,
    };
    let found = all(rows, sql, (kind, caller.id.as_bytes(), key.as_str()), |_| Ok(()))?;
    Ok(found.len() == 1)
}

fn kept(rows: &Connection) -> Result<BTreeSet<Place>, Broken> {
    let sql = "select caller_kind, caller_id, idempotency_key from traces";
    let read = all(rows, sql, [], |row| {
        Ok((false, caller(row, "caller")?, IdempotencyKey::stored(text(row, "idempotency_key")?)))
    });
    Ok(read.map_err(failed)?.into_iter().collect())
}

/// An order's key lies on the order.
fn remembered(model: &Model) -> BTreeSet<Place> {
    model.done.keys().filter(|(is_order, ..)| !is_order).cloned().collect()
}
