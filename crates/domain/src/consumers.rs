//! Consumers: who follows the shop's events, and how far each has come.
//!
//! A consumer runs once at a time, under a lease that its holder renews with each step; its cursor
//! never goes back. Whoever takes a lease over goes on where the last holder stopped.

use crate::{
    Context, Facts, Micros, Text, commands,
    facts::Row,
    kinds,
    rules::{Never, Rule, Who},
};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct Consumer {
    pub name: Text<100>,
    /// All events up to this position were taken.
    pub position: i64,
    /// The process that works for it.
    pub holder: Uuid,
    pub leased_until: Micros,
    pub seen_at: Micros,
}

impl Consumer {
    /// Whether its lease has run out. A lease that would begin in as long as it lasts is none: the clock was set
    /// back.
    fn is_free(&self, now: Micros) -> bool {
        now.has_passed(self.seen_at, self.leased_until.0.saturating_sub(self.seen_at.0))
    }
}

impl Row for Consumer {
    type Key = Text<100>;
    type Find = Text<100>;
    fn key(&self) -> Text<100> {
        self.name.clone()
    }
}

/// Takes or renews the lease of a consumer.
#[derive(Clone, Debug, PartialEq)]
pub struct TakeLease {
    pub consumer: Text<100>,
    pub holder: Uuid,
    pub lease_us: i64,
    /// The position after which one begins that is not known: 0 is before the first event. Whoever reads it
    /// of the feed before he asks loses nothing, for what has happened since comes after it. One that is
    /// known goes on where it stands.
    pub begins_at: i64,
}

/// Notes that all events up to a position were taken, and renews the lease.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveCursor {
    pub consumer: Text<100>,
    pub holder: Uuid,
    pub position: i64,
    pub lease_us: i64,
}

kinds! {
    pub enum LeaseRefusal {
        /// Somebody else works for it.
        Held { until: Micros } = "lease_held",
    }
}

kinds! {
    pub enum CursorRefusal {
        /// Somebody else has taken over, or it was swept away meanwhile.
        LeaseLost = "lease_lost",
        GoesBack { position: i64 } = "cursor_goes_back",
    }
}

impl Rule for TakeLease {
    type Outcome = Consumer;
    type Refusal = LeaseRefusal;

    fn name(&self) -> &'static str {
        "take_lease"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.consumers.want(&self.consumer);
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Consumer, LeaseRefusal> {
        let (holder, now) = (self.holder, context.now);
        let leased_until = now.plus(self.lease_us);
        let Some(present) = facts.consumers.get(&self.consumer) else {
            let name = self.consumer.clone();
            let position = self.begins_at;
            let begun = Consumer { name, position, holder, leased_until, seen_at: now };
            facts.consumers.make(begun.clone());
            return Ok(begun);
        };
        if present.holder != holder && !present.is_free(now) {
            return Err(LeaseRefusal::Held { until: present.leased_until });
        }
        let taken = Consumer { holder, leased_until, seen_at: now, ..present.clone() };
        facts.consumers.put(taken.clone());
        Ok(taken)
    }
}

impl Rule for MoveCursor {
    type Outcome = Consumer;
    type Refusal = CursorRefusal;

    fn name(&self) -> &'static str {
        "move_cursor"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.consumers.want(&self.consumer);
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Consumer, CursorRefusal> {
        let present = facts.consumers.get(&self.consumer).ok_or(CursorRefusal::LeaseLost)?;
        // A lease that has run out, and that nobody took since, is still its holder's.
        if present.holder != self.holder {
            return Err(CursorRefusal::LeaseLost);
        }
        if self.position < present.position {
            return Err(CursorRefusal::GoesBack { position: present.position });
        }
        let moved = Consumer {
            position: self.position,
            leased_until: context.now.plus(self.lease_us),
            seen_at: context.now,
            ..present.clone()
        };
        facts.consumers.put(moved.clone());
        Ok(moved)
    }
}

