//! What a sheet takes on its way in, as the command line brings it: so many rows into a shop that is empty.

use super::{
    BenchArgs,
    results::{Kind, Results},
};
use crate::{
    measure::figures::Figures,
    stage::{
        servers::Sutler,
        sites::{Shop, Site, currency},
    },
};
use anyhow::{Context, bail};
use domain::{
    Actor, CorrelationId, Currency, Done, IdempotencyKey, ImportProducts, ImportRow, Money, Once,
    PublicId, Rule, Sku, Text, Who,
};
use std::{
    fmt,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};
use store::{Answered, Limits, Writer};
use uuid::Uuid;

const ROWS: u32 = 100_000;
/// As many as the shop makes one commit of.
const CHUNK: usize = 500;
const ABOUT: &str = "Holds a pint, and fits into its brother.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sheet {
    /// Products, that are only looked at.
    Dry,
    Products,
    /// The stock of those products.
    Stock,
    /// The commands that the products come to, through the writer and in process.
    Alone,
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Sheet::Dry => "dry run of 100,000 new products",
            Sheet::Products => "import of 100,000 new products",
            Sheet::Stock => "import of 100,000 movements of stock",
            Sheet::Alone => "store alone, 100,000 new products",
        })
    }
}

impl Sheet {
    /// Each on what the one before it has left.
    const BROUGHT: [Sheet; 3] = [Sheet::Dry, Sheet::Products, Sheet::Stock];

    fn words(self) -> &'static [&'static str] {
        match self {
            Sheet::Dry => &["products", "import", "--dry-run"],
            Sheet::Products | Sheet::Alone => &["products", "import"],
            Sheet::Stock => &["stock", "import"],
        }
    }

    fn file(self, dir: &Path) -> anyhow::Result<PathBuf> {
        let path = dir.join("sheet.csv");
        let mut out = BufWriter::new(File::create(&path)?);
        match self {
            Sheet::Dry | Sheet::Products | Sheet::Alone => {
                writeln!(out, "sku,name,description,price,quantity")?;
                for n in 1..=ROWS {
                    let (euros, units) = (euros(n), units(n));
                    writeln!(out, "TIN-{n:06},Mess tin {n},\"{ABOUT}\",{euros}.50,{units}")?;
                }
            }
            Sheet::Stock => {
                writeln!(out, "sku,delta,reason")?;
                for n in 1..=ROWS {
                    writeln!(out, "TIN-{n:06},{},counted", 1 + n % 9)?;
                }
            }
        }
        out.flush()?;
        Ok(path)
    }
}

pub async fn measure(
    args: &BenchArgs,
    sutler: &Sutler,
    results: &mut Results,
) -> anyhow::Result<()> {
    let mut sites = Vec::new();
    for engine in &args.engines {
        sites.push(Site::empty(*engine).await?);
    }
    for round in 1..=args.rounds {
        for site in &sites {
            for sheets in [[Sheet::Alone].as_slice(), &Sheet::BROUGHT] {
                let shop = site.fresh().await?;
                for sheet in sheets {
                    let (engine, kind) = (site.engine, Kind::Sheet(*sheet));
                    let per_s = match sheet {
                        Sheet::Alone => alone(&shop).await,
                        sheet => once(sutler, &shop, *sheet).await,
                    };
                    let per_s = per_s.with_context(|| format!("measuring {kind}"))?;
                    let of = args.rounds;
                    eprintln!("round {round} of {of}, {engine}: {kind}: {per_s:.0} per second");
                    results.add(engine, kind, Figures { per_s, ..Figures::default() });
                }
                shop.audit().await?;
                site.remove(shop).await?;
            }
        }
    }
    Ok(())
}

/// What the store allows: the same rows in the same chunks, one after the other.
async fn alone(shop: &Shop) -> anyhow::Result<f64> {
    let writer = Writer::start(shop.location.writer(), Limits::default())?;
    let currency = currency()?;
    let rows: Vec<ImportRow> = (1..=ROWS).map(|n| row(n, currency)).collect();
    let begun = Instant::now();
    for (number, rows) in (1_u128..).zip(rows.chunks(CHUNK)) {
        let command = ImportProducts { rows: rows.to_vec() };
        let key = IdempotencyKey::of_shop(&format!("alone {number}"));
        let who = Who {
            actor: Actor::SYSTEM,
            correlation: CorrelationId(Uuid::from_u128(number)),
            once: command.fingerprint().map(|fingerprint| Once { key, fingerprint }),
        };
        match writer.send(who, command).await {
            Ok(Answered { done: Done::Now(_), commit: Some(_) }) => {}
            other => bail!("the store has not imported chunk {number}: {other:?}"),
        }
    }
    Ok(f64::from(ROWS) / begun.elapsed().as_secs_f64())
}

fn row(n: u32, currency: Currency) -> ImportRow {
    let (public_id, sku) = (PublicId(Uuid::now_v7()), Sku::stored(&format!("TIN-{n:06}")));
    ImportRow {
        name: Some(Text::stored(&format!("Mess tin {n}"))),
        description: Some(Text::stored(ABOUT)),
        price: Some(Money::new(i64::from(euros(n)) * 100 + 50, currency)),
        quantity: i64::from(units(n)),
        ..ImportRow::of(public_id, sku)
    }
}

fn euros(n: u32) -> u32 {
    1 + n % 99
}

fn units(n: u32) -> u32 {
    n % 100
}

async fn once(sutler: &Sutler, shop: &Shop, sheet: Sheet) -> anyhow::Result<f64> {
    let file = sheet.file(&shop.data_dir)?;
    let took = sutler.bring(shop, sheet.words(), &file).await?;
    Ok(f64::from(ROWS) / took.as_secs_f64())
}
