//! Gives a worker its turns. Nothing that a turn does ends the worker: it stops with its node only.

use super::{Turn, Worker};
use crate::app::App;
use futures_util::FutureExt;
use std::{panic::AssertUnwindSafe, sync::Arc};

pub async fn drive<W: Worker>(worker: W, shop: Arc<App>) {
    tokio::time::sleep(W::FIRST).await;
    loop {
        while take_turn(&worker, &shop).await == Turn::More {
            // Whoever always has more to do must not keep the others from theirs.
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(W::PAUSE).await;
    }
}

async fn take_turn<W: Worker>(worker: &W, shop: &App) -> Turn {
    // What a turn leaves half done lies in the database, where each change is whole.
    let turn = AssertUnwindSafe(worker.turn(shop)).catch_unwind().await;
    let turn = turn.unwrap_or_else(|_| Turn::Failed("it panicked".into()));
    if let Turn::Failed(why) = &turn {
        tracing::warn!(worker = W::NAME, why, "a turn failed; the next one comes after a pause");
    }
    turn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use std::{
        sync::atomic::{AtomicU64, Ordering::Relaxed},
        time::Duration,
    };
    use testbed::TempDir;
    use tokio::task::JoinSet;

    /// Panics, fails and has more to do, in turn; counts its turns.
    struct Clumsy(Arc<AtomicU64>);

    impl Worker for Clumsy {
        const NAME: &'static str = "clumsy";
        const PAUSE: Duration = Duration::from_millis(1);

        async fn turn(&self, _shop: &App) -> Turn {
            match self.0.fetch_add(1, Relaxed) % 4 {
                0 => panic!("a turn that panics"),
                1 => Turn::Failed("a turn that fails".into()),
                2 => Turn::More,
                _ => Turn::Done,
            }
        }
    }

    /// Never has a pause, but for what the driver gives.
    struct Greedy(Arc<AtomicU64>);

    impl Worker for Greedy {
        const NAME: &'static str = "greedy";
        const PAUSE: Duration = Duration::ZERO;

        async fn turn(&self, _shop: &App) -> Turn {
            self.0.fetch_add(1, Relaxed);
            Turn::More
        }
    }

    fn shop(dir: &TempDir) -> Arc<App> {
        let url = format!("sqlite://{}", dir.path().join("shop.db").display());
        let flags = [("database_url".to_owned(), url)];
        App::open(Settings::resolve(None, &[], &flags).unwrap(), false).unwrap()
    }

    async fn until_it_has_turned(turns: &AtomicU64, often: u64) {
        let enough = async {
            while turns.load(Relaxed) < often {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), enough).await.unwrap();
    }

    #[tokio::test]
    async fn a_worker_outlives_its_panics_and_stops_with_its_node() {
        let dir = TempDir::new().unwrap();
        let (shop, turns) = (shop(&dir), Arc::new(AtomicU64::new(0)));
        let mut workers = JoinSet::new();
        workers.spawn(drive(Clumsy(turns.clone()), shop));
        until_it_has_turned(&turns, 10).await;
        workers.shutdown().await;
        let at_the_end = turns.load(Relaxed);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(turns.load(Relaxed), at_the_end);
    }

    #[tokio::test]
    async fn a_worker_that_always_has_more_to_do_leaves_room_for_others() {
        let dir = TempDir::new().unwrap();
        let (shop, turns) = (shop(&dir), Arc::new(AtomicU64::new(0)));
        let mut workers = JoinSet::new();
        workers.spawn(drive(Greedy(turns.clone()), shop));
        // On this one thread nothing but the driver gives way.
        until_it_has_turned(&turns, 100).await;
    }
}
