//! What tries to prove Sutler's promises wrong. Not shipped: it may use every part of Sutler, and
//! nothing of Sutler may use it.

mod alone;
mod asks;
mod bench;
mod crowd;
mod durations;
mod engines;
mod figures;
mod limit;
mod meters;
mod processes;
mod simulation;
mod sites;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

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
}

impl Proof {
    /// Success means that everything was measured, not that every target was met.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            match self.task {
                Task::Limit(args) => limit::run(args).await?,
                Task::Store(args) => alone::run(args).await?,
                Task::Bench(args) => bench::run(args).await?,
                Task::Simulate(args) => return simulation::run(&args),
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}
