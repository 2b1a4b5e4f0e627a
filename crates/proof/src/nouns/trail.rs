//! The trail: what was done by hand, in its order, until it is swept away.

use super::{Broken, Checked, rows, same, sweeps::TRAIL_US};
use domain::{CorrelationId, Micros, Text, TrailEntry, TrailKind};
use model::Model;
use rows::{all, caller, failed, optional_text, text, uuid};
use rusqlite::{Connection, Row};

/// What the last commit has added; all of it if it has taken something away.
pub fn judge(rows: &Connection, model: &Model) -> Checked {
    let touched = &model.touched;
    if touched.is_erased {
        return judge_all(rows, model);
    }
    // Perhaps it was swept away at once, by a clock that went ahead.
    let added = touched.trail.min(model.trail.len());
    let expected = &model.trail[model.trail.len() - added..];
    same("what was added to the trail", &*last(rows, added as i64)?, expected)
}

pub fn judge_all(rows: &Connection, model: &Model) -> Checked {
    let found = last(rows, -1)?;
    let both = found.iter().zip(&model.trail);
    for (found, expected) in both {
        same("an entry of the trail", found, expected)?;
    }
    same("the entries of the trail", found.len(), model.trail.len())
}

/// In their order; an entry that is there no longer was old.
pub fn forget(rows: &Connection, model: &mut Model, now: Micros) -> Checked {
    let mut kept = last(rows, -1)?.into_iter().peekable();
    let mut gone = vec![];
    model.trail.retain(|entry| {
        let is_kept = kept.next_if(|found| found == entry).is_some();
        gone.extend((!is_kept).then(|| entry.clone()));
        is_kept
    });
    for entry in gone {
        let is_old = entry.at.0 + TRAIL_US <= now.0;
        same(&format!("{entry:?} was swept when it was old"), is_old, true)?;
    }
    Ok(())
}

/// So many of the last ones, or all.
fn last(rows: &Connection, count: i64) -> Result<Vec<TrailEntry>, Broken> {
    let sql = "select kind, subject, before, after, actor_kind, actor_id, correlation_id, at
        from trail order by id desc limit ?1";
    let mut found = all(rows, sql, [count], entry).map_err(failed)?;
    found.reverse();
    Ok(found)
}

fn entry(row: &Row) -> rows::Read<TrailEntry> {
    let kind: i64 = row.get("kind")?;
    Ok(TrailEntry {
        kind: TrailKind::coded(kind).ok_or_else(|| rows::wrong("kind"))?,
        subject: Text::stored(text(row, "subject")?),
        before: optional_text(row, "before")?.map(Box::from),
        after: optional_text(row, "after")?.map(Box::from),
        actor: caller(row, "actor")?,
        correlation: CorrelationId(uuid(row, "correlation_id")?),
        at: Micros(row.get("at")?),
    })
}
