//! What strangers cost the orders: the same clients with and without them, in turns.

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
use std::time::Duration;
use tokio::time::{Instant, sleep};

const COST: f64 = 0.1;
const ROUNDS: usize = 3;
/// From their leaving until the shop has forgotten them.
const REST: Duration = Duration::from_millis(500);

/// What was seen with one kind of strangers.
struct Visit {
    kind: Kind,
    rates: Vec<f64>,
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
        |kind| Visit { kind, rates: Vec::new(), newcomer: Duration::ZERO, there: String::new() };
    let mut visits = Kind::ALL.map(none);
    let mut alone = Vec::new();
    for _ in 0..ROUNDS {
        alone.push(regulars::rate(door, teller, run_time).await?);
        for visit in &mut visits {
            let strangers = Strangers::come(visit.kind, &door.target).await?;
            let rate = regulars::rate(door, teller, run_time);
            let (rate, waited) = tokio::try_join!(rate, come_new(door))?;
            visit.rates.push(rate);
            visit.newcomer = visit.newcomer.max(waited);
            visit.there = strangers.leave(visit.kind)?;
            sleep(REST).await;
        }
    }
    let alone = median(alone.into_iter()).unwrap_or_default();
    Ok(visits.into_iter().map(|visit| visit.line(name, alone)).collect())
}

impl Visit {
    fn line(self, name: &str, alone: f64) -> Line {
        let Visit { kind, rates, newcomer, there } = self;
        let rate = median(rates.into_iter()).unwrap_or_default();
        let cost = 1.0 - rate / alone;
        let newcomer_ms = newcomer.as_secs_f64() * 1000.0;
        Line {
            tried: format!("{kind}, {name}"),
            times: format!("{ROUNDS} rounds"),
            verdict: Verdict::of(cost < COST),
            remark: format!(
                "cost {:.1}% of {alone:.0} orders/s; {there}; a newcomer waited {newcomer_ms:.0} ms",
                cost * 100.0
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
