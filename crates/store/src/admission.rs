//! How many commands may wait. A burst may, all of it, and so may as many clients as are served within
//! half a second, however long they keep coming: who waits so long is better off than who is refused. A
//! queue that is longer, and never gets short, may not: it makes everybody wait, and nothing faster,
//! once it fills the batches that are worth making. Then it is cut to these, and kept there.
//!
//! Those are found by trying: the rate of each size of batch is remembered for a while, and the
//! smallest that comes near the best is large enough.

use std::time::{Duration, Instant};

/// For so long a queue may be too long before it counts as standing; and for so many batches.
const PATIENCE: Duration = Duration::from_millis(100);
const BATCHES: u32 = 3;
/// When for so long nobody had to be refused, there is no standing queue any more.
const CALM: Duration = Duration::from_millis(500);
/// Near the best rate: a size's own is that of its smaller batches, too, and a full one of it comes nearer.
const NEARLY: f64 = 0.85;
/// A wait as short as that is worth no refusal, even when others are refused.
const SHORT: Duration = Duration::from_millis(50);
/// Nor is one as long as that the first one.
const LONG: Duration = Duration::from_millis(500);
/// Nor are so few: a single one may be a sheet of hundreds of rows, by which no rate is learnt.
const FEW: usize = 24;
/// When a size is tried again that had not been worth it.
const MEMORY: Duration = Duration::from_secs(20);
/// How much of what was before counts beside the latest batch.
const KEPT: f64 = 0.95;
/// Powers of two.
const SIZES: usize = 24;

/// Commands and the seconds that they took, the latest with the greatest weight.
#[derive(Clone, Copy, Default)]
struct Rate {
    commands: f64,
    seconds: f64,
    at: Option<Instant>,
}

#[derive(Default)]
pub struct Admission {
    /// By the power of two.
    rates: [Rate; SIZES],
    /// Of all sizes.
    present: Rate,
    /// Since when, and for how many batches, the queue has been too long.
    too_long: Option<(Instant, u32)>,
    /// In a standing queue: when somebody was refused last.
    refused_at: Option<Instant>,
    /// What a batch holds at most, and when it was so full: more wait for nothing.
    cut: Option<(usize, Instant)>,
    /// How many may wait in a standing queue.
    room: usize,
}

impl Admission {
    /// Whether one more may join those who wait.
    pub fn admits(&mut self, waiting: usize, now: Instant) -> bool {
        if self.refused_at.is_none() || waiting < self.room {
            return true;
        }
        self.refused_at = Some(now);
        false
    }

    /// A batch was taken out of so many, and so many were left.
    pub fn taken(&mut self, waiting: usize, left: usize, now: Instant) {
        let taken = waiting - left;
        match left {
            0 => self.cut = self.cut.filter(|&(most, at)| taken <= most && is_recent(at, now)),
            _ => self.cut = Some((taken, now)),
        }
        self.room = self.worthwhile(now);
        self.refused_at = self.refused_at.filter(|&at| now.saturating_duration_since(at) < CALM);
        if waiting <= self.room.max(self.done_within(LONG, now)) {
            self.too_long = None;
            return;
        }
        let (since, batches) = self.too_long.unwrap_or((now, 0));
        self.too_long = Some((since, batches + 1));
        if batches + 1 >= BATCHES && now.saturating_duration_since(since) >= PATIENCE {
            self.refused_at.get_or_insert(now);
        }
    }

    /// What so many have taken, together.
    pub fn written(&mut self, commands: usize, took: Duration, now: Instant) {
        self.present.add(commands, took, now);
        if let Some(rate) = self.rates.get_mut(size_of(commands)) {
            rate.add(commands, took, now);
        }
    }

