//! What was checked and what came of it: a line for each check as it ends, and the sum.

use anyhow::{Context, ensure};
use std::{
    fmt,
    process::{Command, Stdio},
};

/// Counts what the parts say of their checks.
#[derive(Debug, Default)]
pub struct Report {
    part: &'static str,
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Report {
    /// What is said from now on is of this part.
    pub fn begin(&mut self, part: &'static str) {
        self.part = part;
    }

    pub fn pass(&mut self, what: &str) {
        self.passed += 1;
        println!("{}: {what} ... ok", self.part);
    }

    pub fn fail(&mut self, what: &str, why: &str) {
        self.failed += 1;
        println!("{}: {what} ... FAILED\n{}", self.part, why.trim_end());
    }

    /// Checks that could not be made because of an earlier one.
    pub fn skip(&mut self, many: usize, why: &str) {
        if many > 0 {
            self.skipped += many as u64;
            println!("{}: {many} skipped: {why}", self.part);
        }
    }

    pub fn check(&mut self, what: &str, outcome: anyhow::Result<()>) {
        match outcome {
            Ok(()) => self.pass(what),
            Err(error) => self.fail(what, &format!("{error:#}")),
        }
    }

    /// Counts the lines that a client prints, `ok WHAT` and `FAILED WHAT: ...`; it has to come to its end.
    pub fn hear(&mut self, client: &mut Command) -> anyhow::Result<()> {
        let output = client.stdin(Stdio::null()).output().context("cannot start it")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut many = 0;
        for line in text.lines() {
            if let Some(what) = line.strip_prefix("ok ") {
                self.pass(what);
            } else if let Some(what) = line.strip_prefix("FAILED ") {
                let (what, seen) = what.split_once(": ").unwrap_or((what, ""));
                self.fail(what, seen);
            } else {
                continue;
            }
            many += 1;
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(
            many > 0 && output.status.success(),
            "the client ended with {}: {errors}",
            output.status
        );
        Ok(())
    }

    /// Whether anything was checked, and all of it is as it should be.
    pub fn is_good(&self) -> bool {
        self.passed > 0 && self.failed == 0 && self.skipped == 0
    }
}

/// As the last line of `make test`, which `.ci/run` adds it to.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_report_in_which_all_passed_is_good() {
        let mut report = Report::default();
        assert!(!report.is_good(), "nothing was checked");
        report.check("one", Ok(()));
        assert!(report.is_good());
        report.skip(0, "none");
        assert!(report.is_good());
        report.skip(2, "the first failed");
        assert!(!report.is_good());

        let mut report = Report::default();
        report.pass("one");
        report.check("two", Err(anyhow::anyhow!("wrong")));
        assert!(!report.is_good());
        assert_eq!(report.to_string(), "1 passed, 1 failed, 0 skipped");
    }

    fn told(script: &str) -> (String, bool) {
        let mut report = Report::default();
        let ended = report.hear(Command::new("sh").args(["-c", script])).is_ok();
        (report.to_string(), ended)
    }

    #[test]
    fn what_a_client_prints_is_counted_and_it_has_to_end_well() {
        assert_eq!(
            told("echo ok a; echo ok b"),
            ("2 passed, 0 failed, 0 skipped".to_owned(), true)
        );
        let failed = told("echo ok a; echo 'FAILED b: {}'; exit 1");
        assert_eq!(failed, ("1 passed, 1 failed, 0 skipped".to_owned(), false));
        assert!(!told("echo ok a; exit 1").1);
        assert!(!told("true").1);
    }
}
