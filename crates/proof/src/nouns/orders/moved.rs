//! Where orders of a tortured shop have gone, by what is told of them: along the table, by moves that somebody has
//! asked for, each once, or because nobody began with them in time; and they are where the last one led.

use super::{
    judged::OrderRow,
    mailed, served,
    tortured::{Ask, Work},
};
use crate::attack::torture::{Comparison, Entry, Fate};
use EventKind::OrderCancelled as Cancelled;
use anyhow::Context;
use domain::{EventKind, OrderStatus, events::MoveData};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) const MOVES: &str =
    "select @subject_id, kind, coalesce(data, ''), actor_kind, at from events
    where kind in (2, 3, 4, 5, 6) order by position";
/// As the shop says it of what was pending for too long.
const EXPIRED: &str = "expired";
/// The code of the shop itself.
const SYSTEM: &str = "0";

#[derive(Clone, Debug)]
pub(super) struct Move {
    pub kind: EventKind,
    pub reason: Option<String>,
    pub is_the_shops: bool,
    /// In microseconds.
    pub at: i64,
}

impl PartialEq for Move {
    /// Nobody asks for a time.
    fn eq(&self, other: &Move) -> bool {
        let told = |of: &Move| (of.kind, of.reason.clone(), of.is_the_shops);
        told(self) == told(other)
    }
}

pub(super) type Moves<'c> = BTreeMap<&'c str, Vec<Move>>;

pub(super) fn compare(
    compared: &Comparison,
    orders: &[OrderRow],
    wrong: &mut Vec<String>,
) -> anyhow::Result<()> {
    let mut moves = Moves::new();
    for [order, kind, data, actor, at] in compared.rows.of(MOVES)? {
        let kind = kind.parse().ok().and_then(EventKind::coded).context("no such event")?;
        let reason = MoveData::read(data).map(|data| data.reason);
        let is_the_shops = actor == SYSTEM;
        moves.entry(order).or_default().push(Move { kind, reason, is_the_shops, at: at.parse()? });
    }
    served::compare(compared, orders, &moves, wrong);
    mailed::compare(compared, orders, &moves, wrong)?;
    for row in orders {
        let told = moves.get(row.id).map(Vec::as_slice).unwrap_or_default();
        if led_to(told) != Some(row.status) {
            wrong.push(format!("order {} is {:?} by its moves {told:?}", row.id, row.status));
        }
    }
    let asked: Vec<_> = compared.asked::<Ask>().collect();
    let told = asked.iter().filter_map(|(entry, ask)| misled(entry, ask, &moves));
    wrong.extend(told);
    let is_served = compared.outside.messages.is_some();
    wrong.extend(unasked(&asked, &moves, is_served));
    Ok(())
}

/// `None` where it cannot have gone so.
fn led_to(moves: &[Move]) -> Option<OrderStatus> {
    use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
    moves.iter().try_fold(Pending, |from, next| match (from, next.kind) {
        (Pending, EventKind::OrderStarted) => Some(Processing),
        (Processing, EventKind::OrderCompleted) => Some(Completed),
        (Pending | Processing, EventKind::OrderCancelled) => Some(Cancelled),
        (Processing, EventKind::OrderFailed) => Some(Failed),
        (Failed, EventKind::OrderRetried) => Some(Pending),
        _ => None,
    })
}

/// What was acknowledged is told of, once; what was refused is not.
fn misled(entry: &Entry, ask: &Ask, moves: &Moves) -> Option<String> {
    let of = |order: &Uuid| moves.get(order.simple().to_string().as_str());
    let has = |order, kind| of(order).into_iter().flatten().any(|told| told.kind == kind);
    let told = match ask {
        Ask::Work { order, reason, .. } => {
            let is_it = |told: &&Move| told.reason.as_ref() == Some(reason);
            let found = of(order).into_iter().flatten().filter(is_it).count();
            match (&entry.fate, found) {
                (Fate::Done(_), 1) | (Fate::NotDone | Fate::Refused(_), 0) => return None,
                (Fate::Unknown, 0..=1) => return None,
                // Again it changes nothing.
                (Fate::Done(_), 0) if ask.is_cancelled() && has(order, Cancelled) => return None,
                (_, found) => format!("was done {found} times"),
            }
        }
        Ask::Cancel { order } => {
            let is_cancelled = has(order, Cancelled);
            match &entry.fate {
                Fate::Done(_) if !is_cancelled => "was not done".to_owned(),
                // Nothing but somebody who works on it stands against it.
                Fate::Refused(_) if !has(order, EventKind::OrderStarted) => {
                    "was refused".to_owned()
                }
                _ => return None,
            }
        }
        Ask::Place { .. } | Ask::HandOver { .. } | Ask::Note { .. } => return None,
    };
    Some(format!("{ask:?} {told}, and its client was told {:?}", entry.fate))
}

