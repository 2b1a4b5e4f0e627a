//! A memory limit as a container has it: a control group. Whoever needs more is killed by the kernel.

use anyhow::Context;
use std::{
    fs,
    path::{Path, PathBuf},
};
use testbed::processes;
use uuid::Uuid;

const PREFIX: &str = "sutler-proof-";

/// A group of its own; dropping it sends its processes back to the root and removes it.
pub struct Group {
    dir: PathBuf,
    root: PathBuf,
    limit: &'static str,
}

/// The first version's controller, or the second's hierarchy.
fn hierarchy() -> Option<(PathBuf, &'static str)> {
    let [first, second] = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup"].map(PathBuf::from);
    if first.join("memory.limit_in_bytes").exists() {
        return Some((first, "memory.limit_in_bytes"));
    }
    let controllers = fs::read_to_string(second.join("cgroup.subtree_control")).unwrap_or_default();
    let has_memory = controllers.split_whitespace().any(|name| name == "memory");
    has_memory.then_some((second, "memory.max"))
}

pub fn missing() -> Option<&'static str> {
    let probe = || Group::limited_to(1 << 30).is_ok();
    (!probe()).then_some("needs root, to make a control group")
}

impl Group {
    pub fn limited_to(bytes: u64) -> anyhow::Result<Group> {
        let (root, limit) = hierarchy().context("there are no control groups here")?;
        remove_abandoned(&root);
        let name = format!("{PREFIX}{}-{}", std::process::id(), Uuid::new_v4().simple());
        let dir = root.join(name);
        fs::create_dir(&dir).context("making a control group")?;
        let group = Group { dir, root, limit };
        fs::write(group.dir.join(group.limit), bytes.to_string())?;
        Ok(group)
    }

    /// What it has it keeps; what it takes from now on is counted.
    pub fn take(&self, pid: u32) -> anyhow::Result<()> {
        fs::write(procs(&self.dir), pid.to_string()).context("moving a process into its group")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A process that is frozen for want of memory must come out again.
        let _ = fs::write(self.dir.join(self.limit), (1u64 << 40).to_string());
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
