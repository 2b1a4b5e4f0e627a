//! Temporary directories that are removed when they are dropped. A process that was killed drops
//! nothing, so the name carries its pid and start time, and the next process clears up after it.
//! Invariant: only directories this user made are cleared, and only when their maker is dead.

use crate::processes;
use std::{
    collections::BTreeSet,
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

/// The memory of this machine as a file system, and how large it is at least, in KiB.
const MEMORY: &str = "/dev/shm";
const MEMORY_LEAST: u64 = 8 * 1024 * 1024;

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

    /// In memory where there is room for it, for what is made and removed by the thousand: on a disk that search for
    /// free places alone can take a third of the time. TMPDIR, if set, decides.
    pub fn in_memory() -> io::Result<TempDir> {
        TempDir::create(&memory_root().unwrap_or_else(std::env::temp_dir))
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

fn memory_root() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let is_free = std::env::var_os("TMPDIR").is_none();
    (is_free && has_room_in_memory(&mounts)).then(|| PathBuf::from(MEMORY))
}

/// Whether there is a memory file system, and it may grow to that much.
fn has_room_in_memory(mounts: &str) -> bool {
    let fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let mut options = fields.filter_map(|fields| match fields[..] {
        [_, MEMORY, "tmpfs", options, ..] => Some(options),
        _ => None,
    });
    let size = options.next_back().and_then(|options| {
        options.split(',').find_map(|option| option.strip_prefix("size=")?.strip_suffix('k'))
    });
    size.and_then(|size| size.parse::<u64>().ok()).is_some_and(|size| size >= MEMORY_LEAST)
}

/// Removes what dead processes left, and ends the servers that still work in there (frozen ones
/// notice nothing, not even that their parent has died).
fn sweep() {
    let roots = [std::env::temp_dir(), disk_root(), PathBuf::from(MEMORY)];
    let roots = BTreeSet::from(roots);
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

    #[test]
    fn memory_is_taken_where_it_is_a_large_file_system() {
        for (mount, expected) in [
            ("tmpfs /dev/shm tmpfs rw,relatime,size=24683656k 0 0", true),
            ("tmpfs /dev/shm tmpfs rw,nosuid,size=8388608k,inode64 0 0", true),
            ("shm /dev/shm tmpfs rw,nosuid,size=65536k,inode64 0 0", false),
            ("tmpfs /dev/shm tmpfs rw,nosuid 0 0", false),
            ("tmpfs /run tmpfs rw,size=24683656k 0 0", false),
            ("/dev/vda /dev/shm ext4 rw,size=24683656k 0 0", false),
            ("", false),
        ] {
            assert_eq!(
                has_room_in_memory(&format!("proc /proc proc rw 0 0\n{mount}\n")),
                expected,
                "{mount}"
            );
        }
    }
}
