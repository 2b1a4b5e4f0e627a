//! The load generator behind `sutler load`: users that browse and order, and what they measured.
//! Shares the machine with the server under test, so whatever runs per request is kept cheap;
//! a failing server is counted and never ends a run.

mod answer;
mod args;
mod catalog;
mod desk;
mod engine;
mod http;
mod pace;
mod progress;
mod random;
mod report;
mod request;
mod scenario;
mod session;
mod stats;
mod table;
mod timeline;
mod user;

use anyhow::Context;
use std::io::{ErrorKind, Write};

pub use answer::Answer;
pub use args::LoadArgs;
pub use http::{Connection, Target, TransportError};
pub use report::{Figures, Latency, Report, Row};
pub use request::{RequestText, write_order};
pub use scenario::{Kind, Scenario};
pub use session::Session;

/// Loads a shop and prints what was found: progress on stderr, the table or JSON on stdout.
pub async fn run(args: LoadArgs) -> anyhow::Result<Report> {
    let (json, csv) = (args.json, args.csv.clone());
    let report = measure(args).await?;
    if let Some(path) = csv {
        std::fs::write(&path, report.to_csv())
            .with_context(|| format!("writing {}", path.display()))?;
    }
    let mut text =
        if json { serde_json::to_string_pretty(&report)? } else { table::render(&report) };
    text.push('\n');
    match std::io::stdout().write_all(text.as_bytes()) {
        // Whoever reads it has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        printed => printed.context("printing the report")?,
    }
    Ok(report)
}

/// Loads a shop and prints nothing but progress.
pub async fn measure(args: LoadArgs) -> anyhow::Result<Report> {
    // A thread and a runtime of its own: on the many threads of the caller's, users would be
    // passed from core to core at the server's expense.
    let engine = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(engine::drive(args))
    });
    engine.await.context("the load engine stopped")?
}
