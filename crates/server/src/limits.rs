//! How much one client, one name or one account may ask for.
//!
//! All of it is counted in this node's memory, within bounds, and is forgotten with the node: several
//! nodes allow as many times as much. Times are handed in, so that tests wait for nothing.

mod attempts;
mod memory;
mod paces;
mod places;
mod sources;

pub use attempts::{Attempt, Attempts, Guess, KNOWN_FOR};
pub use paces::{Limit, Pace, Paces};
pub use places::{Full, Place, Places};
pub use sources::{Guest, Source};

use std::time::{Duration, Instant};

/// It was asked for too often: nothing was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too often; wait {wait:?}")]
pub struct TooOften {
    /// After which it is allowed, if nobody else comes before.
    pub wait: Duration,
    /// Whether strangers may have used it up: who can show that he was let in from here before is not
    /// asked for it.
    pub by_strangers: bool,
}

impl TooOften {
    fn after(wait: Duration) -> TooOften {
        TooOften { wait, by_strangers: false }
    }

    /// For a Retry-After: whole seconds, and never none.
    pub fn wait_s(self) -> u64 {
        self.wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1)
    }
}

/// Nanoseconds since `began`; six hundred years fit.
fn nanos_since(began: Instant, now: Instant) -> u64 {
    nanos(now.saturating_duration_since(began))
}

fn nanos(span: Duration) -> u64 {
    span.as_nanos().try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_told_to_wait_is_told_whole_seconds() {
        for (wait_ms, seconds) in [(0, 1), (1, 1), (1000, 1), (1001, 2), (900_000, 900)] {
            let late = TooOften::after(Duration::from_millis(wait_ms));
            assert_eq!(late.wait_s(), seconds, "{wait_ms}");
        }
    }
}
