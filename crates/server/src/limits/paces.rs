//! So many in a time, and some of them at once: a token bucket for each key, kept as the one time at
//! which it will be full again (GCRA).

use super::{
    Source, TooOften,
    memory::{Memory, Weighs},
    nanos, nanos_since,
};
use std::{
    hash::Hash,
    time::{Duration, Instant},
};

/// One after each `interval`, and `at_once` of them if there were none before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    pub interval: Duration,
    pub at_once: u32,
}

impl Pace {
    /// So many in each `span`, and so many times as many at once. None if that is nothing: no limit.
    pub fn of(many: usize, span: Duration, times: u32) -> Option<Pace> {
        let many = u32::try_from(many).unwrap_or(u32::MAX);
        (many > 0).then(|| Pace { interval: span / many, at_once: many.saturating_mul(times) })
    }
}

/// Who keeps to a pace, and who does not.
pub struct Paces {
    interval: u64,
    credit: u64,
    began: Instant,
    full: Memory<Full>,
}

/// When a bucket is full again. One that is full already is as good as forgotten.
#[derive(Default)]
struct Full(u64);

impl Weighs for Full {
    fn weight(&self) -> u64 {
        self.0
    }
}

impl Paces {
    /// Remembers about so many keys.
    pub fn new(pace: Pace, places: usize) -> Paces {
        let interval = nanos(pace.interval).max(1);
        Paces {
            interval,
            credit: interval.saturating_mul(u64::from(pace.at_once)),
            began: Instant::now(),
            full: Memory::new(places),
        }
    }

    /// Takes one, if there is one.
    pub fn take(&self, key: impl Hash, now: Instant) -> Result<(), TooOften> {
        self.take_of(key, 1, now)
    }

    /// Takes one from a source, and from each of the wider ones that it is in: from all or from none.
    pub fn take_from(&self, source: Source, now: Instant) -> Result<(), TooOften> {
        for (refuses, times) in source.widths() {
            if let Err(late) = self.take_of(refuses, times, now) {
                let taken = source.widths().take_while(|(taken, _)| *taken != refuses);
                taken.for_each(|(taken, times)| self.give_back_of(taken, times));
                return Err(late);
            }
        }
        Ok(())
    }

    /// Takes one of so many times as many: each fills a bucket of the same size by as much less.
    fn take_of(&self, key: impl Hash, times: u32, now: Instant) -> Result<(), TooOften> {
        let now = nanos_since(self.began, now);
        self.full.with(key, |full| {
            let then = full.0.max(now).saturating_add(self.one_of(times));
            match then.saturating_sub(now.saturating_add(self.credit)) {
                0 => {
                    full.0 = then;
                    Ok(())
                }
                early => Err(TooOften::after(Duration::from_nanos(early))),
            }
        })
    }

    /// Gives one back that was taken and not used.
    pub fn give_back(&self, key: impl Hash) {
        self.give_back_of(key, 1);
    }

    pub fn give_back_to(&self, source: Source) {
        source.widths().for_each(|(source, times)| self.give_back_of(source, times));
    }

    fn give_back_of(&self, key: impl Hash, times: u32) {
        self.full.known(key, |full| full.0 = full.0.saturating_sub(self.one_of(times)));
    }

    fn one_of(&self, times: u32) -> u64 {
        (self.interval / u64::from(times)).max(1)
    }

    /// How many a key has taken that it has not got back since.
    pub fn taken(&self, key: impl Hash, now: Instant) -> u64 {
        let now = nanos_since(self.began, now);
        let full = self.full.known(key, |full| full.0).unwrap_or(0);
        full.saturating_sub(now).div_ceil(self.interval)
    }
}

/// A pace that a setting gives, or takes away.
pub struct Limit(Option<Paces>);

/// Keys that a limit remembers: a megabyte and a half when all places are taken.
const PLACES: usize = 1 << 16;
/// How many times the share of a second may be taken at once.
const BURST: u32 = 4;

impl Limit {
    /// 0: none.
    pub fn per_second(many: usize) -> Limit {
        Limit::of(Pace::of(many, Duration::from_secs(1), BURST))
    }

    /// 0: none.
    pub fn per_hour(many: usize) -> Limit {
        Limit::of(Pace::of(many, Duration::from_secs(3600), 1))
    }

    fn of(pace: Option<Pace>) -> Limit {
        Limit(pace.map(|pace| Paces::new(pace, PLACES)))
    }

    /// Takes one of what this source may have, and those around it.
    pub fn check_source(&self, source: impl Into<Source>, now: Instant) -> Result<(), TooOften> {
        match &self.0 {
            Some(paces) => paces.take_from(source.into(), now),
            None => Ok(()),
        }
    }

