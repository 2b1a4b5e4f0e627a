//! `sutler stock`: what is low, how stock came about, and a repair where nobody can say.

mod explain;
mod low;
mod repair;

use super::{Outcome, node, output::say};
use crate::{app::App, settings::Settings};
use anyhow::bail;
use clap::{Arg, ArgMatches, Command};
use domain::{ProductId, ProductRef};

pub use low::FAILED;

pub fn commands() -> Vec<Command> {
    vec![low::command(), explain::command(), repair::command()]
}

fn sku() -> Arg {
    Arg::new("sku").value_name("SKU").help("Its sku, or its id if it is archived")
}

pub async fn run(settings: Settings, name: &str, matches: &ArgMatches) -> Outcome {
    let app = node::open_shop(settings).await?;
    let done = match name {
        "low" => low::run(&app, matches).await,
        "explain" => explain::run(&app, matches).await,
        _ => repair::run(&app, matches).await,
    };
    app.close().await?;
    done
}

/// By its sku or public id; as in an address if no product has this for its sku: by its id, as an archived
/// one, or by what follows `sku:`.
async fn find(app: &App, name: &str) -> anyhow::Result<ProductId> {
    for reference in [ProductRef::named(name), ProductRef::parse(name)].into_iter().flatten() {
        if let Some(product) = app.readers.exact().product_id(&reference).await? {
            return Ok(product);
        }
    }
    bail!("no product is called {name}: name its sku, or its id if it is archived")
}
