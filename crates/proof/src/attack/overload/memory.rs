//! What the server occupies while it is overloaded.

use crate::stage::processes::resident_bytes;
use anyhow::Context;
use std::time::Duration;
use tokio::time::{interval, sleep, timeout};

const BEAT: Duration = Duration::from_millis(100);
/// What may come and go: buffers of connections, and pages of the database that fill the cache.
const SHARE: f64 = 0.1;
const MIB: f64 = 1024.0 * 1024.0;

/// The means of the first and of the last third, in MiB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory {
    pub first: f64,
    pub last: f64,
}

impl Memory {
    /// Looks for a while, after a while.
    pub async fn of(pid: u32, after: Duration, lasts: Duration) -> anyhow::Result<Memory> {
        sleep(after).await;
        let mut seen = Vec::new();
        let look = async {
            let mut beat = interval(BEAT);
            loop {
                beat.tick().await;
                match resident_bytes(pid) {
                    Ok(bytes) => seen.push(bytes as f64 / MIB),
                    Err(error) => return error,
                }
            }
        };
        if let Ok(error) = timeout(lasts, look).await {
            return Err(error);
        }
        Memory::thirds(&seen).context("the memory was not looked at")
    }

    fn thirds(seen: &[f64]) -> Option<Memory> {
        let third = seen.len() / 3;
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
        (third > 0).then(|| Memory {
            first: mean(&seen[..third]),
            last: mean(&seen[seen.len() - third..]),
        })
    }

    pub fn is_flat(&self) -> bool {
        self.last <= self.first * (1.0 + SHARE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_third_is_compared_with_the_first() {
        assert_eq!(Memory::thirds(&[1.0, 2.0]), None);
        let grown = Memory::thirds(&[10.0, 12.0, 50.0, 50.0, 12.0, 14.0]);
        assert_eq!(grown, Some(Memory { first: 11.0, last: 13.0 }));
        assert!(!grown.is_some_and(|memory| memory.is_flat()));
        assert!(Memory { first: 100.0, last: 109.0 }.is_flat());
        assert!(Memory { first: 100.0, last: 50.0 }.is_flat());
    }
}
