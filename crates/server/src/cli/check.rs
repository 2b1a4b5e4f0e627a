//! `sutler check`: what is wrong with these settings, and with `--deploy` what makes them unfit for
//! production. Each finding has its remedy.

mod backups;
mod files;
mod mail;
mod secrets;
mod server;
mod tls;

use super::{Outcome, node, output::say};
use crate::{
    demo::{ACCOUNTS, DemoAccount},
    limits::Guest,
    passwords::Passwords,
    settings::{LogFormat, Origin, Settings},
};
use clap::{Arg, ArgAction, Command};
use serde_json::json;
use std::process::ExitCode;
use store::{Location, Readers, Schema};

pub use backups::wrong as wrong_backups;
pub use mail::{needed as needed_mail, templates as wrong_templates};
pub use secrets::secrets;
pub use tls::wrong as wrong_tls;

pub struct Problem {
    pub what: String,
    pub remedy: &'static str,
}

fn problem(what: impl Into<String>, remedy: &'static str) -> Problem {
    Problem { what: what.into(), remedy }
}

pub fn command() -> Command {
    let deploy = Arg::new("deploy")
        .long("deploy")
        .action(ArgAction::SetTrue)
        .help("Also what is unfit for production");
    let json_flag = Arg::new("json").long("json").action(ArgAction::SetTrue).help(
        "Print it for programs: `is_fit`, and `findings`, each with `level`, `what` and `remedy`",
    );
    Command::new("check").about("Say what is wrong with these settings").args([deploy, json_flag])
}

pub async fn run(settings: &Settings, is_deploy: bool, is_json: bool) -> Outcome {
    let mut notes = Vec::new();
    let mut problems: Vec<Problem> = secrets(settings);
    problems.extend(needed_mail(settings));
    problems.extend(wrong_templates(settings));
    problems.extend(wrong_backups(settings));
    problems.extend(wrong_tls(settings));
    if is_deploy {
        problems.extend(exposure(settings));
        problems.extend(database(settings));
        problems.extend(open_files(settings));
        let location = node::location(settings).ok();
        problems.extend(files::open_to_others(settings, location.as_ref()));
        problems.extend(backups::missing_or_late(settings, location.as_ref()));
        problems.extend(shop(settings).await);
        problems.extend(mail::unsafe_or_broken(settings).await);
        notes.extend(mail::missing(settings));
        notes.extend(backups::notes(settings, location.as_ref()));
        notes.extend(quiet(settings));
    }
    match is_json {
        true => say(for_programs(&notes, &problems))?,
        false => tell(&notes, &problems)?,
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(notes: &[Problem], problems: &[Problem]) -> anyhow::Result<()> {
    for Problem { what, remedy } in notes {
        say(format!("NOTE    {what}\n        {remedy}"))?;
    }
    for Problem { what, remedy } in problems {
        say(format!("UNSAFE  {what}\n        {remedy}"))?;
    }
    match problems.len() {
        0 => say("Nothing is wrong with these settings."),
        many => say(format!("\n{many} to mend.")),
    }
}

/// A line of JSON: each finding with its level, what was found and its remedy.
fn for_programs(notes: &[Problem], problems: &[Problem]) -> String {
    let findings = |level: &'static str, found: &[Problem]| {
        let one = move |Problem { what, remedy }: &Problem| json!({ "level": level, "what": what, "remedy": remedy });
        found.iter().map(one).collect::<Vec<_>>()
    };
    let all = [findings("unsafe", problems), findings("note", notes)].concat();
    json!({ "is_fit": problems.is_empty(), "findings": all }).to_string()
}

/// What is not heard of in time.
fn quiet(settings: &Settings) -> Vec<Problem> {
    let mut notes = Vec::new();
    if settings.log_format == LogFormat::Human {
        notes.push(problem(
            "log_format is human: programs that gather logs cannot read its fields",
            "Set SUTLER_LOG_FORMAT=json, or auto.",
        ));
    }
    if settings.smtp_url.is_some() && settings.notify_emails.is_empty() {
        notes.push(problem(
            "notify_emails is empty: nobody is told what is low, and which orders have failed",
            "Set SUTLER_NOTIFY_EMAILS to addresses of the staff.",
        ));
    }
    if settings.catalog_cache_ttl.is_zero() {
        notes.push(problem(
            "catalog_cache_ttl is 0s: every page of the catalog is read from the database",
            "Set SUTLER_CATALOG_CACHE_TTL=1s, unless nobody may see a price a second late.",
        ));
    }
    notes
}

fn exposure(settings: &Settings) -> Vec<Problem> {
    let mut problems = tls::unfit(settings);
    if settings.allowed_hosts.iter().any(|host| host == "*") {
        problems.push(problem(
            "allowed_hosts takes any host",
            "Set SUTLER_ALLOWED_HOSTS to the names under which the shop is reached.",
        ));
    }
    let metrics = settings.metrics_listen.as_ref().and_then(|listen| listen.resolve().ok());
    if metrics.is_some_and(|address| address.ip().is_unspecified()) {
        problems.push(problem(
            "metrics_listen shows the shop's figures on every interface without a login",
            "Bind SUTLER_METRICS_LISTEN to a private address.",
        ));
    }
    let level = settings.log_level.to_lowercase();
    if ["debug", "trace"].iter().any(|verbose| level.contains(verbose)) {
        problems.push(problem(
            format!("log_level is {level}: every request is logged, which slows the shop"),
            "Set SUTLER_LOG_LEVEL=info.",
        ));
    }
    problems
}

fn database(settings: &Settings) -> Vec<Problem> {
    let Ok(location) = settings.database_url.parse::<Location>() else {
        return vec![problem("database_url cannot be read", "Use sqlite://PATH or postgres://...")];
    };
    match &location {
        Location::Postgres(_) if location.is_remote_in_the_clear() => vec![problem(
            "database_url reaches another machine, and may do so without TLS",
            "Add sslmode=require to SUTLER_DATABASE_URL.",
        )],
        Location::Sqlite(path) if path.starts_with("/tmp") => vec![problem(
            format!("the database lies in {}, which a restart may empty", path.display()),
            match settings.origin("database_url") {
                Some(Origin::Default) => "Set SUTLER_DATA_DIR to a directory that stays.",
                _ => "Let SUTLER_DATABASE_URL name a file in a directory that stays.",
            },
        )],
        _ => Vec::new(),
    }
}

/// Each connection is an open file.
fn open_files(settings: &Settings) -> Option<Problem> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find(|line| line.starts_with("Max open files"))?;
    let soft: usize = line.split_whitespace().nth(3)?.parse().ok()?;
    (soft < settings.max_connections + 100).then(|| {
        problem(
            format!("max_connections is {}, but this process may open {soft} files", settings.max_connections),
            "Raise the limit (LimitNOFILE= in systemd, ulimit -n), or lower SUTLER_MAX_CONNECTIONS.",
        )
    })
}

