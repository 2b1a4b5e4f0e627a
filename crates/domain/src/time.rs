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

    /// Whether what lasts so long since then is over. It is over, too, where it would only begin so much later as
    /// it lasts: then the clock was set back, and nobody waits until it is there again.
    pub fn has_passed(self, since: Micros, span_us: i64) -> bool {
        self >= since.plus(span_us) || since >= self.plus(Micros::too_far_ahead(span_us))
    }

    /// By so much later nothing of that length begins but by a clock that was set back. A command has its time from
    /// the beginning of its batch, and others may have written while it waited for them: a minute is more than
    /// any batch waits.
    pub fn too_far_ahead(span_us: i64) -> i64 {
        if span_us <= 0 { 0 } else { span_us.max(60 * Micros::SECOND) }
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
        let (since, minute) = (Micros(Micros::DAY), 60 * Micros::SECOND);
        for (span_us, ahead_us) in [(1, minute), (minute, minute), (minute + 1, minute + 1)] {
            for (later_us, is_over) in [
                (-ahead_us - 1, true),
                (-ahead_us, true),
                (1 - ahead_us, false),
                (span_us - 1, false),
                (span_us, true),
            ] {
                let now = since.plus(later_us);
                assert_eq!(now.has_passed(since, span_us), is_over, "{span_us} {later_us}");
            }
        }
        for later_us in [-1, 0, 1] {
            assert!(since.plus(later_us).has_passed(since, 0), "what takes no time is over");
        }
        assert!(!since.has_passed(since, i64::MAX));
    }
}
