//! Sweeps away what has outlived its use: often, so that no sweep is long.

use super::{Turn, Worker};
use crate::app::{App, micros};
use domain::{Actor, CorrelationId, Sweep};
use std::time::Duration;
use store::Sent;
use uuid::Uuid;

pub struct Sweeps;

pub async fn sweep(shop: &App, correlation: CorrelationId) -> Sent<Sweep> {
    let sweep = Sweep { trail_us: micros(shop.settings.audit_kept) };
    shop.send(Actor::SYSTEM, correlation, None, sweep).await
}

impl Worker for Sweeps {
    const NAME: &'static str = "sweeps";
    const PAUSE: Duration = Duration::from_secs(30);

    async fn turn(&self, shop: &App) -> Turn {
        let correlation = CorrelationId(Uuid::now_v7());
        match sweep(shop, correlation).await {
            Ok(_) => Turn::Done,
            Err(rejection) => Turn::Failed(format!("a sweep was rejected: {rejection:?}")),
        }
    }
}
