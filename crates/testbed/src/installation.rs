//! Which Postgres is installed, and as whom it may run: Postgres refuses to run as root.

use crate::processes;
use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};

const OLDEST: u32 = 15;

/// A Postgres on this machine and the user to run it as.
#[derive(Debug)]
pub struct Installation {
    bin: PathBuf,
    /// Uid and gid, only when this process is root.
    pub user: Option<(u32, u32)>,
}

impl Installation {
    pub fn detect() -> io::Result<Installation> {
        let bin = find_bin().ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                format!(
                    "no Postgres {OLDEST} or newer on this machine: run `cargo xtask tools`, or \
                     install the package postgresql"
                ),
            )
        })?;
        let user = if is_root() { Some(ordinary_user()?) } else { None };
        Ok(Installation { bin, user })
    }

    /// A Postgres program with a clean environment, in `dir`, that dies with this process.
    /// QUIT makes Postgres leave at once and still clear up its shared memory.
    pub fn command(&self, program: &str, dir: &Path) -> Command {
        let mut command = processes::bound(self.bin.join(program), "QUIT", self.user);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .current_dir(dir);
        command
    }
}

/// The directory with `initdb` and `postgres`: the newest of Debian's, else what `pg_config` or
/// PATH know, if it is new enough.
pub fn find_bin() -> Option<PathBuf> {
    newest_packaged().or_else(|| configured().filter(|bin| is_new_enough(bin))).or_else(|| {
        processes::on_path("initdb")
            .and_then(|file| file.parent().map(Path::to_path_buf))
            .filter(|bin| is_new_enough(bin))
    })
}

fn newest_packaged() -> Option<PathBuf> {
    let entries = fs::read_dir("/usr/lib/postgresql").ok()?;
    entries
        .flatten()
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(version, bin)| *version >= OLDEST && has_server(bin))
        .max()
        .map(|(_, bin)| bin)
}

fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let bin = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    has_server(&bin).then_some(bin)
}

fn has_server(bin: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| bin.join(program).is_file())
}

fn is_new_enough(bin: &Path) -> bool {
    let Ok(output) = Command::new(bin.join("postgres")).arg("--version").output() else {
        return false;
    };
    major_version(&String::from_utf8_lossy(&output.stdout)).is_some_and(|major| major >= OLDEST)
}

/// `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)` is 15.
fn major_version(text: &str) -> Option<u32> {
    let (_, version) = text.split_once("(PostgreSQL) ")?;
    let digits = version.find(|c: char| !c.is_ascii_digit());
    version[..digits.unwrap_or(version.len())].parse().ok()
}

fn is_root() -> bool {
    match fs::metadata("/proc/self") {
        Ok(metadata) => metadata.uid() == 0,
        Err(_) => Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n"),
    }
}

fn ordinary_user() -> io::Result<(u32, u32)> {
    if processes::on_path("setpriv").is_none() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "Postgres does not run as root and setpriv is missing: install util-linux, or run \
             the tests as an ordinary user",
        ));
    }
    let users = fs::read_to_string("/etc/passwd")?;
    ["postgres", "nobody"].iter().find_map(|name| ids_of(&users, name)).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            "Postgres does not run as root, and /etc/passwd has neither postgres nor nobody: \
                 add one, or run the tests as an ordinary user",
        )
    })
}

fn ids_of(users: &str, name: &str) -> Option<(u32, u32)> {
    users.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        if fields.first() != Some(&name) {
            return None;
        }
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        let debian = "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n";
        assert_eq!(major_version(debian), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_version("something else"), None);
    }

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users = "root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:8::/:\npostgres:x:101:104::/:";
        assert_eq!(ids_of(users, "postgres"), Some((101, 104)));
        assert_eq!(ids_of(users, "nobody"), None);
    }
}
