//! The store alone: commands through its writer, in process, without HTTP.

use crate::{
    measure::{
        crowd::{Crowd, Desk},
        figures::Figures,
        limit::{self, LimitArgs},
    },
    stage::{
        baskets::Basket,
        sites::{PAST_ORDERS, Shop, Site, currency},
    },
};
use anyhow::bail;
use domain::{Currency, Done};
use std::sync::{Arc, atomic::Ordering::Relaxed};
use store::{Answered, Limits, Writer};

/// Measure the store alone: commands in process, no HTTP
#[derive(clap::Args, Debug)]
pub struct StoreArgs {
    #[command(flatten)]
    same: LimitArgs,
}

/// The name of the writer's thread.
const THREAD: &str = "writer";

struct Counter {
    writer: Writer,
    currency: Currency,
}

impl Desk for Counter {
    async fn place(&self, basket: Basket) -> anyhow::Result<()> {
        let (who, order) = basket.into_order(self.currency);
        match self.writer.send(who, order).await {
            Ok(Answered { done: Done::Now(_), commit: Some(_) }) => Ok(()),
            other => bail!("the store placed no order: {other:?}"),
        }
    }

    fn batches(&self) -> u64 {
        self.writer.counts.batches.load(Relaxed)
    }
}

pub async fn run(args: StoreArgs) -> anyhow::Result<()> {
    let site = Site::open(args.same.engine, args.same.products, PAST_ORDERS).await?;
    let figures = measure(&site, &args.same.crowd()).await?;
    limit::print(&args.same, "the store alone", &figures)
}

pub async fn measure(site: &Site, crowd: &Crowd) -> anyhow::Result<Figures> {
    let shop = site.fresh().await?;
    let figures = place_orders(site, &shop, crowd).await?;
    shop.audit().await?;
    site.remove(shop).await?;
    Ok(figures)
}

async fn place_orders(site: &Site, shop: &Shop, crowd: &Crowd) -> anyhow::Result<Figures> {
    let writer = Writer::start(shop.location.writer(), Limits::default())?;
    let desk = Arc::new(Counter { writer, currency: currency()? });
    let meter = site.meter(std::process::id(), Some(THREAD))?;
    crowd.run(desk, &meter).await
}
