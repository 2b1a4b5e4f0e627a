//! The binary `sutler`: one command line over the library.

use mimalloc::MiMalloc;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // Here, so that another commit alone builds nothing but this file anew.
    server::cli::run(option_env!("BUILD_COMMIT").filter(|commit| !commit.is_empty()))
}
