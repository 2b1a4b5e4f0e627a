//! Why a survivor stays: a list that a person keeps, by the names that cargo-mutants gives without
//! their lines.

use super::drill::Change;
use anyhow::Context;
use serde::Deserialize;
use std::{fs, path::Path, str::FromStr};

/// Below the root of the workspace.
const FILE: &str = "crates/proof/survivors.toml";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reasons {
    #[serde(default, rename = "survivor")]
    survivors: Vec<Survivor>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Survivor {
    name: String,
    why: String,
}

impl FromStr for Reasons {
    type Err = toml::de::Error;

    fn from_str(text: &str) -> Result<Reasons, toml::de::Error> {
        toml::from_str(text)
    }
}

impl Reasons {
    pub fn read(root: &Path) -> anyhow::Result<Reasons> {
        let text =
            fs::read_to_string(root.join(FILE)).with_context(|| format!("reading {FILE}"))?;
        text.parse().with_context(|| format!("reading {FILE}"))
    }

    pub fn of(&self, change: &Change) -> Option<&str> {
        let survivor = self.survivors.iter().find(|survivor| survivor.name == change.plain);
        survivor.map(|survivor| survivor.why.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::mutants::root;
    use std::collections::BTreeSet;

    #[test]
    fn every_survivor_has_one_reason_and_stands_in_the_document() {
        let root = root().unwrap();
        let reasons = Reasons::read(&root).unwrap();
        let names: BTreeSet<&str> = reasons.survivors.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names.len(), reasons.survivors.len(), "one has two reasons");
        assert!(reasons.survivors.iter().all(|survivor| survivor.why.len() > 10));
        let document = fs::read_to_string(root.join("docs/proof.md")).unwrap();
        let missing: Vec<_> = names.iter().filter(|name| !document.contains(**name)).collect();
        assert!(missing.is_empty(), "{missing:?}: paste the table of `make mutants`");
    }
}
