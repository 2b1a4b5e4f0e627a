//! Whether the node lives, whether it can serve, and its figures.

use super::{answer::json, problem::Problem, visitor::Visitor};
use crate::app::App;
use axum::{
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::json as value;
use std::{sync::Arc, time::Duration};

const READY_PATIENCE: Duration = Duration::from_secs(2);

/// The process runs.
pub async fn live() -> Response {
    json(StatusCode::OK, &value!({ "status": "live" }))
}

/// The database answers and the writer keeps up; else 503, and which of them does not.
pub async fn ready(State(app): State<Arc<App>>) -> Response {
    let database = match tokio::time::timeout(READY_PATIENCE, app.readers.ping()).await {
        Ok(Ok(())) => "ok",
        Ok(Err(_)) => "does not answer",
        Err(_) => "answers too late",
    };
    let writer = if app.writer.is_keeping_up() { "ok" } else { "is behind" };
    let is_ready = (database, writer) == ("ok", "ok");
    let (status, word) = match is_ready {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    json(status, &value!({ "status": word, "database": database, "writer": writer }))
}

/// For staff; open to everybody in a demo, which is on loopback. `metrics_listen` is another door.
pub async fn metrics(
    State(app): State<Arc<App>>,
    Visitor(visitor): Visitor,
) -> Result<Response, Problem> {
    match visitor {
        _ if app.is_demo => Ok(figures(&app)),
        Some(account) if account.role.is_staff() => Ok(figures(&app)),
        Some(_) => Err(Problem::forbidden("only the shop's staff may see the figures")),
        None => Err(Problem::unauthenticated("only the shop's staff may see the figures")),
    }
}

pub fn figures(app: &App) -> Response {
    let kind = [(CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, app.meters.render()).into_response()
}

/// Where everything is.
pub async fn index(State(app): State<Arc<App>>) -> Response {
    let link = |path| format!("{}{path}", app.settings.public_url);
    let links = value!({
        "register": link("/api/identity/register"),
        "token": link("/api/identity/token"),
        "refresh": link("/api/identity/token/refresh"),
        "me": link("/api/identity/me"),
        "products": link("/api/catalog/products"),
        "inventory_batch": link("/api/catalog/inventory/batch"),
        "orders": link("/api/orders/orders"),
        "live": link("/health/live"),
        "ready": link("/health/ready"),
        "metrics": link("/metrics"),
    });
    json(StatusCode::OK, &links)
}
