//! What is printed of a hunt: a line as each mutant is tried, and the table of all.

use crate::attack::mutants::{
    catching::{Rounds, Times, Verdict},
    mutant::Mutant,
};
use comfy_table::{Table, presets};

/// So much of what a catcher says fits a line.
const REMARK: usize = 100;

/// A mutant, and what became of it.
pub struct Caught {
    pub mutant: Mutant,
    pub verdict: Verdict,
    pub times: Times,
    pub rounds: Rounds,
}

impl Caught {
    /// Every time, and never without the mutant: not by luck.
    pub fn is_certain(&self) -> bool {
        self.verdict.is_caught() && self.rounds.without == 0
    }

    /// How often with the mutant and without, where that was asked for.
    pub fn counts(&self) -> String {
        let Rounds { with, without, of } = self.rounds;
        match of {
            0 | 1 => String::new(),
            _ => format!("{with}/{of} with, {without}/{of} without"),
        }
    }

    fn time(&self) -> String {
        format!("{:.1} s", (self.times.build + self.times.run).as_secs_f64())
    }

    fn end(&self) -> String {
        match &self.verdict {
            Verdict::Caught(what) => format!("caught: {}", shortened(what)),
            Verdict::Hangs => "caught: it hangs".to_owned(),
            Verdict::Survived => "SURVIVED".to_owned(),
            Verdict::Broken(why) => format!("BROKEN: {}", shortened(why)),
        }
    }

    pub fn line(&self) -> String {
        let Times { build, run } = self.times;
        let (build, run) = (build.as_secs_f64(), run.as_secs_f64());
        let (name, end, counts) = (&self.mutant.name, self.end(), self.counts());
        format!("{name:<36} {build:>5.1} + {run:>5.1} s  {counts}  {end}")
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(REMARK) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

pub fn list(mutants: &[Mutant]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["mutant", "what it does", "catcher"]);
    for mutant in mutants {
        table.add_row([&mutant.name, &mutant.what, &mutant.catcher.words()]);
    }
    table
}

pub fn table(all: &[Caught]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["mutant", "catcher", "", "", "time"]);
    for caught in all {
        let verdict = if caught.is_certain() { "caught" } else { "NOT CAUGHT" };
        let Mutant { name, catcher, .. } = &caught.mutant;
        table.add_row([name, &catcher.words(), verdict, &caught.counts(), &caught.time()]);
    }
    table
}

pub fn markdown(all: &[Caught]) -> String {
    let mut text = String::from("| bug | commands | breaks | catcher | time |\n");
    text.push_str("|---|---|---|---|---:|\n");
    for caught in all {
        let Mutant { what, promise, commands, catcher, .. } = &caught.mutant;
        let commands = match commands.is_empty() {
            true => "all".to_owned(),
            false => commands.join(", "),
        };
        let catcher = match caught.verdict.is_caught() {
            true => catcher.words(),
            false => format!("**none** ({})", catcher.words()),
        };
        let (promise, time) = (promise.words(), caught.time());
        text.push_str(&format!("| {what} | {commands} | {promise} | {catcher} | {time} |\n"));
    }
    text
}
