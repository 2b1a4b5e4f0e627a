//! What the model knows of accounts and sessions.

use super::{Expected, Model};
use domain::{
    Account, Micros, OpenSession, RefreshSession, Register, Session, accounts::RegisterRefusal,
    rules::Never, sessions::RefreshRefusal,
};

impl Model {
    /// The drafts' names are ASCII: looking alike is being equal in lower case.
    pub fn register(
        &mut self,
        action: &Register,
        now: Micros,
    ) -> Expected<Box<Account>, RegisterRefusal> {
        let name = action.username.as_str().to_lowercase();
        let mail = action.email.as_str().to_lowercase();
        let (username, email) = (self.usernames.contains(&name), self.emails.contains(&mail));
        if username || email {
            return Err(vec![RegisterRefusal::Taken { username, email }]);
        }
        self.usernames.insert(name);
        self.emails.insert(mail);
        let action = action.clone();
        Ok(Box::new(Account {
            id: action.id,
            username: action.username,
            email: action.email,
            password_hash: action.password_hash,
            first_name: action.first_name,
            last_name: action.last_name,
            role: action.role,
            is_active: true,
            created_at: now,
            updated_at: now,
        }))
    }

    pub fn open_session(&mut self, action: &OpenSession, now: Micros) -> Expected<Session, Never> {
        let session = Session {
            id: action.id,
            account: action.account,
            generation: 1,
            rotated_at: now,
            created_at: now,
            expires_at: Micros(now.0 + action.lifetime_us),
            ended_at: None,
        };
        self.sessions.insert(session.id, session.clone());
        Ok(session)
    }

    /// A token of the present generation opens the next one. One of the generation before is a lost
    /// reply if it comes soon, and an older one a late request; any other is theft.
    pub fn refresh_session(
        &mut self,
        action: &RefreshSession,
        now: Micros,
    ) -> Expected<Session, RefreshRefusal> {
        let alive = |session: &&mut Session| session.ended_at.is_none() && session.expires_at > now;
        let Some(session) = self.sessions.get_mut(&action.id).filter(alive) else {
            return Err(vec![RefreshRefusal::SessionEnded]);
        };
        match session.generation - action.generation {
            0 => {
                session.generation += 1;
                session.rotated_at = now;
                session.expires_at = Micros(now.0 + action.lifetime_us);
            }
            1 if now.0 - session.rotated_at.0 <= action.grace_us => {}
            behind if behind > 1 && now.0 - session.rotated_at.0 <= action.grace_us => {
                return Err(vec![RefreshRefusal::TokenUsed]);
            }
            _ => session.ended_at = Some(now),
        }
        Ok(session.clone())
    }
}
