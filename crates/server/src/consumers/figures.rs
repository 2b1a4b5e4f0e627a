//! Keeps the figures of orders: what events come to is added in the commit that moves the cursor over them, so that
//! each is counted once, whoever dies where.
//!
//! Where nothing was counted yet all is counted at once, as of a position, and followed from there: not event by
//! event, of which there may be millions.

use super::{Consumer, Kept, Later, Pace, correlation};
use crate::app::{App, micros};
use domain::{
    Actor, CountFigures, Done, Figure, Text,
    facts::Row,
    figures::{CONSUMER, Sums},
};
use std::{
    collections::BTreeSet,
    fmt::Display,
    sync::Arc,
    time::{Duration, Instant},
};
use store::{Then, Told};
use uuid::Uuid;

/// So many events are counted in one commit, and so long the figures stand still when a node dies.
pub const PACE: Pace =
    Pace { lease: Duration::from_secs(10), poll: Duration::from_millis(200), most: 500 };
/// So many orders are counted at once, and so many figures written.
const ORDERS_AT_ONCE: i64 = 20_000;
const FIGURES_AT_ONCE: usize = 1_000;

const PAUSE: Duration = Duration::from_secs(1);

pub struct Figures {
    app: Arc<App>,
    lease_us: i64,
    holder: Uuid,
    /// Up to here all is counted.
    position: i64,
}

impl Figures {
    pub fn new(app: &Arc<App>) -> Figures {
        let lease_us = micros(PACE.lease);
        Figures { app: app.clone(), lease_us, holder: Uuid::nil(), position: 0 }
    }
}

impl Consumer for Figures {
    const MOVES_ITSELF: bool = true;

    fn name(&self) -> Text<100> {
        Text::stored(CONSUMER)
    }

    async fn begin(&mut self, kept: &Kept) -> Result<i64, Later> {
        (self.holder, self.position) = (kept.holder, kept.position);
        if self.position == 0 {
            self.recount().await?;
        }
        Ok(self.position)
    }

    async fn take(&mut self, events: &[Told]) -> Result<(), Later> {
        let Some(last) = events.last() else { return Ok(()) };
        let mut sums = Sums::default();
        for told in events {
            match told.event() {
                Some((_, Then::Order(order))) => sums.moved(order, told.was),
                Some((_, Then::Nothing)) => {}
                // Only a node that knows what it is can count it.
                Some((_, Then::Untold)) | None => {
                    let position = told.position;
                    let why = format!("the event at {position} is of another version of the shop");
                    return Err(Later { why, pause: PAUSE });
                }
            }
        }
        self.count(last.position, sums.figures(), false).await
    }
}

impl Figures {
    /// Counts all orders as of where the feed stands, piece by piece: whatever happens meanwhile comes later.
    /// What was kept before is another count's, and goes.
    async fn recount(&mut self) -> Result<(), Later> {
        let began = Instant::now();
        let (exact, followers) = (self.app.readers.exact(), self.app.readers.followers());
        let position = exact.feed().await.map_err(failed)?.position;
        if position == 0 {
            return Ok(());
        }
        let (last, mut sums) = (followers.last_number().await.map_err(failed)?, Sums::default());
        let mut above = 0;
        while above < last {
            let up_to = above + ORDERS_AT_ONCE;
            let piece = followers.count_orders_at(position, above, up_to).await;
            for Figure { kind, bucket, value } in piece.map_err(failed)? {
                sums.add(kind, bucket, value);
            }
            above = up_to;
        }
        let mut figures = sums.figures();
        let counted: BTreeSet<_> = figures.iter().map(Figure::key).collect();
        let kept = followers.figures_kept().await.map_err(failed)?;
        let gone = kept.into_iter().filter(|figure| !counted.contains(&figure.key()));
        figures.extend(gone.map(|figure| Figure { value: 0, ..figure }));
        let count = figures.len();
        // They are good with the last piece, which moves the cursor.
        while figures.len() > FIGURES_AT_ONCE {
            let rest = figures.split_off(figures.len() - FIGURES_AT_ONCE);
            self.count(0, rest, true).await?;
        }
        self.count(position, figures, true).await?;
        let took = began.elapsed();
        tracing::info!(orders = last, position, figures = count, ?took, "counted all orders");
        Ok(())
    }

    async fn count(
        &mut self,
        to: i64,
        figures: Vec<Figure>,
        is_recount: bool,
    ) -> Result<(), Later> {
        let (consumer, holder, from) = (self.name(), self.holder, self.position);
        let lease_us = self.lease_us;
        let count = CountFigures { consumer, holder, from, to, figures, is_recount, lease_us };
        match self.app.send(Actor::SYSTEM, correlation(), None, count).await {
            Ok(answered) => {
                let Done::Now(moved) = answered.done;
                self.position = moved.position;
                Ok(())
            }
            // Whether it was done tells the cursor, which is looked at anew.
            Err(rejection) => {
                Err(Later { why: format!("cannot count: {rejection:?}"), pause: PAUSE })
            }
        }
    }
}

fn failed(error: impl Display) -> Later {
    Later { why: format!("cannot read: {error}"), pause: PAUSE }
}
