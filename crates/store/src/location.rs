//! Where the shop's data lies: `sqlite://PATH` or `postgres://…`, read once.

use crate::{
    Readers, migrations,
    postgres::PostgresServer,
    sqlite::SqliteFile,
    tx::{Connect, Error},
};
use std::{fmt, path::PathBuf, str::FromStr, time::Duration};
use tokio_postgres::config::{Host, SslMode};

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
        config.application_name("sutler");
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

    pub fn readers(&self, connections: usize) -> Result<Readers, Error> {
        match self {
            Location::Sqlite(path) => Ok(Readers::sqlite(path, connections)),
            Location::Postgres(config) => Readers::postgres(config, connections),
        }
    }

    /// Brings the schema up to date; tells what was applied. Two nodes may try at once.
    pub async fn migrate(&self) -> Result<Vec<String>, Error> {
        migrations::migrate(self).await
    }

    /// The migrations that are still to be applied.
    pub async fn missing_migrations(&self) -> Result<Vec<String>, Error> {
        migrations::missing(self).await
    }
}
