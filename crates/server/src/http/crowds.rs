//! How many connections one address has open, and of IPv6 the networks around it, which may have a few
//! times as many. What is counted is bounded by the connections there are.
//!
//! Not counted are those in front of whom others stand: this machine, and proxies that are trusted.

use crate::{limits::Source, settings::Networks};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub(super) struct Crowds {
    /// 0: any number.
    most: usize,
    crowded: Networks,
    present: Present,
}

#[derive(Clone, Default)]
struct Present(Arc<Mutex<HashMap<Source, usize>>>);

/// A place of an address. Dropping it gives it back.
pub(super) struct Presence(Option<(Present, Source)>);

impl Crowds {
    pub fn new(most: usize, crowded: Networks) -> Crowds {
        Crowds { most, crowded, present: Present::default() }
    }

    /// None if this address has as many as it may.
    pub fn enter(&self, address: IpAddr) -> Option<Presence> {
        if self.most == 0 || self.crowded.contains(address) {
            return Some(Presence(None));
        }
        let source = Source::from(address);
        let mut present = self.present.lock();
        let is_full = |(source, times): (Source, u32)| {
            let most = self.most.saturating_mul(times as usize);
            present.get(&source).is_some_and(|many| *many >= most)
        };
        if source.widths().any(is_full) {
            return None;
        }
        source.widths().for_each(|(source, _)| *present.entry(source).or_default() += 1);
        Some(Presence(Some((self.present.clone(), source))))
    }
}

impl Present {
    fn lock(&self) -> MutexGuard<'_, HashMap<Source, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let Some((present, source)) = &self.0 else { return };
        let mut present = present.lock();
        for (source, _) in source.widths() {
            if let Some(many) = present.get_mut(&source) {
                *many -= 1;
                if *many == 0 {
                    present.remove(&source);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_so_many_and_those_who_stand_for_others_any() {
        let crowded = Networks::read("10.0.0.0/8").unwrap();
        for (most, address, enter) in [
            (3, "192.0.2.1", 3),
            (3, "2001:db8::1", 3),
            (3, "10.0.0.1", 100),
            (3, "::ffff:10.0.0.1", 100),
            (0, "192.0.2.1", 100),
        ] {
            let crowds = Crowds::new(most, crowded.clone());
            let entered: Vec<_> =
                (0..100).filter_map(|_| crowds.enter(address.parse().unwrap())).collect();
            assert_eq!(entered.len(), enter, "{address}");
            assert!(crowds.enter("192.0.2.2".parse().unwrap()).is_some());
        }
    }

    #[test]
    fn the_networks_around_an_address_have_a_few_times_as_many() {
        let crowds = Crowds::new(2, Networks::NONE);
        let enter = |network: &dyn Fn(u16) -> String| {
            let addresses = (0..256).map(|number| network(number).parse().unwrap());
            addresses.filter_map(|address| crowds.enter(address)).collect::<Vec<_>>()
        };
        let near = enter(&|number| format!("2001:db8:0:{number:x}::1"));
        let far = enter(&|number| format!("2001:db8:0:{:x}::1", number * 256));
        assert_eq!((near.len(), far.len()), (2 * 4, 2 * 16 - 2 * 4));
        assert!(crowds.enter("2001:db8:1::1".parse().unwrap()).is_some());
        drop((near, far));
        assert!(crowds.present.lock().is_empty());
    }

    #[test]
    fn who_leaves_makes_room_and_nobody_is_remembered() {
        let crowds = Crowds::new(1, Networks::NONE);
        let address: IpAddr = "2001:db8::1".parse().unwrap();
        let neighbour: IpAddr = "2001:db8::2".parse().unwrap();
        for _ in 0..3 {
            let presence = crowds.enter(address).unwrap();
            assert!(crowds.enter(neighbour).is_none());
            drop(presence);
        }
        assert!(crowds.present.lock().is_empty());
    }
}
