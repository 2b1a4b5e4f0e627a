//! The figures of one run, and the medians of several.

use serde::Serialize;

/// What one run found. Costs are per order (or per request, where nothing is ordered).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    pub per_s: f64,
    /// Processor time of the shop's process and its database's.
    pub cpu_us: Option<f64>,
    /// Processor time of the writer's thread and its database's processes, without clients.
    pub writer_cpu_us: Option<f64>,
    pub database_cpu_us: Option<f64>,
    pub p50_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    /// Postgres: its WAL. SQLite: all that was written, WAL and checkpoints.
    pub disk_bytes: Option<f64>,
    /// Orders per commit.
    pub batch: Option<f64>,
    /// Requests that were refused, or came to no answer, where none may be.
    pub failed: Option<f64>,
}

impl Figures {
    /// Without clients that share the process: a server's are elsewhere.
    pub fn served_cpu_us(&self) -> Option<f64> {
        self.writer_cpu_us.or(self.cpu_us)
    }

    /// Each figure's median by itself.
    pub fn median(runs: &[Figures]) -> Figures {
        let of = |figure: fn(&Figures) -> Option<f64>| median(runs.iter().filter_map(figure));
        Figures {
            per_s: of(|run| Some(run.per_s)).unwrap_or_default(),
            cpu_us: of(|run| run.cpu_us),
            writer_cpu_us: of(|run| run.writer_cpu_us),
            database_cpu_us: of(|run| run.database_cpu_us),
            p50_ms: of(|run| run.p50_ms),
            p99_ms: of(|run| run.p99_ms),
            disk_bytes: of(|run| run.disk_bytes),
            batch: of(|run| run.batch),
            failed: of(|run| run.failed),
        }
    }
}

/// The median of the rounds' own ratios: what disturbs a whole round cancels out.
pub fn median_ratio(
    runs: &[Figures],
    to: &[Figures],
    figure: fn(&Figures) -> Option<f64>,
) -> Option<f64> {
    let ratios = runs.iter().zip(to).filter_map(|(run, to)| {
        let (run, to) = (figure(run)?, figure(to)?);
        (to > 0.0).then_some(run / to)
    });
    median(ratios)
}

/// The middle one; of an even number, the mean of the two in the middle.
pub fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        _ if sorted.is_empty() => None,
        1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

/// The value below which the share of all lies. The values are sorted.
pub fn quantile(sorted: &[u32], share: f64) -> Option<f64> {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.max(1) - 1).map(|value| f64::from(*value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle_and_of_nothing_there_is_none() {
        let cases: [(&[f64], Option<f64>); 5] = [
            (&[], None),
            (&[3.0], Some(3.0)),
            (&[9.0, 1.0], Some(5.0)),
            (&[9.0, 1.0, 2.0], Some(2.0)),
            (&[4.0, 1.0, 100.0, 2.0], Some(3.0)),
        ];
        for (values, expected) in cases {
            assert_eq!(median(values.iter().copied()), expected, "{values:?}");
        }
    }

    #[test]
    fn quantiles_are_ranks() {
        let sorted: Vec<u32> = (1..=100).collect();
        assert_eq!(quantile(&sorted, 0.5), Some(50.0));
        assert_eq!(quantile(&sorted, 0.99), Some(99.0));
        assert_eq!(quantile(&sorted, 1.0), Some(100.0));
        assert_eq!(quantile(&[7], 0.5), Some(7.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn figures_are_medians_one_by_one_and_ratios_are_paired() {
        let run = |per_s, cpu_us| Figures { per_s, cpu_us: Some(cpu_us), ..Default::default() };
        let runs = [run(10.0, 5.0), run(30.0, 4.0), run(20.0, 30.0)];
        let median = Figures::median(&runs);
        assert_eq!((median.per_s, median.cpu_us, median.p50_ms), (20.0, Some(5.0), None));
        let to = [run(1.0, 5.0), run(1.0, 2.0), run(1.0, 10.0)];
        assert_eq!(median_ratio(&runs, &to, |run| run.cpu_us), Some(2.0));
        assert_eq!(median_ratio(&runs, &[], |run| run.cpu_us), None);
    }
}
