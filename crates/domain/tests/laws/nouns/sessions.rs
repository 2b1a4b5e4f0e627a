//! Sessions, and tokens of their present and their past.

use super::{Drawn, Noun, unkeyed};
use crate::{drafts::Step, script::Scribe, shop::Shop};
use domain::{Action, SessionId, sessions};
use model::Model;
use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestCaseResult};

pub struct Sessions;

impl Noun for Sessions {
    fn drafts(&self) -> Vec<Drawn> {
        let opened = vec(generations(), 0..5).prop_map(|tokens| Step::OpenSession { tokens });
        let refreshed = (0..2_usize, generations())
            .prop_map(|(back, generation)| Step::RefreshSession { back, generation });
        vec![unkeyed(2, opened), unkeyed(4, refreshed)]
    }

    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        if let Action::Sessions(sessions::Action::OpenSession(session)) = action {
            session.id = SessionId(scribe.make_id());
            scribe.sessions.push(session.id);
        }
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        for (id, session) in &model.sessions {
            match shop.facts.sessions.get(id) {
                Some(found) => prop_assert_eq!(found, session),
                None => prop_assert!(session.expires_at <= shop.now, "pruned alive: {session:?}"),
            }
        }
        Ok(())
    }
}

fn generations() -> impl Strategy<Value = i64> {
    select(vec![1, 1, 2, 3])
}
