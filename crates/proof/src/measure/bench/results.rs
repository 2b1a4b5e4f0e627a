//! All that was measured: per engine and kind of run, one entry per round.

use super::{
    catalogs::{Read, Size},
    flow::Flow,
    sheets::Sheet,
    shops::Deed,
    targets::Target,
};
use crate::{
    measure::figures::{Figures, median, median_ratio},
    stage::engines::Engine,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Limit,
    Store,
    /// Orders over HTTP on so many connections.
    Spread(u32),
    /// The same with no rate limits.
    Uncounted(u32),
    Hot(u32),
    /// Spread orders at 70% of the rate that the round had found to be the highest.
    Paced,
    List,
    Bare,
    /// What is read of a catalog of some size.
    Catalog(Size, Read),
    Sheet(Sheet),
    /// What is done in a shop with a past, or in one that has none.
    Shop(Deed),
    /// Orders on their way, what works beside them, and what is told of them.
    Flow(Flow),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Limit => f.pad("limit"),
            Kind::Store => f.pad("store alone"),
            Kind::Spread(connections) => write!(f, "HTTP orders, {connections} connections"),
            Kind::Uncounted(connections) => {
                write!(f, "HTTP orders, no rate limits, {connections} connections")
            }
            Kind::Hot(connections) => {
                write!(f, "HTTP orders, one product, {connections} connections")
            }
            Kind::Paced => f.pad("HTTP orders at 70% of the peak"),
            Kind::List => f.pad("HTTP product lists"),
            Kind::Bare => f.pad("HTTP bare handler"),
            Kind::Sheet(sheet) => sheet.fmt(f),
            Kind::Shop(deed) => deed.fmt(f),
            Kind::Flow(flow) => flow.fmt(f),
            Kind::Catalog(size, read) => write!(f, "{read}, {size} products"),
        }
    }
}

/// What a shop costs that nobody visits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Idle {
    pub resident_mib: f64,
    pub start_ms: f64,
}

#[derive(Default)]
pub struct Results {
    runs: BTreeMap<(Engine, Kind), Vec<Figures>>,
    fdatasync_ms: BTreeMap<Engine, Vec<f64>>,
    pub idle: Option<Idle>,
}

impl Results {
    pub fn add(&mut self, engine: Engine, kind: Kind, figures: Figures) {
        self.runs.entry((engine, kind)).or_default().push(figures);
    }

    pub fn add_fdatasync(&mut self, engine: Engine, ms: f64) {
        self.fdatasync_ms.entry(engine).or_default().push(ms);
    }

    pub fn engines(&self) -> Vec<Engine> {
        let ran: BTreeSet<Engine> = self.runs.keys().map(|(engine, _)| *engine).collect();
        ran.into_iter().collect()
    }

    /// The kinds that were measured on an engine.
    pub fn kinds(&self, engine: Engine) -> impl Iterator<Item = Kind> {
        self.runs.keys().filter(move |(on, _)| *on == engine).map(|(_, kind)| *kind)
    }

    pub fn rounds(&self, engine: Engine, kind: Kind) -> &[Figures] {
        self.runs.get(&(engine, kind)).map(Vec::as_slice).unwrap_or_default()
    }

    pub fn median(&self, engine: Engine, kind: Kind) -> Option<Figures> {
        let rounds = self.rounds(engine, kind);
        (!rounds.is_empty()).then(|| Figures::median(rounds))
    }

    pub fn ratio(
        &self,
        engine: Engine,
        kinds: (Kind, Kind),
        figure: fn(&Figures) -> Option<f64>,
    ) -> Option<f64> {
        median_ratio(self.rounds(engine, kinds.0), self.rounds(engine, kinds.1), figure)
    }

    /// What an order costs beyond its clients, in the process and the database, as a multiple of
    /// what it costs the limit.
    pub fn cpu_ratio(&self, engine: Engine, kind: Kind) -> Option<f64> {
        self.ratio(engine, (kind, Kind::Limit), Figures::served_cpu_us)
    }

    /// Of the best round, and the median of all. Targets are judged by the best: on a machine with
    /// no processor to spare, a sync waits for one, and the disk looks slower than it is.
    pub fn fdatasync_ms(&self, engine: Engine) -> Option<(f64, f64)> {
        let rounds = self.fdatasync_ms.get(&engine)?;
        let best = rounds.iter().copied().min_by(f64::total_cmp)?;
        Some((best, median(rounds.iter().copied())?))
    }

    pub fn to_json(&self, targets: &[Target]) -> anyhow::Result<String> {
        let runs = self.runs.iter().map(|((engine, kind), rounds)| {
            serde_json::json!({
                "engine": engine,
                "run": kind.to_string(),
                "median": Figures::median(rounds),
                "rounds": rounds,
            })
        });
        let text = serde_json::to_string_pretty(&serde_json::json!({
            "runs": runs.collect::<Vec<_>>(),
            "fdatasync_ms": self.fdatasync_ms,
            "idle": self.idle,
            "targets": targets,
        }))?;
        Ok(text + "\n")
    }
}
