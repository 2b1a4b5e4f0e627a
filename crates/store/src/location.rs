//! Where the shop's data lies: `sqlite://PATH` or `postgres://…`, read once.

use crate::{
    Finding, Readers, audit,
    migrations::{self, Rehearsed, Schema},
    postgres::PostgresServer,
    sqlite::{self, SqliteFile},
    tx::{Connect, Error},
};
use std::{fmt, path::PathBuf, str::FromStr, time::Duration};
use tokio_postgres::config::{Host, SslMode};

const MIGRATE_PATIENCE: Duration = Duration::from_secs(300);

#[derive(Clone, Debug)]
pub enum Location {
    Sqlite(PathBuf),
    Postgres(Box<tokio_postgres::Config>),
}

impl FromStr for Location {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return match path {
                "" => Err("sqlite:// needs a path, such as sqlite://sutler-data/sutler.db".into()),
                path => Ok(Location::Sqlite(path.into())),
            };
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err("must begin with sqlite:// or postgres://".into());
        }
        let mut config: tokio_postgres::Config =
            url.parse().map_err(|error| format!("is no Postgres URL: {error}"))?;
        // Who migrates ends those that may not work there any more.
        config.application_name(format!("sutler/{}", migrations::schema_version()));
        config.connect_timeout(Duration::from_secs(3));
        config.tcp_user_timeout(Duration::from_secs(10));
        config.keepalives_idle(Duration::from_secs(10));
        Ok(Location::Postgres(Box::new(config)))
    }
}

impl fmt::Display for Location {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Sqlite(path) => write!(f, "SQLite at {}", path.display()),
            Location::Postgres(config) => {
                let database = config.get_dbname().unwrap_or("postgres");
                write!(f, "Postgres, database {database}")
            }
        }
    }
}

impl Location {
    /// Whether a Postgres on another machine may be reached without TLS.
    pub fn is_remote_in_the_clear(&self) -> bool {
        let Location::Postgres(config) = self else { return false };
        let is_remote = |host: &Host| match host {
            Host::Tcp(name) => !matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
            Host::Unix(_) => false,
        };
        config.get_ssl_mode() != SslMode::Require && config.get_hosts().iter().any(is_remote)
    }

    pub fn writer(&self) -> Box<dyn Connect> {
        match self {
            Location::Sqlite(path) => Box::new(SqliteFile(path.clone())),
            Location::Postgres(config) => Box::new(PostgresServer(config.as_ref().clone())),
        }
    }

    /// So many connections, and how long a query on one of them may take.
    pub fn readers(&self, connections: usize, deadline: Duration) -> Result<Readers, Error> {
        match self {
            Location::Sqlite(path) => Ok(Readers::sqlite(path, connections, deadline)),
            Location::Postgres(config) => Readers::postgres(config, connections, deadline),
        }
    }

    /// Brings the schema up to date; tells what was applied. Two nodes may try at once.
    pub async fn migrate(&self) -> Result<Vec<String>, Error> {
        self.migrate_within(MIGRATE_PATIENCE).await
    }

    /// The same, giving up after so long where tables that are to be changed are in use.
    pub async fn migrate_within(&self, patience: Duration) -> Result<Vec<String>, Error> {
        migrations::migrate(self, patience).await.map_err(|error| self.named(error))
    }

    /// Brings a copy up to date, and tells how it went. Nobody works on it meanwhile.
    pub async fn rehearse(&self) -> Result<Vec<Rehearsed>, Error> {
        migrations::rehearse(self).await.map_err(|error| self.named(error))
    }

    /// How far the schema is, or that there is none.
    pub async fn schema(&self) -> Result<Schema, Error> {
        migrations::schema(self).await.map_err(|error| self.named(error))
    }

    /// Every invariant, checked in one snapshot.
    pub async fn audit(&self) -> Result<Vec<Finding>, Error> {
        audit::audit(self).await.map_err(|error| self.named(error))
    }

    /// Moves what lies in SQLite's write-ahead log into its file, so that a copy of the file alone
    /// is the whole shop. For the end of a process: it waits for those who still read.
    pub fn settle(&self) -> Result<(), Error> {
        match self {
            Location::Sqlite(path) if path.exists() => sqlite::settle(path),
            _ => Ok(()),
        }
    }

    /// An error that says which file it is about.
    fn named(&self, error: Error) -> Error {
        match self {
            Location::Sqlite(path) => sqlite::named(path, error),
            Location::Postgres(_) => error,
        }
    }
}
