//! Packages of npm for clients that are written in JavaScript: installed once for each user as a lock
//! file says, and kept. Invariant: what is there is whole, and of the versions of the lock file.

use crate::{cache, processes::on_path};
use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    process::Command,
};

const PROJECT: [&str; 2] = ["package.json", "package-lock.json"];

/// Whether there are Node.js and npm.
pub fn is_able() -> bool {
    on_path("node").is_some() && on_path("npm").is_some()
}

/// A program of Node.js.
pub fn node() -> Command {
    Command::new(on_path("node").unwrap_or_else(|| "node".into()))
}

/// The `node_modules` of the project in this directory (a package.json with its package-lock.json), installed
/// if need be. No script of a package runs.
pub fn modules(project: &Path) -> io::Result<PathBuf> {
    let Some(npm) = on_path("npm") else {
        let what = "no Node.js with npm: install it (Debian: apt-get install nodejs npm)";
        return Err(io::Error::new(io::ErrorKind::NotFound, what));
    };
    let home = directory(project)?;
    // npm writes it last of all.
    let is_whole = || home.join("node_modules/.package-lock.json").is_file();
    cache::make(&home, is_whole, |unfinished| {
        fs::create_dir_all(unfinished)?;
        for file in PROJECT {
            fs::copy(project.join(file), unfinished.join(file))?;
        }
        let mut ci = Command::new(&npm);
        ci.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]);
        cache::run(ci.current_dir(unfinished))
    })?;
    Ok(home.join("node_modules"))
}

/// Under a name that tells the project and what its files say.
fn directory(project: &Path) -> io::Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    for file in PROJECT {
        fs::read(project.join(file))?.hash(&mut hasher);
    }
    let name = project.file_name().unwrap_or_default().to_string_lossy();
    Ok(cache::place(&format!("npm-{name}-{:016x}", hasher.finish())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TempDir;

    #[test]
    fn another_lock_file_is_another_place() {
        let dir = TempDir::new().unwrap();
        assert!(directory(dir.path()).is_err());
        for file in PROJECT {
            fs::write(dir.path().join(file), "{}").unwrap();
        }
        let one = directory(dir.path()).unwrap();
        assert_eq!(directory(dir.path()).unwrap(), one);
        fs::write(dir.path().join(PROJECT[1]), "{ }").unwrap();
        assert_ne!(directory(dir.path()).unwrap(), one);
    }
}
