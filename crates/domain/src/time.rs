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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_and_a_day_are_so_many_microseconds() {
        assert_eq!((Micros::HOUR, Micros::DAY), (3_600_000_000, 86_400_000_000));
    }
}
