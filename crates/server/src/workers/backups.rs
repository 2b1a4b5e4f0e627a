//! Backups by a serving shop, once the last is old enough.

use super::{Turn, Worker};
use crate::{
    app::{App, micros},
    backups::{Backups, Taken, apart},
    keys::now,
};
use domain::Micros;
use metrics::{Counter, Gauge};
use std::{
    sync::atomic::{AtomicI64, Ordering::Relaxed},
    time::Duration,
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
        Some(Scheduled { backups, taken: total("taken"), failed: total("failed"), age })
    }

    /// The last, whoever has taken it.
    async fn look(&self, shop: &App) -> anyhow::Result<Option<Micros>> {
        let backups = self.backups.clone();
        let last = apart(move || backups.list()).await?.pop().map(|name| name.taken_at);
        shop.last_backup.0.store(last.map_or(0, |at| at.0), Relaxed);
        self.age.set((now().0 - last.map_or(0, |at| at.0)) as f64 / Micros::SECOND as f64);
        Ok(last)
    }

    async fn take(&self, shop: &App) -> anyhow::Result<()> {
        let (backups, location) = (self.backups.clone(), shop.location.clone());
        let taken = apart(move || backups.take(&location, now())).await;
        match &taken {
            Ok(Taken { name, bytes, took, .. }) => {
                self.taken.increment(1);
                tracing::info!(%name, bytes, took_s = took.as_secs(), "a backup was taken");
            }
            Err(_) => self.failed.increment(1),
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
        let every = micros(shop.settings.backup_every);
        let turn = async {
            let last = self.look(shop).await?;
            match last.is_none_or(|at| now().has_passed(at, every)) {
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
