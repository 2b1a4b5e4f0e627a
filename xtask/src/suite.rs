//! Runs every test of the workspace with one throw-away Postgres and with mail servers, and sums up.
//! Invariant: whatever happens, also a test that hangs, the last line is `N passed, N failed,
//! N skipped`, and the exit code is zero only if tests ran and all passed.

mod codes;
mod report;
mod watch;

use crate::{cannot_start, cargo, target_dir, tools};
use report::Summary;
use std::{
    io,
    process::{ExitCode, Stdio},
    time::Duration,
};
use testbed::{
    Durability, Postgres,
    databases::{URL_VARIABLE, is_ci},
};
use watch::{exit_code, watch};

/// What a test may take beyond the minute after which its program says that it is slow: more than
/// the whole suite, several times what the longest one takes on a busy machine.
const GRACE: Duration = Duration::from_secs(540);

/// How many tests of a program run at once on each core: most of them wait for a disk, a server or a
/// clock.
const PER_CORE: usize = 3;
const THREADS: &str = "RUST_TEST_THREADS";
/// Of the cases that proptest draws.
const SEED: &str = "PROPTEST_RNG_SEED";

/// Builds and tests everything; `args` go to `cargo test`.
pub fn run(args: &[String]) -> io::Result<ExitCode> {
    let (mut summary, code) = match build_and_test(args) {
        Ok(outcome) => outcome,
        Err(error) => {
            eprintln!("xtask test: {error}");
            (Summary::default(), 1)
        }
    };
    // A build that breaks or a test program that crashes prints no result, and is a failure.
    if code != 0 && summary.failed == 0 {
        summary.failed = 1;
    }
    let code = match code {
        0 if summary.passed == 0 => {
            eprintln!("xtask test: no test ran");
            1
        }
        code => code,
    };
    println!("{summary}");
    Ok(ExitCode::from(code))
}

fn build_and_test(args: &[String]) -> io::Result<(Summary, u8)> {
    let server = start_postgres()?;
    if let Err(error) = tools::install_mail_server() {
        if is_ci() {
            return Err(error);
        }
        eprintln!("xtask test: SKIPPING the tests with a mail server. {error}");
    }
    let mut build = cargo();
    build.args(["build", "--workspace", "--all-targets"]).stdin(Stdio::null());
    let status = build.status().map_err(|error| cannot_start("cargo", &error))?;
    if !status.success() {
        return Ok((Summary::default(), exit_code(status.code())));
    }
    let mut test = cargo();
    test.args(["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"]);
    test.args(args);
    if std::env::var_os(THREADS).is_none() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        test.env(THREADS, (cores * PER_CORE).to_string());
    }
    if std::env::var_os(SEED).is_none() {
        test.env(SEED, seed_of_the_revision().to_string());
    }
    if let Some(server) = &server {
        test.env(URL_VARIABLE, server.url("postgres"));
    }
    let folder = target_dir().join("codes");
    codes::begin(&folder)?;
    test.env(codes::FOLDER, &folder);
    let mut outcome = watch(test, io::stdout(), GRACE)?;
    // Some of the tests do not meet every code, and tests that failed may have been those.
    if args.is_empty() && outcome.1 == 0 {
        outcome = codes::judged(outcome.0, &codes::missing(&folder)?);
    }
    if outcome.1 != 0
        && let Some(server) = &server
    {
        print_errors(server);
    }
    Ok(outcome)
}

/// A revision is always tried by the same cases, so that a failure can be seen again and is of what has changed;
/// every revision is tried by others.
fn seed_of_the_revision() -> u64 {
    let revision =
        std::process::Command::new("git").args(["rev-parse", "--short=15", "HEAD"]).output();
    let revision = revision.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    revision.map_or(0, |hex| u64::from_str_radix(&hex, 16).unwrap_or(0))
}

/// `None` if another server was named, or if there is none and this is not CI.
fn start_postgres() -> io::Result<Option<Postgres>> {
    if std::env::var(URL_VARIABLE).is_ok_and(|url| !url.is_empty()) {
        return Ok(None);
    }
    match tools::install_postgres() {
        Ok(()) => Postgres::start(Durability::Off).map(Some),
        Err(error) if is_ci() => Err(error),
        Err(error) => {
            eprintln!("xtask test: SKIPPING the tests on Postgres. {error}");
            Ok(None)
        }
    }
}

/// Only what the server itself calls worse than an error: tests provoke errors on purpose.
fn print_errors(server: &Postgres) {
    let log = server.log();
    let is_bad = |line: &&str| line.contains("FATAL:") || line.contains("PANIC:");
    for line in log.lines().filter(is_bad).take(20) {
        eprintln!("postgres: {line}");
    }
}
