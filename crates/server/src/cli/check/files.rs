//! What of a shop's files everybody on its machine can read or change.

use super::{Problem, problem};
use crate::{backups::beside, settings::Settings};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use store::Location;

/// Permissions of those who are neither the owner nor in its group.
const OTHERS: u32 = 0o007;

pub fn open_to_others(settings: &Settings, location: Option<&Location>) -> Vec<Problem> {
    let key = settings.data_dir.join("secret.key");
    let settings_files = settings.files().iter().chain([&key]).chain(&settings.tls_key);
    let settings_files = settings_files.filter_map(|path| {
        let what = format!("{} can be read by everybody on this machine", shown(path)?);
        Some(problem(what, "Take it away from others: `chmod o= FILE`."))
    });
    let database = match location {
        Some(Location::Sqlite(path)) => ["", "-wal", "-shm"].map(|end| beside(path, end)).into(),
        _ => Vec::new(),
    };
    let database = database.iter().filter_map(|path| {
        let what = format!("the database in {} is open to everybody on this machine", shown(path)?);
        Some(problem(
            what,
            "Take it away from others: `chmod o= FILE`, and 0700 for its directory.",
        ))
    });
    settings_files.chain(database).collect()
}

/// The path with its mode, if others may do anything with what lies there.
fn shown(path: &Path) -> Option<String> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & OTHERS != 0).then(|| format!("{} ({mode:04o})", path.display()))
}
