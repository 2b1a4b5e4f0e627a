//! Two consumers and two who work for them, with leases that end between batches or with one.

use super::{Drawn, Noun, unkeyed};
use crate::{
    compared::same_rows,
    drafts::{Step, text},
    shop::Shop,
    store::rows,
};
use domain::{Action, Listed, Micros, MoveCursor, TakeLease, Text};
use model::Model;
use proptest::{
    collection::vec, option::weighted, prelude::*, sample::select, test_runner::TestCaseResult,
};
use uuid::Uuid;

pub struct Consumers;

impl Noun for Consumers {
    fn drafts(&self) -> Vec<Drawn> {
        vec![unkeyed(4, follow_ups())]
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        same_rows(rows(&shop.facts.consumers), model.consumers.values())
    }
}

/// Somebody takes a lease, and he or another goes on with it.
fn follow_ups() -> impl Strategy<Value = Step> {
    (weighted(0.7, leases()), vec(prop_oneof![1 => leases(), 4 => cursors()], 1..4))
        .prop_map(|(first, then)| Step::Acts(first.into_iter().chain(then).collect()))
}

fn leases() -> impl Strategy<Value = Action> {
    workers().prop_map(|(consumer, holder, lease_us)| {
        let begins_at = if lease_us > 3 * Micros::SECOND { 3 } else { 0 };
        TakeLease { consumer, holder, lease_us, begins_at }.action()
    })
}

fn cursors() -> impl Strategy<Value = Action> {
    (workers(), 0..6_i64).prop_map(|((consumer, holder, lease_us), position)| {
        MoveCursor { consumer, holder, position, lease_us }.action()
    })
}

pub fn workers() -> impl Strategy<Value = (Text<100>, Uuid, i64)> {
    let consumer = select(vec![text("search"), text("search"), text("webhooks")]);
    let holder = select(vec![1, 1, 2]).prop_map(Uuid::from_u128);
    (consumer, holder, select(vec![3 * Micros::SECOND, 60 * Micros::SECOND]))
}
