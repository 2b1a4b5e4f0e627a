//! A mount namespace of our own: what a torture mounts is gone with it, however it ends.

use std::{os::unix::process::CommandExt, process::Command};
use testbed::processes::on_path;

const DONE: &str = "PROOF_HAS_ITS_MOUNTS";

/// Starts this program again in place of itself, if it may mount at all.
pub fn keep_to_ourselves() -> anyhow::Result<()> {
    if std::env::var_os(DONE).is_some() || !is_root() {
        return Ok(());
    }
    let Some(unshare) = on_path("unshare") else { return Ok(()) };
    let has_namespaces = Command::new(&unshare).args(["--mount", "true"]).status()?.success();
    if !has_namespaces {
        return Ok(());
    }
    let mut command = Command::new(unshare);
    command.args(["--mount", "--propagation", "private", "--"]).arg(std::env::current_exe()?);
    Err(command.args(std::env::args_os().skip(1)).env(DONE, "1").exec().into())
}

pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}
