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

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_run_warms_up_is_measured_and_is_over_at_its_deadline_or_when_stopped() {
        let timeline = Timeline::new(2 * SECOND, 3 * SECOND);
        assert_eq!(timeline.measured_from, timeline.start + 2 * SECOND);
        assert_eq!(timeline.deadline, timeline.start + 5 * SECOND);
        let before = timeline.deadline - Duration::from_nanos(1);
        assert!(!timeline.is_over(before));
        assert!(timeline.is_over(timeline.deadline));
        timeline.stop();
        assert!(timeline.is_over(before));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_after_its_time_or_with_the_run() {
        let timeline = Timeline::new(Duration::ZERO, 5 * SECOND);
        let start = timeline.start;
        for (pause, ended) in [(SECOND, 1), (3 * SECOND, 4), (3 * SECOND, 5), (SECOND, 5)] {
            timeline.sleep(pause).await;
            assert_eq!(start.elapsed().as_secs(), ended);
        }
        let stopped = Timeline::new(Duration::ZERO, 5 * SECOND);
        let start = stopped.start;
        tokio::join!(stopped.sleep(SECOND), async { stopped.stop() });
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
