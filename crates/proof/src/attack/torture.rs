//! `proof torture`: the real program with its real database, clients that write down what they sent
//! and were told, and faults. After each cycle every unknown is asked for until it is known; then
//! the journal and the database must agree, and the audit must be sound.

mod beginnings;
mod client;
mod clock;
mod comparison;
mod disks;
mod faults;
mod journal;
mod leftovers;
mod lives;
mod memory;
mod node;
mod outside;
mod people;
mod post;
mod proxy;
mod requests;
mod roles;
mod rows;
mod run;
mod seeing;
mod service;
mod settling;
mod snares;
mod spans;
mod stand;
mod strikes;
mod wishes;

use crate::{
    nouns::{Comes, NOUNS},
    stage::engines::Engine,
    verdicts::{Line, Verdict},
};
use anyhow::{Context, bail};
use faults::{FAULTS, Fault};
use futures_util::{StreamExt, stream};
use std::{collections::BTreeMap, path::PathBuf};

pub use beginnings::{FIRST_ON_HAND, PRODUCTS, first_sku, price_minor, username};
pub use client::{Client, Rack};
pub use comparison::{Comparison, Past};
pub use journal::{Entry, Fate};
pub use lives::Step;
pub use people::{Machine, Person};
pub use post::News;
pub use requests::{Asked, Asker, Of, PASSWORD, Units, Wire, decimal};
pub use service::{Becomes, Message, Messages};

/// Torture the real program: kill it, cut it off, fill its disk, and compare
#[derive(clap::Args, Clone, Debug)]
pub struct TortureArgs {
    /// Cycles per fault and engine
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub cycles: u32,

    /// On which engines
    #[arg(long, value_enum, value_delimiter = ',', default_value = "sqlite,postgres")]
    pub engines: Vec<Engine>,

    /// Which faults: all of them, unless some are named
    #[arg(long, value_parser = fault, value_delimiter = ',')]
    pub faults: Vec<&'static Fault>,

    /// The program: `sutler-failpoints` beside this one, unless another is named
    #[arg(long, value_name = "PATH")]
    pub program: Option<PathBuf>,

    /// What clients ask and when faults strike is drawn from this
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// How many shops are tortured at a time
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub jobs: u32,

    /// Where the journal and the log of a broken shop are kept
    #[arg(long, value_name = "DIR", default_value = "torture-broken")]
    pub keep: PathBuf,
}

fn fault(text: &str) -> Result<&'static Fault, String> {
    let names = || FAULTS.iter().map(|fault| fault.name).collect::<Vec<_>>().join(", ");
    Fault::named(text).ok_or_else(|| format!("one of {}", names()))
}

/// What came of one fault, on one engine or on all.
#[derive(Default)]
struct Outcome {
    cycles: u32,
    struck: u32,
    requests: usize,
    orders: usize,
    unknown: usize,
    /// What was acknowledged, or found to have come by itself, and how often.
    done: BTreeMap<&'static str, usize>,
    skipped: Option<&'static str>,
    broken: Option<String>,
}

pub async fn run(args: TortureArgs) -> anyhow::Result<Vec<Line>> {
    let program = program(&args)?;
    let all = || FAULTS.iter().collect();
    let faults = if args.faults.is_empty() { all() } else { args.faults.clone() };
    let mut runs = Vec::new();
    for fault in faults {
        let engines = args.engines.iter().filter(|engine| fault.strikes(**engine));
        runs.extend(engines.map(|engine| (fault, *engine)));
    }
    if runs.is_empty() {
        bail!("none of these faults strikes these engines");
    }
    let done = stream::iter(runs.into_iter().map(|(fault, engine)| {
        let (args, program) = (args.clone(), program.clone());
        let task = tokio::spawn(async move { run::torture(fault, engine, &program, &args).await });
        async move {
            let outcome = task.await.context("the torturer died")?;
            anyhow::Ok((fault, engine, outcome))
        }
    }));
    let mut done = done.buffer_unordered(args.jobs as usize);
    let mut outcomes = Vec::new();
    while let Some(ended) = done.next().await {
        let (fault, engine, outcome) = ended?;
        let outcome = outcome.unwrap_or_else(|error| Outcome {
            broken: Some(format!("{error:#}")),
            ..Outcome::default()
        });
        eprintln!("{engine}: {}: {}", fault.what, told(&outcome));
        outcomes.push((fault, engine, outcome));
    }
    let mut lines = Vec::new();
    for fault in &FAULTS {
        let of_fault = outcomes.iter().filter(|(other, ..)| *other == fault);
        let of_fault: Vec<_> = of_fault.map(|(_, engine, outcome)| (*engine, outcome)).collect();
        lines.extend((!of_fault.is_empty()).then(|| line(fault, &of_fault)));
    }
    // One fault alone, as for a mutant, is over before each command had its turn.
    if lines.len() > 1 {
        lines.push(commands(outcomes.iter().map(|(.., outcome)| outcome)));
    }
    Ok(lines)
}

