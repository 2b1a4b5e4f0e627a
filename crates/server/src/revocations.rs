//! Sessions that ended and accounts that were disabled while their access tokens were still good.
//!
//! Every node asks the database once a second, so a token outlives its session by a second at most;
//! what this node has ended itself it knows at once, whatever an answer says that was on its way.

use crate::app::App;
use domain::Micros;
use std::{
    collections::{HashMap, HashSet},
    sync::{PoisonError, RwLock},
    time::{Duration, Instant, SystemTime},
};
use uuid::Uuid;

/// Clocks of nodes and database may differ by so much.
const CLOCK_SKEW: Duration = Duration::from_secs(60);
/// A revocation bears the time at which its transaction began, and is seen once that has committed:
/// after locks, and a database that stood still. So long the door asks how a commit has ended.
const LONGEST_COMMIT: Duration = store::LONGEST_DOUBT;

#[derive(Debug, Default)]
pub struct Revocations(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    /// What the database said last: an account that is enabled again is not in it any more.
    polled: HashSet<Uuid>,
    /// What this node has ended, and when. A poll that began before may not know of it.
    own: HashMap<Uuid, Instant>,
}

impl Revocations {
    pub fn contains(&self, session: Uuid, account: Uuid) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.has(session) || known.has(account)
    }

    /// A session that this node has just ended.
    pub fn add(&self, session: Uuid) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.own.insert(session, Instant::now());
    }

    pub async fn poll(&self, app: &App) -> Result<(), store::ReadError> {
        // Older tokens have expired by themselves.
        let relevant = app.settings.access_token_ttl + CLOCK_SKEW + LONGEST_COMMIT;
        let since = SystemTime::now() - relevant;
        let since = since.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let since = Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
        self.take_in(app.readers.exact().ended_since(since, since).await?, relevant);
        Ok(())
    }

    /// Asks at once, for what was just done is to be seen here. It was done, whether or not this is known.
    pub async fn hear(&self, app: &App) {
        if let Err(error) = self.poll(app).await {
            tracing::warn!(%error, "cannot ask which sessions have ended");
        }
    }

    fn take_in(&self, polled: Vec<Uuid>, relevant: Duration) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.polled = polled.into_iter().collect();
        known.own.retain(|_, since| since.elapsed() <= relevant);
    }
}

impl Known {
    fn has(&self, id: Uuid) -> bool {
        self.polled.contains(&id) || self.own.contains_key(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const SESSION: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);
    const ACCOUNT: Uuid = Uuid::from_u128(3);

    #[test]
    fn a_session_that_was_ended_while_a_poll_was_on_its_way_stays_ended() {
        let revocations = Revocations::default();
        assert!(!revocations.contains(SESSION, ACCOUNT));
        revocations.add(SESSION);
        // Asked before it ended.
        revocations.take_in(vec![OTHER], HOUR);
        assert!(revocations.contains(SESSION, ACCOUNT));
        assert!(revocations.contains(OTHER, ACCOUNT));
        revocations.take_in(vec![], Duration::ZERO);
        assert!(!revocations.contains(SESSION, ACCOUNT), "its tokens have expired");
    }

    #[test]
    fn an_account_that_is_enabled_again_comes_in_again() {
        let revocations = Revocations::default();
        revocations.take_in(vec![ACCOUNT], HOUR);
        assert!(revocations.contains(SESSION, ACCOUNT));
        revocations.take_in(vec![], HOUR);
        assert!(!revocations.contains(SESSION, ACCOUNT));
    }
}
