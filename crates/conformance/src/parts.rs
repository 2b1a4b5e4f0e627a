//! The parts, each of which can be run alone. A new one is a file in here, a name and a line in `run`.

mod browser;
mod curls;
pub mod examples;
mod postman;
mod schemathesis;
mod typescript;
mod validator;

use crate::{Stage, report::Report};

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Validator,
    Examples,
    Browser,
    Schemathesis,
    Typescript,
    Curls,
    Postman,
}

impl Part {
    /// The quick ones first.
    pub const ALL: [Part; 7] = [
        Part::Validator,
        Part::Examples,
        Part::Curls,
        Part::Postman,
        Part::Typescript,
        Part::Browser,
        Part::Schemathesis,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Part::Validator => "validator",
            Part::Examples => "examples",
            Part::Browser => "browser",
            Part::Schemathesis => "schemathesis",
            Part::Typescript => "typescript",
            Part::Curls => "curls",
            Part::Postman => "postman",
        }
    }

    pub fn run(self, stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
        match self {
            Part::Validator => validator::run(stage, report),
            Part::Examples => examples::run(stage, report),
            Part::Browser => browser::run(stage, report),
            Part::Schemathesis => schemathesis::run(stage, report),
            Part::Typescript => typescript::run(stage, report),
            Part::Curls => curls::run(stage, report),
            Part::Postman => postman::run(stage, report),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_part_is_run_and_called_as_on_the_command_line() {
        for part in Part::value_variants() {
            assert!(Part::ALL.contains(part), "{part:?} is never run");
            assert_eq!(Part::from_str(part.name(), false), Ok(*part));
        }
    }
}
