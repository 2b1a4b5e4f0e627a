//! Sessions, as they should be: one token in use at a time, a lost reply forgiven, a theft not.

use crate::{Expected, Model, Modelled, modelled::modelled};
use domain::{Context, Micros, OpenSession, RefreshSession, Session, sessions::RefreshRefusal};

impl Modelled for OpenSession {
    fn expect(&self, model: &mut Model, Context { now, .. }: Context) -> Expected<Self> {
        let session = Session {
            id: self.id,
            account: self.account,
            generation: 1,
            rotated_at: now,
            created_at: now,
            expires_at: Micros(now.0 + self.lifetime_us),
            ended_at: None,
        };
        model.touched.sessions.insert(session.id);
        model.sessions.insert(session.id, session.clone());
        Ok(session)
    }
}

impl Modelled for RefreshSession {
    /// The newest token rotates. The one before it, soon after, is answered as it was, and an older one
    /// at that time gets nothing. Any other is a thief's, or the owner's whom a thief has robbed.
    fn expect(&self, model: &mut Model, Context { now, .. }: Context) -> Expected<Self> {
        let alive = |session: &&mut Session| session.ended_at.is_none() && session.expires_at > now;
        let Some(session) = model.sessions.get_mut(&self.id).filter(alive) else {
            return Err(vec![RefreshRefusal::SessionEnded]);
        };
        let in_grace = now.0 - session.rotated_at.0 <= self.grace_us;
        match session.generation - self.generation {
            0 => {
                session.generation += 1;
                session.rotated_at = now;
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

modelled!(sessions: OpenSession(OpenSession), RefreshSession(RefreshSession));
