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

const KEPT: &str = r#"1 ["01920000-0000-7000-8000-000000000001"]"#;

pub struct Choices;

impl Noun for Choices {
    fn drafts(&self) -> Vec<Drawn> {
        let choices =
            select(OrderStatus::ALL.to_vec()).prop_map(|to| ChooseOrders::to(to).action());
        vec![keyed(2, choices.prop_map(act))]
    }

    /// Each attempt finds others.
    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        if let Action::Choices(choices::Action::ChooseOrders(choice)) = action {
            choice.chosen = vec![OrderId(scribe.make_id())];
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
                chosen: vec![OrderId(UUID)],
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
            },
            concat!(
                r#"{"to":"failed","reason":"no carrier","#,
                r#""ids":["01920000-0000-7000-8000-000000000001"],"status":"processing","#,
                r#""customer":"01920000-0000-7000-8000-000000000001","reference":"PO-1","#,
                r#""placed_after":1,"placed_before":2,"min_total_minor":3,"max_total_minor":4}"#,
            ),
            "c27896de-ea4e-9c29-1267-3350fdb7ef2f",
        )]
    }

    fn kept(&self) -> Vec<KeptAnswer> {
        vec![kept::<ChooseOrders>(KEPT, &Chosen(vec![OrderId(UUID)]))]
    }

    fn heavy(&self, _: Longest) -> Vec<Action> {
        let chosen = vec![OrderId(Uuid::max()); CHOSEN_MOST];
        vec![ChooseOrders { chosen, ..ChooseOrders::to(OrderStatus::Failed) }.action()]
    }

    fn compare(&self, _: &Model, _: &Shop) -> TestCaseResult {
        Ok(())
    }
}
