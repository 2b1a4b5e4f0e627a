//! A directory for what is made and thrown away: copies of a shop, which are as private as the shop.

use crate::secrets::{base64url, random};
use anyhow::Context;
use std::{
    fs::{self, DirBuilder, File, TryLockError},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

const PREFIX: &str = ".sutler-work-";

/// Goes with all that is in it when this is dropped; after a kill, when the next one is made beside it.
pub struct Workroom {
    outside: PathBuf,
    /// In a directory of its own: who migrates a shop locks the one in which it lies.
    inside: PathBuf,
    _lock: File,
}

impl Workroom {
    pub fn within(directory: &Path) -> anyhow::Result<Workroom> {
        let failed = || format!("cannot make a directory for work in {}", directory.display());
        DirBuilder::new().recursive(true).mode(0o700).create(directory).with_context(failed)?;
        clear(directory);
        let outside = directory.join(format!("{PREFIX}{}", base64url(&random::<9>())));
        let inside = outside.join("inside");
        DirBuilder::new().mode(0o700).create(&outside).with_context(failed)?;
        let lock = File::open(&outside).and_then(|lock| lock.lock().map(|()| lock));
        let room = Workroom { _lock: lock.with_context(failed)?, outside, inside };
        fs::create_dir(&room.inside).with_context(failed)?;
        Ok(room)
    }

    pub fn path(&self) -> &Path {
        &self.inside
    }
}

impl Drop for Workroom {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.outside) {
            tracing::warn!(path = %self.outside.display(), %error, "a directory for work was left");
        }
    }
}

/// Takes away what nobody works in any more. One that was made just now and is not locked yet may go as well: then
/// whoever has made it is told, and nothing else is lost.
fn clear(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if !is_ours {
            continue;
        }
        let Ok(room) = File::open(entry.path()) else { continue };
        match room.try_lock() {
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
            Ok(()) => {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testbed::TempDir;

    #[test]
    fn a_room_goes_with_its_work_and_a_dead_one_with_the_next() {
        let dir = TempDir::new().unwrap();
        let rooms = || fs::read_dir(dir.path()).unwrap().count();
        let one = Workroom::within(dir.path()).unwrap();
        fs::write(one.path().join("copy.db"), "private").unwrap();
        let other = Workroom::within(dir.path()).unwrap();
        assert_eq!(rooms(), 2, "one at work is left alone");
        drop(other);
        // As a kill leaves it: the lock is gone, the files are not.
        let dead = dir.path().join(format!("{PREFIX}dead"));
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join("copy.db"), "private").unwrap();
        fs::write(dir.path().join("something else"), "").unwrap();
        drop(Workroom::within(dir.path()).unwrap());
        assert!(!dead.exists() && one.path().join("copy.db").exists());
        drop(one);
        assert_eq!(rooms(), 1);
    }
}
