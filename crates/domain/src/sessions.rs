//! Sessions: one per login. A refresh token names its session and a generation of it; each refresh
//! raises the generation, so that a token which comes back late shows that it was stolen. All sessions
//! of an account end at once when its era does.

use crate::{
    AccountId, Context, Facts, Micros, Text, TrailKind, commands,
    factors::{Proof, Unproven},
    facts::Row,
    kinds,
    rules::{Never, Rule, Weight, Who},
    trail::{Faceless, Noted},
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
    /// Of the account, when it was opened: that it is another one now ends the session.
    pub era: i64,
    pub generation: i64,
    /// What the client calls itself, for the owner to know it again.
    pub agent: Option<Text<200>>,
    /// From where it was used last, so that only the shop can tell: a keyed hash.
    pub origin: Option<Text<64>>,
    pub rotated_at: Micros,
    pub created_at: Micros,
    pub expires_at: Micros,
    pub ended_at: Option<Micros>,
}

/// So many of an account may be alive.
pub const MOST: usize = 100;

/// Begins a session for an account whose password was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenSession {
    pub id: SessionId,
    pub account: AccountId,
    /// The hash that the password was compared with: the account must still have it, and be open.
    pub known: Text<255>,
    /// Of the second factor, if the account has one.
    pub proof: Option<Proof>,
    pub agent: Option<Text<200>>,
    pub origin: Option<Text<64>>,
    pub lifetime_us: i64,
    /// Those of the account that are too many with this one. Who logs in at the same time has seen the
    /// same: the next login ends what is too many then.
    pub ends: Vec<SessionId>,
}

impl Row for Session {
    type Key = SessionId;
    type Find = SessionId;
    fn key(&self) -> SessionId {
        self.id
    }
}

kinds! {
    pub enum OpenRefusal {
        /// Closed, or given another password, since that was looked at.
        AccountClosed = "account_closed",
        OtpRequired = "otp_required",
        OtpWrong = "otp_wrong",
    }
}

impl Rule for OpenSession {
    type Outcome = Session;
    type Refusal = OpenRefusal;

    fn name(&self) -> &'static str {
        "open_session"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.accounts.want(&self.account);
        facts.factors.want(&self.account);
        self.ends.iter().for_each(|session| facts.sessions.want(session));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Session, OpenRefusal> {
        let account = facts.account(&self.account).filter(|account| account.is_active);
        let account = account.filter(|account| account.password_hash == self.known);
        let account = account.ok_or(OpenRefusal::AccountClosed)?;
        let (era, is_held) = (account.era, account.held_until.is_some());
        if let Some(factor) =
            facts.factors.get(&self.account).filter(|factor| factor.is_confirmed())
        {
            let proof = self.proof.as_ref().ok_or(OpenRefusal::OtpRequired)?;
            let after = factor.proven(proof).map_err(|Unproven| OpenRefusal::OtpWrong)?;
            facts.factors.put(after);
        }
        let session = Session {
            id: self.id,
            account: self.account,
            era,
            generation: 1,
            agent: self.agent.clone(),
            origin: self.origin.clone(),
            rotated_at: context.now,
            created_at: context.now,
            expires_at: context.now.plus(self.lifetime_us),
            ended_at: None,
        };
        for id in &self.ends {
            facts.end_session(id, self.account, context.now);
        }
        // Where he need not confirm his address any more, he has shown by this that it is his.
        if is_held && let Some(account) = facts.accounts.edit(&self.account) {
            account.held_until = None;
        }
        facts.sessions.make(session.clone());
        Ok(session)
    }

    fn weight(&self) -> Weight {
        Weight { rows: Weight::ONE.rows + 1 + self.ends.len(), ..Weight::ONE }
    }
}

/// Trades a refresh token for the session's next generation.
#[derive(Clone, Debug, PartialEq)]
pub struct RefreshSession {
    pub id: SessionId,
    /// Whose it is, as the token says.
    pub account: AccountId,
    pub generation: i64,
    /// A token of the generation before comes back because the reply was lost: for this long it
    /// gets the present generation again.
    pub grace_us: i64,
    pub origin: Option<Text<64>>,
    pub lifetime_us: i64,
}

