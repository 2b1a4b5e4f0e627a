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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        report::{Latency, tests::empty},
        scenario::{Kind, Scenario},
    };

    fn counts<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
        counts.map(|(name, count)| (name.to_owned(), count)).into()
    }

    /// What went wrong is told, each with its number, and what did not is not spoken of.
    #[test]
    fn notes_tell_what_went_wrong_and_nothing_else() {
        let mut report = empty(Scenario::Order);
        report.kinds.insert(Kind::Order, Figures::default());
        let notes = |report: &Report| {
            let text = render(report);
            let after = text.rfind('╯').or_else(|| text.rfind('┘')).unwrap();
            let notes = text[after..].lines().skip(1).map(str::to_owned);
            notes.collect::<Vec<_>>()
        };
        let names = |report: &Report| {
            let text = render(report);
            let lines = text.lines().filter(|line| line.contains(|c: char| c.is_ascii_digit()));
            let name =
                |line: &str| line.split(['│', '┆']).nth(1).map(|cell| cell.trim().to_owned());
            lines.filter_map(name).filter(|name| !name.is_empty()).collect::<Vec<_>>()
        };
        assert_eq!(names(&report), ["order"]);
        report.kinds.insert(Kind::List, Figures::default());
        assert_eq!(names(&report), ["list", "order", "total"]);
        report.kinds.remove(&Kind::List);
        let first = "order against http://shop, 8 users, closed loop, 2.0 s";
        assert_eq!(notes(&report), [first]);
        report.rate = Some(50.0);
        report.total.orders = 1;
        report.total.orders_per_s = 0.5;
        let order = report.kinds.get_mut(&Kind::Order).unwrap();
        order.refusals = counts([("out_of_stock", 3), ("409", 1)]);
        order.transport_errors = counts([("closed", 2)]);
        (report.unanswered, report.unsent, report.behind_ms) = (1, 1, 1500.0);
        let expected = [
            first.replace("closed loop", "open loop at 50 requests/s"),
            "orders placed: 1, 0 orders/s".to_owned(),
            "order refused: 409 1, out_of_stock 3".to_owned(),
            "order transport errors: closed 2".to_owned(),
            "without an answer at the end: 1".to_owned(),
            "never sent: 1; the server was 1.5 s behind the rate".to_owned(),
        ];
        assert_eq!(notes(&report), expected);
    }

    #[test]
    fn every_figure_has_its_column() {
        let mut report = empty(Scenario::Browse);
        report.kinds.insert(Kind::List, Figures::default());
        report.total = Figures {
            requests: 101,
            succeeded: 102,
            orders: 103,
            refusals: counts([("a", 100), ("b", 4)]),
            transport_errors: counts([("c", 100), ("d", 5)]),
            requests_per_s: 106.4,
            orders_per_s: 107.0,
            latency: Latency {
                mean_ms: 108.0,
                p50_ms: 109.0,
                p90_ms: 110.0,
                p99_ms: 111.0,
                p999_ms: 112.0,
                max_ms: 113.456,
            },
        };
        let text = render(&report);
        let cells = |line: usize| {
            let line = text.lines().nth(line).unwrap();
            let cells = line.split(['│', '┆']).map(|cell| cell.trim().to_owned());
            cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
        };
        assert_eq!(cells(1), HEADER[1..]);
        assert_eq!(
            cells(3),
            [
                "list", "101", "102", "103", "104", "105", "106", "109.00", "110.00", "111.00",
                "112.00", "113.46"
            ]
        );
    }
}
