//! What can be asked of `sutler load` on the command line.
//! Every flag has its default and its help here and nowhere else.

use crate::scenario::Scenario;
use std::{path::PathBuf, time::Duration};

/// Put load on a shop and measure what it takes
#[derive(clap::Args, Clone, Debug)]
pub struct LoadArgs {
    /// Where the shop is; the same as --url
    #[arg(value_name = "URL", conflicts_with = "url")]
    pub target: Option<String>,

    /// Where the shop is: http://HOST:PORT
    #[arg(long, default_value = "http://127.0.0.1:8000")]
    pub url: String,

    /// How many users, each with one keep-alive connection
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub users: u32,

    /// Users that start per second (default: all at once)
    #[arg(long, value_name = "PER_SECOND", value_parser = parse_rate)]
    pub spawn_rate: Option<f64>,

    /// How long to measure, as 500ms, 30s or 2m
    #[arg(long, default_value = "30s", value_parser = parse_duration)]
    pub run_time: Duration,

    /// How long to run before anything is counted
    #[arg(long, default_value = "0s", value_parser = parse_duration)]
    pub warm_up: Duration,

    /// What the users do
    #[arg(long, value_enum, default_value_t = Scenario::Mix)]
    pub scenario: Scenario,

    /// Open loop: this many requests per second in total, with latencies from the intended start
    /// (default: closed loop, each user sends its next request when the last is answered)
    #[arg(long, value_name = "PER_SECOND", value_parser = parse_rate)]
    pub rate: Option<f64>,

    /// Whose account the users share; with {} in it the names of --accounts accounts, that have a number
    /// from 1 in its place
    #[arg(long, env = "SUTLER_LOAD_USERNAME", default_value = "demo")]
    pub username: String,

    /// The password of that account, or of each
    #[arg(
        long,
        env = "SUTLER_LOAD_PASSWORD",
        default_value = "demo-password",
        hide_env_values = true
    )]
    pub password: String,

    /// Register this many fresh customers and spread the users over them (0: share one account; where
    /// there are carts, one for each user)
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub accounts: u32,

    /// A file of access tokens, one in a line: the users spread over their accounts, and nobody logs in
    #[arg(long, value_name = "PATH", conflicts_with = "accounts")]
    pub tokens: Option<PathBuf>,

    /// The API key by which orders of another system are handed over; a demo needs none
    #[arg(long, value_name = "KEY", env = "SUTLER_LOAD_CHANNEL_KEY", hide_env_values = true)]
    pub channel_key: Option<String>,

    /// Each account has one turn, and the run is over after the last of them: with `cart` all of them put a
    /// unit into theirs, and with `checkout` they check out what lies there
    #[arg(long)]
    pub once: bool,

    /// Over how many products orders and reads spread
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub products: u32,

    /// Take the products with the ids from 1 to --products, and look none up
    #[arg(long)]
    pub numbered: bool,

    /// The product that `hot` orders: id, public id or sku (default: the one with the most stock)
    #[arg(long, value_name = "REF")]
    pub product: Option<String>,

    /// Lines per order, and of a cart that is checked out (for `cart`: 5)
    #[arg(long, default_value_t = 1, default_value_if("scenario", "cart", "5"), value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub lines: u32,

    /// How often a unit is added to each line of a cart before it is checked out (for `cart`: 20)
    #[arg(long, default_value_t = 1, default_value_if("scenario", "cart", "20"), value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub adds: u32,

    /// Leave out Idempotency-Key
    #[arg(long)]
    pub no_keys: bool,

    /// How long to wait for one answer
    #[arg(long, default_value = "30s", value_parser = parse_duration)]
    pub timeout: Duration,

    /// Draw the same requests again (default: different ones each time)
    #[arg(long)]
    pub seed: Option<u64>,

    /// Print the report as JSON instead of a table
    #[arg(long)]
    pub json: bool,

    /// Write one row per second to this file
    #[arg(long, value_name = "PATH")]
    pub csv: Option<PathBuf>,
}

impl LoadArgs {
    /// The address asked for, by whichever of its two ways.
    pub fn address(&self) -> &str {
        self.target.as_deref().unwrap_or(&self.url)
    }
}

