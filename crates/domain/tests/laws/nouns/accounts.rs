//! Accounts: those of the four who ask, and others, of few names and addresses that look alike.

use super::{Drawn, Noun, keyed, unkeyed};
use crate::{
    answers::{KeptAnswer, kept_id},
    compared::same_rows,
    drafts::{NOBODY_YET, act, customer, text},
    golden::{Golden, UUID, golden},
    script::{Scribe, back_in},
    shop::Shop,
    store::{rows, view},
    weights::Longest,
};
use domain::{
    Account, AccountId, Action, Anonymize, EditAccount, Email, Facts, LetGo, Listed, Micros,
    Register, Role, Session, Text, Username, accounts,
    facts::{
        EmailOwner, FoldedEmail, FoldedName, KeyStanding, LookalikeOwner, Skeleton, Standing,
        UsernameOwner,
    },
};
use model::Model;
use proptest::{option::weighted, prelude::*, sample::select, test_runner::TestCaseResult};
use uuid::Uuid;

pub struct Accounts;

/// What is good of what people show. Rules do not learn it: what a batch has taken stands in its rows.
pub fn stand_again(facts: &mut Facts) {
    let good = |session: &&Session| {
        let account = facts.accounts.get(&session.account);
        session.ended_at.is_none() && account.is_some_and(|a| a.is_active && a.era == session.era)
    };
    let standings = rows(&facts.sessions).filter(good);
    let standings = standings.map(|session| Standing { name: session.id, is: session.era });
    facts.standings = view(standings);
    let keys = rows(&facts.api_keys);
    facts.key_standings = view(keys.map(|key| KeyStanding { name: key.id, is: key.revoked_at }));
}

impl Noun for Accounts {
    fn drafts(&self) -> Vec<Drawn> {
        let gone = some_account().prop_map(|id| Anonymize { id }.action());
        let let_go = some_account().prop_map(|id| LetGo { id }.action());
        vec![
            keyed(4, registrations().prop_map(act)),
            unkeyed(3, edits().prop_map(act)),
            unkeyed(2, gone.prop_map(act)),
            unkeyed(2, let_go.prop_map(act)),
        ]
    }

    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        let Action::Accounts(action) = action else { return };
        match action {
            accounts::Action::Register(account) => {
                account.id = AccountId(scribe.make_id());
                scribe.accounts.push(account.id);
            }
            accounts::Action::EditAccount(edit) => scribe.name(&mut edit.id),
            accounts::Action::Anonymize(gone) => scribe.name(&mut gone.id),
            accounts::Action::LetGo(held) => scribe.name(&mut held.id),
        }
    }

    fn name_again(&self, facts: &mut Facts) {
        let accounts = || rows(&facts.accounts);
        let named = accounts().map(|account| UsernameOwner {
            name: FoldedName(account.username.folded()),
            is: account.id,
        });
        let alike = accounts().filter_map(|account| {
            let name = Skeleton(account.skeleton.as_ref()?.to_string());
            Some(LookalikeOwner { name, is: account.id })
        });
        facts.lookalikes = view(alike);
        let addressed = accounts().map(|account| EmailOwner {
            name: FoldedEmail(account.email.folded()),
            is: account.id,
        });
        (facts.usernames, facts.emails) = (view(named), view(addressed));
        stand_again(facts);
    }

    fn twist(&self, action: &mut Action) {
        if let Action::Accounts(accounts::Action::Register(register)) = action {
            register.last_name = text("Somebody Else");
        }
    }

    fn least(&self) -> Vec<Golden> {
        let json = r#"{"username":"ada","email":"ada@example.com"}"#;
        vec![golden(least(), json, "e3e741c3-91d1-b997-0ff1-2ae0550b3d6e")]
    }

    fn most(&self) -> Vec<Golden> {
        let most = Register {
            first_name: text("Ada"),
            last_name: text("B"),
            role: Role::Staff,
            email_confirmed: true,
            ..least()
        };
        let spoken = Register { language: Some(text("de")), ..least() };
        let spoken_json = r#"{"username":"ada","email":"ada@example.com","language":"de"}"#;
        let json = r#"{"username":"ada","email":"ada@example.com","first_name":"Ada","last_name":"B","role":"staff","email_confirmed":true}"#;
        let closed = Register { is_active: false, ..least() };
        let closed_json = r#"{"username":"ada","email":"ada@example.com","is_active":false}"#;
        vec![
            golden(most, json, "6e6b6279-ff49-34fd-2c9b-e9537f5f0d40"),
            golden(spoken, spoken_json, "ee17eb28-58a6-9357-3afa-276e8ee0b334"),
            golden(closed, closed_json, "f3936a6a-fb07-ff50-9bd7-926d5505278e"),
        ]
    }

    fn kept(&self) -> Vec<KeptAnswer> {
        vec![kept_id::<Register>("01920000-0000-7000-8000-000000000001", &AccountId(UUID))]
    }

    fn heavy(&self, longest: Longest) -> Vec<Action> {
        let id = AccountId(customer(1).caller.id);
        let (username, email) = ("n".repeat(150), format!("{}@example.com", "e".repeat(64)));
        let register = Register {
            id: NEWEST,
            username: Username::new(&username).unwrap(),
            email: Email::new(&email).unwrap(),
            password_hash: longest.text(),
            first_name: longest.text(),
            last_name: longest.text(),
            language: Some(longest.text()),
            role: Role::Customer,
            email_confirmed: false,
            is_active: true,
            held_us: Some(0),
        };
        let edit = EditAccount {
            username: Some(register.username.clone()),
            email: Some(register.email.clone()),
            first_name: Some(longest.text()),
            last_name: Some(longest.text()),
            language: Some(Some(longest.text())),
            ..EditAccount::of(id)
        };
        let gone = [Anonymize { id }.action(), LetGo { id }.action()];
        [vec![register.action(), edit.action()], gone.into()].concat()
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        same_rows(rows(&shop.facts.accounts), model.accounts.values())
    }
}

