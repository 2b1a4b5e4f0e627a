//! `sutler products|stock|customers import|export` and `sutler orders export`: sheets in files of any length,
//! beside a shop that is open or not.

mod customers;
mod exports;

use super::{Outcome, node, output::say};
use crate::{
    app::App,
    http::problems::{FieldError, Problem},
    settings::Settings,
    sheets::{
        exports::{Customers, Inventory, Orders, Products},
        imports::{self, By, Checked, Counts, Fault, Finding, Sheet, Written, told_bad},
        products::ProductSheet,
        stock::StockSheet,
    },
};
use anyhow::{Context, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use domain::{Actor, CorrelationId, IdempotencyKey};
use exports::take;
use indicatif::{ProgressBar, ProgressStyle};
use std::{fs::File, io, path::PathBuf, process::ExitCode};
use uuid::Uuid;

const PRODUCTS: &str = "\
The first line names the columns, in any order: sku, and any of name, description, price, quantity, category,
image_url, low_stock_threshold. A row makes a product, or changes the one that has its sku; a column that is
not there leaves things as they are. The quantity is the first receipt of a new product, and of others it is
passed over: `sutler stock import` moves stock. Where there is a product, an empty cell of name or price leaves
it as it is, and one of any other column clears it.";
const STOCK: &str = "\
The first line names the columns, in any order: sku, delta or set, and reason. A delta is added to what is on
hand, a set replaces it. What an export has beside them is passed over, for it was sold since: export, add a
column delta, and import. A row with neither moves nothing.";
const AGAIN: &str = "\
All rows are looked at before the first is written, and none is if one is bad. For two days the same file does
nothing twice, whoever brings it: an import that was broken off goes on when it is given again. With another
--key it is imported once more.";
const CUSTOMERS: &str = "\
The first line names the columns, in any order: username and email, and any of password, first_name, last_name,
language (en or de), is_active, email_confirmed. A password is a hash as Django keeps it (pbkdf2_sha256$..., argon2$...), or
empty: its owner then chooses one by a mailed link. At the next login a hash is replaced by this shop's.

All rows are looked at before the first is written, and none is if one is bad. The same file may be given
again: who is there already stays as he is.";
const FORM: &str = "\
The file is text in UTF-8. Between its cells are commas, or semicolons or tabs, as its first line shows; a cell
that has one of them in it, or the end of a line, stands in quotes.";

pub fn of_products() -> Vec<Command> {
    vec![
        import("Make products, and change them, from a CSV file", &[PRODUCTS, AGAIN, FORM])
            .args([key(), from_line()]),
        export("Write the products that are sold into a CSV file"),
    ]
}

pub fn of_stock() -> Vec<Command> {
    vec![
        import("Move stock by a CSV file", &[STOCK, AGAIN, FORM]).args([key(), from_line()]),
        export("Write what lies there of each product into a CSV file"),
    ]
}

pub fn of_customers() -> Vec<Command> {
    let about = "Import customers from a CSV file, with the password hashes of a Django shop";
    vec![
        import(about, &[CUSTOMERS, FORM]),
        export("Write the customers into a CSV file, without their passwords"),
    ]
}

pub fn of_orders() -> Vec<Command> {
    vec![export("Write all orders into a CSV file, a row for each of their lines")]
}

fn file() -> Arg {
    Arg::new("file").value_name("FILE").value_parser(value_parser!(PathBuf))
}

fn export(about: &'static str) -> Command {
    Command::new("export").about(about).arg(
        file().help(
            "The CSV file, which is replaced once all is written; - or none: standard output",
        ),
    )
}

fn import(about: &'static str, long: &[&str]) -> Command {
    let dry_run = Arg::new("dry-run")
        .long("dry-run")
        .action(ArgAction::SetTrue)
        .help("Only say what would change, row by row");
    let long = long.join("\n\n");
    Command::new("import")
        .about(about)
        .long_about(format!("{about}.\n\n{long}"))
        .args([file().required(true).help("The CSV file"), dry_run])
}

fn key() -> Arg {
    Arg::new("key")
        .long("key")
        .value_name("KEY")
        .help("Imports a file again that was imported under another key, or under none")
}

fn from_line() -> Arg {
    Arg::new("from-line")
        .long("from-line")
        .value_name("N")
        .value_parser(value_parser!(u64).range(2..))
        .help("Pass over the rows before this line, which an import that was refused midway has named")
}

pub async fn run(settings: Settings, noun: &str, verb: &str, matches: &ArgMatches) -> Outcome {
    let app = node::open_shop(settings).await?;
    let ended = match (noun, verb) {
        ("products", "import") => bring::<ProductSheet>(&app, matches).await,
        ("stock", "import") => bring::<StockSheet>(&app, matches).await,
        ("customers", "import") => customers::bring(&app, matches).await,
        ("products", _) => take::<Products>(&app, matches).await,
        ("stock", _) => take::<Inventory>(&app, matches).await,
        ("customers", _) => take::<Customers>(&app, matches).await,
        _ => take::<Orders>(&app, matches).await,
    };
    app.close().await?;
    ended
}

/// The words of a problem, and of all that is wrong with single rows where those words do not say it.
fn told(problem: Problem) -> anyhow::Error {
    // One that is all there is to say stands in the words already.
    let rows = problem.field_errors().iter();
    let rows = rows.filter(|error| !problem.detail().ends_with(&error.message));
    let rows = rows.map(|FieldError { line, field, message }| {
        let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        format!("\n  {line}{}", format!("{field} {message}").trim_start())
    });
    anyhow::anyhow!("{}{}", problem.detail(), rows.collect::<String>())
}

/// The file that is to be imported.
fn opened(matches: &ArgMatches) -> anyhow::Result<File> {
    let path = matches.get_one::<PathBuf>("file").cloned().unwrap_or_default();
    let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
    if !file.metadata().is_ok_and(|about| about.is_file()) {
        bail!(
            "{} is no file: a sheet is read more than once, so it cannot be a pipe",
            path.display()
        );
    }
    Ok(file)
}

async fn bring<S: Sheet>(app: &App, matches: &ArgMatches) -> Outcome {
    let file = opened(matches)?;
    let key = matches.get_one::<String>("key").map(|key| IdempotencyKey::new(key));
    let key = key.transpose().map_err(|error| anyhow::anyhow!("--key {error}"))?;
    let from_line = matches.get_one::<u64>("from-line").copied().unwrap_or_default();
    let correlation = CorrelationId(Uuid::now_v7());
    let by = By { actor: Actor::SYSTEM, correlation, key, from_line };
    if from_line > 0 {
        say(format!("the rows before line {from_line} are passed over"))?;
    }
    let is_dry = matches.get_flag("dry-run");
    let bar = counter("looked at");
    let mut found = |finding: Finding<'_>| {
        let text = match finding {
            Finding::Bad { line, fault } => fault_of(line, fault),
            Finding::Change { line, sku, change } if is_dry => {
                let (field, from, to) = (change.field, &change.from, &change.to);
                format!("line {line}: {sku} {field} {from:?} -> {to:?}")
            }
            Finding::Change { .. } => return Ok(()),
            Finding::Rows(rows) => {
                bar.set_position(rows);
                return Ok(());
            }
        };
        bar.suspend(|| say(text)).map_err(io::Error::other)
    };
    let checked = imports::check::<S>(app, &by, &file, &mut found).await.map_err(told)?;
    bar.finish_and_clear();
    let Checked { counts, rows, bad, .. } = checked;
    if bad > 0 {
        say(told_bad(&checked))?;
        return Ok(ExitCode::FAILURE);
    }
    if is_dry {
        say(format!("would be: {}", summed(counts)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let bar = self::bar("written", rows);
    let mut told_rows = |rows| bar.set_position(rows);
    let work = imports::write::<S>(app, &by, &file, &checked, &mut told_rows);
    let Written { counts, .. } = until_stopped(work, &bar).await?;
    say(summed(counts))?;
    Ok(ExitCode::SUCCESS)
}

fn fault_of(line: u64, Fault { field, message }: &Fault) -> String {
    match field.is_empty() {
        true => format!("line {line}: {message}"),
        false => format!("line {line}: {field} {message}"),
    }
}

fn summed(Counts { created, changed, unchanged, done_before }: Counts) -> String {
    let sums = format!("{created} created, {changed} changed, {unchanged} unchanged");
    let before = match done_before {
        0 => return sums,
        1 => "1 row was imported before by this same file and is".to_owned(),
        _ => format!("{done_before} rows were imported before by this same file and are"),
    };
    format!("{sums}; {before} passed over: another --key imports it once more")
}

/// How far it is, where nobody knows how far it is to go. On a terminal; elsewhere it is not there.
fn counter(what: &'static str) -> ProgressBar {
    styled("{spinner} {pos} rows {msg}", what)
}

/// The same where that is known.
fn bar(what: &'static str, rows: u64) -> ProgressBar {
    let bar = styled("{wide_bar} {pos}/{len} rows {msg}", what);
    bar.set_length(rows);
    bar
}

fn styled(template: &str, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::no_length().with_message(what);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// What goes on until it is done, or until somebody stops it: then he hears that it may go on later.
async fn until_stopped<T>(
    work: impl Future<Output = Result<T, Problem>>,
    bar: &ProgressBar,
) -> anyhow::Result<T> {
    let stop = node::asked_to_stop()?;
    let done = tokio::select! {
        done = work => done.map_err(told),
        () = stop => Err(anyhow::anyhow!(
            "stopped after {} rows: give the same file again, and it goes on from there",
            bar.position()
        )),
    };
    bar.finish_and_clear();
    done
}
