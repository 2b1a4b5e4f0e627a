//! How many of something: at least one, at most a million.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quantity(i64);

impl Quantity {
    pub const MAX: i64 = 1_000_000;
    pub const ONE: Quantity = Quantity(1);

    pub fn new(units: i64) -> Option<Quantity> {
        (1..=Self::MAX).contains(&units).then_some(Quantity(units))
    }

    pub fn units(self) -> i64 {
        self.0
    }

    /// `None` beyond the maximum.
    pub fn plus(self, other: Quantity) -> Option<Quantity> {
        Quantity::new(self.0 + other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_between_one_and_a_million() {
        for (units, allowed) in
            [(i64::MIN, false), (0, false), (1, true), (1_000_000, true), (1_000_001, false)]
        {
            assert_eq!(Quantity::new(units).is_some(), allowed, "{units}");
        }
        let most = Quantity::new(Quantity::MAX).unwrap();
        assert_eq!(most.plus(Quantity::new(1).unwrap()), None);
    }
}
