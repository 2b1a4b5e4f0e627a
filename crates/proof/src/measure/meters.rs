//! Reads what a shop's process and its database have cost, at the two ends of a measurement.

use crate::{measure::figures::Figures, stage::processes};
use anyhow::Context;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_postgres::Client;

/// Whose costs are counted.
pub struct Meter {
    /// The process of the shop: this one, or a server's.
    pub shop: u32,
    /// The thread in this process that writes; a server's is not looked at.
    pub writer: Option<&'static str>,
    pub postgres: Option<PostgresMeter>,
}

pub struct PostgresMeter {
    pub postmaster: u32,
    pub admin: Arc<Client>,
}

#[derive(Debug)]
pub struct Sample {
    at: Instant,
    shop: Duration,
    writer: Option<Duration>,
    database: Duration,
    disk_bytes: u64,
}

impl Meter {
    pub async fn read(&self) -> anyhow::Result<Sample> {
        let (database, disk_bytes) = match &self.postgres {
            None => (Duration::ZERO, processes::written_bytes(self.shop)?),
            Some(postgres) => {
                let wal = postgres.wal_bytes().await?;
                (processes::cpu_of_family(postgres.postmaster)?, wal)
            }
        };
        Ok(Sample {
            at: Instant::now(),
            shop: processes::cpu_of(self.shop)?,
            writer: self.writer.map(processes::cpu_of_threads).transpose()?,
            database,
            disk_bytes,
        })
    }
}

impl PostgresMeter {
    async fn wal_bytes(&self) -> anyhow::Result<u64> {
        let position = "select (pg_current_wal_lsn() - '0/0')::bigint";
        let row = self.admin.query_one(position, &[]).await.context("asking for the WAL")?;
        Ok(u64::try_from(row.try_get::<_, i64>(0)?)?)
    }
}

impl Sample {
    /// What each of `orders` has cost since.
    pub fn figures(&self, end: &Sample, orders: u64) -> Figures {
        let number = orders.max(1) as f64;
        let each = |time: Duration| time.as_secs_f64() * 1e6 / number;
        let since = |end: Duration, start: Duration| each(end.saturating_sub(start));
        let database = since(end.database, self.database);
        let writer = end.writer.zip(self.writer).map(|(end, start)| since(end, start) + database);
        Figures {
            per_s: orders as f64 / end.at.duration_since(self.at).as_secs_f64(),
            cpu_us: Some(since(end.shop, self.shop) + database),
            writer_cpu_us: writer,
            database_cpu_us: Some(database),
            disk_bytes: Some(end.disk_bytes.saturating_sub(self.disk_bytes) as f64 / number),
            ..Figures::default()
        }
    }
}