/// What can only be seen in the database.
async fn shop(settings: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    let unreachable = |why: String| {
        problem(
            format!("the database cannot be asked: {why}"),
            "Check SUTLER_DATABASE_URL, and that the server runs.",
        )
    };
    let location = match node::location(settings) {
        Ok(location) => location,
        Err(why) => return vec![unreachable(why.to_string())],
    };
    match location.schema().await {
        Ok(Schema::Absent) => {
            let remedy = "Run `sutler migrate`; `sutler serve` does it by itself.";
            return vec![problem(format!("there is no shop in {location} yet"), remedy)];
        }
        Ok(schema) => {
            if let Some(why) = schema.outdates() {
                let remedy = "Use a version of that schema, or restore a backup from before.";
                return vec![problem(format!("this program is too old: {why}"), remedy)];
            }
            if let Schema::Behind { .. } = schema {
                let remedy = "Run `sutler migrate`; `sutler serve` does it by itself.";
                return vec![problem("the schema is not up to date", remedy)];
            }
        }
        Err(why) => return vec![unreachable(why.to_string())],
    }
    match location.condition().await {
        Ok(condition) => problems.extend(server::unfit(settings, &location, &condition)),
        Err(why) => problems.push(unreachable(why.to_string())),
    }
    match demo_accounts(settings, &location).await {
        Ok(names) => problems.extend(names.into_iter().map(|name| {
            problem(
                format!(
                    "the demo's account `{name}` is there, with the password that everybody knows"
                ),
                "Do not go to production with a demo's data: begin with an empty database.",
            )
        })),
        Err(why) => problems.push(unreachable(why.to_string())),
    }
    problems
}

async fn demo_accounts(
    settings: &Settings,
    location: &Location,
) -> anyhow::Result<Vec<&'static str>> {
    let passwords = Passwords::new(settings.password_threads, settings.password_queue)?;
    well_known_accounts(&location.readers(1, settings.read_deadline)?, &passwords).await
}

/// The demo's accounts that work here and can log in with the passwords that everybody knows. Customers
/// are not meant: anybody may register under such a name, and must not keep a shop from starting.
pub async fn well_known_accounts(
    readers: &Readers,
    passwords: &Passwords,
) -> anyhow::Result<Vec<&'static str>> {
    let mut found = Vec::new();
    for DemoAccount { name, password, .. } in ACCOUNTS {
        let account =
            readers.exact().account_named(name).await?.filter(|account| account.is_active);
        if let Some(account) = account.filter(|account| account.role.is_staff()) {
            let hash = Some(account.password_hash.to_string());
            if passwords.verify(Guest::SHOP, password.to_owned(), hash).await? {
                found.push(name);
            }
        }
    }
    Ok(found)
}
