//! The copy of the sources that mutants are built in. A file is written only when its content
//! differs, so that cargo builds no more than the difference.

use crate::attack::mutants::mutant::Mutant;
use anyhow::{Context, bail};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Cargo takes two workspaces in one build directory for the same one, and would use what was built
/// of a mutant for the workspace itself: the copy bears a version of its own.
const VERSION: &str = "0.0.0-mutant";

pub struct Tree {
    pub path: PathBuf,
    clean: BTreeMap<PathBuf, Vec<u8>>,
    /// What differs from the sources now.
    mutated: BTreeSet<PathBuf>,
}

impl Tree {
    /// Copies the workspace, and removes what it has no more.
    pub fn copy(root: &Path, to: PathBuf) -> anyhow::Result<Tree> {
        let mut clean = BTreeMap::new();
        read(root, Path::new(""), &mut clean)?;
        rename(&mut clean)?;
        fs::create_dir_all(&to).with_context(|| format!("creating {}", to.display()))?;
        let mut present = BTreeMap::new();
        read(&to, Path::new(""), &mut present)?;
        for gone in present.keys().filter(|path| !clean.contains_key(*path)) {
            fs::remove_file(to.join(gone))?;
        }
        for (path, content) in &clean {
            if present.get(path) != Some(content) {
                write(&to.join(path), content)?;
            }
        }
        Ok(Tree { path: to, clean, mutated: BTreeSet::new() })
    }

    /// Takes the last mutant out and puts this one in.
    pub fn mutate(&mut self, mutant: &Mutant) -> anyhow::Result<()> {
        let mut edited = BTreeMap::<PathBuf, String>::new();
        for edit in &mutant.edits {
            let path = PathBuf::from(&edit.file);
            let Some(clean) = self.clean.get(&path) else { bail!("{} is not there", edit.file) };
            let text = edited.remove(&path);
            let text = text.map_or_else(|| String::from_utf8(clean.clone()), Ok)?;
            edited.insert(path, text.replacen(&edit.find, &edit.replace, 1));
        }
        let keep: BTreeSet<PathBuf> = edited.keys().cloned().collect();
        self.restore_but(&keep)?;
        for (path, text) in &edited {
            write(&self.path.join(path), text.as_bytes())?;
        }
        self.mutated = keep;
        Ok(())
    }

    pub fn restore(&mut self) -> anyhow::Result<()> {
        self.restore_but(&BTreeSet::new())
    }

    fn restore_but(&mut self, keep: &BTreeSet<PathBuf>) -> anyhow::Result<()> {
        for path in self.mutated.iter().filter(|path| !keep.contains(*path)) {
            write(&self.path.join(path), &self.clean[path])?;
        }
        self.mutated.clear();
        Ok(())
    }
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, content).with_context(|| format!("writing {}", path.display()))
}

/// All but what cargo builds and what is hidden; cargo's own settings are needed.
fn read(
    root: &Path,
    relative: &Path,
    files: &mut BTreeMap<PathBuf, Vec<u8>>,
) -> anyhow::Result<()> {
    let directory = root.join(relative);
    let listed = fs::read_dir(&directory);
    for entry in listed.with_context(|| format!("listing {}", directory.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let path = relative.join(&name);
        let is_hidden = name.to_string_lossy().starts_with('.') && name != ".cargo";
        let is_built = name == "target" || entry.path().join("CACHEDIR.TAG").exists();
        let kind = entry.file_type()?;
        if kind.is_dir() && !is_hidden && !is_built {
            read(root, &path, files)?;
        } else if kind.is_file() && !is_hidden {
            let content = fs::read(entry.path());
            let content = content.with_context(|| format!("reading {}", entry.path().display()))?;
            files.insert(path, content);
        }
    }
    Ok(())
}

/// In the manifest, and in the lock file for all packages that have no source.
fn rename(files: &mut BTreeMap<PathBuf, Vec<u8>>) -> anyhow::Result<()> {
    let mut text = |name: &str| -> anyhow::Result<String> {
        let content = files.remove(Path::new(name));
        Ok(String::from_utf8(content.with_context(|| format!("there is no {name}"))?)?)
    };
    let (manifest, lock) = (text("Cargo.toml")?, text("Cargo.lock")?);
    let version = manifest
        .lines()
        .find(|line| line.starts_with("version = "))
        .context("Cargo.toml names no version")?
        .to_owned();
    let renamed = format!("version = {VERSION:?}");
    let packages = lock.split("[[package]]").map(|package| match package.contains("\nsource = ") {
        true => package.to_owned(),
        false => package.replacen(&version, &renamed, 1),
    });
    let lock = packages.collect::<Vec<_>>().join("[[package]]");
    files.insert("Cargo.toml".into(), manifest.replacen(&version, &renamed, 1).into_bytes());
    files.insert("Cargo.lock".into(), lock.into_bytes());
    Ok(())
}
