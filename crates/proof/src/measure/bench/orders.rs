//! Orders over HTTP: a `sutler` that serves a fresh copy of the shop, and `sutler load` against it.
//! How many orders there were is the shop's own count at the two ends of the measurement, so that
//! logging in and warming up are in no figure; how long they took is what the clients saw. What goes into
//! carts the shop does not count: that is the clients' rate.

use crate::{
    measure::{crowd::WARM_UP, figures::Figures},
    stage::{
        servers::{PASSWORD, Server, Sutler, USERNAME},
        shops::CUSTOMER,
        sites::{Shop, Site, Teller},
    },
};
use anyhow::{Context, bail};
use load::{Kind, Report, Scenario};
use std::{
    path::PathBuf,
    process::{Output, Stdio},
    time::{Duration, Instant},
};
use testbed::processes;

/// From the start of the load to its first order: logging in, and learning the products.
const BEGINS_WITHIN: Duration = Duration::from_secs(60);
/// The measurement ends before the load does.
const MARGIN: Duration = Duration::from_millis(200);
const POLL: Duration = Duration::from_millis(5);
/// All guests of a bench come from one address.
const ANY_GUESTS: (&str, &str) = ("SUTLER_GUEST_UNITS_MOST", "1000000000");
const UNCOUNTED: [(&str, &str); 2] =
    [("SUTLER_RATE_LIMIT_ADDRESS", "0"), ("SUTLER_RATE_LIMIT_CALLER", "0")];

pub struct Orders {
    pub connections: u32,
    pub scenario: Scenario,
    pub buyers: Buyers,
    /// Whether the shop counts who asks how often. It never finds it too often here.
    pub is_counted: bool,
    /// Orders per second, whether or not they are answered in time.
    pub rate: Option<f64>,
    pub run_time: Duration,
}

/// Who orders, and what.
#[derive(Clone, Debug)]
pub enum Buyers {
    /// One customer, a thousand products.
    One,
    /// A customer for each connection, and so many products.
    Many { products: u64 },
    /// Customers who come once, each with a token in the file, and so many products. What they do first is
    /// not measured: the shop has seen all of them, and their carts if they have any.
    Once { first: Scenario, customers: u64, tokens: PathBuf, products: u64 },
}

impl Orders {
    pub async fn measure(&self, site: &Site, sutler: &Sutler) -> anyhow::Result<Figures> {
        let shop = site.fresh().await?;
        let figures = self.measure_in(&shop, site, sutler).await?;
        shop.audit().await?;
        site.remove(shop).await?;
        Ok(figures)
    }

    /// In a shop that stays, with what is ordered in it.
    pub async fn measure_in(
        &self,
        shop: &Shop,
        site: &Site,
        sutler: &Sutler,
    ) -> anyhow::Result<Figures> {
        let mut settings = vec![ANY_GUESTS];
        if !self.is_counted {
            settings.extend(UNCOUNTED);
        }
        let server = sutler.serve_with(shop, &settings).await?;
        if let Buyers::Once { first, .. } = self.buyers {
            let run_time = BEGINS_WITHIN;
            let before = Orders { scenario: first, buyers: self.buyers.clone(), run_time, ..*self };
            finish(before.load(&server, sutler)?).await.context("what they do first")?;
        }
        let figures = self.run(site, shop, &server, sutler).await?;
        server.stop()?;
        Ok(figures)
    }

    /// What is counted.
    fn kind(&self) -> Kind {
        match self.scenario {
            Scenario::Cart => Kind::Add,
            Scenario::Checkout => Kind::Checkout,
            Scenario::Guest => Kind::Guest,
            _ => Kind::Order,
        }
    }

