//! Imports stand in one style: what comes from one crate comes in one `use`, as a tree.

use super::{Finding, source::Source};
use std::collections::BTreeMap;

/// A file and each module in it names a root once, without a gap between the imports. What is re-exported, or built only sometimes, stands
/// for itself; so does what a function imports.
pub fn check(source: &Source) -> Vec<Finding> {
    let mut scopes = vec![Scope::default()];
    let mut findings = Vec::new();
    let mut is_conditional = false;
    for (line, code) in source.code_lines() {
        let text = code.trim_start();
        let indent = code.len() - text.len();
        if scopes.len() > 1
            && text.starts_with('}')
            && scopes.last().map(|s| s.indent) > Some(indent)
        {
            scopes.pop();
        }
        let Some(scope) = scopes.last_mut() else { break };
        let path = text.strip_prefix("use ").filter(|_| indent == scope.indent && !is_conditional);
        if let Some(path) = path {
            let root = path.split([':', ';', ' ']).next().unwrap_or_default();
            // What the file itself declares may be named where it is declared.
            let is_own = root.starts_with(char::is_uppercase);
            if scope.is_apart && !is_own {
                findings.push(Finding {
                    path: source.path.clone(),
                    line,
                    rule: "imports",
                    what: format!("`use {root}` stands apart from the imports before it"),
                    remedy: "take the empty line out, and let rustfmt put it in its place",
                });
            }
            if let Some(first) = scope.roots.insert(root.to_owned(), line) {
                findings.push(Finding {
                    path: source.path.clone(),
                    line,
                    rule: "imports",
                    what: format!("`use {root}` stands in line {first} already"),
                    remedy: "make one tree of both",
                });
            }
        }
        scope.is_apart = match (path, text) {
            (Some(_), _) => false,
            (None, "") => !scope.roots.is_empty(),
            _ => scope.is_apart,
        };
        is_conditional = text.starts_with("#[");
        if text.starts_with("mod ") && text.ends_with('{') {
            scopes.push(Scope { indent: indent + 4, ..Scope::default() });
        }
    }
    findings
}

#[derive(Default)]
struct Scope {
    indent: usize,
    /// Where each was first imported from.
    roots: BTreeMap<String, usize>,
    /// There was an empty line since the last import.
    is_apart: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let findings = check(&Source::new("crates/x/src/a.rs", text.to_owned()));
        findings.into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_crate_is_imported_from_once() {
        assert_eq!(lines("use std::fmt;\nuse std::io;\nuse domain::Order;\n"), [2]);
        assert_eq!(lines("use std::{fmt, io};\nuse domain::Order;\n"), [0; 0]);
    }

    #[test]
    fn imports_stand_together() {
        assert_eq!(lines("use std::fmt;\nmod a;\nuse domain::Order;\n"), [0; 0]);
        assert_eq!(lines("mod a;\n\nuse std::fmt;\n\nuse domain::Order;\n"), [5]);
        assert_eq!(lines("use std::fmt;\n\nenum A {\n    B,\n}\n\nuse A::B;\n"), [0; 0]);
    }

    #[test]
    fn a_module_and_a_condition_stand_for_themselves() {
        let text = "use std::fmt;\n#[cfg(unix)]\nuse std::os;\nmod a {\n    use std::io;\n}\n";
        assert_eq!(lines(text), [0; 0]);
        let text = "mod a {\n    use std::io;\n}\nmod b {\n    use std::io;\n    use std::fs;\n}\n";
        assert_eq!(lines(text), [6]);
    }
}
