//! What a sheet takes on its way in, as the command line brings it: so many rows into a shop that is empty.

use super::{
    BenchArgs,
    results::{Kind, Results},
};
use crate::{
    measure::figures::Figures,
    stage::{
        servers::Sutler,
        sites::{Shop, Site},
    },
};
use anyhow::Context;
use std::{
    fmt,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

const ROWS: u32 = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sheet {
    /// Products, that are only looked at.
    Dry,
    Products,
    /// The stock of those products.
    Stock,
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Sheet::Dry => "dry run of 100,000 new products",
            Sheet::Products => "import of 100,000 new products",
            Sheet::Stock => "import of 100,000 movements of stock",
        })
    }
}

impl Sheet {
    /// Each on what the one before it has left.
    const ALL: [Sheet; 3] = [Sheet::Dry, Sheet::Products, Sheet::Stock];

    fn words(self) -> &'static [&'static str] {
        match self {
            Sheet::Dry => &["products", "import", "--dry-run"],
            Sheet::Products => &["products", "import"],
            Sheet::Stock => &["stock", "import"],
        }
    }

    fn file(self, dir: &Path) -> anyhow::Result<PathBuf> {
        let path = dir.join("sheet.csv");
        let mut out = BufWriter::new(File::create(&path)?);
        match self {
            Sheet::Dry | Sheet::Products => {
                writeln!(out, "sku,name,description,price,quantity")?;
                for n in 1..=ROWS {
                    let euros = 1 + n % 99;
                    writeln!(
                        out,
                        "TIN-{n:06},Mess tin {n},\"Holds a pint, and fits into its brother.\",{euros}.50,{}",
                        n % 100
                    )?;
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
            let shop = site.fresh().await?;
            for sheet in Sheet::ALL {
                let (engine, kind) = (site.engine, Kind::Sheet(sheet));
                let per_s = once(sutler, &shop, sheet).await;
                let per_s = per_s.with_context(|| format!("measuring {kind}"))?;
                eprintln!(
                    "round {round} of {}, {engine}: {kind}: {per_s:.0} per second",
                    args.rounds
                );
                results.add(engine, kind, Figures { per_s, ..Figures::default() });
            }
            shop.audit().await?;
            site.remove(shop).await?;
        }
    }
    Ok(())
}

async fn once(sutler: &Sutler, shop: &Shop, sheet: Sheet) -> anyhow::Result<f64> {
    let file = sheet.file(&shop.data_dir)?;
    let took = sutler.bring(shop, sheet.words(), &file).await?;
    Ok(f64::from(ROWS) / took.as_secs_f64())
}
