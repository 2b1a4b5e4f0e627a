//! The rules of style that a program can check, so that no reviewer has to remember them. Each
//! rule is a function from sources to findings, with a test that shows that it can fail.

use direction::Manifest;
use source::Source;
use std::{fmt, fs, io, path::Path, process::ExitCode};

mod direction;
mod imports;
mod lengths;
mod scanner;
mod source;
mod sql;
mod words;

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    pub path: String,
    pub line: usize,
    pub rule: &'static str,
    pub what: String,
    pub remedy: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { path, line, rule, what, remedy } = self;
        write!(f, "{path}:{line}: [{rule}] {what}; {remedy}")
    }
}

/// Prints what breaks the rules; fails if anything does.
pub fn run() -> io::Result<ExitCode> {
    let findings = check(&crate::root())?;
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} places break the rules of style", findings.len());
    Ok(ExitCode::FAILURE)
}

/// Every finding in the repository at `root`, in the order of files and lines.
pub fn check(root: &Path) -> io::Result<Vec<Finding>> {
    let mut tree = Tree::default();
    tree.read(root, "")?;
    source::mark_test_modules(&mut tree.sources);
    let mut findings = Vec::new();
    for manifest in &tree.manifests {
        findings.extend(direction::check(manifest));
    }
    for source in &tree.sources {
        findings.extend(imports::check(source));
        findings.extend(lengths::check_file(source));
        findings.extend(lengths::check_functions(source));
        findings.extend(words::check_docs(source));
        findings.extend(words::check_forbidden(source));
        findings.extend(words::check_unwrap(source));
        findings.extend(words::check_libraries(source));
        findings.extend(sql::check(source));
    }
    findings.sort_by(|a, b| (&a.path, a.line, a.rule).cmp(&(&b.path, b.line, b.rule)));
    Ok(findings)
}

/// Every Rust file and manifest, tracked or not: what is about to be committed counts too.
#[derive(Default)]
struct Tree {
    sources: Vec<Source>,
    manifests: Vec<Manifest>,
}

impl Tree {
    fn read(&mut self, root: &Path, relative: &str) -> io::Result<()> {
        let dir = root.join(relative);
        let mut names = Vec::new();
        for entry in fs::read_dir(&dir)? {
            let entry = entry?;
            names.push((entry.file_name(), entry.file_type()?.is_dir()));
        }
        names.sort();
        for (name, is_dir) in names {
            let Some(name) = name.to_str() else { continue };
            let path = match relative {
                "" => name.to_owned(),
                parent => format!("{parent}/{name}"),
            };
            if is_dir {
                // Hidden directories, and what cargo builds.
                if !name.starts_with('.') && name != "target" {
                    self.read(root, &path)?;
                }
            } else if name.ends_with(".rs") {
                let text = fs::read_to_string(root.join(&path))?;
                self.sources.push(Source::new(&path, text));
            } else if name == "Cargo.toml" && path != name {
                let text = fs::read_to_string(root.join(&path))?;
                self.manifests.push(Manifest::new(&path, text));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_the_place_the_rule_and_the_remedy() {
        let finding = Finding {
            path: "a/b.rs".to_owned(),
            line: 7,
            rule: "docs",
            what: "no module docs".to_owned(),
            remedy: "write some",
        };
        let expected = "a/b.rs:7: [docs] no module docs; write some";
        assert_eq!(finding.to_string(), expected);
    }

    #[test]
    fn a_tree_is_read_without_hidden_and_built_files() {
        let dir = testbed::TempDir::new().unwrap();
        for name in ["crates/x/src", ".git", "target/debug"] {
            fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        for name in ["crates/x/src/lib.rs", ".git/a.rs", "target/debug/b.rs"] {
            fs::write(dir.path().join(name), "fn bare() {}\n").unwrap();
        }
        let findings = check(dir.path()).unwrap();
        let found: Vec<_> = findings.iter().map(|f| (f.path.as_str(), f.rule)).collect();
        assert_eq!(found, [("crates/x/src/lib.rs", "docs")]);
    }
}
