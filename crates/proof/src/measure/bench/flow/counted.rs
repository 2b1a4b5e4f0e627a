//! What is told of many orders: a shop that has sold for a year, until now, whose orders are counted for the
//! first time in each round. While they are counted the figures are not told; then they are read again and again.

use super::{Flow, intake::ask};
use crate::{
    measure::{
        bench::{
            BenchArgs,
            reads::{Readers, status},
            shops::log_in,
        },
        figures::Figures,
    },
    stage::{
        bulk,
        engines::Engine,
        holders,
        servers::{STAFF, Server, Sutler},
        shops::Past,
        sites::{Shop, Site},
        texts,
    },
};
use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

const PATH: &str = "/api/orders/metrics";
/// So few that an answer's time is its own.
const READERS: usize = 2;
/// What happened to the last order has happened, too.
const AGO_US: i64 = 600_000_000;
const POLL: Duration = Duration::from_millis(20);
const COUNTED_WITHIN: Duration = Duration::from_secs(1800);

pub struct Counted {
    site: Site,
    orders: u64,
}

#[derive(Deserialize)]
struct Told {
    status_counts: BTreeMap<String, u64>,
}

impl Counted {
    pub async fn open(engine: Engine, orders: u64, sutler: &Sutler) -> anyhow::Result<Counted> {
        let site = Site::empty(engine).await?;
        let seed = site.seed()?;
        sutler.create_customer(&seed).await?;
        sutler.create_staff(&seed).await?;
        let (started, now) = (Instant::now(), holders::now_us()?);
        site.fill(&Past::counted(orders, u64::try_from(now - AGO_US)?)).await?;
        let (took, mib) = (started.elapsed().as_secs_f64(), mib(engine, &seed).await?);
        eprintln!("{orders} orders to be counted on {engine}: {mib} MiB, in {took:.0} s");
        Ok(Counted { site, orders })
    }

    pub async fn measure(
        &self,
        args: &BenchArgs,
        sutler: &Sutler,
    ) -> anyhow::Result<[(Flow, Figures); 2]> {
        let shop = self.site.seed()?;
        let forget = ["delete from figures", "delete from consumers"].map(str::to_owned);
        bulk::write_beside(&shop.location, forget.into())
            .await
            .context("forgetting the figures")?;
        let server = sutler.serve(&shop).await?;
        let meter = self.site.meter(server.pid(), None)?;
        let (start, since) = (meter.read().await?, Instant::now());
        let authorization = log_in(server.address, STAFF).await?;
        self.wait_until_counted(&server, &authorization).await?;
        let counted = start.figures(&meter.read().await?, self.orders);
        let (orders, took) = (self.orders, since.elapsed().as_secs_f64());
        eprintln!("  {orders} orders were counted in {took:.1} s");
        let paths = Arc::new(|_| PATH.to_owned());
        let readers = Readers { connections: READERS, authorization, paths };
        let metrics = readers.read(server.address, args.run_time, &meter).await?;
        server.stop()?;
        let metrics = metrics.context("there is no such path")?;
        Ok([(Flow::Counted, counted), (Flow::Metrics, metrics)])
    }

    async fn wait_until_counted(&self, server: &Server, authorization: &str) -> anyhow::Result<()> {
        let since = Instant::now();
        while status(server.address, PATH, authorization).await? == 503 {
            if since.elapsed() > COUNTED_WITHIN {
                bail!("the orders are not counted after {COUNTED_WITHIN:?}");
            }
            tokio::time::sleep(POLL).await;
        }
        let told: Told = ask(server.address, authorization, PATH, None).await?;
        let (orders, counted) = (self.orders, told.status_counts.values().sum::<u64>());
        ensure!(counted == orders, "of {orders} orders {counted} were counted");
        Ok(())
    }
}

/// How large the shop is.
async fn mib(engine: Engine, shop: &Shop) -> anyhow::Result<u64> {
    let sql = match engine {
        Engine::Sqlite => "select page_count * page_size from pragma_page_count, pragma_page_size",
        Engine::Postgres => "select pg_database_size(current_database())",
    };
    let found = texts::read(&shop.location, &[sql]).await?.concat().concat();
    let bytes: u64 = found.first().context("no size was told")?.parse().context("a size")?;
    Ok(bytes >> 20)
}
