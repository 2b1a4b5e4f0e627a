//! Whether every code that the document names comes in some test: the test programs note in a folder which there
//! are, and which they were told (`crates/server/tests/it/contract.rs`).

use super::report::Summary;
use std::{collections::BTreeSet, io, path::Path};

/// The folder in which the programs note them.
pub const FOLDER: &str = "CODES_FOLDER";

/// Empties the folder.
pub fn begin(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)
}

/// The codes that no test was told. An error, if no program has noted which there are.
pub fn missing(folder: &Path) -> io::Result<Vec<String>> {
    let all = std::fs::read_to_string(folder.join("all"))?;
    let told = std::fs::read_to_string(folder.join("told")).unwrap_or_default();
    let told: BTreeSet<&str> = told.lines().collect();
    let mut missing: Vec<String> = all.lines().map(str::to_owned).collect();
    missing.retain(|code| !told.contains(code.as_str()));
    Ok(missing)
}

/// A suite that was good, with each code that came in none of its tests as a failure.
pub fn judged(good: Summary, missing: &[String]) -> (Summary, u8) {
    for code in missing {
        eprintln!("xtask test: no test was answered `{code}`, which the document names");
    }
    let failed = good.failed + missing.len() as u64;
    (Summary { failed, ..good }, u8::from(failed > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_came_in_no_test_is_a_failure() {
        let good = Summary { passed: 7, failed: 0, skipped: 1 };
        assert_eq!(judged(good, &[]), (good, 0));
        let missing = ["a".to_owned(), "b".to_owned()];
        assert_eq!(judged(good, &missing), (Summary { failed: 2, ..good }, 1));
    }

    #[test]
    fn what_no_test_was_told_is_missing() {
        let dir = testbed::TempDir::new().unwrap();
        let folder = dir.path().join("codes");
        begin(&folder).unwrap();
        assert!(missing(&folder).is_err(), "nobody says which there are");
        std::fs::write(folder.join("all"), "forbidden\ninvalid\nnot_found\n").unwrap();
        assert_eq!(missing(&folder).unwrap(), ["forbidden", "invalid", "not_found"]);
        std::fs::write(folder.join("told"), "not_found\nforbidden\nnot_found\n").unwrap();
        assert_eq!(missing(&folder).unwrap(), ["invalid"]);
        begin(&folder).unwrap();
        assert!(missing(&folder).is_err(), "nothing is left of the run before");
    }
}
