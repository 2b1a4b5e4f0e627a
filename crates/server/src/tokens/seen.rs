//! Access tokens whose signature was found right lately. Whoever shows one with each request has it looked
//! at once; whether it has expired, and whether its session lives, is looked at each time, and not here.

use super::AccessClaims;
use std::{
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Tokens that are remembered at most: two megabytes.
const PLACES: usize = 1 << 12;

/// A token, and what it says.
type Place = Option<(Box<str>, Arc<AccessClaims>)>;

/// One place for each token, by its hash; another one that comes there takes it.
pub struct Seen {
    seed: RandomState,
    places: Box<[Mutex<Place>]>,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen { seed: RandomState::new(), places: (0..PLACES).map(|_| Mutex::default()).collect() }
    }
}

impl Seen {
    /// What this token says, if it is the very one.
    pub fn get(&self, token: &str) -> Option<Arc<AccessClaims>> {
        let place = self.place(token);
        place.as_ref().filter(|(seen, _)| **seen == *token).map(|(_, claims)| Arc::clone(claims))
    }

    pub fn keep(&self, token: &str, claims: &Arc<AccessClaims>) {
        *self.place(token) = Some((token.into(), Arc::clone(claims)));
    }

    fn place(&self, token: &str) -> MutexGuard<'_, Place> {
        // Their number is a power of two.
        let at = self.seed.hash_one(token) as usize & (PLACES - 1);
        // What is kept is whole, whatever a panicking thread did.
        self.places[at].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
