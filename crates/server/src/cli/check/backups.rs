//! Whether the shop is kept twice, and how old the last copy is.

use super::{Problem, problem, secrets::weakness};
use crate::{
    backups::{Backups, late_after},
    cli::backup::age,
    keys::now,
    settings::Settings,
};
use std::{fs, os::unix::fs::MetadataExt, path::Path};
use store::Location;

const TAKE: &str = "`sutler backup` takes one, and a serving shop does so by itself; its log says why it could not.";

/// What no shop should be served with.
pub fn wrong(settings: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    let weak = settings.backup_key.as_ref().and_then(|key| weakness("backup_key", key));
    problems.extend(weak.map(|what| {
        problem(what, "Set SUTLER_BACKUP_KEY, or SUTLER_BACKUP_KEY_FILE to a file with it: `openssl rand -hex 32` makes one.")
    }));
    let is_on_postgres = !settings.database_url.starts_with("sqlite:");
    if is_on_postgres && settings.backup_to.is_some() {
        problems.push(problem(
            "backup_to is set, and the shop is on Postgres, of which Sutler takes no backups",
            "Unset SUTLER_BACKUP_TO, and back the database up by its own tools: docs/backups.md says how.",
        ));
    }
    problems
}

/// What makes a shop on SQLite unfit for production.
pub fn missing_or_late(settings: &Settings, location: Option<&Location>) -> Vec<Problem> {
    let Some(Location::Sqlite(_)) = location else { return Vec::new() };
    let Some(backups) = Backups::of(settings) else {
        return vec![problem(
            "backup_to is not set: if this disk dies, so does the shop",
            "Set SUTLER_BACKUP_TO to a folder on another disk.",
        )];
    };
    let what = match backups.newest(now()) {
        Err(why) => format!("the backups cannot be seen: {why:#}"),
        Ok(None) => format!("there is no backup in {}", backups.folder),
        Ok(Some(last)) => {
            let old = now().0 - last.taken_at.0;
            if old <= late_after(settings) {
                return Vec::new();
            }
            format!("the last backup in {} is {} old", backups.folder, age(old))
        }
    };
    vec![problem(what, TAKE)]
}

/// What may be as it should.
pub fn notes(settings: &Settings, location: Option<&Location>) -> Vec<Problem> {
    let Some(place) = settings.backup_to.as_deref() else { return Vec::new() };
    let mut notes = Vec::new();
    if settings.backup_key.is_none() {
        notes.push(problem(
            "backup_key is not set: whoever can read a backup reads who has ordered what",
            "Set SUTLER_BACKUP_KEY, and keep it where the backups are not.",
        ));
    }
    // Of a folder that is not there yet, where it will be.
    let disk = |path: &Path| path.ancestors().find_map(|path| Some(fs::metadata(path).ok()?.dev()));
    if let Some(Location::Sqlite(shop)) = location
        && disk(place) == disk(shop)
    {
        notes.push(problem(
            format!(
                "backup_to ({}) lies on the disk of the shop: if it dies, so do both",
                place.display()
            ),
            "Set SUTLER_BACKUP_TO to a folder on another disk, or see that it is copied to one.",
        ));
    }
    notes
}
