//! How fast a shop completes what waits: orders are placed while the staff move them, which they do not do, and
//! then the shop is opened anew, and completes each at once.

use super::Stand;
use crate::{
    measure::figures::Figures,
    stage::sites::{Shop, Teller},
};
use anyhow::{Context, bail, ensure};
use std::time::{Duration, Instant};

const ORDERS: u64 = 100_000;
/// An order is begun with, and completed.
const EVENTS: u64 = 2;
const POLL: Duration = Duration::from_millis(20);
const WITHIN: Duration = Duration::from_secs(600);

impl Stand<'_> {
    pub async fn drain(&self) -> anyhow::Result<Figures> {
        let shop = self.site.fresh().await?;
        let teller = shop.teller().await?;
        self.place(&shop, &teller).await?;
        let (waiting, before) = (teller.pending().await?, teller.position().await?);
        let end = before + EVENTS * waiting;
        let settings = [("SUTLER_PROCESSING", "instant"), ("SUTLER_PROCESSING_AFTER", "0s")];
        let server = self.sutler.serve_with(&shop, &settings).await?;
        let meter = self.site.meter(server.pid(), None)?;
        wait_for(&teller, before + 1).await?;
        let (start, first) = (meter.read().await?, teller.position().await?);
        wait_for(&teller, end).await?;
        let figures = start.figures(&meter.read().await?, (end.saturating_sub(first)) / EVENTS);
        ensure!(first < end, "{waiting} orders are too few to see how fast they are completed");
        let left = teller.pending().await?;
        ensure!(left == 0, "{left} of {waiting} orders still wait");
        server.stop()?;
        shop.audit().await?;
        self.site.remove(shop).await?;
        Ok(figures)
    }

    /// Until so many wait, those of the seed included.
    async fn place(&self, shop: &Shop, teller: &Teller) -> anyhow::Result<()> {
        let server = self.sutler.serve_with(shop, &[("SUTLER_PROCESSING", "manual")]).await?;
        let orders = super::Orders { run_time: WITHIN, ..self.orders() };
        let mut load = orders.load(&server, self.sutler)?;
        let (most, since) = (self.scaled(ORDERS), Instant::now());
        while teller.orders().await? < most {
            if since.elapsed() > WITHIN || load.try_wait()?.is_some() {
                bail!("there are not {most} orders, and no more are placed");
            }
            tokio::time::sleep(POLL).await;
        }
        load.kill().and_then(|()| load.wait()).context("ending the load")?;
        server.stop()
    }
}

async fn wait_for(teller: &Teller, position: u64) -> anyhow::Result<()> {
    let since = Instant::now();
    while teller.position().await? < position {
        if since.elapsed() > WITHIN {
            bail!("{} orders still wait after {WITHIN:?}", teller.pending().await?);
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}
