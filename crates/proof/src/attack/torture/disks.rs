//! Disks that misbehave. A small one that can be filled is a tmpfs; one that loses its power is an
//! ext4 in a file: what the file system has not yet written to the file, for want of an fsync, is
//! lost with the machine. Both need root.

use crate::stage::mounts;
use anyhow::{Context, bail};
use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use testbed::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sound, as far as anybody knows.
    Plain,
    /// Holds so many MiB.
    Small(u32),
    /// Can lose its power; so many MiB, most of them holes.
    Image(u32),
}

pub struct Disk {
    /// Where files go.
    pub path: PathBuf,
    kind: Kind,
    dir: TempDir,
}

/// Why there are no misbehaving disks on this machine, if there are none.
pub fn missing(kind: Kind) -> Option<&'static str> {
    let is_root = mounts::is_root();
    let has = |tool| testbed::processes::on_path(tool).is_some();
    match kind {
        Kind::Plain => None,
        _ if !is_root => Some("needs root, to mount a file system"),
        Kind::Small(_) => (!has("mount")).then_some("needs mount"),
        Kind::Image(_) if !Path::new("/dev/loop-control").exists() => Some("needs loop devices"),
        Kind::Image(_) => (!has("mkfs.ext4")).then_some("needs mkfs.ext4"),
    }
}

impl Disk {
    pub fn make(kind: Kind) -> anyhow::Result<Disk> {
        let dir = TempDir::on_disk()?;
        let disk = Disk { path: dir.path().join("disk"), kind, dir };
        std::fs::create_dir(&disk.path)?;
        match kind {
            Kind::Plain => {}
            Kind::Small(mib) => {
                let size = format!("size={mib}m,mode=755");
                run(Command::new("mount")
                    .args(["-t", "tmpfs", "-o", &size, "sutler-proof"])
                    .arg(&disk.path))?;
            }
            Kind::Image(mib) => {
                File::create(disk.image())?.set_len(u64::from(mib) << 20)?;
                run(Command::new("mkfs.ext4").arg("-q").arg(disk.image()))?;
                disk.mount()?;
            }
        }
        Ok(disk)
    }

    /// Outside of what misbehaves: for logs.
    pub fn beside(&self) -> &Path {
        self.dir.path()
    }

    /// What was written until now survives the first loss of power.
    pub fn sync(&self) -> anyhow::Result<()> {
        run(Command::new("sync").arg("--file-system").arg(&self.path))
    }

    /// Leaves not a byte free.
    pub fn fill(&self) -> anyhow::Result<()> {
        let mut ballast = OpenOptions::new().create(true).append(true).open(self.ballast())?;
        let mut size = 1 << 20;
        while size > 0 {
            match ballast.write_all(&vec![1; size]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => size /= 2,
                Err(error) => return Err(error).context("filling the disk"),
            }
        }
        Ok(())
    }

    pub fn free(&self) -> anyhow::Result<()> {
        match std::fs::remove_file(self.ballast()) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).context("freeing the disk")
            }
            _ => Ok(()),
        }
    }

    /// The machine loses its power and comes up again: whoever used the disk must be dead. What is
    /// mounted afterwards is the image as it was, before unmounting wrote what was still in memory.
    pub fn lose_power(&self) -> anyhow::Result<()> {
        let left = self.dir.path().join("left");
        run(Command::new("cp").arg("--sparse=always").arg(self.image()).arg(&left))?;
        self.unmount()?;
        std::fs::rename(&left, self.image())?;
        self.mount()
    }

    fn mount(&self) -> anyhow::Result<()> {
        // Its journal is written when somebody asks for it, and not by the clock.
        let options = "loop,commit=900,nodiscard";
        run(Command::new("mount").args(["-o", options]).arg(self.image()).arg(&self.path))
    }

    fn unmount(&self) -> anyhow::Result<()> {
        for _ in 0..50 {
            if run(Command::new("umount").arg(&self.path)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        run(Command::new("umount").arg(&self.path))
    }

    fn image(&self) -> PathBuf {
        self.dir.path().join("image")
    }

    fn ballast(&self) -> PathBuf {
        self.path.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.kind != Kind::Plain && self.unmount().is_err() {
            eprintln!("{} stays mounted", self.path.display());
        }
    }
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
