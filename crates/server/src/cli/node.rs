//! A node from its start to its end: what `serve` and `demo` have in common.

use crate::{
    api::{metrics_only, routes},
    app::App,
    consumers,
    http::{
        doors::Doors,
        envelope::Envelope,
        listener::{ConnectionLimits, bind, serve},
        tls::Tls,
    },
    settings::{Listen, Settings},
    workers,
};
use anyhow::Context;
use std::{
    fs::DirBuilder, future::Future, net::SocketAddr, os::unix::fs::DirBuilderExt, path::Path,
    sync::Arc, time::Instant,
};
use store::{Location, Schema, schema_version};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Where the shop is kept.
pub fn location(settings: &Settings) -> anyhow::Result<Location> {
    settings.database_url.parse().map_err(anyhow::Error::msg).context("database_url")
}

/// The directory of the shop's file, made if need be.
pub fn make_room(location: &Location) -> anyhow::Result<()> {
    match location {
        Location::Sqlite(path) => make_directory(directory(path)),
        Location::Postgres(_) => Ok(()),
    }
}

/// In which a file lies.
pub fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// For its owner only: what lies there are people's addresses and what they bought.
pub fn make_directory(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the directory {}", path.display()))
}

/// What comes with that was tried, and is no accident.
pub fn tell_of_another(schema: &Schema) {
    let (at, known) = (schema.version(), schema_version());
    if at != known {
        tracing::warn!(schema = at, known, "working on the schema of another version");
    }
}

/// That there is no shop to work on. It is no result of a command, and has an exit code of its own.
#[derive(Debug, thiserror::Error)]
pub enum NoShop {
    #[error("there is no shop in {0}: --data-dir or --database-url says where it is")]
    Absent(String),
    #[error(
        "the shop in {location} is of an older version and lacks {first} and what follows: run `sutler migrate` first"
    )]
    Behind { location: String, first: String },
    #[error(
        "this program is too old for the shop in {location}: {why}. Use that version, or restore a backup from before"
    )]
    Outdated { location: String, why: String },
}

/// Whether a shop is there on which this version may work. Nothing is made and nothing is changed.
pub async fn is_there(location: &Location) -> anyhow::Result<()> {
    let schema = location.schema().await?;
    if schema.is_workable() {
        tell_of_another(&schema);
        return Ok(());
    }
    refuse_outdated(location, &schema)?;
    let location = location.to_string();
    Err(match schema {
        Schema::Behind { missing, .. } => {
            let first = missing.into_iter().next().unwrap_or_default();
            NoShop::Behind { location, first }
        }
        _ => NoShop::Absent(location),
    }
    .into())
}

/// A later version has seen to it that this one does not work there.
pub fn refuse_outdated(location: &Location, schema: &Schema) -> Result<(), NoShop> {
    let location = location.to_string();
    schema.outdates().map_or(Ok(()), |why| Err(NoShop::Outdated { location, why }))
}

/// The same of a shop of any version.
pub async fn exists(location: &Location) -> anyhow::Result<()> {
    match location.schema().await? {
        Schema::Absent => Err(NoShop::Absent(location.to_string()).into()),
        _ => Ok(()),
    }
}

/// The shop that is there, for a command that works on it. A wrong directory is not made into an empty
/// one of which all is well, and a live one is not migrated in passing.
pub async fn open_shop(settings: Settings) -> anyhow::Result<Arc<App>> {
    is_there(&location(&settings)?).await?;
    let app = App::open(settings, false)?;
    app.check_currency().await?;
    Ok(app)
}

/// Ports that are open, and whose connections wait: opened before anything is made or changed.
pub struct Listeners {
    api: TcpListener,
    tls: Option<Arc<Tls>>,
    metrics: Option<TcpListener>,
}

impl Listeners {
    pub fn open(settings: &Settings) -> anyhow::Result<Listeners> {
        let metrics = settings.metrics_listen.as_ref();
        Ok(Listeners {
            tls: Tls::of(settings)?,
            api: open(&settings.listen, "--listen")?,
            metrics: metrics.map(|listen| open(listen, "--metrics-listen")).transpose()?,
        })
    }

    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.api.local_addr()
    }
}

fn open(listen: &Listen, flag: &str) -> anyhow::Result<TcpListener> {
    let address = listen.resolve().with_context(|| {
        format!("cannot listen on {listen}, whose address is not known; choose another with {flag}")
    })?;
    bind(address).with_context(|| {
        format!("cannot listen on {listen}; choose another address or port with {flag}")
    })
}

