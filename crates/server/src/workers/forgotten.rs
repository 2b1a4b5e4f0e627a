//! Forgets whom orders were for: those whose owner has gone, and, where the shop wants that, those that are
//! old. It looks through all that tell of somebody once in a day, a piece at a time. Where it has got to
//! stays in memory: a node that begins anew looks through them again, and finds little to do.

use super::{Turn, Worker};
use crate::{
    app::{App, micros},
    keys::now,
};
use domain::{AccountId, Actor, CorrelationId, Done, ForgetOrders, Micros, OrderId};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use store::Personal;
use tokio::time::Instant;
use uuid::Uuid;

/// So many orders are looked at in a turn, and so many are in one command.
const LOOKED_AT: u32 = 500;
const AT_ONCE: usize = 20;
const DAY: Duration = Duration::from_secs(24 * 3600);

#[derive(Default)]
pub struct Forgotten {
    walk: Mutex<Walk>,
}

#[derive(Clone, Copy, Default)]
struct Walk {
    began: Option<Instant>,
    /// The last order that was looked at, while it goes on.
    after: Option<(Micros, OrderId)>,
}

impl Worker for Forgotten {
    const NAME: &'static str = "forgotten orders";
    const PAUSE: Duration = Duration::from_secs(5);

    async fn turn(&self, shop: &App) -> Turn {
        let mut walk = *self.walk.lock().unwrap_or_else(PoisonError::into_inner);
        if walk.after.is_none() {
            if walk.began.is_some_and(|began| began.elapsed() < DAY) {
                return Turn::Done;
            }
            walk.began = Some(Instant::now());
        }
        match look(shop, walk.after).await {
            Ok(after) => {
                *self.walk.lock().unwrap_or_else(PoisonError::into_inner) = Walk { after, ..walk };
                Turn::Done
            }
            // The same piece comes again.
            Err(why) => Turn::Failed(format!("orders tell of people still: {why}")),
        }
    }
}

/// Goes on by a piece; where that has ended, if there may be more.
async fn look(
    shop: &App,
    after: Option<(Micros, OrderId)>,
) -> Result<Option<(Micros, OrderId)>, String> {
    let found = shop.readers.late().personal(after, LOOKED_AT).await;
    let found = found.map_err(|error| error.to_string())?;
    let kept = shop.settings.orders_anonymized_after;
    let kept_us = (!kept.is_zero()).then(|| micros(kept));
    // By this node's clock they may be due: whether they are is decided by the database's.
    let before = kept_us.map(|kept_us| now().minus(kept_us));
    let is_due = |order: &&Personal| {
        let is_old = before.is_some_and(|before| order.created_at < before);
        order.status.is_at_rest() && (is_old || order.gone.is_some())
    };
    let due: Vec<&Personal> = found.iter().filter(is_due).collect();
    let (correlation, mut forgotten) = (CorrelationId(Uuid::now_v7()), 0);
    for few in due.chunks(AT_ONCE) {
        let owners: BTreeSet<AccountId> = few.iter().filter_map(|order| order.gone).collect();
        let orders = few.iter().map(|order| order.id).collect();
        let forget = ForgetOrders { orders, kept_us, owners: owners.into_iter().collect() };
        let sent = shop.send(Actor::SYSTEM, correlation, None, forget).await;
        let Done::Now(count) = sent.map_err(|rejection| format!("{rejection:?}"))?.done;
        forgotten += count;
    }
    if forgotten > 0 {
        tracing::info!(forgotten, "orders tell no more whom they were for");
    }
    let is_whole = found.len() == LOOKED_AT as usize;
    Ok(found.last().filter(|_| is_whole).map(Personal::place))
}
