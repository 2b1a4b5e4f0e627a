//! The results as people read them.

use super::{
    results::{Kind, Results},
    targets::{Bound, Target},
};
use crate::stage::engines::Engine;
use comfy_table::{Cell, CellAlignment, Table, presets::UTF8_FULL_CONDENSED};

const HEADER: [&str; 11] = [
    "engine",
    "run",
    "per second",
    "of the limit",
    "CPU us",
    "of the limit",
    "CPU us, all",
    "p50 ms",
    "p99 ms",
    "disk bytes",
    "batch",
];

pub fn runs(results: &Results) -> String {
    let mut table = new_table(&HEADER);
    for engine in results.engines() {
        for kind in results.kinds(engine) {
            add_run(&mut table, results, engine, kind);
        }
    }
    let mut text = table.to_string();
    text.push_str(
        "\nMedians of all rounds; ratios are medians of the rounds' own. CPU is microseconds per \
         order (or answer) of the\nshop's process and Postgres; of the limit and the store alone, \
         which share their process with the clients, it\nis the writer's thread and Postgres, and \
         `all` has the clients, too. Disk bytes: Postgres the WAL, SQLite all\nthat is written.\n",
    );
    for engine in results.engines() {
        let Some((best, median)) = results.fdatasync_ms(engine) else { continue };
        text.push_str(&format!(
            "fdatasync of 4 KiB where {engine} writes: {best:.2} ms in the best round, median {median:.2} ms\n"
        ));
    }
    text
}

fn add_run(table: &mut Table, results: &Results, engine: Engine, kind: Kind) {
    let Some(run) = results.median(engine, kind) else { return };
    // In the limit's own shop.
    let is_order = !matches!(
        kind,
        Kind::List
            | Kind::Bare
            | Kind::Catalog(..)
            | Kind::Sheet(_)
            | Kind::Shop(_)
            | Kind::Flow(_)
    );
    let of_limit = |ratio: Option<f64>| number(ratio.filter(|_| is_order), 2);
    let rate = results.ratio(engine, (kind, Kind::Limit), |run| Some(run.per_s));
    let cells = [
        number(Some(run.per_s), 0),
        of_limit(rate),
        number(run.served_cpu_us(), 1),
        of_limit(results.cpu_ratio(engine, kind)),
        number(run.writer_cpu_us.and(run.cpu_us), 1),
        number(run.p50_ms, 2),
        number(run.p99_ms, 2),
        number(run.disk_bytes, 0),
        number(run.batch, 0),
    ];
    let mut row = vec![Cell::new(engine), Cell::new(kind)];
    row.extend(cells.map(right));
    table.add_row(row);
}

pub fn targets(targets: &[Target]) -> String {
    let mut table = new_table(&["engine", "target", "measured", "wanted", ""]);
    for target in targets {
        let (word, bound) = match target.bound {
            Bound::AtMost(bound) => ("at most", bound),
            Bound::AtLeast(bound) => ("at least", bound),
        };
        let verdict = match target.holds {
            Some(true) => "holds",
            Some(false) => "missed",
            None => "n/a",
        };
        let digits = if target.unit == "MiB" { 0 } else { 2 };
        let measured = match target.measured {
            None => "n/a".to_owned(),
            measured => format!("{} {}", number(measured, digits), target.unit),
        };
        table.add_row([
            Cell::new(target.engine.map_or("both".to_owned(), |engine| engine.to_string())),
            Cell::new(&target.what),
            right(measured),
            right(format!("{word} {} {}", number(Some(bound), digits), target.unit)),
            Cell::new(verdict),
        ]);
    }
    table.to_string()
}

fn new_table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(header);
    table
}

fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// With thin groups of digits, and `n/a` for what was not measured.
fn number(value: Option<f64>, digits: usize) -> String {
    let Some(value) = value else { return "n/a".to_owned() };
    if digits > 0 || value < 10_000.0 {
        return format!("{value:.digits$}");
    }
    let text = format!("{value:.0}");
    let (thousands, rest) = text.split_at(text.len() - 3);
    format!("{thousands},{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(number(None, 2), "n/a");
        assert_eq!(number(Some(1.256), 2), "1.26");
        assert_eq!(number(Some(9999.4), 0), "9999");
        assert_eq!(number(Some(22_618.0), 0), "22,618");
    }

    #[test]
    fn what_was_not_measured_is_shown_as_such() {
        let target = Target {
            engine: None,
            what: "lists".into(),
            measured: None,
            bound: Bound::AtLeast(0.8),
            unit: "x",
            holds: None,
        };
        let text = targets(&[target]);
        assert!(text.contains("at least 0.80 x") && text.contains("n/a"), "{text}");
    }
}
