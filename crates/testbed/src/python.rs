//! Python environments for programs that are written in Python: made once for each user, with what they
//! need from PyPI, and kept. Invariant: an environment that is there is whole.

use crate::{cache, processes::on_path};
use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The Python of the environment with these packages, if it was made.
pub fn environment(packages: &[&str]) -> Option<PathBuf> {
    // A Python that was removed leaves a link that leads nowhere.
    Some(python_in(&directory(packages))).filter(|python| python.is_file())
}

/// Makes the environment with these packages, if need be.
pub fn install(packages: &[&str]) -> io::Result<()> {
    if environment(packages).is_some() {
        return Ok(());
    }
    let Some(python) = able() else {
        let what = "no python3 that can make environments: install it (Debian: apt-get install python3-venv)";
        return Err(io::Error::new(io::ErrorKind::NotFound, what));
    };
    let is_whole = || environment(packages).is_some();
    cache::make(&directory(packages), is_whole, |home| make(&python, home, packages))
}

/// A Python that can make environments. Debian's cannot by itself.
pub fn able() -> Option<PathBuf> {
    let candidates = [on_path("python3"), Some(PathBuf::from("/usr/bin/python3"))];
    candidates.into_iter().flatten().find(|python| {
        let mut command = Command::new(python);
        command.args(["-c", "import ensurepip, venv"]).stdin(Stdio::null());
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    })
}

fn make(python: &Path, home: &Path, packages: &[&str]) -> io::Result<()> {
    cache::run(Command::new(python).args(["-m", "venv", "--clear"]).arg(home))?;
    let mut pip = Command::new(python_in(home));
    pip.args(["-m", "pip", "--disable-pip-version-check", "install", "--quiet"]).args(packages);
    cache::run(&mut pip)
}

/// Under a name that tells the packages with their versions.
fn directory(packages: &[&str]) -> PathBuf {
    cache::place(&packages.join("+").replace("==", "-"))
}

fn python_in(home: &Path) -> PathBuf {
    home.join("bin/python")
}
