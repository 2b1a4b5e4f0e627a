//! Links, of few secrets.

use super::{
    Drawn, Noun,
    accounts::{emails, some_account},
    keyed,
};
use crate::{
    answers::{KeptAnswer, kept_id},
    compared::same_rows,
    drafts::{act, text},
    golden::{Golden, UUID, golden},
    script::Scribe,
    shop::Shop,
    store::rows,
};
use domain::{AccountId, Action, Email, Listed, MakeLink, Micros, Purpose, Text, links};
use model::Model;
use proptest::{prelude::*, sample::select, test_runner::TestCaseResult};

pub struct Links;

impl Noun for Links {
    fn drafts(&self) -> Vec<Drawn> {
        vec![keyed(1, links().prop_map(MakeLink::action).prop_map(act))]
    }

    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        if let Action::Links(links::Action::MakeLink(link)) = action {
            scribe.name(&mut link.account);
        }
    }

    fn twist(&self, action: &mut Action) {
        if let Action::Links(links::Action::MakeLink(link)) = action {
            link.email = Email::new("another@example.com").unwrap();
        }
    }

    fn least(&self) -> Vec<Golden> {
        let link = MakeLink {
            account: AccountId(UUID),
            purpose: Purpose::ChangeEmail,
            secret: text("one secret"),
            email: Email::new("ann@example.com").unwrap(),
            lifetime_us: Micros::HOUR,
            made_of: None,
        };
        let json =
            r#"{"account":"01920000-0000-7000-8000-000000000001","email":"ann@example.com"}"#;
        vec![golden(link, json, "83628132-4297-3d60-7b55-511f66d76c10")]
    }

    /// There is no more to say.
    fn most(&self) -> Vec<Golden> {
        self.least()
    }

    fn kept(&self) -> Vec<KeptAnswer> {
        vec![kept_id::<MakeLink>("01920000-0000-7000-8000-000000000001", &AccountId(UUID))]
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        same_rows(rows(&shop.facts.links), model.links.values())
    }
}

pub fn links() -> impl Strategy<Value = MakeLink> {
    let purposes = select(Purpose::ALL.to_vec());
    let lifetimes = select(vec![60 * Micros::SECOND, Micros::HOUR]);
    // Few have moved on, or all would be refused.
    let made_of = proptest::option::weighted(0.3, (1..=2_i64, 1..=2_i64));
    (some_account(), purposes, secrets(), emails(), lifetimes, made_of).prop_map(
        |(account, purpose, secret, email, lifetime_us, made_of)| MakeLink {
            account,
            purpose,
            secret,
            email,
            lifetime_us,
            made_of,
        },
    )
}

pub fn secrets() -> impl Strategy<Value = Text<64>> {
    select(vec![text("one secret"), text("another")])
}
