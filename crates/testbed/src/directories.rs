//! Temporary directories that are removed when they are dropped. A process that was killed drops
//! nothing, so the name carries its pid and start time, and the next process clears up after it.
//! Invariant: only directories this user made are cleared, and only when their maker is dead.

use crate::processes;
use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Once,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

const PREFIX: &str = "sutler-testbed-";

static COUNTER: AtomicU32 = AtomicU32::new(0);
static SWEPT: Once = Once::new();

/// A fresh directory, removed with all it holds on drop.
#[derive(Debug)]
pub struct TempDir {
    path: PathBuf,
}

impl TempDir {
    /// In the temporary directory of this machine, which may be kept in memory.
    pub fn new() -> io::Result<TempDir> {
        TempDir::create(&std::env::temp_dir())
    }

    /// On a disk, for whatever measures or proves durability: /var/tmp outlives a restart where
    /// /tmp may be memory. TMPDIR, if set, decides.
    pub fn on_disk() -> io::Result<TempDir> {
        TempDir::create(&disk_root())
    }

    /// On a file system of the caller's choice.
    pub fn within(root: &Path) -> io::Result<TempDir> {
        TempDir::create(root)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn create(root: &Path) -> io::Result<TempDir> {
        SWEPT.call_once(sweep);
        let pid = std::process::id();
        let started_at = processes::started_at(pid).unwrap_or_default();
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = root.join(format!("{PREFIX}{pid}-{started_at}-{number}"));
        fs::create_dir(&path).map_err(|error| {
            let path = path.display();
            let advice = "set TMPDIR to a directory that can be written";
            io::Error::new(error.kind(), format!("cannot create {path}: {error}; {advice}"))
        })?;
        Ok(TempDir { path })
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn disk_root() -> PathBuf {
    let var_tmp = PathBuf::from("/var/tmp");
    match std::env::var_os("TMPDIR") {
        None if var_tmp.is_dir() => var_tmp,
        _ => std::env::temp_dir(),
    }
}

/// Removes what dead processes left, and ends the servers that still work in there (frozen ones
/// notice nothing, not even that their parent has died).
fn sweep() {
    let mut roots = vec![std::env::temp_dir(), disk_root()];
    roots.dedup();
    let me = fs::metadata("/proc/self").map(|metadata| metadata.uid());
    let Ok(me) = me else {
        return; // Not a Linux: nothing tells the dead from the living.
    };
    for entry in roots.iter().flat_map(fs::read_dir).flatten().flatten() {
        let is_mine =
            entry.metadata().is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == me);
        if is_mine && is_abandoned(&entry.file_name().to_string_lossy()) {
            remove_abandoned(&entry.path());
        }
    }
}

fn is_abandoned(name: &str) -> bool {
    let Some(maker) = name.strip_prefix(PREFIX) else {
        return false;
    };
    let mut numbers = maker.split('-').map(|number| number.parse::<u64>().ok());
    let (Some(Some(pid)), Some(Some(started_at))) = (numbers.next(), numbers.next()) else {
        return false;
    };
    u32::try_from(pid).is_ok_and(|pid| processes::started_at(pid) != Some(started_at))
}

fn remove_abandoned(dir: &Path) {
    let left = processes::inside(dir);
    let _ = processes::signal("KILL", &left);
    processes::wait_until_gone(&left, Duration::from_secs(5));
    remove_shared_memory(&dir.join("data"));
    let _ = fs::remove_dir_all(dir);
}

/// A killed Postgres leaves a small System V segment behind, whose id is on line 7 of its lock
/// file. The kernel keeps only a few thousand of them.
pub fn remove_shared_memory(data: &Path) {
    let lock = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let Some(id) = lock.lines().nth(6).and_then(|line| line.split_whitespace().nth(1)) else {
        return;
    };
    let _ =
        Command::new("ipcrm").args(["-m", id]).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_goes_with_its_value() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().to_path_buf();
        fs::write(path.join("file"), "x").unwrap();
        drop(dir);
        assert!(!path.exists());
    }

    #[test]
    fn only_directories_of_dead_processes_are_abandoned() {
        let me = std::process::id();
        let started_at = processes::started_at(me).unwrap();
        assert!(!is_abandoned(&format!("{PREFIX}{me}-{started_at}-0")));
        assert!(is_abandoned(&format!("{PREFIX}{me}-{}-0", started_at + 1)));
        assert!(is_abandoned(&format!("{PREFIX}4194999-1-0")));
        assert!(!is_abandoned("something-else"));
        assert!(!is_abandoned(PREFIX));
    }
}
