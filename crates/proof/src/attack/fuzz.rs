//! Hostile input: builds the targets of the directory `fuzz` and lets libFuzzer loose on each, on a
//! copy of the corpus. The sources stay as they are: what is found goes below cargo's target
//! directory.

mod build;
mod hunt;
mod report;

use crate::{stage::durations, verdicts::Line};
use anyhow::Context;
use clap::builder::PossibleValuesParser;
use std::{
    num::NonZero,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

const TARGETS: [&str; 6] = ["bodies", "queries", "cursors", "tokens", "settings", "requests"];

/// Feed parsers with hostile input
#[derive(clap::Args, Clone, Debug)]
pub struct FuzzArgs {
    /// How long each target runs
    #[arg(long = "for", default_value = "60s", value_parser = durations::parse)]
    pub run_time: Duration,

    /// These targets, with commas between them [default: all]
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(TARGETS))]
    pub targets: Vec<String>,
}

/// Where things are.
struct Places {
    /// The directory `fuzz` of the sources. Only read.
    sources: PathBuf,
    /// A directory of our own below cargo's target directory.
    scratch: PathBuf,
}

impl Places {
    fn find() -> anyhow::Result<Places> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        let root = root.context("the sources have a root")?;
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        Ok(Places { sources: root.join("fuzz"), scratch: root.join(target).join("fuzz") })
    }
}

pub fn run(args: &FuzzArgs) -> anyhow::Result<Vec<Line>> {
    let places = Places::find()?;
    let programs = build::build(&places)?;
    let wanted: Vec<&str> = match args.targets.is_empty() {
        true => TARGETS.to_vec(),
        false => {
            TARGETS.into_iter().filter(|name| args.targets.iter().any(|t| t == name)).collect()
        }
    };
    let hunt = |name: &str| {
        let found = hunt::hunt(&places, &programs, name, args.run_time);
        found.with_context(|| format!("the target {name} did not run"))
    };
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    at_once(processors, &wanted, |name| {
        let line = hunt(name)?.line(name, &programs.join(name));
        println!("{}: {}, {}", line.tried, line.times, line.remark);
        Ok(line)
    })
}

/// Does all of it in the order given, so many at the same time.
fn at_once<T: Sync, R: Send>(
    threads: usize,
    tasks: &[T],
    work: impl Fn(&T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads.min(tasks.len()) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Relaxed);
                    let Some(task) = tasks.get(place) else { return };
                    let result = work(task);
                    let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                    results.push((place, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_targets_are_those_that_there_are() {
        assert_eq!(TARGETS, hostile::TARGETS.map(|(name, _)| name));
    }

    #[test]
    fn results_come_in_the_order_of_the_tasks() {
        let tasks: Vec<u64> = (0..20).collect();
        let doubled = at_once(4, &tasks, |task| Ok(task * 2)).unwrap();
        assert_eq!(doubled, tasks.iter().map(|task| task * 2).collect::<Vec<_>>());
        let refused = at_once(4, &tasks, |task| match task {
            7 => anyhow::bail!("seven"),
            _ => Ok(()),
        });
        assert_eq!(refused.unwrap_err().to_string(), "seven");
    }
}
