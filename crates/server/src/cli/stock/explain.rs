//! `sutler stock explain`: how a product's stock came about.

use super::{Outcome, find, say};
use crate::{app::App, http::shapes::time};
use anyhow::anyhow;
use clap::{Arg, ArgAction, ArgMatches, Command};
use comfy_table::{Table, presets::NOTHING};
use domain::ProductId;
use std::process::ExitCode;
use store::{Explained, HOLDERS_MOST, Stocked};

pub fn command() -> Command {
    let orders = Arg::new("orders").long("orders").action(ArgAction::SetTrue);
    let carts = Arg::new("carts").long("carts").action(ArgAction::SetTrue);
    Command::new("explain")
        .about("Say what was received, corrected, sold, returned and is held of a product")
        .arg(super::sku().required(true))
        .arg(orders.help("Also the orders that have units of it: this looks through all orders"))
        .arg(carts.help("Also the carts that hold units of it, a thousand at most"))
}

pub async fn run(app: &App, matches: &ArgMatches) -> Outcome {
    let name = matches.get_one::<String>("sku").cloned().unwrap_or_default();
    let product = find(app, &name).await?;
    let explained = app.readers.late().explained(product).await?;
    let explained = explained.ok_or_else(|| anyhow!("{name} is gone"))?;
    say(figures(&explained))?;
    let unexplained = explained.unexplained();
    if (unexplained.on_hand, unexplained.reserved) != (0, 0) {
        let sku = &explained.of.sku;
        say(format!(
            "\n{} on hand and {} reserved are unexplained: somebody wrote beside the shop.\n\
             `sutler stock repair {sku}` shows what would be entered.",
            unexplained.on_hand, unexplained.reserved
        ))?;
    }
    if matches.get_flag("orders") {
        say_orders(app, product, explained.sold - explained.returned).await?;
    }
    if matches.get_flag("carts") {
        say_carts(app, product, explained.held).await?;
    }
    Ok(ExitCode::SUCCESS)
}

fn figures(explained: &Explained) -> Table {
    let Explained { of, received, corrected, sold, returned, held } = explained;
    let Stocked { sku, name, stock, low_stock_threshold, .. } = of;
    let mut table = Table::new();
    table.load_style(NOTHING).set_header([sku.as_str(), name]);
    for (what, figure) in [
        ("received", *received),
        ("corrected", *corrected),
        ("sold", -sold),
        ("returned", *returned),
        ("on hand", stock.on_hand),
        ("held", *held),
        ("reserved", stock.reserved),
        ("available", stock.available()),
    ] {
        table.add_row([what, &figure.to_string()]);
    }
    if let Some(threshold) = low_stock_threshold {
        table.add_row(["low at", &threshold.to_string()]);
    }
    table
}

async fn say_orders(app: &App, product: ProductId, sold: i64) -> anyhow::Result<()> {
    let (mut below, mut units, mut orders) = (None, 0, 0);
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["ORDER", "STATUS", "UNITS", "ID"]);
    loop {
        let found = app.readers.late().takers(product, below, store::Piece::default()).await?;
        for taker in found.orders {
            units += taker.quantity;
            orders += 1;
            table.add_row([
                &taker.number.to_string(),
                taker.status.name(),
                &taker.quantity.to_string(),
                &taker.order.to_string(),
            ]);
        }
        below = found.next;
        if below.is_none() {
            break;
        }
    }
    say(format!("\n{table}"))?;
    say(format!("{orders} orders have {units} units, of {sold} that were sold and not returned"))
}

async fn say_carts(app: &App, product: ProductId, held: i64) -> anyhow::Result<()> {
    let holders = app.readers.late().holders(product, HOLDERS_MOST).await?;
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["CART OF", "UNITS", "UNTIL"]);
    for holder in &holders {
        let of = holder.account().map_or_else(|| "a guest".to_owned(), |id| id.to_string());
        table.add_row([of, holder.units.to_string(), time(holder.expires_at)]);
    }
    let (carts, units) = (holders.len(), holders.iter().map(|holder| holder.units).sum::<i64>());
    say(format!("\n{table}"))?;
    say(format!("{carts} carts hold {units} units, of {held} that are held"))
}
