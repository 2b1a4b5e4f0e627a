//! The command line of `cargo xtask`.

use std::process::ExitCode;
use xtask::{dev, suite, tidy, tools};

const HELP: &str = "cargo xtask COMMAND

  test [-- ARGS]  build everything and run all tests, with a Postgres of their own; ARGS go to
                  cargo test, the last line sums up
  tools [NAMES]   install what tests and benchmarks need (postgresql, a mail server), when it is missing; with
                  mutants also what `make mutants` needs (cargo-mutants), with conformance also what
                  `make conformance` runs clients with (nodejs, npm, curl), and with deploy what `make
                  deploy-check` tries the files with that the shop is run by (nginx, logrotate, ...)
  tidy            check the rules of style
  dev [ARGS]      run `sutler demo ARGS`, rebuilt and restarted when a source changes
  help            this text
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_else(|| "help".to_owned());
    let mut rest: Vec<String> = args.collect();
    if rest.first().is_some_and(|arg| arg == "--") {
        rest.remove(0);
    }
    let result = match command.as_str() {
        "test" => suite::run(&rest),
        "tools" => tools::install(&rest).map(|()| ExitCode::SUCCESS),
        "tidy" => tidy::run(),
        "dev" => dev::run(&rest),
        "help" | "-h" | "--help" => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        unknown => {
            eprintln!("xtask: no command `{unknown}`\n\n{HELP}");
            Ok(ExitCode::from(2))
        }
    };
    result.unwrap_or_else(|error| {
        eprintln!("xtask {command}: {error}");
        ExitCode::FAILURE
    })
}
