//! `sutler check`: what is wrong with these settings, and with `--deploy` what makes them unfit for
//! production. Each finding has its remedy.

use super::{Outcome, node};
use crate::{passwords::Passwords, settings::Settings};
use std::{net::IpAddr, process::ExitCode};
use store::Location;

pub struct Problem {
    pub what: String,
    pub remedy: &'static str,
}

fn problem(what: impl Into<String>, remedy: &'static str) -> Problem {
    Problem { what: what.into(), remedy }
}

pub async fn run(settings: &Settings, is_deploy: bool) -> Outcome {
    let mut problems: Vec<Problem> = secret(settings).into_iter().collect();
    if is_deploy {
        problems.extend(exposure(settings));
        problems.extend(database(settings));
        problems.extend(open_files(settings));
        problems.extend(shop(settings).await);
    }
    for problem in &problems {
        println!("UNSAFE  {}\n        {}", problem.what, problem.remedy);
    }
    match problems.len() {
        0 => {
            println!("Nothing is wrong with these settings.");
            Ok(ExitCode::SUCCESS)
        }
        many => {
            println!("\n{many} to mend.");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Tokens are as safe as the key that signs them.
pub fn secret(settings: &Settings) -> Option<Problem> {
    const REMEDY: &str = "Set SUTLER_SECRET_KEY, or SUTLER_SECRET_KEY_FILE to a file with it: `openssl rand -hex 32` makes one.";
    let Some(secret) = &settings.secret_key else {
        return Some(problem("secret_key is not set", REMEDY));
    };
    let text = secret.expose();
    let mut distinct: Vec<char> = text.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let known = ["secret", "changeme", "change-me", "password", "example", "insecure"];
    let is_known = known.iter().any(|word| text.to_lowercase().contains(word));
    match (text.len() < 32, distinct.len() < 10 || is_known) {
        (true, _) => Some(problem(
            format!("secret_key has {} characters, fewer than 32", text.len()),
            REMEDY,
        )),
        (_, true) => Some(problem("secret_key can be guessed", REMEDY)),
        _ => None,
    }
}

fn exposure(settings: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !settings.public_url.starts_with("https://") {
        problems.push(problem(
            format!("public_url is {}: passwords and tokens travel in the clear", settings.public_url),
            "Put a proxy that ends TLS in front, and set SUTLER_PUBLIC_URL to its https:// address.",
        ));
    }
    if settings.allowed_hosts.iter().any(|host| host == "*") {
        problems.push(problem(
            "allowed_hosts takes any host",
            "Set SUTLER_ALLOWED_HOSTS to the names under which the shop is reached.",
        ));
    }
    if settings.metrics_listen.is_some_and(|address| is_everywhere(address.ip())) {
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

fn is_everywhere(address: IpAddr) -> bool {
    address.is_unspecified()
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
            "Set SUTLER_DATA_DIR to a directory that stays.",
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
    match location.missing_migrations().await {
        Ok(missing) if !missing.is_empty() => {
            let remedy = "Run `sutler migrate`; `sutler serve` does it by itself.";
            return vec![problem("the schema is not up to date", remedy)];
        }
        Ok(_) => {}
        Err(why) => return vec![unreachable(why.to_string())],
    }
    match well_known_accounts(settings, &location).await {
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

async fn well_known_accounts(
    settings: &Settings,
    location: &Location,
) -> anyhow::Result<Vec<&'static str>> {
    let readers = location.readers(1)?;
    let passwords = Passwords::new(settings.password_threads, settings.password_queue)?;
    let mut found = Vec::new();
    for (name, password) in super::demo::ACCOUNTS.map(|(name, password, _)| (name, password)) {
        if let Some(account) = readers.account_named(name).await? {
            let hash = Some(account.password_hash.to_string());
            let matches = passwords.verify(password.to_owned(), hash).await;
            if matches.unwrap_or(false) {
                found.push(name);
            }
        }
    }
    Ok(found)
}
