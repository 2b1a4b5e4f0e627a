//! How long a login takes that fails: as long as the slowest comparison that it could have been.
//!
//! An imported hash may take ten times the work of one of the shop's, and how long an answer takes would tell
//! who came along and has not been here yet. So a failure is told no sooner than the slowest of those took
//! lately on this node, whoever was asked about. Where there are none, nobody waits.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What differs from one comparison to the next is hidden in a step.
const STEP: Duration = Duration::from_millis(50);
/// What took longer stood still, and worked no more than others do: nobody waits for that again.
const LONGEST: Duration = Duration::from_secs(5);

/// What the slowest comparison with an imported hash took, if there are such hashes.
#[derive(Debug, Default)]
pub struct Slowest(Mutex<Option<Duration>>);

impl Slowest {
    pub fn took(&self) -> Option<Duration> {
        *self.lock()
    }

    /// One took so long.
    pub fn learn(&self, took: Duration) {
        let mut slowest = self.lock();
        *slowest = (*slowest).max(Some(took.min(LONGEST)));
    }

    /// What was learned before counts no more. None: there are no such hashes.
    pub fn renew(&self, took: Option<Duration>) {
        *self.lock() = took.map(|took| took.min(LONGEST));
    }

    /// Whole at each moment at which it is let go.
    fn lock(&self) -> MutexGuard<'_, Option<Duration>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long after a comparison began, which took so long, it is told that it failed. None: at once.
pub fn told_after(took: Duration, slowest: Option<Duration>) -> Option<Duration> {
    let steps = took.max(slowest?).as_millis().div_ceil(STEP.as_millis());
    Some(STEP.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_failure_takes_as_long_as_the_slowest_comparison_in_whole_steps() {
        for (took, slowest, after) in [
            (ms(25), None, None),
            (ms(900), None, None),
            // Whichever hash it was, and none.
            (ms(25), Some(ms(310)), Some(ms(350))),
            (ms(301), Some(ms(310)), Some(ms(350))),
            (ms(310), Some(ms(310)), Some(ms(350))),
            (ms(25), Some(ms(350)), Some(ms(350))),
            (ms(25), Some(ms(26)), Some(ms(50))),
            // One that is slower than any before.
            (ms(351), Some(ms(310)), Some(ms(400))),
        ] {
            assert_eq!(told_after(took, slowest), after, "{took:?} {slowest:?}");
        }
    }

    #[test]
    fn the_slowest_counts_until_it_is_measured_anew() {
        let slowest = Slowest::default();
        assert_eq!(slowest.took(), None);
        for (took, now) in [(300, 300), (200, 300), (400, 400), (3_600_000, 5_000)] {
            slowest.learn(ms(took));
            assert_eq!(slowest.took(), Some(ms(now)), "{took}");
        }
        for (renewed, now) in [(Some(ms(100)), Some(ms(100))), (None, None)] {
            slowest.renew(renewed);
            assert_eq!(slowest.took(), now);
        }
        slowest.renew(Some(ms(3_600_000)));
        assert_eq!(slowest.took(), Some(LONGEST));
    }
}