/// Moves that nobody asked for.
fn unasked(asked: &[(&Entry, &Ask)], moves: &Moves, is_served: bool) -> Vec<String> {
    let mut wanted: BTreeMap<String, Vec<Move>> = BTreeMap::new();
    for (entry, ask) in asked.iter().filter(|(entry, _)| entry.fate != Fate::NotDone) {
        let (order, kind, reason) = match ask {
            Ask::Cancel { order } => (order, EventKind::OrderCancelled, None),
            Ask::Work { order, work, reason } => (order, told_of(*work), Some(reason.clone())),
            Ask::Place { .. } | Ask::HandOver { .. } | Ask::Note { .. } => continue,
        };
        // It may have been done all the same, if its client was once not answered.
        if !matches!(entry.fate, Fate::Refused(_)) || entry.was_unknown {
            let wanted = wanted.entry(order.simple().to_string()).or_default();
            wanted.push(Move { kind, reason, is_the_shops: false, at: 0 });
        }
    }
    let mut wrong = Vec::new();
    for (order, moves) in moves {
        let wanted = wanted.get(*order).map(Vec::as_slice).unwrap_or_default();
        let is_unasked = |told: &&Move| {
            let is_expired =
                told.kind == EventKind::OrderCancelled && told.reason.as_deref() == Some(EXPIRED);
            // Nobody asks a worker for what he does.
            let is_worked =
                matches!(told.kind, EventKind::OrderStarted | EventKind::OrderCompleted)
                    && told.is_the_shops
                    && told.reason.is_none();
            // Whether the service has said so is looked at with it.
            let is_worked =
                is_worked || is_served && told.kind == EventKind::OrderFailed && told.is_the_shops;
            !is_expired && !is_worked && !wanted.contains(told)
        };
        let unasked = moves.iter().filter(is_unasked);
        wrong.extend(unasked.map(|told| format!("nobody asked order {order} for {told:?}")));
    }
    wrong
}

fn told_of(work: Work) -> EventKind {
    match work {
        Work::Start => EventKind::OrderStarted,
        Work::Complete => EventKind::OrderCompleted,
        Work::Fail => EventKind::OrderFailed,
        Work::Retry => EventKind::OrderRetried,
        Work::Cancel => EventKind::OrderCancelled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EventKind::{
        OrderCancelled as Cancelled, OrderCompleted as Completed, OrderFailed as Failed,
        OrderRetried as Retried, OrderStarted as Started,
    };

    #[test]
    fn moves_lead_along_the_table_and_nowhere_else() {
        let of = |kinds: &[EventKind]| {
            let moves = kinds.iter().map(|kind| Move {
                kind: *kind,
                reason: None,
                is_the_shops: false,
                at: 0,
            });
            led_to(&moves.collect::<Vec<_>>())
        };
        for (kinds, expected) in [
            (vec![], Some(OrderStatus::Pending)),
            (vec![Started, Failed, Retried, Cancelled], Some(OrderStatus::Cancelled)),
            (vec![Started, Completed], Some(OrderStatus::Completed)),
            (vec![Cancelled, Cancelled], None),
            (vec![Completed], None),
            (vec![Started, Completed, Cancelled], None),
        ] {
            assert_eq!(of(&kinds), expected, "{kinds:?}");
        }
    }

    #[test]
    fn the_statement_finds_all_moves() {
        let codes =
            [Started, Completed, Cancelled, Failed, Retried].map(|kind| kind.code().to_string());
        assert!(MOVES.contains(&format!("({})", codes.join(", "))));
    }
}
