//! Rebuilds and restarts `sutler demo` when a source changes. It polls: a few hundred files cost
//! a millisecond, and no dependency. A build that fails leaves the old server running.

use crate::{cannot_start, cargo, root, target_dir};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    process::{Child, ExitCode, Stdio},
    thread,
    time::{Duration, SystemTime},
};
use testbed::processes;

const POLL: Duration = Duration::from_millis(500);
const STOPPED_WITHIN: Duration = Duration::from_secs(15);

type Sources = BTreeMap<PathBuf, SystemTime>;

/// Runs until it is interrupted. Ctrl-C reaches the server by itself, it is in the same process
/// group; if only this process is ended, the kernel passes the end on.
pub fn run(args: &[String]) -> io::Result<ExitCode> {
    let mut running: Option<Child> = None;
    let mut built = Sources::new();
    loop {
        let now = settled_sources()?;
        if now != built {
            built = now;
            if build()? {
                stop(&mut running)?;
                running = Some(start(args)?);
            } else {
                eprintln!("xtask dev: the build failed; waiting for a change");
            }
        }
        if let Some(child) = running.as_mut()
            && let Some(status) = child.try_wait()?
        {
            eprintln!("xtask dev: sutler ended ({status}); waiting for a change");
            running = None;
        }
        thread::sleep(POLL);
    }
}

fn build() -> io::Result<bool> {
    let mut command = cargo();
    command.args(["build", "--package", "sutler"]).stdin(Stdio::null());
    let status = command.status().map_err(|error| cannot_start("cargo", &error))?;
    Ok(status.success())
}

fn start(args: &[String]) -> io::Result<Child> {
    let program = target_dir().join("debug").join("sutler");
    let mut command = processes::bound(&program, "TERM", None);
    command.arg("demo").args(args).current_dir(root());
    command.spawn().map_err(|error| cannot_start(&program.display().to_string(), &error))
}

fn stop(running: &mut Option<Child>) -> io::Result<()> {
    let Some(mut child) = running.take() else {
        return Ok(());
    };
    processes::signal("TERM", &[child.id()])?;
    if !processes::wait_for_end(&mut child, STOPPED_WITHIN)? {
        eprintln!("xtask dev: sutler did not stop in 15 seconds; killing it");
        child.kill()?;
        child.wait()?;
    }
    Ok(())
}

/// The sources once they stand still: an editor or a checkout writes many files one by one.
fn settled_sources() -> io::Result<Sources> {
    let mut before = sources(&root())?;
    loop {
        thread::sleep(Duration::from_millis(50));
        let now = sources(&root())?;
        if now == before {
            return Ok(now);
        }
        before = now;
    }
}

/// What `sutler` is built from, and when each file changed.
fn sources(root: &Path) -> io::Result<Sources> {
    let mut found = Sources::new();
    for name in ["Cargo.toml", "Cargo.lock"] {
        if let Ok(metadata) = fs::metadata(root.join(name)) {
            found.insert(root.join(name), metadata.modified()?);
        }
    }
    let mut dirs = vec![root.join("crates")];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir)?.flatten() {
            let path = entry.path();
            // A file may go between the listing and the question.
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                dirs.push(path);
            } else if is_source(&path) {
                found.insert(path, metadata.modified()?);
            }
        }
    }
    Ok(found)
}

fn is_source(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("rs" | "sql" | "toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_change_when_a_file_does_and_only_then() {
        let dir = testbed::TempDir::new().unwrap();
        let src = dir.path().join("crates/a/src");
        fs::create_dir_all(&src).unwrap();
        fs::write(src.join("lib.rs"), "").unwrap();
        fs::write(src.join("notes.txt"), "").unwrap();
        let before = sources(dir.path()).unwrap();
        assert_eq!(before.len(), 1);
        assert_eq!(before, sources(dir.path()).unwrap());
        let later = SystemTime::now() + Duration::from_secs(5);
        fs::File::options()
            .append(true)
            .open(src.join("lib.rs"))
            .unwrap()
            .set_modified(later)
            .unwrap();
        assert_ne!(before, sources(dir.path()).unwrap());
        fs::write(src.join("schema.sql"), "").unwrap();
        assert_eq!(sources(dir.path()).unwrap().len(), 2);
    }
}
