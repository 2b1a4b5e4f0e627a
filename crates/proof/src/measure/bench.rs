//! `proof bench`: everything in one go, on both engines, in interleaved rounds, so that what else
//! the machine does disturbs all alike. What is printed are medians.
//!
//! The costs of the limit and the store are shown with their clients and without; a server's are
//! those of its process and its database's, never the load generator's.

mod catalogs;
mod chart;
mod disk;
mod ends;
mod flow;
mod idle;
mod orders;
mod reads;
mod results;
mod rounds;
mod sheets;
mod shops;
mod table;
mod targets;

use crate::stage::{
    durations,
    engines::Engine,
    servers::Sutler,
    sites::{PAST_ORDERS, Site},
};
use anyhow::Context;
use std::{path::PathBuf, time::Duration};

pub use results::Results;

/// Measure everything against the limit, on both engines
#[derive(clap::Args, Debug)]
pub struct BenchArgs {
    /// How often everything is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,

    /// How long each measurement takes, after a second of warming up
    #[arg(long, default_value = "4s", value_parser = durations::parse)]
    run_time: Duration,

    /// On which engines
    #[arg(long, value_enum, value_delimiter = ',', default_value = "sqlite,postgres")]
    engines: Vec<Engine>,

    /// What is measured: all of it, unless something is named
    #[arg(long, value_enum, value_delimiter = ',')]
    parts: Vec<Part>,

    /// How large the shop with a past is, of the part `shops`, and how much flows in the part `flow`: less
    /// than 1 to try them
    #[arg(long, default_value_t = 1.0, value_parser = scale)]
    scale: f64,

    /// How many orders the shop has whose figures are read, of the part `flow`: ten million of them take some
    /// ten GB
    #[arg(long, default_value_t = 1_000_000, value_name = "ORDERS")]
    counted: u64,

    /// Where results.json and bench.svg are written, too
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The limit and the store alone
    Store,
    /// Orders over HTTP
    Orders,
    /// Product lists over HTTP
    Reads,
    /// Lists and details of small and of large catalogs, over HTTP
    Catalogs,
    /// Sheets on their way in
    Sheets,
    /// Orders, carts and histories in a shop with a million orders
    Shops,
    /// Orders beside what follows them, orders that are worked off, figures of orders, orders of other systems
    Flow,
    /// What a shop costs that nobody visits
    Idle,
}

const PRODUCTS: u32 = 1000;

fn scale(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(scale) if (0.001..=1.0).contains(&scale) => Ok(scale),
        _ => Err("a number from 0.001 to 1".to_owned()),
    }
}

impl BenchArgs {
    fn measures(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }
}

pub async fn run(args: BenchArgs) -> anyhow::Result<()> {
    let mut results = Results::default();
    let measures = |parts: &[Part]| parts.iter().any(|part| args.measures(*part));
    let needs_server = measures(&[
        Part::Orders,
        Part::Reads,
        Part::Catalogs,
        Part::Sheets,
        Part::Shops,
        Part::Flow,
        Part::Idle,
    ]);
    let sutler = match needs_server {
        true => Some(Sutler::beside_this()?),
        false => None,
    };
    if args.measures(Part::Idle)
        && let Some(sutler) = &sutler
    {
        results.idle = Some(idle::measure(sutler).await.context("measuring an idle shop")?);
    }
    let mut sites = Vec::new();
    let stocked = measures(&[Part::Store, Part::Orders, Part::Reads]);
    for engine in args.engines.iter().filter(|_| stocked) {
        let site = Site::open(*engine, PRODUCTS, PAST_ORDERS).await?;
        if let Some(sutler) = &sutler {
            sutler.create_customer(&site.seed()?).await?;
        }
        sites.push(site);
    }
    for round in 1..=args.rounds {
        for site in &sites {
            let said = format!("round {round} of {}, {}", args.rounds, site.engine);
            rounds::measure(site, sutler.as_ref(), &args, &said, &mut results).await?;
        }
    }
    drop(sites);
    if let Some(sutler) = &sutler {
        measure_shops(&args, sutler, &mut results).await?;
    }
    let targets = targets::judged(&results);
    println!("{}", table::runs(&results));
    println!("{}", table::targets(&targets));
    if let Some(dir) = &args.out {
        std::fs::create_dir_all(dir)?;
        std::fs::write(dir.join("results.json"), results.to_json(&targets)?)?;
        std::fs::write(dir.join("bench.svg"), chart::svg(&results))?;
        println!("Written to {}: results.json and bench.svg", dir.display());
    }
    Ok(())
}

/// What is measured in shops of its own.
async fn measure_shops(
    args: &BenchArgs,
    sutler: &Sutler,
    results: &mut Results,
) -> anyhow::Result<()> {
    if args.measures(Part::Sheets) {
        sheets::measure(args, sutler, results).await.context("measuring sheets")?;
    }
    if args.measures(Part::Catalogs) {
        catalogs::measure(args, sutler, results).await.context("measuring catalogs")?;
    }
    if args.measures(Part::Shops) {
        shops::measure(args, sutler, results).await.context("measuring shops")?;
    }
    if args.measures(Part::Flow) {
        flow::measure(args, sutler, results).await.context("measuring what flows")?;
    }
    Ok(())
}
