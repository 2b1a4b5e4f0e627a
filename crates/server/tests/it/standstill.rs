//! A writer that stands still: what is sent meanwhile waits in its queue, so that a story can look at what is so
//! before it is done.

use crate::app::{Shop, until};
use domain::{Actor, CorrelationId, CreateCategory, Text};
use futures_util::poll;
use std::sync::Arc;
use store::Location;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Another program's transaction, in which everybody's writes have to wait.
#[expect(dead_code, reason = "they are held")]
enum Lock {
    Sqlite(rusqlite::Connection),
    Postgres(tokio_postgres::Client),
}

impl Lock {
    async fn of(shop: &Shop) -> Lock {
        match shop.url.parse::<Location>().unwrap() {
            Location::Sqlite(path) => {
                let other = rusqlite::Connection::open(path).unwrap();
                other.execute_batch("begin immediate").unwrap();
                Lock::Sqlite(other)
            }
            Location::Postgres(config) => {
                let (other, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
                tokio::spawn(connection);
                let lock = "begin; lock table writer.batches in exclusive mode";
                other.batch_execute(lock).await.unwrap();
                Lock::Postgres(other)
            }
        }
    }
}

pub struct Standstill {
    lock: Lock,
    /// What the writer has in its hands meanwhile.
    taken: JoinHandle<()>,
}

impl Standstill {
    /// Of a shop whose writer has nothing to do.
    pub async fn of(shop: &Arc<Shop>) -> Standstill {
        let (lock, app) = (Lock::of(shop).await, Arc::clone(&shop.app));
        let create = CreateCategory {
            slug: Text::new("standstill").unwrap(),
            name: Text::new("Standstill").unwrap(),
            parent: None,
        };
        let mut sent = Box::pin(async move {
            // What becomes of it is nobody's concern.
            let _ = app.send(Actor::SYSTEM, CorrelationId(Uuid::now_v7()), None, create).await;
        });
        assert!(poll!(&mut sent).is_pending(), "it was not sent, or done at once");
        until("the writer to stand still", async || shop.app.writer.waiting() == 0).await;
        Standstill { lock, taken: tokio::spawn(sent) }
    }

    pub async fn ends(self) {
        drop(self.lock);
        self.taken.await.unwrap();
    }
}

impl Shop {
    /// Waits until so many commands wait for a writer that stands still.
    pub async fn waits(&self, commands: usize) {
        until("commands to wait", async || self.app.writer.waiting() >= commands).await;
    }
}
