//! The line that moves while a run goes on; nothing at all where stderr is not a terminal.

use crate::report::Row;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

pub struct Progress(ProgressBar);

impl Progress {
    pub fn new(run_time: Duration) -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(4);
        let bar = ProgressBar::with_draw_target(Some(run_time.as_secs()), target);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} s  {msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub fn say(&self, text: impl Into<String>) {
        self.0.set_message(text.into());
    }

    pub fn show(&self, row: &Row) {
        let Row { requests, orders, refusals, errors, p50_ms, p99_ms, .. } = row;
        self.0.set_position(row.second);
        self.say(format!(
            "{requests} requests/s  {orders} orders/s  p50 {p50_ms:.1} ms  p99 {p99_ms:.1} ms  {refusals} refused  {errors} errors"
        ));
    }

    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    impl Progress {
        pub fn said(&self) -> String {
            self.0.message()
        }
    }

    #[test]
    fn the_line_tells_the_second_that_has_ended_until_the_run_has() {
        let progress = Progress::new(Duration::from_secs(30));
        progress.say("starting");
        assert_eq!(progress.said(), "starting");
        progress.show(&Row {
            second: 7,
            requests: 6,
            orders: 5,
            refusals: 4,
            errors: 3,
            p50_ms: 2.26,
            p99_ms: 1.0,
        });
        assert_eq!((progress.0.position(), progress.0.length()), (7, Some(30)));
        assert_eq!(
            progress.said(),
            "6 requests/s  5 orders/s  p50 2.3 ms  p99 1.0 ms  4 refused  3 errors"
        );
        assert!(!progress.0.is_finished());
        progress.clear();
        assert!(progress.0.is_finished());
    }
}
