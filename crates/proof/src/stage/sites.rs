//! Where measured shops stand: a directory on a disk, or a Postgres server of our own, durable as in
//! production. Every run gets a fresh copy of one seeded shop, so that no run pays for another's rows.

use crate::{
    measure::meters::{Meter, PostgresMeter},
    stage::{baskets::Mix, engines::Engine},
};
use anyhow::{Context, bail, ensure};
use domain::{Actor, CorrelationId, CreateProduct, Currency, Money, PublicId, Sku, Text, Who};
use futures_util::future::join_all;
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};
use store::{Limits, Location, Writer};
use testbed::{Durability, Postgres, TempDir};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

const SEED: &str = "seed";
/// Enough that no run sells out, and less than a shelf may hold.
const ON_HAND: i64 = 1_000_000_000;
/// Orders that were placed before: a shop is not empty, and has statistics for its planner.
pub const PAST_ORDERS: u32 = 10_000;
const PAST_CUSTOMERS: u32 = 250;

pub struct Site {
    pub engine: Engine,
    dir: TempDir,
    server: Option<Server>,
    copies: AtomicU32,
}

struct Server {
    postgres: Postgres,
    admin: Arc<Client>,
}

/// One copy of the seeded shop.
pub struct Shop {
    pub location: Location,
    /// For `SUTLER_DATABASE_URL`.
    pub url: String,
    pub data_dir: PathBuf,
    name: String,
}

/// Tells how many orders a shop has, whoever serves it.
pub enum Teller {
    Sqlite(Mutex<rusqlite::Connection>),
    Postgres(Client),
}

impl Teller {
    pub async fn orders(&self) -> anyhow::Result<u64> {
        self.count("select last from WRITER.counters where name = 'orders'").await
    }

    pub async fn commits(&self) -> anyhow::Result<u64> {
        self.count("select commits from WRITER.feed").await
    }

    /// Of the last event.
    pub async fn position(&self) -> anyhow::Result<u64> {
        self.count("select position from WRITER.feed").await
    }

    /// How many orders wait.
    pub async fn pending(&self) -> anyhow::Result<u64> {
        self.count("select count(*) from ORDERS.orders where pending_since is not null").await
    }

    async fn count(&self, sql: &str) -> anyhow::Result<u64> {
        let counted: i64 = match self {
            Teller::Sqlite(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                let sql = sql.replace("WRITER.", "").replace("ORDERS.", "");
                connection.query_row(&sql, [], |row| row.get(0))?
            }
            // Names in capitals that are not quoted are those in small letters.
            Teller::Postgres(client) => client.query_one(sql, &[]).await?.try_get(0)?,
        };
        Ok(u64::try_from(counted)?)
    }
}

pub fn currency() -> anyhow::Result<Currency> {
    "EUR".parse().map_err(anyhow::Error::msg)
}

impl Site {
    pub async fn open(engine: Engine, products: u32, past_orders: u32) -> anyhow::Result<Site> {
        let site = Site::empty(engine).await?;
        let seed = site.seed()?;
        seed.stock_up(products, past_orders).await?;
        if let Location::Postgres(config) = &seed.location {
            let (client, connection) = config.connect(NoTls).await?;
            let connection = tokio::spawn(connection);
            client.batch_execute("analyze").await?;
            drop(client);
            connection.await??;
        }
        Ok(site)
    }

    /// With a shop that has nothing in it yet.
    pub async fn empty(engine: Engine) -> anyhow::Result<Site> {
        let dir = TempDir::on_disk()?;
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Server::start().await?),
        };
        let site = Site { engine, dir, server, copies: AtomicU32::new(0) };
        if let Some(server) = &site.server {
            server.admin.batch_execute(&format!("create database {SEED}")).await?;
        }
        site.seed()?.location.migrate().await.context("migrating")?;
        Ok(site)
    }

    /// The shop that all others are copies of.
    pub fn seed(&self) -> anyhow::Result<Shop> {
        self.shop(SEED)
    }

    /// A fresh copy, with nothing left to be written from what came before.
    pub async fn fresh(&self) -> anyhow::Result<Shop> {
        let name = format!("run_{}", self.copies.fetch_add(1, Relaxed));
        let shop = self.shop(&name)?;
        match &self.server {
            None => {
                std::fs::copy(self.seed()?.file(), shop.file()).context("copying the shop")?;
                std::fs::File::open(shop.file())?.sync_all()?;
            }
            Some(server) => {
                server.copy_seed(&name).await?;
                server.admin.batch_execute("checkpoint").await?;
            }
        }
        Ok(shop)
    }

    pub async fn remove(&self, shop: Shop) -> anyhow::Result<()> {
        if let Some(server) = &self.server {
            let drop = format!("drop database {} with (force)", shop.name);
            server.admin.batch_execute(&drop).await?;
        }
        std::fs::remove_dir_all(&shop.data_dir).context("removing a shop")
    }

    /// Counts the costs of a shop that runs in `process`.
    pub fn meter(&self, process: u32, writer: Option<&'static str>) -> anyhow::Result<Meter> {
        let postgres = match &self.server {
            None => None,
            Some(server) => Some(PostgresMeter {
                postmaster: server.postgres.pid().context("Postgres has gone")?,
                admin: server.admin.clone(),
            }),
        };
        Ok(Meter { shop: process, writer, postgres })
    }

    /// Where this engine keeps what it must not lose.
    pub fn disk(&self) -> PathBuf {
        match &self.server {
            None => self.dir.path().to_path_buf(),
            Some(server) => server.postgres.data(),
        }
    }

    fn shop(&self, name: &str) -> anyhow::Result<Shop> {
        let data_dir = self.dir.path().join(name);
        std::fs::create_dir_all(&data_dir)?;
        let url = match &self.server {
            None => format!("sqlite://{}", file_in(&data_dir).display()),
            Some(server) => server.postgres.url(name),
        };
        let location = url.parse().map_err(anyhow::Error::msg)?;
        Ok(Shop { location, url, data_dir, name: name.to_owned() })
    }
}

