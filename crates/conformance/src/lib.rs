//! Clients that nobody here wrote, against demo shops of the real program: whether what the API says of
//! itself, and what the documents say of it, holds for others too.
//! Invariant: each check is counted, the last line is the sum, and the exit code is zero only if all passed.

mod blocks;
mod parts;
pub mod report;
mod shop;
mod tour;

use clap::{Args, Parser, Subcommand};
use parts::Part;
use report::Report;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Runs clients that nobody here wrote against a shop, part by part
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Conformance {
    #[command(subcommand)]
    command: Option<Printed>,

    #[command(flatten)]
    run: Run,
}

#[derive(Subcommand)]
enum Printed {
    /// Print the tour as a Postman collection; docs/tour.postman_collection.json keeps it
    Postman,
    /// Ask a demo what the document shows, and print its answers;
    /// crates/server/src/http/document/answers.json keeps them
    Examples,
}

#[derive(Args)]
struct Run {
    /// Only these
    #[arg(long, value_enum, value_delimiter = ',')]
    parts: Vec<Part>,

    /// The shop's program; the one beside this, if not given
    #[arg(long, value_name = "PATH")]
    sutler: Option<PathBuf>,
}

impl Conformance {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Some(Printed::Postman) => {
                print!("{}", tour::collection()?);
                Ok(ExitCode::SUCCESS)
            }
            Some(Printed::Examples) => {
                print!("{}", parts::examples::answers(&Stage { sutler: beside()? })?);
                Ok(ExitCode::SUCCESS)
            }
            None => self.run.run(),
        }
    }
}

impl Run {
    fn run(self) -> anyhow::Result<ExitCode> {
        let mut report = Report::default();
        let stage = Stage { sutler: self.sutler.map_or_else(beside, Ok)? };
        let wanted = if self.parts.is_empty() { Part::ALL.to_vec() } else { self.parts };
        for part in wanted {
            report.begin(part.name());
            if let Err(error) = part.run(&stage, &mut report) {
                report.fail("runs to its end", &format!("{error:#}"));
            }
        }
        println!("{report}");
        Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// What every part stands on.
struct Stage {
    sutler: PathBuf,
}

impl Stage {
    /// A file of the repository that this was built from.
    fn file(&self, name: &str) -> PathBuf {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.ancestors().nth(2).unwrap_or(here).join(name)
    }

    /// A client's own directory.
    fn client(&self, name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
    }
}

fn beside() -> anyhow::Result<PathBuf> {
    let sutler = std::env::current_exe()?.with_file_name("sutler");
    let advice = "build it (cargo build --package sutler), or name it with --sutler";
    anyhow::ensure!(sutler.is_file(), "{} is not there: {advice}", sutler.display());
    Ok(sutler)
}
