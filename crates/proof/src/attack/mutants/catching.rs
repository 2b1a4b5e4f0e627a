//! Catchers at work: first on the clean tree, where each of them has to pass, then on each mutant,
//! which has to compile and then be found out.

use crate::attack::mutants::{
    mutant::{Catcher, Mutant, Shop},
    tree::Tree,
    workshop::{Ended, Workshop},
};
use anyhow::{Context, bail};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use testbed::{Durability, Postgres, databases::URL_VARIABLE, processes};

/// Long for anything that works: who takes longer hangs.
const FOUND_WITHIN: Duration = Duration::from_secs(120);
/// A cycle of torture starts a shop, fills it, breaks it and looks at it.
const CYCLE_WITHIN: Duration = Duration::from_secs(60);
/// What cargo's test programs end with when a test has failed.
const TESTS_FAILED: i32 = 101;

#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// And by what.
    Caught(String),
    /// Whatever it does, it does not come to an end.
    Hangs,
    Survived,
    /// The mutant does not compile, or ends its catcher in a way that tells nothing.
    Broken(String),
}

impl Verdict {
    pub fn is_caught(&self) -> bool {
        matches!(self, Verdict::Caught(_) | Verdict::Hangs)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Times {
    pub build: Duration,
    pub run: Duration,
}

/// How often a catcher failed in so many runs: with its mutant, where it should, and without.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rounds {
    pub with: u32,
    pub without: u32,
    pub of: u32,
}

pub struct Hunt {
    workshop: Workshop,
    tree: Tree,
    postgres: Option<Postgres>,
    rounds: u32,
    /// By the words of a catcher: how often it failed on the clean tree.
    false_alarms: BTreeMap<String, u32>,
}

impl Hunt {
    /// A catcher that always fails proves nothing: all of them pass on the clean tree, or it ends here.
    /// One that sometimes fails is found in several rounds.
    pub fn prepare(root: &Path, mutants: &[Mutant], rounds: u32) -> anyhow::Result<Hunt> {
        let workshop = Workshop::at(root);
        let tree = Tree::copy(root, workshop.tree.clone())?;
        let needs_postgres = mutants
            .iter()
            .any(|mutant| matches!(mutant.catcher.shop(), Shop::Store | Shop::Stories));
        let is_given = std::env::var(URL_VARIABLE).is_ok_and(|url| !url.is_empty());
        let postgres = match needs_postgres && !is_given {
            true => Some(Postgres::start(Durability::Off).context("starting Postgres")?),
            false => None,
        };
        let false_alarms = BTreeMap::new();
        let mut hunt = Hunt { workshop, tree, postgres, rounds, false_alarms };
        let mut catchers = BTreeMap::<Shop, Vec<&Catcher>>::new();
        for mutant in mutants {
            catchers.entry(mutant.catcher.shop()).or_default().push(&mutant.catcher);
        }
        for (shop, catchers) in catchers {
            hunt.hold_on_clean_tree(shop, &catchers)?;
        }
        Ok(hunt)
    }

    pub fn catch(&mut self, mutant: &Mutant) -> anyhow::Result<(Verdict, Times, Rounds)> {
        self.tree.mutate(mutant)?;
        let began = Instant::now();
        let built = self.workshop.build(mutant.catcher.shop(), &mutant.name)?;
        let mut times = Times { build: began.elapsed(), run: Duration::ZERO };
        let program = match built {
            Ok(program) => program,
            Err(error) => {
                let broken = Verdict::Broken(format!("does not compile: {error}"));
                return Ok((broken, times, Rounds::default()));
            }
        };
        let (shop, words) = (mutant.catcher.shop(), mutant.catcher.words());
        let without = self.false_alarms.get(&words).copied().unwrap_or(0);
        let mut rounds = Rounds { with: 0, without, of: self.rounds };
        let mut verdict = None;
        for round in 0..self.rounds {
            let run = self.run(&program, &[&mutant.catcher], &mutant.name, round)?;
            times.run += run.took;
            let found = found(shop, &run);
            rounds.with += u32::from(found.is_caught());
            // The worst of the rounds tells.
            if verdict.as_ref().is_none_or(Verdict::is_caught) {
                verdict = Some(found);
            }
        }
        times.run /= self.rounds.max(1);
        Ok((verdict.unwrap_or(Verdict::Survived), times, rounds))
    }

    /// Leaves the sources as they are, so that the next hunt begins where this one did.
    pub fn end(mut self) -> anyhow::Result<()> {
        self.tree.restore()
    }

    fn hold_on_clean_tree(&mut self, shop: Shop, catchers: &[&Catcher]) -> anyhow::Result<()> {
        let (name, began) = (format!("clean-{}", shop.name()), Instant::now());
        let program = match self.workshop.build(shop, &name)? {
            Ok(program) => program,
            Err(error) => bail!("the clean tree does not compile: {error}"),
        };
        let build = began.elapsed();
        // One run for all, except where each has its own.
        let runs: Vec<&[&Catcher]> = match shop {
            Shop::Torture => {
                let mut seen = BTreeSet::new();
                let runs = catchers.chunks(1);
                runs.filter(|catchers| seen.insert(catchers[0].words())).collect()
            }
            _ => vec![catchers],
        };
        let mut took = Duration::ZERO;
        for catchers in runs {
            let run = self.run(&program, catchers, &name, 0)?;
            took += run.took;
            let all_passed = run.status.is_some_and(|status| status.success());
            let unused = unused(&run.output, catchers);
            if !all_passed {
                let found = found(shop, &run);
                bail!("{} fails without any mutant, and so proves nothing: {found:?}", shop.name());
            }
            if !unused.is_empty() {
                bail!("no test in {} has a name with {}", shop.name(), unused.join(", "));
            }
        }
        let (build, took) = (build.as_secs_f64(), took.as_secs_f64());
        eprintln!("{:<10} holds without mutants: built in {build:.1} s, {took:.1} s", shop.name());
        match self.rounds {
            0 | 1 => Ok(()),
            _ => self.count_false_alarms(&program, catchers, &name),
        }
    }

