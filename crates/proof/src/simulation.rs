//! The simulation: the real rules and the real store code on an in-memory database, with a
//! simulated clock, drawn faults and one thread. Whatever happens, what clients were told, what the
//! rows hold and what an independent model expects are the same; a seed repeats a run exactly.

mod attempt;
mod clients;
mod history;
mod inspection;
mod kinds;
mod node;
mod scene;
mod seed;
mod tally;
mod wire;

#[cfg(test)]
mod tests;

use crate::{
    stage::durations,
    verdicts::{Line, Verdict},
};
pub use clients::{Clients, Person, Request, SYSTEM};
use std::{
    ops::Range,
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

/// What was played, and the first seed that broke.
struct Played {
    tally: Tally,
    took: Duration,
    /// The seed and what happened in it, step by step.
    broken: Option<(u64, String)>,
}

/// Plays and shows what happened, how often.
pub fn run(args: &SimulateArgs) -> anyhow::Result<Vec<Line>> {
    let played = play(args)?;
    match &played.broken {
        Some((_, failure)) => println!("{failure}\n"),
        None => {
            let [commands, faults] = played.tally.tables();
            println!("{commands}\n\n{faults}\n");
        }
    }
    Ok(vec![line(&played)])
}

/// Plays in silence; the page tells the rest.
pub fn run_silently(args: &SimulateArgs) -> anyhow::Result<Vec<Line>> {
    let played = play(args)?;
    if let Some((_, failure)) = &played.broken {
        eprintln!("{failure}");
    }
    Ok(vec![line(&played)])
}

fn play(args: &SimulateArgs) -> anyhow::Result<Played> {
    let range = match (args.seed, &args.seeds, args.run_time) {
        (Some(seed), ..) => seed..seed + 1,
        (_, Some(range), _) => range.clone(),
        (_, _, Some(_)) => 0..u64::MAX,
        _ => 0..1000,
    };
    let began = Instant::now();
    let mut tally = Tally::default();
    let mut broken = None;
    for seed in range {
        if args.run_time.is_some_and(|run_time| began.elapsed() >= run_time) {
            break;
        }
        let ended = seed::play(seed, args.operations)?;
        tally.add(&ended.tally);
        if let Some(failure) = ended.broken {
            broken = Some((seed, failure.to_string()));
            break;
        }
        if args.seed.is_some() {
            println!("seed {seed} holds; its trace is {:016x}\n", ended.hash);
        }
    }
    Ok(Played { tally, took: began.elapsed(), broken })
}

fn line(played: &Played) -> Line {
    let Played { tally, took, broken } = played;
    let per_s = tally.operations() as f64 / took.as_secs_f64();
    let unseen = tally.unseen();
    let remark = match broken {
        Some((seed, _)) => format!("see: proof simulate --seed {seed}"),
        None if unseen.is_empty() => format!("{per_s:.0} operations/s"),
        None => format!("{per_s:.0} operations/s; never seen: {}", unseen.join(", ")),
    };
    let tried = "simulation, with faults at every step".to_owned();
    let times = format!("{} seeds, {} operations", tally.seeds, tally.operations());
    Line { tried, times, verdict: Verdict::of(broken.is_none()), remark }
}
