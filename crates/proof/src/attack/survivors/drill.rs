//! cargo-mutants at work in a copy of the sources, in place, with one build directory for all that
//! it tries: what it changes is built anew, and nothing else.

use crate::attack::mutants::tree::Tree;
use anyhow::{Context, bail};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use testbed::{Durability, Postgres, databases::URL_VARIABLE, processes};

/// What takes so many times as long as without a change hangs, and hanging is being caught.
const PATIENCE: &str = "3";
const AT_LEAST_S: &str = "60";
const FEW_CASES: &str = "64";
/// All tests together take a third of it.
const ALL_TESTS_S: &str = "900";
/// What cargo-mutants ends with if nothing is wrong with itself.
const ALL_CAUGHT: i32 = 0;
const SOME_MISSED: i32 = 2;
const SOME_HUNG: i32 = 3;

/// One change to the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// With its place, which makes it unique.
    pub name: String,
    /// Without: it stays when lines before it come and go.
    pub plain: String,
    package: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Caught,
    Missed,
    Unviable,
}

/// As cargo-mutants lists it.
#[derive(Debug, Deserialize)]
struct Listed {
    name: String,
    file: String,
    #[serde(default)]
    package: String,
}

#[derive(Debug, Deserialize)]
struct Outcomes {
    outcomes: Vec<Outcome>,
}

#[derive(Debug, Deserialize)]
struct Outcome {
    scenario: Scenario,
    summary: String,
}

#[derive(Debug, Deserialize)]
enum Scenario {
    Baseline,
    Mutant(Listed),
}

pub struct Drill {
    root: PathBuf,
    /// Puts back what cargo-mutants may have left behind.
    tree: Tree,
    target_dir: PathBuf,
    output: PathBuf,
    postgres: Option<Postgres>,
}

impl Change {
    pub fn named(name: &str, file: &str, package: &str) -> Change {
        let what = name.split_once(": ").map_or("", |(_, what)| what);
        let (name, package) = (name.to_owned(), package.to_owned());
        Change { plain: format!("{file}: {what}"), name, package }
    }

    /// Its file, and the line where it begins.
    fn place(&self) -> Option<(&str, usize)> {
        let mut parts = self.name.split(':');
        Some((parts.next()?, parts.next()?.parse().ok()?))
    }
}

impl Drill {
    pub fn prepare(root: &Path) -> anyhow::Result<Drill> {
        if processes::on_path("cargo-mutants").is_none() {
            bail!("cargo-mutants is missing: cargo xtask tools mutants");
        }
        let target = std::env::var_os("CARGO_TARGET_DIR").map(|path| root.join(path));
        let own = target.unwrap_or_else(|| root.join("target")).join("survivors");
        let tree = Tree::copy(root, own.join("tree"))?;
        let is_given = std::env::var(URL_VARIABLE).is_ok_and(|url| !url.is_empty());
        let postgres = match is_given {
            true => None,
            false => Some(Postgres::start(Durability::Off).context("starting Postgres")?),
        };
        let (root, target_dir) = (root.to_owned(), own.join("target"));
        Ok(Drill { root, tree, target_dir, output: own.join("out"), postgres })
    }

    /// Every change that cargo-mutants knows for these packages.
    pub fn changes(&self, packages: &[&str], files: &[String]) -> anyhow::Result<Vec<Change>> {
        let mut command = self.cargo_mutants();
        for file in files {
            command.args(["--file", file]);
        }
        list(command, packages)
    }

    /// Those that touch what differs from a revision.
    pub fn changes_since(&self, revision: &str, packages: &[&str]) -> anyhow::Result<Vec<Change>> {
        let mut git = Command::new("git");
        git.current_dir(&self.root).args(["diff", revision, "--", "crates"]);
        let diff = git.stdin(Stdio::null()).output().context("starting git")?;
        if !diff.status.success() {
            bail!("git diff {revision}: {}", String::from_utf8_lossy(&diff.stderr).trim());
        }
        fs::create_dir_all(&self.output)?;
        let path = self.output.join("since.diff");
        fs::write(&path, diff.stdout)?;
        let mut command = self.cargo_mutants();
        command.arg("--in-diff").arg(path);
        list(command, packages)
    }