kinds! {
    pub enum RefreshRefusal {
        SessionEnded = "session_ended",
        /// The session goes on, with a later token.
        TokenUsed = "token_used",
    }
}

impl Facts {
    /// Ends all sessions of an account but one that is alive.
    pub(crate) fn begin_era(&mut self, id: AccountId, keeps: Option<SessionId>, now: Micros) {
        let Some(account) = self.accounts.edit(&id) else { return };
        let before = account.era;
        account.begin_era(now);
        let era = account.era;
        let is_kept =
            |kept: &Session| kept.account == id && kept.era == before && kept.ended_at.is_none();
        if let Some(kept) = keeps
            && self.sessions.get(&kept).is_some_and(is_kept)
            && let Some(session) = self.sessions.edit(&kept)
        {
            session.era = era;
        }
    }

    /// Whether it is one of this account. One that has ended has ended.
    fn end_session(&mut self, id: &SessionId, account: AccountId, now: Micros) -> bool {
        let Some(session) = self.sessions.get(id).filter(|one| one.account == account) else {
            return false;
        };
        if session.ended_at.is_none()
            && let Some(session) = self.sessions.edit(id)
        {
            session.ended_at = Some(now);
        }
        true
    }

    /// A session that has not ended, of an account that is open.
    fn live_session(&self, id: &SessionId, account: &AccountId, now: Micros) -> Option<&Session> {
        let account = self.account(account).filter(|account| account.is_active)?;
        let session = self.sessions.get(id)?;
        let is_live = session.account == account.id
            && session.era == account.era
            && session.ended_at.is_none()
            && session.expires_at > now;
        is_live.then_some(session)
    }
}

impl Rule for RefreshSession {
    type Outcome = Session;
    type Refusal = RefreshRefusal;

    fn name(&self) -> &'static str {
        "refresh_session"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.accounts.want(&self.account);
        facts.sessions.want(&self.id);
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Session, RefreshRefusal> {
        let now = context.now;
        let session = facts.live_session(&self.id, &self.account, now);
        let session = session.ok_or(RefreshRefusal::SessionEnded)?;
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
            // One that is ahead was given out, as its signature says, in a time that was lost when the shop was
            // restored: whoever has it goes on from there.
            ..=0 => {
                session.generation = self.generation.saturating_add(1);
                session.origin = self.origin.clone();
                session.rotated_at = now;
                session.expires_at = now.plus(self.lifetime_us);
            }
            // Only its owner and a thief had this token: neither can be told from the other.
            _ => session.ended_at = Some(now),
        }
        Ok(session.clone())
    }
}

/// Ends one session of an account. One that has ended has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct EndSession {
    pub id: SessionId,
    pub account: AccountId,
}

kinds! {
    pub enum EndRefusal {
        NotFound = "session_not_found",
    }
}

impl Rule for EndSession {
    type Outcome = SessionId;
    type Refusal = EndRefusal;

    fn name(&self) -> &'static str {
        "end_session"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.sessions.want(&self.id);
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<SessionId, EndRefusal> {
        match facts.end_session(&self.id, self.account, context.now) {
            true => Ok(self.id),
            false => Err(EndRefusal::NotFound),
        }
    }
}

/// Ends all sessions of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct EndSessions {
    pub account: AccountId,
}

impl Rule for EndSessions {
    type Outcome = ();
    type Refusal = Never;

    fn name(&self) -> &'static str {
        "end_sessions"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.accounts.want(&self.account);
    }

    /// An account that is gone has none.
    fn decide(&self, context: Context, facts: &mut Facts) -> Result<(), Never> {
        if facts.account(&self.account).is_some()
            && let Some(account) = facts.accounts.edit(&self.account)
        {
            account.begin_era(context.now);
            let subject = Noted::Customer(self.account);
            context.note::<Faceless>(facts, TrailKind::SessionsEnded, subject, (None, None));
        }
        Ok(())
    }
}

commands!(Sessions:
    OpenSession = "open_session" -> Never,
    RefreshSession = "refresh_session" -> Never,
    EndSession = "end_session" -> Never,
    EndSessions = "end_sessions" -> Never,
);
