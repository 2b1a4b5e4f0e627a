//! Sessions, as they should be: one token in use at a time, a lost reply forgiven, a theft not, and all
//! of them over when their account's era is.

use super::{
    accounts::end_sessions,
    factors::spend,
    trail::{NOTHING_TO_TELL, of_customer},
};
use crate::{Expected, Model, Modelled, modelled::modelled};
use domain::{
    Actor, ApiKey, ApiKeyId, CallerKind, Context, EndSession, EndSessions, Micros, OpenSession,
    RefreshSession, Session, TrailKind,
    sessions::{EndRefusal, OpenRefusal, RefreshRefusal},
};

impl Model {
    /// Whether what was shown has been taken away.
    pub(crate) fn is_shut_out(&self, actor: Actor) -> bool {
        let is_good = |session: &Session| {
            let account = self.open_account(session.account);
            session.ended_at.is_none() && account.is_some_and(|a| a.era == session.era)
        };
        let session = actor.session.map(|id| self.sessions.get(&id).is_some_and(is_good));
        let is_kept = |key: &ApiKey| key.revoked_at.is_none();
        let key = (actor.caller.kind == CallerKind::ApiKey)
            .then(|| self.api_keys.get(&ApiKeyId(actor.caller.id)).is_some_and(is_kept));
        session == Some(false) || key == Some(false)
    }
}

impl Modelled for OpenSession {
    fn expect(&self, model: &mut Model, Context { now, .. }: Context) -> Expected<Self> {
        use OpenRefusal::{AccountClosed, OtpRequired, OtpWrong};
        let account = model.open_account(self.account);
        let account = account.filter(|account| account.password_hash == self.known);
        let era = account.ok_or(vec![AccountClosed])?.era;
        let factor = model.factors.get(&self.account).cloned();
        if let Some(factor) = factor.filter(|factor| factor.confirmed_at.is_some()) {
            let proof = self.proof.as_ref().ok_or(vec![OtpRequired])?;
            let spent = spend(factor, proof).ok_or(vec![OtpWrong])?;
            model.keep_factor(spent);
        }
        for id in &self.ends {
            let old = model.sessions.get_mut(id).filter(|old| old.account == self.account);
            if let Some(old) = old.filter(|old| old.ended_at.is_none()) {
                old.ended_at = Some(now);
                model.touched.sessions.insert(*id);
            }
        }
        let session = Session {
            id: self.id,
            account: self.account,
            era,
            generation: 1,
            agent: self.agent.clone(),
            origin: self.origin.clone(),
            rotated_at: now,
            created_at: now,
            expires_at: Micros(now.0 + self.lifetime_us),
            ended_at: None,
        };
        if let Some(mut held) = model.open_account(self.account).cloned()
            && held.held_until.take().is_some()
        {
            model.keep_account(held);
        }
        model.touched.sessions.insert(session.id);
        model.sessions.insert(session.id, session.clone());
        Ok(session)
    }
}

impl Modelled for RefreshSession {
    /// The newest token rotates. The one before it, soon after, is answered as it was, and an older one
    /// at that time gets nothing. Any other is a thief's, or the owner's whom a thief has robbed.
    fn expect(&self, model: &mut Model, Context { now, .. }: Context) -> Expected<Self> {
        let era = model.open_account(self.account).map(|account| account.era);
        let alive = |session: &&mut Session| {
            let is_over = session.ended_at.is_some() || session.expires_at <= now;
            !is_over && session.account == self.account && Some(session.era) == era
        };
        let Some(session) = model.sessions.get_mut(&self.id).filter(alive) else {
            return Err(vec![RefreshRefusal::SessionEnded]);
        };
        let in_grace = now.0 - session.rotated_at.0 <= self.grace_us;
        match session.generation - self.generation {
            behind if behind <= 0 => {
                session.generation = self.generation + 1;
                session.rotated_at = now;
                session.origin.clone_from(&self.origin);
                session.expires_at = Micros(now.0 + self.lifetime_us);
            }
            1 if in_grace => return Ok(session.clone()),
            behind if behind > 1 && in_grace => return Err(vec![RefreshRefusal::TokenUsed]),
            _ => session.ended_at = Some(now),
        }
        model.touched.sessions.insert(self.id);
        Ok(session.clone())
    }
}

impl Modelled for EndSession {
    fn expect(&self, model: &mut Model, Context { now, .. }: Context) -> Expected<Self> {
        let session = model.sessions.get_mut(&self.id);
        let session = session.filter(|session| session.account == self.account);
        let session = session.ok_or(vec![EndRefusal::NotFound])?;
        if session.ended_at.is_none() {
            session.ended_at = Some(now);
            model.touched.sessions.insert(self.id);
        }
        Ok(self.id)
    }
}

impl Modelled for EndSessions {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        if let Some(mut account) = model.somebody(self.account).cloned() {
            end_sessions(&mut account, context.now);
            model.keep_account(account);
            let subject = of_customer(self.account);
            model.note(TrailKind::SessionsEnded, subject, NOTHING_TO_TELL, context);
        }
        Ok(())
    }
}

modelled!(sessions:
    OpenSession(OpenSession),
    RefreshSession(RefreshSession),
    EndSession(EndSession),
    EndSessions(EndSessions),
);
