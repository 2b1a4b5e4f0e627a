//! What orders, carts and histories cost in a shop that has a year behind it: a million products, ten million
//! entries in its ledger, a million orders, a tenth of them one customer's. It is filled once and stays, so that
//! it has what was ordered in earlier rounds; the empty one beside it is a fresh copy each time. Of either,
//! 256 customers order one unit of one product, of all that there are, and check out carts with one.

use super::{
    BenchArgs, ends,
    orders::{Buyers, Orders},
    reads::{Readers, status},
    results::{Kind, Results},
    targets::{Bound, Target},
};
use crate::{
    measure::figures::Figures,
    stage::{
        engines::Engine,
        holders,
        servers::{PASSWORD, Sutler, USERNAME},
        sessions::Sessions,
        shops::{Past, REGULARS_SHARE},
        sites::{Shop, Site},
    },
};
use anyhow::Context;
use load::{Scenario, Session, Target as Address};
use std::{fmt, sync::Arc, time::Instant};

const CONNECTIONS: u32 = 256;
/// So few that an answer's time is its own.
const READERS: usize = 2;
const PAGE: u64 = 10;
/// The deepest pages of a history, each as often as any other.
const DEEPEST: u64 = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Orders in a shop that has just opened.
    EmptyOrders,
    Orders,
    /// Units into carts of five products. One request in a hundred checks out, and is not counted.
    Adds,
    /// A unit each into the cart of a guest who has none yet. All are gone afterwards.
    FirstAdds,
    /// Of sixty thousand customers, each of whom comes once.
    OrdersOnce,
    /// Of as many, of carts that have a line each.
    Checkouts,
    /// Orders of so many clients before and after ten thousand carts end, and of the same while they do.
    OrdersBefore,
    OrdersMeanwhile,
    /// Meanwhile: carts of three lines, given back.
    CartsEnded,
    /// The first page of a customer who has a tenth of all orders.
    FirstPage,
    /// The last thousand pages of his, by cursor.
    LastPages,
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Deed::EmptyOrders => "HTTP orders, empty shop",
            Deed::Orders => "HTTP orders, full shop",
            Deed::Adds => "HTTP adds to carts, full shop",
            Deed::FirstAdds => "HTTP first adds of guests, full shop",
            Deed::OrdersOnce => "HTTP orders, each another's, full shop",
            Deed::Checkouts => "HTTP checkouts, each another's, full shop",
            Deed::OrdersBefore => "HTTP orders, before and after carts end",
            Deed::OrdersMeanwhile => "HTTP orders, while 10,000 carts end",
            Deed::CartsEnded => "carts given back, beside orders",
            Deed::FirstPage => "history, page 1, full shop",
            Deed::LastPages => "history, pages 9,001 to 10,000, full shop",
        })
    }
}

/// Both shops on one engine.
struct Stand {
    full: Site,
    empty: Site,
    past: Past,
    has_carts: bool,
}

pub async fn measure(
    args: &BenchArgs,
    sutler: &Sutler,
    results: &mut Results,
) -> anyhow::Result<()> {
    let mut stands = Vec::new();
    for engine in &args.engines {
        stands.push(Stand::open(*engine, args.scale, sutler).await?);
    }
    for round in 1..=args.rounds {
        for stand in &stands {
            let mut add = |deed, figures: Figures| {
                let (engine, kind) = (stand.full.engine, Kind::Shop(deed));
                let (rate, rounds) = (figures.per_s, args.rounds);
                eprintln!("round {round} of {rounds}, {engine}: {kind}: {rate:.0} per second");
                results.add(engine, kind, figures);
            };
            for deed in stand.deeds() {
                let figures = stand.once(deed, args, sutler).await;
                add(deed, figures.with_context(|| format!("measuring {deed}"))?);
            }
            if stand.has_carts {
                let (orders, products) = (stand.orders(args), stand.past.products);
                let ends = ends::measure(orders, products, &stand.full, sutler).await;
                let ends = ends.context("measuring the end of carts")?;
                ends.into_iter().for_each(|(deed, figures)| add(deed, figures));
            }
        }
    }
    for stand in &stands {
        let sound = stand.full.seed()?.audit().await;
        sound.with_context(|| format!("the full shop on {}", stand.full.engine))?;
    }
    Ok(())
}

