//! What is remembered of many keys, in bounded memory: where there is no room, the lightest of its
//! neighbours is forgotten, so that who floods it with new keys does not hide what weighs more.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Keys that compete for the same places.
const NEIGHBOURS: usize = 8;

pub(super) trait Weighs: Default {
    /// What weighs least is forgotten first.
    fn weight(&self) -> u64;
}

/// A map by the hashes of its keys. Their seed is this process's own, so nobody can look for two keys
/// that collide.
pub(super) struct Memory<V> {
    seed: RandomState,
    sets: Box<[Mutex<Set<V>>]>,
}

/// Values by the hashes of their keys.
type Set<V> = Vec<(u64, V)>;

impl<V: Weighs> Memory<V> {
    /// With at least this many places.
    pub fn new(places: usize) -> Memory<V> {
        let sets = places.div_ceil(NEIGHBOURS).next_power_of_two();
        Memory { seed: RandomState::new(), sets: (0..sets).map(|_| Mutex::default()).collect() }
    }

    /// Looks at what is kept of a key, and may change it; of a new one that is the default.
    pub fn with<K: Hash, T>(&self, key: K, look: impl FnOnce(&mut V) -> T) -> T {
        let (hash, mut set) = self.set(key);
        if let Some((_, known)) = set.iter_mut().find(|(known, _)| *known == hash) {
            return look(known);
        }
        if set.len() == NEIGHBOURS {
            let lightest = (0..NEIGHBOURS).min_by_key(|place| set[*place].1.weight());
            set.swap_remove(lightest.unwrap_or_default());
        }
        let mut new = V::default();
        let found = look(&mut new);
        set.push((hash, new));
        found
    }

    /// Looks at a key of which something is kept, and remembers nothing new.
    pub fn known<K: Hash, T>(&self, key: K, look: impl FnOnce(&mut V) -> T) -> Option<T> {
        let (hash, mut set) = self.set(key);
        set.iter_mut().find(|(known, _)| *known == hash).map(|(_, known)| look(known))
    }

    /// What stands for a key in here.
    pub fn hash<K: Hash>(&self, key: K) -> u64 {
        self.seed.hash_one(key)
    }

    fn set<K: Hash>(&self, key: K) -> (u64, MutexGuard<'_, Set<V>>) {
        let hash = self.hash(key);
        // The length is a power of two.
        let set = &self.sets[hash as usize & (self.sets.len() - 1)];
        // Plain figures are whole whatever a panicking thread did to them.
        (hash, set.lock().unwrap_or_else(PoisonError::into_inner))
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.sets.iter().map(|set| set.lock().unwrap().len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Grams(u64);

    impl Weighs for Grams {
        fn weight(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn a_key_is_remembered_until_it_is_the_lightest_of_too_many() {
        let memory = Memory::<Grams>::new(1024);
        for heavy in 0..100 {
            memory.with(("heavy", heavy), |grams| grams.0 = 7);
        }
        for light in 0..1_000_000 {
            memory.with(("light", light), |grams| grams.0 = 1);
        }
        assert_eq!(memory.len(), 1024);
        for heavy in 0..100 {
            assert_eq!(memory.known(("heavy", heavy), |grams| grams.0), Some(7), "{heavy}");
        }
        assert_eq!(memory.known("never seen", |grams| grams.0), None);
    }

    #[test]
    fn of_each_key_there_is_one_value() {
        let memory = Memory::<Grams>::new(64);
        for round in 1..=3 {
            for key in 0..4 {
                let grams = memory.with(key, |grams| {
                    grams.0 += key;
                    grams.0
                });
                assert_eq!(grams, key * round);
            }
        }
        assert_eq!(memory.len(), 4);
    }
}
