//! Sessions: one per login. A refresh token names its session and a generation of it; each refresh
//! raises the generation, so that a token which comes back late shows that it was stolen.

use crate::{
    AccountId, Context, Facts, Micros, commands,
    facts::Row,
    kinds,
    rules::{Never, Rule, Who},
    uuid_ids,
};

uuid_ids! {
    /// One login: a refresh token's family, and what its access tokens belong to.
    SessionId,
}

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

impl Row for Session {
    type Key = SessionId;
    type Find = SessionId;
    fn key(&self) -> SessionId {
        self.id
    }
}

impl Rule for OpenSession {
    type Outcome = Session;
    type Refusal = Never;

    fn name(&self) -> &'static str {
        "open_session"
    }

    fn needs(&self, _: &Who, _: &mut Facts) {}

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Session, Never> {
        let session = Session {
            id: self.id,
            account: self.account,
            generation: 1,
            rotated_at: context.now,
            created_at: context.now,
            expires_at: context.now.plus(self.lifetime_us),
            ended_at: None,
        };
        facts.sessions.make(session.clone());
        Ok(session)
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

kinds! {
    pub enum RefreshRefusal {
        SessionEnded = "session_ended",
        /// The session goes on, with a later token.
        TokenUsed = "token_used",
    }
}

impl Rule for RefreshSession {
    type Outcome = Session;
    type Refusal = RefreshRefusal;

    fn name(&self) -> &'static str {
        "refresh_session"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.sessions.want(&self.id);
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Session, RefreshRefusal> {
        let now = context.now;
        let session = facts.sessions.get(&self.id).ok_or(RefreshRefusal::SessionEnded)?;
        if session.ended_at.is_some() || session.expires_at <= now {
            return Err(RefreshRefusal::SessionEnded);
        }
        let in_grace = now <= session.rotated_at.plus(self.grace_us);
        let behind = session.generation - self.generation;
        match behind {
            1 if in_grace => return Ok(session.clone()),
            // A request that was long on its way, behind a node that stood still: its sender has
            // asked again meanwhile, and moved on. He gets nothing, and keeps his session.
            2.. if in_grace => return Err(RefreshRefusal::TokenUsed),
            _ => {}
        }
        let session = facts.sessions.edit(&self.id).ok_or(RefreshRefusal::SessionEnded)?;
        match behind {
            0 => {
                session.generation += 1;
                session.rotated_at = now;
                session.expires_at = now.plus(self.lifetime_us);
            }
            // Only its owner and a thief had this token: neither can be told from the other.
            _ => session.ended_at = Some(now),
        }
        Ok(session.clone())
    }
}

commands!(Sessions: OpenSession = "open_session" -> Never, RefreshSession = "refresh_session" -> Never);
