//! One round on one engine: every kind of run once.

use super::{
    BenchArgs, PRODUCTS, Part, disk,
    orders::{Buyers, Orders},
    reads,
    results::{Kind, Results},
};
use crate::{
    measure::{alone, crowd::Crowd, figures::Figures, limit},
    stage::{baskets::Mix, servers::Sutler, sites::Site},
};
use anyhow::Context;
use load::Scenario;

const CONNECTIONS: [u32; 3] = [32, 256, 1000];
const HOT_CONNECTIONS: [u32; 2] = [32, 256];
const CLIENTS: u32 = 256;
const PACE: f64 = 0.7;

/// One engine's place in one round.
struct Round<'b> {
    site: &'b Site,
    args: &'b BenchArgs,
    /// For the progress that people see.
    name: &'b str,
    results: &'b mut Results,
}

pub async fn measure(
    site: &Site,
    sutler: Option<&Sutler>,
    args: &BenchArgs,
    name: &str,
    results: &mut Results,
) -> anyhow::Result<()> {
    results.add_fdatasync(site.engine, disk::fdatasync_ms(&site.disk())?);
    let mut round = Round { site, args, name, results };
    if args.measures(Part::Store) {
        round.store().await?;
    }
    if let Some(sutler) = sutler {
        if args.measures(Part::Orders) {
            round.orders(sutler).await?;
        }
        if args.measures(Part::Reads) {
            round.reads(sutler).await?;
        }
    }
    Ok(())
}

impl Round<'_> {
    fn add(&mut self, kind: Kind, figures: Figures) {
        eprintln!("{}: {kind}: {:.0} per second", self.name, figures.per_s);
        self.results.add(self.site.engine, kind, figures);
    }

    async fn store(&mut self) -> anyhow::Result<()> {
        let mix = Mix { products: PRODUCTS, lines: 1, is_hot: false };
        let crowd = Crowd { clients: CLIENTS, mix, run_time: self.args.run_time };
        let limit = limit::measure(self.site, &crowd).await.context("measuring the limit")?;
        self.add(Kind::Limit, limit);
        let store = alone::measure(self.site, &crowd).await.context("measuring the store")?;
        self.add(Kind::Store, store);
        Ok(())
    }

    async fn orders(&mut self, sutler: &Sutler) -> anyhow::Result<()> {
        let run_time = self.args.run_time;
        let spread = |connections| Orders {
            connections,
            scenario: Scenario::Order,
            buyers: Buyers::One,
            is_counted: true,
            rate: None,
            run_time,
        };
        let mut peak = 0.0_f64;
        for connections in CONNECTIONS {
            let kind = Kind::Spread(connections);
            peak = peak.max(self.order(kind, spread(connections), sutler).await?);
            if HOT_CONNECTIONS.contains(&connections) {
                let hot = Orders { scenario: Scenario::Hot, ..spread(connections) };
                self.order(Kind::Hot(connections), hot, sutler).await?;
                let uncounted = Orders { is_counted: false, ..spread(connections) };
                self.order(Kind::Uncounted(connections), uncounted, sutler).await?;
            }
        }
        // An order that falls due must find a free connection: as many as there are.
        let most = CONNECTIONS.into_iter().max().unwrap_or(CLIENTS);
        let paced = Orders { rate: Some(peak * PACE), ..spread(most) };
        self.order(Kind::Paced, paced, sutler).await?;
        Ok(())
    }

    /// Returns the rate.
    async fn order(&mut self, kind: Kind, orders: Orders, sutler: &Sutler) -> anyhow::Result<f64> {
        let figures = orders.measure(self.site, sutler).await;
        let figures = figures.with_context(|| format!("measuring {kind}"))?;
        let per_s = figures.per_s;
        self.add(kind, figures);
        Ok(per_s)
    }

    async fn reads(&mut self, sutler: &Sutler) -> anyhow::Result<()> {
        let measured = reads::measure(self.site, sutler, self.args.run_time).await;
        let (list, bare) = measured.context("measuring product lists")?;
        self.add(Kind::List, list);
        if let Some(bare) = bare {
            self.add(Kind::Bare, bare);
        }
        Ok(())
    }
}
