//! The physical limit of the design on this machine: the same rows, in the same schema, as durable,
//! in batches by one writer with hand-written statements; no rules, no HTTP. Batches gather as in
//! the store: the crowd's clients put their orders into a plain queue and wait, the writer takes
//! all that have come while it committed. After a run the store's own audit checks the rows.

mod postgres;
mod queue;
mod sqlite;
#[cfg(test)]
mod tests;

use crate::{
    measure::{
        crowd::{Crowd, Desk},
        figures::Figures,
    },
    stage::{
        baskets::{Basket, Mix},
        durations,
        engines::Engine,
        sites::{PAST_ORDERS, Shop, Site},
    },
};
use queue::Queue;
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};
use store::Location;

/// Measure the physical limit: the same rows by hand-written statements
#[derive(clap::Args, Clone, Debug)]
pub struct LimitArgs {
    /// On which engine
    #[arg(long = "store", value_enum)]
    pub engine: Engine,

    /// How long to measure, after a second of warming up
    #[arg(long, default_value = "5s", value_parser = durations::parse)]
    pub run_time: Duration,

    /// Clients in this process, each with one order outstanding
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub clients: u32,

    /// Over how many products the orders spread
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub products: u32,

    /// Order one product only
    #[arg(long)]
    pub hot: bool,

    /// Lines per order
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub lines: u32,

    /// Print the figures as JSON
    #[arg(long)]
    pub json: bool,
}

impl LimitArgs {
    pub fn crowd(&self) -> Crowd {
        let lines = self.lines.min(self.products);
        let mix = Mix { products: self.products, lines, is_hot: self.hot };
        Crowd { clients: self.clients, mix, run_time: self.run_time }
    }
}

/// The name of the thread that writes.
const THREAD: &str = "limit";

/// The queue and the thread behind it.
struct Counter {
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<anyhow::Result<()>>>>,
}

impl Desk for Counter {
    async fn place(&self, basket: Basket) -> anyhow::Result<()> {
        match self.queue.push(basket).await {
            Some(_number) => Ok(()),
            None => Err(self.failure()),
        }
    }

    fn batches(&self) -> u64 {
        self.queue.batches()
    }
}

impl Counter {
    fn open(shop: &Shop) -> anyhow::Result<Counter> {
        let queue = Arc::new(Queue::default());
        let (location, orders) = (shop.location.clone(), queue.clone());
        let write = move || {
            let done = match location {
                Location::Sqlite(path) => sqlite::write_until_closed(&path, &orders),
                Location::Postgres(config) => postgres::write_until_closed(&config, &orders),
            };
            orders.close();
            done
        };
        let thread = std::thread::Builder::new().name(THREAD.into()).spawn(write)?;
        Ok(Counter { queue, thread: Mutex::new(Some(thread)) })
    }

    /// Why the thread has ended, or will.
    fn failure(&self) -> anyhow::Error {
        self.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        match thread.map(JoinHandle::join) {
            Some(Ok(Err(error))) => error,
            Some(Err(_)) => anyhow::anyhow!("the writing thread panicked"),
            Some(Ok(Ok(()))) | None => anyhow::anyhow!("the writing thread has ended"),
        }
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.failure();
    }
}

pub async fn run(args: LimitArgs) -> anyhow::Result<()> {
    let site = Site::open(args.engine, args.products, PAST_ORDERS).await?;
    let figures = measure(&site, &args.crowd()).await?;
    print(&args, "the limit", &figures)
}

pub async fn measure(site: &Site, crowd: &Crowd) -> anyhow::Result<Figures> {
    let shop = site.fresh().await?;
    let meter = site.meter(std::process::id(), Some(THREAD))?;
    let figures = crowd.run(Arc::new(Counter::open(&shop)?), &meter).await?;
    shop.audit().await?;
    site.remove(shop).await?;
    Ok(figures)
}

pub fn print(args: &LimitArgs, what: &str, figures: &Figures) -> anyhow::Result<()> {
    if args.json {
        println!("{}", serde_json::to_string_pretty(figures)?);
        return Ok(());
    }
    let value = |value: Option<f64>| value.map_or("n/a".to_owned(), |value| format!("{value:.1}"));
    println!("{what} on {}: {:.0} orders/s", args.engine, figures.per_s);
    println!("  CPU us/order, all of this process and Postgres  {}", value(figures.cpu_us));
    println!("  CPU us/order, writer's thread and Postgres      {}", value(figures.writer_cpu_us));
    println!(
        "  CPU us/order, Postgres alone                    {}",
        value(figures.database_cpu_us)
    );
    println!("  p50 ms                                          {}", value(figures.p50_ms));
    println!("  p99 ms                                          {}", value(figures.p99_ms));
    println!("  bytes to disk per order                         {}", value(figures.disk_bytes));
    println!("  orders per commit                               {}", value(figures.batch));
    Ok(())
}
