//! What it costs orders that many carts end at once: the same clients order on, before it, meanwhile, and for as
//! long again afterwards, so that the rates are of one shop and of one minute: what a database does now and then, as
//! its checkpoints, falls into the quiet as well.

use super::{
    orders::{Orders, wait_for_more},
    shops::Deed,
};
use crate::{
    measure::{crowd::WARM_UP, figures::Figures},
    stage::{
        holders::{Ended, Holders},
        servers::Sutler,
        sites::Site,
    },
};
use anyhow::{Context, bail};
use std::time::{Duration, Instant};

/// So many carts end at once.
pub const CARTS: u64 = 10_000;
const POLL: Duration = Duration::from_millis(50);
/// Whoever looks for carts that are over does so every few seconds.
const BEGINS_WITHIN: Duration = Duration::from_secs(30);
const ENDS_WITHIN: Duration = Duration::from_secs(120);

/// Orders before and after, orders meanwhile, and carts given back.
pub async fn measure(
    orders: Orders,
    products: u64,
    site: &Site,
    sutler: &Sutler,
) -> anyhow::Result<[(Deed, Figures); 3]> {
    let shop = site.seed()?;
    Holders { carts: CARTS, products }.fill(site.engine, &shop).await?;
    let server = sutler.serve(&shop).await?;
    let (meter, teller) = (site.meter(server.pid(), None)?, shop.teller().await?);
    let before = teller.orders().await?;
    let run_time = orders.run_time;
    // Its clients stay until all is over.
    let stays = run_time + BEGINS_WITHIN + 2 * ENDS_WITHIN;
    let mut load = Orders { run_time: stays, ..orders }.load(&server, sutler)?;
    wait_for_more(|| teller.orders(), before).await?;
    tokio::time::sleep(WARM_UP).await;
    let (start, first) = (meter.read().await?, teller.orders().await?);
    tokio::time::sleep(run_time).await;
    let before = start.figures(&meter.read().await?, teller.orders().await? - first);

    let ended = Ended::now(&shop).await?;
    let all = ended.left(&shop).await?;
    wait_for_fewer(|| ended.left(&shop), all, BEGINS_WITHIN).await?;
    let (start, first, since) = (meter.read().await?, teller.orders().await?, Instant::now());
    let left = ended.left(&shop).await?;
    wait_for_fewer(|| ended.left(&shop), 1, ENDS_WITHIN).await?;
    let took = since.elapsed();
    let meanwhile = start.figures(&meter.read().await?, teller.orders().await? - first);
    let (start, first) = (meter.read().await?, teller.orders().await?);
    tokio::time::sleep(took).await;
    let after = start.figures(&meter.read().await?, teller.orders().await? - first);
    let quiet = Figures {
        per_s: (before.per_s * run_time.as_secs_f64() + after.per_s * took.as_secs_f64())
            / (run_time + took).as_secs_f64(),
        ..after
    };
    load.kill().and_then(|()| load.wait()).context("ending the load")?;
    server.stop()?;
    let per_s = left as f64 / took.as_secs_f64();
    eprintln!("  {left} carts were given back in {:.1} s", took.as_secs_f64());
    let given_back = Figures { per_s, ..Figures::default() };
    Ok([
        (Deed::OrdersBefore, quiet),
        (Deed::OrdersMeanwhile, meanwhile),
        (Deed::CartsEnded, given_back),
    ])
}

async fn wait_for_fewer(
    left: impl AsyncFn() -> anyhow::Result<u64>,
    than: u64,
    within: Duration,
) -> anyhow::Result<()> {
    let started = Instant::now();
    loop {
        let left = left().await?;
        if left < than {
            return Ok(());
        }
        if started.elapsed() > within {
            bail!("{left} carts are still there, {within:?} after their time");
        }
        tokio::time::sleep(POLL).await;
    }
}