/// Reads `500ms`, `30s`, `2m` or `1h`, with decimals if wanted.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale_s = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err("give a number with its unit: 500ms, 30s, 2m or 1h".to_owned()),
    };
    let plain = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let amount: f64 = match number.parse() {
        Ok(amount) if plain => amount,
        _ => return Err(format!("{number:?} is not a number")),
    };
    // A day is longer than any run that a person waits for, and keeps deadlines within the clock.
    match Duration::try_from_secs_f64(amount * scale_s) {
        Ok(duration) if duration <= Duration::from_secs(86_400) => Ok(duration),
        _ => Err("a day at most".to_owned()),
    }
}

fn parse_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.001..=10_000_000.0).contains(&rate) => Ok(rate),
        Ok(_) => Err("a rate is between 0.001 and 10000000 per second".to_owned()),
        Err(_) => Err("not a number".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn durations_are_read_with_their_unit() {
        let good = [
            ("500ms", 500),
            ("30s", 30_000),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("1.5s", 1_500),
            ("0s", 0),
            ("24h", 86_400_000),
            ("86400s", 86_400_000),
        ];
        for (text, millis) in good {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "30",
            "s",
            "-1s",
            "1e3s",
            "1 s",
            "1.2.3s",
            "1d",
            "25h",
            "86400.001s",
            "1s2",
            "infs",
            "99999999999999999999s",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rates_are_positive_and_finite() {
        assert_eq!(parse_rate("5000"), Ok(5000.0));
        assert_eq!(parse_rate("0.5"), Ok(0.5));
        assert_eq!(parse_rate("0.001"), Ok(0.001));
        assert_eq!(parse_rate("10000000"), Ok(10_000_000.0));
        for text in ["0", "0.0009", "10000001", "-1", "inf", "NaN", "ten", ""] {
            assert!(parse_rate(text).is_err(), "{text}");
        }
    }

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        load: LoadArgs,
    }

    fn parse(flags: &str) -> Option<LoadArgs> {
        let flags = ["sutler"].into_iter().chain(flags.split_whitespace());
        Cli::try_parse_from(flags).ok().map(|cli| cli.load)
    }

    #[test]
    fn a_run_without_flags_is_a_short_one_against_a_shop_of_this_machine() {
        let args = parse("").unwrap();
        assert_eq!(args.address(), "http://127.0.0.1:8000");
        assert_eq!((args.users, args.accounts, args.products, args.lines), (32, 0, 1000, 1));
        assert_eq!((args.adds, args.numbered), (1, false));
        let times = [args.run_time, args.warm_up, args.timeout];
        assert_eq!(times.map(|time| time.as_secs()), [30, 0, 30]);
        assert_eq!(args.scenario, Scenario::Mix);
        assert_eq!((args.rate, args.spawn_rate, args.seed), (None, None, None));
        assert!(!args.no_keys && !args.json && args.csv.is_none() && args.product.is_none());
    }

    #[test]
    fn the_address_is_given_in_one_of_two_ways() {
        assert_eq!(parse("--url http://a").unwrap().address(), "http://a");
        assert_eq!(parse("http://b").unwrap().address(), "http://b");
        assert!(parse("http://b --url http://a").is_none());
    }

    /// As many adds to one checkout that it hardly counts, in a cart that is no larger than people's.
    #[test]
    fn carts_are_added_to_more_often_where_that_is_what_is_measured() {
        let cases = [
            ("--scenario cart", 5, 20),
            ("--scenario cart --lines 2 --adds 3", 2, 3),
            ("--scenario checkout", 1, 1),
        ];
        for (flags, lines, adds) in cases {
            let args = parse(flags).unwrap();
            assert_eq!((args.lines, args.adds), (lines, adds), "{flags}");
        }
    }

    #[test]
    fn numbers_have_bounds() {
        let cases = [
            ("users", 1, 100_000),
            ("accounts", 0, 100_000),
            ("products", 1, 1_000_000),
            ("lines", 1, 100),
            ("adds", 1, 1000),
        ];
        for (flag, least, most) in cases {
            for (number, good) in
                [(least - 1, false), (least, true), (most, true), (most + 1, false)]
            {
                assert_eq!(parse(&format!("--{flag}={number}")).is_some(), good, "{flag} {number}");
            }
        }
    }
}
