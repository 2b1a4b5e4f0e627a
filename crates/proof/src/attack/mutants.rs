//! Break the code on purpose, and see that it is noticed. A mutant is one deliberate bug in a file
//! under `mutants/`: what a tired developer would write, which promise it breaks, and what should
//! catch it. Each is built and run in a copy of the sources; all of them have to be caught.

mod catching;
mod mutant;
mod report;
mod tree;
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
    let mut hunt = Hunt::prepare(&root, &mutants)?;
    let mut all = Vec::with_capacity(mutants.len());
    for mutant in mutants {
        let (verdict, times) = hunt.catch(&mutant)?;
        let caught = Caught { mutant, verdict, times };
        eprintln!("{}", caught.line());
        all.push(caught);
    }
    hunt.end()?;
    match args.markdown {
        true => println!("\n{}", report::markdown(&all)),
        false => eprintln!("\n{}", report::table(&all)),
    }
    Ok(vec![summary(&all, began)])
}

/// The workspace that this program was built from.
fn root() -> anyhow::Result<PathBuf> {
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

fn summary(all: &[Caught], began: Instant) -> Line {
    let escaped: Vec<String> = all
        .iter()
        .filter(|caught| !caught.verdict.is_caught())
        .map(|caught| match &caught.verdict {
            Verdict::Broken(_) => format!("{} (broken)", caught.mutant.name),
            _ => caught.mutant.name.clone(),
        })
        .collect();
    let took = began.elapsed().as_secs();
    Line {
        tried: "mutants".to_owned(),
        times: format!("{} deliberate bugs", all.len()),
        verdict: verdicts::Verdict::of(escaped.is_empty()),
        remark: match escaped.is_empty() {
            true => format!("each was caught; {took} s"),
            false => format!("not caught: {}; {took} s", escaped.join(", ")),
        },
    }
}
