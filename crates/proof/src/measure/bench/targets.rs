//! What the figures should be, and whether they are.

use super::{
    catalogs::{Read, Size},
    flow,
    results::{Kind, Results},
    sheets::Sheet,
    shops,
};
use crate::{measure::figures::Figures, stage::engines::Engine};
use serde::Serialize;

#[derive(Debug, PartialEq, Serialize)]
pub struct Target {
    pub engine: Option<Engine>,
    pub what: String,
    /// What was measured; none if it was not.
    pub measured: Option<f64>,
    pub bound: Bound,
    pub unit: &'static str,
    pub holds: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    pub fn new(
        engine: Option<Engine>,
        what: impl Into<String>,
        measured: Option<f64>,
        bound: Bound,
        unit: &'static str,
    ) -> Target {
        let holds = measured.map(|measured| match bound {
            Bound::AtMost(most) => measured <= most,
            Bound::AtLeast(least) => measured >= least,
        });
        Target { engine, what: what.into(), measured, bound, unit, holds }
    }
}

pub fn judged(results: &Results) -> Vec<Target> {
    let mut targets = Vec::new();
    for engine in results.engines() {
        targets.extend(of_engine(results, engine));
        targets.extend(shops::targets(results, engine));
        targets.extend(flow::targets(results, engine));
    }
    if let Some(idle) = &results.idle {
        let (mib, ms) = (Some(idle.resident_mib), Some(idle.start_ms));
        targets.push(Target::new(None, "memory of an idle demo", mib, Bound::AtMost(60.0), "MiB"));
        let what = "start of an existing shop to its first answer";
        targets.push(Target::new(None, what, ms, Bound::AtMost(300.0), "ms"));
    }
    targets
}

fn of_engine(results: &Results, engine: Engine) -> Vec<Target> {
    use Bound::{AtLeast, AtMost};
    use Kind::{Bare, Hot, Limit, List, Paced, Spread, Store, Uncounted};
    let target =
        |what: &str, measured, bound, unit| Target::new(Some(engine), what, measured, bound, unit);
    let rate = |run: &Figures| Some(run.per_s);
    let all = results.ratio(engine, (Store, Limit), |run| run.cpu_us);
    let fdatasync = results.fdatasync_ms(engine).map_or(0.0, |(best, _)| best);
    let slack_ms = match engine {
        Engine::Sqlite => 1.0,
        Engine::Postgres => 3.0,
    };
    let ms = |kind, figure: fn(&Figures) -> Option<f64>| {
        results.median(engine, kind).as_ref().and_then(figure)
    };
    let mut targets = vec![
        target("CPU of the store to the limit's, clients included", all, AtMost(1.25), "x"),
        target(
            "CPU of the store to the limit's, clients left out",
            results.cpu_ratio(engine, Store),
            AtMost(1.25),
            "x",
        ),
        target(
            "CPU of HTTP orders to the limit's, clients left out",
            results.cpu_ratio(engine, Spread(256)),
            AtMost(2.0),
            "x",
        ),
        target(
            "rate of one product to that of many, 32 connections",
            results.ratio(engine, (Hot(32), Spread(32)), rate),
            AtLeast(1.0),
            "x",
        ),
        target(
            "rate of one product to that of many, 256 connections",
            results.ratio(engine, (Hot(256), Spread(256)), rate),
            AtLeast(1.0),
            "x",
        ),
        target(
            "CPU of orders with rate limits to that without, 256 connections",
            results.ratio(engine, (Spread(256), Uncounted(256)), Figures::served_cpu_us),
            AtMost(1.03),
            "x",
        ),
        target(
            "rate of orders with rate limits to that without, 32 connections",
            results.ratio(engine, (Spread(32), Uncounted(32)), rate),
            AtLeast(0.97),
            "x",
        ),
        target(
            &format!("p50 at 32 connections: 3 fdatasyncs + {slack_ms} ms"),
            ms(Spread(32), |run| run.p50_ms),
            AtMost(3.0 * fdatasync + slack_ms),
            "ms",
        ),
        target("p99 at 70% of the peak", ms(Paced, |run| run.p99_ms), AtMost(20.0), "ms"),
        target(
            "rate of product lists to that of a bare handler",
            results.ratio(engine, (List, Bare), rate),
            AtLeast(0.8),
            "x",
        ),
    ];
    targets.extend(of_catalogs(results, engine));
    targets
}

fn of_catalogs(results: &Results, engine: Engine) -> Vec<Target> {
    let target = |what: String, measured, bound, unit| {
        Target::new(Some(engine), what, measured, bound, unit)
    };
    let mut targets = Vec::new();
    for (size, us) in [(Size::Thousand, 150.0), (Size::Million, 300.0)] {
        let cost = results.median(engine, Kind::Catalog(size, Read::Page));
        let cost = cost.as_ref().and_then(Figures::served_cpu_us);
        let what = format!("CPU of a page of 20, {size} products");
        targets.push(target(what, cost, Bound::AtMost(us), "us"));
    }
    let narrowed = results.median(engine, Kind::Catalog(Size::Million, Read::Narrowed));
    let narrowed = narrowed.and_then(|run| run.p99_ms);
    let what = "p99 of narrowed lists, 1,000,000 products".to_owned();
    targets.push(target(what, narrowed, Bound::AtMost(20.0), "ms"));
    let rows = |sheet| results.median(engine, Kind::Sheet(sheet)).map(|run| run.per_s);
    for sheet in [Sheet::Dry, Sheet::Products, Sheet::Stock] {
        targets.push(target(sheet.to_string(), rows(sheet), Bound::AtLeast(20_000.0), "rows/s"));
    }
    // Where the store takes fewer, that is what there is to be had.
    let part = rows(Sheet::Products).zip(rows(Sheet::Alone)).map(|(sheet, alone)| sheet / alone);
    let what = "rate of an import of products to that of the store alone".to_owned();
    targets.push(target(what, part, Bound::AtLeast(0.8), "x"));
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_hold_at_their_bound_and_what_was_not_measured_is_not_judged() {
        let judge = |measured, bound| Target::new(None, "it", measured, bound, "x").holds;
        assert_eq!(judge(Some(1.25), Bound::AtMost(1.25)), Some(true));
        assert_eq!(judge(Some(1.26), Bound::AtMost(1.25)), Some(false));
        assert_eq!(judge(Some(0.8), Bound::AtLeast(0.8)), Some(true));
        assert_eq!(judge(Some(0.79), Bound::AtLeast(0.8)), Some(false));
        assert_eq!(judge(None, Bound::AtMost(1.0)), None);
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        let mut results = Results::default();
        results.add_fdatasync(Engine::Sqlite, 0.5);
        for (limit, store) in [(10.0, 11.0), (20.0, 24.0), (30.0, 45.0)] {
            let run = |cpu| Figures { cpu_us: Some(cpu), ..Figures::default() };
            results.add(Engine::Sqlite, Kind::Limit, run(limit));
            results.add(Engine::Sqlite, Kind::Store, run(store));
        }
        let targets = judged(&results);
        assert_eq!(targets.len(), 30);
        assert_eq!((targets[0].measured, targets[0].holds), (Some(1.2), Some(true)));
        assert_eq!((targets[2].measured, targets[2].holds), (None, None));
    }
}
