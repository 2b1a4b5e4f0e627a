//! Where a tortured shop stands: its program, its disk, its database, its nodes, and the networks
//! between them. Everything here comes up again on the same ports, as an operator would have it.

use super::{
    disks::{self, Disk},
    memory::Group,
    node::{Node, POLL},
    post::Post,
    proxy::Proxy,
    requests::PASSWORD,
    spans::Spans,
};
use crate::stage::{engines::Engine, servers::is_alive, sites};
use anyhow::{Context, bail};
use domain::{Actor, CorrelationId, CreateProduct, Currency, Money, PublicId, Sku, Text, Who};
use futures_util::future::join_all;
use std::{
    fs::OpenOptions,
    io::Write,
    net::{Ipv4Addr, SocketAddr},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use store::{Limits, Location, Writer};
use testbed::{Durability, Postgres, TempDir, free_port, processes};
use uuid::Uuid;

/// Few, so that customers want the same.
pub const PRODUCTS: i64 = 24;
/// Sold out within a few cycles, and received again by staff.
pub const FIRST_ON_HAND: i64 = 120;
pub const CUSTOMERS: usize = 3;
pub const CUSTOMER_CLIENTS: usize = 9;
pub const STAFF: usize = 2;
/// The client that is an admin.
const ADMIN: usize = CUSTOMER_CLIENTS + STAFF + 3;

/// Of a thousand pieces; to connect to a database takes many of them.
const CUTS: u32 = 300;
const DATABASE_CUTS: u32 = 120;
/// How often somebody looks at the rows who waits for one.
pub const POLL_ROWS: Duration = Duration::from_millis(100);
const STARTS_WITHIN: Duration = Duration::from_secs(20);
/// Once it is killed.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

pub fn price_minor(product: i64) -> i64 {
    99 + 100 * product
}

/// What a fault needs of the place.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    pub disk: disks::Kind,
    pub nodes: usize,
    /// Between clients and the shop.
    pub proxy: bool,
    /// Between the shop and Postgres.
    pub database_proxy: bool,
}

pub struct Stand {
    pub nodes: Vec<Node>,
    pub proxy: Option<Proxy>,
    pub database_proxy: Option<Proxy>,
    /// Past the proxy.
    pub location: Location,
    pub postgres: Option<Arc<Postgres>>,
    pub post: Post,
    /// After its Postgres: it is unmounted last.
    pub disk: Disk,
    /// The last limit that was put on a node's memory: it knows whether the node died of it.
    limit: Mutex<Option<Group>>,
    program: PathBuf,
    url: String,
    own_url: String,
    secret: String,
    spans: Spans,
}

