//! A node from its start to its end: what `serve` and `demo` have in common.

use crate::{
    app::App,
    http::{
        envelope::Envelope,
        listener::{ConnectionLimits, bind, serve},
        routes::{metrics_only, routes},
    },
    settings::Settings,
    workers,
};
use anyhow::{Context, bail};
use std::{future::Future, net::SocketAddr, sync::Arc};
use store::Location;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Where the shop is kept; its directory is made if need be.
pub fn location(settings: &Settings) -> anyhow::Result<Location> {
    let url = &settings.database_url;
    let location: Location = url.parse().map_err(anyhow::Error::msg).context("database_url")?;
    if let Location::Sqlite(path) = &location
        && let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty())
    {
        std::fs::create_dir_all(directory)
            .with_context(|| format!("cannot make the directory {}", directory.display()))?;
    }
    Ok(location)
}

/// Brings the schema up to date, or refuses to run on an old one.
pub async fn prepare(settings: &Settings, migrates: bool) -> anyhow::Result<()> {
    let location = location(settings)?;
    if migrates {
        for migration in location.migrate().await? {
            tracing::info!(%migration, "migrated");
        }
        return Ok(());
    }
    let missing = location.missing_migrations().await?;
    match missing.first() {
        None => Ok(()),
        Some(first) => {
            bail!("{location} lacks {first} and what follows: run `sutler migrate` first")
        }
    }
}

/// A node that listens, and does not answer yet.
pub struct Node {
    pub app: Arc<App>,
    listener: TcpListener,
    metrics: Option<TcpListener>,
}

impl Node {
    pub fn open(app: Arc<App>) -> anyhow::Result<Node> {
        let open = |address: SocketAddr| {
            bind(address).with_context(|| format!("cannot listen on {address}"))
        };
        let listener = open(app.settings.listen)?;
        let metrics = app.settings.metrics_listen.map(open).transpose()?;
        Ok(Node { app, listener, metrics })
    }

    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `shutdown`, finishes what was accepted, and closes.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        let Node { app, listener, metrics } = self;
        let limits = ConnectionLimits::from(&app.settings);
        let hosts = &app.settings.allowed_hosts;
        let workers = workers::start(&app);
        let (closing, closed) = watch::channel(());
        let figures = metrics.map(|listener| {
            let envelope = Envelope::new(metrics_only(app.clone()), &["*".to_owned()], &app.meters);
            let (app, mut closed) = (app.clone(), closed.clone());
            tokio::spawn(async move {
                let answer = move |peer, request| envelope.clone().answer(peer, request);
                let shutdown = async { closed.changed().await.unwrap_or_default() };
                serve(listener, answer, limits, &app.meters, shutdown).await
            })
        });
        let envelope = Envelope::new(routes(app.clone()), hosts, &app.meters);
        let answer = move |peer, request| envelope.clone().answer(peer, request);
        let cut_off = serve(listener, answer, limits, &app.meters, shutdown).await;
        drop(closing);
        if let Some(figures) = figures {
            figures.await?;
        }
        drop(workers);
        tokio::task::spawn_blocking(move || app.writer.close()).await?;
        tracing::info!(cut_off, "closed");
        Ok(())
    }
}

/// Ready when the process is asked to stop.
pub fn asked_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: finishing what was begun");
    })
}
