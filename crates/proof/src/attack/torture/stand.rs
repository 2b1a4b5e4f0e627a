//! Where a tortured shop stands: its program, its disk, its database, its nodes, and the networks
//! between them. Everything here comes up again on the same ports, as an operator would have it.

use super::{
    clock::Clock,
    disks::{self, Disk},
    memory::Group,
    node::{Node, POLL},
    post::Post,
    proxy::Proxy,
    service::Service,
    snares::Snares,
    spans::Spans,
};
use crate::stage::{bulk, engines::Engine, servers::is_alive};
use anyhow::{Context, bail};
use std::{
    fs::OpenOptions,
    net::{Ipv4Addr, SocketAddr},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use store::Location;
use testbed::{Durability, Postgres, TempDir, free_port, processes};
use uuid::Uuid;

/// Of a thousand pieces; to connect to a database takes many of them.
const CUTS: u32 = 300;
const DATABASE_CUTS: u32 = 120;
/// How often somebody looks at the rows who waits for one.
pub const POLL_ROWS: Duration = Duration::from_millis(100);
/// Where the clock is set, tokens end by it.
const SOON: &str = "20m";
/// All that a node does by itself comes again within half a minute.
const TURNS_WITHIN: Duration = Duration::from_secs(40);
const STARTS_WITHIN: Duration = Duration::from_secs(20);
/// Once it is killed.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// What a fault needs of the place.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    pub disk: disks::Kind,
    pub nodes: usize,
    /// Between clients and the shop.
    pub proxy: bool,
    /// Between the shop and Postgres.
    pub database_proxy: bool,
    /// Whether orders are posted to a fulfilment service.
    pub service: bool,
    /// Whether the shop's clock is set.
    pub clock: bool,
}

pub struct Stand {
    pub nodes: Vec<Node>,
    pub proxy: Option<Proxy>,
    pub database_proxy: Option<Proxy>,
    /// Past the proxy.
    pub location: Location,
    pub postgres: Option<Arc<Postgres>>,
    pub post: Post,
    /// Where orders are posted to it.
    pub service: Option<Service>,
    pub snares: Arc<Snares>,
    pub clock: Option<Clock>,
    /// After its Postgres: it is unmounted last.
    pub disk: Disk,
    /// The last limit that was put on a node's memory: it knows whether the node died of it.
    limit: Mutex<Option<Group>>,
    program: PathBuf,
    url: String,
    pub(super) own_url: String,
    secret: String,
    pub(super) spans: Spans,
}

impl Stand {
    pub async fn open(
        engine: Engine,
        program: &Path,
        needs: Needs,
        (spans, seed): (Spans, u64),
    ) -> anyhow::Result<Stand> {
        let disk = Disk::make(needs.disk).context("making a disk")?;
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Arc::new(start_postgres(disk.path.clone()).await?)),
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
        let snares = Arc::new(Snares::default());
        let clock = if needs.clock { Some(Clock::within(disk.beside())?) } else { None };
        let ahead_s = clock.as_ref().map(|clock| clock.ahead_s.clone()).unwrap_or_default();
        let service = match spans.is_served() {
            true => {
                let doors = nodes.iter().map(|node| node.address).collect();
                Some(Service::open(doors, snares.clone(), (seed, ahead_s)).await?)
            }
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
            post: Post::open(snares.clone()).await?,
            service,
            snares,
            clock,
            disk,
            limit: Mutex::default(),
            program,
            url,
            own_url,
            secret,
            spans,
        };
        stand.begin_with_goods().await.context("seeding")?;
        Ok(stand)
    }

    /// Where clients knock.
    pub fn doors(&self) -> Vec<SocketAddr> {
        match &self.proxy {
            Some(proxy) => vec![proxy.address],
            None => self.nodes.iter().map(|node| node.address).collect(),
        }
    }

    pub(super) fn command(&self, url: &str) -> std::process::Command {
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
        command.env("SUTLER_NOTIFY_EMAILS", "staff@example.com");
        // Whoever says from where he asks is believed; the others are one address.
        command.env("SUTLER_TRUSTED_PROXIES", "127.0.0.1");
        for limit in ["RATE_LIMIT_ADDRESS", "RATE_LIMIT_CALLER", "REGISTRATIONS_PER_HOUR"] {
            command.env(format!("SUTLER_{limit}"), "0");
        }
        for (name, span) in self.spans.settings() {
            command.env(format!("SUTLER_{name}"), span);
        }
        if self.clock.is_some() {
            command.env("SUTLER_ACCESS_TOKEN_TTL", SOON);
        }
        for (name, value) in self.service.iter().flat_map(Service::settings) {
            command.env(format!("SUTLER_{name}"), value);
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
        let clock = self.clock.iter().flat_map(Clock::environment);
        command.envs(clock);
        if let Some(failpoint) = failpoint {
            command.env("FAILPOINT", failpoint);
        }
        let log = OpenOptions::new().create(true).append(true).open(self.log())?;
        command.stdout(log.try_clone()?).stderr(log);
        let child = processes::spawn(command).context("starting sutler")?;
        self.clock.iter().for_each(|clock| clock.is_begun_with_by(child.id()));
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

    /// What the audit finds, if anything. Where the clock was set forward, what is long over by it is only a moment
    /// old: whoever looks for that has to have had his turn.
    pub async fn audit(&self) -> anyhow::Result<Option<String>> {
        let began = Instant::now();
        loop {
            let found = self.audit_now().await?;
            if found.is_none() || self.clock.is_none() || began.elapsed() > TURNS_WITHIN {
                return Ok(found);
            }
            tokio::time::sleep(POLL_ROWS).await;
        }
    }

    /// `sutler audit`; what it says if it finds anything.
    async fn audit_now(&self) -> anyhow::Result<Option<String>> {
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

    /// As if it took a dead node's time: another one follows the events at once.
    pub async fn let_leases_end(&self) -> anyhow::Result<()> {
        let ended = "update consumers set leased_until = 0".to_owned();
        bulk::write_beside(&self.location, vec![ended]).await
    }
}

/// A small one, which keeps what it has said that it keeps.
async fn start_postgres(place: PathBuf) -> anyhow::Result<Postgres> {
    let start = move || {
        let settings = [
            ("shared_buffers", "32MB"),
            ("max_connections", "50"),
            ("min_wal_size", "32MB"),
            ("max_wal_size", "64MB"),
        ];
        Postgres::start_in(TempDir::within(&place)?, Durability::Full, &settings)
    };
    Ok(tokio::task::spawn_blocking(start).await??)
}
