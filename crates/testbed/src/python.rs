//! Python environments for servers that are written in Python: made once for each user, with what they
//! need from PyPI, and kept. Invariant: an environment that is there is whole.

use crate::processes::on_path;
use std::{
    fs, io,
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
    let home = directory(packages);
    // Whoever is killed or fails leaves nothing that looks finished.
    let unfinished = PathBuf::from(format!("{}.{}", home.display(), std::process::id()));
    let made = make(&python, &unfinished, packages).and_then(|()| {
        // Another process may have been quicker, and uses it.
        if environment(packages).is_some() {
            return Ok(());
        }
        // One whose Python has gone stands in the way.
        let _ = fs::remove_dir_all(&home);
        fs::rename(&unfinished, &home)
    });
    let _ = fs::remove_dir_all(&unfinished);
    made
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
    if let Some(parent) = home.parent() {
        fs::create_dir_all(parent)?;
    }
    run(Command::new(python).args(["-m", "venv", "--clear"]).arg(home))?;
    let mut pip = Command::new(python_in(home));
    pip.args(["-m", "pip", "--disable-pip-version-check", "install", "--quiet"]).args(packages);
    run(&mut pip)
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = said + &String::from_utf8_lossy(&output.stdout);
    Err(io::Error::other(format!("{command:?} failed: {}", said.trim())))
}

/// In the user's cache, under a name that tells the packages with their versions.
fn directory(packages: &[&str]) -> PathBuf {
    let set =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    let cache = cache.unwrap_or_else(std::env::temp_dir);
    cache.join("sutler-testbed").join(packages.join("+").replace("==", "-"))
}

fn python_in(home: &Path) -> PathBuf {
    home.join("bin/python")
}
