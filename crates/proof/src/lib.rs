//! What tries to prove Sutler's promises wrong. Not shipped: it may use every part of Sutler, and
//! nothing of Sutler may use it.

mod attack;
mod measure;
mod nouns;
mod simulation;
mod stage;
mod verdicts;

use attack::{all, fuzz, mutants, overload, survivors, torture};
use clap::{Parser, Subcommand};
use measure::{alone, bench, limit};
use stage::mounts;
use std::process::ExitCode;
use verdicts::{Line, Page};

/// Measures Sutler, and tries to break it
#[derive(Parser, Debug)]
#[command(version)]
pub struct Proof {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand, Debug)]
enum Task {
    Limit(limit::LimitArgs),
    Store(alone::StoreArgs),
    Bench(bench::BenchArgs),
    Simulate(simulation::SimulateArgs),
    Torture(torture::TortureArgs),
    Overload(overload::OverloadArgs),
    Fuzz(fuzz::FuzzArgs),
    Mutants(mutants::MutantsArgs),
    Survivors(survivors::SurvivorsArgs),
    All(all::AllArgs),
}

impl Proof {
    /// Of a measurement, success means that everything was measured, not that every target was met;
    /// of an attempt to break something, that it held.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        if matches!(self.task, Task::Torture(_) | Task::All(_)) {
            mounts::keep_to_ourselves()?;
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            match self.task {
                Task::Limit(args) => limit::run(args).await?,
                Task::Store(args) => alone::run(args).await?,
                Task::Bench(args) => bench::run(args).await?,
                Task::Simulate(args) => return told(simulation::run(&args)?),
                Task::Torture(args) => return told(torture::run(args).await?),
                Task::Overload(args) => return told(overload::run(args).await?),
                Task::Fuzz(args) => return told(fuzz::run(&args)?),
                Task::Mutants(args) => return told(mutants::run(&args)?),
                Task::Survivors(args) => return told(survivors::run(&args)?),
                Task::All(args) => return told(all::run(args).await?),
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

fn told(lines: Vec<Line>) -> anyhow::Result<ExitCode> {
    let page = Page { lines };
    println!("{page}");
    Ok(page.exit_code())
}
