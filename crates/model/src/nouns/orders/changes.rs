//! What becomes of orders besides their moves: what they say is edited, or forgotten, and what waits for
//! too long is cancelled.

use crate::{Expected, Kept, Model, Modelled};
use domain::{
    Account, CallerKind, Context, EditOrder, EventKind, ExpirePending, Fingerprint, ForgetOrders,
    Listed, Micros, Order, OrderStatus, Role, Text, orders::EditOrderRefusal,
};
use std::sync::Arc;
use uuid::Uuid;

impl Modelled for EditOrder {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use OrderStatus::{Failed, Pending, Processing};
        let actor = context.who.actor;
        let is_staff = actor.role != Role::Customer;
        let Some(before) = model.orders.get(&self.order).cloned() else {
            return Err(vec![EditOrderRefusal::NotFound]);
        };
        if !is_staff && before.owner != actor.caller {
            return Err(vec![EditOrderRefusal::NotFound]);
        }
        let mut wrong = vec![];
        if self.versions.as_ref().is_some_and(|seen| seen.iter().all(|v| *v != before.version)) {
            wrong.push(EditOrderRefusal::VersionMismatch { current: before.version });
        }
        let mine = before.status == Pending;
        let theirs = is_staff && (before.status == Processing || before.status == Failed);
        if !mine && !theirs {
            wrong.push(EditOrderRefusal::NotEditable { status: before.status });
        }
        crate::refused_if_any(wrong)?;
        let mut after = Order::clone(&before);
        if let Some(note) = &self.note {
            after.note = note.clone();
        }
        if let Some(address) = &self.delivery_address {
            after.delivery_address = address.clone();
        }
        if let Some(contact) = &self.contact {
            after.contact = contact.clone();
        }
        Ok(if after == *before { before } else { model.change(after, None, context) })
    }

    fn kept_of(order: &Arc<Order>) -> Option<Kept> {
        Some(Kept::Order(order.id))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        EditOrder::before(kept).map(Kept::Order)
    }
}

impl Modelled for ExpirePending {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let mut expired = 0;
        let has_waited = |since: Micros| context.now.0 - since.0 >= self.ttl_us;
        for id in &self.orders {
            let Some(order) = model.orders.get(id).cloned() else { continue };
            // What is pending waits since it was placed, or was retried.
            let waits = order.status == OrderStatus::Pending;
            if waits && order.pending_since.is_some_and(has_waited) {
                let reason = Text::stored("expired");
                let moved = model.move_on(&order, OrderStatus::Cancelled, Some(&reason), context);
                moved.expect("whatever waits may be cancelled");
                expired += 1;
            }
        }
        Ok(expired)
    }
}

impl Modelled for ForgetOrders {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use OrderStatus::{Pending, Processing};
        let mut forgotten = 0;
        for id in &self.orders {
            let Some(order) = model.orders.get(id).cloned() else { continue };
            let is_gone = |account: &&Account| account.gone_at.is_some();
            let owner = self.owners.iter().find(|owner| owner.0 == order.owner.id);
            let owner = owner.filter(|_| order.owner.kind == CallerKind::Account);
            let owner = owner.and_then(|owner| model.accounts.get(owner)).filter(is_gone);
            let is_old =
                self.kept_us.is_some_and(|kept| context.now.0 - order.created_at.0 >= kept);
            let is_worked_on = order.status == Pending || order.status == Processing;
            if is_worked_on || !(is_old || owner.is_some()) {
                continue;
            }
            let mut after = Order::clone(&order);
            after.note = Text::stored("");
            after.delivery_address = None;
            after.contact = None;
            after.failure_reason = None;
            after.handed_over = None;
            if after != *order {
                model.change(after, Some(&Text::stored("anonymized")), context);
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }
}

impl Model {
    fn change(
        &mut self,
        mut after: Order,
        reason: Option<&Text<500>>,
        context: Context,
    ) -> Arc<Order> {
        (after.version, after.updated_at) = (after.version + 1, context.now);
        let told =
            [after.note.as_str() != "", after.delivery_address.is_some(), after.contact.is_some()];
        let told = told.contains(&true) || after.handed_over.is_some();
        let placer = after.placed_by.unwrap_or(after.owner);
        if let Some(once) = after.once.as_mut().filter(|_| !told) {
            once.fingerprint = Fingerprint(Uuid::nil());
            self.forget_request(placer, &once.key);
        }
        let after = Arc::new(after);
        self.write_down(after.clone(), None, EventKind::OrderChanged, reason, context);
        after
    }
}