    /// Each catcher by itself, as often as it will meet its mutant.
    fn count_false_alarms(
        &mut self,
        program: &Path,
        catchers: &[&Catcher],
        log: &str,
    ) -> anyhow::Result<()> {
        for catcher in catchers {
            let words = catcher.words();
            if self.false_alarms.contains_key(&words) {
                continue;
            }
            let mut failed = 0;
            for round in 0..self.rounds {
                let run = self.run(program, &[catcher], log, round)?;
                failed += u32::from(!run.status.is_some_and(|status| status.success()));
            }
            eprintln!("{words}: failed in {failed} of {} without a mutant", self.rounds);
            self.false_alarms.insert(words, failed);
        }
        Ok(())
    }

    /// Every round has dice of its own, and a round repeats itself.
    fn run(
        &self,
        program: &Path,
        catchers: &[&Catcher],
        log: &str,
        round: u32,
    ) -> anyhow::Result<Ended> {
        let Some(first) = catchers.first() else { bail!("nothing to run") };
        let directory = self.workshop.tree.join(first.shop().directory());
        let mut limit = FOUND_WITHIN;
        let mut command = match first {
            Catcher::Torture { engine, fault, cycles } => {
                limit += CYCLE_WITHIN * u32::try_from(*cycles).unwrap_or(u32::MAX);
                torture(program, engine, fault, *cycles, round)
            }
            Catcher::Simulation { .. } => {
                let mut command = processes::bound(program, "KILL", None);
                let seeds = catchers.iter().filter_map(|catcher| match catcher {
                    Catcher::Simulation { seeds } => Some(*seeds),
                    _ => None,
                });
                let most = seeds.max().unwrap_or_default();
                let first = most * u64::from(round);
                command.args(["simulate", "--seeds", &format!("{first}..{}", first + most)]);
                command
            }
            _ => {
                let mut command = processes::bound(program, "KILL", None);
                command.args(filters(catchers));
                command
            }
        };
        command.current_dir(directory);
        if let Some(server) = &self.postgres {
            command.env(URL_VARIABLE, server.url("postgres"));
        }
        // What fails is to fail at once, and to leave no trace for the next mutant.
        command.env("PROPTEST_RNG_SEED", round.to_string());
        command.env("PROPTEST_MAX_SHRINK_ITERS", "0");
        command.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
        self.workshop.run(command, log, limit)
    }
}

/// This program, for which the clean tree has none: also when it is being replaced.
fn torture(sutler: &Path, engine: &str, fault: &str, cycles: u64, round: u32) -> Command {
    let this = format!("/proc/{}/exe", std::process::id());
    let mut command = processes::bound(this, "TERM", None);
    command.args(["torture", "--engines", engine, "--faults", fault]);
    command.args(["--seed", &(round + 1).to_string()]);
    command.args(["--cycles", &cycles.to_string(), "--program"]).arg(sutler);
    command
}

fn filters<'c>(catchers: &[&'c Catcher]) -> BTreeSet<&'c str> {
    let filters = catchers.iter().filter_map(|catcher| match catcher {
        Catcher::Laws { filter } | Catcher::Store { filter } | Catcher::Stories { filter } => {
            Some(filter.as_str())
        }
        Catcher::Simulation { .. } | Catcher::Torture { .. } => None,
    });
    filters.collect()
}

/// Filters that no test answers to.
fn unused<'c>(output: &str, catchers: &[&'c Catcher]) -> Vec<&'c str> {
    let mut unused: Vec<&str> = filters(catchers).into_iter().collect();
    unused.retain(|filter| !tests(output, "ok").any(|test| test.contains(filter)));
    unused
}

/// Tests that ended so.
fn tests<'o>(output: &'o str, end: &'static str) -> impl Iterator<Item = &'o str> {
    output.lines().filter_map(move |line| {
        let (test, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
        (result == end).then_some(test)
    })
}

pub fn found(shop: Shop, run: &Ended) -> Verdict {
    let Some(status) = run.status else { return Verdict::Hangs };
    if status.success() {
        return Verdict::Survived;
    }
    let line_with = |text: &str| run.output.lines().find(|line| line.contains(text));
    let what = match shop {
        Shop::Simulation => line_with(" broke at step ").map(str::to_owned),
        Shop::Torture => line_with("BROKEN").map(str::to_owned),
        Shop::Laws | Shop::Store | Shop::Stories => match status.code() {
            Some(TESTS_FAILED) => failed_tests(&run.output),
            _ => None,
        },
    };
    match what {
        Some(what) => Verdict::Caught(what),
        None => Verdict::Broken(format!("its catcher ended with {status}, and found nothing")),
    }
}

fn failed_tests(output: &str) -> Option<String> {
    let failed: Vec<&str> = tests(output, "FAILED").collect();
    let first = *failed.first()?;
    Some(match failed.len() {
        1 => first.to_owned(),
        count => format!("{first} and {} more", count - 1),
    })
}
