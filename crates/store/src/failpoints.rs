//! Named points on the way of a write, where a torture kills or freezes this process. Only a build
//! with the feature `failpoints` has them, and no release is one: elsewhere a point is nothing.
//!
//! `FAILPOINT=flushed:kill:20` kills the process when it comes to that point for the
//! twentieth time; `stop` freezes it, until somebody sends SIGCONT. `decided:delay:15` holds it up
//! there for 15 ms, every time.

/// Where a write is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// It waits for the writer.
    Queued,
    /// The rules have decided on it; nothing is written.
    Decided,
    /// Written, and not committed; on Postgres, sent with its commit and not answered.
    Flushed,
    /// Committed; nobody was told.
    Committed,
    /// The answer was handed to the kernel.
    Answered,
}

#[cfg(not(feature = "failpoints"))]
pub const fn reached(_: Point) {}

/// For a driver whose connection is a task beside the writer's: the point comes when that task has
/// had its turn, and has sent what was queued.
#[cfg(not(feature = "failpoints"))]
pub(crate) async fn flushed() {}

#[cfg(feature = "failpoints")]
pub use armed::reached;

#[cfg(feature = "failpoints")]
pub(crate) async fn flushed() {
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    reached(Point::Flushed);
}

#[cfg(feature = "failpoints")]
mod armed {
    use super::Point;
    use rustix::process::{Signal, getpid, kill_process};
    use std::{
        sync::{
            LazyLock,
            atomic::{AtomicU64, Ordering::Relaxed},
        },
        thread::sleep,
        time::Duration,
    };

    struct Trap {
        point: Point,
        strikes: Strikes,
    }

    enum Strikes {
        Once { signal: Signal, times_left: AtomicU64 },
        EveryTime(Duration),
    }

    /// What is not understood must not pass for a point that was never reached.
    static TRAP: LazyLock<Option<Trap>> = LazyLock::new(|| {
        let text = std::env::var("FAILPOINT").ok()?;
        let trap = parse(&text);
        if trap.is_none() {
            tracing::error!(text, "FAILPOINT is not understood");
            std::process::exit(2);
        }
        trap
    });

    fn parse(text: &str) -> Option<Trap> {
        let mut parts = text.split(':');
        let point = match parts.next()? {
            "queued" => Point::Queued,
            "decided" => Point::Decided,
            "flushed" => Point::Flushed,
            "committed" => Point::Committed,
            "answered" => Point::Answered,
            _ => return None,
        };
        let how = parts.next()?;
        let number = parts.next()?.parse().ok().filter(|number| *number > 0)?;
        let once = |signal| Strikes::Once { signal, times_left: AtomicU64::new(number) };
        let strikes = match how {
            "kill" => once(Signal::KILL),
            "stop" => once(Signal::STOP),
            "delay" => Strikes::EveryTime(Duration::from_millis(number)),
            _ => return None,
        };
        Some(Trap { point, strikes })
    }

    pub fn reached(point: Point) {
        let Some(trap) = TRAP.as_ref().filter(|trap| trap.point == point) else { return };
        match &trap.strikes {
            Strikes::EveryTime(delay) => sleep(*delay),
            Strikes::Once { signal, times_left } => {
                let left = times_left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
                if left != Ok(1) {
                    return;
                }
                if kill_process(getpid(), *signal).is_err() {
                    std::process::abort();
                }
                // SIGSTOP reaches this thread a moment later: until then it must not go on.
                sleep(Duration::from_millis(10));
            }
        }
    }
}
