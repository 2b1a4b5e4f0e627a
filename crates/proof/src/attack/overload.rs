//! Offer more than the shop can take: the real server, real clients that retry, and strangers.
//!
//! Two processors cannot offer ten times what they can serve, so the writer is throttled, and
//! only the writer: everything before it is at its usual pace.

mod attempts;
mod clients;
mod hostile;
mod memory;
mod regulars;
mod schedule;
mod steps;
mod strangers;
mod throttle;

use crate::{
    stage::{
        durations,
        engines::Engine,
        servers::{PASSWORD, Server, Sutler, USERNAME},
        sites::{Shop, Site},
    },
    verdicts::Line,
};
use anyhow::bail;
use clients::Door;
use load::{Session, Target};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::time::Duration;
use steps::Steps;

const PRODUCTS: u32 = 1000;
const PAST_ORDERS: u32 = 10_000;
/// More than there are strangers: at the cap a shop lets nobody new in.
const MAX_CONNECTIONS: &str = "14000";
const FILES: u64 = 15_000;

/// Offer more than the shop can take
#[derive(clap::Args, Clone, Debug)]
pub struct OverloadArgs {
    /// Which databases
    #[arg(long, value_delimiter = ',', default_values = ["sqlite", "postgres"])]
    engines: Vec<Engine>,

    /// How long each overload is measured
    #[arg(long, default_value = "10s", value_parser = durations::parse)]
    run_time: Duration,

    /// How many times the peak to offer
    #[arg(long, value_delimiter = ',', default_values = ["2", "5", "10"])]
    steps: Vec<f64>,
}

pub async fn run(args: OverloadArgs) -> anyhow::Result<Vec<Line>> {
    let sutler = Sutler::with_failpoints()?;
    allow_files()?;
    eprintln!("the writer is throttled: {}", throttle::IN_WORDS);
    let mut lines = Vec::new();
    for &engine in &args.engines {
        let site = Site::open(engine, PRODUCTS, PAST_ORDERS).await?;
        sutler.create_customer(&site.seed()?).await?;
        sutler.create_staff(&site.seed()?).await?;
        let shop = site.fresh().await?;
        let mut settings = vec![("SUTLER_MAX_CONNECTIONS", MAX_CONNECTIONS)];
        settings.extend(throttle::SETTINGS);
        let server = sutler.serve_with(&shop, &settings).await?;
        lines.extend(measure(&args, engine, &shop, &server).await?);
        server.stop()?;
        shop.audit().await?;
        site.remove(shop).await?;
    }
    Ok(lines)
}

async fn measure(
    args: &OverloadArgs,
    engine: Engine,
    shop: &Shop,
    server: &Server,
) -> anyhow::Result<Vec<Line>> {
    let target = Target { addr: server.address, host: server.address.to_string() };
    let session = Session::log_in(&target, USERNAME.to_owned(), PASSWORD.to_owned()).await?;
    let door = Door { target, authorization: session.token().authorization };
    let teller = shop.teller().await?;
    let steps = Steps {
        door: door.clone(),
        pid: server.pid(),
        teller: &teller,
        run_time: args.run_time,
        name: engine.to_string(),
    };
    let (peak, mut lines) = steps.run(&args.steps).await?;
    let name = format!("{engine}, writer throttled to {peak:.0}/s");
    lines.extend(hostile::run(&name, &door, &teller, args.run_time / 3).await?);
    Ok(lines)
}

/// A server that is started inherits it.
fn allow_files() -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.maximum.is_some_and(|most| most < FILES) {
        bail!("{FILES} open files are needed: raise the limit with `ulimit -Hn {FILES}`");
    }
    if limit.current.is_some_and(|now| now < FILES) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(FILES), ..limit })?;
    }
    Ok(())
}
