//! What only a database can say of itself: whether it keeps what it says it has kept, how many may come, and what time it
//! takes it to be.

use crate::{
    location::Location,
    postgres,
    sqlite::{self, classified, named},
    tx::Error,
};
use domain::Micros;

/// For those who look before a shop is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The time of a server; of a file the latest that was written into it.
    pub clock: Micros,
    /// How many connections a server lets everybody have.
    pub connections: Option<u32>,
    /// Settings of a server by which it loses what it has acknowledged.
    pub loses_by: Vec<String>,
}

const WRITTEN_LAST: &str = "select coalesce(max(at), 0) from batches";
/// The shop's own sessions wait for the disk, whatever the server's default for others is.
const OF_SERVER: &str = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint,
    current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer,
    array(select name from pg_settings where name in ('fsync', 'full_page_writes') and setting = 'off')";

impl Location {
    pub async fn condition(&self) -> Result<Condition, Error> {
        match self {
            Location::Sqlite(path) => {
                let connection = sqlite::open_reader(path)?;
                let clock = connection.query_row(WRITTEN_LAST, [], |row| row.get(0));
                let clock = Micros(clock.map_err(|error| named(path, classified(error)))?);
                Ok(Condition { clock, connections: None, loses_by: Vec::new() })
            }
            Location::Postgres(config) => {
                let client = postgres::connect(config).await?;
                let row = client.query_one(OF_SERVER, &[]).await.map_err(postgres::classified)?;
                let connections: i32 = row.get(1);
                Ok(Condition {
                    clock: Micros(row.get(0)),
                    connections: Some(u32::try_from(connections).unwrap_or_default()),
                    loses_by: row.get(2),
                })
            }
        }
    }
}
