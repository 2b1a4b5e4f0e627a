//! Runs every test of the workspace with one throw-away Postgres, and sums up.
//! Invariant: whatever happens, the last line is `N passed, N failed, N skipped`, and the exit
//! code is zero only if tests ran and all passed.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use testbed::databases::{URL_VARIABLE, is_ci};
use testbed::{Durability, Postgres};

use crate::{cannot_start, cargo, tools};

/// What the test programs said.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Summary {
    passed: u64,
    failed: u64,
    skipped: u64,
}

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
    let mut build = cargo();
    build.args(["build", "--workspace", "--all-targets"]).stdin(Stdio::null());
    let status = build.status().map_err(|error| cannot_start("cargo", &error))?;
    if !status.success() {
        return Ok((Summary::default(), exit_code(status.code())));
    }
    let mut test = cargo();
    test.args(["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"]);
    test.args(args);
    if let Some(server) = &server {
        test.env(URL_VARIABLE, server.url("postgres"));
    }
    let outcome = watch(test, io::stdout())?;
    if outcome.1 != 0
        && let Some(server) = &server
    {
        print_errors(server);
    }
    Ok(outcome)
}

/// `None` if another server was named, or if there is none and this is not CI.
fn start_postgres() -> io::Result<Option<Postgres>> {
    if std::env::var(URL_VARIABLE).is_ok_and(|url| !url.is_empty()) {
        return Ok(None);
    }
    match tools::install_missing() {
        Ok(()) => Postgres::start(Durability::Off).map(Some),
        Err(error) if is_ci() => Err(error),
        Err(error) => {
            eprintln!("xtask test: SKIPPING the tests on Postgres. {error}");
            Ok(None)
        }
    }
}

/// Runs a command, passes its output on to `sink` line by line and sums up the results in it.
fn watch(mut command: Command, sink: impl Write + Send + 'static) -> io::Result<(Summary, u8)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| cannot_start("cargo", &error))?;
    let output = child.stdout.take();
    let (report, summaries) = channel();
    let reader = thread::spawn(move || {
        if let Some(output) = output {
            let _ = pass_on(output, sink, |result| report.send(result).is_ok());
        }
    });
    let status = child.wait()?;
    // A process that a test left behind holds the pipe open; do not wait for that one.
    let mut patience = 100;
    while !reader.is_finished() && patience > 0 {
        thread::sleep(Duration::from_millis(20));
        patience -= 1;
    }
    let mut sum = Summary::default();
    for result in summaries.try_iter() {
        sum.passed += result.passed;
        sum.failed += result.failed;
        sum.skipped += result.skipped;
    }
    Ok((sum, exit_code(status.code())))
}

fn pass_on(
    output: impl Read,
    mut sink: impl Write,
    mut report: impl FnMut(Summary) -> bool,
) -> io::Result<()> {
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        sink.write_all(&line)?;
        sink.flush()?;
        let result = parse(&String::from_utf8_lossy(&line));
        if result.is_some_and(|result| !report(result)) {
            break;
        }
        line.clear();
    }
    Ok(())
}

/// `test result: ok. 6 passed; 0 failed; 1 ignored; 0 measured; ...`, at the beginning of a line:
/// elsewhere it is what a test printed.
fn parse(line: &str) -> Option<Summary> {
    let counts = line.strip_prefix("test result: ")?;
    let count = |what: &str| {
        let (before, _) = counts.split_once(what)?;
        before.trim_end().rsplit(' ').next()?.parse().ok()
    };
    Some(Summary {
        passed: count(" passed;")?,
        failed: count(" failed;")?,
        skipped: count(" ignored;")?,
    })
}

/// Only what the server itself calls worse than an error: tests provoke errors on purpose.
fn print_errors(server: &Postgres) {
    let log = server.log();
    let is_bad = |line: &&str| line.contains("FATAL:") || line.contains("PANIC:");
    for line in log.lines().filter(is_bad).take(20) {
        eprintln!("postgres: {line}");
    }
}

/// 101 is what cargo itself gives for failures; a code is missing after a signal.
fn exit_code(code: Option<i32>) -> u8 {
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(101)
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { passed, failed, skipped } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &str = "test result: ok. 6 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out";

    #[test]
    fn a_result_line_is_read_and_others_are_not() {
        let ok = Summary { passed: 6, failed: 0, skipped: 2 };
        assert_eq!(parse(OK), Some(ok));
        assert_eq!(parse(&format!("quoted: {OK}")), None);
        let failed = "test result: FAILED. 10 passed; 3 failed; 0 ignored; 0 measured;";
        assert_eq!(parse(failed), Some(Summary { passed: 10, failed: 3, skipped: 0 }));
        assert_eq!(parse("test result: nonsense"), None);
        assert_eq!(parse("test a ... ok"), None);
    }

    #[test]
    fn results_of_all_programs_are_summed_and_the_code_is_kept() {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("echo '{OK}'; echo x; echo '{OK}'; exit 7")]);
        let (sum, code) = watch(command, io::sink()).unwrap();
        assert_eq!((sum.to_string().as_str(), code), ("12 passed, 0 failed, 4 skipped", 7));
    }

    #[test]
    fn a_process_that_holds_the_output_does_not_hold_the_suite() {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("echo '{OK}'; sleep 20 2>/dev/null & exit 0")]);
        let started = std::time::Instant::now();
        let (sum, code) = watch(command, io::sink()).unwrap();
        assert_eq!((sum.passed, code), (6, 0));
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
