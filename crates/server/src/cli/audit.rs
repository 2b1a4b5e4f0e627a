//! `sutler audit`: the invariants of a shop, checked where it is kept, whether it runs or not.

use super::{Outcome, node};
use crate::settings::Settings;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use std::process::ExitCode;
use store::Finding;

pub async fn run(settings: &Settings) -> Outcome {
    let location = node::location(settings)?;
    let missing = location.missing_migrations().await?;
    if !missing.is_empty() {
        anyhow::bail!("{location} has no shop of this version: run `sutler migrate` first");
    }
    let findings = location.audit().await?;
    println!("{location}");
    println!("{}", overview(&findings));
    let broken: Vec<&Finding> = findings.iter().filter(|finding| !finding.is_sound()).collect();
    for finding in &broken {
        println!("\nBroken: {}", finding.holds);
        println!("{}", rows(finding));
    }
    match broken.len() {
        0 => {
            println!("All {} invariants hold.", findings.len());
            Ok(ExitCode::SUCCESS)
        }
        many => {
            println!("{many} of {} invariants are broken.", findings.len());
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
