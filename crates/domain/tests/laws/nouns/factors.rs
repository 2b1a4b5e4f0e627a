//! Second factors, of few secrets, and codes of half-minutes that are near each other.

use super::{
    Drawn, Noun,
    accounts::some_account,
    credentials::{find_session, somebody_else},
    keyed,
    sessions::{log_in, some_session},
    unkeyed,
};
use crate::{
    answers::{KeptAnswer, kept_id},
    compared::same_rows,
    drafts::{NOBODY_YET, Step, act, text},
    golden::{Golden, UUID, golden},
    script::Scribe,
    shop::Shop,
    store::rows,
};
use domain::{
    AccountId, Action, BeginFactor, ConfirmFactor, DropFactor, Listed, Proof, Text, factors,
};
use model::Model;
use proptest::{
    collection::vec, option::weighted, prelude::*, sample::select, test_runner::TestCaseResult,
};

pub struct Factors;

impl Noun for Factors {
    fn drafts(&self) -> Vec<Drawn> {
        let single = some_account().prop_flat_map(|account| {
            prop_oneof![confirmed(account), dropped(account), begun(account)]
        });
        let alone = some_account().prop_flat_map(begun).prop_map(act);
        vec![
            keyed(1, alone),
            unkeyed(1, single.prop_map(act)),
            unkeyed(4, courses()),
            keyed(2, confirmations()),
        ]
    }

    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        let Action::Factors(action) = action else { return };
        scribe.name(match action {
            factors::Action::BeginFactor(begin) => &mut begin.account,
            factors::Action::ConfirmFactor(confirm) => {
                find_session(&mut confirm.keeps, scribe);
                &mut confirm.account
            }
            factors::Action::DropFactor(dropped) => {
                find_session(&mut dropped.keeps, scribe);
                &mut dropped.account
            }
        });
    }

    fn twist(&self, action: &mut Action) {
        match action {
            Action::Factors(factors::Action::BeginFactor(begin)) => {
                begin.account = AccountId(NOBODY_YET);
            }
            Action::Factors(factors::Action::ConfirmFactor(confirm)) => {
                confirm.account = somebody_else(confirm.account);
            }
            _ => {}
        }
    }

    fn least(&self) -> Vec<Golden> {
        let confirm = ConfirmFactor { account: AccountId(UUID), proof: Proof::Wrong, keeps: None };
        let json = r#"{"account":"01920000-0000-7000-8000-000000000001"}"#;
        vec![
            golden(least(), json, "bb93ba19-1ea1-4024-f628-3174cffecbe1"),
            golden(confirm, json, "76e067b6-53a8-331b-ed84-5e31f95c9e77"),
        ]
    }

    /// There is no more to say.
    fn most(&self) -> Vec<Golden> {
        self.least()
    }

    fn kept(&self) -> Vec<KeptAnswer> {
        vec![
            kept_id::<ConfirmFactor>("done", &()),
            kept_id::<BeginFactor>("01920000-0000-7000-8000-000000000001", &AccountId(UUID)),
        ]
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        same_rows(rows(&shop.facts.factors), model.factors.values())
    }
}

fn least() -> BeginFactor {
    BeginFactor { account: AccountId(UUID), secret: text("BASE"), recovery: text("r1") }
}

/// Somebody begins with a factor, shows a code, and shows others.
fn courses() -> impl Strategy<Value = Step> {
    let then = |account| prop_oneof![5 => logins(account), 1 => dropped(account)];
    some_account()
        .prop_flat_map(move |account| {
            (begun(account), weighted(0.8, confirmed(account)), vec(then(account), 0..6))
        })
        .prop_map(|(begun, confirmed, then)| {
            Step::Acts([begun].into_iter().chain(confirmed).chain(then).collect())
        })
}

/// Somebody begins with a factor and shows a code, perhaps twice.
fn confirmations() -> impl Strategy<Value = Step> {
    let both = |account| (begun(account), confirmed(account), 1..3_usize);
    some_account().prop_flat_map(both).prop_map(|(begun, confirmed, times)| {
        Step::Acts([begun].into_iter().chain(std::iter::repeat_n(confirmed, times)).collect())
    })
}

fn begun(account: AccountId) -> impl Strategy<Value = Action> {
    let recovery = select(vec![text("r1 r2"), text("r1"), text("")]);
    (secrets(), recovery)
        .prop_map(move |(secret, recovery)| BeginFactor { account, secret, recovery }.action())
}

fn confirmed(account: AccountId) -> impl Strategy<Value = Action> {
    (proofs(), weighted(0.7, some_session()))
        .prop_map(move |(proof, keeps)| ConfirmFactor { account, proof, keeps }.action())
}

fn dropped(account: AccountId) -> impl Strategy<Value = Action> {
    (weighted(0.6, proofs()), weighted(0.7, some_session()))
        .prop_map(move |(proof, keeps)| DropFactor { account, proof, keeps }.action())
}

fn logins(account: AccountId) -> impl Strategy<Value = Action> {
    weighted(0.9, proofs()).prop_map(move |proof| log_in(account, proof).action())
}

pub fn proofs() -> impl Strategy<Value = Proof> {
    let step = (secrets(), 1..6_i64).prop_map(|(secret, step)| Proof::Step { secret, step });
    let recovery = select(vec![text("r1"), text("r1"), text("r2")]).prop_map(Proof::Recovery);
    prop_oneof![5 => step, 4 => recovery, 1 => Just(Proof::Wrong)]
}

fn secrets() -> impl Strategy<Value = Text<64>> {
    select(vec![text("BASE"), text("BASE"), text("BASE"), text("OTHER")])
}
