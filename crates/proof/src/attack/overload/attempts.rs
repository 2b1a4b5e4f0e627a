//! What came of every attempt to order, and the figures of a part of the run.

use crate::measure::figures::quantile;
use std::{ops::Range, time::Duration};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Accepted,
    /// 503 or 429: nothing was begun.
    Refused,
    /// No answer, or none that tells.
    Unknown,
}

#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Since the run began.
    pub sent: Duration,
    pub took: Duration,
    /// From when it was due to when it was sent.
    pub delay: Duration,
    pub end: End,
}

#[derive(Clone, Debug, Default)]
pub struct Attempts(pub Vec<Attempt>);

/// A half and a hundredth of them took longer, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Times {
    pub count: usize,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

impl Attempts {
    pub fn count(&self, end: End) -> u64 {
        self.0.iter().filter(|attempt| attempt.end == end).count() as u64
    }

    /// Orders acknowledged within that time, per second.
    pub fn goodput(&self, during: &Range<Duration>) -> f64 {
        let accepted = self.0.iter().filter(|attempt| attempt.end == End::Accepted);
        let acknowledged = accepted.filter(|a| during.contains(&(a.sent + a.took))).count();
        acknowledged as f64 / (during.end - during.start).as_secs_f64()
    }

    /// Of those sent within that time, per second.
    pub fn offered(&self, during: &Range<Duration>) -> f64 {
        self.sent(during).count() as f64 / (during.end - during.start).as_secs_f64()
    }

    /// How long those took that were sent within that time and ended so.
    pub fn times(&self, during: &Range<Duration>, end: End) -> Times {
        times(self.sent(during).filter(|attempt| attempt.end == end).map(|attempt| attempt.took))
    }

    /// How late they were sent: what the clients themselves could not keep up with.
    pub fn delays(&self, during: &Range<Duration>) -> Times {
        times(self.sent(during).map(|attempt| attempt.delay))
    }

    /// From the end of an overload until next to none is refused and the p99 is back, for two
    /// windows on end; `None` if not within that time.
    pub fn recovery(&self, within: &Range<Duration>, p99_ms: f64) -> Option<Duration> {
        let mut start = within.start;
        while start + 2 * WINDOW <= within.end {
            let windows = [start..start + WINDOW, start + WINDOW..start + 2 * WINDOW];
            if windows.iter().all(|window| self.is_well(window, p99_ms)) {
                return Some(start - within.start);
            }
            start += WINDOW / 2;
        }
        None
    }

    fn is_well(&self, window: &Range<Duration>, p99_ms: f64) -> bool {
        let all = self.sent(window).count() as f64;
        let accepted = self.times(window, End::Accepted);
        accepted.count > 0 && accepted.p99_ms <= p99_ms && accepted.count as f64 >= all * NEARLY
    }

    fn sent(&self, during: &Range<Duration>) -> impl Iterator<Item = &Attempt> {
        self.0.iter().filter(|attempt| during.contains(&attempt.sent))
    }
}

const WINDOW: Duration = Duration::from_millis(500);
const NEARLY: f64 = 0.98;

fn times(times: impl Iterator<Item = Duration>) -> Times {
    let mut us: Vec<u32> =
        times.map(|time| u32::try_from(time.as_micros()).unwrap_or(u32::MAX)).collect();
    us.sort_unstable();
    let ms = |share| quantile(&us, share).unwrap_or_default() / 1000.0;
    Times { count: us.len(), p50_ms: ms(0.5), p99_ms: ms(0.99) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn attempt(sent: u64, took: u64, end: End) -> Attempt {
        Attempt { sent: ms(sent), took: ms(took), delay: ms(0), end }
    }

    #[test]
    fn goodput_counts_answers_and_times_count_what_was_sent() {
        let attempts = Attempts(vec![
            attempt(900, 200, End::Accepted),
            attempt(1000, 500, End::Accepted),
            attempt(1900, 300, End::Accepted),
            attempt(1500, 2, End::Refused),
            attempt(1500, 2, End::Unknown),
        ]);
        let second = ms(1000)..ms(2000);
        assert!((attempts.goodput(&second) - 2.0).abs() < 1e-9);
        assert!((attempts.offered(&second) - 4.0).abs() < 1e-9);
        let expected = Times { count: 2, p50_ms: 300.0, p99_ms: 500.0 };
        assert_eq!(attempts.times(&second, End::Accepted), expected);
        assert_eq!(attempts.times(&second, End::Refused).count, 1);
        assert_eq!(attempts.times(&(ms(5000)..ms(5001)), End::Refused), Times::default());
    }

    #[test]
    fn it_has_recovered_when_nothing_is_refused_and_nothing_slow() {
        let mut attempts = Attempts::default();
        for sent in (0..3000).step_by(50) {
            let (took, end) = match sent {
                0..400 => (1, End::Refused),
                400..900 => (90, End::Accepted),
                _ => (10, End::Accepted),
            };
            attempts.0.push(attempt(sent, took, end));
        }
        assert_eq!(attempts.recovery(&(ms(0)..ms(3000)), 20.0), Some(ms(1000)));
        assert_eq!(attempts.recovery(&(ms(0)..ms(3000)), 100.0), Some(ms(500)));
        assert_eq!(attempts.recovery(&(ms(0)..ms(1500)), 20.0), None);
        assert_eq!(attempts.recovery(&(ms(5000)..ms(9000)), 20.0), None, "nothing was sent");
    }
}
