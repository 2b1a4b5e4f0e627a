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
