//! The simulation: the real rules and the real store code on an in-memory database, with a
//! simulated clock, drawn faults and one thread. Whatever happens, what clients were told, what the
//! rows hold and what an independent model expects are the same; a seed repeats a run exactly.

mod attempt;
mod clients;
mod history;
mod inspection;
mod kinds;
mod model;
mod node;
mod random;
mod rows;
mod seed;
mod stage;
mod tally;
mod wire;

#[cfg(test)]
mod tests;

use crate::durations;
use seed::Ended;
use std::{
    ops::Range,
    process::ExitCode,
    time::{Duration, Instant},
};
use tally::Tally;

/// Simulate shops under faults, seed by seed, and check every step
#[derive(clap::Args, Clone, Debug)]
pub struct SimulateArgs {
    /// Replay this seed
    #[arg(long, conflicts_with_all = ["seeds", "run_time"])]
    pub seed: Option<u64>,

    /// These seeds: FIRST..END
    #[arg(long, value_parser = seeds, conflicts_with = "run_time")]
    pub seeds: Option<Range<u64>>,

    /// As many seeds as fit
    #[arg(long = "for", value_parser = durations::parse)]
    pub run_time: Option<Duration>,

    /// Operations per seed
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub operations: u64,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let (first, end) = text.split_once("..").ok_or("give two numbers: 0..1000")?;
    let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is no whole number"));
    let (first, end) = (number(first)?, number(end)?);
    match first < end {
        true => Ok(first..end),
        false => Err("no seed is in this range".to_owned()),
    }
}

/// Fails if anything broke.
pub fn run(args: &SimulateArgs) -> anyhow::Result<ExitCode> {
    let range = match (args.seed, &args.seeds, args.run_time) {
        (Some(seed), ..) => seed..seed + 1,
        (_, Some(range), _) => range.clone(),
        (_, _, Some(_)) => 0..u64::MAX,
        _ => 0..1000,
    };
    let began = Instant::now();
    let mut tally = Tally::default();
    for seed in range {
        if args.run_time.is_some_and(|run_time| began.elapsed() >= run_time) {
            break;
        }
        let Ended { tally: of_seed, hash, broken } = seed::play(seed, args.operations)?;
        tally.add(&of_seed);
        if let Some(failure) = broken {
            println!("{failure}");
            return Ok(ExitCode::FAILURE);
        }
        if args.seed.is_some() {
            println!("seed {seed} holds; its trace is {hash:016x}");
        }
    }
    print(&tally, began.elapsed());
    Ok(ExitCode::SUCCESS)
}

fn print(tally: &Tally, took: Duration) {
    let [commands, faults] = tally.tables();
    println!("{commands}\n\n{faults}\n");
    let unseen = tally.unseen();
    if !unseen.is_empty() {
        println!("not seen in these seeds: {}\n", unseen.join(", "));
    }
    let per_s = tally.operations() as f64 / took.as_secs_f64();
    println!(
        "{} seeds, {} operations in {} batches, {} checks, {:.1} s, {per_s:.0} operations/s",
        tally.seeds,
        tally.operations(),
        tally.batches,
        tally.checks,
        took.as_secs_f64()
    );
    println!(
        "held: every reply is what was committed; nothing acknowledged is missing or different; \
         nothing placed twice, nothing oversold; the rows are the model's; the audit is sound"
    );
}
