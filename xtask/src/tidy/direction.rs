//! Which crate may use which: `server -> store -> domain`, and nothing the other way round.
//! A dependency that is not in the table is a finding, and so is a crate that is not.

use super::Finding;

/// Each crate by its directory, with the workspace crates it may use.
const MAY_USE: [(&str, &[&str]); 11] = [
    ("crates/conformance", &["testbed"]),
    ("crates/deploycheck", &["conformance", "testbed"]),
    ("crates/domain", &[]),
    ("crates/load", &[]),
    ("crates/model", &["domain"]),
    ("crates/testbed", &[]),
    ("crates/store", &["domain"]),
    ("crates/server", &["domain", "load", "store"]),
    ("crates/proof", &["domain", "load", "model", "store", "sutler", "testbed"]),
    ("fuzz", &["domain", "store", "sutler", "testbed"]),
    ("xtask", &["testbed"]),
];

/// Every crate of the workspace, by the names it may be depended on.
const MEMBERS: [&str; 11] = [
    "conformance",
    "deploycheck",
    "domain",
    "load",
    "model",
    "proof",
    "server",
    "store",
    "sutler",
    "testbed",
    "xtask",
];

/// What tests may use whoever they are of: servers to run against, and what should come out.
const FOR_TESTS: [&str; 2] = ["model", "testbed"];

/// The only crate that may name the web framework.
const HTTP_CRATE: &str = "crates/server";

const REMEDY: &str =
    "move the code to the side it belongs to; the table is in xtask/src/tidy/direction.rs";

/// One Cargo.toml and the dependencies it names.
pub struct Manifest {
    path: String,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    name: String,
    line: usize,
    is_for_tests: bool,
}

impl Manifest {
    pub fn new(path: &str, text: String) -> Manifest {
        Manifest { path: path.to_owned(), dependencies: dependencies(&text) }
    }
}

pub fn check(manifest: &Manifest) -> Vec<Finding> {
    let finding = |line, what| Finding {
        path: manifest.path.clone(),
        line,
        rule: "crate-direction",
        what,
        remedy: REMEDY,
    };
    let dir = manifest.path.trim_end_matches("/Cargo.toml");
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == dir) else {
        return vec![finding(1, format!("{dir} is not in the table of crates"))];
    };
    let is_wrong = |dependency: &&Dependency| {
        let name = dependency.name.as_str();
        let is_for_tests = dependency.is_for_tests && FOR_TESTS.contains(&name);
        let is_member = MEMBERS.contains(&name) && !allowed.contains(&name);
        let is_axum = name == "axum" && dir != HTTP_CRATE;
        (is_member && !is_for_tests) || is_axum
    };
    manifest
        .dependencies
        .iter()
        .filter(is_wrong)
        .map(|dependency| {
            finding(dependency.line, format!("{dir} must not use {}", dependency.name))
        })
        .collect()
}

/// The names in `[dependencies]`, `[dev-dependencies]`, `[build-dependencies]`, their variants
/// by target, and `[dependencies.name]`; also the real name behind `package = "..."`.
fn dependencies(text: &str) -> Vec<Dependency> {
    let mut found = Vec::new();
    let mut section = None;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        let mut add = |name: &str, is_for_tests| {
            let name = name.trim().trim_matches('"').to_owned();
            found.push(Dependency { name, line: at + 1, is_for_tests });
        };
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            section = kind_of(header);
            if let (Some(is_for_tests), Some((_, name))) =
                (section, header.rsplit_once("dependencies."))
            {
                add(name, is_for_tests);
            }
            continue;
        }
        let (Some(is_for_tests), Some((key, value))) = (section, line.split_once('=')) else {
            continue;
        };
        if line.starts_with('#') {
            continue;
        }
        let key = key.trim();
        if key == "package" {
            add(value, is_for_tests);
            continue;
        }
        add(key.split('.').next().unwrap_or(key), is_for_tests);
        if let Some((_, renamed)) = value.split_once("package") {
            add(renamed.split('"').nth(1).unwrap_or_default(), is_for_tests);
        }
    }
    found
}

/// Whether a section lists dependencies, and if so whether only tests get them.
fn kind_of(header: &str) -> Option<bool> {
    let kind = header.split('.').find(|part| part.ends_with("dependencies"))?;
    Some(kind == "dev-dependencies")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<(usize, String)> {
        let found = check(&Manifest::new(path, text.to_owned()));
        found.into_iter().map(|finding| (finding.line, finding.what)).collect()
    }

    #[test]
    fn a_dependency_against_the_direction_is_found() {
        for text in [
            "[dependencies]\nstore.workspace = true",
            "[dependencies]\nstore = { path = \"../store\" }",
            "[dependencies]\nx = { package = \"store\", path = \"../store\" }",
            "\n[dependencies.store]\npath = \"../store\"",
            "[target.'cfg(unix)'.dependencies]\nstore = \"1\"",
            "[dev-dependencies]\nstore.workspace = true",
        ] {
            let expected = vec![(2, "crates/domain must not use store".to_owned())];
            assert_eq!(findings("crates/domain/Cargo.toml", text), expected, "{text}");
        }
    }

    #[test]
    fn what_the_design_allows_is_not_found() {
        for (path, text) in [
            ("crates/store/Cargo.toml", "[dependencies]\ndomain.workspace = true\nserde = \"1\""),
            ("crates/domain/Cargo.toml", "[dev-dependencies]\ntestbed.workspace = true"),
            ("crates/server/Cargo.toml", "[dependencies]\naxum.workspace = true\n# proof = \"1\""),
            ("crates/domain/Cargo.toml", "[features]\nstore = []"),
        ] {
            assert_eq!(findings(path, text), [], "{text}");
        }
    }

    #[test]
    fn axum_and_unknown_crates_are_found() {
        let framework = "[dependencies]\naxum.workspace = true";
        assert_eq!(findings("crates/load/Cargo.toml", framework).len(), 1);
        assert_eq!(findings("crates/common/Cargo.toml", "").len(), 1);
        let testbed = "[dependencies]\ntestbed.workspace = true";
        assert_eq!(findings("crates/server/Cargo.toml", testbed).len(), 1);
    }
}
