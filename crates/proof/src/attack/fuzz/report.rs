//! What libFuzzer says of a run.

use crate::verdicts::{Line, Verdict};
use std::path::{Path, PathBuf};

#[derive(Debug, PartialEq)]
pub struct Report {
    executions: u64,
    coverage: u64,
    corpus: u64,
    /// What broke, in its own words, and the file that breaks it again.
    broken: Option<(String, PathBuf)>,
}

impl Report {
    /// Reads the log of a run. One that failed and says nothing better points to its log.
    pub fn read(text: &str, succeeded: bool, log: &Path) -> Report {
        let number = |text: &str| {
            let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            text[..end].parse::<u64>().ok()
        };
        let last = |before: &str| {
            let found = text.lines().rev().find_map(|line| line.split_once(before));
            found.and_then(|(_, rest)| number(rest.trim_start())).unwrap_or(0)
        };
        let broken = (!succeeded).then(|| {
            let file = text.lines().find_map(|line| line.split_once("Test unit written to "));
            let file = file.map_or(log, |(_, path)| Path::new(path.trim()));
            (complaint(text), file.to_path_buf())
        });
        Report {
            executions: last("stat::number_of_executed_units:"),
            coverage: last(" cov: "),
            corpus: last(" corp: "),
            broken,
        }
    }

    pub fn line(&self, name: &str, program: &Path) -> Line {
        let remark = match &self.broken {
            None => format!("coverage {}, corpus {}", self.coverage, self.corpus),
            Some((what, file)) => {
                format!("{what}; again: {} {}", program.display(), file.display())
            }
        };
        Line {
            tried: format!("hostile input: {name}"),
            times: format!("{} executions", self.executions),
            verdict: Verdict::of(self.broken.is_none()),
            remark,
        }
    }
}

/// The message of the panic, or libFuzzer's own.
fn complaint(text: &str) -> String {
    let mut lines = text.lines().skip_while(|line| !line.contains("panicked at"));
    let panic = lines.next().and(lines.next());
    let error = || text.lines().find_map(|line| line.split_once("ERROR: ")).map(|(_, what)| what);
    let what = panic.or_else(error).unwrap_or("it ended early");
    what.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "INFO: Seed: 1\n\
        #2\tINITED cov: 768 ft: 2633 corp: 480/258Kb exec/s: 0 rss: 29Mb\n\
        #90\tDONE   cov: 770 ft: 2640 corp: 481/258Kb lim: 4098 exec/s: 1446 rss: 29Mb\n";

    #[test]
    fn a_run_that_held_tells_how_far_it_came() {
        let text = format!("{HEAD}stat::number_of_executed_units: 90\n");
        let line = Report::read(&text, true, Path::new("log")).line("cursors", Path::new("bin"));
        assert_eq!((line.tried.as_str(), line.verdict), ("hostile input: cursors", Verdict::Held));
        assert_eq!(line.times, "90 executions");
        assert_eq!(line.remark, "coverage 770, corpus 481");
    }

    #[test]
    fn a_run_that_broke_tells_how_to_see_it_again() {
        for (end, remark) in [
            (
                "thread 'x' panicked at src/laws.rs:1:1:\nfield is long\n\
                 ==7== ERROR: libFuzzer: deadly signal\n\
                 artifact_prefix='a/'; Test unit written to a/crash-1\n",
                "field is long; again: bin a/crash-1",
            ),
            (
                "==7== ERROR: libFuzzer: timeout after 25 seconds\nTest unit written to a/timeout-1\n",
                "libFuzzer: timeout after 25 seconds; again: bin a/timeout-1",
            ),
            ("", "it ended early; again: bin log"),
        ] {
            let report = Report::read(&format!("{HEAD}{end}"), false, Path::new("log"));
            let line = report.line("cursors", Path::new("bin"));
            assert_eq!((line.verdict, line.remark.as_str()), (Verdict::Broken, remark));
        }
    }
}
