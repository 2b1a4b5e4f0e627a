//! `sutler audit`: the invariants of a shop, checked where it is kept, whether it runs or not.

use super::{Outcome, node, output::say};
use crate::settings::Settings;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use std::process::ExitCode;
use store::Finding;

pub async fn run(settings: &Settings) -> Outcome {
    let location = node::location(settings)?;
    node::is_there(&location).await?;
    let findings = location.audit().await?;
    say(format!("{location}\n{}", overview(&findings)))?;
    let broken: Vec<&Finding> = findings.iter().filter(|finding| !finding.is_sound()).collect();
    for finding in &broken {
        say(format!("\nBroken: {}\n{}", finding.holds, rows(finding)))?;
    }
    match broken.len() {
        0 => {
            say(format!("All {} invariants hold.", findings.len()))?;
            Ok(ExitCode::SUCCESS)
        }
        many => {
            say(format!("{many} of {} invariants are broken.", findings.len()))?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn overview(findings: &[Finding]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(["what holds in a sound shop", "found"]);
    for finding in findings {
        let found = match finding.rows.len() {
            0 => "holds".to_owned(),
            rows => format!("BROKEN, {rows} rows shown"),
        };
        table.add_row([finding.holds, &found]);
    }
    table
}

fn rows(finding: &Finding) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(&finding.columns);
    for row in &finding.rows {
        table.add_row(row);
    }
    table
}
