//! The binary `sutler-failpoints`: `sutler`, built with the points where a torture strikes, under a
//! name that nobody ships by mistake.

use mimalloc::MiMalloc;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // Here, so that another commit alone builds nothing but this file anew.
    server::cli::run(option_env!("BUILD_COMMIT").filter(|commit| !commit.is_empty()))
}
