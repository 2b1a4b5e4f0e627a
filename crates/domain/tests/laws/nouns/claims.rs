//! Workers that take orders and bring them to an end, and meet each other: claims end between batches or with one.

use super::{Drawn, Noun, orders::order_of_late, unkeyed};
use crate::{
    compared::same_rows,
    drafts::{act, text},
    script::Scribe,
    shop::Shop,
    store::rows,
};
use domain::{
    Action, CompleteOrders, Listed, Micros, OrderId, SettleOrders, TakeOrders,
    claims::{self, End, Settlement},
};
use model::Model;
use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestCaseResult};
use uuid::Uuid;

pub struct Claims;

impl Noun for Claims {
    fn drafts(&self) -> Vec<Drawn> {
        vec![
            unkeyed(4, takes().prop_map(act)),
            unkeyed(4, settlements().prop_map(act)),
            unkeyed(1, completions().prop_map(act)),
        ]
    }

    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        let Action::Claims(action) = action else { return };
        let name = |order: &mut OrderId| order_of_late(order, scribe);
        match action {
            claims::Action::TakeOrders(take) => take.orders.iter_mut().for_each(name),
            claims::Action::CompleteOrders(complete) => complete.orders.iter_mut().for_each(name),
            claims::Action::SettleOrders(settle) => {
                settle.settlements.iter_mut().map(|one| &mut one.order).for_each(name);
            }
        }
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        same_rows(rows(&shop.facts.claims), model.claims.values())
    }
}

fn backs() -> impl Strategy<Value = OrderId> {
    (0..5_u128).prop_map(|back| OrderId(Uuid::from_u128(back)))
}

fn holders() -> impl Strategy<Value = Uuid> {
    select(vec![1, 1, 2]).prop_map(Uuid::from_u128)
}

fn spans() -> impl Strategy<Value = i64> {
    select(vec![0, 3 * Micros::SECOND, 60 * Micros::SECOND, 26 * Micros::HOUR])
}

fn waits() -> impl Strategy<Value = i64> {
    prop_oneof![3 => Just(0), 1 => spans()]
}

fn takes() -> impl Strategy<Value = Action> {
    let drawn = (vec(backs(), 1..4), waits(), holders(), spans());
    drawn.prop_map(|(orders, waited_us, holder, lease_us)| {
        TakeOrders { orders, waited_us, holder, lease_us }.action()
    })
}

fn settlements() -> impl Strategy<Value = Action> {
    let again = (spans(), any::<bool>())
        .prop_map(|(after_us, is_counted)| End::Again { after_us, is_counted });
    let end = prop_oneof![
        3 => Just(End::Completed),
        2 => Just(End::Failed(text("no carrier"))),
        2 => again,
    ];
    let settlement =
        (backs(), end).prop_map(|(order, end)| Settlement { order, begun_at: None, end });
    (holders(), vec(settlement, 1..4))
        .prop_map(|(holder, settlements)| SettleOrders { holder, settlements }.action())
}

fn completions() -> impl Strategy<Value = Action> {
    (vec(backs(), 1..4), waits())
        .prop_map(|(orders, waited_us)| CompleteOrders { orders, waited_us }.action())
}
