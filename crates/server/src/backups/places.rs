//! Where backups lie.

use super::{names::Name, workrooms::Workroom};
use anyhow::{Context, bail};
use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

#[derive(Clone, Debug)]
pub enum Place {
    Folder(PathBuf),
}

impl Place {
    /// All backups that are there, the oldest first. What has another name is none.
    pub fn list(&self) -> anyhow::Result<Vec<Name>> {
        let Place::Folder(folder) = self;
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.with_context(|| format!("looking into {}", folder.display()))?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            names.extend(name.to_str().and_then(|name| name.parse::<Name>().ok()));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// A room for a file that is made to be kept here.
    pub fn staging(&self) -> anyhow::Result<Workroom> {
        let Place::Folder(folder) = self;
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .and_then(|()| File::open(parent.unwrap_or(Path::new(".")))?.sync_all())
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        Workroom::within(folder)
    }

    /// Takes a file from there, whole or not at all.
    pub fn keep(&self, staged: &Path, name: &str) -> anyhow::Result<()> {
        let Place::Folder(folder) = self;
        fs::rename(staged, folder.join(name))
            .and_then(|()| File::open(folder)?.sync_all())
            .with_context(|| format!("keeping {name} in {}", folder.display()))
    }

    pub fn remove(&self, name: &Name) -> anyhow::Result<()> {
        let Place::Folder(folder) = self;
        let path = folder.join(name.to_string());
        match fs::remove_file(&path) {
            // Another one was quicker.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.with_context(|| format!("removing {}", path.display())),
        }
    }

    /// The file of a backup, brought into the workroom if it does not lie on this machine.
    pub fn fetch(&self, name: &Name, _workroom: &Path) -> anyhow::Result<PathBuf> {
        let Place::Folder(folder) = self;
        let path = folder.join(name.to_string());
        if !path.is_file() {
            bail!("there is no {}", path.display());
        }
        Ok(path)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Place::Folder(folder) = self;
        write!(f, "{}", folder.display())
    }
}
