//! Orders that are chosen to be moved together.

use super::{Drawn, Noun, keyed};
use crate::{
    answers::{KeptAnswer, kept},
    drafts::{act, text},
    golden::{Golden, UUID, golden},
    script::Scribe,
    shop::Shop,
    weights::Longest,
};
use domain::{
    AccountId, Action, ChooseOrders, Listed, Micros, OrderId, OrderStatus, choices,
    choices::{CHOSEN_MOST, Chosen},
    orders::Reference,
};
use model::Model;
use proptest::{prelude::*, sample::select, test_runner::TestCaseResult};
use uuid::Uuid;

const KEPT: &str = r#"1 {"orders":["01920000-0000-7000-8000-000000000001"]}"#;
const KEPT_OF_SOME: &str =
    r#"1 {"orders":["01920000-0000-7000-8000-000000000001"],"more_after":7}"#;

pub struct Choices;

fn one(more_after: Option<i64>) -> Chosen {
    Chosen { orders: vec![OrderId(UUID)], more_after }
}

impl Noun for Choices {
    fn drafts(&self) -> Vec<Drawn> {
        let choices =
            select(OrderStatus::ALL.to_vec()).prop_map(|to| ChooseOrders::to(to).action());
        vec![keyed(2, choices.prop_map(act))]
    }

    /// Each attempt finds others.
    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        if let Action::Choices(choices::Action::ChooseOrders(choice)) = action {
            choice.chosen.orders = vec![OrderId(scribe.make_id())];
        }
    }

    fn twist(&self, action: &mut Action) {
        if let Action::Choices(choices::Action::ChooseOrders(choice)) = action {
            choice.reason = Some(text("for another reason"));
        }
    }

    fn least(&self) -> Vec<Golden> {
        vec![golden(
            ChooseOrders::to(OrderStatus::Cancelled),
            r#"{"to":"cancelled"}"#,
            "521bbe4f-e8d1-e42e-57ac-c6abd44e2100",
        )]
    }

    fn most(&self) -> Vec<Golden> {
        vec![golden(
            ChooseOrders {
                chosen: one(Some(7)),
                to: OrderStatus::Failed,
                reason: Some(text("no carrier")),
                ids: vec![OrderId(UUID)],
                status: Some(OrderStatus::Processing),
                customer: Some(AccountId(UUID)),
                reference: Some(Reference::new("PO-1").unwrap()),
                placed_after: Some(Micros(1)),
                placed_before: Some(Micros(2)),
                min_total_minor: Some(3),
                max_total_minor: Some(4),
                number_after: Some(5),
            },
            concat!(
                r#"{"to":"failed","reason":"no carrier","#,
                r#""ids":["01920000-0000-7000-8000-000000000001"],"status":"processing","#,
                r#""customer":"01920000-0000-7000-8000-000000000001","reference":"PO-1","#,
                r#""placed_after":1,"placed_before":2,"min_total_minor":3,"max_total_minor":4,"#,
                r#""number_after":5}"#,
            ),
            "b5b17222-1f28-bf9c-f60e-2a1a95f9d713",
        )]
    }

    fn kept(&self) -> Vec<KeptAnswer> {
        vec![
            kept::<ChooseOrders>(KEPT, &one(None)),
            kept::<ChooseOrders>(KEPT_OF_SOME, &one(Some(7))),
        ]
    }

    fn heavy(&self, _: Longest) -> Vec<Action> {
        let orders = vec![OrderId(Uuid::max()); CHOSEN_MOST];
        let chosen = Chosen { orders, more_after: Some(i64::MAX) };
        vec![ChooseOrders { chosen, ..ChooseOrders::to(OrderStatus::Failed) }.action()]
    }

    fn compare(&self, _: &Model, _: &Shop) -> TestCaseResult {
        Ok(())
    }
}
