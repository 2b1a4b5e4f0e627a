//! Builds catchers in the copied tree, and runs programs with a limit: whatever is started is stopped.

use crate::attack::mutants::mutant::Shop;
use anyhow::{Context, bail};
use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};
use testbed::processes;

/// `sutler`, with the points where a torture strikes.
const TORTURED: &str = "sutler-failpoints";
const BUILT_WITHIN: Duration = Duration::from_secs(1200);

/// Where things are: dependencies are built once for the workspace and its copy, programs are not
/// put where those of the workspace are.
pub struct Workshop {
    pub tree: PathBuf,
    build_dir: PathBuf,
    target_dir: PathBuf,
    logs: PathBuf,
}

/// How a program ended.
pub struct Ended {
    /// `None` if it had to be stopped.
    pub status: Option<ExitStatus>,
    pub output: String,
    pub errors: String,
    pub took: Duration,
}

impl Shop {
    pub fn name(self) -> &'static str {
        match self {
            Shop::Laws => "laws",
            Shop::Simulation => "simulation",
            Shop::Store => "store",
            Shop::Stories => "stories",
            Shop::Torture => "torture",
        }
    }

    /// Cargo's arguments, and the target that is run.
    fn build(self) -> (&'static [&'static str], &'static str) {
        match self {
            Shop::Laws => (&["test", "--no-run", "-p", "domain", "--test", "laws"], "laws"),
            Shop::Simulation => (&["build", "-p", "proof", "--bin", "proof"], "proof"),
            Shop::Store => (&["test", "--no-run", "-p", "store", "--test", "it"], "it"),
            Shop::Stories => (&["test", "--no-run", "-p", "sutler", "--test", "it"], "it"),
            Shop::Torture => (
                &["build", "-p", "sutler", "--features", "failpoints", "--bin", TORTURED],
                TORTURED,
            ),
        }
    }

    /// Where cargo would run it.
    pub fn directory(self) -> &'static str {
        match self {
            Shop::Laws => "crates/domain",
            Shop::Store => "crates/store",
            Shop::Stories => "crates/server",
            Shop::Simulation | Shop::Torture => "",
        }
    }
}

impl Workshop {
    pub fn at(root: &Path) -> Workshop {
        let named = |name| std::env::var_os(name).map(|path| root.join(path));
        let target = named("CARGO_TARGET_DIR").unwrap_or_else(|| root.join("target"));
        let own = target.join("mutants");
        Workshop {
            tree: own.join("tree"),
            logs: own.join("logs"),
            target_dir: own.join("target"),
            build_dir: named("CARGO_BUILD_BUILD_DIR").unwrap_or(target),
        }
    }

    /// The program, or why it does not compile.
    pub fn build(&self, shop: Shop, log: &str) -> anyhow::Result<Result<PathBuf, String>> {
        let (arguments, target) = shop.build();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = processes::bound(cargo, "TERM", None);
        command.args(arguments).args(["--message-format", "json-render-diagnostics"]);
        command.current_dir(&self.tree);
        command.env("CARGO_TARGET_DIR", &self.target_dir);
        command.env("CARGO_BUILD_BUILD_DIR", &self.build_dir);
        // What is run once needs no line numbers, and links faster without.
        command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "1");
        let ended = self.run(command, &format!("{log}.build"), BUILT_WITHIN)?;
        let Some(status) = ended.status else { bail!("cargo does not come to an end") };
        if !status.success() {
            let error = ended.errors.lines().find(|line| line.starts_with("error"));
            return Ok(Err(error.unwrap_or("cargo fails").to_owned()));
        }
        let built = ended.output.lines().filter_map(|line| executable(line, target)).next_back();
        built.map(Ok).with_context(|| format!("cargo built no {target}"))
    }

    /// Its output goes to files, which stay for those who want to know more.
    pub fn run(&self, mut command: Command, log: &str, limit: Duration) -> anyhow::Result<Ended> {
        fs::create_dir_all(&self.logs)?;
        let [output, errors] = ["out", "err"].map(|end| self.logs.join(format!("{log}.{end}")));
        command.stdin(Stdio::null());
        command.stdout(File::create(&output)?).stderr(File::create(&errors)?);
        let began = Instant::now();
        let mut child = processes::spawn(command).with_context(|| format!("starting {log}"))?;
        let has_ended = processes::wait_for_end(&mut child, limit)?;
        if !has_ended {
            child.kill()?;
        }
        let status = child.wait()?;
        let read = |path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(Ended {
            status: has_ended.then_some(status),
            output: read(&output)?,
            errors: read(&errors)?,
            took: began.elapsed(),
        })
    }
}

/// What a line of cargo's tells of the target's program.
fn executable(line: &str, target: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    let is_it = message["target"]["name"].as_str()? == target;
    message["executable"].as_str().filter(|_| is_it).map(PathBuf::from)
}
