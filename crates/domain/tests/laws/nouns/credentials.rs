//! Passwords and addresses, by links that were made just before, or once, or never.

use super::{
    Drawn, Noun,
    accounts::{emails, hashes, some_account},
    keyed,
    links::{links, secrets},
    sessions::{MOST_BACK, some_session},
    unkeyed,
};
use crate::{
    answers::{KeptAnswer, kept_id},
    drafts::{Step, act, text},
    golden::{Golden, UUID, golden},
    script::{Scribe, back_in},
    shop::Shop,
};
use domain::{
    AccountId, Action, ChangeEmail, ConfirmEmail, Email, Listed, MakeLink, Purpose, ReplaceHash,
    ResetPassword, SessionId, SetPassword, Text, credentials,
};
use model::Model;
use proptest::{option::weighted, prelude::*, test_runner::TestCaseResult};
use uuid::Uuid;

pub struct Credentials;

/// A session that is named by a small number is the one that was opened so many attempts ago.
pub fn find_session(keeps: &mut Option<SessionId>, scribe: &Scribe) {
    if let Some(session) = keeps.as_mut().filter(|id| id.0.as_u128() < MOST_BACK) {
        let back = session.0.as_u128() as usize;
        *session = back_in(&scribe.sessions, back).map_or(*session, |known| known.0);
    }
}

impl Noun for Credentials {
    fn drafts(&self) -> Vec<Drawn> {
        let set =
            (some_account(), hashes(), weighted(0.7, hashes()), weighted(0.7, some_session()))
                .prop_map(|(account, password_hash, known, keeps)| {
                    SetPassword { account, password_hash, known, keeps }.action()
                });
        let replaced = (some_account(), hashes(), hashes())
            .prop_map(|(account, before, after)| ReplaceHash { account, before, after }.action());
        vec![
            keyed(2, set.prop_map(act)),
            unkeyed(1, replaced.prop_map(act)),
            keyed(3, uses_of_links()),
        ]
    }

    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        let Action::Credentials(action) = action else { return };
        let account = match action {
            credentials::Action::SetPassword(set) => {
                find_session(&mut set.keeps, scribe);
                &mut set.account
            }
            credentials::Action::ResetPassword(reset) => &mut reset.account,
            credentials::Action::ConfirmEmail(confirm) => &mut confirm.account,
            credentials::Action::ChangeEmail(change) => &mut change.account,
            credentials::Action::ReplaceHash(replace) => &mut replace.account,
        };
        scribe.name(account);
    }

    fn twist(&self, action: &mut Action) {
        let Action::Credentials(action) = action else { return };
        match action {
            credentials::Action::SetPassword(set) => set.account = somebody_else(set.account),
            credentials::Action::ResetPassword(reset) => reset.secret = text("a third one"),
            credentials::Action::ConfirmEmail(confirm) => confirm.secret = text("a third one"),
            credentials::Action::ChangeEmail(change) => change.secret = text("a third one"),
            credentials::Action::ReplaceHash(_) => {}
        }
    }

    fn least(&self) -> Vec<Golden> {
        let by_link = r#"{"account":"01920000-0000-7000-8000-000000000001","secret":"one secret"}"#;
        let (account, secret, password_hash) = (AccountId(UUID), text("one secret"), text("hash"));
        let email = Email::new("ann@example.com").unwrap();
        let hash = password_hash.clone();
        let set = SetPassword { account, password_hash, known: None, keeps: None };
        let reset = ResetPassword { account, secret: secret.clone(), password_hash: hash };
        let confirm = ConfirmEmail { account, secret: secret.clone() };
        vec![
            golden(
                set,
                r#"{"account":"01920000-0000-7000-8000-000000000001"}"#,
                "32748599-cbac-5eaa-6b38-1b474327de06",
            ),
            golden(reset, by_link, "34fea8b6-2ff6-8d3d-2d5d-e19d7fa57c0b"),
            golden(confirm, by_link, "69b20d61-c750-7179-2f00-362b41c3ef5f"),
            golden(
                ChangeEmail { account, secret, email },
                by_link,
                "65807c25-14bc-78d1-a094-d8c12eec48d4",
            ),
        ]
    }

    /// There is no more to say.
    fn most(&self) -> Vec<Golden> {
        self.least()
    }

    fn kept(&self) -> Vec<KeptAnswer> {
        let (text, account) = ("01920000-0000-7000-8000-000000000001", AccountId(UUID));
        vec![
            kept_id::<SetPassword>(text, &account),
            kept_id::<ResetPassword>(text, &account),
            kept_id::<ConfirmEmail>(text, &account),
            kept_id::<ChangeEmail>(text, &account),
        ]
    }

    /// What it changes are accounts, links and sessions.
    fn compare(&self, _: &Model, _: &Shop) -> TestCaseResult {
        Ok(())
    }
}

pub fn somebody_else(account: AccountId) -> AccountId {
    AccountId(Uuid::from_u128(if account.0.as_u128() == 2 { 1 } else { 2 }))
}

/// Somebody uses a link, perhaps one that was just made, and perhaps twice.
fn uses_of_links() -> impl Strategy<Value = Step> {
    (links(), any::<bool>(), weighted(0.2, secrets()), emails(), hashes(), 1..3_usize).prop_map(
        |(link, is_made, other, elsewhere, hash, times)| {
            let secret = other.clone().unwrap_or(link.secret.clone());
            let email = if other.is_some() { elsewhere } else { link.email.clone() };
            let used = used(link.account, link.purpose, secret, email, hash);
            let made = is_made.then(|| MakeLink::action(link));
            Step::Acts(made.into_iter().chain(std::iter::repeat_n(used, times)).collect())
        },
    )
}

fn used(
    account: AccountId,
    purpose: Purpose,
    secret: Text<64>,
    email: Email,
    password_hash: Text<255>,
) -> Action {
    match purpose {
        Purpose::ResetPassword => ResetPassword { account, secret, password_hash }.action(),
        Purpose::ConfirmEmail => ConfirmEmail { account, secret }.action(),
        Purpose::ChangeEmail => ChangeEmail { account, secret, email }.action(),
    }
}
