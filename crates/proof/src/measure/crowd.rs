//! Clients in this process, each with one order outstanding: the next is sent when the last is
//! answered. The limit and the store meet the same crowd, on the same runtime, so its own cost is
//! the same in both.

use crate::{
    measure::{
        figures::{Figures, quantile},
        meters::Meter,
    },
    stage::baskets::{Basket, Mix},
};
use anyhow::Context;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use uuid::Uuid;

pub const WARM_UP: Duration = Duration::from_secs(1);

/// Where orders are placed. The answer comes after the commit.
pub trait Desk: Send + Sync + 'static {
    fn place(&self, basket: Basket) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Commits so far.
    fn batches(&self) -> u64;
}

pub struct Crowd {
    pub clients: u32,
    pub mix: Mix,
    pub run_time: Duration,
}

const WARMING_UP: u8 = 0;
const MEASURING: u8 = 1;
const OVER: u8 = 2;

#[derive(Default)]
struct Progress {
    phase: AtomicU8,
    placed: AtomicU64,
}

impl Crowd {
    pub async fn run(&self, desk: Arc<impl Desk>, meter: &Meter) -> anyhow::Result<Figures> {
        let progress = Arc::<Progress>::default();
        let mut clients = JoinSet::new();
        for _ in 0..self.clients {
            clients.spawn(order_until_over(desk.clone(), progress.clone(), self.mix));
        }
        tokio::time::sleep(WARM_UP).await;
        let (start, placed, batches) =
            (meter.read().await?, progress.placed.load(Relaxed), desk.batches());
        progress.phase.store(MEASURING, Relaxed);
        tokio::time::sleep(self.run_time).await;
        let (end, orders) = (meter.read().await?, progress.placed.load(Relaxed) - placed);
        let batches = desk.batches() - batches;
        progress.phase.store(OVER, Relaxed);
        let mut latencies_us = Vec::new();
        while let Some(client) = clients.join_next().await {
            latencies_us.extend(client.context("a client panicked")??);
        }
        latencies_us.sort_unstable();
        let ms = |share| quantile(&latencies_us, share).map(|us| us / 1000.0);
        Ok(Figures {
            p50_ms: ms(0.5),
            p99_ms: ms(0.99),
            batch: (batches > 0).then(|| orders as f64 / batches as f64),
            ..start.figures(&end, orders)
        })
    }
}

/// A customer of its own. Returns the latencies of what was measured.
async fn order_until_over(
    desk: Arc<impl Desk>,
    progress: Arc<Progress>,
    mix: Mix,
) -> anyhow::Result<Vec<u32>> {
    let owner = Uuid::now_v7();
    let mut latencies_us = Vec::new();
    loop {
        let phase = progress.phase.load(Relaxed);
        if phase == OVER {
            return Ok(latencies_us);
        }
        let started = Instant::now();
        desk.place(mix.draw(owner)).await?;
        progress.placed.fetch_add(1, Relaxed);
        if phase != WARMING_UP {
            latencies_us.push(u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
    }
}
