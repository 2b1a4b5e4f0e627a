//! A demo shop that nobody visits: how much memory it takes, and how long an existing one takes to
//! answer.

use super::results::Idle;
use crate::{
    measure::figures::median,
    stage::{processes, servers::Sutler},
};
use anyhow::Context;
use std::time::Duration;
use testbed::TempDir;

const SETTLES_IN: Duration = Duration::from_secs(5);
const STARTS: usize = 5;

pub async fn measure(sutler: &Sutler) -> anyhow::Result<Idle> {
    let dir = TempDir::on_disk()?;
    let server = sutler.demo(dir.path()).await?;
    tokio::time::sleep(SETTLES_IN).await;
    let resident = processes::resident_bytes(server.pid())?;
    server.stop()?;
    let mut starts_ms = Vec::new();
    for _ in 0..STARTS {
        let server = sutler.demo(dir.path()).await?;
        starts_ms.push(server.start.as_secs_f64() * 1000.0);
        server.stop()?;
    }
    let start_ms = median(starts_ms.into_iter()).context("never started")?;
    Ok(Idle { resident_mib: resident as f64 / f64::from(1 << 20), start_ms })
}
