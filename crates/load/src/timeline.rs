//! When a run begins, is measured, and ends, early if somebody wants it to.

use std::time::Duration;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

/// The moments of one run.
#[derive(Debug)]
pub struct Timeline {
    pub start: Instant,
    /// The end of the warm-up: what began before is not counted.
    pub measured_from: Instant,
    /// No request begins after this.
    pub deadline: Instant,
    stopped: watch::Sender<bool>,
}

impl Timeline {
    pub fn new(warm_up: Duration, run_time: Duration) -> Self {
        let start = Instant::now();
        let measured_from = start + warm_up;
        Self {
            start,
            measured_from,
            deadline: measured_from + run_time,
            stopped: watch::Sender::new(false),
        }
    }

    pub fn is_over(&self, now: Instant) -> bool {
        now >= self.deadline || *self.stopped.borrow()
    }

    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// Sleeps for `pause`, or until the run is over.
    pub async fn sleep(&self, pause: Duration) {
        let wake_at = (Instant::now() + pause).min(self.deadline);
        let mut stopped = self.stopped.subscribe();
        tokio::select! {
            () = sleep_until(wake_at) => {}
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
    }
}