    /// The most that a batch is worth waiting for.
    fn worthwhile(&self, now: Instant) -> usize {
        let per_s = |size: usize| self.rates.get(size)?.per_s(now);
        let best = (0..SIZES).filter_map(per_s).fold(0.0, f64::max);
        let near = |size: &usize| per_s(*size).is_some_and(|rate| rate >= best * NEARLY);
        let Some(size) = (0..SIZES).find(near) else { return usize::MAX };
        // Its neighbours are tried from time to time, the larger one first.
        let size = match size.checked_sub(1) {
            _ if self.cut.is_none() && per_s(size + 1).is_none() => size + 1,
            Some(smaller) if per_s(smaller).is_none() => smaller,
            _ => size,
        };
        most_of(size)
            .min(self.cut.map_or(usize::MAX, |(most, _)| most))
            .max(self.done_within(SHORT, now))
            .max(FEW)
    }

    /// How many commands, at the present rate.
    fn done_within(&self, time: Duration, now: Instant) -> usize {
        (self.present.per_s(now).unwrap_or_default() * time.as_secs_f64()) as usize
    }
}

impl Rate {
    fn add(&mut self, commands: usize, took: Duration, now: Instant) {
        if self.per_s(now).is_none() {
            *self = Rate::default();
        }
        self.commands = self.commands * KEPT + commands as f64;
        self.seconds = self.seconds * KEPT + took.as_secs_f64();
        self.at = Some(now);
    }

    /// `None` if that was too long ago, or never.
    fn per_s(&self, now: Instant) -> Option<f64> {
        (is_recent(self.at?, now) && self.seconds > 0.0).then(|| self.commands / self.seconds)
    }
}

fn is_recent(at: Instant, now: Instant) -> bool {
    now.saturating_duration_since(at) < MEMORY
}

fn size_of(commands: usize) -> usize {
    commands.max(1).ilog2() as usize
}

