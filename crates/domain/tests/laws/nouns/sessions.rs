//! Sessions, and tokens of their present and their past.

use super::{
    Drawn, Noun,
    accounts::{HASH, NEWEST, hashes, some_account},
    factors::proofs,
    unkeyed,
};
use crate::{
    drafts::{NOBODY_YET, Step, act, text},
    script::{SESSION_LIFETIME_US, Scribe, back_in},
    shop::Shop,
};
use domain::{
    AccountId, Action, EndSession, EndSessions, Listed, OpenSession, Proof, SessionId, sessions,
};
use model::Model;
use proptest::{
    collection::vec, option::weighted, prelude::*, sample::select, test_runner::TestCaseResult,
};
use uuid::Uuid;

pub struct Sessions;

impl Noun for Sessions {
    fn drafts(&self) -> Vec<Drawn> {
        let opened = (hashes(), weighted(0.3, proofs()), vec(generations(), 0..5));
        let opened =
            (opened, vec(some_session(), 0..2)).prop_map(|((known, proof, tokens), ends)| {
                Step::OpenSession { known, proof, tokens, ends }
            });
        let refreshed = (0..2_usize, generations())
            .prop_map(|(back, generation)| Step::RefreshSession { back, generation });
        // Mostly one's own.
        let ended = (some_session(), prop_oneof![3 => Just(NEWEST), 1 => some_account()])
            .prop_map(|(id, account)| EndSession { id, account }.action());
        let all_ended = some_account().prop_map(|account| EndSessions { account }.action());
        vec![
            unkeyed(3, opened),
            unkeyed(4, refreshed),
            unkeyed(1, ended.prop_map(act)),
            unkeyed(1, all_ended.prop_map(act)),
        ]
    }

    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        let Action::Sessions(action) = action else { return };
        match action {
            sessions::Action::OpenSession(session) => {
                scribe.name(&mut session.account);
                for end in &mut session.ends {
                    let back = end.0.as_u128() as usize;
                    *end = back_in(&scribe.sessions, back).map_or(*end, |known| known.0);
                }
                session.id = SessionId(scribe.make_id());
                scribe.sessions.push((session.id, session.account));
            }
            sessions::Action::EndSession(EndSession { id, account }) => {
                let back = id.0.as_u128();
                let known = (back < MOST_BACK).then(|| back_in(&scribe.sessions, back as usize));
                if let Some((known, owner)) = known.flatten() {
                    *id = known;
                    *account = if *account == NEWEST { owner } else { *account };
                }
            }
            sessions::Action::EndSessions(end) => scribe.name(&mut end.account),
            sessions::Action::RefreshSession(_) => {}
        }
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        for (id, session) in &model.sessions {
            prop_assert_eq!(shop.facts.sessions.get(id), Some(session));
        }
        prop_assert_eq!(shop.facts.sessions.rows.len(), model.sessions.len());
        Ok(())
    }
}

pub const MOST_BACK: u128 = 3;

/// One that was opened so many attempts ago.
pub fn some_session() -> impl Strategy<Value = SessionId> {
    (0..MOST_BACK).prop_map(|back| SessionId(Uuid::from_u128(back)))
}

/// By the password that everybody has at first.
pub fn log_in(account: AccountId, proof: Option<Proof>) -> OpenSession {
    OpenSession {
        id: SessionId(NOBODY_YET),
        account,
        known: text(HASH),
        proof,
        agent: Some(text("a browser")),
        origin: Some(text("home")),
        lifetime_us: SESSION_LIFETIME_US,
        ends: vec![],
    }
}

fn generations() -> impl Strategy<Value = i64> {
    select(vec![1, 1, 2, 3])
}
