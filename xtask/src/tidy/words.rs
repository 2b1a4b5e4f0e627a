//! Words that must be there (module docs) and words that must not (shortcuts and leftovers).

use super::{
    Finding,
    source::{Source, is_word},
};

/// What no file may hold: the word, the rule, and what to do instead.
const FORBIDDEN: [(&str, &str, &str); 4] = [
    ("#[ignore", "ignored-test", "make the test pass or delete it"),
    ("static mut", "global-state", "put it into the state that main wires up"),
    ("thread_local!", "global-state", "put it into the state that main wires up"),
    // What is split in two here is one word in the only macro that may say it.
    (
        concat!(".listed", "();"),
        "unlisted-statement",
        "declare it by `statements!`, which lists it",
    ),
];

/// Libraries that one module hides from all others: the library, the module, and what to do instead.
const LIBRARIES: [(&str, &str, &str); 3] = [
    (
        "axum",
        "crates/server/src/http",
        "only the http module knows the web framework: move the code there",
    ),
    (
        "lettre",
        "crates/server/src/ports/mail",
        "only the mail port knows how mail is sent: move the code there",
    ),
    (
        "maud",
        "crates/server/src/pages",
        "only the pages know how HTML is written: move the code there",
    ),
];

/// Split, so that this file may be checked like any other.
const LEFTOVERS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

pub fn check_docs(source: &Source) -> Option<Finding> {
    let first = source.text.lines().find(|line| !line.trim().is_empty());
    let is_documented = first.is_some_and(|line| line.starts_with("//!"));
    (!is_documented).then(|| Finding {
        path: source.path.clone(),
        line: 1,
        rule: "docs",
        what: "the file does not begin with `//!`".to_owned(),
        remedy: "say in at most five lines what it is for and which invariant it keeps",
    })
}

pub fn check_forbidden(source: &Source) -> Vec<Finding> {
    let finding = |line, rule, word: &str, remedy| Finding {
        path: source.path.clone(),
        line,
        rule,
        what: format!("`{word}` is not allowed"),
        remedy,
    };
    let mut findings = Vec::new();
    for (line, code) in source.code_lines() {
        for (word, rule, remedy) in FORBIDDEN {
            if code.contains(word) {
                findings.push(finding(line, rule, word, remedy));
            }
        }
        if allows_a_lint(code) {
            let remedy = "fix what the lint found; the list of lints is in Cargo.toml";
            findings.push(finding(line, "allowed-lint", "#[allow(", remedy));
        }
    }
    for (at, text) in source.text.lines().enumerate() {
        for word in LEFTOVERS {
            let mut places = text.match_indices(word);
            if places.any(|(place, _)| is_word(text, place, word)) {
                let remedy = "do it now, or open an issue and delete the note";
                findings.push(finding(at + 1, "leftover", word, remedy));
            }
        }
    }
    findings
}

pub fn check_unwrap(source: &Source) -> Vec<Finding> {
    if !source.path.starts_with("crates/") {
        return Vec::new();
    }
    source
        .code_lines()
        .filter(|(line, code)| code.contains(".unwrap()") && !source.is_test(*line))
        .map(|(line, _)| Finding {
            path: source.path.clone(),
            line,
            rule: "unwrap",
            what: "`.unwrap()` outside tests".to_owned(),
            remedy: "return the error, or `expect` with the reason why it cannot happen",
        })
        .collect()
}

/// Names a library outside the one module that may.
pub fn check_libraries(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (library, inside, remedy) in LIBRARIES {
        let is_inside = source.path.strip_prefix(inside);
        if is_inside.is_some_and(|rest| rest == ".rs" || rest.starts_with('/')) {
            continue;
        }
        let mentions = |code: &str| {
            let mut places = code.match_indices(library);
            places.any(|(at, word)| is_word(code, at, word))
        };
        let lines = source.code_lines().filter(|(_, code)| mentions(code));
        findings.extend(lines.map(|(line, _)| Finding {
            path: source.path.clone(),
            line,
            rule: "library",
            what: format!("{library} is used outside {inside}"),
            remedy,
        }));
    }
    findings
}

fn allows_a_lint(code: &str) -> bool {
    let is_attribute = code.contains("#[") || code.contains("#![");
    let mut places = code.match_indices("allow(");
    is_attribute && places.any(|(at, _)| is_word(code, at, "allow"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::new("crates/x/src/a.rs", text.to_owned())
    }

    #[test]
    fn a_file_without_module_docs_is_found() {
        assert!(check_docs(&source("// A comment.\nfn f() {}")).is_some());
        assert!(check_docs(&source("")).is_some());
        assert!(check_docs(&source("\n//! Docs.\nfn f() {}")).is_none());
    }

    #[test]
    fn shortcuts_and_leftovers_are_found() {
        for (text, rule) in [
            ("#[ignore]\nfn f() {}", "ignored-test"),
            ("    #[ignore = \"slow\"]", "ignored-test"),
            ("#![allow(dead_code)]", "allowed-lint"),
            ("#[cfg_attr(test, allow(dead_code))]", "allowed-lint"),
            ("static mut X: u8 = 0;", "global-state"),
            ("thread_local! {}", "global-state"),
            (concat!("static A: Bulk = Bulk::all().listed", "();"), "unlisted-statement"),
            (concat!("// TO", "DO: later"), "leftover"),
            (concat!("let x = \"FIX", "ME\";"), "leftover"),
            (concat!("/* XX", "X */"), "leftover"),
        ] {
            let found = check_forbidden(&source(text));
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert_eq!(found[0].rule, rule, "{text}");
        }
    }

    #[test]
    fn innocent_words_are_not_found() {
        for text in [
            "// #[ignore] is not allowed",
            "let x = \"#[allow(dead_code)]\";",
            "fn allow(x: u8) { disallow(x) }",
            "static X: u8 = 0;",
            concat!("let x = TO", "DOS;"),
        ] {
            assert_eq!(check_forbidden(&source(text)), [], "{text}");
        }
    }

    #[test]
    fn unwrap_is_found_outside_tests_only() {
        let text =
            "fn f() { g().unwrap(); }\n// h.unwrap()\n#[cfg(test)]\nmod tests {\n g.unwrap()\n}";
        let lines: Vec<usize> = check_unwrap(&source(text)).iter().map(|f| f.line).collect();
        assert_eq!(lines, [1]);
        let test = Source::new("crates/x/tests/a.rs", "f().unwrap()".to_owned());
        assert_eq!(check_unwrap(&test), []);
    }

    #[test]
    fn a_library_is_found_outside_its_module_only() {
        let uses = |path: &str| check_libraries(&Source::new(path, "use axum::Router;".to_owned()));
        assert_eq!(uses("crates/server/src/serve.rs").len(), 1);
        for other in ["use lettre::Message;", "use maud::html;"] {
            let source = Source::new("crates/server/src/http/mail.rs", other.to_owned());
            assert_eq!(check_libraries(&source).len(), 1, "{other}");
        }
        assert_eq!(uses("crates/server/src/httpish.rs").len(), 1);
        assert_eq!(uses("crates/server/src/http.rs"), []);
        assert_eq!(uses("crates/server/src/http/orders.rs"), []);
        assert_eq!(check_libraries(&source("// axum\nlet maxum = 1;")), []);
    }
}
