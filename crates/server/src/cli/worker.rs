//! `sutler worker`: works on orders beside the nodes that serve the shop, on the same database.

use super::{Outcome, node};
use crate::{
    settings::{Processing, Settings},
    workers::processing,
};
use anyhow::bail;
use std::process::ExitCode;
use store::Location;

pub async fn run(settings: Settings) -> Outcome {
    if let Location::Sqlite(_) = node::location(&settings)? {
        bail!(
            "a shop on SQLite is served by one process, which works on its orders itself: a worker \
             beside it needs a shop on Postgres (database_url)"
        );
    }
    if settings.processing == Processing::Manual {
        bail!(
            "processing is manual: the staff move the orders, and there is nothing to work on. Set \
             processing to instant, simulated or http, here and where the shop is served"
        );
    }
    let stop = node::asked_to_stop()?;
    let within = settings.shutdown_timeout;
    let app = node::open_shop(settings).await?;
    let processor = processing::start(&app);
    tracing::info!(database = %app.location, processing = ?app.settings.processing, "working");
    stop.await;
    if let Some(processor) = processor {
        processor.close(within).await;
    }
    app.close().await?;
    tracing::info!("closed");
    Ok(ExitCode::SUCCESS)
}
