//! What a node does by itself, beside answering requests: workers that take turns.
//!
//! One file each. A turn that fails or panics is logged, and the next one comes all the same; they
//! end with the node.

pub mod backups;
pub mod carts;
mod driver;
mod feed;
mod figures;
pub mod forgotten;
pub mod imported;
pub mod key_uses;
mod patience;
pub mod pending;
pub mod processing;
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

/// Those that have begun, and what they are called.
struct Begun<'a> {
    app: &'a Arc<App>,
    workers: JoinSet<()>,
    names: Vec<&'static str>,
}

impl Begun<'_> {
    fn begin<W: Worker>(&mut self, worker: W) {
        self.names.push(W::NAME);
        self.workers.spawn(driver::drive(worker, self.app.clone()));
    }
}

/// All that work for a node; they end with it, or when this is dropped.
pub struct Workers {
    turns: JoinSet<()>,
    processor: Option<processing::Processor>,
}

/// Starts them all.
pub fn start(app: &Arc<App>) -> Workers {
    Workers { turns: begin(app).workers, processor: processing::start(app) }
}

impl Workers {
    /// Nothing more is begun with, and what was begun with has so much time.
    pub fn stop(&self, within: Duration) {
        if let Some(processor) = &self.processor {
            processor.stop(within);
        }
    }

    /// Ends them; what is done with orders has so much time to come to an end, or is given back.
    pub async fn close(mut self, within: Duration) {
        if let Some(processor) = self.processor.take() {
            processor.close(within).await;
        }
        self.turns.shutdown().await;
    }
}

fn begin(app: &Arc<App>) -> Begun<'_> {
    let mut begun = Begun { app, workers: JoinSet::new(), names: Vec::new() };
    begun.begin(revocations::Poll);
    begun.begin(feed::Feed);
    begun.begin(sweeps::Sweeps);
    begun.begin(carts::Carts);
    begun.begin(pending::Pending);
    begun.begin(forgotten::Forgotten::default());
    begun.begin(imported::Imported::default());
    begun.begin(key_uses::KeyUses);
    begun.begin(figures::WriterFigures::new(app));
    begun.begin(figures::Histograms);
    if let Some(scheduled) = backups::Scheduled::of(app) {
        begun.begin(scheduled);
    }
    begun
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::settings::Settings;
    use std::{sync::atomic::Ordering::Relaxed, time::Instant};
    use store::Location;
    use testbed::TempDir;

    /// A shop that nobody asks for anything.
    pub(crate) async fn shop(dir: &TempDir) -> Arc<App> {
        let url = format!("sqlite://{}", dir.path().join("shop.db").display());
        let flags = [("database_url".to_owned(), url)];
        // Before anything is at work there that would be in the way.
        Location::Sqlite(dir.path().join("shop.db")).migrate().await.unwrap();
        App::open(Settings::resolve(None, &[], &flags).unwrap(), false).unwrap()
    }

    #[tokio::test]
    async fn a_node_begins_with_every_worker() {
        let dir = TempDir::new().unwrap();
        let shop = shop(&dir).await;
        let begun = begin(&shop);
        assert_eq!(begun.workers.len(), begun.names.len());
        let expected = [
            "revocations",
            "feed",
            "sweeps",
            "carts",
            "pending orders",
            "forgotten orders",
            "imported hashes",
            "key uses",
            "writer figures",
            "histograms",
        ];
        assert_eq!(begun.names, expected);
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
