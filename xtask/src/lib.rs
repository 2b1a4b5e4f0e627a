//! The chores of this repository: run the tests, install what they need, rebuild while you edit,
//! and check the rules of style. `cargo xtask help` lists them. Std only, it is built first.

use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
};

pub mod dev;
pub mod suite;
pub mod tidy;
pub mod tools;

/// The root of the repository this was built from.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The cargo that runs this, in the root of the repository.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Where cargo puts what it builds.
fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

fn cannot_start(what: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot start {what}: {error}"))
}
