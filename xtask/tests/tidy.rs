//! This repository keeps its own rules.

#[test]
fn the_repository_is_tidy() {
    let findings = xtask::tidy::check(&xtask::root()).unwrap();
    let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{} places to tidy:\n{}", list.len(), list.join("\n"));
}

/// Of a release 5 of 6 megabytes were debug information; and a rule that panics is caught by unwinding.
#[test]
fn a_release_is_small_and_survives_a_panic() {
    let manifest = std::fs::read_to_string(xtask::root().join("Cargo.toml")).unwrap();
    let profile = manifest.split("[profile.release]").nth(1).unwrap();
    let profile = profile.split("\n[").next().unwrap();
    for line in ["debug = false", "strip = \"debuginfo\"", "panic = \"unwind\""] {
        assert!(profile.lines().any(|found| found == line), "{line} is gone from {profile}");
    }
}
