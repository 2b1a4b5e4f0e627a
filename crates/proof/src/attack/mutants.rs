//! Break the code on purpose, and see that it is noticed. A mutant is one deliberate bug in a file
//! under `mutants/`: what a tired developer would write, which promise it breaks, and what should
//! catch it. Each is built and run in a copy of the sources; all of them have to be caught.

mod catching;
mod mutant;
mod report;
pub(super) mod tree;
mod workshop;

#[cfg(test)]
mod tests;

use crate::verdicts::{self, Line};
use anyhow::{Context, bail};
use catching::{Hunt, Verdict};
use mutant::Mutant;
use report::Caught;
use std::{
    path::{Path, PathBuf},
    time::Instant,
};

/// Break the code on purpose, and see that it is noticed
#[derive(clap::Args, Clone, Debug)]
pub struct MutantsArgs {
    /// Only these
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub only: Vec<String>,

    /// All but these
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub skip: Vec<String>,

    /// Run each catcher so often with its mutant and so often without, each time with other dice
    #[arg(long, default_value_t = 1, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repeat: u32,

    /// Say what there is, and build nothing
    #[arg(long)]
    pub list: bool,

    /// Print the table for docs/proof.md
    #[arg(long)]
    pub markdown: bool,
}

/// One line for all of them.
pub fn run(args: &MutantsArgs) -> anyhow::Result<Vec<Line>> {
    let began = Instant::now();
    let root = root()?;
    let mutants = chosen(Mutant::all(&root)?, args)?;
    if args.list {
        println!("{}", report::list(&mutants));
        return Ok(Vec::new());
    }
    let misfits: Vec<String> = mutants.iter().flat_map(|mutant| mutant.misfits(&root)).collect();
    if !misfits.is_empty() {
        bail!("the code has moved on, and these mutants have not:\n{}", misfits.join("\n"));
    }
    let mut hunt = Hunt::prepare(&root, &mutants, args.repeat)?;
    let mut all = Vec::with_capacity(mutants.len());
    for mutant in mutants {
        let (verdict, times, rounds) = hunt.catch(&mutant)?;
        let caught = Caught { mutant, verdict, times, rounds };
        eprintln!("{}", caught.line());
        all.push(caught);
    }
    hunt.end()?;
    match args.markdown {
        true => println!("\n{}", report::markdown(&all)),
        false => eprintln!("\n{}", report::table(&all)),
    }
    Ok(vec![summary(&all, args, began)])
}

/// The names of the commands that some mutant breaks.
#[cfg(test)]
pub fn commands() -> anyhow::Result<std::collections::BTreeSet<String>> {
    let mutants = Mutant::all(&root()?)?;
    Ok(mutants.into_iter().flat_map(|mutant| mutant.commands).collect())
}

/// The workspace that this program was built from.
pub(super) fn root() -> anyhow::Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize()
        .with_context(|| format!("{} is gone: run it on the machine that built it", root.display()))
}

/// Those with the same catcher, and in the same crate, stand together: the less is built anew.
fn chosen(mut mutants: Vec<Mutant>, args: &MutantsArgs) -> anyhow::Result<Vec<Mutant>> {
    for name in args.only.iter().chain(&args.skip) {
        if !mutants.iter().any(|mutant| mutant.name == *name) {
            bail!("no mutant is called {name:?}: `proof mutants --list` names them all");
        }
    }
    mutants.retain(|mutant| {
        (args.only.is_empty() || args.only.contains(&mutant.name))
            && !args.skip.contains(&mutant.name)
    });
    if mutants.is_empty() {
        bail!("no mutant is left to try");
    }
    let place = |mutant: &Mutant| (mutant.catcher.shop(), mutant.edits[0].file.clone());
    mutants.sort_by_cached_key(|mutant| (place(mutant), mutant.name.clone()));
    Ok(mutants)
}

fn summary(all: &[Caught], args: &MutantsArgs, began: Instant) -> Line {
    let escaped: Vec<String> = all
        .iter()
        .filter(|caught| !caught.is_certain())
        .map(|caught| match (&caught.verdict, caught.rounds.of) {
            (Verdict::Broken(_), 0 | 1) => format!("{} (broken)", caught.mutant.name),
            (_, 0 | 1) => caught.mutant.name.clone(),
            _ => format!("{} ({})", caught.mutant.name, caught.counts()),
        })
        .collect();
    let took = began.elapsed().as_secs();
    Line {
        tried: "mutants".to_owned(),
        times: format!("{} deliberate bugs", all.len()),
        verdict: verdicts::Verdict::of(escaped.is_empty()),
        remark: match escaped.is_empty() {
            true if args.repeat > 1 => format!("each was caught {} times; {took} s", args.repeat),
            true => format!("each was caught; {took} s"),
            false => format!("not caught: {}; {took} s", escaped.join(", ")),
        },
    }
}
