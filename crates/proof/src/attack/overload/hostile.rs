//! What strangers cost the orders: the same clients with and without them, in turns. A machine's pace
//! drifts, so each visit is compared with the quiet just before and just after it.

use super::{
    clients::Door,
    regulars,
    strangers::{Kind, Strangers},
};
use crate::{
    measure::figures::median,
    stage::sites::Teller,
    verdicts::{Line, Verdict},
};
use anyhow::Context;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const COST: f64 = 0.1;
const ROUNDS: usize = 5;
/// From their leaving until the shop has forgotten them.
const REST: Duration = Duration::from_millis(500);

/// What was seen with one kind of strangers.
struct Visit {
    kind: Kind,
    /// What the orders lost, of one, in each round.
    costs: Vec<f64>,
    /// The longest.
    newcomer: Duration,
    there: String,
}

pub async fn run(
    name: &str,
    door: &Door,
    teller: &Teller,
    run_time: Duration,
) -> anyhow::Result<Vec<Line>> {
    let none =
        |kind| Visit { kind, costs: Vec::new(), newcomer: Duration::ZERO, there: String::new() };
    let mut visits = Kind::ALL.map(none);
    let mut quiet = vec![regulars::rate(door, teller, run_time).await?];
    for _ in 0..ROUNDS {
        for visit in &mut visits {
            let before = *quiet.last().context("measured first")?;
            let strangers = Strangers::come(visit.kind, &door.target).await?;
            let rate = regulars::rate(door, teller, run_time);
            let (rate, waited) = tokio::try_join!(rate, come_new(door))?;
            visit.newcomer = visit.newcomer.max(waited);
            visit.there = strangers.leave(visit.kind)?;
            sleep(REST).await;
            let after = regulars::rate(door, teller, run_time).await?;
            visit.costs.push(cost(before, rate, after));
            quiet.push(after);
        }
    }
    let quiet = median(quiet.into_iter()).unwrap_or_default();
    Ok(visits.into_iter().map(|visit| visit.line(name, quiet)).collect())
}

fn cost(before: f64, with: f64, after: f64) -> f64 {
    1.0 - with / f64::midpoint(before, after)
}

impl Visit {
    fn line(self, name: &str, quiet: f64) -> Line {
        let Visit { kind, costs, newcomer, there } = self;
        let newcomer_ms = newcomer.as_secs_f64() * 1000.0;
        let percent = |cost: f64| cost * 100.0;
        let rounds: Vec<String> =
            costs.iter().map(|cost| format!("{:.0}", percent(*cost))).collect();
        // Nothing measured is nothing shown.
        let cost = median(costs.into_iter()).unwrap_or(1.0);
        Line {
            tried: format!("{kind}, {name}"),
            times: format!("{ROUNDS} rounds"),
            verdict: Verdict::of(cost < COST),
            remark: format!(
                "cost {:.1}% of {quiet:.0} orders/s (rounds: {}); {there}; a newcomer waited \
                 {newcomer_ms:.0} ms",
                percent(cost),
                rounds.join(", "),
            ),
        }
    }
}

/// How long the first answer takes on a connection of its own.
async fn come_new(door: &Door) -> anyhow::Result<Duration> {
    sleep(Duration::from_secs(1)).await;
    let (mut connection, mut text) = door.connection();
    text.get(format_args!("/health/live"), "");
    let started = Instant::now();
    connection.open().await?;
    connection.exchange(text.text(), started).await?;
    Ok(started.elapsed())
}
