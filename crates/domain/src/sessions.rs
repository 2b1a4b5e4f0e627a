//! Sessions: one per login. A refresh token names its session and a generation of it; each refresh
//! raises the generation, so that a token which comes back late shows that it was stolen.

use crate::{
    AccountId, Decision, Micros, Outcome, Refusal, SessionId,
    commands::Context,
    facts::{Facts, Needs},
};

#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    pub id: SessionId,
    pub account: AccountId,
    pub generation: i64,
    pub rotated_at: Micros,
    pub created_at: Micros,
    pub expires_at: Micros,
    pub ended_at: Option<Micros>,
}

/// Begins a session for an account whose password was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenSession {
    pub id: SessionId,
    pub account: AccountId,
    pub lifetime_us: i64,
}

impl OpenSession {
    pub fn needs(&self, _needs: &mut Needs) {}

    pub fn decide(&self, facts: &mut Facts, context: &Context) -> Decision {
        let session = Session {
            id: self.id,
            account: self.account,
            generation: 1,
            rotated_at: context.now,
            created_at: context.now,
            expires_at: context.now.plus(self.lifetime_us),
            ended_at: None,
        };
        facts.changes.opened_sessions.push(session.id);
        facts.sessions.insert(session.id, session.clone());
        Ok(Outcome::Session(session))
    }
}

/// Trades a refresh token for the session's next generation.
#[derive(Clone, Debug, PartialEq)]
pub struct RefreshSession {
    pub id: SessionId,
    pub generation: i64,
    /// A token of the generation before comes back because the reply was lost: for this long it
    /// gets the present generation again.
    pub grace_us: i64,
    pub lifetime_us: i64,
}

impl RefreshSession {
    pub fn needs(&self, needs: &mut Needs) {
        needs.sessions.insert(self.id);
    }

    pub fn decide(&self, facts: &mut Facts, context: &Context) -> Decision {
        let now = context.now;
        let session = facts.sessions.get_mut(&self.id).ok_or(Refusal::SessionEnded)?;
        if session.ended_at.is_some() || session.expires_at <= now {
            return Err(Refusal::SessionEnded);
        }
        let in_grace = now <= session.rotated_at.plus(self.grace_us);
        match session.generation - self.generation {
            0 => {
                session.generation += 1;
                session.rotated_at = now;
                session.expires_at = now.plus(self.lifetime_us);
            }
            1 if in_grace => return Ok(Outcome::Session(session.clone())),
            // A request that was long on its way, behind a node that stood still: its sender has
            // asked again meanwhile, and moved on. He gets nothing, and keeps his session.
            2.. if in_grace => return Err(Refusal::TokenUsed),
            // Only its owner and a thief had this token: neither can be told from the other.
            _ => session.ended_at = Some(now),
        }
        facts.changes.changed_sessions.insert(self.id);
        Ok(Outcome::Session(session.clone()))
    }
}
