//! Which backups are kept: the last of each of so many hours, days and weeks of which there are any, and always the last.

use super::names::Name;
use domain::Micros;
use std::collections::BTreeSet;

/// How many of each.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    pub hourly: usize,
    pub daily: usize,
    pub weekly: usize,
}

/// 1970 began on a Thursday; weeks do on Mondays.
const TO_MONDAY: i64 = 3 * Micros::DAY;

impl Kept {
    /// Those that are not, of all there are.
    pub fn superfluous(self, all: &[Name]) -> Vec<Name> {
        let mut newest_first: Vec<&Name> = all.iter().collect();
        newest_first.sort_unstable_by(|one, other| other.cmp(one));
        let mut kept: BTreeSet<&Name> = newest_first.first().copied().into_iter().collect();
        let spans = [
            (Micros::HOUR, 0, self.hourly),
            (Micros::DAY, 0, self.daily),
            (7 * Micros::DAY, TO_MONDAY, self.weekly),
        ];
        for (span, shift, count) in spans {
            let mut seen = BTreeSet::new();
            let is_last = |name: &&&Name| seen.insert((name.taken_at.0 + shift).div_euclid(span));
            kept.extend(newest_first.iter().filter(is_last).take(count));
        }
        newest_first.into_iter().filter(|name| !kept.contains(name)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOURS: i64 = 24 * 90;

    fn taken(minutes: i64) -> Name {
        // On a Monday.
        Name::new(Micros((minutes + 4 * 24 * 60) * 60 * Micros::SECOND), "epoch", minutes)
    }

    /// Of a quarter of a year, one each hour, as a shop does: after each the superfluous go.
    fn kept_for_a_quarter(kept: Kept) -> Vec<i64> {
        let mut all = Vec::new();
        for hour in 0..HOURS {
            all.push(taken(hour * 60));
            let gone = kept.superfluous(&all);
            all.retain(|name| !gone.contains(name));
        }
        all.iter().map(|name| HOURS - 1 - name.commit / 60).collect()
    }

    #[test]
    fn hours_days_and_weeks_thin_out() {
        let mut ages = kept_for_a_quarter(Kept { hourly: 24, daily: 7, weekly: 4 });
        ages.sort_unstable();
        // The last quarter ends at the end of a Saturday: 12 weeks and 6 days after a Monday.
        let days = (1..7).map(|day| day * 24);
        let weeks = (0..3).map(|week| (6 + 7 * week) * 24);
        let mut expected: Vec<i64> = (0..24).chain(days).chain(weeks).collect();
        expected.sort_unstable();
        expected.dedup();
        assert_eq!(ages, expected);
    }

    proptest! {
        #[test]
        fn the_last_stays_and_no_more_than_were_asked_for(
            minutes in proptest::collection::btree_set(0..100_000_i64, 1..200),
            hourly in 0..30_usize, daily in 0..10_usize, weekly in 0..10_usize,
        ) {
            let all: Vec<Name> = minutes.iter().map(|minutes| taken(*minutes)).collect();
            let kept = Kept { hourly, daily, weekly };
            let gone = kept.superfluous(&all);
            let left: Vec<Name> = all.iter().filter(|name| !gone.contains(name)).cloned().collect();
            prop_assert_eq!(left.last(), all.last());
            prop_assert!(left.len() <= (hourly + daily + weekly).max(1));
            prop_assert!(kept.superfluous(&left).is_empty());
            if daily > 0 {
                let day = |name: &Name| name.taken_at.0.div_euclid(Micros::DAY);
                let last_days: BTreeSet<i64> = all.iter().rev().map(day).collect();
                for wanted in last_days.iter().rev().take(daily) {
                    prop_assert!(left.iter().any(|name| day(name) == *wanted));
                }
            }
        }
    }
}
