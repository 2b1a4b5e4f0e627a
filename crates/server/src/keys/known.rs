//! The keys that this node has been shown lately. One is asked for anew after a second, so that no node
//! takes a revoked key for longer than that; when each was used is noted a minute later at most.

use super::ApiKey;
use crate::{
    app::App,
    http::{clients::Client, problems::Problem},
    limits::{Pace, Paces},
};
use domain::{ApiKeyId, Micros};
use moka::future::Cache;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};
use uuid::Uuid;

/// Nodes learn within a second that a key is revoked.
const FRESH: Duration = Duration::from_secs(1);
const _: () = assert!(FRESH.as_secs() <= 1, "the API promises a second");
/// Whoever makes up keys pushes out others that nobody has.
const MOST: u64 = 10_000;
/// Keys that this node does not know, and no good ones, from one address.
const WRONG: Pace = Pace { interval: Duration::from_secs(1), at_once: 60 };
const PLACES: usize = 1 << 14;
/// For so long a key that was good is looked up without being counted.
const PROVEN: Duration = Duration::from_secs(3600);

/// The key that a demo has from its start, and of which nobody knows the secret.
pub const DEMO_CHANNEL: ApiKeyId =
    ApiKeyId(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_d0e0_c4a1));

pub struct KnownKeys {
    /// Also of ids that no key has: they are asked for once a second too.
    keys: Cache<Uuid, Option<Arc<domain::ApiKey>>>,
    used: Mutex<HashMap<Uuid, Micros>>,
    /// Whoever makes up keys does not keep those out who share his address.
    proven: Cache<Uuid, ()>,
    wrong: Paces,
}

impl Default for KnownKeys {
    fn default() -> Self {
        let keys = Cache::builder().max_capacity(MOST).time_to_live(FRESH).build();
        let proven = Cache::builder().max_capacity(MOST).time_to_live(PROVEN).build();
        KnownKeys { keys, used: Mutex::default(), proven, wrong: Paces::new(WRONG, PLACES) }
    }
}

impl KnownKeys {
    /// The key that a request has shown, if it opens anything. Why it does not, the answer does not tell.
    pub async fn good(
        &self,
        shown: &str,
        client: Client,
        app: &App,
    ) -> Result<Arc<domain::ApiKey>, Problem> {
        let refused =
            || Problem::unauthenticated("this API key is not one, or was revoked, or has expired");
        let shown = ApiKey::read(shown).map_err(|_| refused())?;
        let now = now();
        // Paid for before it is looked up, and paid back if it is one. Who shows the same one meanwhile waits for
        // that, and pays nothing.
        let mut paid = false;
        let found = match self.keys.get(&shown.id).await {
            Some(None) => self.pay(client).map(|()| {
                paid = true;
                None
            }),
            Some(known) => Ok(known),
            None => {
                let look = async {
                    if !self.proven.contains_key(&shown.id) {
                        self.pay(client)?;
                        paid = true;
                    }
                    look_up(shown.id, app).await
                };
                self.keys.try_get_with(shown.id, look).await.map_err(Arc::unwrap_or_clone)
            }
        };
        if found.is_err() && paid {
            self.wrong.give_back_to(client.into());
        }
        let key = found?;
        let key = key.filter(|key| shown.is_of(&key.secret)).ok_or_else(refused)?;
        // One that is good no more is no guess.
        if paid {
            self.wrong.give_back_to(client.into());
            self.proven.insert(shown.id, ()).await;
        }
        if !key.is_good(now) {
            return Err(refused());
        }
        self.note(shown.id, now);
        Ok(key)
    }

    fn pay(&self, client: Client) -> Result<(), Problem> {
        let who = "whoever shows API keys that are not good from this address";
        let taken = self.wrong.take_from(client.into(), Instant::now());
        taken.map_err(|late| Problem::rate_limited(who, late))
    }

    /// The key of a demo's own channel, which nobody has to show.
    pub async fn open(&self, app: &App) -> Result<Arc<domain::ApiKey>, Problem> {
        let look = look_up(DEMO_CHANNEL.0, app);
        let found = self.keys.try_get_with(DEMO_CHANNEL.0, look).await;
        let key = found.map_err(Arc::unwrap_or_clone)?.filter(|key| key.is_good(now()));
        key.ok_or_else(|| Problem::unauthenticated("the demo's open channel was revoked"))
    }

    /// This node has revoked it.
    pub async fn forget(&self, id: Uuid) {
        self.keys.invalidate(&id).await;
    }

    fn note(&self, id: Uuid, at: Micros) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.entry(id).and_modify(|known| *known = at.max(*known)).or_insert(at);
    }

    /// What could not be kept is to be taken again, unless a key was used since.
    pub fn give_back(&self, uses: impl IntoIterator<Item = (Uuid, Micros)>) {
        uses.into_iter().for_each(|(id, at)| self.note(id, at));
    }

    /// When keys were used since this was asked last.
    pub fn take_used(&self) -> HashMap<Uuid, Micros> {
        std::mem::take(&mut self.used.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn look_up(id: Uuid, app: &App) -> Result<Option<Arc<domain::ApiKey>>, Problem> {
    Ok(app.readers.exact().api_key(ApiKeyId(id)).await?.map(Arc::new))
}

pub fn now() -> Micros {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_that_were_not_kept_are_taken_again_and_the_latest_counts() {
        let keys = KnownKeys::default();
        let [one, two, three] = [1, 2, 3].map(Uuid::from_u128);
        keys.note(one, Micros(1));
        keys.note(two, Micros(2));
        let taken = keys.take_used();
        assert!(keys.take_used().is_empty());
        keys.note(two, Micros(5));
        keys.note(three, Micros(3));
        keys.give_back(taken);
        let expected = [(one, Micros(1)), (two, Micros(5)), (three, Micros(3))];
        assert_eq!(keys.take_used(), expected.into());
    }
}
