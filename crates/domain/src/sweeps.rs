//! Sweeping: what has outlived its use goes, through the same door as everything else.

use crate::{
    Decision, Micros, Outcome,
    commands::Context,
    facts::{Facts, Needs},
    idempotency::TRACE_LIFETIME_US,
};

/// A batch id answers a lost commit, which is asked about within minutes.
const BATCH_LIFETIME_US: i64 = 2 * Micros::HOUR;
/// An expired session is of use only to those who look into a theft.
const SESSION_AFTERLIFE_US: i64 = 30 * Micros::DAY;

#[derive(Clone, Debug, PartialEq)]
pub struct Sweep;

/// Everything older than these goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Prune {
    pub batches_before: Micros,
    pub traces_before: Micros,
    pub sessions_before: Micros,
}

impl Sweep {
    pub fn needs(&self, _needs: &mut Needs) {}

    pub fn decide(&self, facts: &mut Facts, context: &Context) -> Decision {
        facts.changes.prune = Some(Prune {
            batches_before: context.now.minus(BATCH_LIFETIME_US),
            traces_before: context.now.minus(TRACE_LIFETIME_US),
            sessions_before: context.now.minus(SESSION_AFTERLIFE_US),
        });
        Ok(Outcome::Swept)
    }
}
