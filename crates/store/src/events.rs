//! Events: appended in the commit of the change, each with a position in the shop's feed.

use crate::{
    bulk::{Bulk, Shape},
    tx::Write,
    value::Rows,
};
use domain::Event;

pub static APPEND_EVENTS: Bulk = Bulk {
    name: "append_events",
    table: "events",
    keys: &[],
    columns: &[
        "position",
        "order_id",
        "version",
        "from_status",
        "to_status",
        "reason",
        "actor_kind",
        "actor_id",
        "correlation_id",
        "at",
    ],
    shape: Shape::Append { counter: "events" },
};

pub static BULKS: [&Bulk; 1] = [&APPEND_EVENTS];

pub(crate) fn append(events: &[Event]) -> Write<'_> {
    let rows = (1..).zip(events).map(|(offset, event): (i64, _)| {
        [
            offset.into(),
            event.order.0.into(),
            event.version.into(),
            event.from.map(|status| status.code()).into(),
            event.to.code().into(),
            event.reason.as_deref().into(),
            event.actor.kind.code().into(),
            event.actor.id.into(),
            event.correlation.0.into(),
            event.at.0.into(),
        ]
    });
    Write { bulk: &APPEND_EVENTS, rows: Rows::of(rows) }
}
