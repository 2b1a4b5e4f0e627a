//! Places for what is held for a while: so many in all, and of them so many for one caller, so that
//! nobody takes them all.

use domain::Caller;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

#[derive(Clone)]
pub struct Places {
    all: usize,
    each: usize,
    taken: Arc<Mutex<HashMap<Caller, usize>>>,
}

/// Dropping it gives it back.
pub struct Place {
    places: Places,
    caller: Caller,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// This caller has as many as one may have.
    Own,
    All,
}

impl Places {
    pub fn new(all: usize, each: usize) -> Places {
        Places { all, each, taken: Arc::default() }
    }

    pub fn enter(&self, caller: Caller) -> Result<Place, Full> {
        let mut taken = self.lock();
        if taken.get(&caller).is_some_and(|own| *own >= self.each) {
            return Err(Full::Own);
        }
        if taken.values().sum::<usize>() >= self.all {
            return Err(Full::All);
        }
        *taken.entry(caller).or_default() += 1;
        Ok(Place { places: self.clone(), caller })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Caller, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        if let Some(own) = taken.get_mut(&self.caller) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::AccountId;
    use uuid::Uuid;

    #[test]
    fn a_caller_has_some_places_and_leaves_others_theirs() {
        let caller = |number| Caller::account(AccountId(Uuid::from_u128(number)));
        let places = Places::new(3, 2);
        let mut own = [places.enter(caller(1)).ok(), places.enter(caller(1)).ok()];
        assert!(own.iter().all(Option::is_some));
        assert_eq!(places.enter(caller(1)).err(), Some(Full::Own));
        let other = places.enter(caller(2)).ok();
        assert!(other.is_some());
        assert_eq!(places.enter(caller(2)).err(), Some(Full::All));
        assert_eq!(places.enter(caller(1)).err(), Some(Full::Own));
        own[0] = None;
        assert!(places.enter(caller(2)).is_ok(), "it was given back");
        drop((own, other));
        assert!(places.lock().is_empty(), "somebody is remembered");
    }
}
