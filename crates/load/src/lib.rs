//! The load generator behind `sutler load`: users that browse and order, and what they measured.
//! Shares the machine with the server under test, so whatever runs per request is kept cheap;
//! a failing server is counted and never ends a run.

mod answer;
mod args;
mod cart;
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

#[cfg(test)]
#[path = "../tests/it/shop.rs"]
#[expect(dead_code, reason = "whole runs want more of it than the tests beside the code")]
mod shop;

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
    print(&text_of(&report, json)?, std::io::stdout())?;
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

fn text_of(report: &Report, json: bool) -> serde_json::Result<String> {
    let mut text = if json { serde_json::to_string_pretty(report)? } else { table::render(report) };
    text.push('\n');
    Ok(text)
}

fn print(text: &str, mut to: impl Write) -> anyhow::Result<()> {
    match to.write_all(text.as_bytes()) {
        // Whoever reads it has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed.context("printing the report"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    /// Takes nothing, for this reason.
    struct Refusing(ErrorKind);

    impl Write for Refusing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_no_error_and_any_other_that_cannot_be_written_to_is() {
        let mut printed = Vec::new();
        print("report\n", &mut printed).unwrap();
        assert_eq!(printed, b"report\n");
        print("report\n", Refusing(ErrorKind::BrokenPipe)).unwrap();
        let error = print("report\n", Refusing(ErrorKind::StorageFull)).unwrap_err();
        assert_eq!(error.to_string(), "printing the report");
    }

    #[test]
    fn a_report_is_printed_as_json_or_as_a_table() {
        let report = report::tests::empty(Scenario::Order);
        let json = text_of(&report, true).unwrap();
        assert!(json.starts_with("{\n  \"url\": \"http://shop\",") && json.ends_with("}\n"));
        assert!(text_of(&report, false).unwrap().starts_with('┌'));
    }
}
