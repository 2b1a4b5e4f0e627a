//! When orders come: one rate after the other, whatever becomes of them.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub struct Phase {
    pub per_s: f64,
    pub lasts: Duration,
}

#[derive(Clone, Debug)]
pub struct Schedule(pub Vec<Phase>);

impl Schedule {
    /// How many orders have come by then.
    pub fn due_by(&self, elapsed: Duration) -> u64 {
        let mut left = elapsed;
        let mut due = 0.0;
        for phase in &self.0 {
            let spent = left.min(phase.lasts);
            due += phase.per_s * spent.as_secs_f64();
            left -= spent;
        }
        due as u64
    }

    /// Which phase it is then.
    pub fn phase_at(&self, elapsed: Duration) -> usize {
        let mut end = Duration::ZERO;
        let is_over = |phase: &&Phase| {
            end += phase.lasts;
            end <= elapsed
        };
        self.0.iter().take_while(is_over).count()
    }

    pub fn lasts(&self) -> Duration {
        self.0.iter().map(|phase| phase.lasts).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_come_at_the_rate_of_their_phase_and_then_no_more() {
        let phase = |per_s, seconds| Phase { per_s, lasts: Duration::from_secs(seconds) };
        let schedule = Schedule(vec![phase(10.0, 2), phase(100.0, 1), phase(5.0, 2)]);
        for (ms, due) in [(0, 0), (99, 0), (100, 1), (2000, 20), (2500, 70), (3200, 121)] {
            assert_eq!(schedule.due_by(Duration::from_millis(ms)), due, "{ms}");
        }
        assert_eq!(schedule.due_by(Duration::from_secs(60)), 130);
        assert_eq!(schedule.lasts(), Duration::from_secs(5));
        for (ms, phase) in [(0, 0), (1999, 0), (2000, 1), (3000, 2), (9000, 3)] {
            assert_eq!(schedule.phase_at(Duration::from_millis(ms)), phase, "{ms}");
        }
    }
}
