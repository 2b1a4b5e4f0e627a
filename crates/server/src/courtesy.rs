//! Who follows what happens, or works on orders, has time; who orders has none. While much is asked of the shop,
//! those beside it rest after each piece of work, the longer the more is asked, so that they take a small part of the
//! machine, and catch up later.

use crate::app::App;
use std::{
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// So many commands of others in a second are much, and so many are all that may be expected of a node.
const MUCH: f64 = 1_000.0;
const ALL: f64 = 10_000.0;
/// So many times as long as a piece of work takes is rested after it at the most, and no longer than this.
const RESTS: f64 = 5.0;
const LONGEST: Duration = Duration::from_secs(1);

/// A piece of work that is under way.
pub struct Piece<'a> {
    app: &'a App,
    began: Instant,
    commands: u64,
}

impl<'a> Piece<'a> {
    pub fn begin(app: &'a App) -> Piece<'a> {
        Piece { app, began: Instant::now(), commands: commands(app) }
    }

    /// Rests, where others have asked for much meanwhile; so many commands were its own.
    pub async fn end(self, own: usize) {
        let took = self.began.elapsed();
        let all = commands(self.app).saturating_sub(self.commands);
        if let Some(rest) = rest(took, all.saturating_sub(own as u64)) {
            sleep(rest).await;
        }
    }
}

fn commands(app: &App) -> u64 {
    app.writer.counts.commands.load(Relaxed)
}

fn rest(took: Duration, of_others: u64) -> Option<Duration> {
    let asked = of_others as f64;
    let (much, all) = (MUCH * took.as_secs_f64(), ALL * took.as_secs_f64());
    // A shop with room to spare is followed at nearly full speed.
    (asked > much).then(|| took.mul_f64(RESTS * (asked / all).min(1.0)).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_come_with_much_that_others_ask_for_and_have_an_end() {
        let ms = Duration::from_millis;
        assert_eq!(rest(ms(10), 10), None, "a thousand in a second");
        assert_eq!(rest(ms(10), 20), Some(ms(10)), "two thousand: a fifth of the most");
        assert_eq!(rest(ms(10), 100), Some(ms(50)));
        assert_eq!(rest(ms(10), 1_000), Some(ms(50)), "and no more than that");
        assert_eq!(rest(ms(900), 9_000), Some(LONGEST));
        assert_eq!(rest(ms(900), 0), None);
    }
}
