//! The wall clock of a shop's processes, set while they run: by libfaketime, which is loaded before them and reads
//! a file whenever they ask for the time. Clocks that only count go on as they are.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
};

/// Where Debian and others put it, for programs with threads.
const LIBRARIES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];
const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3600;
/// It is ahead at all times, and less than what is kept for a day or two.
const LEAST_S: i64 = MINUTE_S;
const MOST_S: i64 = 12 * HOUR_S;
/// As an operator sets it, a time server, or a machine that slept.
pub const JUMPS_S: [i64; 8] = [
    2 * MINUTE_S,
    -2 * MINUTE_S,
    25 * MINUTE_S,
    -25 * MINUTE_S,
    2 * HOUR_S,
    -2 * HOUR_S,
    5 * HOUR_S,
    -5 * HOUR_S,
];

pub struct Clock {
    file: PathBuf,
    library: PathBuf,
    /// Of this machine's.
    pub ahead_s: Arc<AtomicI64>,
    furthest_s: AtomicI64,
    processes: Mutex<Vec<u32>>,
}

/// Why clocks cannot be set here.
pub fn missing() -> Option<&'static str> {
    library().is_none().then_some("libfaketime is not installed (apt-get install faketime)")
}

fn library() -> Option<PathBuf> {
    LIBRARIES.iter().map(PathBuf::from).find(|path| path.is_file())
}

impl Clock {
    /// What it shows is kept in this directory.
    pub fn within(dir: &Path) -> anyhow::Result<Clock> {
        let Some(library) = library() else { anyhow::bail!("there is no libfaketime") };
        let (ahead_s, furthest_s) = (Arc::default(), AtomicI64::new(0));
        let (file, processes) = (dir.join("clock"), Mutex::default());
        let clock = Clock { file, library, ahead_s, furthest_s, processes };
        clock.set(3 * HOUR_S)?;
        Ok(clock)
    }

    /// For each process of the shop.
    pub fn environment(&self) -> [(&'static str, OsString); 6] {
        [
            ("LD_PRELOAD", self.library.clone().into()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.clone().into()),
            ("FAKETIME_NO_CACHE", "1".into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
            ("FAKETIME_DONT_RESET", "1".into()),
            ("NO_FAKE_STAT", "1".into()),
        ]
    }

    pub fn jump(&self, by_s: i64) -> anyhow::Result<()> {
        let now_s = self.ahead_s.load(Relaxed);
        let to_s = now_s + by_s;
        // What would lead too far leads the other way.
        self.set(if (LEAST_S..=MOST_S).contains(&to_s) { to_s } else { now_s - by_s })
    }

    /// To a time that it has not shown yet: whatever was to end by the clock is due.
    pub fn shows_the_latest(&self) -> anyhow::Result<()> {
        self.set(self.furthest_s.load(Relaxed) + MINUTE_S)
    }

    fn set(&self, ahead_s: i64) -> anyhow::Result<()> {
        // Nobody reads the half of it.
        let written = self.file.with_extension("new");
        fs::write(&written, format!("+{ahead_s}\n"))?;
        fs::rename(&written, &self.file)?;
        self.ahead_s.store(ahead_s, Relaxed);
        self.furthest_s.fetch_max(ahead_s, Relaxed);
        Ok(())
    }

    /// Those before it have ended: what one that was killed leaves behind is not to meet the next of its number.
    pub fn is_begun_with_by(&self, process: u32) {
        let mut processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        processes.drain(..).for_each(forget);
        processes.push(process);
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        let processes = self.processes.get_mut().unwrap_or_else(PoisonError::into_inner);
        processes.drain(..).for_each(forget);
    }
}

fn forget(process: u32) {
    for name in [format!("sem.faketime_sem_{process}"), format!("faketime_shm_{process}")] {
        let _ = fs::remove_file(Path::new("/dev/shm").join(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;
    use testbed::TempDir;

    fn shown(clock: &Clock) -> i64 {
        let told = Command::new("date").arg("+%s").envs(clock.environment()).output().unwrap();
        String::from_utf8(told.stdout).unwrap().trim().parse().unwrap()
    }

    #[test]
    fn a_process_sees_its_clock_jump() {
        if let Some(why) = missing() {
            return eprintln!("SKIPPED: {why}");
        }
        let dir = TempDir::new().unwrap();
        let clock = Clock::within(dir.path()).unwrap();
        let before = shown(&clock);
        clock.jump(-2 * HOUR_S).unwrap();
        assert!((before - 2 * HOUR_S - shown(&clock)).abs() < 60);
        // Another hour back is too far: it goes ahead.
        clock.jump(-2 * HOUR_S).unwrap();
        assert!((before - shown(&clock)).abs() < 60);
        clock.shows_the_latest().unwrap();
        assert!(shown(&clock) >= before + MINUTE_S);
    }
}
