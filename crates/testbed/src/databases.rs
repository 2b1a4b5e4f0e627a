//! Which Postgres the test suites use: the given one, one started for this test process, or none.
//! Invariant: in CI there is always one, a suite never skips its Postgres half there.

use crate::{Durability, Postgres};
use std::{
    io::{self, Write},
    sync::OnceLock,
};

/// Names a Postgres to use instead of starting one.
pub const URL_VARIABLE: &str = "SUTLER_TEST_POSTGRES_URL";

/// The server the test suites share. Callers create a database of their own in it by SQL.
#[derive(Debug, Clone, Copy)]
pub enum TestPostgres {
    /// Named by `SUTLER_TEST_POSTGRES_URL`.
    Given(&'static str),
    /// Started by and for this process. It ends with the process (see `processes::spawn`), and
    /// its directory is removed by the next process that uses the testbed.
    Started(&'static Postgres),
    /// There is none: skip the Postgres half of the suite.
    None,
}

impl TestPostgres {
    /// The URL of one database of this server; `None` without a server.
    pub fn url(&self, database: &str) -> Option<String> {
        match self {
            TestPostgres::Given(base) => Some(with_database(base, database)),
            TestPostgres::Started(server) => Some(server.url(database)),
            TestPostgres::None => None,
        }
    }

    /// The URL of the database to connect to for creating others.
    pub fn admin_url(&self) -> Option<String> {
        match self {
            TestPostgres::Given(base) => Some((*base).to_owned()),
            TestPostgres::Started(_) => self.url("postgres"),
            TestPostgres::None => None,
        }
    }
}

/// The same server for every caller in this process.
///
/// # Panics
/// In CI (the variable `CI` is set) when there is no Postgres, and anywhere when there is one
/// that does not start.
pub fn test_server() -> TestPostgres {
    static SERVER: OnceLock<Found> = OnceLock::new();
    match SERVER.get_or_init(find_server) {
        Found::Given(url) => TestPostgres::Given(url),
        Found::Started(server) => TestPostgres::Started(server),
        Found::None => TestPostgres::None,
    }
}

/// Whether this runs in CI, where nothing may be skipped.
pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

enum Found {
    Given(String),
    Started(Postgres),
    None,
}

fn find_server() -> Found {
    if let Ok(url) = std::env::var(URL_VARIABLE)
        && !url.is_empty()
    {
        return Found::Given(url);
    }
    if Postgres::find().is_some() {
        return match Postgres::start(Durability::Off) {
            Ok(server) => Found::Started(server),
            Err(error) => panic!("Postgres is installed but does not start: {error}"),
        };
    }
    assert!(
        !is_ci(),
        "no Postgres in CI, where its half of the tests may not be skipped: run `cargo xtask \
         tools` first, or set {URL_VARIABLE}"
    );
    // Not eprintln: the test harness would swallow it for tests that pass.
    let _ = writeln!(
        io::stderr(),
        "SKIPPED: every test on Postgres, for no Postgres was found. `cargo xtask tools` installs \
         it, or set {URL_VARIABLE}=postgres://user:password@host/database"
    );
    Found::None
}

/// `postgres://u:p@host:1/old?x=y` with another database.
fn with_database(base: &str, database: &str) -> String {
    let (address, parameters) = match base.split_once('?') {
        Some((address, parameters)) => (address, format!("?{parameters}")),
        None => (base, String::new()),
    };
    let authority = address.find("://").map_or(0, |at| at + 3);
    let end = address[authority..].find('/').map_or(address.len(), |at| authority + at);
    format!("{}/{database}{parameters}", &address[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_a_url_is_replaced_and_the_rest_kept() {
        for (base, expected) in [
            ("postgres://u:p@h:1/old", "postgres://u:p@h:1/new"),
            ("postgres://u:p@h:1/old?a=b", "postgres://u:p@h:1/new?a=b"),
            ("postgres://h", "postgres://h/new"),
            ("postgres://h?a=/b", "postgres://h/new?a=/b"),
        ] {
            assert_eq!(with_database(base, "new"), expected);
        }
    }
}
