//! Every route, in one list, and what they all have in common.

use super::{accounts, bare, body::BodyLimits, health, orders, products, stock, tokens};
use crate::app::App;
use axum::{
    Router,
    extract::{FromRef, State},
    routing::{get, patch, post},
};
use std::sync::Arc;
use tower_http::{CompressionLevel, compression::CompressionLayer};

impl FromRef<Arc<App>> for BodyLimits {
    fn from_ref(app: &Arc<App>) -> BodyLimits {
        BodyLimits { size: app.settings.body_limit, time: app.settings.body_timeout }
    }
}

/// Paths are written without their trailing slash: the envelope takes it off.
pub fn routes(app: Arc<App>) -> Router {
    let router = Router::new()
        .route("/api", get(health::index))
        .route("/api/identity/register", post(accounts::register))
        .route("/api/identity/token", post(tokens::issue))
        .route("/api/identity/token/refresh", post(tokens::refresh))
        .route("/api/identity/me", get(accounts::me))
        .route("/api/catalog/products", get(products::list).post(products::create))
        .route(
            "/api/catalog/products/{reference}",
            get(products::show).merge(patch(products::edit)),
        )
        .route("/api/catalog/inventory/batch", post(stock::move_stock))
        .route("/api/orders/orders", get(orders::list).post(orders::place))
        .route("/api/orders/orders/{id}", get(orders::show))
        .route("/api/orders/orders/{id}/cancel", post(orders::cancel))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(health::metrics));
    // Problems are written behind this, by the envelope: they are too short to gain.
    let compressed = CompressionLayer::new().quality(CompressionLevel::Fastest);
    let router = match bare::is_wanted() {
        true => router.route("/bench/bare", get(bare::answer)),
        false => router,
    };
    router.layer(compressed).with_state(app)
}

/// For a listener of its own, which whoever can reach it may ask.
pub fn metrics_only(app: Arc<App>) -> Router {
    let show = async |State(app): State<Arc<App>>| health::figures(&app);
    Router::new().route("/metrics", get(show)).with_state(app)
}
