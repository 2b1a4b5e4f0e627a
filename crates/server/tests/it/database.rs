//! The databases of the stories: one for each, on either engine, and the SQL that breaks them.
//! Invariant: nobody else uses a story's database.

use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};
use store::Location;
use testbed::TempDir;
use tokio::sync::OnceCell;

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
            Engine::Postgres => on_the_server("").await?,
        };
        Some(Database { url, dir })
    }

    /// One with the tables in it: a copy of one that is migrated once in this process.
    pub async fn migrated(engine: Engine) -> Option<Database> {
        static FILE: OnceCell<Vec<u8>> = OnceCell::const_new();
        static NAME: OnceCell<Option<String>> = OnceCell::const_new();
        let migrate = async || {
            let first = Database::create(engine).await?;
            first.url.parse::<Location>().unwrap().migrate().await.unwrap();
            Some(first)
        };
        let dir = TempDir::new().unwrap();
        let url = match engine {
            Engine::Sqlite => {
                let path = dir.path().join("shop.db");
                let read = async || {
                    let first = migrate().await.expect("a file can always be made");
                    std::fs::read(first.dir.path().join("shop.db")).unwrap()
                };
                std::fs::write(&path, FILE.get_or_init(read).await).unwrap();
                format!("sqlite://{}", path.display())
            }
            Engine::Postgres => {
                let name = async || match migrate().await?.url.parse().unwrap() {
                    Location::Postgres(config) => config.get_dbname().map(str::to_owned),
                    Location::Sqlite(_) => None,
                };
                let template = NAME.get_or_init(name).await.as_ref()?;
                on_the_server(&format!("template {template}")).await?
            }
        };
        Some(Database { url, dir })
    }

    /// One as the programs of an earlier schema have left it, with data in it: see `upgrades.rs` of the store.
    pub async fn of_schema(engine: Engine, version: u32) -> Option<Database> {
        let database = Database::create(engine).await?;
        load_schema(&database.url, version).await;
        Some(database)
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

pub async fn load_schema(url: &str, version: u32) {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/tests/it/schemas");
    let engine = if url.starts_with("sqlite:") { "sqlite" } else { "postgres" };
    let kept = std::fs::read_to_string(kept.join(format!("{engine}/V{version}.sql"))).unwrap();
    let before = if engine == "sqlite" { "pragma foreign_keys = off;" } else { "" };
    sql(url, &format!("{before} {kept}")).await;
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

/// A new database on the shared server, if there is one.
async fn on_the_server(how: &str) -> Option<String> {
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let name = format!("http_{}_{number}", std::process::id());
    administer(&format!("create database {name} {how}")).await?;
    testbed::test_server().url(&name)
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

/// All that the database keeps, as text: of each row of each table a line, which begins with the table's name.
/// Bytes that are text are shown as it.
pub async fn dump(url: &str) -> String {
    match url.parse::<Location>().unwrap() {
        Location::Sqlite(path) => dump_sqlite(&rusqlite::Connection::open(path).unwrap()),
        Location::Postgres(config) => {
            let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            dump_postgres(&client).await
        }
    }
}

/// How far a consumer has come; nowhere if it has not begun.
pub async fn cursor_of(url: &str, consumer: &str) -> Option<i64> {
    let all = dump(url).await;
    let rows = all.lines().filter_map(|row| row.strip_prefix("consumers | "));
    let mut cells = rows.map(|row| row.trim_start_matches('(').split([',', '|']).map(str::trim));
    let mut row = cells.find_map(|mut row| (row.next() == Some(consumer)).then_some(row))?;
    row.next()?.parse().ok()
}

fn dump_sqlite(connection: &rusqlite::Connection) -> String {
    use rusqlite::types::ValueRef::{Blob, Integer, Null, Real, Text};
    let names = "select name from sqlite_master where type = 'table'";
    let mut names = connection.prepare(names).unwrap();
    let names = names.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut text = String::new();
    for name in names.map(Result::unwrap) {
        let mut all = connection.prepare(&format!("select * from \"{name}\"")).unwrap();
        let columns = all.column_count();
        let mut rows = all.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            text += &name;
            for column in 0..columns {
                text += " | ";
                text += &match row.get_ref(column).unwrap() {
                    Null => String::new(),
                    Integer(number) => number.to_string(),
                    Real(number) => number.to_string(),
                    Text(bytes) | Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                };
            }
            text.push('\n');
        }
    }
    text
}

async fn dump_postgres(client: &tokio_postgres::Client) -> String {
    let names = "select table_schema, table_name from information_schema.tables
                 where table_type = 'BASE TABLE'
                 and table_schema not in ('pg_catalog', 'information_schema')";
    client.batch_execute("set bytea_output = 'escape'").await.unwrap();
    let mut text = String::new();
    for name in client.query(names, &[]).await.unwrap() {
        let (schema, name): (String, String) = (name.get(0), name.get(1));
        let all = format!("select t::text from \"{schema}\".\"{name}\" t");
        for row in client.query(&all, &[]).await.unwrap() {
            let row: Option<String> = row.get(0);
            text += &format!("{name} | {}\n", row.unwrap_or_default());
        }
    }
    text
}
