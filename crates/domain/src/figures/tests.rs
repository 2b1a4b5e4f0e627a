//! What is counted is counted once, by whoever holds the lease; and percentiles against a sorted list of all.

use super::*;
use crate::{Actor, CorrelationId, TakeLease};

const LEASE_US: i64 = 10 * Micros::SECOND;

fn decided<R: Rule>(rule: &R, facts: &mut Facts, now: i64) -> Result<R::Outcome, R::Refusal> {
    let who = Who { actor: Actor::SYSTEM, correlation: CorrelationId(Uuid::nil()), once: None };
    rule.decide(Context { who: &who, now: Micros(now) }, facts)
}

fn begun() -> Facts {
    let mut facts = Facts::default();
    let holder = Uuid::from_u128(1);
    let lease =
        TakeLease { consumer: Text::stored("figures"), holder, lease_us: LEASE_US, begins_at: 0 };
    decided(&lease, &mut facts, 0).unwrap();
    facts
}

fn count(holder: u128, from: i64, to: i64, values: &[(i64, i64)]) -> CountFigures {
    let figure = |&(bucket, value): &(i64, i64)| Figure { kind: FigureKind::Orders, bucket, value };
    CountFigures {
        consumer: Text::stored("figures"),
        holder: Uuid::from_u128(holder),
        from,
        to,
        figures: values.iter().map(figure).collect(),
        is_recount: false,
        lease_us: LEASE_US,
    }
}

fn kept(facts: &Facts) -> Vec<(i64, i64)> {
    facts.figures.rows.values().map(|slot| (slot.row.bucket, slot.row.value)).collect()
}

#[test]
fn what_is_counted_moves_the_cursor_with_it_and_is_counted_once() {
    let mut facts = begun();
    let moved = decided(&count(1, 0, 3, &[(7, 2), (8, 1)]), &mut facts, 1).unwrap();
    assert_eq!((moved.position, moved.leased_until, moved.seen_at.0), (3, Micros(1 + LEASE_US), 1));
    let again = decided(&count(1, 0, 3, &[(7, 2), (8, 1)]), &mut facts, 2);
    assert_eq!(again, Err(CountRefusal::Elsewhere { position: 3 }));
    let later = decided(&count(1, 4, 5, &[(7, 1)]), &mut facts, 2);
    assert_eq!(later, Err(CountRefusal::Elsewhere { position: 3 }), "one would be left out");
    decided(&count(1, 3, 5, &[(7, -1), (9, 1), (9, 1)]), &mut facts, 3).unwrap();
    assert_eq!(kept(&facts), [(7, 1), (8, 1), (9, 2)]);
}

#[test]
fn a_recount_stands_whatever_was_there_and_may_come_in_pieces() {
    let mut facts = begun();
    let recount =
        |to, values: &[(i64, i64)]| CountFigures { is_recount: true, ..count(1, 0, to, values) };
    facts.figures.load(Figure { kind: FigureKind::Orders, bucket: 7, value: 40 });
    facts.figures.load(Figure { kind: FigureKind::Orders, bucket: 8, value: 40 });
    decided(&recount(0, &[(7, 2)]), &mut facts, 1).unwrap();
    assert_eq!(decided(&recount(6, &[(8, 0), (9, 1)]), &mut facts, 2).unwrap().position, 6);
    assert_eq!(kept(&facts), [(7, 2), (8, 0), (9, 1)]);
}

#[test]
fn nobody_counts_for_another_and_a_refused_count_leaves_the_facts_as_they_were() {
    let mut facts = Facts::default();
    let nobody = decided(&count(1, 0, 1, &[(7, 1)]), &mut facts, 0);
    assert_eq!(nobody, Err(CountRefusal::LeaseLost), "never begun");
    let mut facts = begun();
    decided(&count(1, 0, 4, &[]), &mut facts, 0).unwrap();
    let before = facts.clone();
    let other = decided(&count(2, 4, 5, &[(7, 1)]), &mut facts, 5 * LEASE_US);
    assert_eq!(other, Err(CountRefusal::LeaseLost));
    let back = decided(&count(1, 4, 3, &[(7, 1)]), &mut facts, 0);
    assert_eq!(back, Err(CountRefusal::GoesBack { position: 4 }));
    assert_eq!(facts, before);
}

#[test]
fn how_long_an_order_took_is_counted_of_what_has_come_to_an_end() {
    let stage = |status, started, completed| Stage {
        status,
        started_at: Some(Micros(started)),
        completed_at: Some(Micros(completed)),
    };
    assert_eq!(stage(Completed, 5, 12).took_us(), Some(7));
    assert_eq!(stage(Failed, 5, 12).took_us(), Some(7));
    assert_eq!(stage(Cancelled, 5, 12).took_us(), None);
    assert_eq!(stage(Completed, 12, 5).took_us(), Some(0), "a clock was set back");
    assert_eq!([0, 499, 500, 1_499, 1_500].map(rounded_ms), [0, 0, 1, 1, 2]);
}

mod percentiles {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    proptest! {
        /// Against the list of all, sorted.
        #[test]
        fn percentiles_are_within_two_hundredths(
            times in vec((0..i64::MAX >> 12, 0..52_u32).prop_map(|(us, shift)| us >> shift), 1..400),
            percent in 1..=100_i64,
        ) {
            let mut sums = Sums::default();
            times.iter().for_each(|us| sums.add(FigureKind::Spans, span_of(*us), 1));
            let mut sorted = times.clone();
            sorted.sort_unstable();
            let rank = (sorted.len() * usize::try_from(percent).unwrap()).div_ceil(100);
            let exact = sorted[rank - 1];
            let told = percentile_us(&sums.figures(), percent).unwrap();
            prop_assert!((told - exact).abs() * 50 <= exact, "{told} for {exact}");
        }
    }

    #[test]
    fn where_nothing_was_processed_nothing_is_told() {
        assert_eq!((percentile_us(&[], 50), processed(&[])), (None, 0));
        let given_back = Figure { kind: FigureKind::Spans, bucket: 3, value: 0 };
        assert_eq!(percentile_us(&[given_back], 50), None);
    }
}
