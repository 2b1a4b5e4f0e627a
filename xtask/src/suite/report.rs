//! What test programs print, line by line, as far as the suite has to understand it.

use std::{fmt, ops::AddAssign};

/// What the test programs said.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

/// A line that says something about the tests.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// A program's last line.
    Result(Summary),
    /// After a minute the program names a test that has not ended.
    Slow(String),
    Ended(String, Summary),
}

const SLOW: &str = " has been running for over 60 seconds";

impl Said {
    pub fn read(line: &str) -> Option<Said> {
        let line = line.trim_end();
        if let Some(counts) = line.strip_prefix("test result: ") {
            return result(counts).map(Said::Result);
        }
        let said = line.strip_prefix("test ")?;
        if let Some(said) = said.strip_suffix(SLOW) {
            // With one thread the line has begun already: `test a ... test a has been running`.
            let name = said.rsplit_once(" ... test ").map_or(said, |(_, name)| name);
            return Some(Said::Slow(name.to_owned()));
        }
        let (name, how) = said.rsplit_once(" ... ")?;
        let name = name.strip_suffix(" - should panic").unwrap_or(name);
        let ended = match how {
            "ok" => Summary { passed: 1, ..Summary::default() },
            "FAILED" => Summary { failed: 1, ..Summary::default() },
            _ if how.starts_with("ignored") => Summary { skipped: 1, ..Summary::default() },
            _ => return None,
        };
        Some(Said::Ended(name.to_owned(), ended))
    }
}

/// `ok. 6 passed; 0 failed; 1 ignored; 0 measured; ...`, after what stands at the beginning of a
/// line only: elsewhere it is what a test printed.
fn result(counts: &str) -> Option<Summary> {
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

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Summary) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
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

    const fn summary(passed: u64, failed: u64, skipped: u64) -> Summary {
        Summary { passed, failed, skipped }
    }

    #[test]
    fn lines_of_test_programs_are_read_and_others_are_not() {
        let ok = "test result: ok. 6 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out";
        let failed = "test result: FAILED. 10 passed; 3 failed; 0 ignored; 0 measured;";
        let ended = |name: &str, how| Some(Said::Ended(name.to_owned(), how));
        let slow = |name: &str| Some(Said::Slow(name.to_owned()));
        for (line, said) in [
            (ok, Some(Said::Result(summary(6, 0, 2)))),
            (failed, Some(Said::Result(summary(10, 3, 0)))),
            ("test result: nonsense", None),
            ("quoted: test result: ok. 6 passed; 0 failed; 2 ignored;", None),
            ("test a::b ... ok", ended("a::b", summary(1, 0, 0))),
            ("test a::b ... FAILED", ended("a::b", summary(0, 1, 0))),
            ("test a ... ignored, too slow", ended("a", summary(0, 0, 1))),
            ("test a - should panic ... ok", ended("a", summary(1, 0, 0))),
            ("test a::b has been running for over 60 seconds", slow("a::b")),
            ("test a ... test a has been running for over 60 seconds", slow("a")),
            ("test a ...", None),
            ("nothing of all that", None),
        ] {
            assert_eq!(Said::read(&format!("{line}\n")), said, "{line}");
        }
    }
}
