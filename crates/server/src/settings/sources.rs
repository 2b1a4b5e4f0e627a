//! Where settings come from: the file, the environment, the flags.
//!
//! A source only collects text and says what it does not know; reading the text is the same for
//! all. Nothing here stops at the first mistake.

use super::{Given, Origin, Setting, Settings, TABLE, text::one_line};
use crate::spelling::closest;
use clap::{Arg, ArgMatches};
use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{self, ErrorKind},
    path::PathBuf,
};

const PREFIX: &str = "SUTLER_";
const FILE_SUFFIX: &str = "_FILE";
/// Variables with our prefix that are no settings: the path of the file, and what tests and the
/// load generator read.
const OTHER_VARIABLES: &[&str] =
    &["SUTLER_CONFIG", "SUTLER_TEST_", "SUTLER_LOAD_", "SUTLER_BENCH_"];
const DEFAULT_FILE: &str = "sutler.toml";

/// Everything that is wrong with the settings, one line each.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError {
    pub problems: Vec<String>,
}

impl SettingsError {
    pub(super) fn new(problems: Vec<String>) -> SettingsError {
        SettingsError { problems: problems.iter().map(|problem| one_line(problem)).collect() }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the settings are not usable:")?;
        self.problems.iter().try_for_each(|problem| write!(out, "\n  {problem}"))
    }
}

/// A settings file: its path, for messages, and its content.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    pub path: &'a str,
    pub content: &'a str,
}

impl Settings {
    /// One flag for each setting (`--data-dir PATH`), and `--config`. Help shows those that are
    /// named. A secret has no flag: everybody on a machine sees the arguments of its processes.
    pub fn flags(shown: &[&str]) -> Vec<Arg> {
        let config = Arg::new("config")
            .long("config")
            .value_name("PATH")
            .help("The settings file [default: sutler.toml, if there is one]");
        TABLE
            .iter()
            .filter(|setting| !setting.secret)
            .map(|setting| {
                Arg::new(setting.name)
                    .long(setting.name.replace('_', "-"))
                    .value_name("VALUE")
                    .help(setting.meaning)
                    .hide(!shown.contains(&setting.name))
            })
            .chain([config])
            .collect()
    }

    /// Loads the settings of this process from all sources.
    pub fn load(matches: &ArgMatches) -> Result<Settings, SettingsError> {
        let mut wrong = Vec::new();
        let environment = environment(&mut wrong);
        let path = flag(matches, "config").or_else(|| variable(&environment, "SUTLER_CONFIG"));
        let content = match &path {
            Some(path) => read(path),
            None => read_if_there(DEFAULT_FILE),
        };
        let path = path.as_deref().unwrap_or(DEFAULT_FILE);
        let content = content.unwrap_or_else(|why| {
            wrong.push(format!("the settings file {path} is not readable: {why}"));
            None
        });
        let file = content.as_deref().map(|content| File { path, content });
        let flags: Vec<(String, String)> = TABLE
            .iter()
            .filter_map(|setting| Some((setting.name.into(), flag(matches, setting.name)?)))
            .collect();
        let resolved = Settings::resolve(file, &environment, &flags);
        if wrong.is_empty() {
            return resolved;
        }
        wrong.extend(resolved.err().into_iter().flat_map(|error| error.problems));
        Err(SettingsError::new(wrong))
    }

    /// Puts the sources together. `flags` are by the names of settings; of the environment only
    /// what starts with SUTLER_ is looked at, and an empty variable is as good as none.
    pub fn resolve(
        file: Option<File<'_>>,
        environment: &[(String, String)],
        flags: &[(String, String)],
    ) -> Result<Settings, SettingsError> {
        let mut wrong = Vec::new();
        let mut files = Vec::new();
        let mut given: BTreeMap<&str, Given> = BTreeMap::new();
        if let Some(file) = file {
            files.push(PathBuf::from(file.path));
            given.extend(read_file(file, &mut wrong));
        }
        given.extend(read_environment(environment, &mut files, &mut wrong));
        for (name, text) in flags {
            match find(name) {
                Some(setting) => {
                    let origin = Origin::Flag(format!("--{}", name.replace('_', "-")));
                    given.insert(setting.name, Given::new(text, origin));
                }
                None => wrong.push(format!("{name} is not a setting")),
            }
        }
        let given = TABLE
            .iter()
            .map(|setting| {
                given
                    .remove(setting.name)
                    .unwrap_or_else(|| Given::new(setting.default, Origin::Default))
            })
            .collect();
        let read = Settings::read(given);
        wrong.extend(read.iter().flat_map(Settings::contradictions));
        match read {
            Ok(mut settings) if wrong.is_empty() => {
                settings.derive();
                settings.files = files;
                Ok(settings)
            }
            Ok(_) => Err(SettingsError::new(wrong)),
            Err(error) => {
                wrong.extend(error.problems);
                Err(SettingsError::new(wrong))
            }
        }
    }
}

