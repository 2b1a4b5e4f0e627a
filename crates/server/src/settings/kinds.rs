//! The kinds of values that settings have: how each is read, and how it is written in TOML.
//!
//! Every value arrives as text, whatever its source, so there is one reader for each kind.

use super::{
    addresses::{Listen, read_hosts, read_url},
    mail::{MailServer, Sender, read_name, read_sender, read_server},
    networks::{self, read_origins},
};
use crate::{language::Language, ports::mail::OrderNews};
use domain::Email;
use std::{fmt, path::PathBuf, time};
use tracing_subscriber::EnvFilter;

/// How a value is written in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Quoted,
    Bare,
    List,
}

pub trait Kind {
    type Value: PartialOrd;
    /// Completes "expected ...".
    const EXPECTED: &'static str;
    const FORM: Form = Form::Quoted;
    const SECRET: bool = false;

    fn read(text: &str) -> Option<Self::Value>;
}

/// Reads a value and holds it against its bounds. The error says what is expected.
pub fn check<K: Kind>(text: &str, bounds: Option<(&str, &str)>) -> Result<K::Value, String> {
    let value = K::read(text).ok_or_else(|| format!("expected {}", K::EXPECTED))?;
    if let Some((least, most)) = bounds {
        let above = K::read(least).is_none_or(|least| least <= value);
        let below = K::read(most).is_none_or(|most| value <= most);
        if !(above && below) {
            return Err(format!("expected from {least} to {most}"));
        }
    }
    Ok(value)
}

/// Text that is never shown, not even in a debug print.
#[derive(Clone, PartialEq, Eq, PartialOrd)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// What customers see of the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub enum StockShown {
    Exact,
    /// What is more is shown as this.
    UpTo(i64),
    Whether,
}

/// What becomes of a pending order by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub enum Processing {
    Manual,
    Instant,
    Simulated,
    Http,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub enum LogFormat {
    Auto,
    Human,
    Json,
}

/// Declares kinds: the type of the value, what is expected, and the reader.
macro_rules! kinds {
    ($( $name:ident($form:ident) -> $value:ty, $expected:literal, $read:expr; )+) => { $(
        pub struct $name;

        impl Kind for $name {
            type Value = $value;
            const EXPECTED: &'static str = $expected;
            const FORM: Form = Form::$form;

            fn read(text: &str) -> Option<$value> {
                let read: fn(&str) -> Option<$value> = $read;
                read(text)
            }
        }
    )+ };
}

kinds! {
    Address(Quoted) -> Listen, "an address or a name, and a port, such as 127.0.0.1:8000 or localhost:8000",
        |text| text.parse().ok();
    OptionalAddress(Quoted) -> Option<Listen>, "an address or a name, and a port, such as 127.0.0.1:9000, or nothing",
        |text| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
    Url(Quoted) -> String, "http:// or https://, a host and no query, such as https://shop.example.com",
        read_url;
    DatabaseUrl(Quoted) -> String, "sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME",
        read_database_url;
    Issuer(Quoted) -> String, "up to 255 visible ASCII characters, such as https://shop.example.com or sutler",
        |text| (text.len() <= 255 && text.bytes().all(|b| b.is_ascii_graphic())).then(|| text.into());
    Path(Quoted) -> PathBuf, "a path",
        |text| (!text.is_empty()).then(|| PathBuf::from(text));
    Hosts(List) -> Vec<String>, "hosts without scheme, port or path, such as shop.example.com, .example.com, 10.0.0.1 or [::1], or *",
        read_hosts;
    Networks(List) -> networks::Networks, "addresses and networks, such as 10.0.0.7, 10.0.0.0/8 or fd00::/8",
        networks::Networks::read;
    Origins(List) -> Vec<String>, "origins without a path, such as https://www.example.com, or *",
        read_origins;
    Count(Bare) -> usize, "a whole number",
        |text| text.parse().ok();
    Bytes(Quoted) -> usize, "a size, such as 512KiB or 2MiB",
        read_bytes;
    Duration(Quoted) -> time::Duration, "a time with its unit, such as 500ms, 2s, 15m, 12h or 30d",
        read_duration;
    Flag(Bare) -> bool, "true or false",
        |text| text.parse().ok();
    Sight(Quoted) -> StockShown, "exact, whether, or a whole number above 0, such as 10",
        |text| match text {
            "exact" => Some(StockShown::Exact),
            "whether" => Some(StockShown::Whether),
            _ => text.parse().ok().filter(|most| *most > 0).map(StockShown::UpTo),
        };
    Currency(Quoted) -> String, "the three capital letters of a currency, such as EUR",
        |text| (text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())).then(|| text.into());
    Filter(Quoted) -> String, "error, warn, info, debug or trace, or a list such as info,store=debug",
        read_filter;
    Format(Quoted) -> LogFormat, "auto, human or json",
        read_format;
    WhatIsDone(Quoted) -> Processing, "manual, instant, simulated or http",
        |text| match text {
            "manual" => Some(Processing::Manual),
            "instant" => Some(Processing::Instant),
            "simulated" => Some(Processing::Simulated),
            "http" => Some(Processing::Http),
            _ => None,
        };
    MailSender(Quoted) -> Option<Sender>, "an address, such as shop@example.com or Shop <shop@example.com>, or nothing",
        read_sender;
    MailLanguage(Quoted) -> Language, "en or de",
        Language::coded;
    Emails(List) -> Vec<String>, "e-mail addresses, such as stock@example.com",
        read_emails;
    OrderMails(List) -> Vec<OrderNews>, "any of received, completed, cancelled and failed",
        |text| named(text).map(OrderNews::named).collect();
    OptionalPath(Quoted) -> Option<PathBuf>, "a path, or nothing",
        |text| Some((!text.is_empty()).then(|| PathBuf::from(text)));
    Name(Quoted) -> String, "1 to 100 characters in one line, without quotes and angle brackets",
        read_name;
}