fn file_in(data_dir: &Path) -> PathBuf {
    data_dir.join("sutler.db")
}

impl Server {
    async fn start() -> anyhow::Result<Server> {
        let postgres = Postgres::start(Durability::Full).context("starting Postgres")?;
        let (admin, connection) = tokio_postgres::connect(&postgres.url("postgres"), NoTls).await?;
        tokio::spawn(connection);
        Ok(Server { postgres, admin: Arc::new(admin) })
    }

    /// Who seeded it has left, but Postgres may not have noticed yet.
    async fn copy_seed(&self, name: &str) -> anyhow::Result<()> {
        let copy = format!("create database {name} template {SEED}");
        for _ in 0..100 {
            match self.admin.batch_execute(&copy).await {
                Err(error) if error.code().is_some_and(|code| code.code() == "55006") => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                copied => return copied.context("copying the shop"),
            }
        }
        bail!("the seeded database stays in use")
    }
}

impl Shop {
    fn file(&self) -> PathBuf {
        file_in(&self.data_dir)
    }

    /// Fails with the rows that break a promise.
    pub async fn audit(&self) -> anyhow::Result<()> {
        let findings = self.location.audit().await?;
        match findings.into_iter().find(|finding| !finding.is_sound()) {
            Some(broken) => bail!("{}: the audit found {broken:?}", self.location),
            None => Ok(()),
        }
    }

    /// The last order's number, asked beside the shop.
    pub async fn teller(&self) -> anyhow::Result<Teller> {
        Ok(match &self.location {
            Location::Sqlite(path) => {
                let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
                Teller::Sqlite(Mutex::new(rusqlite::Connection::open_with_flags(path, flags)?))
            }
            Location::Postgres(config) => {
                let (client, connection) = config.connect(NoTls).await?;
                tokio::spawn(connection);
                Teller::Postgres(client)
            }
        })
    }

    async fn stock_up(&self, products: u32, past_orders: u32) -> anyhow::Result<()> {
        let writer = Writer::start(self.location.writer(), Limits::default())?;
        let currency = currency()?;
        let made = (1..=products).map(|number| {
            let (who, product) = create_product(number, currency);
            writer.send(who, product)
        });
        let refused = join_all(made).await.into_iter().find_map(Result::err);
        ensure!(refused.is_none(), "the shop refuses its first products: {refused:?}");
        let mix = Mix { products, lines: 1, is_hot: false };
        for _ in 0..PAST_CUSTOMERS {
            let baskets: Vec<_> = mix.history(past_orders / PAST_CUSTOMERS).collect();
            let placed = baskets.into_iter().map(|basket| {
                let (who, order) = basket.into_order(currency);
                writer.send(who, order)
            });
            let refused = join_all(placed).await.into_iter().find_map(Result::err);
            ensure!(refused.is_none(), "the shop refuses its first orders: {refused:?}");
        }
        Ok(())
    }
}

fn create_product(number: u32, currency: Currency) -> (Who, CreateProduct) {
    let sku = Sku::stored(&format!("BENCH-{number:05}"));
    let description = format!(
        "Product {number} of the bench: holds a pint, has a folding handle, and fits into its \
         brother. Tinned inside and out, with a lid."
    );
    let (id, name) = (PublicId(Uuid::now_v7()), Text::stored(&format!("Mess tin {number}")));
    let price = Money::new(100 + i64::from(number % 5000), currency);
    let product = CreateProduct {
        sku: Some(sku),
        description: Text::stored(&description),
        quantity: ON_HAND,
        ..CreateProduct::of(id, name, price)
    };
    let correlation = CorrelationId(Uuid::now_v7());
    (Who { actor: Actor::SYSTEM, correlation, once: None }, product)
}
