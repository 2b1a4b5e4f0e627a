//! Backups of a shop in SQLite: taken while it sells, read again and audited before they count, and made the shop again.
//!
//! A backup is a file that can be read by itself (`packed.rs`), under a name that tells when it was taken and how far
//! the shop had come (`names.rs`). Everything here blocks, for as long as it takes to read the whole shop: `apart` gives
//! it a thread of its own, which gives way to all others.

mod folders;
mod keeping;
mod names;
mod packed;
mod restoring;
mod sealed;
mod workrooms;

pub use names::Name;
pub use restoring::{Found, Restored, restore};
pub use workrooms::Workroom;

use crate::{
    app::micros,
    http::shapes::time,
    settings::{Secret, Settings},
};
use anyhow::{Context, bail, ensure};
use domain::Micros;
use folders::Folder;
use keeping::Kept;
use packed::{Heading, Packed, pack};
use std::{
    ffi::OsString,
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
    sync::atomic::{AtomicI64, Ordering::Relaxed},
    time::{Duration, Instant},
};
use store::{Feed, Finding, Location};

/// As nice as can be.
const LAST_OF_ALL: i32 = 19;
/// How long one read of a copy may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// What does not hold in a shop is kept all the same, the last of it, under a name that no restore takes by itself.
const UNSOUND: &str = "unsound";

/// Where the backups of a shop lie, and how they are made.
#[derive(Clone)]
pub struct Backups {
    pub folder: Folder,
    key: Option<Secret>,
    /// Where there is room for a copy of the shop.
    work: PathBuf,
    kept: Kept,
}

/// One that was taken.
#[derive(Debug)]
pub struct Taken {
    pub name: Name,
    /// Of the backup.
    pub bytes: u64,
    pub took: Duration,
    /// How many invariants were found to hold in what was written.
    pub invariants: usize,
    /// Those that were superfluous with it.
    pub removed: Vec<Name>,
}

/// When the last backup was taken, as far as a node knows. 0: there is none.
#[derive(Default)]
pub struct LastBackup(AtomicI64);

impl LastBackup {
    pub fn at(&self) -> Option<Micros> {
        Some(self.0.load(Relaxed)).filter(|at| *at > 0).map(Micros)
    }

    pub fn note(&self, newest: Option<&Name>) {
        self.0.store(newest.map_or(0, |name| name.taken_at.0), Relaxed);
    }
}

impl Backups {
    /// `None` where nobody has said where to.
    pub fn of(settings: &Settings) -> Option<Backups> {
        Some(Self::in_folder(settings, Folder(settings.backup_to.clone()?)))
    }

    fn in_folder(settings: &Settings, folder: Folder) -> Backups {
        let Settings { backups_hourly, backups_daily, backups_weekly, .. } = *settings;
        let kept = Kept { hourly: backups_hourly, daily: backups_daily, weekly: backups_weekly };
        let (key, work) = (settings.backup_key.clone(), settings.data_dir.clone());
        Backups { folder, key, work, kept }
    }

    pub fn is_sealed(&self) -> bool {
        self.key.is_some()
    }

    /// Where nobody has said, beside the shop: what it lies on dies with it, and it is there to go back to.
    pub fn before_migrating(settings: &Settings, shop: &Path) -> Backups {
        let beside = shop.with_file_name("before-migrating");
        let to = settings.backup_to.clone().unwrap_or(beside);
        Self::in_folder(settings, Folder(to))
    }