impl Given {
    fn new(text: &str, origin: Origin) -> Given {
        Given { text: text.to_owned(), origin }
    }

    /// The message for a value that cannot be used.
    pub(super) fn refused(&self, setting: &Setting, why: &str) -> String {
        let value = setting.shown(&self.text);
        format!("{} = {value} ({}): {why}", setting.name, self.origin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => out.write_str("default"),
            Origin::File(path) => write!(out, "file {path}"),
            Origin::Environment(name) => write!(out, "environment {name}"),
            Origin::Flag(name) => write!(out, "flag {name}"),
        }
    }
}

fn find(name: &str) -> Option<&'static Setting> {
    TABLE.iter().find(|setting| setting.name == name)
}

fn read(path: &str) -> io::Result<Option<String>> {
    fs::read_to_string(path).map(Some)
}

/// No file is no mistake. One that is there and cannot be read is: without it the shop would be
/// another one.
fn read_if_there(path: &str) -> io::Result<Option<String>> {
    match read(path) {
        // A link that leads nowhere is not found either.
        Err(why) if why.kind() == ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => {
            Ok(None)
        }
        content => content,
    }
}

/// Names the unknown and, if it is close to a known name, what was probably meant.
fn unknown(what: &str, name: &str, known: impl IntoIterator<Item = String>) -> String {
    let known: Vec<String> = known.into_iter().collect();
    match closest(name, known.iter().map(String::as_str)) {
        Some(meant) => format!("{what}{name} is not a setting; did you mean {meant}?"),
        None => format!("{what}{name} is not a setting"),
    }
}

fn read_file(file: File<'_>, wrong: &mut Vec<String>) -> Vec<(&'static str, Given)> {
    let table = match file.content.parse::<toml::Table>() {
        Ok(table) => table,
        Err(why) => {
            wrong.push(not_toml(file, &why));
            return Vec::new();
        }
    };
    let mut given = Vec::new();
    for (name, value) in &table {
        let Some(setting) = find(name) else {
            let known = TABLE.iter().map(|setting| setting.name.to_owned());
            wrong.push(unknown(&format!("{}: ", file.path), name, known));
            continue;
        };
        match toml_text(value) {
            Some(text) => {
                let origin = Origin::File(file.path.to_owned());
                given.push((setting.name, Given::new(&text, origin)));
            }
            None => wrong.push(format!(
                "{name} (file {}): a {} cannot be its value; expected {}",
                file.path,
                value.type_str(),
                setting.expected,
            )),
        }
    }
    given
}

/// Says where, but does not quote the line, which may hold a secret.
fn not_toml(file: File<'_>, why: &toml::de::Error) -> String {
    let before = why.span().and_then(|span| file.content.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("{} is not TOML: line {line}, column {column}: {}", file.path, why.message())
}

fn toml_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
            items.map(|items| items.join(","))
        }
        _ => None,
    }
}

fn read_environment(
    environment: &[(String, String)],
    files: &mut Vec<PathBuf>,
    wrong: &mut Vec<String>,
) -> Vec<(&'static str, Given)> {
    for (name, _) in environment {
        let ours = name.starts_with(PREFIX);
        let other = OTHER_VARIABLES.iter().any(|known| name.starts_with(known));
        let known = TABLE.iter().any(|setting| {
            let variable = setting.variable();
            *name == variable || name.strip_suffix(FILE_SUFFIX) == Some(&variable)
        });
        if ours && !other && !known {
            let known = TABLE.iter().map(Setting::variable);
            wrong.push(unknown("", name, known));
        }
    }
    let mut given = Vec::new();
    for setting in TABLE {
        let direct = setting.variable();
        let indirect = format!("{direct}{FILE_SUFFIX}");
        let value = variable(environment, &direct);
        let path = variable(environment, &indirect);
        let (text, origin) = match (value, path) {
            (Some(_), Some(_)) => {
                wrong.push(format!("{direct} and {indirect} are both set; keep one"));
                continue;
            }
            (Some(text), None) => (text, direct),
            (None, Some(path)) => match fs::read_to_string(&path) {
                Ok(text) => {
                    files.push(PathBuf::from(path));
                    (text.trim().to_owned(), indirect)
                }
                Err(why) => {
                    wrong.push(format!("{indirect}: {path} is not readable: {why}"));
                    continue;
                }
            },
            (None, None) => continue,
        };
        given.push((setting.name, Given::new(&text, Origin::Environment(origin))));
    }
    given
}

fn variable(environment: &[(String, String)], name: &str) -> Option<String> {
    environment
        .iter()
        .find(|(known, value)| known == name && !value.is_empty())
        .map(|(_, value)| value.clone())
}

