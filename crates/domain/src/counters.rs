//! Counters: the last number that was given out, where the shop numbers rows itself. Numbers are
//! given out under their counter's lock.

use crate::facts::{Row, Table};
use std::borrow::Cow;

/// As it is kept; a noun that is counted declares its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CounterName(Cow<'static, str>);

impl CounterName {
    pub const fn of(name: &'static str) -> CounterName {
        CounterName(Cow::Borrowed(name))
    }

    pub fn stored(name: &str) -> CounterName {
        CounterName(Cow::Owned(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
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
        self.name.clone()
    }
}

impl Table<Counter> {
    pub(crate) fn next(&mut self, name: &CounterName) -> i64 {
        let counter = self.edit(name).expect("a rule that gives out numbers needs their counter");
        counter.last += 1;
        counter.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_the_same_declared_and_as_it_is_kept() {
        let counter = CounterName::of("products");
        assert_eq!((counter.as_str(), &counter), ("products", &CounterName::stored("products")));
    }
}