    /// Each against the tests of its own package, which say by themselves how long is too long.
    pub fn run_own(&self, changes: Vec<Change>) -> anyhow::Result<Vec<(Change, End)>> {
        let mut packages = BTreeMap::<String, Vec<Change>>::new();
        for change in changes {
            packages.entry(change.package.clone()).or_default().push(change);
        }
        let mut ended = Vec::new();
        for changes in packages.into_values() {
            ended.extend(self.run(changes, false)?);
        }
        Ok(ended)
    }

    /// Each against all tests that there are.
    pub fn run_all(&self, changes: Vec<Change>) -> anyhow::Result<Vec<(Change, End)>> {
        self.run(changes, true)
    }

    fn run(&self, changes: Vec<Change>, by_all: bool) -> anyhow::Result<Vec<(Change, End)>> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        fs::create_dir_all(&self.output)?;
        let mut command = self.cargo_mutants();
        command.args(["--in-place", "--colors", "never", "-o"]).arg(&self.output);
        // All that is built and tested before anything is changed.
        let packages: BTreeSet<&str> = changes.iter().map(|change| &*change.package).collect();
        for package in packages {
            command.args(["--package", package]);
        }
        match by_all {
            // What was measured before is one package's.
            true => command.args(["--timeout", ALL_TESTS_S]),
            false => command.args([
                "--timeout-multiplier",
                PATIENCE,
                "--minimum-test-timeout",
                AT_LEAST_S,
            ]),
        };
        command.args(["--test-workspace", if by_all { "true" } else { "false" }]);
        if !by_all {
            // Most are caught by any case: what passes these meets all of them later.
            command.env("PROPTEST_CASES", FEW_CASES);
        }
        for change in &changes {
            command.args(["--re", &format!("^{}$", escaped(&change.name))]);
        }
        // Fields left out of a struct are tried whatever the names say, but of these lines only.
        let marks = self.output.join("drawn.diff");
        fs::write(&marks, self.marked(&changes)?)?;
        command.arg("--in-diff").arg(marks);
        // The first test that fails is enough; the harness of a stable Rust has to be told twice.
        command.args(["--", "--", "-Zunstable-options", "--fail-fast"]);
        command.env(runner_variable()?, "env RUSTC_BOOTSTRAP=1");
        let status = processes::spawn(command).context("starting cargo-mutants")?.wait()?;
        if !matches!(status.code(), Some(ALL_CAUGHT | SOME_MISSED | SOME_HUNG)) {
            let logs = self.output.join("mutants.out").join("log");
            bail!("cargo-mutants ended with {status}; see {}", logs.display());
        }
        let ended = fs::read_to_string(self.output.join("mutants.out").join("outcomes.json"))?;
        paired(changes, &ended)
    }

    /// A difference that touches the lines of these changes and leaves all as it is.
    fn marked(&self, changes: &[Change]) -> anyhow::Result<String> {
        let mut files = BTreeMap::<&str, BTreeSet<usize>>::new();
        for change in changes {
            let (file, line) =
                change.place().with_context(|| format!("{} stands nowhere", change.name))?;
            files.entry(file).or_default().insert(line);
        }
        let mut diff = String::new();
        for (file, lines) in files {
            let text = fs::read_to_string(self.tree.path.join(file))?;
            diff.push_str(&format!("--- a/{file}\n+++ b/{file}\n"));
            for number in lines {
                let line = text.lines().nth(number - 1).unwrap_or_default();
                diff.push_str(&format!("@@ -{number} +{number} @@\n-was\n+{line}\n"));
            }
        }
        Ok(diff)
    }

    fn cargo_mutants(&self) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = processes::bound(cargo, "TERM", None);
        command.arg("mutants").arg("--dir").arg(&self.tree.path);
        // They are in no program that is shipped, and in none that is tested: torture has its own.
        command.args(["--exclude", "**/*failpoints.rs"]);
        command.env("CARGO_TARGET_DIR", &self.target_dir).env_remove("CARGO_BUILD_BUILD_DIR");
        // Most tests wait.
        command.env("RUST_TEST_THREADS", "6");
        command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "1");
        command.env("PROPTEST_RNG_SEED", "0").env("PROPTEST_MAX_SHRINK_ITERS", "0");
        command.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
        if let Some(server) = &self.postgres {
            command.env(URL_VARIABLE, server.url("postgres"));
        }
        command.stdin(Stdio::null());
        command
    }
}

