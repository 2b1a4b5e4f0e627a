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
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

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
            shop.last_backup.note(newest.as_ref());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{settings::Settings, workers::tests::shop};
    use testbed::TempDir;

    /// Of the newest, whoever has taken it; and of another history none counts.
    #[tokio::test]
    async fn another_is_due_once_the_last_is_old_enough() {
        let dir = TempDir::new().unwrap();
        drop(shop(&dir).await);
        let folder = dir.path().join("backups");
        let url = format!("sqlite://{}", dir.path().join("shop.db").display());
        let flags = [("database_url", url), ("backup_to", folder.display().to_string())];
        let flags = flags.map(|(name, text)| (name.to_owned(), text));
        let app = App::open(Settings::resolve(None, &[], &flags).unwrap(), false).unwrap();
        let scheduled = Scheduled::of(&app).unwrap();
        assert!(scheduled.is_due(&app).await.unwrap(), "there is none");
        std::fs::create_dir(&folder).unwrap();
        let epoch = app.position(None).await.unwrap().epoch;
        let is_due = async |epoch: &str, minutes: i64| {
            let at = now().plus(minutes * 60 * Micros::SECOND);
            let path = folder.join(Name::new(at, epoch, 7).to_string());
            std::fs::write(&path, "").unwrap();
            let is_due = scheduled.is_due(&app).await.unwrap();
            std::fs::remove_file(path).unwrap();
            is_due
        };
        for (minutes, expected) in [(-61, true), (-58, false), (0, false), (120, true)] {
            assert_eq!(is_due(&epoch, minutes).await, expected, "{minutes}");
        }
        assert!(is_due("another", -1).await);
        assert!(!scheduled.rests(Duration::from_secs(3600)));
        *scheduled.failed_at.lock().unwrap() = Some(Instant::now());
        assert!(scheduled.rests(Duration::from_secs(3600)));
    }
}
