//! Spans: how long something took, in steps that grow with it. From what is counted by them, how long most took is
//! told within two hundredths, and no list of all of them is kept.

/// So many steps double a span.
const STEPS: i64 = 64;

/// Spans of `below` microseconds at most, and which they are: `from`, and one more for each `width` microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    pub below: i64,
    pub from: i64,
    pub width: i64,
}

const RUNGS: usize = 57;

/// All spans there can be, the shortest first: what is counted in a database is sorted in by it, too.
pub const LADDER: [Rung; RUNGS] = {
    let mut ladder = [Rung { below: 0, from: 0, width: 1 }; RUNGS];
    let mut rung = 0;
    let mut width = 1;
    while rung < RUNGS {
        let below = (2 * STEPS).saturating_mul(width);
        ladder[rung] = Rung { below, from: rung as i64 * STEPS, width };
        rung += 1;
        width *= 2;
    }
    ladder
};

/// The span of so many microseconds.
pub fn span_of(us: i64) -> i64 {
    let us = us.max(0);
    let rung = LADDER.iter().find(|rung| us < rung.below).unwrap_or(&LADDER[RUNGS - 1]);
    rung.from + us / rung.width
}

/// How many microseconds a span stands for: those in its middle. No other of it is a hundredth away.
pub fn middle_of(span: i64) -> i64 {
    let at = usize::try_from(span / STEPS - 1).unwrap_or(0).min(RUNGS - 1);
    let Rung { from, width, .. } = LADDER[at];
    (span - from).saturating_mul(width).saturating_add(width / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spans_follow_each_other_without_a_gap() {
        for Rung { below, .. } in LADDER.iter().take(RUNGS - 1) {
            let (last, first) = (span_of(below - 1), span_of(*below));
            assert_eq!(last + 1, first, "at {below}");
        }
        assert_eq!((span_of(-5), span_of(0), span_of(1), span_of(127)), (0, 0, 1, 127));
        assert_eq!([128, 129, 130, 255, 256].map(span_of), [128, 128, 129, 191, 192]);
        assert!(span_of(i64::MAX) < 64 * 64);
    }

    proptest! {
        #[test]
        fn a_span_stands_for_what_is_in_it_within_a_hundredth(us in 0..i64::MAX / 4, shift in 0..62) {
            let us = us >> shift;
            let told = middle_of(span_of(us));
            prop_assert!((told - us).abs() <= us / 100, "{us} is told as {told}");
        }

        #[test]
        fn what_took_longer_is_of_no_shorter_span(us in 0..i64::MAX / 2, more in 0..i64::MAX / 2) {
            prop_assert!(span_of(us) <= span_of(us + more));
        }
    }
}
