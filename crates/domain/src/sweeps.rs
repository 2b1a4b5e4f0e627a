//! Sweeping: what has outlived its use goes, through the same door as everything else.

use crate::{
    Context, Facts, Micros, commands,
    idempotency::TRACE_LIFETIME_US,
    rules::{Never, Rule, Who},
};

/// A batch id answers a lost commit, which is asked about within minutes.
const BATCH_LIFETIME_US: i64 = 2 * Micros::HOUR;
/// An expired session is of use only to those who look into a theft.
const SESSION_AFTERLIFE_US: i64 = 30 * Micros::DAY;

#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// How long the trail is kept.
    pub trail_us: i64,
    /// A consumer that nobody has seen for so long begins anew when it comes back.
    pub consumers_us: i64,
}

/// Everything older than these goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Prune {
    pub batches_before: Micros,
    pub traces_before: Micros,
    pub sessions_before: Micros,
    pub consumers_before: Micros,
    pub links_before: Micros,
    pub trail_before: Micros,
}

impl Rule for Sweep {
    type Outcome = ();
    type Refusal = Never;

    fn name(&self) -> &'static str {
        "sweep"
    }

    fn needs(&self, _: &Who, _: &mut Facts) {}

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<(), Never> {
        facts.prunes.add(Prune {
            batches_before: context.now.minus(BATCH_LIFETIME_US),
            traces_before: context.now.minus(TRACE_LIFETIME_US),
            sessions_before: context.now.minus(SESSION_AFTERLIFE_US),
            consumers_before: context.now.minus(self.consumers_us),
            links_before: context.now,
            trail_before: context.now.minus(self.trail_us),
        });
        Ok(())
    }
}

commands!(Sweeps: Sweep = "sweep" -> Never);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Actor, CorrelationId};
    use uuid::Uuid;

    #[test]
    fn everything_is_kept_for_as_long_as_it_is_of_use() {
        let who = Who { actor: Actor::SYSTEM, correlation: CorrelationId(Uuid::nil()), once: None };
        let mut facts = Facts::default();
        let now = Micros(500 * Micros::DAY);
        let sweep = Sweep { trail_us: 365 * Micros::DAY, consumers_us: 7 * Micros::DAY };
        assert_eq!(sweep.decide(Context { who: &who, now }, &mut facts), Ok(()));
        let before = |hours: i64| Micros((500 * 24 - hours) * Micros::HOUR);
        let prune = Prune {
            batches_before: before(2),
            traces_before: before(48),
            sessions_before: before(30 * 24),
            consumers_before: before(7 * 24),
            links_before: before(0),
            trail_before: before(365 * 24),
        };
        assert_eq!(facts.prunes.0, [prune]);
    }
}