fn most_of(size: usize) -> usize {
    (2 << size) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database that takes so long for a batch, and so long for each command in it.
    #[derive(Clone, Copy)]
    struct Database {
        batch: Duration,
        command: Duration,
        most: usize,
    }

    /// A queue in front of it, on a clock of its own.
    struct Shop {
        database: Database,
        admission: Admission,
        now: Instant,
        /// When each of those who wait came.
        waiting: Vec<Instant>,
        /// Fractions of one who is about to come.
        coming: f64,
    }

    #[derive(Debug, Default)]
    struct Seen {
        /// How long each took.
        written: Vec<Duration>,
        refused: usize,
    }

    impl Seen {
        fn p99(&mut self) -> f64 {
            self.written.sort_unstable();
            self.written[self.written.len() * 99 / 100].as_secs_f64()
        }
    }

    impl Shop {
        fn over(database: Database) -> Shop {
            let (admission, now) = (Admission::default(), Instant::now());
            Shop { database, admission, now, waiting: Vec::new(), coming: 0.0 }
        }

        fn comes(&mut self, count: usize, seen: &mut Seen) {
            for _ in 0..count {
                let is_within = self.waiting.len() < 10_000;
                match is_within && self.admission.admits(self.waiting.len(), self.now) {
                    true => self.waiting.push(self.now),
                    false => seen.refused += 1,
                }
            }
        }

        /// So many come per second, evenly.
        fn run(&mut self, per_s: f64, lasts: Duration) -> Seen {
            let (mut seen, end) = (Seen::default(), self.now + lasts);
            while self.now < end {
                self.run_once(per_s, &mut seen);
            }
            seen
        }

        /// One batch.
        fn run_once(&mut self, per_s: f64, seen: &mut Seen) {
            let before = self.waiting.len();
            let batch: Vec<_> = self.waiting.drain(..before.min(self.database.most)).collect();
            self.admission.taken(before, self.waiting.len(), self.now);
            let count = u32::try_from(batch.len()).unwrap();
            let took = self.database.batch + self.database.command * count;
            let steps = 20;
            for _ in 0..steps {
                self.now += took / steps;
                self.coming += per_s * took.as_secs_f64() / f64::from(steps);
                let come = self.coming as usize;
                self.coming -= come as f64;
                self.comes(come, seen);
            }
            if !batch.is_empty() {
                self.admission.written(batch.len(), took, self.now);
                seen.written.extend(batch.into_iter().map(|since| self.now - since));
            }
        }
    }

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// What costs per batch, what per command, the largest batch, and the rate of those.
    fn databases() -> [(Database, f64); 4] {
        let database = |batch, us, most| {
            let command = Duration::from_micros(us);
            Database { batch: ms(batch), command, most }
        };
        [
            (database(2, 50, 3000), 19_700.0),
            (database(20, 50, 3000), 17_600.0),
            (database(200, 50, 3000), 8_500.0),
            (database(33, 50, 12), 357.0),
        ]
    }

    #[test]
    fn an_overload_is_served_at_nearly_the_peak_and_in_time() {
        for (database, peak) in databases() {
            let (batch, most) = (database.batch, database.most);
            let mut shop = Shop::over(database);
            let mut calm = shop.run(peak * 0.7, ms(10_000));
            assert_eq!(calm.refused, 0, "{batch:?} {most}");
            for factor in [1.3, 2.0, 10.0] {
                shop.run(peak * factor, ms(5000));
                let mut seen = shop.run(peak * factor, ms(30_000));
                let goodput = seen.written.len() as f64 / 30.0 / peak;
                let (p99, slower) = (seen.p99(), seen.p99() / calm.p99());
                let found = format!("{batch:?} {most} {factor}: {goodput:.3} {p99:.3} {slower:.2}");
                // A short wait or for a few, and the batch that it fills.
                let is_short = p99 < 2.2 * SHORT.as_secs_f64().max(FEW as f64 / peak);
                assert!(goodput > 0.9 && (slower < 3.0 || is_short), "{found}");
                shop.run(peak * 0.7, ms(5000));
                let after = shop.run(peak * 0.7, ms(5000));
                assert_eq!(after.refused, 0, "{batch:?} {most} {factor}");
            }
        }
    }

    /// Each comes again as soon as he is answered.
    #[test]
    fn as_many_clients_as_are_served_within_half_a_second_may_stay() {
        for (database, peak) in databases() {
            let (batch, most) = (database.batch, database.most);
            for (share, is_refused) in [(0.8, false), (4.0, true)] {
                let clients = (peak * LONG.as_secs_f64() * share) as usize;
                let mut shop = Shop::over(database);
                let (mut seen, end) = (Seen::default(), shop.now + ms(60_000));
                shop.comes(clients, &mut seen);
                while shop.now < end {
                    let answered = clients - shop.waiting.len();
                    shop.comes(answered, &mut seen);
                    shop.run_once(0.0, &mut seen);
                }
                assert_eq!(
                    seen.refused > 0,
                    is_refused,
                    "{batch:?} {most} {clients}: {}",
                    seen.refused
                );
            }
        }
    }

    /// As when staff bring sheets beside those who order one thing: what is learnt of one is not so of the other.
    #[test]
    fn a_few_clients_are_never_too_many() {
        let mut admission = Admission::default();
        let mut now = Instant::now();
        for turn in 0..1000_u32 {
            let (taken, took) = if turn % 5 == 0 { (1, ms(100)) } else { (3, ms(5)) };
            admission.taken(FEW, FEW - taken, now);
            assert!((0..FEW).all(|waiting| admission.admits(waiting, now)), "turn {turn}");
            now += took;
            admission.written(taken, took, now);
        }
    }

    #[test]
    fn a_burst_into_an_idle_shop_is_kept() {
        for (database, _) in databases() {
            let (batch, most) = (database.batch, database.most);
            let mut shop = Shop::over(database);
            shop.run(5.0, ms(30_000));
            let mut seen = Seen::default();
            shop.comes(1000, &mut seen);
            shop.run(0.0, ms(5000));
            assert_eq!((seen.refused, shop.waiting.len()), (0, 0), "{batch:?} {most}");
        }
    }
}
