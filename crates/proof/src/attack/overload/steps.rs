//! The overload itself: the peak, what an order takes at 70% of it, then several times the peak,
//! each time with a calm before and after.

use super::{
    attempts::{Attempts, End, Times},
    clients::{self, Door},
    memory::Memory,
    regulars,
    schedule::{Phase, Schedule},
};
use crate::{
    measure::figures::median,
    stage::sites::Teller,
    verdicts::{Line, Verdict},
};
use std::time::Duration;

const PEAKS: u32 = 3;
const CALM_SHARE: f64 = 0.7;
const CALM: Duration = Duration::from_secs(1);
/// The first rush is taken for a burst and kept: how long it takes to serve is not counted.
const RUSH: Duration = Duration::from_secs(2);
const RECOVERS_WITHIN: Duration = Duration::from_secs(5);
const GOODPUT: f64 = 0.9;
const SLOWER: f64 = 3.0;
const REFUSAL_MS: f64 = 10.0;
/// The p99 of a window of half a second is that of its two slowest: it scatters.
const BACK: f64 = 1.5;
/// Beyond that the clients, and not the shop, are what is measured.
const CLIENT_DELAY_MS: f64 = 20.0;

pub struct Steps<'s> {
    pub door: Door,
    pub pid: u32,
    pub teller: &'s Teller,
    pub run_time: Duration,
    pub name: String,
}

/// What one overload did.
struct Step {
    factor: f64,
    offered: f64,
    goodput: f64,
    accepted: Times,
    refused: Times,
    delays: Times,
    memory: Memory,
    recovery: Option<Duration>,
    lost: Option<String>,
}

impl Steps<'_> {
    /// The peak, and a line for each overload.
    pub async fn run(&self, factors: &[f64]) -> anyhow::Result<(f64, Vec<Line>)> {
        let mut rates = Vec::new();
        for _ in 0..PEAKS {
            rates.push(regulars::rate(&self.door, self.teller, self.run_time / 2).await?);
        }
        let peak = median(rates.into_iter()).unwrap_or_default();
        eprintln!("{}: the peak is {peak:.0} orders/s", self.name);
        let calm = self.calm(peak).await?;
        let mut lines = Vec::new();
        for &factor in factors {
            let step = self.overload(peak, factor, calm).await?;
            lines.push(self.line(peak, calm, &step));
        }
        Ok((peak, lines))
    }

    async fn calm(&self, peak: f64) -> anyhow::Result<Times> {
        let lasts = CALM + self.run_time;
        let schedule = Schedule(vec![Phase { per_s: peak * CALM_SHARE, lasts }]);
        let attempts = clients::run(self.door.clone(), schedule).await?;
        let times = attempts.times(&(CALM..lasts), End::Accepted);
        let refused = attempts.count(End::Refused);
        eprintln!("{}: at 70% {times:.1?}, {refused} refused", self.name);
        Ok(times)
    }

    async fn overload(&self, peak: f64, factor: f64, calm: Times) -> anyhow::Result<Step> {
        let quiet = |lasts| Phase { per_s: peak * CALM_SHARE, lasts };
        let loud = Phase { per_s: peak * factor, lasts: RUSH + self.run_time };
        let after = RECOVERS_WITHIN;
        let schedule = Schedule(vec![quiet(CALM), loud, quiet(after)]);
        let end = CALM + loud.lasts;
        let during = CALM + RUSH..end;
        let before = self.teller.orders().await?;
        let (attempts, memory) = tokio::try_join!(
            clients::run(self.door.clone(), schedule),
            Memory::of(self.pid, during.start, self.run_time)
        )?;
        let stored = self.teller.orders().await? - before;
        let step = Step {
            factor,
            offered: attempts.offered(&during),
            goodput: attempts.goodput(&during),
            accepted: attempts.times(&during, End::Accepted),
            refused: attempts.times(&during, End::Refused),
            delays: attempts.delays(&during),
            memory,
            recovery: attempts.recovery(&(end..end + after), calm.p99_ms * BACK),
            lost: lost(&attempts, stored),
        };
        let Step { offered, goodput, accepted, refused, delays, .. } = &step;
        eprintln!(
            "{}: {factor}x: {offered:.0}/s sent, {goodput:.0}/s acknowledged, {accepted:.1?}, refused {refused:.1?}, sent late by {delays:.1?}",
            self.name
        );
        Ok(step)
    }

    /// What was seen, and in capitals what breaks a rule.
    fn line(&self, peak: f64, calm: Times, step: &Step) -> Line {
        let Step { accepted, refused, memory, .. } = step;
        let (share, slower) = (step.goodput / peak, accepted.p99_ms / calm.p99_ms);
        let recovery = match step.recovery {
            Some(time) => format!("recovered after {:.1} s", time.as_secs_f64()),
            None => format!("not recovered within {RECOVERS_WITHIN:?}"),
        };
        let rules = [
            (share >= GOODPUT, format!("goodput {:.0}%", share * 100.0)),
            (
                slower <= SLOWER && accepted.count > 0,
                format!("p99 {:.0} ms, {slower:.1} times that at 70%", accepted.p99_ms),
            ),
            (
                refused.p99_ms <= REFUSAL_MS && refused.count > 0,
                format!("refused in {:.1} ms", refused.p99_ms),
            ),
            (memory.is_flat(), format!("{:.0} MiB, then {:.0}", memory.first, memory.last)),
            (step.recovery.is_some_and(|time| time <= RECOVERS_WITHIN), recovery),
        ];
        let shown = |(holds, what): &(bool, String)| match holds {
            true => what.clone(),
            false => what.to_uppercase(),
        };
        let mut remarks: Vec<String> = rules.iter().map(shown).collect();
        if step.delays.p99_ms > CLIENT_DELAY_MS {
            remarks.push(format!("but the clients sent {:.0} ms late", step.delays.p99_ms));
        }
        remarks.extend(step.lost.clone());
        let holds = rules.iter().all(|(holds, _)| *holds) && step.lost.is_none();
        Line {
            tried: format!(
                "overload, {} times the peak of {peak:.0}/s, {}",
                step.factor, self.name
            ),
            times: format!(
                "{:.0} sent in {} s",
                step.offered * self.run_time.as_secs_f64(),
                self.run_time.as_secs()
            ),
            verdict: Verdict::of(holds),
            remark: remarks.join("; "),
        }
    }
}

/// What the clients were told, and what the shop has.
fn lost(attempts: &Attempts, stored: u64) -> Option<String> {
    let (accepted, unknown) = (attempts.count(End::Accepted), attempts.count(End::Unknown));
    let is_sound = accepted <= stored && stored <= accepted + unknown;
    (!is_sound || unknown > 0).then(|| {
        format!("{accepted} acknowledged, {unknown} without an answer, {stored} in the shop")
    })
}
