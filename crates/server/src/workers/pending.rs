//! Cancels what nobody has begun with for too long, where the shop wants that: few orders at a time, for
//! each may have many lines, and the longest waiting first.

use super::{Turn, Worker, patience};
use crate::{
    app::{App, micros},
    keys::now,
};
use domain::{CorrelationId, Done, ExpirePending};
use std::time::Duration;
use uuid::Uuid;

/// So many orders in one command.
const AT_ONCE: u32 = 20;

pub struct Pending;

impl Worker for Pending {
    const NAME: &'static str = "pending orders";
    const PAUSE: Duration = Duration::from_secs(30);
    /// What has waited for too long while no node was there waits no longer.
    const FIRST: Duration = Duration::ZERO;

    async fn turn(&self, shop: &App) -> Turn {
        match shop.settings.pending_ttl {
            Duration::ZERO => Turn::Done,
            ttl => match expire(shop, ttl).await {
                Ok(turn) => turn,
                Err(why) => Turn::Failed(format!("orders that wait for too long stay: {why}")),
            },
        }
    }
}

pub(super) async fn expire(shop: &App, ttl: Duration) -> Result<Turn, String> {
    let ttl_us = micros(ttl);
    // By this node's clock they may be: whether they are is decided by the database's.
    let before = now().minus(ttl_us);
    let orders = shop.readers.late().pending_since_before(before, AT_ONCE).await;
    let orders = orders.map_err(|error| error.to_string())?;
    let found = orders.len();
    if found == 0 {
        return Ok(Turn::Done);
    }
    let correlation = CorrelationId(Uuid::now_v7());
    let expire = ExpirePending { orders, ttl_us };
    let sent = patience::send(shop, correlation, expire).await;
    let sent = sent.map_err(|rejection| format!("{found} of them: {rejection:?}"))?;
    let Done::Now(cancelled) = sent.done;
    tracing::info!(cancelled, ?ttl, "orders were cancelled that were pending for too long");
    Ok(turn(found, cancelled))
}

/// There may be more where as many were found as are looked for. If none was cancelled, they are not due by the
/// database's clock: not at once.
fn turn(found: usize, cancelled: i64) -> Turn {
    if found == AT_ONCE as usize && cancelled > 0 { Turn::More } else { Turn::Done }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_is_full_is_followed_by_another_at_once() {
        let (full, all) = (AT_ONCE as usize, i64::from(AT_ONCE));
        for (found, cancelled, expected) in [
            (full - 1, all - 1, Turn::Done),
            (full, all, Turn::More),
            (full, 1, Turn::More),
            (full, 0, Turn::Done),
        ] {
            assert_eq!(turn(found, cancelled), expected, "{found} {cancelled}");
        }
    }
}