fn flag(matches: &ArgMatches, name: &str) -> Option<String> {
    // A command that does not take this flag has no value for it, which is not a mistake.
    matches.try_get_one::<String>(name).ok().flatten().cloned()
}

/// The variables of this process that are meant for us.
fn environment(wrong: &mut Vec<String>) -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .filter_map(|(name, value)| match value.into_string() {
            Ok(value) => Some((name, value)),
            Err(_) => {
                wrong.push(format!("{name} is not UTF-8"));
                None
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        pairs.iter().map(own).collect()
    }

    fn resolve(
        content: &str,
        environment: &[(&str, &str)],
        flags: &[(&str, &str)],
    ) -> Result<Settings, SettingsError> {
        let file = File { path: "sutler.toml", content };
        Settings::resolve(Some(file), &pairs(environment), &pairs(flags))
    }

    #[test]
    fn a_later_source_goes_before_an_earlier_one() {
        let file = "batch_limit = 1\nqueue_limit = 1\npassword_queue = 1";
        let environment = [("SUTLER_QUEUE_LIMIT", "2"), ("SUTLER_PASSWORD_QUEUE", "2")];
        let settings = resolve(file, &environment, &[("password_queue", "3")]).unwrap();
        for (name, value, origin) in [
            ("max_connections", settings.max_connections, "default"),
            ("batch_limit", settings.batch_limit, "file sutler.toml"),
            ("queue_limit", settings.queue_limit, "environment SUTLER_QUEUE_LIMIT"),
            ("password_queue", settings.password_queue, "flag --password-queue"),
        ] {
            assert_eq!(settings.origin(name).unwrap().to_string(), origin);
            let expected = ["default", "file", "environment", "flag"]
                .iter()
                .position(|start| origin.starts_with(start))
                .unwrap();
            assert_eq!(value, if expected == 0 { 10_000 } else { expected });
        }
    }

    #[test]
    fn what_is_empty_is_derived() {
        let settings = resolve("listen = '0.0.0.0:80'\ndata_dir = '/shop'", &[], &[]).unwrap();
        assert_eq!(settings.public_url, "http://0.0.0.0:80");
        assert_eq!(settings.database_url, "sqlite:///shop/sutler.db");
        let hosts = ["0.0.0.0", "localhost", "127.0.0.1", "[::1]"];
        assert_eq!(settings.allowed_hosts, hosts);
        let settings =
            resolve("public_url = 'https://Shop.example.com:8443/x/'", &[], &[]).unwrap();
        assert_eq!(settings.allowed_hosts[0], "shop.example.com");
        assert_eq!(settings.mail_link_base, "https://Shop.example.com:8443/x");
        let settings = resolve("allowed_hosts = ['a.example', ' B.example ']", &[], &[]).unwrap();
        assert_eq!(settings.allowed_hosts, ["a.example", "b.example"]);
        let settings = resolve("listen = 'localhost:80'", &[], &[]).unwrap();
        assert_eq!(settings.public_url, "http://localhost:80");
        assert_eq!(settings.allowed_hosts, ["localhost", "127.0.0.1", "[::1]"]);
        assert_eq!(settings.metrics_listen, None);
        assert_eq!(settings.secret_key, None);
    }

    #[test]
    fn tokens_are_of_the_public_url_and_never_of_the_address_of_one_node() {
        for (content, issuer, audience) in [
            ("", "sutler", "sutler"),
            ("listen = '0.0.0.0:80'", "sutler", "sutler"),
            ("public_url = 'https://a.example/'", "https://a.example", "sutler"),
            ("public_url = 'https://a.example'\ntoken_issuer = 'b'", "b", "sutler"),
            ("token_issuer = 'b'\ntoken_audience = ''", "b", "b"),
            ("token_audience = 'c'", "sutler", "c"),
        ] {
            let settings = resolve(content, &[], &[]).unwrap();
            assert_eq!((&*settings.token_issuer, &*settings.token_audience), (issuer, audience));
        }
        for wrong in ["a b", "\u{e4}", &"x".repeat(256)] {
            let error = resolve("", &[], &[("token_issuer", wrong)]).unwrap_err().to_string();
            assert!(error.contains("up to 255 visible ASCII characters"), "{error}");
        }
    }

    #[test]
    fn every_mistake_is_reported_at_once_and_says_where_it_is() {
        let error = resolve(
            "lisen = '127.0.0.1:1'\nqueue_max_age = 5\ncatalog_cache_ttl = '2s'\nlisten = 1.5",
            &[
                ("SUTLER_DATBASE_URL", "sqlite://x"),
                ("SUTLER_DATABASE_URL", "mysql://u:geheim@h/db"),
                ("SUTLER_DATA_DIR", "/a"),
                ("SUTLER_DATA_DIR_FILE", "/b"),
                ("SUTLER_CURRENCY_FILE", "/does/not/exist"),
                ("SUTLER_TEST_POSTGRES_URL", "ignored"),
                ("PATH", "ignored"),
            ],
            &[("queue_limit", "many")],
        )
        .unwrap_err();
        let text = error.to_string();
        for part in [
            "sutler.toml: lisen is not a setting; did you mean listen?",
            "listen (file sutler.toml): a float cannot be its value; expected an address",
            "queue_max_age = \"5\" (file sutler.toml): expected a time with its unit",
            "catalog_cache_ttl = \"2s\" (file sutler.toml): expected from 0s to 1s",
            "SUTLER_DATBASE_URL is not a setting; did you mean SUTLER_DATABASE_URL?",
            "database_url = \"mysql://u:***@h/db\" (environment SUTLER_DATABASE_URL): expected sqlite://PATH",
            "SUTLER_DATA_DIR and SUTLER_DATA_DIR_FILE are both set; keep one",
            "SUTLER_CURRENCY_FILE: /does/not/exist is not readable",
            "queue_limit = \"many\" (flag --queue-limit): expected a whole number",
        ] {
            assert!(text.contains(part), "{part}\nis not in\n{text}");
        }
        assert_eq!(error.problems.len(), 9, "{text}");
        assert!(!text.contains("geheim"));
    }

    #[test]
    fn what_is_right_alone_and_not_together_is_refused() {
        let (begun, kept) = ("answer_deadline is 4.999s", "unconfirmed_kept is 169200s, shorter");
        for (flags, part) in [
            ([("command_deadline", "5s"), ("answer_deadline", "5s")], None),
            ([("command_deadline", "5s"), ("answer_deadline", "4999ms")], Some(begun)),
            ([("registration_tells", "false"), ("unconfirmed_kept", "2d")], None),
            ([("registration_tells", "false"), ("unconfirmed_kept", "47h")], Some(kept)),
            ([("registration_tells", "true"), ("unconfirmed_kept", "47h")], None),
            ([("cart_ttl", "1h"), ("cart_max_age", "1h")], None),
            ([("cart_ttl", "3601s"), ("cart_max_age", "1h")], Some("cart_ttl is 3601s, longer")),
        ] {
            let wrong = resolve("", &[], &flags).err().map(|error| error.to_string());
            assert_eq!(wrong.is_some(), part.is_some(), "{flags:?}: {wrong:?}");
            let told = wrong.zip(part).is_none_or(|(wrong, part)| wrong.contains(part));
            assert!(told, "{flags:?}");
        }
    }

    #[test]
    fn a_file_that_is_not_toml_says_where() {
        let error = resolve("listen = \n", &[], &[]).unwrap_err().to_string();
        assert!(error.contains("sutler.toml is not TOML"), "{error}");
        assert!(error.contains("line 1, column 10: "), "{error}");
        for content in ["secret_key = \"geheim", "secret_key = 'x'\nsecret_key = 'geheim'"] {
            let error = resolve(content, &[], &[]).unwrap_err().to_string();
            assert!(error.contains("is not TOML") && !error.contains("geheim"), "{error}");
        }
    }

    #[test]
    fn a_mistake_takes_one_line() {
        let error = resolve("listen = \"a\\nb\"\n\"\\u001B[2J\" = 1", &[], &[]).unwrap_err();
        assert_eq!(error.problems.len(), 2, "{error}");
        assert!(error.problems.iter().all(|p| !p.contains(char::is_control)), "{error}");
        assert!(error.to_string().contains(r"\u{1b}[2J is not a setting"), "{error}");
    }

    #[test]
    fn a_secret_can_be_read_from_a_file() {
        let path = std::env::temp_dir().join(format!("sutler-secret-{}", std::process::id()));
        fs::write(&path, "  from a file\n").unwrap();
        let environment = [("SUTLER_SECRET_KEY_FILE", path.to_str().unwrap())];
        let settings = resolve("", &environment, &[]).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(settings.secret_key.as_ref().unwrap().expose(), "from a file");
        assert!(!format!("{settings:?}").contains("from a file"));
    }

    #[test]
    fn every_setting_but_secrets_has_a_flag() {
        let command = clap::Command::new("sutler").args(Settings::flags(&["listen"]));
        let matches = command
            .try_get_matches_from(["sutler", "--queue-max-age", "1s", "--catalog-public", "false"])
            .unwrap();
        let settings = Settings::load(&matches).unwrap();
        assert_eq!(settings.queue_max_age.as_secs(), 1);
        assert!(!settings.catalog_public);
        let mut command = clap::Command::new("sutler").args(Settings::flags(&["listen"]));
        let help = command.render_long_help().to_string();
        assert!(help.contains("--listen") && help.contains("--config"), "{help}");
        assert!(!help.contains("--queue-limit") && !help.contains("secret"), "{help}");
    }
}
