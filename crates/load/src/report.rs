//! What a run found: the figures, as `--json` prints them and `--csv` writes their seconds.

use crate::scenario::{Kind, Scenario};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt::Write};

/// The outcome of one run.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct Report {
    pub url: String,
    pub scenario: Scenario,
    pub users: u32,
    /// Requests per second asked for, in an open loop.
    pub rate: Option<f64>,
    pub seed: u64,
    /// How long was measured, without the warm-up.
    pub measured_seconds: f64,
    pub total: Figures,
    pub kinds: BTreeMap<Kind, Figures>,
    /// Every order that the shop said it took, those of the warm-up included.
    pub acknowledged_orders: u64,
    /// Requests still without an answer when the run gave up waiting; counted nowhere else.
    pub unanswered: u64,
    /// Requests of an open loop that fell due and were never sent; counted nowhere else.
    pub unsent: u64,
    /// For how long the first of those had been waiting.
    pub behind_ms: f64,
    /// What all of this cost the client itself, warm-up included; where the system tells.
    pub client_cpu_seconds: Option<f64>,
    pub seconds: Vec<Row>,
}

/// The figures of one kind of request, or of all.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Requests that began while measured and came to some end.
    pub requests: u64,
    pub succeeded: u64,
    pub orders: u64,
    /// Answers other than success, by the `code` of the problem, else by status.
    pub refusals: BTreeMap<String, u64>,
    pub transport_errors: BTreeMap<String, u64>,
    /// Answers per second while measured, refusals included.
    pub requests_per_s: f64,
    pub orders_per_s: f64,
    /// Of everything that was answered, refusals included.
    pub latency: Latency,
}

/// How long answers took: from sending or, in an open loop, from the intended start.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq)]
pub struct Latency {
    pub mean_ms: f64,
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    pub p999_ms: f64,
    pub max_ms: f64,
}

/// One second, counted when answers came.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Row {
    pub second: u64,
    pub requests: u64,
    pub orders: u64,
    pub refusals: u64,
    pub errors: u64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

impl Report {
    /// Whether somebody got what he asked for, and nobody was left without an answer. A refusal is one.
    pub fn succeeded(&self) -> bool {
        self.total.succeeded > 0 && self.total.transport_errors.is_empty()
    }

    /// The text of the `--csv` file.
    pub fn to_csv(&self) -> String {
        let mut text = String::from("second,requests,orders,refusals,errors,p50_ms,p99_ms\n");
        for row in &self.seconds {
            let Row { second, requests, orders, refusals, errors, p50_ms, p99_ms } = row;
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{second},{requests},{orders},{refusals},{errors},{p50_ms:.3},{p99_ms:.3}"
            );
        }
        text
    }
}

impl Latency {
    pub fn of(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1000.0;
        if histogram.is_empty() {
            return Self::default();
        }
        Self {
            mean_ms: histogram.mean() / 1000.0,
            p50_ms: at(0.5),
            p90_ms: at(0.9),
            p99_ms: at(0.99),
            p999_ms: at(0.999),
            max_ms: histogram.max() as f64 / 1000.0,
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Of a run that found nothing.
    pub fn empty(scenario: Scenario) -> Report {
        Report {
            url: "http://shop".to_owned(),
            scenario,
            users: 8,
            rate: None,
            seed: 1,
            measured_seconds: 2.0,
            total: Figures::default(),
            kinds: BTreeMap::new(),
            acknowledged_orders: 0,
            unanswered: 0,
            unsent: 0,
            behind_ms: 0.0,
            client_cpu_seconds: None,
            seconds: Vec::new(),
        }
    }

    #[test]
    fn a_run_succeeded_if_one_request_did_and_all_were_answered() {
        let mut report = empty(Scenario::Order);
        report.total.requests = 1;
        assert!(!report.succeeded());
        report.total.succeeded = 1;
        assert!(report.succeeded());
        report.total.refusals.insert("out_of_stock".into(), 1);
        assert!(report.succeeded());
        report.total.transport_errors.insert("reset".into(), 1);
        assert!(!report.succeeded());
    }

    #[test]
    fn seconds_are_written_one_a_line() {
        let mut report = empty(Scenario::Order);
        report.seconds = vec![
            Row {
                second: 1,
                requests: 6,
                orders: 5,
                refusals: 4,
                errors: 3,
                p50_ms: 2.0,
                p99_ms: 1.2346,
            },
            Row { second: 2, ..Row::default() },
        ];
        assert_eq!(
            report.to_csv(),
            "second,requests,orders,refusals,errors,p50_ms,p99_ms\n1,6,5,4,3,2.000,1.235\n2,0,0,0,0,0.000,0.000\n"
        );
    }

    #[test]
    fn latencies_are_told_in_milliseconds() {
        let mut histogram = Histogram::new_with_bounds(1, 1_000_000, 3).unwrap();
        assert_eq!(Latency::of(&histogram), Latency::default());
        for us in 1..=1000 {
            histogram.record(us).unwrap();
        }
        let Latency { mean_ms, p50_ms, p90_ms, p99_ms, p999_ms, max_ms } = Latency::of(&histogram);
        assert_eq!([mean_ms, p50_ms, p90_ms], [0.5005, 0.5, 0.9]);
        assert_eq!([p99_ms, p999_ms, max_ms], [0.99, 0.999, 1.0]);
    }
}
