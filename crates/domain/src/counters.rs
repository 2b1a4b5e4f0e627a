//! Counters: the last number that was given out, where the shop numbers rows itself. Numbers are
//! given out under their counter's lock.

use crate::facts::{Row, Table};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CounterName {
    Categories,
    Products,
}

impl CounterName {
    pub const ALL: [CounterName; 2] = [CounterName::Categories, CounterName::Products];

    pub fn name(self) -> &'static str {
        match self {
            CounterName::Categories => "categories",
            CounterName::Products => "products",
        }
    }

    pub fn named(name: &str) -> Option<CounterName> {
        Self::ALL.into_iter().find(|counter| counter.name() == name)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Counter {
    pub name: CounterName,
    pub last: i64,
}

impl Row for Counter {
    type Key = CounterName;
    type Find = CounterName;
    fn key(&self) -> CounterName {
        self.name
    }
}

impl Table<Counter> {
    pub(crate) fn next(&mut self, name: CounterName) -> i64 {
        let counter = self.edit(&name).expect("a rule that gives out numbers needs their counter");
        counter.last += 1;
        counter.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_known_by_the_name_that_it_is_kept_under() {
        for (name, counter) in [
            ("categories", Some(CounterName::Categories)),
            ("products", Some(CounterName::Products)),
            ("", None),
        ] {
            assert_eq!(CounterName::named(name), counter);
            assert!(counter.is_none_or(|counter| counter.name() == name));
        }
    }
}