impl Stand {
    async fn open(engine: Engine, scale: f64, sutler: &Sutler) -> anyhow::Result<Stand> {
        let past = Past::full(scale);
        let (full, empty) = (Site::empty(engine).await?, Site::empty(engine).await?);
        for (site, past) in [(&full, past), (&empty, Past::empty())] {
            sutler.create_customer(&site.seed()?).await?;
            let started = Instant::now();
            site.fill(&past).await?;
            eprintln!(
                "{} products and {} orders on {engine}, in {:.0} s",
                past.products,
                past.orders,
                started.elapsed().as_secs_f64()
            );
        }
        let server = sutler.serve(&empty.seed()?).await?;
        let authorization = log_in(server.address, USERNAME).await?;
        let has_carts = status(server.address, "/api/cart", &authorization).await? != 404;
        server.stop()?;
        if !has_carts {
            eprintln!("  without carts: the shop has none at /api/cart");
        }
        Ok(Stand { full, empty, past, has_carts })
    }

    fn deeds(&self) -> Vec<Deed> {
        let mut deeds = vec![Deed::EmptyOrders, Deed::Orders];
        if self.has_carts {
            deeds.extend([Deed::Adds, Deed::FirstAdds, Deed::OrdersOnce, Deed::Checkouts]);
        }
        deeds.extend([Deed::FirstPage, Deed::LastPages]);
        deeds
    }

    async fn once(&self, deed: Deed, args: &BenchArgs, sutler: &Sutler) -> anyhow::Result<Figures> {
        let orders = self.orders(args);
        let seed = self.full.seed()?;
        let of = async |orders: Orders| orders.measure_in(&seed, &self.full, sutler).await;
        // No cart that is left is in the way of the next.
        let emptied = async |figures| holders::clear(&seed).await.and(figures);
        match deed {
            Deed::EmptyOrders => {
                let buyers = Buyers::Many { products: Past::empty().products };
                Orders { buyers, ..orders }.measure(&self.empty, sutler).await
            }
            Deed::FirstPage | Deed::LastPages => self.read(deed, args, sutler).await,
            Deed::Orders | Deed::OrdersBefore | Deed::OrdersMeanwhile | Deed::CartsEnded => {
                of(orders).await
            }
            Deed::Adds => emptied(of(Orders { scenario: Scenario::Cart, ..orders }).await).await,
            Deed::FirstAdds => {
                emptied(of(Orders { scenario: Scenario::Guest, ..orders }).await).await
            }
            Deed::OrdersOnce | Deed::Checkouts => {
                let (first, scenario) = match deed {
                    Deed::Checkouts => (Scenario::Cart, Scenario::Checkout),
                    _ => (Scenario::Browse, Scenario::Order),
                };
                let buyers = self.all_customers(first, &seed, sutler).await?;
                emptied(of(Orders { scenario, buyers, ..orders }).await).await
            }
        }
    }

    /// All customers of the full shop, who do something else once before.
    async fn all_customers(
        &self,
        first: Scenario,
        shop: &Shop,
        sutler: &Sutler,
    ) -> anyhow::Result<Buyers> {
        let Past { customers, products, .. } = self.past;
        let sessions = Sessions { customers };
        sessions.open(self.full.engine, shop).await?;
        let server = sutler.serve(shop).await?;
        let issued = log_in(server.address, USERNAME).await?;
        server.stop()?;
        let issued = issued.trim().rsplit(' ').next().unwrap_or_default();
        let tokens = sessions.tokens(issued, sutler.secret(), shop)?;
        Ok(Buyers::Once { first, customers, tokens, products })
    }

    /// Of the full shop's products.
    fn orders(&self, args: &BenchArgs) -> Orders {
        Orders {
            connections: CONNECTIONS,
            scenario: Scenario::Order,
            buyers: Buyers::Many { products: self.past.products },
            is_counted: true,
            rate: None,
            run_time: args.run_time,
        }
    }

    async fn read(&self, deed: Deed, args: &BenchArgs, sutler: &Sutler) -> anyhow::Result<Figures> {
        let server = sutler.serve(&self.full.seed()?).await?;
        let authorization = log_in(server.address, USERNAME).await?;
        let meter = self.full.meter(server.pid(), None)?;
        let orders = self.past.of_regular();
        let paths = Arc::new(move |n| match deed {
            Deed::LastPages => deep(orders, n),
            _ => format!("/api/orders/orders?limit={PAGE}"),
        });
        let readers = Readers { connections: READERS, authorization, paths };
        let figures = readers.read(server.address, args.run_time, &meter).await?;
        server.stop()?;
        figures.context("there is no such path")
    }
}

