//! The journal against the database, noun by noun: what was acknowledged is there, as it was told and
//! once; what was refused is not; and nothing is there that nobody asked for.

use super::{journal::Entry, rows::Rows};
use crate::nouns::{accounts, orders, products, products::Names, stock};

/// What is compared.
pub struct Comparison<'c> {
    pub entries: &'c [Entry],
    /// Where this cycle begins.
    pub from: usize,
    /// Whether a request may have been done after its sender had asked again.
    pub leaves_requests_behind: bool,
    pub rows: &'c Rows,
}

impl Comparison<'_> {
    /// What does not agree, in words. Names are those of the cycle before, and then of this one.
    pub fn wrong(&self, names: &mut Names) -> Vec<String> {
        let mut wrong = Vec::new();
        wrong.extend(self.rows.damage.iter().map(|damage| format!("the file is broken: {damage}")));
        orders::compare(self, &mut wrong);
        let made = products::compare(self, names, &mut wrong);
        stock::compare(self, &made, &mut wrong);
        accounts::compare(self, &mut wrong);
        wrong
    }

    /// Whether an attempt without an answer may have come after one that had one.
    pub fn may_come_late(&self, entry: &Entry) -> bool {
        entry.was_unknown && entry.number >= self.from && self.leaves_requests_behind
    }
}
