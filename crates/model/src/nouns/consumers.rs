//! Those who follow the events, as they should be: one at a time, and never backwards.

use super::claims::lasted;
use crate::{Expected, Model, Modelled, modelled::modelled, refused_if_any};
use domain::{
    Consumer, Context, Micros, MoveCursor, TakeLease,
    consumers::{CursorRefusal, LeaseRefusal},
};

impl Modelled for TakeLease {
    /// Nobody works for a consumer while another one's lease runs. A new one begins where it is told.
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let (known, now) = (model.consumers.get(&self.consumer), context.now);
        let running = known.filter(|consumer| {
            let lease_us = consumer.leased_until.0 - consumer.seen_at.0;
            !lasted(consumer.seen_at, lease_us, context)
        });
        if let Some(other) = running.filter(|consumer| consumer.holder != self.holder) {
            return Err(vec![LeaseRefusal::Held { until: other.leased_until }]);
        }
        let position = known.map_or(self.begins_at, |consumer| consumer.position);
        let leased_until = Micros(now.0 + self.lease_us);
        let (name, holder) = (self.consumer.clone(), self.holder);
        Ok(model.follow(Consumer { name, position, holder, leased_until, seen_at: now }))
    }
}

impl Modelled for MoveCursor {
    /// Who held it last may go on, even late, and never back.
    fn expect(&self, model: &mut Model, Context { now, .. }: Context) -> Expected<Self> {
        let Some(consumer) = model.consumers.get(&self.consumer).cloned() else {
            return Err(vec![CursorRefusal::LeaseLost]);
        };
        let mut wrong = vec![];
        if consumer.holder != self.holder {
            wrong.push(CursorRefusal::LeaseLost);
        }
        if self.position < consumer.position {
            wrong.push(CursorRefusal::GoesBack { position: consumer.position });
        }
        refused_if_any(wrong)?;
        let leased_until = Micros(now.0 + self.lease_us);
        let position = self.position;
        Ok(model.follow(Consumer { position, leased_until, seen_at: now, ..consumer }))
    }
}

impl Model {
    pub(super) fn follow(&mut self, consumer: Consumer) -> Consumer {
        self.touched.consumers.insert(consumer.name.clone());
        self.consumers.insert(consumer.name.clone(), consumer.clone());
        consumer
    }
}

modelled!(consumers: TakeLease(TakeLease), MoveCursor(MoveCursor));
