//! Orders on their way: what they cost beside those who follow the events and work on orders, how fast those that
//! wait are worked off, what is told of all of them, and what another system hands over.

mod beside;
mod counted;
mod drain;
mod follower;
mod intake;

use super::{
    BenchArgs, PRODUCTS,
    orders::{Buyers, Orders},
    results::{Kind, Results},
    targets::{Bound, Target},
};
use crate::{
    measure::figures::Figures,
    stage::{
        engines::Engine,
        servers::Sutler,
        sites::{PAST_ORDERS, Site},
    },
};
use anyhow::Context;
use counted::Counted;
use load::Scenario;
use std::fmt;

const CONNECTIONS: u32 = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// Orders where nobody follows the events, and nobody works on orders.
    Alone,
    /// Beside those who look for something to do, and find nothing.
    Idle,
    /// As a shop comes: its orders are counted.
    Tallied,
    /// Beside those who have more to do than they can.
    Busy,
    /// What they do meanwhile.
    Completed,
    Letters,
    Told,
    /// Orders that wait, worked off.
    Drained,
    /// The first count of a shop with a past, and what it tells then.
    Counted,
    Metrics,
    /// Orders of another system.
    Intake,
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Flow::Alone => "HTTP orders, nobody beside them",
            Flow::Idle => "HTTP orders, all beside them idle",
            Flow::Tallied => "HTTP orders, figures counted",
            Flow::Busy => "HTTP orders, all beside them busy",
            Flow::Completed => "orders completed, beside those",
            Flow::Letters => "letters sent, beside those",
            Flow::Told => "events streamed, beside those",
            Flow::Drained => "pending orders completed",
            Flow::Counted => "orders counted for the first time",
            Flow::Metrics => "figures of orders, counted shop",
            Flow::Intake => "HTTP intake, 1,000 connections",
        })
    }
}

/// What is measured on one engine.
struct Stand<'b> {
    /// A thousand products, and ten thousand orders that wait.
    site: Site,
    counted: Counted,
    args: &'b BenchArgs,
    sutler: &'b Sutler,
}

pub async fn measure(
    args: &BenchArgs,
    sutler: &Sutler,
    results: &mut Results,
) -> anyhow::Result<()> {
    let mut stands = Vec::new();
    for engine in &args.engines {
        stands.push(Stand::open(*engine, args, sutler).await?);
    }
    for round in 1..=args.rounds {
        for stand in &stands {
            let engine = stand.site.engine;
            for (flow, figures) in stand.once(round as usize).await? {
                let (kind, rate, rounds) = (Kind::Flow(flow), figures.per_s, args.rounds);
                eprintln!("round {round} of {rounds}, {engine}: {kind}: {rate:.0} per second");
                results.add(engine, kind, figures);
            }
        }
    }
    for engine in &args.engines {
        for flow in [Flow::Idle, Flow::Tallied, Flow::Busy] {
            let (cpu, time) = (costs(results, *engine, flow), lasts(results, *engine, flow));
            let [cpu, time] = [cpu, time].map(Option::unwrap_or_default);
            let kind = Kind::Flow(flow);
            eprintln!("{engine}: {kind}: {cpu:.2} of the CPU, {time:.2} of the time");
        }
    }
    Ok(())
}

impl Stand<'_> {
    async fn open<'b>(
        engine: Engine,
        args: &'b BenchArgs,
        sutler: &'b Sutler,
    ) -> anyhow::Result<Stand<'b>> {
        let site = Site::open(engine, PRODUCTS, PAST_ORDERS).await?;
        let seed = site.seed()?;
        sutler.create_customer(&seed).await?;
        sutler.create_staff(&seed).await?;
        let orders = (args.counted as f64 * args.scale).ceil() as u64;
        let counted = Counted::open(engine, orders, sutler).await?;
        Ok(Stand { site, counted, args, sutler })
    }

    async fn once(&self, round: usize) -> anyhow::Result<Vec<(Flow, Figures)>> {
        let mut all = Vec::new();
        // What is measured first in a round finds a machine that has just done something else.
        let mut turns = beside::ALL;
        let first = round % turns.len();
        turns.rotate_left(first);
        for flow in turns {
            let found = self.beside(flow).await;
            all.extend(found.with_context(|| format!("measuring {flow}"))?);
        }
        let drained = self.drain().await.context("measuring how orders are worked off")?;
        all.push((Flow::Drained, drained));
        let told = self.counted.measure(self.args, self.sutler).await;
        all.extend(told.context("measuring the figures of orders")?);
        let intake = self.take_in().await.context("measuring orders of another system")?;
        all.push((Flow::Intake, intake));
        Ok(all)
    }

    fn orders(&self) -> Orders {
        Orders {
            connections: CONNECTIONS,
            scenario: Scenario::Order,
            buyers: Buyers::One,
            is_counted: true,
            rate: None,
            run_time: self.args.run_time,
        }
    }

    /// A part of it, where all is only tried.
    fn scaled(&self, number: u64) -> u64 {
        (number as f64 * self.args.scale).ceil() as u64
    }
}

