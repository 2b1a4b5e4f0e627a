//! The databases of the stories: one for each, on either engine.
//! Invariant: nobody else uses a story's database.

use crate::shop::Engine;
use std::{
    io::{self, Write},
    sync::atomic::{AtomicU32, Ordering},
};
use store::Location;
use testbed::{Durability, Postgres, TempDir};
use tokio::sync::OnceCell;

/// An empty database on the engine, or none when there is no Postgres to test with.
pub async fn fresh_location(engine: Engine) -> Option<(Location, TempDir)> {
    let dir = TempDir::new().unwrap();
    let url = match engine {
        Engine::Sqlite => format!("sqlite://{}", dir.path().join("shop.db").display()),
        Engine::Postgres => on_the_server("").await?,
    };
    Some((url.parse().unwrap(), dir))
}

/// One with the tables in it: a copy of one that is migrated once in this process.
pub async fn migrated_location(engine: Engine) -> Option<(Location, TempDir)> {
    static FILE: OnceCell<Vec<u8>> = OnceCell::const_new();
    static NAME: OnceCell<Option<String>> = OnceCell::const_new();
    let migrate = async || {
        let (location, dir) = fresh_location(engine).await?;
        location.migrate().await.unwrap();
        Some((location, dir))
    };
    let dir = TempDir::new().unwrap();
    let location = match engine {
        Engine::Sqlite => {
            let path = dir.path().join("shop.db");
            let read = async || {
                let (_, first) = migrate().await.expect("a file can always be made");
                std::fs::read(first.path().join("shop.db")).unwrap()
            };
            std::fs::write(&path, FILE.get_or_init(read).await).unwrap();
            Location::Sqlite(path)
        }
        Engine::Postgres => {
            let name = async || match migrate().await?.0 {
                Location::Postgres(config) => config.get_dbname().map(str::to_owned),
                Location::Sqlite(_) => None,
            };
            let template = NAME.get_or_init(name).await.as_ref()?;
            on_the_server(&format!("template {template}")).await?.parse().unwrap()
        }
    };
    Some((location, dir))
}

/// The URL of a new database on the shared server, if there is one.
async fn on_the_server(how: &str) -> Option<String> {
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let name = format!("store_{}_{number}", std::process::id());
    administer(&format!("create database {name} {how}")).await?;
    testbed::test_server().url(&name)
}

/// Gives its room back. One that a failed story leaves goes with its server.
pub async fn remove(location: &Location) {
    if let Location::Postgres(config) = location {
        let name = config.get_dbname().unwrap();
        administer(&format!("drop database {name} with (force)")).await;
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

/// A server that a test may stop and kill, or none where there are no programs for it.
pub fn own_postgres(durability: Durability, settings: &[(&str, &str)]) -> Option<Postgres> {
    // Without any Postgres this says so, and fails in CI.
    testbed::test_server().admin_url()?;
    if Postgres::find().is_none() {
        // Not eprintln: the harness would swallow it for tests that pass.
        let _ = writeln!(io::stderr(), "SKIPPED: a test that needs a Postgres of its own");
        return None;
    }
    Some(Postgres::start_with(durability, settings).unwrap())
}
