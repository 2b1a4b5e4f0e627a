//! A demo shop of its own for each client: on a free port, in a directory that goes with it, stopped by its pid.

use crate::Stage;
use anyhow::{Context, bail, ensure};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use testbed::{TempDir, free_port, processes};

const ANSWERS_WITHIN: Duration = Duration::from_secs(60);
const STOPS_WITHIN: Duration = Duration::from_secs(60);
/// Fuzzing takes longer than a token lasts, and what is asked for is not when tokens expire; and orders stay where
/// whoever asks has moved them.
const SETTINGS: [(&str, &str); 2] =
    [("SUTLER_ACCESS_TOKEN_TTL", "1d"), ("SUTLER_PROCESSING", "manual")];

pub struct Shop {
    sutler: PathBuf,
    url: String,
    child: Child,
    dir: TempDir,
}

impl Shop {
    /// A demo whose tokens last, and that leaves orders to the staff.
    pub fn open(stage: &Stage) -> anyhow::Result<Shop> {
        Shop::open_with(stage, &SETTINGS)
    }

    /// A demo as everybody gets it.
    pub fn open_plain(stage: &Stage) -> anyhow::Result<Shop> {
        Shop::open_with(stage, &[])
    }

    /// A demo with settings of one's own.
    pub fn open_with(stage: &Stage, settings: &[(&str, &str)]) -> anyhow::Result<Shop> {
        let dir = TempDir::new()?;
        let url = format!("http://127.0.0.1:{}", free_port()?);
        let log = File::create(dir.path().join("sutler.log"))?;
        let mut command = program(&stage.sutler, dir.path());
        command.arg("demo").arg("--listen").arg(url.trim_start_matches("http://"));
        command.envs(settings.iter().copied()).stdout(log.try_clone()?).stderr(log);
        let child = processes::spawn(command).context("starting sutler demo")?;
        let mut shop = Shop { sutler: stage.sutler.clone(), url, child, dir };
        let started = Instant::now();
        // Another process that was quicker to take the port is no shop, and ours has ended.
        while shop.child.try_wait()?.is_none() {
            if shop.get("/health/ready").is_ok() {
                return Ok(shop);
            }
            if started.elapsed() > ANSWERS_WITHIN {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("the demo does not answer. It said:\n{}", shop.log());
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where a client may leave files.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What the shop answers to anybody.
    pub fn get(&self, path: &str) -> anyhow::Result<String> {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--fail", "--max-time", "60"]);
        said(curl.arg(format!("{}{path}", self.url)))
    }

    /// Stops it, and looks whether it was well all the time and has kept every promise.
    pub fn close(mut self) -> anyhow::Result<()> {
        let ended = self.child.try_wait()?;
        ensure!(ended.is_none(), "the shop ended by itself. It said:\n{}", self.log());
        processes::signal("TERM", &[self.child.id()])?;
        let has_ended = processes::wait_for_end(&mut self.child, STOPS_WITHIN)?;
        ensure!(has_ended, "the shop does not stop. It said:\n{}", self.log());
        let errors = errors(&self.log());
        ensure!(errors.is_empty(), "the shop has logged errors:\n{errors}");
        let audit = said(program(&self.sutler, self.dir.path()).arg("audit"));
        audit.map(|_| ()).context("the audit is not sound")
    }

    fn log(&self) -> String {
        let bytes = fs::read(self.dir.path().join("sutler.log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The shop's program, with the settings that it has by itself and nothing that happens to be set here.
fn program(sutler: &Path, dir: &Path) -> Command {
    let mut command = processes::bound(sutler, "KILL", None);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SUTLER_") {
            command.env_remove(name);
        }
    }
    command.env("SUTLER_LOG_FORMAT", "json");
    command.env("SUTLER_DATA_DIR", dir.join("data")).current_dir(dir).stdin(Stdio::null());
    command
}

/// What a program prints, if it succeeds.
pub fn said(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("cannot start {command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let errors = String::from_utf8_lossy(&output.stderr);
    bail!("{} ended with {}:\n{text}{errors}", program.to_string_lossy(), output.status)
}

/// The lines of a log that tell of errors, and of panics, which are no JSON.
fn errors(log: &str) -> String {
    let is_bad = |line: &&str| line.contains(r#""level":"ERROR""#) || line.contains("panicked at");
    log.lines().filter(is_bad).take(20).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_panics_are_found_in_a_log() {
        let log = r#"{"level":"INFO","message":"migrated"}
{"level":"ERROR","message":"answered with 500"}
thread 'writer' panicked at crates/store/src/door.rs:1:1:"#;
        assert_eq!(errors(log).lines().count(), 2);
        assert_eq!(errors("{\"level\":\"WARN\"}"), "");
    }

    #[test]
    fn what_a_program_says_is_kept_when_it_fails() {
        let shell = |script| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            said(&mut command)
        };
        assert_eq!(shell("echo yes").unwrap(), "yes\n");
        let failed = shell("echo out; echo err >&2; exit 3").unwrap_err().to_string();
        assert!(failed.contains("out") && failed.contains("err"), "{failed}");
    }
}