pub struct SecretText;

impl Kind for SecretText {
    type Value = Option<Secret>;
    const EXPECTED: &'static str = "text";
    const SECRET: bool = true;

    fn read(text: &str) -> Option<Option<Secret>> {
        Some((!text.is_empty()).then(|| Secret::new(text)))
    }
}

pub struct MailUrl;

impl Kind for MailUrl {
    type Value = Option<MailServer>;
    const EXPECTED: &'static str =
        "smtps:// or smtp://, USER:PASSWORD@ if it wants a login, and a host, or nothing";
    const SECRET: bool = true;

    fn read(text: &str) -> Option<Option<MailServer>> {
        read_server(text)
    }
}

/// What commas part.
fn named(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty())
}

fn read_emails(text: &str) -> Option<Vec<String>> {
    named(text).map(|text| Email::new(text).ok().map(|_| text.to_owned())).collect()
}

fn read_database_url(text: &str) -> Option<String> {
    let named = ["sqlite://", "postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
    (text.is_empty() || named).then(|| text.to_owned())
}

fn read_filter(text: &str) -> Option<String> {
    let directive = !text.is_empty() && EnvFilter::builder().parse(text).is_ok();
    // A lone word that is no level reads as the name of a part, and would silence all the rest.
    let known = text.contains(['=', ','])
        || text.eq_ignore_ascii_case("off")
        || text.parse::<tracing::Level>().is_ok();
    (directive && known).then(|| text.to_owned())
}

fn read_format(text: &str) -> Option<LogFormat> {
    match text {
        "auto" => Some(LogFormat::Auto),
        "human" => Some(LogFormat::Human),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

fn read_bytes(text: &str) -> Option<usize> {
    let (number, unit) = split_unit(text)?;
    let size: usize = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    usize::try_from(number).ok()?.checked_mul(size)
}

/// A span with its unit: `500ms`, `2s`.
pub fn read_duration(text: &str) -> Option<time::Duration> {
    let (number, unit) = split_unit(text)?;
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60 * 1000,
        "h" => 60 * 60 * 1000,
        "d" => 24 * 60 * 60 * 1000,
        _ => return None,
    };
    number.checked_mul(milliseconds).map(time::Duration::from_millis)
}

fn split_unit(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_their_unit() {
        for (text, milliseconds) in [
            ("500ms", Some(500)),
            ("0s", Some(0)),
            ("2 s", Some(2_000)),
            ("15m", Some(900_000)),
            ("12h", Some(43_200_000)),
            ("30d", Some(2_592_000_000)),
            ("2", None),
            ("s", None),
            ("-1s", None),
            ("1.5s", None),
            ("1w", None),
            ("99999999999999999d", None),
        ] {
            let read = read_duration(text).map(|duration| duration.as_millis());
            assert_eq!(read, milliseconds, "{text}");
        }
    }

    #[test]
    fn sizes_are_in_binary_units() {
        for (text, bytes) in [
            ("2MiB", Some(2 << 20)),
            ("1 KiB", Some(1024)),
            ("17", Some(17)),
            ("17B", Some(17)),
            ("2MB", None),
            ("-1", None),
            ("99999999999GiB", None),
        ] {
            assert_eq!(read_bytes(text), bytes, "{text}");
        }
    }

    #[test]
    fn lists_of_addresses_and_of_letters_are_read_whole_or_not_at_all() {
        let two = ["a@example.com", "b@example.com"].map(str::to_owned).to_vec();
        assert_eq!(read_emails("a@example.com, b@example.com"), Some(two));
        assert_eq!(read_emails(""), Some(vec![]));
        for text in ["a", "a@example.com,b", "a@example.com\r\nBcc: b@example.com"] {
            assert_eq!(read_emails(text), None, "{text:?}");
        }
        assert_eq!(OrderMails::read("failed, received").map(|read| read.len()), Some(2));
        assert_eq!(OrderMails::read(""), Some(vec![]));
        assert_eq!(OrderMails::read("received,started"), None);
    }

    #[test]
    fn a_filter_is_a_level_or_a_list_of_them() {
        for (text, ok) in [
            ("info", true),
            ("INFO", true),
            ("off", true),
            ("info,store=debug", true),
            ("verbose", false),
            ("store=loud", false),
            ("", false),
        ] {
            assert_eq!(read_filter(text).is_some(), ok, "{text}");
        }
    }
}
