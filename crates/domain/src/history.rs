//! What an order was when something happened to it. An event keeps only what cannot be told from its
//! order, so that whoever reads it gets the two put together again.

use crate::{
    Event, EventKind, Micros, Order,
    OrderStatus::{self, Cancelled, Completed, Failed, Pending, Processing},
    Text,
    events::MoveData,
    orders::FORGOTTEN,
};

impl EventKind {
    /// Where it brings an order to; none when it tells of something else.
    pub fn status(self) -> Option<OrderStatus> {
        match self {
            EventKind::OrderPlaced | EventKind::OrderRetried => Some(Pending),
            EventKind::OrderStarted => Some(Processing),
            EventKind::OrderCompleted => Some(Completed),
            EventKind::OrderCancelled => Some(Cancelled),
            EventKind::OrderFailed => Some(Failed),
            // All others move no order.
            _ => None,
        }
    }
}

impl Order {
    /// As it was before anything happened to it.
    fn unplaced(&self) -> Order {
        Order {
            status: Pending,
            version: 0,
            updated_at: self.created_at,
            pending_since: Some(self.created_at),
            processing_started_at: None,
            processing_completed_at: None,
            failure_reason: None,
            ..self.clone()
        }
    }

    /// As this event has left it, but for what it says of people: that is told as it is now, and of whom
    /// the shop has forgotten not at all. It has to be its next one: `None` if it is not, or if another
    /// version has written what this one cannot read.
    fn after(mut self, event: &Event) -> Option<Order> {
        let version = event.version?;
        if version != self.version + 1 || (version == 1) != (event.kind == EventKind::OrderPlaced) {
            return None;
        }
        match (version, event.kind) {
            (1, _) => self.version = 1,
            (_, kind) => {
                let data = event.data.as_deref().map(MoveData::read);
                let reason = data.map(|data| data.map(|data| Text::stored(&data.reason)));
                let reason = reason.map_or(Some(None), |read| read.map(Some))?;
                match kind {
                    EventKind::OrderChanged => self.change(reason.as_ref(), event.at),
                    _ => self.enter_status(kind.status()?, reason, event.at),
                }
            }
        }
        Some(self)
    }

    /// Edited or forgotten. Why it failed events tell, until it is forgotten.
    fn change(&mut self, reason: Option<&Text<500>>, at: Micros) {
        if reason.is_some_and(|reason| reason.as_str() == FORGOTTEN) {
            self.failure_reason = None;
        }
        self.touch(at);
    }

    /// Shows the order as each of these events has left it: they are all that it had, from its first one on.
    /// It ends before one that does not tell.
    pub fn told_by<'e>(
        &self,
        events: impl IntoIterator<Item = &'e Event>,
        mut see: impl FnMut(&Order),
    ) {
        let mut order = self.unplaced();
        for event in events {
            let Some(next) = order.after(event) else { return };
            see(&next);
            order = next;
        }
    }
}
