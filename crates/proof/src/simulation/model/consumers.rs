//! Those who follow the events, as they should be: one at a time, and never backwards.

use super::Model;
use domain::{
    Consumer, Micros, MoveCursor, TakeLease,
    consumers::{CursorRefusal, LeaseRefusal},
};

impl Model {
    pub(super) fn take_lease(
        &mut self,
        wanted: &TakeLease,
        now: Micros,
    ) -> Result<Consumer, Vec<LeaseRefusal>> {
        let position = match self.consumers.get(&wanted.consumer) {
            Some(Consumer { holder, leased_until, .. })
                if *holder != wanted.holder && now.0 < leased_until.0 =>
            {
                return Err(vec![LeaseRefusal::Held { until: *leased_until }]);
            }
            Some(present) => present.position,
            None => 0,
        };
        Ok(self.follow(Consumer {
            name: wanted.consumer.clone(),
            position,
            holder: wanted.holder,
            leased_until: Micros(now.0 + wanted.lease_us),
            seen_at: now,
        }))
    }

    pub(super) fn move_cursor(
        &mut self,
        wanted: &MoveCursor,
        now: Micros,
    ) -> Result<Consumer, Vec<CursorRefusal>> {
        let present = self.consumers.get(&wanted.consumer);
        let mut wrong = Vec::new();
        if present.is_none_or(|present| present.holder != wanted.holder) {
            wrong.push(CursorRefusal::LeaseLost);
        }
        if let Some(Consumer { position, .. }) = present
            && wanted.position < *position
        {
            wrong.push(CursorRefusal::GoesBack { position: *position });
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(self.follow(Consumer {
            name: wanted.consumer.clone(),
            position: wanted.position,
            holder: wanted.holder,
            leased_until: Micros(now.0 + wanted.lease_us),
            seen_at: now,
        }))
    }

    fn follow(&mut self, consumer: Consumer) -> Consumer {
        self.touched.consumers.insert(consumer.name.clone());
        self.consumers.insert(consumer.name.clone(), consumer.clone());
        consumer
    }
}