    /// In a shop that somebody has opened.
    pub async fn run(
        &self,
        site: &Site,
        shop: &Shop,
        server: &Server,
        sutler: &Sutler,
    ) -> anyhow::Result<Figures> {
        let meter = site.meter(server.pid(), None)?;
        let teller = shop.teller().await?;
        let begun = async || match self.scenario {
            Scenario::Guest => teller.commits().await,
            _ => teller.orders().await,
        };
        let before = begun().await?;
        let load = tokio::spawn(finish(self.load(server, sutler)?));
        wait_for_more(begun, before).await?;
        // Where those who come once are few, it is measured while they last.
        let most = |of_20| match self.buyers {
            Buyers::Once { customers, .. } => before + customers * of_20 / 20,
            _ => u64::MAX,
        };
        wait(&teller, WARM_UP, most(5)).await?;
        let (start, first) = (meter.read().await?, teller.orders().await?);
        let since = Instant::now();
        wait(&teller, self.run_time.saturating_sub(MARGIN), most(19)).await?;
        let (end, last) = (meter.read().await?, teller.orders().await?);
        let took = since.elapsed();
        let (report, kind) = (load.await??, self.kind());
        let orders = report.kinds.get(&kind).context("nothing was ordered")?;
        if orders.succeeded < orders.requests {
            eprintln!(
                "  of {} of kind {} {} were refused and {} failed: {:?} {:?}",
                orders.requests,
                kind.name(),
                orders.refusals.values().sum::<u64>(),
                orders.transport_errors.values().sum::<u64>(),
                orders.refusals,
                orders.transport_errors
            );
        }
        if report.unsent > 0 {
            eprintln!("  the load fell behind: {} orders were not sent", report.unsent);
        }
        let share = orders.succeeded as f64 / orders.requests.max(1) as f64;
        let number = match kind.places_an_order() {
            true => last - first,
            false => (orders.requests_per_s * share * took.as_secs_f64()) as u64,
        };
        Ok(Figures {
            p50_ms: Some(orders.latency.p50_ms),
            p99_ms: Some(orders.latency.p99_ms),
            ..start.figures(&end, number)
        })
    }

    pub fn load(&self, server: &Server, sutler: &Sutler) -> anyhow::Result<std::process::Child> {
        let mut command = sutler.command();
        let seconds = |time: Duration| format!("{}ms", time.as_millis());
        command.args(["load", "--json", "--password", PASSWORD]);
        command.args(["--url", &format!("http://{}", server.address)]);
        command.args(["--scenario", self.scenario.name()]);
        match &self.buyers {
            Buyers::Once { tokens, products, .. } => command
                .args(["--numbered", "--products", &products.to_string(), "--once", "--tokens"])
                .arg(tokens),
            Buyers::One => command.args(["--username", USERNAME, "--products", "1000"]),
            // Guests log in nowhere: what is measured begins with the first of them.
            Buyers::Many { products } if !self.scenario.needs_account() => {
                command.args(["--numbered", "--products", &products.to_string()])
            }
            Buyers::Many { products } => command
                .args(["--username", &format!("{CUSTOMER}{{}}"), "--numbered"])
                .args(["--accounts", &self.connections.to_string()])
                .args(["--products", &products.to_string()]),
        };
        command.args(["--users", &self.connections.to_string()]);
        let warm_up = match self.buyers {
            // They may be few enough to be through before.
            Buyers::Once { .. } => Duration::ZERO,
            _ => WARM_UP,
        };
        let run_time = self.run_time + (WARM_UP - warm_up);
        command.args(["--warm-up", &seconds(warm_up), "--run-time", &seconds(run_time)]);
        if let Some(rate) = self.rate {
            command.args(["--rate", &format!("{rate:.0}")]);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        processes::spawn(command).context("starting sutler load")
    }
}

pub async fn finish(load: std::process::Child) -> anyhow::Result<Report> {
    let output: Output = tokio::task::spawn_blocking(move || load.wait_with_output()).await??;
    if !output.status.success() {
        bail!("sutler load failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("reading the report of sutler load")
}

/// Until the time is over, or there are so many orders.
async fn wait(teller: &Teller, time: Duration, most: u64) -> anyhow::Result<()> {
    let over = Instant::now() + time;
    while most < u64::MAX && Instant::now() < over {
        if teller.orders().await? >= most {
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
    tokio::time::sleep_until(over.into()).await;
    Ok(())
}

/// Until there are more orders than there were.
pub async fn wait_for_more(
    orders: impl AsyncFn() -> anyhow::Result<u64>,
    before: u64,
) -> anyhow::Result<()> {
    let started = Instant::now();
    while orders().await? <= before {
        if started.elapsed() > BEGINS_WITHIN {
            bail!("nothing was ordered within {BEGINS_WITHIN:?}");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}
