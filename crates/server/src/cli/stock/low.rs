//! `sutler stock low`: what is at its threshold or below, for people and for cron.

use super::{Outcome, say};
use crate::{
    app::App,
    ports::mail::{Letter, LowProduct, Mail, send_now},
};
use anyhow::{Context, anyhow, bail};
use clap::{Arg, ArgMatches, Command};
use comfy_table::{Table, presets::NOTHING};
use domain::Email;
use std::{process::ExitCode, time::Duration};
use store::{Direction, Page, StockFilter, Stocked};

/// Products are read in pieces of so many.
const PIECE: i64 = 500;
/// An error is no news about the stock.
pub const FAILED: u8 = 2;
const MAIL_LIMIT: Duration = Duration::from_secs(60);

pub fn command() -> Command {
    Command::new("low")
        .about("List what is at its threshold or below")
        .long_about(
            "List what is at its threshold or below.\n\n\
             The exit code is 0 if nothing is low, 1 if something is, and 2 after an error.",
        )
        .arg(
            Arg::new("email")
                .long("email")
                .value_name("ADDRESS")
                .help("Mail the list there, too, if anything is low"),
        )
}

pub async fn run(app: &App, matches: &ArgMatches) -> Outcome {
    let to = matches.get_one::<String>("email").map(|address| Email::new(address)).transpose();
    let to = to.map_err(|why| anyhow!("the address of --email {why}"))?;
    // Not only once something is low: nobody would hear of it then.
    if to.is_some() && app.settings.smtp_url.is_none() {
        bail!("--email needs a mail server: set smtp_url and mail_from");
    }
    let low = read(app).await?;
    if low.is_empty() {
        say("nothing is low")?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["SKU", "NAME", "ON HAND", "RESERVED", "THRESHOLD"]);
    for Stocked { sku, name, stock, low_stock_threshold, .. } in &low {
        let threshold = low_stock_threshold.map(|threshold| threshold.to_string());
        table.add_row([
            sku.as_str(),
            name,
            &stock.on_hand.to_string(),
            &stock.reserved.to_string(),
            threshold.as_deref().unwrap_or_default(),
        ]);
    }
    say(table)?;
    if let Some(to) = to {
        let products = low.into_iter().map(|stocked| LowProduct {
            sku: stocked.sku,
            name: stocked.name.to_string(),
            on_hand: stocked.stock.on_hand,
            threshold: stocked.low_stock_threshold.unwrap_or_default(),
        });
        let letter = Letter::StockLow { products: products.collect() };
        let language = app.settings.mail_language;
        send_now(&app.settings, &Mail { to, language, letter }, MAIL_LIMIT)
            .await
            .context("the list was not mailed")?;
        say("mailed")?;
    }
    Ok(ExitCode::FAILURE)
}

async fn read(app: &App) -> anyhow::Result<Vec<Stocked>> {
    let filter = StockFilter { low: Some(true), search: None };
    let mut low: Vec<Stocked> = Vec::new();
    loop {
        let after = low.last().map(|stocked| stocked.product.0);
        let page = Page { limit: PIECE, offset: 0, after, direction: Direction::Rising };
        let found = app.readers.late().inventory(&filter, page).await?;
        let is_last = (found.len() as i64) < PIECE;
        low.extend(found);
        if is_last {
            return Ok(low);
        }
    }
}
