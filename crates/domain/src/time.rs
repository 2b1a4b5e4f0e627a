//! Points in time and spans, in microseconds. There is no clock here: the time is handed in.

use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01 UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Micros(pub i64);

impl Micros {
    pub const SECOND: i64 = 1_000_000;
    pub const HOUR: i64 = 3_600 * Self::SECOND;
    pub const DAY: i64 = 24 * Self::HOUR;

    pub fn plus(self, span_us: i64) -> Micros {
        Micros(self.0.saturating_add(span_us))
    }

    pub fn minus(self, span_us: i64) -> Micros {
        Micros(self.0.saturating_sub(span_us))
    }

    /// Whether it is at least so far from that time, before it or after it. What is to last from then on is over:
    /// also where it would begin only so much later, for then the clock was set back, and nobody waits until it
    /// is there again.
    pub fn is_away(self, from: Micros, span_us: i64) -> bool {
        u64::try_from(span_us).map_or(true, |span_us| self.0.abs_diff(from.0) >= span_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_and_a_day_are_so_many_microseconds() {
        assert_eq!((Micros::HOUR, Micros::DAY), (3_600_000_000, 86_400_000_000));
    }

    #[test]
    fn what_lasts_is_over_after_it_and_as_long_before_it() {
        for (now, is_over) in [(5, true), (6, true), (7, false), (13, false), (14, true)] {
            assert_eq!(Micros(now).is_away(Micros(10), 4), is_over, "{now}");
        }
        assert!(Micros(10).is_away(Micros(10), 0) && Micros(10).is_away(Micros(10), -1));
        assert!(Micros(i64::MIN).is_away(Micros(i64::MAX), i64::MAX));
    }
}
