//! `sutler stock repair`: shows where the ledger does not explain the shelf, and enters the difference if told so.

use super::{Outcome, find, say};
use crate::app::App;
use anyhow::{anyhow, bail};
use clap::{Arg, ArgAction, ArgMatches, Command};
use comfy_table::{Table, presets::NOTHING};
use domain::{Actor, CorrelationId, Done, ProductId, RepairStock, Text};
use std::process::ExitCode;
use uuid::Uuid;

/// So many ids of products are looked through at a time.
const PIECE: i64 = 1_000;

pub fn command() -> Command {
    let yes = Arg::new("yes").long("yes").action(ArgAction::SetTrue).requires("reason");
    Command::new("repair")
        .about("Show what would be entered where the ledger does not explain the stock; with --yes, enter it")
        .arg(super::sku().help("Only of this product: its sku, or its id if it is archived"))
        .arg(yes.help("Do it: the shelf stays as it is, and the ledger follows"))
        .arg(Arg::new("reason").long("reason").value_name("TEXT").help("Why, as the ledger will say"))
}

pub async fn run(app: &App, matches: &ArgMatches) -> Outcome {
    let reason = matches.get_one::<String>("reason").map_or("", String::as_str);
    let reason = Text::line(reason).map_err(|why| anyhow!("the reason {why}"))?;
    if matches.get_flag("yes") && reason.trim().is_empty() {
        bail!("the reason must not be empty: the ledger keeps it");
    }
    let products = match matches.get_one::<String>("sku") {
        Some(name) => vec![find(app, name).await?],
        None => unexplained(app).await?,
    };
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["SKU", "ON HAND", "RESERVED", "ENTER", "FREE"]);
    let mut wrong = Vec::new();
    for product in products {
        let Some(explained) = app.readers.late().explained(product).await? else { continue };
        let (of, unexplained) = (&explained.of, explained.unexplained());
        if (unexplained.on_hand, unexplained.reserved) == (0, 0) {
            continue;
        }
        table.add_row([
            of.sku.as_str(),
            &of.stock.on_hand.to_string(),
            &of.stock.reserved.to_string(),
            &unexplained.on_hand.to_string(),
            &unexplained.reserved.to_string(),
        ]);
        wrong.push((product, of.sku.clone()));
    }
    if wrong.is_empty() {
        say("nothing is to be repaired: the ledger explains the stock")?;
        return Ok(ExitCode::SUCCESS);
    }
    say(table)?;
    if !matches.get_flag("yes") {
        say("nothing was changed: --yes --reason TEXT enters it into the ledger")?;
        return Ok(ExitCode::SUCCESS);
    }
    for (product, sku) in wrong {
        // What it has sold meanwhile is in both.
        let (entered, freed) = repair(app, product, reason.clone()).await?;
        say(format!("{sku}: entered {entered}, freed {freed}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn repair(app: &App, product: ProductId, reason: Text<500>) -> anyhow::Result<(i64, i64)> {
    let correlation = CorrelationId(Uuid::now_v7());
    let repair = RepairStock { product, reason };
    match app.send(Actor::SYSTEM, correlation, None, repair).await {
        Ok(answered) => {
            let (Done::Now(repaired) | Done::Before(repaired)) = answered.done;
            Ok((repaired.entered, repaired.freed))
        }
        Err(rejection) => bail!("product {product} was not repaired: {rejection:?}"),
    }
}

async fn unexplained(app: &App) -> anyhow::Result<Vec<ProductId>> {
    let late = app.readers.late();
    let last = late.last_product().await?.map_or(0, |product| product.0);
    let (mut found, mut first) = (Vec::new(), 1);
    while first <= last {
        found.extend(late.unexplained(first..first + PIECE).await?);
        first += PIECE;
    }
    Ok(found)
}