/// A command that was never acknowledged was not tortured.
fn commands<'o>(outcomes: impl Iterator<Item = &'o Outcome>) -> Line {
    let mut done: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (kind, count) in outcomes.flat_map(|outcome| &outcome.done) {
        *done.entry(*kind).or_default() += count;
    }
    let mut missing = Vec::new();
    let mut unasked = Vec::new();
    for (command, way) in NOUNS.iter().flat_map(|noun| noun.ways()) {
        match way {
            Comes::Asked | Comes::Seen if done.contains_key(command) => {}
            Comes::Asked => missing.push(format!("{command} was never acknowledged")),
            Comes::Seen => missing.push(format!("nothing that {command} does was ever found")),
            Comes::ByItself(why) => unasked.push(format!("not asked for: {command} ({why})")),
        }
    }
    let verdict = Verdict::of(missing.is_empty());
    missing.extend(unasked);
    Line {
        tried: "every command that has a route, or leaves a trace".to_owned(),
        times: format!("{} done", done.values().sum::<usize>()),
        verdict,
        remark: missing.join("; "),
    }
}

fn program(args: &TortureArgs) -> anyhow::Result<PathBuf> {
    if let Some(program) = &args.program {
        return program.canonicalize().with_context(|| format!("{}", program.display()));
    }
    let program = std::env::current_exe()?.with_file_name("sutler-failpoints");
    if !program.is_file() {
        bail!(
            "{} is missing: cargo build --release --package sutler --features failpoints",
            program.display()
        );
    }
    Ok(program)
}

fn told(outcome: &Outcome) -> String {
    if let Some(broken) = &outcome.broken {
        return broken.clone();
    }
    if let Some(why) = outcome.skipped {
        return format!("not tried: {why}");
    }
    let Outcome { cycles, struck, requests, orders, unknown, .. } = outcome;
    format!(
        "{cycles} cycles, struck in {struck}: {requests} requests, {orders} orders, {unknown} unknown at first"
    )
}

fn line(fault: &Fault, outcomes: &[(Engine, &Outcome)]) -> Line {
    let mut sum = Outcome::default();
    let mut remarks = Vec::new();
    for (engine, outcome) in outcomes {
        sum.cycles += outcome.cycles;
        sum.struck += outcome.struck;
        sum.orders += outcome.orders;
        sum.unknown += outcome.unknown;
        if let Some(why) = outcome.skipped {
            remarks.push(format!("{engine}: not tried: {why}"));
        }
        remarks.extend(outcome.broken.iter().map(|broken| format!("{engine}: {broken}")));
    }
    // A fault that never struck has shown nothing.
    let idle = outcomes.iter().filter(|(_, outcome)| outcome.cycles > 0 && outcome.struck == 0);
    let idle: Vec<String> = idle.map(|(engine, _)| format!("{engine}: never struck")).collect();
    let is_idle = !idle.is_empty();
    remarks.extend(idle);
    let is_sound = !is_idle && outcomes.iter().all(|(_, outcome)| outcome.broken.is_none());
    let verdict = match (is_sound, sum.cycles) {
        (true, 0) => Verdict::NotTried,
        _ => Verdict::of(is_sound),
    };
    if remarks.is_empty() {
        remarks.push(format!("{} orders, {} requests unknown at first", sum.orders, sum.unknown));
    }
    Line {
        tried: fault.what.to_owned(),
        times: format!("{} cycles", sum.cycles),
        verdict,
        remark: remarks.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testbed::{Postgres, TempDir};

    /// A short one with the program as it is built for tests; the faults at named points need
    /// another build, and `make proof`.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_shop_that_is_killed_or_cut_off_keeps_its_word() {
        let tests = std::env::current_exe().unwrap();
        let program = tests.parent().and_then(|deps| deps.parent()).unwrap().join("sutler");
        assert!(program.is_file(), "cargo build --package sutler, for {}", program.display());
        let keep = TempDir::new().unwrap();
        let mut engines = vec![Engine::Sqlite];
        engines.extend(Postgres::find().map(|_| Engine::Postgres));
        let args = TortureArgs {
            cycles: 4,
            engines,
            faults: ["killed", "answers-cut"].into_iter().filter_map(Fault::named).collect(),
            program: Some(program),
            seed: 1,
            jobs: 2,
            keep: keep.path().to_owned(),
        };
        let lines = run(args).await.unwrap();
        // So short a one may end before each command had its turn where the machine is busy.
        for line in &lines[..2] {
            assert_eq!(line.verdict, Verdict::Held, "{line:?}");
        }
        assert_eq!(lines.len(), 3, "two faults, and which commands were asked for");
    }
}