    /// Takes one of what this key may have.
    pub fn check(&self, key: impl Hash, now: Instant) -> Result<(), TooOften> {
        match &self.0 {
            Some(paces) => paces.take(key, now),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn wait_ms(taken: Result<(), TooOften>) -> Option<u128> {
        taken.err().map(|late| late.wait.as_millis())
    }

    #[test]
    fn a_pace_is_kept_by_each_key_for_itself() {
        let paces = Paces::new(Pace::of(10, SECOND, 2).unwrap(), 64);
        let start = Instant::now();
        for (key, after_ms, takes, wait) in [
            ("ann", 0, 20, Some(100)),
            ("ben", 0, 20, Some(100)),
            ("ann", 40, 0, Some(60)),
            ("ann", 100, 1, Some(100)),
            ("ann", 600, 5, Some(100)),
            ("ann", 9_000, 20, Some(100)),
            ("cid", 9_000, 3, None),
        ] {
            let now = start + Duration::from_millis(after_ms);
            for _ in 0..takes {
                assert_eq!(paces.take(key, now), Ok(()), "{key} {after_ms}");
            }
            if wait.is_some() {
                assert_eq!(wait_ms(paces.take(key, now)), wait, "{key} {after_ms}");
            }
        }
    }

    #[test]
    fn what_is_given_back_was_never_taken() {
        let paces = Paces::new(Pace::of(1, SECOND, 2).unwrap(), 64);
        let now = Instant::now() + SECOND;
        for _ in 0..100 {
            paces.take("ann", now).unwrap();
            paces.give_back("ann");
        }
        paces.give_back("nobody");
        paces.take("ann", now).unwrap();
        paces.take("ann", now).unwrap();
        assert_eq!(wait_ms(paces.take("ann", now)), Some(1000));
    }

    /// Takes from the /64s of a network, one after the other, until all refuse.
    fn taken_from(paces: &Paces, network: impl Fn(u16) -> String, now: Instant) -> usize {
        let source = |number| network(number).parse::<std::net::IpAddr>().unwrap().into();
        let turns = (0..=u16::MAX).map(|turn| source(turn % 256));
        turns.filter(|source| paces.take_from(*source, now).is_ok()).count()
    }

    #[test]
    fn whoever_has_thousands_of_networks_has_a_few_times_the_budget_of_one() {
        let paces = Paces::new(Pace::of(10, SECOND, 1).unwrap(), 1 << 12);
        let now = Instant::now() + SECOND;
        assert_eq!(taken_from(&paces, |_| "2001:db8::1".to_owned(), now), 10);
        // Of a /56 another three times as much, and of the /48 around it another twelve times.
        assert_eq!(taken_from(&paces, |n| format!("2001:db8:0:{n:x}::1"), now), 30);
        assert_eq!(taken_from(&paces, |n| format!("2001:db8:0:{:x}::1", n * 256), now), 120);
        assert_eq!(taken_from(&paces, |n| format!("2001:db8:0:{:x}::1", n * 256 + 9), now), 0);
        assert_eq!(taken_from(&paces, |n| format!("2001:db8:1:{n:x}::1"), now), 40, "another one");
        assert_eq!(taken_from(&paces, |_| "192.0.2.1".to_owned(), now), 10);
        let (later, one) = (now + SECOND, "2001:db8:1:ff00::1".to_owned());
        assert_eq!(taken_from(&paces, |_| one.clone(), later), 10, "it is full again");
    }

    #[test]
    fn what_a_network_refuses_costs_none_of_those_within() {
        let paces = Paces::new(Pace::of(10, SECOND, 1).unwrap(), 1 << 12);
        let now = Instant::now() + SECOND;
        let within = |n| format!("2001:db8:0:{n:x}::1");
        assert_eq!(taken_from(&paces, within, now), 40);
        // Within the /56 that is used up, and never asked before.
        let fresh: Source = "2001:db8:0:ff::1".parse::<std::net::IpAddr>().unwrap().into();
        assert_eq!(paces.taken(fresh, now), 0);
        assert!(paces.take_from(fresh, now).is_err());
        assert_eq!(paces.taken(fresh, now), 0);
        let (wide, _) = fresh.widths().nth(2).unwrap();
        let taken = paces.taken(wide, now);
        for _ in 0..100 {
            let elsewhere: Source = "2001:db8:0:100::1".parse::<std::net::IpAddr>().unwrap().into();
            paces.take_from(elsewhere, now).unwrap();
            paces.give_back_to(elsewhere);
        }
        assert_eq!(paces.taken(wide, now), taken);
    }

    #[test]
    fn no_pace_is_no_limit() {
        assert_eq!(Pace::of(0, SECOND, 4), None);
        let most = Pace::of(usize::MAX, SECOND, 4).unwrap();
        let paces = Paces::new(most, 64);
        let now = Instant::now();
        let taken = (0..100_000).filter(|_| paces.take("ann", now).is_ok());
        assert_eq!(taken.count(), 100_000);
    }

    #[test]
    fn a_limit_is_as_the_settings_have_it() {
        let now = Instant::now();
        for (limit, at_once, wait) in [
            (Limit::per_second(10), 40, Some(100)),
            (Limit::per_hour(20), 20, Some(180_000)),
            (Limit::per_second(0), 1000, None),
            (Limit::per_hour(0), 1000, None),
        ] {
            for _ in 0..at_once {
                assert_eq!(limit.check("ann", now), Ok(()));
            }
            assert_eq!(wait_ms(limit.check("ann", now)), wait);
        }
    }

    /// Who has used up his share is not forgotten for those who have used a part of theirs.
    #[test]
    fn a_flood_of_other_keys_gives_nobody_a_new_share() {
        let paces = Paces::new(Pace::of(10, SECOND, 1).unwrap(), 64);
        let now = Instant::now() + SECOND;
        while paces.take("greedy", now).is_ok() {}
        for other in 0..10_000 {
            paces.take(other, now).unwrap();
        }
        assert!(paces.take("greedy", now).is_err());
    }
}
