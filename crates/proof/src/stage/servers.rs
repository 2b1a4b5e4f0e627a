//! `sutler` as a process: started beside this program, asked until it answers, stopped by its pid.

use crate::stage::sites::Shop;
use anyhow::{Context, bail};
use std::{
    fs::File,
    io::Write,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use testbed::{free_port, processes};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

pub const USERNAME: &str = "bench";
pub const STAFF: &str = "bench-staff";
pub const PASSWORD: &str = "bench-of-the-sutler";

const ANSWERS_WITHIN: Duration = Duration::from_secs(20);
const STOPS_WITHIN: Duration = Duration::from_secs(40);

/// The program.
pub struct Sutler {
    program: PathBuf,
    secret: String,
}

/// A shop that is open. Dropping it closes it.
pub struct Server {
    pub address: SocketAddr,
    /// From the start of the process to its first answer.
    pub start: Duration,
    child: Child,
}

impl Sutler {
    pub fn beside_this() -> anyhow::Result<Sutler> {
        Sutler::named("sutler", "")
    }

    /// The build that can be killed, frozen or held up at named points.
    pub fn with_failpoints() -> anyhow::Result<Sutler> {
        Sutler::named("sutler-failpoints", " --features failpoints --bin sutler-failpoints")
    }

    fn named(name: &str, features: &str) -> anyhow::Result<Sutler> {
        let program = std::env::current_exe()?.with_file_name(name);
        if !program.is_file() {
            let path = program.display();
            bail!("{path} is missing: cargo build --release --package sutler{features}");
        }
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        Ok(Sutler { program, secret })
    }

    /// What every shop that it serves signs with.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    pub fn command(&self) -> Command {
        let mut command = processes::bound(&self.program, "TERM", None);
        command.stdin(Stdio::null());
        // What is measured depends on nothing that happens to be set.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SUTLER_") {
                command.env_remove(name);
            }
        }
        command
    }

    fn with_settings(&self, shop: &Shop) -> Command {
        let mut command = self.command();
        command.current_dir(&shop.data_dir);
        command.env("SUTLER_DATABASE_URL", &shop.url);
        command.env("SUTLER_DATA_DIR", &shop.data_dir);
        command.env("SUTLER_SECRET_KEY", &self.secret);
        // Counted as ever, and never too many: all who ask here are one address, and one account.
        for limit in ["SUTLER_RATE_LIMIT_ADDRESS", "SUTLER_RATE_LIMIT_CALLER"] {
            command.env(limit, "1000000");
        }
        command
    }

    pub async fn create_customer(&self, shop: &Shop) -> anyhow::Result<()> {
        self.create(shop, USERNAME, "customer").await
    }

    pub async fn create_staff(&self, shop: &Shop) -> anyhow::Result<()> {
        self.create(shop, STAFF, "admin").await
    }

    async fn create(&self, shop: &Shop, name: &str, role: &str) -> anyhow::Result<()> {
        let mut command = self.with_settings(shop);
        command.args(["user", "create", "--username", name, "--role", role]);
        command.args(["--email", &format!("{name}@example.com"), "--password-stdin"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = processes::spawn(command).context("starting sutler user create")?;
        if let Some(mut stdin) = child.stdin.take() {
            writeln!(stdin, "{PASSWORD}")?;
        }
        let status = tokio::task::spawn_blocking(move || child.wait()).await??;
        match status.success() {
            true => Ok(()),
            false => bail!("sutler user create ended with {status}"),
        }
    }

    pub async fn serve(&self, shop: &Shop) -> anyhow::Result<Server> {
        let mut command = self.with_settings(shop);
        command.arg("serve");
        Server::start(command, &shop.data_dir).await
    }

    /// With settings of its own, as the environment names them.
    pub async fn serve_with(
        &self,
        shop: &Shop,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Server> {
        let mut command = self.with_settings(shop);
        command.arg("serve").envs(settings.iter().copied());
        Server::start(command, &shop.data_dir).await
    }

    /// With the bare handler beside the shop.
    pub async fn serve_with_bare(&self, shop: &Shop) -> anyhow::Result<Server> {
        let mut command = self.with_settings(shop);
        command.arg("serve").env("SUTLER_BENCH_BARE", "1");
        Server::start(command, &shop.data_dir).await
    }

    /// Has a file brought in by a command of its own, and tells how long that took.
    pub async fn bring(
        &self,
        shop: &Shop,
        words: &[&str],
        file: &Path,
    ) -> anyhow::Result<Duration> {
        let mut command = self.with_settings(shop);
        command.args(words).arg(file);
        command.stdout(File::create(shop.data_dir.join("sheet.log"))?);
        let started = Instant::now();
        let mut child = processes::spawn(command).context("starting sutler")?;
        let status = tokio::task::spawn_blocking(move || child.wait()).await??;
        match status.success() {
            true => Ok(started.elapsed()),
            false => bail!("sutler {} ended with {status}", words.join(" ")),
        }
    }

    pub async fn demo(&self, data_dir: &Path) -> anyhow::Result<Server> {
        let mut command = self.command();
        command.current_dir(data_dir).arg("demo").arg("--data-dir").arg(data_dir);
        Server::start(command, data_dir).await
    }
}

impl Server {
    async fn start(mut command: Command, log_dir: &Path) -> anyhow::Result<Server> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let path = log_dir.join("sutler.log");
        let log = File::create(&path)?;
        command.arg("--listen").arg(address.to_string());
        command.stdout(log.try_clone()?).stderr(log);
        let started = Instant::now();
        let child = processes::spawn(command).context("starting sutler")?;
        let mut server = Server { address, start: Duration::ZERO, child };
        while !is_alive(address).await {
            if started.elapsed() > ANSWERS_WITHIN || server.child.try_wait()?.is_some() {
                let said = std::fs::read_to_string(&path).unwrap_or_default();
                bail!("sutler does not answer. It said:\n{said}");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.start = started.elapsed();
        Ok(server)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, and waits for it.
    pub fn stop(mut self) -> anyhow::Result<()> {
        processes::signal("TERM", &[self.child.id()])?;
        match processes::wait_for_end(&mut self.child, STOPS_WITHIN)? {
            true => Ok(()),
            false => bail!("sutler does not stop within {STOPS_WITHIN:?}"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Collected already, unless something went wrong.
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Whether a shop answers there.
pub async fn is_alive(address: SocketAddr) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let request = format!("GET /health/live HTTP/1.1\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.ok()?;
        (&status == b"HTTP/1.1 200").then_some(())
    };
    matches!(tokio::time::timeout(Duration::from_secs(1), ask).await, Ok(Some(())))
}
