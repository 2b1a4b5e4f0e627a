//! Installs what tests and benchmarks need beyond cargo and gcc, which is Postgres and a mail server in
//! Python, what changes the code for `make mutants`, which is cargo-mutants, and what `make conformance`
//! runs clients with. No database cluster is left behind: the testbed starts servers of its own.

use std::{
    io,
    process::{Command, Stdio},
};
use testbed::{Postgres, SmtpServer, node, processes::on_path, python};

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

/// Without it Debian's Python makes no environments.
const INSTALL_VENV: &str = r#"
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update || echo "apt-get update failed; trying with the package lists of before" >&2
apt-get -q install -y --no-install-recommends python3-venv ca-certificates
"#;

/// Clients in Python, in JavaScript, on the command line and in a browser. Those that are there are left alone: a Node.js of
/// somebody's own does not go together with Debian's npm.
const INSTALL_CLIENTS: &str = r#"
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update || echo "apt-get update failed; trying with the package lists of before" >&2
command -v curl >/dev/null || apt-get -q install -y --no-install-recommends curl ca-certificates
command -v node >/dev/null || apt-get -q install -y --no-install-recommends nodejs
command -v npm >/dev/null || apt-get -q install -y --no-install-recommends npm
command -v chromium >/dev/null || apt-get -q install -y --no-install-recommends chromium fonts-dejavu-core
"#;

/// What reads the files that the shop is run by. No service is started: nginx is, by who tries it, and stopped.
const INSTALL_READERS: &str = r#"
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update || echo "apt-get update failed; trying with the package lists of before" >&2
[ -e /usr/sbin/policy-rc.d ] || {
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' | install -m 755 /dev/stdin /usr/sbin/policy-rc.d
}
command -v systemd-analyze >/dev/null || apt-get -q install -y --no-install-recommends systemd
apt-get -q install -y --no-install-recommends nginx logrotate shellcheck curl openssl docker-compose
"#;

/// And what it is put into: containers, and Debian.
const INSTALL_BOXES: &str = r#"
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update || echo "apt-get update failed; trying with the package lists of before" >&2
apt-get -q install -y --no-install-recommends docker.io buildah docker-compose cpio mmdebstrap lintian binutils
"#;

/// Of each the version that was tried. Newer mutants may know other changes, and leave other survivors.
const CARGO_MUTANTS: (&str, &str) = ("cargo-mutants", "27.1.0");
const CARGO_DEB: (&str, &str) = ("cargo-deb", "3.8.0");
const CARGO_CYCLONEDX: (&str, &str) = ("cargo-cyclonedx", "0.5.9");

/// `names` are what is needed beside Postgres and the mail server.
pub fn install(names: &[String]) -> io::Result<()> {
    install_postgres()?;
    install_mail_server()?;
    for name in names {
        match name.as_str() {
            "mutants" => install_by_cargo(CARGO_MUTANTS)?,
            "deb" => install_by_cargo(CARGO_DEB)?,
            "cyclonedx" => install_by_cargo(CARGO_CYCLONEDX)?,
            "conformance" => install_clients()?,
            "deploy" => install_for_deploying(
                &["nginx", "logrotate", "shellcheck", "docker-compose", "systemd-analyze"],
                INSTALL_READERS,
            )?,
            "boxes" => install_for_deploying(
                &["dockerd", "buildah", "cpio", "mmdebstrap", "lintian", "objcopy"],
                INSTALL_BOXES,
            )?,
            other => {
                let known = "there are mutants, deb, cyclonedx, conformance, deploy and boxes";
                return Err(io::Error::other(format!("no tool `{other}`: {known}")));
            }
        }
    }
    Ok(())
}

fn install_for_deploying(programs: &[&str], script: &str) -> io::Result<()> {
    let missing = programs.iter().filter(|name| on_path(name).is_none());
    let missing: Vec<&str> = missing.copied().collect();
    if missing.is_empty() {
        return install_python();
    }
    eprintln!("xtask: installing {}, to try what the shop is run by", missing.join(", "));
    run_apt(script).map_err(|why| {
        io::Error::other(format!("{} are missing, and {why}", missing.join(", ")))
    })?;
    install_python()
}

fn install_by_cargo((name, version): (&str, &str)) -> io::Result<()> {
    if on_path(name).is_some() {
        return Ok(());
    }
    eprintln!("xtask: installing {name}, which takes a few minutes");
    let mut command = crate::cargo();
    command.args(["install", "--locked", "--version", version, name]);
    // Or it would be built where this workspace is.
    command.env_remove("CARGO_TARGET_DIR").stdin(Stdio::null());
    match command.status()?.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("cargo could not install {name}: see above"))),
    }
}

/// Installs what clients of other languages run with; their packages come with `conformance` itself.
fn install_clients() -> io::Result<()> {
    install_python()?;
    if node::is_able() && ["curl", "chromium"].into_iter().all(|name| on_path(name).is_some()) {
        return Ok(());
    }
    eprintln!(
        "xtask: installing nodejs, npm, curl and chromium, as far as they are missing, for the clients"
    );
    let by_hand = "install Node.js with npm, curl and Chromium (Debian: apt-get install nodejs npm curl chromium)";
    run_apt(INSTALL_CLIENTS).map_err(|why| {
        io::Error::other(format!("a client's language is missing, and {why}: {by_hand}"))
    })
}

/// Installs Postgres if there is none. The error says what to do by hand.
pub fn install_postgres() -> io::Result<()> {
    if Postgres::find().is_some() {
        return Ok(());
    }
    let by_hand = "install PostgreSQL 15 or newer (Debian: apt-get install postgresql)";
    eprintln!("xtask: installing postgresql (without a running cluster) for the tests");
    let failed = |why: String| io::Error::other(format!("{why}: {by_hand}"));
    run_apt(INSTALL).map_err(|why| failed(format!("no Postgres found, and {why}")))?;
    match Postgres::find() {
        Some(_) => Ok(()),
        None => Err(failed("the postgresql that apt-get installed is too old".to_owned())),
    }
}

/// Installs the mail server of the tests if there is none. The error says what to do by hand.
pub fn install_mail_server() -> io::Result<()> {
    if SmtpServer::is_installed() {
        return Ok(());
    }
    install_python()?;
    eprintln!("xtask: installing a mail server (aiosmtpd, in the user's cache) for the tests");
    SmtpServer::install()
}

fn install_python() -> io::Result<()> {
    if python::able().is_some() {
        return Ok(());
    }
    eprintln!("xtask: installing python3-venv for the tests");
    let by_hand = "install it (Debian: apt-get install python3-venv)";
    run_apt(INSTALL_VENV).map_err(|why| {
        io::Error::other(format!("no python3 that can make environments, and {why}: {by_hand}"))
    })
}

/// Runs a script that installs packages, as root.
fn run_apt(script: &str) -> Result<(), String> {
    if on_path("apt-get").is_none() {
        return Err("no apt-get to install it with".to_owned());
    }
    let mut command = if is_root() {
        Command::new("sh")
    } else if may_use_sudo() {
        let mut command = Command::new("sudo");
        command.args(["-n", "sh"]);
        command
    } else {
        return Err("neither root nor sudo without a password to install it".to_owned());
    };
    match command.arg("-c").arg(script).stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("apt-get could not install it".to_owned()),
        Err(error) => Err(format!("apt-get could not be started: {error}")),
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
