//! Backups by a serving shop, once the last is old enough.

use super::{Turn, Worker};
use crate::{
    app::{App, micros},
    backups::{Backups, Name, Taken, apart},
    keys::now,
};
use domain::Micros;
use metrics::{Counter, Gauge};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// When the last backup was taken, as far as this node knows. 0: there is none.
#[derive(Default)]
pub struct LastBackup(AtomicI64);

impl LastBackup {
    pub fn at(&self) -> Option<Micros> {
        Some(self.0.load(Relaxed)).filter(|at| *at > 0).map(Micros)
    }
}

/// There is one of them where there is a place for backups.
pub struct Scheduled {
    backups: Backups,
    taken: Counter,
    failed: Counter,
    age: Gauge,
    failed_at: Mutex<Option<Instant>>,
}

impl Scheduled {
    pub fn of(app: &App) -> Option<Scheduled> {
        let backups = Backups::of(&app.settings)?;
        let total = |outcome| {
            let help = "Backups that were begun, by what has become of them.";
            app.meters.counter("backups_total", help, &[("outcome", outcome)])
        };
        let help = "How old the last backup is. Without one, since 1970.";
        let age = app.meters.gauge("backup_age_seconds", help, &[]);
        let (taken, failed) = (total("taken"), total("failed"));
        Some(Scheduled { backups, taken, failed, age, failed_at: Mutex::default() })
    }

    /// The last, whoever has taken it.
    async fn look(&self, shop: &App) -> anyhow::Result<Option<Name>> {
        let backups = self.backups.clone();
        let newest = apart(move || backups.newest(now())).await;
        if let Ok(newest) = &newest {
            let at = newest.as_ref().map_or(0, |name| name.taken_at.0);
            shop.last_backup.0.store(at, Relaxed);
        }
        // Also where it could not be seen: it goes on to become older.
        let at = shop.last_backup.at().map_or(0, |at| at.0);
        self.age.set((now().0 - at) as f64 / Micros::SECOND as f64);
        newest
    }

    /// What a shop has that was restored is not of its own history.
    async fn is_due(&self, shop: &App) -> anyhow::Result<bool> {
        let Some(newest) = self.look(shop).await? else { return Ok(true) };
        let epoch = shop.position(Some(0)).await?.epoch;
        let every = micros(shop.settings.backup_every);
        Ok(newest.epoch != epoch || now().has_passed(newest.taken_at, every))
    }

    /// Each costs a copy of the whole shop: what failed fails again a minute later.
    fn rests(&self, every: Duration) -> bool {
        let failed_at = *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner);
        failed_at.is_some_and(|at| at.elapsed() < (every / 6).max(Self::PAUSE))
    }

    async fn take(&self, shop: &App) -> anyhow::Result<()> {
        let (backups, location) = (self.backups.clone(), shop.location.clone());
        let taken = apart(move || backups.take(&location, now())).await;
        match &taken {
            Ok(Taken { name, bytes, took, .. }) => {
                self.taken.increment(1);
                tracing::info!(%name, bytes, took_s = took.as_secs(), "a backup was taken");
            }
            Err(_) => {
                self.failed.increment(1);
                let failed_at = &self.failed_at;
                *failed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            }
        }
        taken?;
        self.look(shop).await.map(drop)
    }
}

impl Worker for Scheduled {
    const NAME: &'static str = "backups";
    const PAUSE: Duration = Duration::from_secs(60);
    const FIRST: Duration = Duration::from_secs(5);

    async fn turn(&self, shop: &App) -> Turn {
        let turn = async {
            match self.is_due(shop).await? && !self.rests(shop.settings.backup_every) {
                true => self.take(shop).await,
                false => Ok(()),
            }
        };
        match turn.await {
            Ok(()) => Turn::Done,
            Err(why) => Turn::Failed(format!("{why:#}")),
        }
    }
}