/// By which cargo is told what to run tests with on this machine.
fn runner_variable() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("starting rustc")?;
    let about = String::from_utf8_lossy(&output.stdout);
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("rustc does not say what it builds for")?;
    Ok(format!("CARGO_TARGET_{}_RUNNER", host.to_uppercase().replace('-', "_")))
}

fn list(mut command: Command, packages: &[&str]) -> anyhow::Result<Vec<Change>> {
    for package in packages {
        command.args(["--package", package]);
    }
    let output = command.args(["--list", "--json"]).output().context("starting cargo-mutants")?;
    if !output.status.success() {
        bail!("cargo-mutants lists nothing: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let listed: Vec<Listed> = match output.stdout.trim_ascii().is_empty() {
        true => Vec::new(),
        false => serde_json::from_slice(&output.stdout).context("reading what it lists")?,
    };
    let named = |change: &Listed| Change::named(&change.name, &change.file, &change.package);
    Ok(listed.iter().map(named).collect())
}

/// Every change that was asked for has an end, or the run proves nothing.
fn paired(changes: Vec<Change>, ended: &str) -> anyhow::Result<Vec<(Change, End)>> {
    let ended: Outcomes = serde_json::from_str(ended).context("reading what it found")?;
    let mut pairs = Vec::with_capacity(changes.len());
    for change in changes {
        let of = |outcome: &&Outcome| matches!(&outcome.scenario, Scenario::Mutant(listed) if listed.name == change.name);
        let Some(outcome) = ended.outcomes.iter().find(of) else {
            bail!("cargo-mutants has not tried {}", change.name);
        };
        let end = match outcome.summary.as_str() {
            "CaughtMutant" | "Timeout" => End::Caught,
            "MissedMutant" => End::Missed,
            "Unviable" => End::Unviable,
            other => bail!("{}: {other}", change.name),
        };
        pairs.push((change, end));
    }
    Ok(pairs)
}

/// The name as a regular expression that matches nothing else.
fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len() * 2);
    for letter in name.chars() {
        if r"\.+*?()|[]{}^$#&-~".contains(letter) {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_known_by_its_place_and_by_what_it_does() {
        let name = "a/b.rs:12:5: replace f -> &str with \"x: y\"";
        let change = Change::named(name, "a/b.rs", "a");
        assert_eq!(change.plain, "a/b.rs: replace f -> &str with \"x: y\"");
        assert_eq!(change.place(), Some(("a/b.rs", 12)));
        assert_eq!(escaped("a.rs:1: f<T> -> (x)"), r"a\.rs:1: f<T> \-> \(x\)");
    }

    #[test]
    fn every_change_has_an_end_or_the_run_is_none() {
        let change = |name: &str| Change::named(name, "a", "a");
        let outcome = |name: &str, summary: &str| {
            format!(
                "{{\"scenario\":{{\"Mutant\":{{\"name\":\"{name}\",\"file\":\"a\",\"more\":1}}}},\
                 \"summary\":\"{summary}\"}}"
            )
        };
        let ended = [
            "{\"scenario\":\"Baseline\",\"summary\":\"Success\"}".to_owned(),
            outcome("a:1: b", "CaughtMutant"),
            outcome("a:2: b", "Timeout"),
            outcome("a:3: b", "MissedMutant"),
            outcome("a:4: b", "Unviable"),
            outcome("a:5: b", "Failure"),
        ];
        let ended = format!("{{\"outcomes\":[{}]}}", ended.join(","));
        let ends = |names: &[&str]| {
            let pairs = paired(names.iter().map(|name| change(name)).collect(), &ended)?;
            anyhow::Ok(pairs.into_iter().map(|(_, end)| end).collect::<Vec<_>>())
        };
        let all = ["a:1: b", "a:2: b", "a:3: b", "a:4: b"];
        assert_eq!(ends(&all).unwrap(), [End::Caught, End::Caught, End::Missed, End::Unviable]);
        for strange in ["a:5: b", "a:6: b"] {
            assert!(ends(&[strange]).is_err(), "{strange}");
        }
    }
}
