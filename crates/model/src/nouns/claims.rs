//! What workers do with orders, as it should be.

use crate::{Expected, Model, Modelled, modelled::modelled};
use domain::{
    Claim, CompleteOrders, Context, Micros, Order, OrderId, OrderStatus, SettleOrders, TakeOrders,
    claims::{End, Taken},
};
use uuid::Uuid;

impl Modelled for TakeOrders {
    /// What waits, and what another one's time is over for.
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use OrderStatus::{Pending, Processing};
        let mut taken = vec![];
        for id in &self.orders {
            let Some(order) = model.orders.get(id).cloned() else { continue };
            let claim = model.claims.get(id).cloned();
            let (order, attempts) = match (order.status, claim) {
                (Pending, _) if waits_for(&order, self.waited_us, context) => {
                    let begun = model.move_on(&order, Processing, None, context);
                    (begun.expect("what waits may be begun with"), 1)
                }
                (Processing, Some(claim)) if is_over(&claim, context) => {
                    (order, claim.attempts + 1)
                }
                _ => continue,
            };
            let (order_id, since) = (*id, context.now);
            let (holder, due_at) = (self.holder, Micros(since.0 + self.lease_us));
            model.claim(Claim { order: order_id, holder, since, due_at, attempts });
            taken.push(Taken { order, attempts });
        }
        Ok(taken)
    }
}

fn waits_for(order: &Order, least_us: i64, context: Context) -> bool {
    let since = order.pending_since.filter(|_| order.status == OrderStatus::Pending);
    since.is_some_and(|since| lasted(since, least_us, context))
}

/// Time runs from then to its end, and is over, too, where the clock was set back by as much before it, and by a minute.
pub(super) fn lasted(since: Micros, lasts_us: i64, context: Context) -> bool {
    let ran = context.now.0 - since.0;
    let (is_set_back, has_run) = (-ran >= lasts_us && -ran >= 60_000_000, ran >= lasts_us);
    lasts_us <= 0 || has_run || is_set_back
}

fn is_over(claim: &Claim, context: Context) -> bool {
    lasted(claim.since, claim.due_at.0 - claim.since.0, context)
}

impl Modelled for SettleOrders {
    /// By whoever has it, or by anybody once his time is over.
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let mut settled = 0;
        for settlement in &self.settlements {
            let id = settlement.order;
            let Some(claim) = model.claims.get(&id).cloned() else { continue };
            if claim.holder != self.holder && !is_over(&claim, context) {
                continue;
            }
            let order = model.orders[&id].clone();
            if settlement.begun_at.is_some() && settlement.begun_at != order.processing_started_at {
                continue;
            }
            settled += 1;
            let (to, reason) = match &settlement.end {
                End::Completed => (OrderStatus::Completed, None),
                End::Failed(reason) => (OrderStatus::Failed, Some(reason)),
                End::Again { after_us, is_counted } => {
                    let (since, due_at) = (context.now, Micros(context.now.0 + after_us));
                    let attempts = if *is_counted { claim.attempts } else { claim.attempts - 1 };
                    model.claim(Claim { holder: Uuid::nil(), since, due_at, attempts, ..claim });
                    continue;
                }
            };
            let moved = model.move_on(&order, to, reason, context);
            moved.expect("what is worked on may come to an end");
        }
        Ok(settled)
    }
}

impl Modelled for CompleteOrders {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let mut completed = 0;
        for id in &self.orders {
            let Some(order) = model.orders.get(id).cloned() else { continue };
            if waits_for(&order, self.waited_us, context) {
                let begun = model.move_on(&order, OrderStatus::Processing, None, context);
                let begun = begun.expect("what waits may be begun with");
                let ended = model.move_on(&begun, OrderStatus::Completed, None, context);
                ended.expect("and may come to its end");
                completed += 1;
            }
        }
        Ok(completed)
    }
}

impl Model {
    fn claim(&mut self, claim: Claim) {
        let (rows, id) = (&mut self.claims, claim.order);
        self.touched.claims.keep(rows, id, claim);
    }

    /// Nobody works any more on what is worked on no more.
    pub(super) fn unclaim(&mut self, id: OrderId) {
        self.touched.claims.drop(&mut self.claims, id);
    }
}

modelled!(claims:
    TakeOrders(TakeOrders), SettleOrders(SettleOrders), CompleteOrders(CompleteOrders)
);