/// Answers until `shutdown`, finishes what was accepted, and closes.
pub async fn run(
    app: Arc<App>,
    listeners: Listeners,
    shutdown: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let limits = ConnectionLimits::from(&app.settings);
    // Before the first request: a token of a session that has ended is no good here either.
    app.revocations.poll(&app).await?;
    // And no answer to a write waits for a reader.
    app.position(None).await?;
    let workers = workers::start(&app);
    let mut consumers = consumers::start(&app);
    let (closing, closed) = watch::channel(());
    let figures = listeners.metrics.map(|listener| {
        let envelope = Envelope::new(metrics_only(app.clone()), Doors::open(), &app.meters);
        let (app, mut closed, limits) = (app.clone(), closed.clone(), limits.clone());
        tokio::spawn(async move {
            let answer = move |peer, request| envelope.clone().answer(peer, request);
            let shutdown = async { closed.changed().await.unwrap_or_default() };
            serve(listener, None, answer, limits, &app.meters, shutdown).await
        })
    });
    let mut asked_to_stop = None;
    let shutdown = async {
        shutdown.await;
        asked_to_stop = Some(Instant::now());
        // While connections come to their end nothing is begun with that would have no time.
        workers.stop(app.settings.shutdown_timeout);
    };
    let envelope = Envelope::new(routes(app.clone()), Doors::of(&app.settings), &app.meters);
    let answer = move |peer, request| envelope.clone().answer(peer, request);
    let cut_off = serve(listeners.api, listeners.tls, answer, limits, &app.meters, shutdown).await;
    drop(closing);
    if let Some(figures) = figures {
        figures.await?;
    }
    // Their letters come again: those that somebody asked for have what is left of the time.
    consumers.shutdown().await;
    // What the connections have left of the time.
    let waited = asked_to_stop.map(|at| at.elapsed()).unwrap_or_default();
    let left = app.settings.shutdown_timeout.saturating_sub(waited);
    tokio::join!(app.mail.close(left), workers.close(left));
    app.close().await?;
    tracing::info!(cut_off, "closed");
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::migrate::{Migrates, prepare},
        language::Language,
        ports::mail::{Letter, Mail},
    };
    use domain::Email;
    use testbed::{TempDir, free_port};

    #[tokio::test]
    async fn a_node_that_ends_tries_to_send_its_mail_first() {
        let dir = TempDir::new().unwrap();
        let url = format!("sqlite://{}", dir.path().join("shop.db").display());
        let nowhere = format!("smtp://localhost:{}", free_port().unwrap());
        let flags = [
            ("database_url", url.as_str()),
            ("listen", "127.0.0.1:0"),
            ("smtp_url", &nowhere),
            ("mail_from", "shop@example.com"),
        ];
        let flags = flags.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let settings = Settings::resolve(None, &[], &flags).unwrap();
        prepare(&settings, Migrates::AtOnce).await.unwrap();
        let listeners = Listeners::open(&settings).unwrap();
        let app = App::open(settings, false).unwrap();
        let stop = async {
            let (to, language) = (Email::stored("ada@example.com"), Language::English);
            app.mail.send(Mail { to, language, letter: Letter::PasswordChanged }).unwrap();
        };
        run(app.clone(), listeners, stop).await.unwrap();
        let figures = app.meters.render();
        assert!(figures.contains("mails_total{outcome=\"failed\"} 1"), "{figures}");
    }

    #[tokio::test]
    async fn which_history_a_shop_has_is_known_before_the_first_request() {
        let dir = TempDir::new().unwrap();
        let url = format!("sqlite://{}", dir.path().join("shop.db").display());
        let flags = [("database_url", url.as_str()), ("listen", "127.0.0.1:0")];
        let flags = flags.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let settings = Settings::resolve(None, &[], &flags).unwrap();
        prepare(&settings, Migrates::AtOnce).await.unwrap();
        let listeners = Listeners::open(&settings).unwrap();
        let app = App::open(settings, false).unwrap();
        let mut known = None;
        // It is asked to stop before it accepts anybody.
        let stop = async { known = app.epoch.get().cloned() };
        run(app.clone(), listeners, stop).await.unwrap();
        let epoch = app.readers.exact().feed().await.unwrap().epoch;
        assert_eq!(known, Some(epoch));
    }
}
