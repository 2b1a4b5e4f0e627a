//! Accounts, of few names and addresses that look alike.

use super::{Drawn, Noun, unkeyed};
use crate::{
    drafts::{NOBODY_YET, act, text},
    script::Scribe,
    shop::Shop,
    store::{rows, view},
};
use domain::{
    AccountId, Action, Email, Facts, Listed, Register, Role, Username, accounts,
    facts::{EmailOwner, FoldedEmail, FoldedName, UsernameOwner},
};
use model::Model;
use proptest::{prelude::*, sample::select, test_runner::TestCaseResult};
use std::collections::BTreeSet;

pub struct Accounts;

impl Noun for Accounts {
    fn drafts(&self) -> Vec<Drawn> {
        vec![unkeyed(2, registrations().prop_map(act))]
    }

    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        if let Action::Accounts(accounts::Action::Register(account)) = action {
            account.id = AccountId(scribe.make_id());
        }
    }

    fn name_again(&self, facts: &mut Facts) {
        let accounts = || rows(&facts.accounts);
        let named = accounts().map(|account| UsernameOwner {
            name: FoldedName(account.username.folded()),
            is: account.id,
        });
        let addressed = accounts().map(|account| EmailOwner {
            name: FoldedEmail(account.email.folded()),
            is: account.id,
        });
        (facts.usernames, facts.emails) = (view(named), view(addressed));
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        let usernames = rows(&shop.facts.usernames).map(|owner| owner.name.0.clone());
        prop_assert_eq!(&usernames.collect::<BTreeSet<_>>(), &model.usernames);
        let emails = rows(&shop.facts.emails).map(|owner| owner.name.0.clone());
        prop_assert_eq!(&emails.collect::<BTreeSet<_>>(), &model.emails);
        Ok(())
    }
}

fn registrations() -> impl Strategy<Value = Action> {
    let names = select(vec!["ada", "Ada", "bob", "eve", "mallory"]);
    let emails =
        select(vec!["ada@example.com", "ADA@Example.com", "bob@example.com", "eve@example.com"]);
    (names, emails).prop_map(|(name, email)| {
        Register {
            id: AccountId(NOBODY_YET),
            username: Username::new(name).unwrap(),
            email: Email::new(email).unwrap(),
            password_hash: text("hash"),
            first_name: text("A"),
            last_name: text("B"),
            role: Role::Customer,
        }
        .action()
    })
}
