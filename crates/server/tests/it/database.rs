//! The databases of the stories: one for each, on either engine, and the SQL that breaks them.
//! Invariant: nobody else uses a story's database.

use std::sync::atomic::{AtomicU32, Ordering};
use store::Location;
use testbed::TempDir;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A database, and a directory beside it that goes with this value.
pub struct Database {
    pub url: String,
    pub dir: TempDir,
}

impl Database {
    /// An empty one on the engine, or none when there is no Postgres to test with.
    pub async fn create(engine: Engine) -> Option<Database> {
        let dir = TempDir::new().unwrap();
        let url = match engine {
            Engine::Sqlite => format!("sqlite://{}", dir.path().join("shop.db").display()),
            Engine::Postgres => {
                static DATABASES: AtomicU32 = AtomicU32::new(0);
                let number = DATABASES.fetch_add(1, Ordering::Relaxed);
                let name = format!("http_{}_{number}", std::process::id());
                administer(&format!("create database {name}")).await?;
                testbed::test_server().url(&name)?
            }
        };
        Some(Database { url, dir })
    }

    /// Gives its room back. One that a failed story leaves goes with its server.
    pub async fn remove(self) {
        if let Ok(Location::Postgres(config)) = self.url.parse() {
            let name = config.get_dbname().unwrap();
            administer(&format!("drop database {name} with (force)")).await;
        }
    }

    /// Runs SQL beside the store, as somebody would who breaks a shop.
    pub async fn sql(&self, text: &str) {
        sql(&self.url, text).await;
    }
}

pub async fn sql(url: &str, text: &str) {
    match url.parse::<Location>().unwrap() {
        Location::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            connection.execute_batch(text).unwrap();
        }
        Location::Postgres(config) => {
            let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client
                .batch_execute("set search_path = identity, catalog, orders, writer")
                .await
                .unwrap();
            client.batch_execute(text).await.unwrap();
        }
    }
}

/// Tells the shared server, if there is one.
async fn administer(sql: &str) -> Option<()> {
    let url = testbed::test_server().admin_url()?;
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    Some(())
}

pub async fn assert_sound(url: &str) {
    for finding in url.parse::<Location>().unwrap().audit().await.unwrap() {
        assert!(finding.is_sound(), "{finding:?}");
    }
}
