//! What a node does by itself, beside answering requests.

use crate::{app::App, ended};
use domain::{Action, Actor, CorrelationId, Sweep};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;
use uuid::Uuid;

/// How often what has outlived its use is swept away: often, so that no sweep is long.
const SWEEP: Duration = Duration::from_secs(30);
const GAUGES: Duration = Duration::from_secs(1);

/// Starts them all; they end when the set is dropped.
pub fn start(app: &Arc<App>) -> JoinSet<()> {
    let mut workers = JoinSet::new();
    workers.spawn(poll_ended_sessions(app.clone()));
    workers.spawn(sweep(app.clone()));
    workers.spawn(show_writer(app.clone()));
    workers.spawn(app.meters.clone().keep_up());
    workers
}

async fn poll_ended_sessions(app: Arc<App>) {
    let mut tick = tokio::time::interval(ended::POLL);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = app.ended.poll(&app).await {
            tracing::warn!(%error, "cannot ask which sessions have ended");
        }
    }
}

async fn sweep(app: Arc<App>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let correlation = CorrelationId(Uuid::now_v7());
        let swept = app.send(Actor::SYSTEM, correlation, None, Action::Sweep(Sweep)).await;
        if let Err(rejection) = swept {
            tracing::warn!(?rejection, "a sweep has to wait for the next one");
        }
    }
}

/// Shows what the writer counts to whoever reads the metrics.
async fn show_writer(app: Arc<App>) {
    use std::sync::atomic::Ordering::Relaxed;
    let counts = app.writer.counts.clone();
    let counter = |name, help| app.meters.counter(name, help, &[]);
    let shown = [
        (counter("writer_batches_total", "Batches begun."), &counts.batches),
        (counter("writer_commands_total", "Commands in them."), &counts.commands),
        (counter("writer_races_total", "Batches decided again after a lost race."), &counts.races),
        (counter("writer_losses_total", "Lost connections."), &counts.losses),
        (
            counter("writer_landed_total", "Commits found to have landed after a loss."),
            &counts.landed,
        ),
        (
            counter("writer_poisonous_total", "Commands that the database refused."),
            &counts.poisonous,
        ),
    ];
    let waiting = app.meters.gauge("writer_waiting", "Commands that wait.", &[]);
    let mut tick = tokio::time::interval(GAUGES);
    loop {
        tick.tick().await;
        for (counter, count) in &shown {
            counter.absolute(count.load(Relaxed));
        }
        waiting.set(app.writer.waiting() as f64);
    }
}
