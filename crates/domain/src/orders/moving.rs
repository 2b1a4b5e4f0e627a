//! Moving an order along the table, of which cancelling is a part.

use super::{LONGEST, Order, OrderId, OrderStatus, PlaceOrder, ShortLine};
use crate::{
    Actor, Context, EventKind, Facts, Fingerprint, Micros, Text, kinds,
    rules::{Keyed, Numbers, Rule, Weight, Who},
    stock::OutOfStock,
};
use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
use serde::Serialize;
use std::sync::Arc;

/// Moves an order along the table; cancelling is one of the moves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MoveOrder {
    pub order: OrderId,
    pub to: OrderStatus,
    /// Where it was when it was chosen: nothing is done to one that is somewhere else by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<OrderStatus>,
    /// When it was begun with for the last time when it was chosen: what was begun with anew since is left alone, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begun_at: Option<Micros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<500>>,
}

kinds! {
    pub enum MoveRefusal {
        NotFound = "order_not_found",
        IllegalMove { from: OrderStatus, to: OrderStatus } = "illegal_move",
        OutOfStock(Vec<ShortLine>) = "out_of_stock",
    }
}

impl From<OutOfStock> for MoveRefusal {
    fn from(OutOfStock(lines): OutOfStock) -> MoveRefusal {
        MoveRefusal::OutOfStock(lines)
    }
}

impl Rule for MoveOrder {
    type Outcome = Arc<Order>;
    type Refusal = MoveRefusal;

    fn name(&self) -> &'static str {
        "move_order"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        let Facts { orders, claims, shelves, products, .. } = facts;
        claims.want(&self.order);
        if let Some(order) = orders.follow(&self.order)
            // A retry may be of what has failed in the same batch, and holds its stock as yet.
            && (self.to == Pending || order.status.holds_stock() != self.to.holds_stock())
        {
            for line in &order.lines {
                shelves.want(&line.product);
                // What is taken may become low.
                if self.to.holds_stock() {
                    products.want(&line.product);
                }
            }
        }
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Arc<Order>, MoveRefusal> {
        let actor = &context.who.actor;
        let order = facts.orders.get(&self.order).ok_or(MoveRefusal::NotFound)?;
        if !order.is_visible_to(actor) {
            return Err(MoveRefusal::NotFound);
        }
        let from = order.status;
        let is_begun_anew =
            self.begun_at.is_some_and(|seen| order.processing_started_at != Some(seen));
        if is_begun_anew || self.from.is_some_and(|expected| expected != from) {
            return Err(MoveRefusal::IllegalMove { from, to: self.to });
        }
        if (from, self.to) == (Cancelled, Cancelled) {
            return Ok(order.clone());
        }
        if !self.is_allowed_for(actor, from) {
            return Err(MoveRefusal::IllegalMove { from, to: self.to });
        }
        facts.move_order(&self.order, self.to, self.reason.as_ref(), context)
    }

    fn kept(order: &Arc<Order>) -> Box<str> {
        order.id.to_string().into()
    }

    fn number(order: &mut Arc<Order>, numbers: &Numbers) {
        PlaceOrder::number(order, numbers);
    }

    /// How many lines it has is not known yet, and all of them are loaded.
    fn weight(&self) -> Weight {
        LONGEST
    }
}

impl Facts {
    /// As far as the table goes: what the status holds is taken or given back, and told.
    pub(crate) fn move_order(
        &mut self,
        id: &OrderId,
        to: OrderStatus,
        reason: Option<&Text<500>>,
        context: Context,
    ) -> Result<Arc<Order>, MoveRefusal> {
        let before = self.orders.get(id).ok_or(MoveRefusal::NotFound)?.clone();
        let takes = to.holds_stock() && !before.status.holds_stock();
        if takes {
            self.shelves.take(&before.lines, context.now)?;
            self.gives_up(&before.lines, before.owner, -1);
        } else if before.status.holds_stock() && !to.holds_stock() {
            self.shelves.give_back(&before.lines, context.now);
            self.gives_up(&before.lines, before.owner, 1);
        }
        // Or it would be copied with all of its lines.
        drop(before);
        // Whoever works on it works on what is worked on.
        self.claims.drop(id);
        let order = self.orders.edit(id).ok_or(MoveRefusal::NotFound)?;
        Arc::make_mut(order).enter_status(to, reason.cloned(), context.now);
        let (order, reason) = (order.clone(), reason.map(Text::as_str));
        self.events.add(order.event(moved_to(to), reason, context));
        if takes {
            self.tell_what_is_low(&order.lines, context);
        }
        Ok(order)
    }
}

fn moved_to(status: OrderStatus) -> EventKind {
    match status {
        Pending => EventKind::OrderRetried,
        Processing => EventKind::OrderStarted,
        Completed => EventKind::OrderCompleted,
        Cancelled => EventKind::OrderCancelled,
        Failed => EventKind::OrderFailed,
    }
}

impl MoveOrder {
    /// From wherever it is, and for no reason that is told.
    pub fn of(order: OrderId, to: OrderStatus) -> MoveOrder {
        MoveOrder { order, to, from: None, begun_at: None, reason: None }
    }

    /// A customer may cancel while nobody works on the order; every other move is the staff's.
    fn is_allowed_for(&self, actor: &Actor, from: OrderStatus) -> bool {
        let own_business = (from, self.to) == (Pending, Cancelled);
        from.may_become(self.to) && (actor.is_staff() || own_business)
    }
}
