//! What a node does by itself, beside answering requests: workers that take turns.
//!
//! One file each. A turn that fails or panics is logged, and the next one comes all the same; they
//! end with the node.

pub mod carts;
mod driver;
mod figures;
pub mod forgotten;
pub mod imported;
pub mod key_uses;
mod patience;
pub mod pending;
mod revocations;
pub mod sweeps;

use crate::app::App;
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// Takes a turn after each pause, for as long as the node lives.
pub trait Worker: Send + Sync + 'static {
    /// As the log names it.
    const NAME: &'static str;
    /// Before each turn.
    const PAUSE: Duration;
    /// Before the first one.
    const FIRST: Duration = Self::PAUSE;

    fn turn(&self, shop: &App) -> impl Future<Output = Turn> + Send;
}

/// How a turn went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    Done,
    /// There is more to do: the next turn comes without a pause.
    More,
    Failed(String),
}

/// Starts them all; they end when the set is dropped.
pub fn start(app: &Arc<App>) -> JoinSet<()> {
    let mut workers = JoinSet::new();
    workers.spawn(driver::drive(revocations::Poll, app.clone()));
    workers.spawn(driver::drive(sweeps::Sweeps, app.clone()));
    workers.spawn(driver::drive(carts::Carts, app.clone()));
    workers.spawn(driver::drive(pending::Pending, app.clone()));
    workers.spawn(driver::drive(forgotten::Forgotten::default(), app.clone()));
    workers.spawn(driver::drive(imported::Imported::default(), app.clone()));
    workers.spawn(driver::drive(key_uses::KeyUses, app.clone()));
    workers.spawn(driver::drive(figures::WriterFigures::new(app), app.clone()));
    workers.spawn(driver::drive(figures::Histograms, app.clone()));
    workers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use std::{sync::atomic::Ordering::Relaxed, time::Instant};
    use testbed::TempDir;

    /// A shop that nobody asks for anything.
    pub(super) async fn shop(dir: &TempDir) -> Arc<App> {
        let url = format!("sqlite://{}", dir.path().join("shop.db").display());
        let flags = [("database_url".to_owned(), url)];
        let app = App::open(Settings::resolve(None, &[], &flags).unwrap(), false).unwrap();
        app.location.migrate().await.unwrap();
        app
    }

    /// Of all workers only the one that sweeps sends commands.
    #[tokio::test]
    async fn a_node_sweeps_by_itself() {
        let dir = TempDir::new().unwrap();
        let shop = shop(&dir).await;
        tokio::time::pause();
        let workers = start(&shop);
        let began = Instant::now();
        while shop.writer.counts.commands.load(Relaxed) == 0 {
            assert!(began.elapsed() < Duration::from_secs(30), "nothing was swept");
            // As soon as nobody has anything else to do.
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        drop(workers);
    }
}
