//! Orders of a tortured shop that were posted to a fulfilment service: each end that the shop has made by itself
//! is what the service has said of that beginning of it, and nothing was posted that was not begun with.

use super::{
    judged::OrderRow,
    moved::{Move, Moves},
};
use crate::attack::torture::{Becomes, Comparison, Message, Messages};
use domain::{EventKind, OrderStatus};
use std::collections::BTreeSet;
use uuid::Uuid;

/// As the shop says it of what it does not try any more.
const GIVEN_UP: &str = "the fulfilment service was asked ";

pub(super) fn compare(
    compared: &Comparison,
    orders: &[OrderRow],
    moves: &Moves,
    wrong: &mut Vec<String>,
) {
    let outside = compared.outside;
    if outside.orders_have_ended {
        wrong.extend(orders.iter().filter_map(|row| unended(row, moves)));
    }
    let Some(messages) = &outside.messages else { return };
    let mut begun = BTreeSet::new();
    for (order, moves) in moves {
        let Ok(order) = Uuid::parse_str(order) else { continue };
        let mut id = String::new();
        for told in moves {
            match told.kind {
                EventKind::OrderStarted => {
                    id = format!("order_{order}_{}", told.at);
                    begun.insert(id.clone());
                }
                _ if told.is_the_shops => wrong.extend(unsaid(&id, told, messages)),
                _ => {}
            }
        }
    }
    for id in outside.posted.difference(&begun) {
        wrong.push(format!("{id} was posted, and the order was not begun with then"));
    }
}

/// What the staff have begun with by hand is theirs.
fn unended(row: &OrderRow, moves: &Moves) -> Option<String> {
    let last = moves.get(row.id).and_then(|moves| moves.last());
    let is_theirs = last.is_some_and(|last| !last.is_the_shops);
    let waits = match row.status {
        OrderStatus::Pending => true,
        OrderStatus::Processing => !is_theirs,
        _ => false,
    };
    waits.then(|| format!("order {} is {:?}, and comes to no end: {last:?}", row.id, row.status))
}

/// An end that the shop has made by itself, and the service has not said.
fn unsaid(id: &str, told: &Move, messages: &Messages) -> Option<String> {
    let message = messages.get(id);
    let has_said =
        |message: &Message, becomes: Becomes| message.has_said && message.becomes == becomes;
    let is_said = match (told.kind, &told.reason, message) {
        // Nobody began with it in time.
        (EventKind::OrderCancelled, ..) => true,
        (EventKind::OrderCompleted, None, Some(message)) => has_said(message, Becomes::Completed),
        (EventKind::OrderFailed, Some(reason), Some(message)) => {
            let is_given_up = reason.starts_with(GIVEN_UP) && message.in_vain > 0;
            is_given_up || has_said(message, Becomes::Failed(reason.clone()))
        }
        _ => false,
    };
    (!is_said).then(|| format!("{id} has come to {told:?}, and the service has {message:?}"))
}
