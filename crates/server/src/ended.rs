//! Sessions that ended and accounts that were disabled while their access tokens were still good.
//!
//! Every node asks the database once a second, so a token outlives its session by a second at most.

use crate::app::App;
use domain::Micros;
use std::{
    collections::HashSet,
    sync::{PoisonError, RwLock},
    time::{Duration, SystemTime},
};
use uuid::Uuid;

pub const POLL: Duration = Duration::from_secs(1);
/// Clocks of nodes and database may differ by so much.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub struct Ended(RwLock<HashSet<Uuid>>);

impl Ended {
    pub fn contains(&self, session: Uuid, account: Uuid) -> bool {
        let ended = self.0.read().unwrap_or_else(PoisonError::into_inner);
        !ended.is_empty() && (ended.contains(&session) || ended.contains(&account))
    }

    /// What this node itself has just ended is known at once.
    pub fn add(&self, id: Uuid) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(id);
    }

    pub async fn poll(&self, app: &App) -> Result<(), store::Error> {
        // Older tokens have expired by themselves.
        let relevant = app.settings.access_token_ttl + CLOCK_SKEW;
        let since = SystemTime::now() - relevant;
        let since = since.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let since = Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
        let ended: HashSet<Uuid> = app.readers.ended_since(since).await?.into_iter().collect();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *known = ended;
        Ok(())
    }
}
