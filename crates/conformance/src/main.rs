//! The command line of `conformance`.

use clap::Parser;
use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    conformance::Conformance::parse().run()
}
