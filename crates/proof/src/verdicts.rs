//! The page: what was tried, how often, and whether it held. Every part of the proof adds its lines.

use comfy_table::{Table, presets};
use std::{fmt, process::ExitCode};

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub tried: String,
    /// How often, in words: "25 cycles", "3 runs of 10 s".
    pub times: String,
    pub verdict: Verdict,
    /// What was measured, or what broke and how to see it again.
    pub remark: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Held,
    Broken,
    /// This machine cannot: the remark says why.
    NotTried,
}

impl Verdict {
    pub fn of(held: bool) -> Verdict {
        if held { Verdict::Held } else { Verdict::Broken }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Held => "held",
            Verdict::Broken => "BROKEN",
            Verdict::NotTried => "not tried",
        })
    }
}

#[derive(Clone, Debug, Default)]
pub struct Page {
    pub lines: Vec<Line>,
}

impl Page {
    fn count(&self, verdict: Verdict) -> usize {
        self.lines.iter().filter(|line| line.verdict == verdict).count()
    }

    pub fn exit_code(&self) -> ExitCode {
        match self.count(Verdict::Broken) {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(["tried", "how often", "", "remark"]);
        for line in &self.lines {
            let verdict = line.verdict.to_string();
            table.add_row([&line.tried, &line.times, &verdict, &line.remark]);
        }
        let [held, broken, not_tried] =
            [Verdict::Held, Verdict::Broken, Verdict::NotTried].map(|verdict| self.count(verdict));
        write!(f, "{table}\n\n{held} held, {broken} broken, {not_tried} not tried")
    }
}
