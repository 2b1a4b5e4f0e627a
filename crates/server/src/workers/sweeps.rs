//! Sweeps away what has outlived its use: often, so that no sweep is long.

use super::{Turn, Worker};
use crate::{
    app::{App, micros},
    keys::now,
    settings::Settings,
    telemetry::security,
};
use domain::{Actor, CorrelationId, LetGo, Sweep, accounts::LetGoRefusal};
use futures_util::future::join_all;
use std::time::Duration;
use store::{Rejection, Sent};
use uuid::Uuid;

/// So many accounts are let go at once: they share commits.
const AT_ONCE: usize = 100;

pub struct Sweeps;

pub async fn sweep(shop: &App, correlation: CorrelationId) -> Sent<Sweep> {
    let Settings { audit_kept, consumers_kept, .. } = shop.settings;
    let sweep = Sweep { trail_us: micros(audit_kept), consumers_us: micros(consumers_kept) };
    shop.send(Actor::SYSTEM, correlation, None, sweep).await
}

impl Worker for Sweeps {
    const NAME: &'static str = "sweeps";
    const PAUSE: Duration = Duration::from_secs(30);

    async fn turn(&self, shop: &App) -> Turn {
        let correlation = CorrelationId(Uuid::now_v7());
        if let Err(rejection) = sweep(shop, correlation).await {
            return Turn::Failed(format!("a sweep was rejected: {rejection:?}"));
        }
        match let_go(shop, correlation).await {
            Ok(AT_ONCE) => Turn::More,
            Ok(_) => Turn::Done,
            Err(why) => Turn::Failed(format!("accounts that nobody confirmed stay: {why}")),
        }
    }
}

/// Makes accounts nobody's that nobody has confirmed in time; how many. Whether they are due is decided
/// where their owners confirm them, too.
async fn let_go(shop: &App, correlation: CorrelationId) -> Result<usize, String> {
    let due = shop.readers.late().unconfirmed(now(), AT_ONCE).await;
    let due = due.map_err(|error| error.to_string())?;
    let sent = due.into_iter().map(async |id| {
        match shop.send(Actor::SYSTEM, correlation, None, LetGo { id }).await {
            Ok(_) => {
                security!(account = %id, "an account that nobody confirmed was made nobody's");
                Ok(1)
            }
            // Its owner was quicker, or another node.
            Err(Rejection::Refused(LetGoRefusal::NotDue)) => Ok(0),
            Err(rejection) => Err(format!("{id}: {rejection:?}")),
        }
    });
    join_all(sent).await.into_iter().sum()
}
