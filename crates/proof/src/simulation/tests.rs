//! Many seeds hold, a seed repeats itself, and everything that may happen does.

use super::{seed, tally::Tally};

const SEEDS: u64 = 1000;
const OPERATIONS: u64 = 500;

fn played(seeds: std::ops::Range<u64>) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds {
        let ended = seed::play(seed, OPERATIONS).unwrap();
        if let Some(failure) = ended.broken {
            panic!("{failure}");
        }
        tally.add(&ended.tally);
    }
    tally
}

/// What no seed can show: it is of the writer's queue, which stands before the door, or would take ten
/// thousand categories, a shelf of a hundred thousand, or somebody who writes beside the shop (the domain's laws do).
const UNREACHABLE: [&str; 5] = [
    "busy",
    "late",
    "create_category: too_many_categories",
    "checkout: total_too_large",
    "checkout: out_of_stock",
];

#[test]
fn a_thousand_seeds_hold_and_show_everything_that_may_happen() {
    let half = SEEDS / 2;
    let tally = std::thread::scope(|scope| {
        let other = scope.spawn(|| played(half..SEEDS));
        let mut tally = played(0..half);
        tally.add(&other.join().unwrap());
        tally
    });
    assert!(tally.operations() >= SEEDS * OPERATIONS);
    assert_eq!(tally.unseen(), UNREACHABLE);
}

#[test]
fn a_seed_repeats_itself_exactly() {
    for seed in 0..20 {
        let [one, other] = [(); 2].map(|()| seed::play(seed, OPERATIONS).unwrap());
        assert_eq!((one.hash, one.tally), (other.hash, other.tally), "{seed}");
    }
}
