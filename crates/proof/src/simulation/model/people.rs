//! Accounts and sessions, as they should be.

use super::Model;
use domain::{
    Account, Micros, OpenSession, RefreshSession, Register, Session, accounts::RegisterRefusal,
    rules::Never, sessions::RefreshRefusal,
};

impl Model {
    pub(super) fn register(
        &mut self,
        wanted: &Register,
        now: Micros,
    ) -> Result<Box<Account>, Vec<RegisterRefusal>> {
        // The clients' names are of ASCII letters and digits, whose case is all there is to fold.
        let name = format!("name {}", wanted.username.as_str().to_ascii_lowercase());
        let email = format!("mail {}", wanted.email.as_str().to_ascii_lowercase());
        let taken = [&name, &email].map(|name| self.names.contains(name));
        if taken != [false, false] {
            return Err(vec![RegisterRefusal::Taken { username: taken[0], email: taken[1] }]);
        }
        let account = Account {
            id: wanted.id,
            username: wanted.username.clone(),
            email: wanted.email.clone(),
            password_hash: wanted.password_hash.clone(),
            first_name: wanted.first_name.clone(),
            last_name: wanted.last_name.clone(),
            role: wanted.role,
            is_active: true,
            created_at: now,
            updated_at: now,
        };
        self.names.extend([name, email]);
        self.touched.accounts.insert(account.id);
        self.accounts.insert(account.id, account.clone());
        Ok(Box::new(account))
    }

    /// For an account that does not exist the database refuses it.
    pub(super) fn open_session(
        &mut self,
        wanted: &OpenSession,
        now: Micros,
    ) -> Result<Session, Vec<Never>> {
        let session = Session {
            id: wanted.id,
            account: wanted.account,
            generation: 1,
            rotated_at: now,
            created_at: now,
            expires_at: Micros(now.0 + wanted.lifetime_us),
            ended_at: None,
        };
        self.touched.poison |= !self.accounts.contains_key(&wanted.account);
        self.touched.sessions.insert(session.id);
        self.sessions.insert(session.id, session.clone());
        Ok(session)
    }

    /// The newest token rotates; the one before it, soon after, is answered as it was, and an older
    /// one at that time gets nothing; any other one is a thief's or the owner's whom a thief has robbed, and ends the session.
    pub(super) fn refresh_session(
        &mut self,
        wanted: &RefreshSession,
        now: Micros,
    ) -> Result<Session, Vec<RefreshRefusal>> {
        let ended = || Err(vec![RefreshRefusal::SessionEnded]);
        let Some(session) = self.sessions.get_mut(&wanted.id) else { return ended() };
        if session.ended_at.is_some() || now >= session.expires_at {
            return ended();
        }
        let behind = session.generation - wanted.generation;
        if behind > 0 && now.0 - session.rotated_at.0 <= wanted.grace_us {
            return match behind {
                1 => Ok(session.clone()),
                _ => Err(vec![RefreshRefusal::TokenUsed]),
            };
        }
        if behind == 0 {
            session.generation = wanted.generation + 1;
            session.rotated_at = now;
            session.expires_at = Micros(now.0 + wanted.lifetime_us);
        } else {
            session.ended_at = Some(now);
        }
        self.touched.sessions.insert(wanted.id);
        Ok(session.clone())
    }
}
