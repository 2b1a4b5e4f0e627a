//! How often what may pass is tried again: a sheet of a million rows does not break off because a shop was busy for
//! a moment.

use crate::http::problems::Problem;
use std::time::Duration;
use store::ReadError;

/// How long is waited before something is tried again: twice as long each time.
pub struct Pace {
    tries_left: u32,
    pause: Duration,
}

impl Pace {
    pub fn of(tries: u32) -> Pace {
        Pace { tries_left: tries, pause: Duration::from_millis(50) }
    }

    /// Waits; not when it was tried often enough.
    pub async fn again(&mut self) -> bool {
        self.tries_left -= 1;
        if self.tries_left > 0 {
            tokio::time::sleep(self.pause).await;
            self.pause *= 2;
        }
        self.tries_left > 0
    }
}

/// So often a row or a chunk of them is tried again that found the shop busy.
pub const WRITES: u32 = 8;
/// So often something is read again.
const READS: u32 = 4;

pub async fn patient<T, F>(mut read: impl FnMut() -> F) -> Result<T, Problem>
where
    F: Future<Output = Result<T, ReadError>>,
{
    let mut pace = Pace::of(READS);
    loop {
        match read().await {
            Ok(found) => return Ok(found),
            Err(error) if !pace.again().await => return Err(error.into()),
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test(start_paused = true)]
    async fn a_read_of_a_busy_shop_is_tried_again() {
        for (failures, expected) in
            [(0, (true, 1)), (READS - 1, (true, READS)), (9, (false, READS))]
        {
            let reads = Cell::new(0);
            let read = patient(|| {
                reads.set(reads.get() + 1);
                let is_busy = reads.get() <= failures;
                std::future::ready(match is_busy {
                    true => Err(ReadError::Busy(Duration::ZERO)),
                    false => Ok(()),
                })
            });
            assert_eq!((read.await.is_ok(), reads.get()), expected);
        }
    }
}
