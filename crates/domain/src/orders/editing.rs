//! Editing what an order says besides its goods. An event tells that it was edited and not what it says:
//! events are kept for ever, and what is personal is not.

use super::{Contact, LONGEST, Order, OrderId, OrderStatus, PlaceOrder};
use crate::{
    Actor, Context, EventKind, Facts, Fingerprint, Once, PostalAddress, Text,
    idempotency::PlacedBefore,
    kinds,
    rules::{Keyed, Numbers, Rule, Weight, Who},
};
use serde::Serialize;
use std::sync::Arc;

/// What is not named stays as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EditOrder {
    pub order: OrderId,
    /// `None`: whatever version it is at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versions: Option<Vec<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Text<1000>>,
    /// `Some(None)`: it has none any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_address: Option<Option<PostalAddress>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Option<Contact>>,
}

kinds! {
    pub enum EditOrderRefusal {
        NotFound = "order_not_found",
        VersionMismatch { current: i64 } = "version_mismatch",
        NotEditable { status: OrderStatus } = "not_editable",
    }
}

impl EditOrder {
    pub fn of(order: OrderId) -> EditOrder {
        EditOrder { order, versions: None, note: None, delivery_address: None, contact: None }
    }

    fn changes(&self, order: &Order) -> bool {
        self.note.as_ref().is_some_and(|note| *note != order.note)
            || self.delivery_address.as_ref().is_some_and(|to| *to != order.delivery_address)
            || self.contact.as_ref().is_some_and(|contact| *contact != order.contact)
    }
}

impl Rule for EditOrder {
    type Outcome = Arc<Order>;
    type Refusal = EditOrderRefusal;

    fn name(&self) -> &'static str {
        "edit_order"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.orders.want(&self.order);
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Arc<Order>, EditOrderRefusal> {
        let actor = &context.who.actor;
        let order = facts.orders.get(&self.order).filter(|order| order.is_visible_to(actor));
        let order = order.ok_or(EditOrderRefusal::NotFound)?;
        let (status, current) = (order.status, order.version);
        if self.versions.as_ref().is_some_and(|seen| !seen.contains(&current)) {
            return Err(EditOrderRefusal::VersionMismatch { current });
        }
        if !status.is_editable_by(actor) {
            return Err(EditOrderRefusal::NotEditable { status });
        }
        if !self.changes(order) {
            return Ok(order.clone());
        }
        let edit = |order: &mut Order| {
            order.note = self.note.clone().unwrap_or(order.note.clone());
            if let Some(delivery_address) = self.delivery_address.clone() {
                order.delivery_address = delivery_address;
            }
            if let Some(contact) = self.contact.clone() {
                order.contact = contact;
            }
        };
        facts.change_order(&self.order, edit, None, context).ok_or(EditOrderRefusal::NotFound)
    }

    fn kept(order: &Arc<Order>) -> Box<str> {
        order.id.to_string().into()
    }

    fn number(order: &mut Arc<Order>, numbers: &Numbers) {
        PlaceOrder::number(order, numbers);
    }

    fn weight(&self) -> Weight {
        LONGEST
    }
}

impl OrderStatus {
    /// Its owner until somebody works on it; the staff until it has come to an end.
    fn is_editable_by(self, actor: &Actor) -> bool {
        match self {
            OrderStatus::Pending => true,
            OrderStatus::Processing | OrderStatus::Failed => actor.is_staff(),
            OrderStatus::Completed | OrderStatus::Cancelled => false,
        }
    }
}

impl Facts {
    /// Changes what an order says, and tells that it was changed.
    pub(crate) fn change_order(
        &mut self,
        id: &OrderId,
        change: impl FnOnce(&mut Order),
        reason: Option<&str>,
        context: Context,
    ) -> Option<Arc<Order>> {
        let row = self.orders.edit(id)?;
        let order = Arc::make_mut(row);
        change(order);
        if !order.says_something() {
            order.forget_request();
        }
        order.touch(context.now);
        let order = row.clone();
        self.learn_key(&order);
        self.events.add(order.event(EventKind::OrderChanged, reason, context));
        Some(order)
    }

    /// What is known of its key, for whoever brings it in the same batch.
    pub(super) fn learn_key(&mut self, order: &Order) {
        if let Some(Once { key, fingerprint }) = order.once.clone() {
            let (owner, order) = (order.placer(), order.id);
            self.placed.learn(PlacedBefore { owner, key, order, fingerprint });
        }
    }
}
