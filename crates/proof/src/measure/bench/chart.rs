//! A picture of the rates for the README: one bar per kind of run, the engines side by side.

use super::results::{Kind, Results};
use crate::stage::engines::Engine;
use std::fmt::Write;

const WIDTH: f64 = 760.0;
const LABELS: f64 = 280.0;
const NUMBERS: f64 = 150.0;
const BAR: f64 = 16.0;
const GAP: f64 = 14.0;
const TOP: f64 = 64.0;

const KINDS: [Kind; 7] = [
    Kind::Limit,
    Kind::Store,
    Kind::Spread(32),
    Kind::Spread(256),
    Kind::Spread(1000),
    Kind::Hot(32),
    Kind::Hot(256),
];

fn color(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "#3b7dd8",
        Engine::Postgres => "#e08a2c",
    }
}

pub fn svg(results: &Results) -> String {
    let engines = results.engines();
    let rate = |engine, kind| results.median(engine, kind).map(|run| run.per_s);
    let kinds: Vec<Kind> = KINDS
        .into_iter()
        .filter(|kind| engines.iter().any(|engine| rate(*engine, *kind).is_some()))
        .collect();
    let rates = kinds.iter().flat_map(|kind| engines.iter().map(|engine| rate(*engine, *kind)));
    let most = rates.flatten().fold(1.0, f64::max);
    let group = BAR * engines.len() as f64 + GAP;
    let height = TOP + group * kinds.len() as f64 + 8.0;
    let mut svg = head(height, &engines);
    for (index, kind) in kinds.iter().enumerate() {
        let top = TOP + group * index as f64;
        let middle = top + (group - GAP) / 2.0 + 4.5;
        text(&mut svg, (LABELS - 12.0, middle), "end", &kind.to_string());
        for (place, engine) in engines.iter().enumerate() {
            let Some(run) = results.median(*engine, *kind) else { continue };
            let y = top + BAR * place as f64;
            let length = (WIDTH - LABELS - NUMBERS) * run.per_s / most;
            let _ = writeln!(
                svg,
                r#"<rect x="{LABELS}" y="{y:.1}" width="{length:.1}" height="{:.1}" rx="2" fill="{}"/>"#,
                BAR - 2.0,
                color(*engine)
            );
            let cpu = run.served_cpu_us().map_or(String::new(), |us| format!(" · {us:.0} µs CPU"));
            let label = format!("{:.0}/s{cpu}", run.per_s);
            text(&mut svg, (LABELS + length + 6.0, y + BAR - 4.5), "start", &label);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn head(height: f64, engines: &[Engine]) -> String {
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" font-family="system-ui, sans-serif" font-size="12" fill="#24292f">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="16" y="24" font-size="15" font-weight="600">Durable orders per second, and processor time per order</text>
"##
    );
    let mut x = 16.0;
    for engine in engines {
        let _ = writeln!(
            svg,
            r#"<rect x="{x}" y="36" width="11" height="11" rx="2" fill="{}"/>"#,
            color(*engine)
        );
        text(&mut svg, (x + 17.0, 46.0), "start", &engine.to_string());
        x += 90.0;
    }
    svg
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, words: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(svg, r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{words}</text>"#);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::figures::Figures;

    #[test]
    fn a_bar_for_each_engine_and_run_that_was_measured() {
        let mut results = Results::default();
        for engine in [Engine::Sqlite, Engine::Postgres] {
            results.add_fdatasync(engine, 1.0);
            for (kind, per_s) in [(Kind::Limit, 20_000.0), (Kind::Spread(32), 5_000.0)] {
                results.add(engine, kind, Figures { per_s, ..Figures::default() });
            }
        }
        let svg = svg(&results);
        assert_eq!(svg.matches("20000/s").count(), 2);
        assert_eq!(svg.matches("5000/s").count(), 2);
        assert_eq!(svg.matches("HTTP orders, 32 connections").count(), 1);
        assert!(!svg.contains("store alone"));
    }
}
