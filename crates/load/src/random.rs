//! Cheap repeatable randomness (SplitMix64): which product, which request next.
//! Never used for anything that has to be hard to guess.

use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// An independent stream for one user.
    pub fn stream(seed: u64, number: u32) -> Self {
        let mut base = Self(seed ^ (u64::from(number) << 32));
        Self(base.next())
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number under `limit`, which is at least one.
    pub fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }
}

/// A number that no other run has: idempotency keys and usernames begin with it. It is not the
/// seed, because a run that is repeated with its seed must place new orders and not replay old ones.
pub fn fresh_run_id() -> u64 {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_nanos() as u64);
    // Two that begin in the same instant are of two processes.
    Random::stream(nanos, std::process::id()).next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn draws_repeat_with_their_seed_and_stay_below_the_limit() {
        let (mut one, mut two) = (Random::stream(7, 1), Random::stream(7, 1));
        let mut seen = [false; 10];
        for _ in 0..1000 {
            let drawn = one.below(10);
            assert_eq!(drawn, two.below(10));
            seen[drawn] = true;
        }
        assert_eq!(seen, [true; 10]);
    }

    #[test]
    fn every_user_draws_from_a_stream_of_its_own() {
        let drawn = [0, 1, 2].map(|user| Random::stream(7, user).next());
        let expected =
            [13_309_476_754_707_697_221, 14_433_010_878_207_497_787, 15_256_604_311_500_230_353];
        assert_eq!(drawn, expected);
        // The user's number is added bit by bit to the upper half of the seed.
        assert_eq!(Random::stream(0x1_0000_0007, 3).next(), expected[2]);
    }

    #[test]
    fn no_two_runs_have_the_same_id() {
        let ids: BTreeSet<u64> = (0..100).map(|_| fresh_run_id()).collect();
        assert!(ids.len() > 1, "{ids:?}");
    }

    /// The first numbers that everybody's SplitMix64 draws.
    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        let mut random = Random::new(1_234_567);
        let drawn = [(); 3].map(|()| random.next());
        let expected =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(drawn, expected);
    }
}
