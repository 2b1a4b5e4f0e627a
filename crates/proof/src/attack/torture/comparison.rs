//! The journal against the database, noun by noun: what was acknowledged is there, as it was told and
//! once; what was refused is not; and nothing is there that nobody asked for.

use super::{journal::Entry, outside::Outside, rows::Rows};
use crate::nouns::NOUNS;
use std::collections::BTreeMap;

/// What a row's text was found to be, and by which acknowledgement at the latest: by noun and row.
pub type Past = BTreeMap<(&'static str, i64), (usize, String)>;

/// What is compared.
pub struct Comparison<'c> {
    pub entries: &'c [Entry],
    /// Where this cycle begins.
    pub from: usize,
    /// Whether a request may have been done after its sender had asked again.
    pub leaves_requests_behind: bool,
    pub rows: &'c Rows,
    pub outside: &'c Outside,
}

impl Comparison<'_> {
    /// What does not agree, in words. The past is the cycle before, and then this one.
    pub fn wrong(&self, past: &mut Past) -> Vec<String> {
        let mut wrong = Vec::new();
        wrong.extend(self.rows.damage.iter().map(|damage| format!("the file is broken: {damage}")));
        for noun in NOUNS {
            if let Err(error) = noun.compare(self, past, &mut wrong) {
                wrong.push(format!("rows that do not read: {error:#}"));
            }
        }
        wrong
    }

    /// What the shop has done by itself, and how often.
    pub fn seen(&self) -> anyhow::Result<BTreeMap<&'static str, usize>> {
        let seen = NOUNS.iter().filter_map(|noun| noun.seen(self).transpose());
        seen.collect()
    }

    /// Whether an attempt without an answer may have come after one that had one.
    pub fn may_come_late(&self, entry: &Entry) -> bool {
        entry.was_unknown && entry.number >= self.from && self.leaves_requests_behind
    }
}
