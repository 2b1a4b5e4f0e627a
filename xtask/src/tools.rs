//! Installs what tests and benchmarks need beyond cargo and gcc, which is Postgres, and what changes
//! the code for `make mutants`, which is cargo-mutants. No database cluster is left behind: the
//! testbed starts servers of its own.

use std::{
    io,
    process::{Command, Stdio},
};
use testbed::{Postgres, processes::on_path};

/// Debian would create and start a cluster on port 5432 with the package; nobody asked for one.
/// Its settings are put back afterwards, they belong to the owner of the machine.
const INSTALL: &str = r#"
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update || echo "apt-get update failed; trying with the package lists of before" >&2
apt-get -q install -y --no-install-recommends postgresql-common
conf=/etc/postgresql-common/createcluster.conf
cp -p "$conf" "$conf.sutler"
trap 'mv -f "$conf.sutler" "$conf"' EXIT
echo 'create_main_cluster = false' >> "$conf"
apt-get -q install -y --no-install-recommends postgresql
"#;

/// Newer ones may know other changes, and leave other survivors.
const CARGO_MUTANTS: &str = "27.1.0";

/// `names` are what is needed beside Postgres.
pub fn install(names: &[String]) -> io::Result<()> {
    install_missing()?;
    for name in names {
        match name.as_str() {
            "mutants" => install_cargo_mutants()?,
            other => {
                return Err(io::Error::other(format!("no tool `{other}`: there is `mutants`")));
            }
        }
    }
    Ok(())
}

fn install_cargo_mutants() -> io::Result<()> {
    if on_path("cargo-mutants").is_some() {
        return Ok(());
    }
    eprintln!("xtask: installing cargo-mutants, which takes a few minutes");
    let mut command = crate::cargo();
    command.args(["install", "--locked", "--version", CARGO_MUTANTS, "cargo-mutants"]);
    // Or it would be built where this workspace is.
    command.env_remove("CARGO_TARGET_DIR").stdin(Stdio::null());
    match command.status()?.success() {
        true => Ok(()),
        false => Err(io::Error::other("cargo could not install cargo-mutants: see above")),
    }
}

/// Installs Postgres if there is none. The error says what to do by hand.
pub fn install_missing() -> io::Result<()> {
    if Postgres::find().is_some() {
        return Ok(());
    }
    let by_hand = "install PostgreSQL 15 or newer (Debian: apt-get install postgresql)";
    let failed = |why: &str| io::Error::other(format!("{why}: {by_hand}"));
    if on_path("apt-get").is_none() {
        return Err(failed("no Postgres found, and no apt-get to install it with"));
    }
    let mut command = if is_root() {
        Command::new("sh")
    } else if may_use_sudo() {
        let mut command = Command::new("sudo");
        command.args(["-n", "sh"]);
        command
    } else {
        let why = "no Postgres found, and neither root nor sudo without a password to install it";
        return Err(failed(why));
    };
    eprintln!("xtask: installing postgresql (without a running cluster) for the tests");
    let status = command.arg("-c").arg(INSTALL).stdin(Stdio::null()).status()?;
    if !status.success() {
        return Err(failed("apt-get could not install postgresql"));
    }
    match Postgres::find() {
        Some(_) => Ok(()),
        None => Err(failed("the postgresql that apt-get installed is too old")),
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

fn may_use_sudo() -> bool {
    on_path("sudo").is_some()
        && Command::new("sudo")
            .args(["-n", "true"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
}
