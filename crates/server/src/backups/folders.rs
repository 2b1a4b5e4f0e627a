//! A folder of backups.

use super::{names::Name, workrooms::Workroom};
use anyhow::{Context, bail};
use std::{
    fmt,
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

#[derive(Clone, Debug)]
pub struct Folder(pub PathBuf);

impl Folder {
    /// All backups that are there, the oldest first. What has another name is none.
    pub fn list(&self) -> anyhow::Result<Vec<Name>> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.with_context(|| format!("looking into {self}"))?,
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
        if !self.0.is_dir() {
            self.make().with_context(|| format!("cannot make the folder {self}"))?;
        }
        Workroom::within(&self.0)
    }

    fn make(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        let parent = self.0.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
    }

    /// Takes a file from there, whole or not at all.
    pub fn keep(&self, staged: &Path, name: &str) -> anyhow::Result<()> {
        fs::rename(staged, self.0.join(name))
            .and_then(|()| File::open(&self.0)?.sync_all())
            .with_context(|| format!("keeping {name} in {self}"))
    }

    pub fn remove(&self, name: &Name) -> anyhow::Result<()> {
        match fs::remove_file(self.0.join(name.to_string())) {
            // Another one was quicker.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.with_context(|| format!("removing {name} from {self}")),
        }
    }

    pub fn file(&self, name: &Name) -> anyhow::Result<PathBuf> {
        let path = self.0.join(name.to_string());
        if !path.is_file() {
            bail!("there is no {}", path.display());
        }
        Ok(path)
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}
