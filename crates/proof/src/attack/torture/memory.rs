//! A memory limit as a container has it: a control group. Whoever needs more is killed by the kernel.

use anyhow::Context;
use std::{
    fs,
    path::{Path, PathBuf},
};
use testbed::processes;
use uuid::Uuid;

const PREFIX: &str = "sutler-proof-";
const NO_LIMIT: u64 = 1 << 40;

/// A group of its own; dropping it sends its processes back to the root and removes it.
pub struct Group {
    dir: PathBuf,
    root: PathBuf,
    files: Files,
}

/// What the two versions of control groups call the limit, and where they count whom it killed.
#[derive(Clone, Copy)]
struct Files {
    limit: &'static str,
    kills: &'static str,
}

const FIRST: Files = Files { limit: "memory.limit_in_bytes", kills: "memory.oom_control" };
const SECOND: Files = Files { limit: "memory.max", kills: "memory.events" };

/// The first version's controller, or the second's hierarchy.
fn hierarchy() -> Option<(PathBuf, Files)> {
    let [first, second] = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup"].map(PathBuf::from);
    if first.join(FIRST.limit).exists() {
        return Some((first, FIRST));
    }
    let controllers = fs::read_to_string(second.join("cgroup.subtree_control")).unwrap_or_default();
    let has_memory = controllers.split_whitespace().any(|name| name == "memory");
    has_memory.then_some((second, SECOND))
}

pub fn missing() -> Option<&'static str> {
    match Group::limited_to(1 << 30) {
        Err(_) => Some("needs root, to make a control group"),
        Ok(group) if group.kills().is_err() => {
            Some("needs a kernel that counts whom a limit kills")
        }
        Ok(_) => None,
    }
}

impl Group {
    pub fn limited_to(bytes: u64) -> anyhow::Result<Group> {
        let (root, files) = hierarchy().context("there are no control groups here")?;
        remove_abandoned(&root);
        let name = format!("{PREFIX}{}-{}", std::process::id(), Uuid::new_v4().simple());
        let dir = root.join(name);
        fs::create_dir(&dir).context("making a control group")?;
        let group = Group { dir, root, files };
        group.limit(bytes)?;
        Ok(group)
    }

    fn limit(&self, bytes: u64) -> anyhow::Result<()> {
        let limit = self.dir.join(self.files.limit);
        fs::write(limit, bytes.to_string()).context("limiting the memory of a control group")
    }

    /// From now on it kills nobody more; whom it was about to kill it may still kill.
    pub fn lift(&self) -> anyhow::Result<()> {
        self.limit(NO_LIMIT)
    }

    /// How many processes died of it.
    pub fn kills(&self) -> anyhow::Result<u64> {
        let counts = fs::read_to_string(self.dir.join(self.files.kills))?;
        let count = counts.lines().find_map(|line| line.strip_prefix("oom_kill ")?.parse().ok());
        count.context("this kernel does not count whom a limit kills")
    }

    /// What it has it keeps; what it takes from now on is counted.
    pub fn take(&self, pid: u32) -> anyhow::Result<()> {
        fs::write(procs(&self.dir), pid.to_string()).context("moving a process into its group")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A process that is frozen for want of memory must come out again.
        let _ = self.lift();
        for pid in fs::read_to_string(procs(&self.dir)).unwrap_or_default().lines() {
            let _ = fs::write(procs(&self.root), pid);
        }
        let _ = fs::remove_dir(&self.dir);
    }
}

/// Groups of tortures that were killed.
fn remove_abandoned(root: &Path) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let maker = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        let pid = maker.and_then(|pid| pid.parse().ok());
        if pid.is_some_and(|pid| !processes::is_alive(pid)) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

fn procs(dir: &Path) -> PathBuf {
    dir.join("cgroup.procs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{os::unix::process::ExitStatusExt, process::Stdio};

    /// As the strike does it: under a limit it dies, and the group knows that it was its own doing.
    #[test]
    fn a_death_by_the_limit_is_counted_and_no_other_is() {
        if missing().is_some() {
            return eprintln!("skipped: no control group can be made here");
        }
        let group = Group::limited_to(8 << 20).unwrap();
        // Remembers all of a line that does not end.
        let mut command = processes::bound("tail", "KILL", None);
        command.arg("/dev/zero").stdout(Stdio::null()).stderr(Stdio::null());
        let mut eater = processes::spawn(command).unwrap();
        group.take(eater.id()).unwrap();
        assert_eq!(eater.wait().unwrap().signal(), Some(9));
        assert_eq!(group.kills().unwrap(), 1);

        let group = Group::limited_to(64 << 20).unwrap();
        let mut command = processes::bound("sleep", "KILL", None);
        command.arg("60");
        let mut other = processes::spawn(command).unwrap();
        group.take(other.id()).unwrap();
        group.lift().unwrap();
        other.kill().unwrap();
        assert_eq!(other.wait().unwrap().signal(), Some(9));
        assert_eq!(group.kills().unwrap(), 0);
    }
}