impl Stand {
    pub async fn open(
        engine: Engine,
        program: &Path,
        needs: Needs,
        spans: Spans,
    ) -> anyhow::Result<Stand> {
        let disk = Disk::make(needs.disk).context("making a disk")?;
        let place = disk.path.clone();
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let start = move || {
                    let settings = [
                        ("shared_buffers", "32MB"),
                        ("max_connections", "50"),
                        ("min_wal_size", "32MB"),
                        ("max_wal_size", "64MB"),
                    ];
                    Postgres::start_in(TempDir::within(&place)?, Durability::Full, &settings)
                };
                Some(Arc::new(tokio::task::spawn_blocking(start).await??))
            }
        };
        let own_url = match &postgres {
            None => format!("sqlite://{}", disk.path.join("sutler.db").display()),
            Some(postgres) => postgres.url("postgres"),
        };
        let location: Location = own_url.parse().map_err(anyhow::Error::msg)?;
        let mut url = own_url.clone();
        let mut database_proxy = None;
        if let (true, Some(postgres)) = (needs.database_proxy, &postgres) {
            let target = SocketAddr::from((Ipv4Addr::LOCALHOST, postgres.port()));
            let proxy = Proxy::before(target, DATABASE_CUTS).await?;
            url = url.replace(&target.port().to_string(), &proxy.address.port().to_string());
            database_proxy = Some(proxy);
        }
        let mut nodes = Vec::new();
        for _ in 0..needs.nodes {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
            nodes.push(Node::at(address));
        }
        let proxy = match needs.proxy {
            true => Some(Proxy::before(nodes[0].address, CUTS).await?),
            false => None,
        };
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let program = program.to_owned();
        let stand = Stand {
            nodes,
            proxy,
            database_proxy,
            location,
            postgres,
            post: Post::open().await?,
            disk,
            limit: Mutex::default(),
            program,
            url,
            own_url,
            secret,
            spans,
        };
        stand.seed().await.context("seeding")?;
        Ok(stand)
    }

    async fn seed(&self) -> anyhow::Result<()> {
        self.location.migrate().await?;
        let currency = sites::currency()?;
        let writer = Writer::start(self.location.writer(), Limits::default())?;
        let made = (1..=PRODUCTS).map(|number| {
            let (who, product) = create_product(number, currency);
            writer.send(who, product)
        });
        for product in join_all(made).await {
            product.map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
        }
        drop(writer);
        for username in usernames() {
            let role = username.trim_end_matches(|c: char| c.is_ascii_digit());
            let mut command = self.command(&self.own_url);
            command.args(["user", "create", "--username", &username, "--role", role]);
            command.args(["--email", &format!("{username}@example.com"), "--password-stdin"]);
            // The security log of an operator is no line of ours.
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
            let mut child = processes::spawn(command)?;
            if let Some(mut stdin) = child.stdin.take() {
                writeln!(stdin, "{PASSWORD}")?;
            }
            let ended = tokio::task::spawn_blocking(move || child.wait_with_output()).await??;
            if !ended.status.success() {
                let told = String::from_utf8_lossy(&ended.stderr);
                bail!("sutler user create ended with {}: {told}", ended.status);
            }
        }
        Ok(())
    }

    /// Where clients knock.
    pub fn doors(&self) -> Vec<SocketAddr> {
        match &self.proxy {
            Some(proxy) => vec![proxy.address],
            None => self.nodes.iter().map(|node| node.address).collect(),
        }
    }

    fn command(&self, url: &str) -> std::process::Command {
        let mut command = processes::bound(&self.program, "KILL", None);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SUTLER_") {
                command.env_remove(name);
            }
        }
        // Not on the disk that is tortured: it would keep it from being unmounted.
        command.current_dir(self.disk.beside()).stdin(Stdio::null());
        command.env("SUTLER_DATABASE_URL", url);
        command.env("SUTLER_DATA_DIR", self.disk.beside());
        command.env("SUTLER_SECRET_KEY", &self.secret);
        command.env("SUTLER_ACCESS_TOKEN_TTL", "1d");
        command.env("SUTLER_SMTP_URL", format!("smtp://{}?tls=none", self.post.address));
        command.env("SUTLER_MAIL_FROM", "shop@example.com");
        // Whoever says from where he asks is believed; the others are one address.
        command.env("SUTLER_TRUSTED_PROXIES", "127.0.0.1");
        for limit in ["RATE_LIMIT_ADDRESS", "RATE_LIMIT_CALLER", "REGISTRATIONS_PER_HOUR"] {
            command.env(format!("SUTLER_{limit}"), "0");
        }
        for (name, span) in self.spans.settings() {
            command.env(format!("SUTLER_{name}"), span);
        }
        // A cycle may take longer than a customer's patience.
        command.env("SUTLER_REFRESH_GRACE", "5m");
        command
    }

    /// Starts a node and waits until it answers. False if it ended before, as one does that was
    /// told where to die.
    pub async fn start(&self, node: usize, failpoint: Option<&str>) -> anyhow::Result<bool> {
        let node = &self.nodes[node];
        let mut command = self.command(&self.url);
        command.args(["serve", "--listen", &node.address.to_string()]);
        if let Some(failpoint) = failpoint {
            command.env("FAILPOINT", failpoint);
        }
        let log = OpenOptions::new().create(true).append(true).open(self.log())?;
        command.stdout(log.try_clone()?).stderr(log);
        let child = processes::spawn(command).context("starting sutler")?;
        node.runs_as(child);
        let started = Instant::now();
        while !is_alive(node.address).await {
            if let Some(ended) = node.ended()? {
                if failpoint.is_some() && ended.signal().is_some() {
                    return Ok(false);
                }
                bail!("sutler does not start; see {}", self.log().display());
            }
            if started.elapsed() > STARTS_WITHIN {
                bail!("sutler does not answer; see {}", self.log().display());
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(true)
    }

    pub fn limited_by(&self, group: Group) {
        self.limit.lock().unwrap_or_else(PoisonError::into_inner).replace(group);
    }

    /// Starts the first node again if the limit on its memory has killed it. The kernel says so
    /// before it kills, so that no such death is taken for one of the node's own.
    pub async fn start_after_the_limit(&self) -> anyhow::Result<bool> {
        let has_killed = {
            let limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
            limit.as_ref().map_or(Ok(0), Group::kills)? > 0
        };
        if !has_killed {
            return Ok(false);
        }
        if !self.nodes[0].wait_for_end(ENDS_WITHIN).await? {
            bail!("a node was killed for its memory, and does not end");
        }
        self.limit.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.start(0, None).await
    }

    pub fn log(&self) -> PathBuf {
        self.disk.beside().join("sutler.log")
    }

    /// `sutler audit`; what it says if it finds anything.
    pub async fn audit(&self) -> anyhow::Result<Option<String>> {
        let mut command = self.command(&self.own_url);
        command.arg("audit").stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = processes::spawn(command)?;
        let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await??;
        if output.status.success() {
            return Ok(None);
        }
        let said = [output.stdout, output.stderr].concat();
        Ok(Some(format!("sutler audit: {}", String::from_utf8_lossy(&said))))
    }

    /// In a thread where waiting harms nobody.
    pub async fn with_postgres(
        &self,
        act: impl FnOnce(&Postgres) -> std::io::Result<()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let Some(postgres) = self.postgres.clone() else { bail!("this shop has no Postgres") };
        Ok(tokio::task::spawn_blocking(move || act(&postgres)).await??)
    }
}

/// As whom a client has logged in: customers share their accounts.
pub fn username(client: usize) -> Option<String> {
    match client {
        0..CUSTOMER_CLIENTS => Some(format!("customer{}", client % CUSTOMERS)),
        _ if client < CUSTOMER_CLIENTS + STAFF => {
            Some(format!("staff{}", client - CUSTOMER_CLIENTS))
        }
        ADMIN => Some("admin0".to_owned()),
        _ => None,
    }
}

pub fn usernames() -> Vec<String> {
    let customers = (0..CUSTOMERS).map(|number| format!("customer{number}"));
    let staff = (0..STAFF).map(|number| format!("staff{number}"));
    customers.chain(staff).chain(["admin0".to_owned()]).collect()
}

/// Nobody gives these products another one.
pub fn first_sku(number: i64) -> String {
    format!("TORTURE-{number:02}")
}

fn create_product(number: i64, currency: Currency) -> (Who, CreateProduct) {
    let sku = Sku::stored(&first_sku(number));
    let (id, name) = (PublicId(Uuid::now_v7()), Text::stored(&format!("Product {number}")));
    let product = CreateProduct {
        sku: Some(sku),
        quantity: FIRST_ON_HAND,
        ..CreateProduct::of(id, name, Money::new(price_minor(number), currency))
    };
    let correlation = CorrelationId(Uuid::now_v7());
    (Who { actor: Actor::SYSTEM, correlation, once: None }, product)
}
