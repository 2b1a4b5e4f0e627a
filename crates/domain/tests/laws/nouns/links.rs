//! Links, of few secrets.

use super::{
    Drawn, Noun,
    accounts::{emails, some_account},
    unkeyed,
};
use crate::{
    compared::same_rows,
    drafts::{act, text},
    script::Scribe,
    shop::Shop,
    store::rows,
};
use domain::{Action, Listed, MakeLink, Micros, Purpose, Text, links};
use model::Model;
use proptest::{prelude::*, sample::select, test_runner::TestCaseResult};

pub struct Links;

impl Noun for Links {
    fn drafts(&self) -> Vec<Drawn> {
        vec![unkeyed(1, links().prop_map(MakeLink::action).prop_map(act))]
    }

    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        if let Action::Links(links::Action::MakeLink(link)) = action {
            scribe.name(&mut link.account);
        }
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        same_rows(rows(&shop.facts.links), model.links.values())
    }
}

pub fn links() -> impl Strategy<Value = MakeLink> {
    let purposes = select(Purpose::ALL.to_vec());
    let lifetimes = select(vec![60 * Micros::SECOND, Micros::HOUR]);
    (some_account(), purposes, secrets(), emails(), lifetimes).prop_map(
        |(account, purpose, secret, email, lifetime_us)| MakeLink {
            account,
            purpose,
            secret,
            email,
            lifetime_us,
        },
    )
}

pub fn secrets() -> impl Strategy<Value = Text<64>> {
    select(vec![text("one secret"), text("another")])
}
