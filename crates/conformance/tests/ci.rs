//! What `.ci/run` makes of its parts, which are played by a `make` of the test's own.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};
use testbed::TempDir;

/// The last line, and whether it succeeded.
fn run([check, test, conformance, deploying]: [&str; 4]) -> (String, bool) {
    let dir = TempDir::new().unwrap();
    let make = dir.path().join("make");
    let script = format!(
        "#!/bin/sh\nfor part; do :; done\ncase $part in\ncheck) {check} ;;\ntest) {test} ;;\nconformance) {conformance} ;;\ndeploy-check) {deploying} ;;\nesac\n"
    );
    fs::write(&make, script).unwrap();
    fs::set_permissions(&make, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let ci = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.ci/run");
    let output = Command::new(ci)
        .env("PATH", format!("{}:{path}", dir.path().display()))
        .env("TMPDIR", dir.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (text.lines().last().unwrap_or_default().to_owned(), output.status.success())
}

#[test]
fn the_last_line_is_the_sum_of_all_parts_and_any_failure_fails() {
    let (tests, clients) =
        ("echo 10 passed, 0 failed, 0 skipped", "echo 5 passed, 0 failed, 0 skipped");
    let deployed = "echo 2 passed, 0 failed, 0 skipped";
    let bad_tests = "echo 9 passed, 10 failed, 2 skipped; echo make: Error; exit 1";
    let bad_clients = "echo 4 passed, 1 failed, 3 skipped; echo make: Error; exit 1";
    for (check, test, conformance, last, is_good) in [
        (":", tests, clients, "17 passed, 0 failed, 0 skipped", true),
        (":", bad_tests, clients, "16 passed, 10 failed, 2 skipped", false),
        (":", tests, bad_clients, "16 passed, 1 failed, 3 skipped", false),
        (":", bad_tests, bad_clients, "15 passed, 11 failed, 5 skipped", false),
        (":", tests, "exit 2", "12 passed, 1 failed, 0 skipped", false),
        (":", "exit 2", clients, "7 passed, 1 failed, 0 skipped", false),
        (":", tests, "echo nothing", "12 passed, 1 failed, 0 skipped", false),
        (
            ":",
            "echo 10 passed, 0 failed, 0 skipped; exit 1",
            clients,
            "17 passed, 1 failed, 0 skipped",
            false,
        ),
        (
            ":",
            "echo 10 passed, 0 failed, 0 skipped; exit 1",
            bad_clients,
            "16 passed, 2 failed, 3 skipped",
            false,
        ),
        (
            ":",
            "echo 1 passed, 0 failed, 0 skipped; echo 10 passed, 0 failed, 0 skipped",
            clients,
            "17 passed, 0 failed, 0 skipped",
            true,
        ),
        ("exit 1", tests, clients, "17 passed, 0 failed, 0 skipped", false),
    ] {
        assert_eq!(
            run([check, test, conformance, deployed]),
            (last.to_owned(), is_good),
            "{test} | {conformance}"
        );
    }
    let broken = "echo 1 passed, 1 failed, 0 skipped; exit 1";
    for (deploying, last) in
        [(broken, "16 passed, 1 failed, 0 skipped"), ("exit 2", "15 passed, 1 failed, 0 skipped")]
    {
        assert_eq!(run([":", tests, clients, deploying]), (last.to_owned(), false), "{deploying}");
    }
}