/// Somebody's header line.
pub async fn log_in(address: std::net::SocketAddr, username: &str) -> anyhow::Result<String> {
    let address = Address::resolve(&format!("http://{address}")).await?;
    let session = Session::log_in(&address, username.to_owned(), PASSWORD.to_owned()).await?;
    Ok(session.token().authorization.to_string())
}

/// One of the last pages of a customer with so many orders; the very last comes first.
fn deep(orders: u64, n: u64) -> String {
    let pages = orders / PAGE;
    let page = pages - n * 7919 % DEEPEST.min(pages.saturating_sub(1)).max(1);
    // Every tenth order is his, and the newest come first: this one ends the page before.
    let number = REGULARS_SHARE * (orders + 1 - (page - 1) * PAGE);
    let cursor: String = number.to_string().bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("/api/orders/orders?limit={PAGE}&cursor={cursor}")
}

/// What a full shop should be able to do.
pub fn targets(results: &Results, engine: Engine) -> Vec<Target> {
    use Bound::{AtLeast, AtMost};
    let target = |what: &str, measured, bound, unit| {
        Target::new(Some(engine), what.to_owned(), measured, bound, unit)
    };
    let of = |deed, to| {
        let kinds = (Kind::Shop(deed), Kind::Shop(to));
        results.ratio(engine, kinds, |run| Some(run.per_s))
    };
    let p99 = |deed| results.median(engine, Kind::Shop(deed)).and_then(|run| run.p99_ms);
    let least = match engine {
        Engine::Sqlite => 0.5,
        Engine::Postgres => 0.65,
    };
    let ended = results.median(engine, Kind::Shop(Deed::CartsEnded));
    let ends_s = ended.map(|run| ends::CARTS as f64 / run.per_s);
    vec![
        target(
            "rate of orders in a full shop to that in an empty one",
            of(Deed::Orders, Deed::EmptyOrders),
            AtLeast(least),
            "x",
        ),
        target("p99 of a history's page 1", p99(Deed::FirstPage), AtMost(5.0), "ms"),
        target("p99 of its pages 9,001 to 10,000", p99(Deed::LastPages), AtMost(5.0), "ms"),
        target(
            "rate of adds to carts to that of orders, full shop",
            of(Deed::Adds, Deed::Orders),
            AtLeast(0.7),
            "x",
        ),
        target(
            "rate of guests' first adds to that of orders, full shop",
            of(Deed::FirstAdds, Deed::Orders),
            AtLeast(0.7),
            "x",
        ),
        target(
            "rate of checkouts to that of orders, each another's, full shop",
            of(Deed::Checkouts, Deed::OrdersOnce),
            AtLeast(0.9),
            "x",
        ),
        target(
            "rate of orders while 10,000 carts end to that before and after",
            of(Deed::OrdersMeanwhile, Deed::OrdersBefore),
            AtLeast(0.8),
            "x",
        ),
        target("until 10,000 carts are given back", ends_s, AtMost(30.0), "s"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(path: &str) -> u64 {
        let (_, cursor) = path.split_once("&cursor=").unwrap();
        let digits = (0..cursor.len()).step_by(2);
        let digit = |at| u8::from_str_radix(&cursor[at..at + 2], 16).unwrap();
        String::from_utf8(digits.map(digit).collect()).unwrap().parse().unwrap()
    }

    /// Of 100,000 orders, that are every tenth, the last page has 100 to 10, and the first 1,000,000 on.
    #[test]
    fn deep_pages_are_the_last_thousand() {
        assert_eq!(number(&deep(100_000, 0)), 110);
        let numbers: Vec<u64> = (0..3000).map(|n| number(&deep(100_000, n))).collect();
        assert!(numbers.iter().all(|number| (number - 10) % 100 == 0));
        assert_eq!(numbers.iter().max(), Some(&(10 + 1000 * 100)));
        let different: std::collections::BTreeSet<_> = numbers.iter().collect();
        assert_eq!(different.len(), 1000);
        // Of a shop that is tried, all but the first page.
        assert_eq!((0..99).map(|n| number(&deep(100, n))).max(), Some(10 + 9 * 100));
    }
}
