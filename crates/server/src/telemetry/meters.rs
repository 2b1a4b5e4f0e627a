//! What happens in a shop, in figures, for Prometheus.
//!
//! `Meters` is handed to whoever counts something: there is no global recorder, so a process can
//! hold several shops. The `metrics` macros would go to that missing global one; take a handle
//! from `Meters` once, and keep it.

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusRecorder};
use std::sync::Arc;

/// Upper bounds of what is measured in seconds: a commit takes about a millisecond.
const SECONDS: &[f64] =
    &[0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];
/// Upper bounds of what is counted, such as the commands in a batch.
const SIZES: &[f64] =
    &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0, 16384.0];

/// The figures of one shop. Cheap to clone.
#[derive(Clone)]
pub struct Meters {
    recorder: Arc<PrometheusRecorder>,
}

impl Meters {
    pub fn new() -> Result<Meters, BuildError> {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
            .set_buckets(SIZES)?
            .build_recorder();
        Ok(Meters { recorder: Arc::new(recorder) })
    }

    /// A figure that only rises; its name ends in `_total`.
    pub fn counter(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&'static str, &str)],
    ) -> Counter {
        self.recorder.describe_counter(KeyName::from_const_str(name), None, help.into());
        self.recorder.register_counter(&key(name, labels), &METADATA)
    }

    /// A figure that rises and falls.
    pub fn gauge(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&'static str, &str)],
    ) -> Gauge {
        self.recorder.describe_gauge(KeyName::from_const_str(name), None, help.into());
        self.recorder.register_gauge(&key(name, labels), &METADATA)
    }

    /// How a figure is spread: seconds if its name ends in `_seconds`, else a count.
    pub fn histogram(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&'static str, &str)],
    ) -> Histogram {
        self.recorder.describe_histogram(KeyName::from_const_str(name), None, help.into());
        self.recorder.register_histogram(&key(name, labels), &METADATA)
    }

    /// All figures in Prometheus' text format.
    pub fn render(&self) -> String {
        self.recorder.handle().render()
    }

    /// Sorts what the histograms were given into their buckets.
    pub fn sort(&self) {
        self.recorder.handle().run_upkeep();
    }
}

const METADATA: Metadata<'static> = Metadata::new("sutler", Level::INFO, None);

fn key(name: &'static str, labels: &[(&'static str, &str)]) -> Key {
    let labels: Vec<Label> =
        labels.iter().map(|(name, value)| Label::new(*name, (*value).to_owned())).collect();
    Key::from_parts(name, labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_shops_in_one_process_count_apart() {
        let (one, other) = (Meters::new().unwrap(), Meters::new().unwrap());
        for (meters, times) in [(&one, 1), (&other, 2)] {
            let counter = meters.counter("orders_total", "Orders.", &[("channel", "web")]);
            counter.increment(times);
            meters.histogram("commit_seconds", "Commits.", &[]).record(0.0015);
        }
        assert!(one.render().contains("orders_total{channel=\"web\"} 1"));
        assert!(other.render().contains("orders_total{channel=\"web\"} 2"));
        assert!(one.render().contains("commit_seconds_bucket{le=\"0.002\"} 1"));
        assert!(one.render().contains("# HELP orders_total Orders."));
    }
}