commands!(Consumers: TakeLease = "take_lease" -> Never, MoveCursor = "move_cursor" -> Never);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Actor, CorrelationId, rules::Who};

    const LEASE_US: i64 = 10 * Micros::SECOND;

    fn who() -> Who {
        Who { actor: Actor::SYSTEM, correlation: CorrelationId(Uuid::nil()), once: None }
    }

    fn name() -> Text<100> {
        Text::stored("search")
    }

    fn take(facts: &mut Facts, holder: u128, now: i64) -> Result<Consumer, LeaseRefusal> {
        take_from(facts, 0, holder, now)
    }

    fn take_from(
        facts: &mut Facts,
        begins_at: i64,
        holder: u128,
        now: i64,
    ) -> Result<Consumer, LeaseRefusal> {
        let holder = Uuid::from_u128(holder);
        let rule = TakeLease { consumer: name(), holder, lease_us: LEASE_US, begins_at };
        rule.decide(Context { who: &who(), now: Micros(now) }, facts)
    }

    fn advance(
        facts: &mut Facts,
        holder: u128,
        position: i64,
        now: i64,
    ) -> Result<Consumer, CursorRefusal> {
        let holder = Uuid::from_u128(holder);
        let rule = MoveCursor { consumer: name(), holder, position, lease_us: LEASE_US };
        rule.decide(Context { who: &who(), now: Micros(now) }, facts)
    }

    #[test]
    fn a_lease_is_its_holders_until_it_has_run_out() {
        let mut facts = Facts::default();
        assert_eq!(take(&mut facts, 1, 0).unwrap().position, 0);
        let held = Err(LeaseRefusal::Held { until: Micros(LEASE_US) });
        assert_eq!(take(&mut facts, 2, LEASE_US - 1), held);
        assert_eq!(take(&mut facts, 2, LEASE_US).unwrap().holder, Uuid::from_u128(2));
        assert!(take(&mut facts, 1, LEASE_US + 1).is_err(), "it is the other's now");
        let renewed = take(&mut facts, 2, LEASE_US + 1).unwrap();
        assert_eq!(renewed.leased_until, Micros(2 * LEASE_US + 1));
    }

    #[test]
    fn a_lease_is_not_waited_for_until_a_clock_that_was_set_back_is_there_again() {
        let (mut facts, then) = (Facts::default(), 100 * LEASE_US);
        take(&mut facts, 1, then).unwrap();
        let (held, minute) =
            (LeaseRefusal::Held { until: Micros(then + LEASE_US) }, 60 * Micros::SECOND);
        assert_eq!(take(&mut facts, 2, then - minute + 1), Err(held), "the other was quicker");
        assert_eq!(take(&mut facts, 2, then - minute).unwrap().holder, Uuid::from_u128(2));
    }

    #[test]
    fn a_cursor_moves_on_for_its_holder_alone_and_never_back() {
        let mut facts = Facts::default();
        assert_eq!(advance(&mut facts, 1, 5, 0), Err(CursorRefusal::LeaseLost), "never begun");
        take(&mut facts, 1, 0).unwrap();
        assert_eq!(advance(&mut facts, 1, 5, 1).unwrap().position, 5);
        assert_eq!(advance(&mut facts, 1, 5, 2).unwrap().leased_until, Micros(2 + LEASE_US));
        let back = CursorRefusal::GoesBack { position: 5 };
        assert_eq!(advance(&mut facts, 1, 4, 3), Err(back));
        assert_eq!(advance(&mut facts, 2, 6, 3), Err(CursorRefusal::LeaseLost));
        take(&mut facts, 2, 3 * LEASE_US).unwrap();
        assert_eq!(advance(&mut facts, 1, 6, 3 * LEASE_US), Err(CursorRefusal::LeaseLost));
        assert_eq!(advance(&mut facts, 2, 6, 3 * LEASE_US).unwrap().position, 6);
    }

    #[test]
    fn only_one_that_is_not_known_begins_where_it_is_told() {
        let mut facts = Facts::default();
        assert_eq!(take_from(&mut facts, 7, 1, 0).unwrap().position, 7);
        advance(&mut facts, 1, 9, 1).unwrap();
        for (begins_at, holder) in [(0, 1), (20, 1), (20, 2)] {
            let taken = take_from(&mut facts, begins_at, holder, 3 * LEASE_US).unwrap();
            assert_eq!(taken.position, 9);
            facts.consumers.put(Consumer { leased_until: Micros(0), ..taken });
        }
    }

    #[test]
    fn a_refused_step_leaves_the_facts_as_they_were() {
        let mut facts = Facts::default();
        take(&mut facts, 1, 0).unwrap();
        let before = facts.clone();
        assert!(take(&mut facts, 2, 1).is_err() && advance(&mut facts, 2, 1, 1).is_err());
        assert_eq!(facts, before);
    }
}