/// What an order costs beside others, to what it costs alone.
fn costs(results: &Results, engine: Engine, flow: Flow) -> Option<f64> {
    let kinds = (Kind::Flow(flow), Kind::Flow(Flow::Alone));
    results.ratio(engine, kinds, Figures::served_cpu_us)
}

/// The same of the time from one order to the next.
fn lasts(results: &Results, engine: Engine, flow: Flow) -> Option<f64> {
    let kinds = (Kind::Flow(Flow::Alone), Kind::Flow(flow));
    results.ratio(engine, kinds, |run| Some(run.per_s))
}

/// What flows as it should. Where nothing is done beside orders, what they cost is steadier than their rate; where
/// much is done its cost is no order's, and what orders miss is their rate.
pub fn targets(results: &Results, engine: Engine) -> Vec<Target> {
    use Bound::{AtLeast, AtMost};
    let target = |what: &str, measured, bound, unit| {
        Target::new(Some(engine), what.to_owned(), measured, bound, unit)
    };
    let median = |flow| results.median(engine, Kind::Flow(flow));
    let kinds = (Kind::Flow(Flow::Drained), Kind::Flow(Flow::Alone));
    let drained = results.ratio(engine, kinds, |run| Some(run.per_s));
    vec![
        target(
            "CPU of orders, all beside them idle, to that alone",
            costs(results, engine, Flow::Idle),
            AtMost(1.05),
            "x",
        ),
        target(
            "time from order to order, all beside them busy, to that alone",
            lasts(results, engine, Flow::Busy),
            AtMost(1.3),
            "x",
        ),
        target("rate of completing to that of placing orders", drained, AtLeast(1.0), "x"),
        target(
            "p99 of the figures of orders, counted shop",
            median(Flow::Metrics).and_then(|run| run.p99_ms),
            AtMost(20.0),
            "ms",
        ),
        target(
            "failures of an intake on 1,000 connections",
            median(Flow::Intake).and_then(|run| run.failed),
            AtMost(0.0),
            "",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(results: &mut Results, flow: Flow, per_s: f64, cpu_us: f64) {
        let figures = Figures { per_s, cpu_us: Some(cpu_us), ..Figures::default() };
        results.add(Engine::Sqlite, Kind::Flow(flow), figures);
    }

    #[test]
    fn orders_beside_others_are_compared_with_those_alone_round_by_round() {
        let mut results = Results::default();
        for (alone, idle, busy) in [(1000.0, 990.0, 500.0), (2000.0, 1990.0, 1600.0)] {
            add(&mut results, Flow::Alone, alone, 50.0);
            add(&mut results, Flow::Idle, idle, 51.0);
            add(&mut results, Flow::Busy, busy, 90.0);
            add(&mut results, Flow::Drained, 2.0 * alone, 40.0);
        }
        let judged = targets(&results, Engine::Sqlite);
        let measured = |at: usize| (judged[at].measured, judged[at].holds);
        assert_eq!(measured(0), (Some(1.02), Some(true)));
        // Twice as long in one round, and a quarter longer in the other.
        assert_eq!(measured(1), (Some(1.625), Some(false)));
        assert_eq!(measured(2), (Some(2.0), Some(true)));
        assert_eq!((measured(3), measured(4)), ((None, None), (None, None)));
    }

    #[test]
    fn one_failure_is_too_many() {
        for (failed, holds) in [(0.0, true), (1.0, false)] {
            let mut results = Results::default();
            let figures = Figures { failed: Some(failed), ..Figures::default() };
            results.add(Engine::Postgres, Kind::Flow(Flow::Intake), figures);
            assert_eq!(targets(&results, Engine::Postgres)[4].holds, Some(holds));
        }
    }
}
