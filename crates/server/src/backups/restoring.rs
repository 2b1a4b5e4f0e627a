//! A backup that is made the shop again, and one that is only tried.

use super::{BESIDE, Backups, Heading, Name, Packed, Workroom, beside, examine, feed_of, waited};
use crate::{http::shapes::time, settings::Secret};
use anyhow::{Context, bail, ensure};
use domain::Micros;
use std::{
    fs::{self, File},
    io::{self, BufReader},
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use store::{Location, schema_version};

/// What was found in a backup that was tried.
#[derive(Debug)]
pub struct Found {
    pub name: Name,
    pub took: Duration,
    pub invariants: usize,
}

/// A shop that was made of a backup.
#[derive(Debug)]
pub struct Restored {
    /// When it was taken.
    pub taken_at: String,
    pub commit: i64,
    pub invariants: usize,
    /// Where the shop lies that was there before, and how many commits it had that the backup lacks, if it is the same.
    pub replaced: Option<(PathBuf, Option<i64>)>,
}

impl Backups {
    /// Restores one beside the shop, looks at all of it, and throws it away.
    pub fn drill(&self, name: &Name) -> anyhow::Result<Found> {
        let since = Instant::now();
        let room = Workroom::within(&self.work)?;
        let (file, copy) = (self.folder.file(name)?, room.path().join("shop.db"));
        let (heading, invariants) = unpack_sound(&file, self.key.as_ref(), &copy)?;
        is_of(&heading, name)?;
        Ok(Found { name: name.clone(), took: since.elapsed(), invariants })
    }

    /// Makes one of those that are kept the shop.
    pub fn restore(
        &self,
        name: &Name,
        to: &Path,
        replaces: bool,
        now: Micros,
    ) -> anyhow::Result<Restored> {
        let file = self.folder.file(name)?;
        is_of(&Packed::open(BufReader::new(File::open(&file)?))?.heading, name)?;
        restore(&file, self.key.as_ref(), to, replaces, now)
    }
}

/// A name can be changed by anybody; what a backup says of itself, where it is sealed, by nobody.
fn is_of(heading: &Heading, name: &Name) -> anyhow::Result<()> {
    let theirs = (heading.epoch.as_str(), heading.commit, heading.taken_at.as_str());
    let taken_at = time(name.taken_at);
    let named = (name.epoch.as_str(), name.commit, taken_at.as_str());
    ensure!(
        theirs == named,
        "{name} has another name than its own: it was taken at {} after commit {} of {}",
        heading.taken_at,
        heading.commit,
        heading.epoch
    );
    Ok(())
}

/// Makes a backup the shop, wherever it lies.
pub fn restore(
    file: &Path,
    key: Option<&Secret>,
    to: &Path,
    replaces: bool,
    now: Micros,
) -> anyhow::Result<Restored> {
    let to = &fs::canonicalize(to).unwrap_or_else(|_| to.to_owned());
    let there = [""].iter().chain(&BESIDE).map(|end| beside(to, end)).find(|path| path.exists());
    if let (Some(there), false) = (&there, replaces) {
        bail!(
            "there is a shop in {} already: stop it, and say --replace; it is kept beside the restored one",
            there.display()
        );
    }
    let directory = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let room = Workroom::within(directory)?;
    let copy = room.path().join("shop.db");
    let (heading, invariants) = unpack_sound(file, key, &copy)?;
    let shop = Location::Sqlite(copy.clone());
    waited(shop.begin_epoch())?.context("giving it an epoch of its own")?;
    ensure!(waited(shop.retire())?.context("closing it")?, "somebody else has opened it");
    give_to_owner(&copy, directory);
    let directory = File::open(directory)?;
    // Who begins to serve looks at the schema first, and takes this lock for it: nobody opens what is about to go.
    directory.lock()?;
    let replaced = match there {
        Some(_) => Some(set_aside(to, &heading, now)?),
        None => None,
    };
    directory.sync_all()?;
    let put = match to.exists() {
        true => fs::rename(&copy, to),
        // Not over one that was made meanwhile.
        false => fs::hard_link(&copy, to),
    };
    put.with_context(|| format!("putting it into {}", to.display()))?;
    directory.sync_all()?;
    let (taken_at, commit) = (heading.taken_at, heading.commit);
    Ok(Restored { taken_at, commit, invariants, replaced })
}

/// The shop runs as somebody else than root does who restores it.
fn give_to_owner(copy: &Path, directory: &Path) {
    let owner = fs::metadata(directory).map(|owner| (owner.uid(), owner.gid()));
    if let Ok((user, group)) = owner {
        // Whoever may not do that is the owner himself.
        let _ = chown(copy, Some(user), Some(group));
    }
}

/// Unpacks a backup, brings it to this version's schema, and finds that all of it holds.
fn unpack_sound(
    file: &Path,
    key: Option<&Secret>,
    copy: &Path,
) -> anyhow::Result<(Heading, usize)> {
    let named = || file.display().to_string();
    let packed = Packed::open(BufReader::new(File::open(file).with_context(named)?));
    let packed = packed.with_context(named)?;
    let (theirs, ours) = (packed.heading.schema, schema_version());
    ensure!(
        theirs <= ours,
        "{} was taken by Sutler {}, whose schema is {theirs}; this is {}, whose is {ours}: restore it with that version or a later one",
        file.display(),
        packed.heading.version,
        env!("CARGO_PKG_VERSION"),
    );
    let heading = packed.unpack(copy, key).with_context(named)?;
    let findings = examine(&Location::Sqlite(copy.to_owned())).with_context(named)?;
    match findings.iter().find(|finding| !finding.is_sound()) {
        Some(broken) => bail!("{}: it does not hold that {}", file.display(), broken.holds),
        None => Ok((heading, findings.len())),
    }
}

/// Gives the shop that is there another name, under which it stays whatever happens. Where it is whole it stays under
/// its own as well, until another takes its place: at no moment is there none.
fn set_aside(to: &Path, heading: &Heading, now: Micros) -> anyhow::Result<(PathBuf, Option<i64>)> {
    let before = Location::Sqlite(to.to_owned());
    let kept = beside(to, &format!(".before-{}", now.0 / Micros::SECOND));
    let keeping = || format!("keeping the shop that is there as {}", kept.display());
    let mut lost = None;
    // Or only what lay beside one that is gone.
    if to.exists() {
        let feed = feed_of(&before).ok().filter(|feed| feed.epoch == heading.epoch);
        lost = feed.map(|feed| (feed.commit - heading.commit).max(0));
        match waited(before.retire())? {
            Ok(true) => {}
            Ok(false) => bail!("{before} is in use: stop whatever serves it first"),
            // What cannot be opened is what backups are for: all that there is of it is kept.
            Err(error) => tracing::warn!(%error, "the shop that is there cannot be read"),
        }
    }
    for end in BESIDE {
        match fs::rename(beside(to, end), beside(&kept, end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(keeping);
            }
            _ => {}
        }
    }
    match fs::hard_link(to, &kept) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).with_context(keeping),
        _ => Ok((kept, lost)),
    }
}
