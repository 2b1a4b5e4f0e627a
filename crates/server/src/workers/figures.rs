//! Keeps the figures in order: shows what the writer counts, and sorts what histograms were given.

use super::{Turn, Worker};
use crate::app::App;
use metrics::{Counter, Gauge};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use store::Counts;

/// Shows what the writer counts to whoever reads the metrics.
pub struct WriterFigures {
    counts: Arc<Counts>,
    shown: Vec<Shown>,
    waiting: Gauge,
}

/// A figure, and where it comes from.
type Shown = (Counter, fn(&Counts) -> &AtomicU64);

impl WriterFigures {
    pub fn new(app: &App) -> WriterFigures {
        let counter = |name, help| app.meters.counter(name, help, &[]);
        let shown: Vec<Shown> = vec![
            (counter("writer_batches_total", "Batches begun."), |counts| &counts.batches),
            (counter("writer_commands_total", "Commands in them."), |counts| &counts.commands),
            (counter("writer_races_total", "Batches decided again after a lost race."), |counts| {
                &counts.races
            }),
            (counter("writer_losses_total", "Lost connections."), |counts| &counts.losses),
            (
                counter("writer_landed_total", "Commits found to have landed after a loss."),
                |counts| &counts.landed,
            ),
            (counter("writer_poisonous_total", "Commands that the database refused."), |counts| {
                &counts.poisonous
            }),
            (counter("writer_faults_total", "Commands that met a fault of the shop."), |counts| {
                &counts.faults
            }),
            (counter("writer_panics_total", "Times that the writer began anew."), |counts| {
                &counts.panics
            }),
        ];
        let waiting = app.meters.gauge("writer_waiting", "Commands that wait.", &[]);
        WriterFigures { counts: app.writer.counts.clone(), shown, waiting }
    }
}

impl Worker for WriterFigures {
    const NAME: &'static str = "writer figures";
    const PAUSE: Duration = Duration::from_secs(1);

    async fn turn(&self, shop: &App) -> Turn {
        for (counter, count) in &self.shown {
            counter.absolute(count(&self.counts).load(Relaxed));
        }
        self.waiting.set(shop.writer.waiting() as f64);
        Turn::Done
    }
}

/// Without this they hold every single value until somebody asks for the figures.
pub struct Histograms;

impl Worker for Histograms {
    const NAME: &'static str = "histograms";
    const PAUSE: Duration = Duration::from_secs(5);

    async fn turn(&self, shop: &App) -> Turn {
        shop.meters.sort();
        Turn::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workers::tests::shop;
    use testbed::TempDir;

    #[tokio::test]
    async fn each_count_of_the_writer_is_shown_under_its_own_name() {
        let dir = TempDir::new().unwrap();
        let shop = shop(&dir).await;
        let mut figures = WriterFigures::new(&shop);
        figures.counts = Arc::default();
        let Counts { batches, commands, races, losses, landed, poisonous, faults, panics } =
            &*figures.counts;
        let counts = [
            ("batches", batches),
            ("commands", commands),
            ("races", races),
            ("losses", losses),
            ("landed", landed),
            ("poisonous", poisonous),
            ("faults", faults),
            ("panics", panics),
        ];
        for (number, (_, count)) in (11..).zip(counts) {
            count.store(number, Relaxed);
        }
        assert_eq!(figures.turn(&shop).await, Turn::Done);
        let text = shop.meters.render();
        for (number, (name, _)) in (11..).zip(counts) {
            let line = format!("writer_{name}_total {number}");
            assert!(text.lines().any(|shown| shown == line), "{line} is not in\n{text}");
        }
    }
}
