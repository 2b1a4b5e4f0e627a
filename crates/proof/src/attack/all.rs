//! `proof all`: every attempt to break a promise, and one page of what came of it. What is measured
//! runs alone; what is only right or wrong shares the machine.

use crate::{
    attack::{edits, fuzz, mutants, overload, torture},
    simulation,
    stage::{durations, engines::Engine},
    verdicts::{Line, Verdict},
};
use anyhow::Context;
use clap::{Args, Command, FromArgMatches};
use std::time::{Duration, Instant};

/// Of what is less grave, on each engine.
const EDITS: u64 = 20_000;

/// Everything: simulate, torture, fuzz, overload, mutants; prints one page
#[derive(clap::Args, Clone, Debug)]
pub struct AllArgs {
    /// How long to simulate
    #[arg(long, default_value = "2m", value_parser = durations::parse)]
    pub simulate_for: Duration,

    /// Cycles of torture per fault and engine
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub cycles: u32,

    /// How long each parser is fuzzed
    #[arg(long, default_value = "60s", value_parser = durations::parse)]
    pub fuzz_for: Duration,

    /// Only these
    #[arg(long, value_enum, value_delimiter = ',')]
    pub parts: Vec<Part>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Simulate,
    Torture,
    Fuzz,
    Overload,
    Mutants,
}

/// What the command line would say that says nothing.
fn defaults<T: Args + FromArgMatches>() -> anyhow::Result<T> {
    let matches = T::augment_args(Command::new("proof")).try_get_matches_from(["proof"])?;
    Ok(T::from_arg_matches(&matches)?)
}

pub async fn run(args: AllArgs) -> anyhow::Result<Vec<Line>> {
    let is_wanted = |part| args.parts.is_empty() || args.parts.contains(&part);
    let began = Instant::now();
    let mut lines = Vec::new();

    let mut simulate: simulation::SimulateArgs = defaults()?;
    simulate.run_time = Some(args.simulate_for);
    let mut fuzz: fuzz::FuzzArgs = defaults()?;
    fuzz.run_time = args.fuzz_for;
    let (simulates, fuzzes) = (is_wanted(Part::Simulate), is_wanted(Part::Fuzz));
    let alone = tokio::task::spawn_blocking(move || {
        let mut lines = Vec::new();
        if simulates {
            eprintln!("simulating for {:?}", args.simulate_for);
            lines.extend(told("simulation", simulation::run_silently(&simulate)));
        }
        if fuzzes {
            eprintln!("fuzzing every parser for {:?}", args.fuzz_for);
            lines.extend(told("hostile input", fuzz::run(&fuzz)));
        }
        lines
    });
    if simulates {
        let engines = [Engine::Sqlite, Engine::Postgres];
        lines.extend(told("edits", edits::run(&engines, EDITS).await));
    }
    let mut tortured = Vec::new();
    if is_wanted(Part::Torture) {
        let mut torture: torture::TortureArgs = defaults()?;
        torture.cycles = args.cycles;
        tortured = told("torture", torture::run(torture).await);
    }
    lines.extend(alone.await.context("simulating and fuzzing")?);
    lines.extend(tortured);

    if is_wanted(Part::Overload) {
        eprintln!("offering more than the shop can take");
        lines.extend(told("overload", overload::run(defaults()?).await));
    }
    if is_wanted(Part::Mutants) {
        eprintln!("breaking the code on purpose");
        let mutants: mutants::MutantsArgs = defaults()?;
        let ran = tokio::task::spawn_blocking(move || mutants::run(&mutants)).await;
        lines.extend(told("mutants", ran.context("the mutants died")?));
    }
    eprintln!("took {:.0} minutes", began.elapsed().as_secs_f64() / 60.0);
    Ok(lines)
}

/// A part that cannot run has not held.
fn told(part: &str, ran: anyhow::Result<Vec<Line>>) -> Vec<Line> {
    ran.unwrap_or_else(|error| {
        vec![Line {
            tried: part.to_owned(),
            times: String::new(),
            verdict: Verdict::Broken,
            remark: format!("{error:#}"),
        }]
    })
}
