//! What is installed once for each user and kept in the user's cache. Invariant: what is there is whole.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Where a thing of that name is kept, or would be.
pub fn place(name: &str) -> PathBuf {
    let set =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("sutler-testbed").join(name)
}

/// Makes what belongs at `home`, if it is not there, beside it, and moves it when it is finished: whoever is
/// killed or fails leaves nothing that looks whole.
pub fn make(
    home: &Path,
    is_whole: impl Fn() -> bool,
    build: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    if is_whole() {
        return Ok(());
    }
    if let Some(parent) = home.parent() {
        fs::create_dir_all(parent)?;
    }
    let unfinished = PathBuf::from(format!("{}.{}", home.display(), std::process::id()));
    let made = build(&unfinished).and_then(|()| {
        // Another process may have been quicker, and uses it.
        if is_whole() {
            return Ok(());
        }
        // A part of one that was deleted by hand, or whose interpreter has gone, stands in the way.
        let _ = fs::remove_dir_all(home);
        fs::rename(&unfinished, home)
    });
    let _ = fs::remove_dir_all(&unfinished);
    made
}

/// Runs an installer, and hands on what it said if it fails.
pub fn run(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = said + &String::from_utf8_lossy(&output.stdout);
    Err(io::Error::other(format!("{command:?} failed: {}", said.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TempDir;

    #[test]
    fn what_is_whole_is_not_made_again_and_what_failed_is_not_there() {
        let dir = TempDir::new().unwrap();
        let home = dir.path().join("cache/thing");
        let is_whole = || home.join("end").is_file();
        let broken = make(&home, is_whole, |unfinished| {
            fs::create_dir(unfinished)?;
            fs::write(unfinished.join("begin"), "")?;
            Err(io::Error::other("no network"))
        });
        assert_eq!(broken.unwrap_err().to_string(), "no network");
        assert_eq!(fs::read_dir(home.parent().unwrap()).unwrap().count(), 0);

        fs::create_dir(&home).unwrap();
        fs::write(home.join("left"), "").unwrap();
        let build = |unfinished: &Path| {
            fs::create_dir(unfinished)?;
            fs::write(unfinished.join("end"), "")
        };
        make(&home, is_whole, build).unwrap();
        assert!(is_whole() && !home.join("left").exists());
        make(&home, is_whole, |_| panic!("it is there")).unwrap();
    }
}