    /// Takes one, and takes away what is superfluous with it.
    pub fn take(&self, shop: &Location, now: Micros) -> anyhow::Result<Taken> {
        let since = Instant::now();
        let room = Workroom::within(&self.work)?;
        let copy = room.path().join("shop.db");
        shop.copy_to(&copy).context("copying the shop")?;
        let feed = feed_of(&Location::Sqlite(copy.clone())).context("reading the copy")?;
        let name = Name::new(now, &feed.epoch, feed.commit);
        let staging = self.folder.staging()?;
        let staged = staging.path().join(name.to_string());
        let findings = self.make(&copy, &staged, &name, feed)?;
        let bytes = fs::metadata(&staged)?.len();
        if let Some(broken) = findings.iter().find(|finding| !finding.is_sound()) {
            let kept = format!("sutler.{UNSOUND}");
            self.folder.keep(&staged, &kept)?;
            bail!(
                "it does not hold in the shop that {}: run `sutler audit`. What was copied is kept as {kept}",
                broken.holds
            );
        }
        self.folder.keep(&staged, &name.to_string())?;
        let (took, invariants) = (since.elapsed(), findings.len());
        // It is taken, whatever becomes of the others.
        let removed = self.thin_out(&name).unwrap_or_else(|error| {
            tracing::warn!("superfluous backups were left: {error:#}");
            Vec::new()
        });
        Ok(Taken { name, bytes, took, invariants, removed })
    }

    /// Packs a copy, and looks at what has come of it: it is unpacked in the copy's place, and audited.
    fn make(
        &self,
        copy: &Path,
        staged: &Path,
        name: &Name,
        feed: Feed,
    ) -> anyhow::Result<Vec<Finding>> {
        let schema = waited(Location::Sqlite(copy.to_owned()).schema())??.version();
        ensure!(schema > 0, "there is no shop in the copy");
        let heading = Heading {
            taken_at: time(name.taken_at),
            epoch: feed.epoch,
            commit: feed.commit,
            schema,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            salt: None,
        };
        pack(copy, staged, heading, self.key.as_ref()).context("writing the backup")?;
        remove_database(copy)?;
        let packed = Packed::open(BufReader::new(File::open(staged)?))?;
        packed.unpack(copy, self.key.as_ref()).context("reading the backup again")?;
        let findings = examine(&Location::Sqlite(copy.to_owned()));
        findings.context("examining the backup")
    }

    /// Those that are there, the oldest first.
    pub fn list(&self) -> anyhow::Result<Vec<Name>> {
        self.folder.list()
    }

    /// The last of them. One of a time that is still to come was taken by a clock that was wrong, and counts only where
    /// there is no other.
    pub fn newest(&self, now: Micros) -> anyhow::Result<Option<Name>> {
        let names = self.list()?;
        let by_now = now.plus(Micros::too_far_ahead(1));
        let past = names.iter().rfind(|name| name.taken_at <= by_now);
        Ok(past.or(names.last()).cloned())
    }

    /// All but one that has just been taken.
    fn thin_out(&self, taken: &Name) -> anyhow::Result<Vec<Name>> {
        let mut superfluous = self.kept.superfluous(&self.folder.list()?);
        superfluous.retain(|name| name != taken);
        superfluous.iter().try_for_each(|name| self.folder.remove(name))?;
        Ok(superfluous)
    }
}

/// Does what takes long on a thread of its own.
pub async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let (done, result) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("backup".into()).spawn(move || {
        // On Linux this is the thread's alone.
        let _ = rustix::process::setpriority_process(None, LAST_OF_ALL);
        let _ = done.send(work());
    })?;
    result.await.context("it panicked")?
}

/// So old the last one may be: that one failed is no alarm yet.
pub fn late_after(settings: &Settings) -> i64 {
    2 * micros(settings.backup_every)
}

/// What SQLite keeps beside a file, of which each belongs to that file alone.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A path with something added to its name.
pub fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

fn remove_database(path: &Path) -> anyhow::Result<()> {
    fs::remove_file(path)?;
    for end in BESIDE {
        let _ = fs::remove_file(beside(path, end));
    }
    Ok(())
}

/// Every page, and every invariant once it has this version's schema.
fn examine(shop: &Location) -> anyhow::Result<Vec<Finding>> {
    shop.check_pages()?;
    waited(shop.migrate())?.context("bringing it to this version's schema")?;
    Ok(waited(shop.audit())??)
}

fn feed_of(shop: &Location) -> anyhow::Result<Feed> {
    let readers = shop.readers(2, PATIENCE)?;
    let feed = waited(async { readers.exact().feed().await })?;
    Ok(feed?)
}

/// What has to be waited for, on this thread.
fn waited<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future))
}