fn least() -> Register {
    Register {
        id: AccountId(NOBODY_YET),
        username: Username::new("ada").unwrap(),
        email: Email::new("ada@example.com").unwrap(),
        password_hash: text(HASH),
        first_name: Text::default(),
        last_name: Text::default(),
        language: None,
        role: Role::Customer,
        email_confirmed: false,
        is_active: true,
        held_us: None,
    }
}

/// Whoever has registered last, if somebody has.
pub const NEWEST: AccountId = AccountId(Uuid::max());

impl Scribe {
    pub fn name(&self, account: &mut AccountId) {
        if *account == NEWEST {
            *account = back_in(&self.accounts, 0).unwrap_or(NEWEST);
        }
    }
}

/// Mostly somebody's who asks.
pub fn some_account() -> impl Strategy<Value = AccountId> {
    let asking = |number| AccountId(customer(number).caller.id);
    prop_oneof![
        4 => Just(asking(1)),
        2 => (2..=4_u128).prop_map(asking),
        3 => Just(NEWEST),
    ]
}

pub fn hashes() -> impl Strategy<Value = Text<255>> {
    select(vec![text(HASH), text(HASH), text(HASH), text("another hash")])
}

pub fn emails() -> impl Strategy<Value = Email> {
    let emails = vec![
        "one@example.com",
        "one@example.com",
        "two@example.com",
        "ada@example.com",
        "ADA@Example.com",
        "eve@example.com",
    ];
    select(emails).prop_map(|email| Email::new(email).unwrap())
}

fn usernames() -> impl Strategy<Value = Username> {
    let names = select(vec!["ada", "Ada", "ADA", "bob", "b0b", "one"]);
    names.prop_map(|name| Username::new(name).unwrap())
}

fn registrations() -> impl Strategy<Value = Action> {
    let is_active = proptest::bool::weighted(0.9);
    let held_us = weighted(0.6, select(vec![0, Micros::SECOND, Micros::HOUR]));
    let drawn = (usernames(), emails(), any::<bool>(), is_active, held_us);
    drawn.prop_map(|(username, email, email_confirmed, is_active, held_us)| {
        Register {
            id: AccountId(NOBODY_YET),
            username,
            email,
            password_hash: text(HASH),
            first_name: text("A"),
            last_name: text("B"),
            language: email_confirmed.then(|| text("en")),
            role: Role::Customer,
            email_confirmed,
            is_active,
            held_us,
        }
        .action()
    })
}

fn edits() -> impl Strategy<Value = Action> {
    let names = (weighted(0.2, usernames()), weighted(0.2, emails()));
    let rights = (weighted(0.2, select(Role::ALL.to_vec())), weighted(0.2, any::<bool>()));
    let first_name = weighted(0.5, select(vec![text("A"), text("C")]));
    let versions = weighted(0.3, select(vec![vec![1], vec![2], vec![1, 2]]));
    (some_account(), names, rights, first_name, versions).prop_map(
        |(id, (username, email), (role, is_active), first_name, versions)| {
            // Drawn with the name, so that there are no more draws: who is A now is written to in German.
            let language =
                first_name.as_ref().map(|name| (name.as_str() == "A").then(|| text("de")));
            let edit = EditAccount { versions, username, email, ..EditAccount::of(id) };
            EditAccount { role, is_active, first_name, language, ..edit }.action()
        },
    )
}

pub const HASH: &str = "hash";

/// Of somebody who asks, as the shop has it when it opens.
pub fn account(number: u128, role: Role, now: Micros) -> Account {
    let name = ["nobody", "one", "two", "three", "four"][number as usize];
    Account {
        id: AccountId(Uuid::from_u128(number)),
        username: Username::new(name).unwrap(),
        skeleton: Some(text(&Username::new(name).unwrap().skeleton())),
        email: Email::new(&format!("{name}@example.com")).unwrap(),
        email_confirmed: false,
        password_hash: text(HASH),
        first_name: text("A"),
        last_name: text("B"),
        language: Some(text("de")),
        role,
        is_active: true,
        version: 1,
        era: 1,
        era_began_at: None,
        gone_at: None,
        held_until: None,
        created_at: now,
        updated_at: now,
    }
}
