//! Whether the node lives, whether it can serve, and its figures.

use crate::{
    app::App,
    backups::late_after,
    http::{
        Method, State, StatusCode,
        answers::Answer,
        problems::Problem,
        rights::Operator,
        routes::Route,
        shapes::{Named, Shape, View, view},
    },
    keys::now,
};
use domain::{Micros, Scope};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const READY_PATIENCE: Duration = Duration::from_secs(2);

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/health/live", "live", live)
            .about("Says that the process runs.")
            .linked("live"),
        Route::new(Method::GET, "/health/ready", "ready", ready)
            .about("Says whether the database answers and the writer keeps up.")
            .linked("ready")
            .also(StatusCode::SERVICE_UNAVAILABLE),
        Route::new(Method::GET, "/metrics", "metrics", metrics)
            .about(
                "Shows figures for Prometheus. The setting metrics_listen is another door to them.",
            )
            .linked("metrics")
            .scoped(Scope::MetricsRead),
    ]
}

/// The figures, for whoever can reach them.
pub fn open_metrics() -> Route {
    let show = async |State(app): State<Arc<App>>| Ok::<_, Problem>(figures(&app));
    Route::new(Method::GET, "/metrics", "metrics", show)
}

view! {
    pub struct LiveView = "Live" {
        status: &'static str,
    }
}

view! {
    pub struct ReadyView = "Ready" {
        status: &'static str,
        database: &'static str,
        writer: &'static str,
        /// Of a shop that takes its backups itself: ok, late (older than twice backup_every), none, or off if it takes none.
        /// Whatever it is, the shop is ready.
        backup: &'static str,
        /// How old the last one is, as this node has seen within the last minute.
        backup_age_seconds: Option<i64>,
    }
}

/// Text in Prometheus' format.
pub struct Figures;

impl Shape for Figures {
    fn shape(_: &mut Named) -> Value {
        json!({ "type": "string" })
    }
}

impl View for Figures {
    const NAME: &'static str = "Figures";
    const KIND: &'static str = "text/plain; version=0.0.4";
}

async fn live() -> Result<Answer<LiveView>, Problem> {
    Ok(Answer::ok(&LiveView { status: "live" }))
}

async fn ready(State(app): State<Arc<App>>) -> Result<Answer<ReadyView>, Problem> {
    let database = match tokio::time::timeout(READY_PATIENCE, app.readers.exact().ping()).await {
        Ok(Ok(())) => "ok",
        Ok(Err(_)) => "does not answer",
        Err(_) => "answers too late",
    };
    let writer = if app.writer.is_keeping_up() { "ok" } else { "is behind" };
    let is_ready = (database, writer) == ("ok", "ok");
    let (code, status) = match is_ready {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    let (backup, backup_age_seconds) = backup(&app);
    Ok(Answer::with(code, &ReadyView { status, database, writer, backup, backup_age_seconds }))
}

fn backup(app: &App) -> (&'static str, Option<i64>) {
    if app.settings.backup_to.is_none() {
        return ("off", None);
    }
    let old = app.last_backup.at().map(|at| (now().0 - at.0).max(0));
    let word = match old {
        None => "none",
        Some(old) if old > late_after(&app.settings) => "late",
        Some(_) => "ok",
    };
    (word, old.map(|old| old / Micros::SECOND))
}

async fn metrics(State(app): State<Arc<App>>, _: Operator) -> Result<Answer<Figures>, Problem> {
    Ok(figures(&app))
}

fn figures(app: &App) -> Answer<Figures> {
    Answer::text(app.meters.render())
}
