//! Randomness that a seed repeats exactly: SplitMix64. The same seed gives the same run on every
//! machine and with every version of every library.

use uuid::Uuid;

#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        // Neighbouring seeds begin far apart.
        Random(mixed(seed ^ 0x5EED_5EED_5EED_5EED))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed(self.0)
    }

    /// From 0 to `end - 1`; 0 for an empty range.
    pub fn below(&mut self, end: usize) -> usize {
        (((u128::from(self.next())) * end as u128) >> 64) as usize
    }

    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = most.saturating_sub(least).saturating_add(1).max(1);
        least + self.below(span as usize) as i64
    }

    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille as usize
    }

    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        from.get(self.below(from.len()))
    }

    /// One of the values, each as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, from: &[(u32, T)]) -> Option<T> {
        let total: u32 = from.iter().map(|(weight, _)| weight).sum();
        let mut drawn = self.below(total as usize) as u32;
        for (weight, value) in from {
            if drawn < *weight {
                return Some(*value);
            }
            drawn -= weight;
        }
        None
    }

    pub fn uuid(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.next(), self.next())
    }
}

/// FNV-1a: the same on every machine.
pub fn seed_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_differs_from_its_neighbour() {
        let drawn = |seed| {
            let mut random = Random::new(seed);
            (0..100).map(|_| random.next()).collect::<Vec<_>>()
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
    }

    #[test]
    fn ranges_are_kept_and_filled() {
        let mut random = Random::new(1);
        let mut seen = [false; 5];
        for _ in 0..1000 {
            seen[random.below(5)] = true;
            assert!((-2..=2).contains(&random.between(-2, 2)));
        }
        assert_eq!(seen, [true; 5]);
        assert_eq!(random.pick::<u8>(&[]), None);
        assert_eq!(random.weighted(&[(0, 'a'), (3, 'b')]), Some('b'));
    }
}
