//! The command line of `proof`.

use clap::Parser;
use std::process::ExitCode;

/// The same allocator as in `sutler`, so that what runs in this process costs what it costs there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<ExitCode> {
    proof::Proof::parse().run()
}
