//! The command line: what an operator and a newcomer type.

mod audit;
mod backup;
mod check;
mod demo;
mod health;
mod mail;
mod migrate;
mod node;
mod output;
mod serve;
mod sheets;
mod stock;
mod user;
mod worker;

use crate::{settings::Settings, telemetry::start_log};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use load::LoadArgs;
use migrate::Migrates;
use output::say;
use std::{io::Write, process::ExitCode};

/// What a command ends with: success, or a failure that was told already.
type Outcome = anyhow::Result<ExitCode>;

/// The settings that the help of a command shows; it takes the others as well.
const WHERE: &[&str] = &["data_dir", "database_url"];
const SERVING: &[&str] = &["listen", "data_dir", "database_url"];
const WORKING: &[&str] = &["processing", "fulfilment_url", "database_url"];
const HEALTH: &[&str] = &["listen"];
const KEPT: &[&str] = &["backup_to", "data_dir", "database_url"];
const MAIL: &[&str] = &["mail_templates", "mail_language"];
const DEMO: &[&str] = &["listen", "data_dir", "processing"];
/// There is nothing to work on.
const NO_SHOP: u8 = 2;
const ALL_SETTINGS: &str = "Every setting is a variable (SUTLER_DATA_DIR), and all but secrets are a flag too (--data-dir): `sutler config` lists them.";

/// The commit is that of the sources, where whoever has built them has said so.
fn command(commit: Option<&str>) -> Command {
    let with_settings =
        |command: Command, shown| command.args(Settings::flags(shown)).after_help(ALL_SETTINGS);
    let no_migrate = Arg::new("no-migrate")
        .long("no-migrate")
        .action(ArgAction::SetTrue)
        .help("Leave the schema to `sutler migrate`");
    let sample = Arg::new("sample")
        .long("sample")
        .action(ArgAction::SetTrue)
        .help("Print a settings file with every default instead");
    let about = |name: &'static str, about: &'static str| Command::new(name).about(about);
    let serve = about("serve", "Serve a shop");
    let load = about("load", "Offer load to a shop and measure how it answers");
    let audit = about("audit", "Check every invariant of a shop, live or stopped");
    let [backup, restore, drill] = backup::commands();
    let config = about("config", "Print every setting, its value and where it came from");
    Command::new("sutler")
        .about("A commerce order backend: never oversells, never loses an order, never places one twice")
        .version(version(commit))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([
            with_settings(demo::command(), DEMO),
            with_settings(serve.args([no_migrate, migrate::no_backup()]), SERVING),
            with_settings(
                about("worker", "Work on orders beside the nodes that serve a shop on Postgres"),
                WORKING,
            ),
            with_settings(migrate::command(), KEPT),
            with_settings(check::command(), WHERE),
            with_settings(about("health", "Say whether the shop of these settings is ready"), HEALTH),
            with_settings(audit, WHERE),
            with_settings(backup, KEPT),
            with_settings(restore, KEPT),
            with_settings(drill, KEPT),
            with_settings(config.arg(sample), &[]),
            about("user", "Accounts")
                .subcommand_required(true)
                .subcommands(user::commands().into_iter().map(|user| with_settings(user, WHERE))),
            about("customers", "Customers of other shops").subcommand_required(true).subcommands(
                sheets::of_customers().into_iter().map(|sheet| with_settings(sheet, WHERE)),
            ),
            about("products", "The catalog").subcommand_required(true).subcommands(
                sheets::of_products().into_iter().map(|sheet| with_settings(sheet, WHERE)),
            ),
            about("orders", "What was bought").subcommand_required(true).subcommands(
                sheets::of_orders().into_iter().map(|sheet| with_settings(sheet, WHERE)),
            ),
            about("stock", "What lies on the shelves, and why")
                .subcommand_required(true)
                .subcommands(
                    stock::commands()
                        .into_iter()
                        .chain(sheets::of_stock())
                        .map(|stock| with_settings(stock, WHERE)),
                ),
            about("mail", "What the shop writes to people")
                .subcommand_required(true)
                .subcommands(mail::commands().into_iter().map(|mail| with_settings(mail, MAIL))),
            LoadArgs::augment_args(load),
        ])
}

/// `0.1.0 (commit f8d835d, schema 10)`
fn version(commit: Option<&str>) -> String {
    let commit = commit.map(|commit| format!("commit {commit}, ")).unwrap_or_default();
    format!("{} ({commit}schema {})", env!("CARGO_PKG_VERSION"), store::schema_version())
}

pub fn run(commit: Option<&str>) -> ExitCode {
    let matches = command(commit).get_matches();
    match dispatch(&matches) {
        Ok(code) => code,
        Err(error) => {
            // Nobody may listen any more.
            let _ = writeln!(std::io::stderr(), "sutler: {error:#}");
            failure(&matches, &error)
        }
    }
}

/// Where a code of 1 says something else, an error has another one; and that there is no shop is the
/// result of no command.
fn failure(matches: &ArgMatches, error: &anyhow::Error) -> ExitCode {
    match matches.subcommand() {
        _ if error.is::<node::NoShop>() => NO_SHOP.into(),
        Some(("stock", matches)) if matches.subcommand_name() == Some("low") => {
            stock::FAILED.into()
        }
        _ => ExitCode::FAILURE,
    }
}

fn dispatch(matches: &ArgMatches) -> Outcome {
    let Some((name, matches)) = matches.subcommand() else {
        anyhow::bail!("which command? see sutler --help");
    };
    if name == "load" {
        return offer_load(matches);
    }
    if name == "config" && matches.get_flag("sample") {
        say(Settings::sample().trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let (inner, matches) = matches.subcommand().unwrap_or((name, matches));
    let settings = Settings::load(matches)?;
    if name == "config" {
        say(settings.describe().trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    start_log(settings.log_format, &settings.log_level)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match name {
            "demo" => demo::run(settings, matches.get_flag("published")).await,
            "serve" => serve::run(settings, migrates(matches)).await,
            "worker" => worker::run(settings).await,
            "migrate" => migrate::run(&settings, matches).await,
            "check" => {
                check::run(&settings, matches.get_flag("deploy"), matches.get_flag("json")).await
            }
            "audit" => audit::run(&settings).await,
            "health" => health::run(&settings).await,
            "backup" | "restore" | "drill" => backup::run(&settings, name, matches).await,
            "mail" => mail::run(&settings, inner, matches),
            "stock" if !["import", "export"].contains(&inner) => {
                stock::run(settings, inner, matches).await
            }
            "products" | "stock" | "customers" | "orders" => {
                sheets::run(settings, name, inner, matches).await
            }
            _ => user::run(settings, inner, matches).await,
        }
    })
}

fn migrates(matches: &ArgMatches) -> Migrates {
    match (matches.get_flag("no-migrate"), matches.get_flag("no-backup")) {
        (true, _) => Migrates::No,
        (false, false) => Migrates::AfterBackup,
        (false, true) => Migrates::AtOnce,
    }
}

fn offer_load(matches: &ArgMatches) -> Outcome {
    let args = LoadArgs::from_arg_matches(matches)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(load::run(args))?;
    Ok(if report.succeeded() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
