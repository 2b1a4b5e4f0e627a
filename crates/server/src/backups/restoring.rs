//! A backup that is made the shop again, and one that is only tried.

use super::{Backups, Heading, Name, Packed, Workroom, examine, feed_of, waited};
use crate::settings::Secret;
use anyhow::{Context, bail, ensure};
use domain::Micros;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::{
    fs::{self, File},
    io::BufReader,
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
        let file = self.place.fetch(name, room.path())?;
        let copy = room.path().join("shop.db");
        let (_, invariants) = unpack_sound(&file, self.key.as_ref(), &copy)?;
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
        let room = Workroom::within(&self.work)?;
        let file = self.place.fetch(name, room.path())?;
        restore(&file, self.key.as_ref(), to, replaces, now)
    }
}

/// Makes a backup the shop, wherever it lies.
pub fn restore(
    file: &Path,
    key: Option<&Secret>,
    to: &Path,
    replaces: bool,
    now: Micros,
) -> anyhow::Result<Restored> {
    let is_there = to.try_exists().with_context(|| format!("looking for {}", to.display()))?;
    if is_there && !replaces {
        bail!(
            "there is a shop in {} already: stop it, and say --replace; it is kept beside the restored one",
            to.display()
        );
    }
    let directory = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let room = Workroom::within(directory)?;
    let copy = room.path().join("shop.db");
    let (heading, invariants) = unpack_sound(file, key, &copy)?;
    let shop = Location::Sqlite(copy.clone());
    waited(shop.begin_epoch())?.context("giving it an epoch of its own")?;
    waited(shop.retire())?.context("closing it")?;
    let replaced = match is_there {
        false => {
            fs::rename(&copy, to).with_context(|| format!("putting it into {}", to.display()))?;
            None
        }
        true => Some(replace(&copy, to, &heading, now)?),
    };
    File::open(directory)?.sync_all()?;
    let (taken_at, commit) = (heading.taken_at, heading.commit);
    Ok(Restored { taken_at, commit, invariants, replaced })
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
    let shop = Location::Sqlite(copy.to_owned());
    waited(shop.migrate())?.context("bringing it to this version's schema")?;
    let findings = examine(&shop).with_context(named)?;
    match findings.iter().find(|finding| !finding.is_sound()) {
        Some(broken) => bail!("{}: it does not hold that {}", file.display(), broken.holds),
        None => Ok((heading, findings.len())),
    }
}

/// Exchanges the shop for what is to take its place, in one step: at no moment is there none.
fn replace(
    copy: &Path,
    to: &Path,
    heading: &Heading,
    now: Micros,
) -> anyhow::Result<(PathBuf, Option<i64>)> {
    let before = Location::Sqlite(to.to_owned());
    let lost = feed_of(&before).ok().filter(|feed| feed.epoch == heading.epoch);
    let lost = lost.map(|feed| (feed.commit - heading.commit).max(0));
    waited(before.retire())?.context("stop whatever serves it first")?;
    let mut kept = to.as_os_str().to_owned();
    kept.push(format!(".before-{}", now.0 / Micros::SECOND));
    let kept = PathBuf::from(kept);
    renameat_with(CWD, copy, CWD, to, RenameFlags::EXCHANGE)
        .with_context(|| format!("putting it in the place of {}", to.display()))?;
    fs::rename(copy, &kept).context("keeping the shop that was there before")?;
    Ok((kept, lost))
}
