//! What the model knows of consumers: whose turn it is, and how far they have come.

use super::{Expected, Model};
use domain::{
    Consumer, Micros, MoveCursor, TakeLease,
    consumers::{CursorRefusal, LeaseRefusal},
};

impl Model {
    /// Nobody works for a consumer while another one's lease runs.
    pub fn take_lease(
        &mut self,
        action: &TakeLease,
        now: Micros,
    ) -> Expected<Consumer, LeaseRefusal> {
        let known = self.consumers.get(&action.consumer);
        let running = known.filter(|consumer| now.0 < consumer.leased_until.0);
        if let Some(other) = running.filter(|consumer| consumer.holder != action.holder) {
            return Err(vec![LeaseRefusal::Held { until: other.leased_until }]);
        }
        let position = known.map_or(0, |consumer| consumer.position);
        let leased_until = Micros(now.0 + action.lease_us);
        let (name, holder) = (action.consumer.clone(), action.holder);
        let consumer = Consumer { name, position, holder, leased_until, seen_at: now };
        self.consumers.insert(action.consumer.clone(), consumer.clone());
        Ok(consumer)
    }

    /// Who held it last may go on, even late, and never back.
    pub fn move_cursor(
        &mut self,
        action: &MoveCursor,
        now: Micros,
    ) -> Expected<Consumer, CursorRefusal> {
        let Some(consumer) = self.consumers.get_mut(&action.consumer) else {
            return Err(vec![CursorRefusal::LeaseLost]);
        };
        let mut wrong = vec![];
        if consumer.holder != action.holder {
            wrong.push(CursorRefusal::LeaseLost);
        }
        if action.position < consumer.position {
            wrong.push(CursorRefusal::GoesBack { position: consumer.position });
        }
        super::refused_if_any(wrong)?;
        (consumer.position, consumer.seen_at) = (action.position, now);
        consumer.leased_until = Micros(now.0 + action.lease_us);
        Ok(consumer.clone())
    }
}
