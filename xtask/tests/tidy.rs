//! This repository keeps its own rules.

#[test]
fn the_repository_is_tidy() {
    let findings = xtask::tidy::check(&xtask::root()).unwrap();
    let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{} places to tidy:\n{}", list.len(), list.join("\n"));
}
