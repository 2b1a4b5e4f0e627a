//! The binary `sutler-failpoints`: `sutler`, built with the points where a torture strikes, under a
//! name that nobody ships by mistake.

use mimalloc::MiMalloc;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    server::cli::run()
}
