//! Settings: a file, `---`, lines of the environment, `---`, lines of flags.

use server::settings::{File, Settings, SettingsError};
use std::time::Duration;

/// What must never be seen. No input has it.
const MARK: &str = "Zq7-swordfish-9xK";

type Pairs = Vec<(String, String)>;

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if text.contains(MARK) {
        return;
    }
    let mut parts = text.splitn(3, "\n---\n");
    let mut part = || parts.next().unwrap_or_default();
    let (content, environment, flags) = (part(), pairs(part()), pairs(part()));
    match resolve(content, &environment, &flags) {
        Ok(settings) => {
            check_bounds(&settings);
            check_printed(&settings);
        }
        Err(error) => check_error(&error),
    }
    check_secrets(content, &environment, &flags);
    check_passwords(content);
}

fn resolve(content: &str, environment: &Pairs, flags: &Pairs) -> Result<Settings, SettingsError> {
    Settings::resolve(Some(File { path: "sutler.toml", content }), environment, flags)
}

/// No variable names a file: what a file of this machine holds is no input.
fn pairs(text: &str) -> Pairs {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let pairs = pairs.filter(|(name, _)| !name.ends_with("_FILE"));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn check_bounds(settings: &Settings) {
    let day = Duration::from_secs(86_400);
    assert!((Duration::from_secs(1)..=day).contains(&settings.access_token_ttl));
    assert!((Duration::from_secs(60)..=day * 366).contains(&settings.refresh_token_ttl));
    assert!(settings.catalog_cache_ttl <= Duration::from_secs(1));
    assert!((1 << 10..=1 << 30).contains(&settings.body_limit));
    assert!((1..=64).contains(&settings.password_threads));
    assert!((1..=1_000_000).contains(&settings.max_connections));
    assert!(!settings.allowed_hosts.is_empty() && !settings.public_url.is_empty());
}

/// What was read is the same when its text comes from flags, and from a file.
fn check_printed(settings: &Settings) {
    let own = |settings: &Settings| -> Pairs {
        settings.texts().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    };
    let texts = own(settings);
    let table: toml::Table =
        texts.iter().map(|(name, text)| (name.clone(), text.clone().into())).collect();
    for again in [
        resolve("", &Vec::new(), &texts).expect("flags are read"),
        resolve(&table.to_string(), &Vec::new(), &Vec::new()).expect("a file is read"),
    ] {
        assert_eq!(own(&again), texts);
        assert_eq!(values(&again), values(settings));
    }
}

/// The values without where they came from, which is last.
fn values(settings: &Settings) -> String {
    let all = format!("{settings:?}");
    all.rsplit_once(", given: ").map_or("", |(values, _)| values).to_owned()
}

fn check_error(error: &SettingsError) {
    assert!(!error.problems.is_empty());
    for problem in &error.problems {
        assert!(!problem.contains(char::is_control), "not one line: {problem:?}");
    }
}

/// A secret is not shown, however wrong all the rest is.
fn check_secrets(content: &str, environment: &Pairs, flags: &Pairs) {
    let mut with_secret = environment.clone();
    with_secret.retain(|(name, _)| name != "SUTLER_SECRET_KEY");
    with_secret.push(("SUTLER_SECRET_KEY".to_owned(), MARK.to_owned()));
    check_hidden(&resolve(content, &with_secret, flags));
    let with_key = format!("{content}\nsecret_key = \"{MARK}\"\n");
    check_hidden(&resolve(&with_key, environment, flags));
    let with_login = format!("{content}\nsmtp_url = \"smtp://me:{MARK}@mail.example\"\n");
    check_hidden(&resolve(&with_login, environment, flags));
}

/// Nor is the password in the address of the database.
fn check_passwords(content: &str) {
    let (user, rest) = content.split_once('\n').unwrap_or((content, "host/name"));
    for url in [
        format!("postgres://{user}:{MARK}@{rest}"),
        format!("postgres://{user}?{rest}&password={MARK}"),
        format!("{user}://me:{MARK}@{rest}"),
    ] {
        for listen in ["127.0.0.1:1", "nowhere"] {
            let flags = [("database_url", url.as_str()), ("listen", listen)];
            let flags = flags.map(|(name, text)| (name.to_owned(), text.to_owned()));
            check_hidden(&resolve("", &Vec::new(), &flags.to_vec()));
        }
    }
}

fn check_hidden(read: &Result<Settings, SettingsError>) {
    let shown = match read {
        Ok(settings) => settings.describe(),
        Err(error) => {
            check_error(error);
            error.to_string()
        }
    };
    assert!(!shown.contains(MARK), "{shown}");
}
