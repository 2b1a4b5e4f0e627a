//! The report as a person reads it: one line per kind of request, then what went wrong.

use crate::report::{Figures, Report};
use comfy_table::{Cell, CellAlignment, Table, presets};
use std::{collections::BTreeMap, fmt::Write};

const HEADER: [&str; 12] = [
    "",
    "requests",
    "ok",
    "orders",
    "refused",
    "errors",
    "requests/s",
    "p50 ms",
    "p90 ms",
    "p99 ms",
    "p99.9 ms",
    "max ms",
];

/// The table and the lines below it.
pub fn render(report: &Report) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(HEADER.map(|title| Cell::new(title).set_alignment(CellAlignment::Right)));
    if report.kinds.len() > 1 {
        for (kind, figures) in &report.kinds {
            add_line(&mut table, kind.name(), figures);
        }
    }
    let only = report.kinds.keys().next().map_or("total", |kind| kind.name());
    add_line(&mut table, if report.kinds.len() > 1 { "total" } else { only }, &report.total);
    let mut text = format!("{table}\n");
    // Writing to a String cannot fail.
    let _ = write_notes(&mut text, report);
    text
}

fn add_line(table: &mut Table, name: &str, figures: &Figures) {
    let refused: u64 = figures.refusals.values().sum();
    let errors: u64 = figures.transport_errors.values().sum();
    let latency = figures.latency;
    let mut line = vec![Cell::new(name)];
    let counts = [figures.requests, figures.succeeded, figures.orders, refused, errors];
    let numbers = counts.map(|number| number.to_string());
    let rate = [format!("{:.0}", figures.requests_per_s)];
    let times = [latency.p50_ms, latency.p90_ms, latency.p99_ms, latency.p999_ms, latency.max_ms];
    let times = times.map(|ms| format!("{ms:.2}"));
    let cells = numbers.into_iter().chain(rate).chain(times);
    line.extend(cells.map(|text| Cell::new(text).set_alignment(CellAlignment::Right)));
    table.add_row(line);
}

fn write_notes(text: &mut String, report: &Report) -> std::fmt::Result {
    let loop_kind = match report.rate {
        Some(rate) => format!("open loop at {rate} requests/s"),
        None => "closed loop".to_owned(),
    };
    writeln!(
        text,
        "{} against {}, {} users, {loop_kind}, {:.1} s",
        report.scenario.name(),
        report.url,
        report.users,
        report.measured_seconds
    )?;
    if report.total.orders > 0 {
        writeln!(
            text,
            "orders placed: {}, {:.0} orders/s",
            report.total.orders, report.total.orders_per_s
        )?;
    }
    for (kind, figures) in &report.kinds {
        write_counts(text, &format!("{} refused", kind.name()), &figures.refusals)?;
        write_counts(
            text,
            &format!("{} transport errors", kind.name()),
            &figures.transport_errors,
        )?;
    }
    if report.unanswered > 0 {
        writeln!(text, "without an answer at the end: {}", report.unanswered)?;
    }
    if report.unsent > 0 {
        let behind_s = report.behind_ms / 1000.0;
        writeln!(
            text,
            "never sent: {}; the server was {behind_s:.1} s behind the rate",
            report.unsent
        )?;
    }
    Ok(())
}

fn write_counts(
    text: &mut String,
    title: &str,
    counts: &BTreeMap<String, u64>,
) -> std::fmt::Result {
    if counts.is_empty() {
        return Ok(());
    }
    let list: Vec<String> =
        counts.iter().map(|(name, number)| format!("{name} {number}")).collect();
    writeln!(text, "{title}: {}", list.join(", "))
}
