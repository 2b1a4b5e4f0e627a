//! A mutant as its file describes it: one or more edits, each of a text that stands once in its
//! file, so that code which moves on takes its mutants along or fails a test.

use anyhow::Context;
use serde::Deserialize;
use std::{fs, path::Path};

/// Below the root of the workspace.
const DIRECTORY: &str = "crates/proof/mutants";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// The file's.
    #[serde(skip)]
    pub name: String,
    /// What the code does wrong, in the present tense.
    pub what: String,
    pub promise: Promise,
    /// Names of the actions that it breaks; none if it breaks all of them alike.
    pub commands: Vec<String>,
    #[serde(rename = "edit")]
    pub edits: Vec<Edit>,
    pub catcher: Catcher,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    NeverOversell,
    NeverLose,
    NeverTwice,
    TellsTheTruth,
    KeepsApart,
    KeepsGoing,
}

impl Promise {
    pub fn words(self) -> &'static str {
        match self {
            Promise::NeverOversell => "never oversell",
            Promise::NeverLose => "never lose",
            Promise::NeverTwice => "never twice",
            Promise::TellsTheTruth => "tells the truth",
            Promise::KeepsApart => "keeps apart",
            Promise::KeepsGoing => "keeps going",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    pub file: String,
    pub find: String,
    pub replace: String,
}

/// What should notice.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Catcher {
    /// Tests of the rules whose names hold the filter.
    Laws {
        filter: String,
    },
    Simulation {
        seeds: u64,
    },
    /// Tests of the store.
    Store {
        filter: String,
    },
    /// Tests of the whole program.
    Stories {
        filter: String,
    },
    /// Kills and faults of the whole program.
    Torture {
        engine: String,
        fault: String,
        cycles: u64,
    },
}

/// What a catcher is built as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shop {
    Laws,
    Simulation,
    Store,
    Stories,
    Torture,
}

impl Catcher {
    pub fn shop(&self) -> Shop {
        match self {
            Catcher::Laws { .. } => Shop::Laws,
            Catcher::Simulation { .. } => Shop::Simulation,
            Catcher::Store { .. } => Shop::Store,
            Catcher::Stories { .. } => Shop::Stories,
            Catcher::Torture { .. } => Shop::Torture,
        }
    }

    pub fn words(&self) -> String {
        match self {
            Catcher::Laws { filter } => format!("laws: {filter}"),
            Catcher::Simulation { seeds } => format!("simulation: {seeds} seeds"),
            Catcher::Store { filter } => format!("store: {filter}"),
            Catcher::Stories { filter } => format!("stories: {filter}"),
            Catcher::Torture { engine, fault, cycles } => {
                format!("torture: {engine}, {fault}, {cycles} cycles")
            }
        }
    }
}

impl Mutant {
    /// By name.
    pub fn all(root: &Path) -> anyhow::Result<Vec<Mutant>> {
        let directory = root.join(DIRECTORY);
        let listed = fs::read_dir(&directory);
        let listed = listed.with_context(|| format!("listing {}", directory.display()))?;
        let mut mutants = Vec::new();
        for entry in listed {
            let path = entry?.path();
            let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
            let text = fs::read_to_string(&path);
            let text = text.with_context(|| format!("reading {}", path.display()))?;
            let mutant = toml::from_str::<Mutant>(&text);
            let mutant = mutant.with_context(|| format!("reading {}", path.display()))?;
            mutants.push(Mutant { name: name.to_owned(), ..mutant });
        }
        mutants.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(mutants)
    }

    /// Where it does not fit the code.
    pub fn misfits(&self, root: &Path) -> Vec<String> {
        let said = |edit: &Edit, why: String| format!("{}: {}: {why}", self.name, edit.file);
        let mut misfits: Vec<String> = Vec::new();
        if self.edits.is_empty() {
            misfits.push(format!("{}: it edits nothing", self.name));
        }
        for edit in &self.edits {
            match fs::read_to_string(root.join(&edit.file)) {
                Err(error) => misfits.push(said(edit, error.to_string())),
                Ok(text) => match text.matches(&edit.find).count() {
                    1 if edit.find == edit.replace => {
                        misfits.push(said(edit, "it replaces a text by itself".to_owned()));
                    }
                    1 => {}
                    count => {
                        let found = format!("{:?} stands there {count} times", edit.find);
                        misfits.push(said(edit, found));
                    }
                },
            }
        }
        misfits
    }
}
