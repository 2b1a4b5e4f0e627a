//! What is read of a catalog, over HTTP, of a small one and a large one. Few ask at a time, so that an answer's
//! time is its own and not that of a queue; but for the page whose cost is of interest: as many as order.

use super::{
    BenchArgs,
    reads::Readers,
    results::{Kind, Results},
};
use crate::stage::{
    catalogs::{AISLES, DEPARTMENTS, LEAST_MINOR, PRICES, SHELVES},
    servers::Sutler,
    sites::Site,
};
use anyhow::Context;
use std::{fmt, sync::Arc};

const LIST: &str = "/api/catalog/products";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Size {
    Thousand,
    Million,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Read {
    /// The whole list's first twenty, made each time.
    Page,
    /// Lists by category, price and stock, in every order; no list twice, each made and counted.
    Narrowed,
    /// Twenty such lists again and again, as they are kept for a second.
    NarrowedKept,
    /// Pages of the whole list, each after the one before.
    Deep,
    Detail,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Size::Thousand => "1,000",
            Size::Million => "1,000,000",
        })
    }
}

impl fmt::Display for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Read::Page => "page of 20",
            Read::Narrowed => "narrowed lists",
            Read::NarrowedKept => "narrowed lists, kept",
            Read::Deep => "pages by cursor, deep",
            Read::Detail => "product detail",
        })
    }
}

impl Size {
    fn products(self) -> u64 {
        match self {
            Size::Thousand => 1_000,
            Size::Million => 1_000_000,
        }
    }
}

impl Read {
    const ALL: [Read; 5] =
        [Read::Page, Read::Narrowed, Read::NarrowedKept, Read::Deep, Read::Detail];

    fn connections(self) -> usize {
        match self {
            Read::Page => 32,
            _ => 2,
        }
    }

    /// What the so-manieth request asks for.
    fn path(self, size: Size, n: u64) -> String {
        let products = size.products();
        match self {
            Read::Page => format!("{LIST}?limit=20"),
            Read::Narrowed => narrowed(n),
            Read::NarrowedKept => narrowed(n % 20),
            Read::Deep => {
                // As the shop writes them: the ordering and twice the id.
                let id = products / 10 + n * 20 % (products / 2);
                let row = format!("Created\0{id}\0{id}");
                let cursor: String = row.bytes().map(|byte| format!("{byte:02x}")).collect();
                format!("{LIST}?limit=20&cursor={cursor}")
            }
            Read::Detail => format!("{LIST}/{}", 1 + n * 7919 % products),
        }
    }
}

/// Numbers that lie far apart, for `n` and its neighbours.
fn spread(n: u64, of: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29) % of
}

fn narrowed(n: u64) -> String {
    let shelf = DEPARTMENTS + AISLES + 1 + spread(n, SHELVES);
    let aisle = DEPARTMENTS + 1 + spread(n, AISLES);
    let department = 1 + spread(n, DEPARTMENTS);
    let price = |over: u64| {
        let minor = LEAST_MINOR + spread(n, PRICES) + over;
        format!("{}.{:02}", minor / 100, minor % 100)
    };
    let (least, most, much) = (price(0), price(50), price(2_000));
    let query = match n % 8 {
        0 => format!("category=c-{shelf}"),
        1 => format!("category=c-{shelf}&ordering=name"),
        2 => format!("category=c-{aisle}&ordering=-price&min_price={least}"),
        3 => format!("category=c-{department}&max_price={most}"),
        4 => format!("min_price={least}&max_price={most}"),
        5 => format!("min_price={least}&max_price={much}&ordering=price"),
        6 => format!("category=c-{aisle}&min_price={least}&in_stock=true"),
        _ => format!("category=c-{shelf}&max_price={most}&ordering=-created_at"),
    };
    format!("{LIST}?limit=20&{query}")
}

pub async fn measure(
    args: &BenchArgs,
    sutler: &Sutler,
    results: &mut Results,
) -> anyhow::Result<()> {
    let mut sites = Vec::new();
    for engine in &args.engines {
        for size in [Size::Thousand, Size::Million] {
            let site = Site::empty(*engine).await?;
            eprintln!("stocking {size} products on {engine}");
            site.stock_in_bulk(size.products()).await?;
            sites.push((site, size));
        }
    }
    for round in 1..=args.rounds {
        for (site, size) in &sites {
            for read in Read::ALL {
                let kind = Kind::Catalog(*size, read);
                let figures = once(args, site, sutler, *size, read).await;
                let figures = figures.with_context(|| format!("measuring {kind}"))?;
                let (engine, rate) = (site.engine, figures.per_s);
                eprintln!(
                    "round {round} of {}, {engine}: {kind}: {rate:.0} per second",
                    args.rounds
                );
                results.add(engine, kind, figures);
            }
        }
    }
    for (site, size) in &sites {
        let sound = site.seed()?.audit().await;
        sound.with_context(|| format!("{size} products on {}", site.engine))?;
    }
    Ok(())
}

async fn once(
    args: &BenchArgs,
    site: &Site,
    sutler: &Sutler,
    size: Size,
    read: Read,
) -> anyhow::Result<crate::measure::figures::Figures> {
    let kept = if read == Read::NarrowedKept { "1s" } else { "0s" };
    let server = sutler.serve_with(&site.seed()?, &[("SUTLER_CATALOG_CACHE_TTL", kept)]).await?;
    let meter = site.meter(server.pid(), None)?;
    let paths = Arc::new(move |n| read.path(size, n));
    let authorization = String::new();
    let readers = Readers { connections: read.connections(), authorization, paths };
    let figures = readers.read(server.address, args.run_time, &meter).await?;
    server.stop()?;
    figures.context("there is no such path")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_narrowed_list_is_asked_for_twice_in_a_while() {
        let lists: HashSet<String> = (4..4000).step_by(8).map(narrowed).collect();
        assert!(lists.len() > 450, "{}", lists.len());
    }
}
