//! What is done with orders by themselves: a worker takes those that wait, the longest waiting first, does what
//! processing means in this shop, and brings them to their end. It works from what is committed, at its own pace,
//! and nothing of it is in memory alone: whoever takes over finds all of it in the database.

mod posting;

pub use posting::message_id;

use crate::{
    app::{App, micros},
    courtesy::Piece,
    settings::Processing,
    workers::patience,
};
use domain::{
    CompleteOrders, CorrelationId, Done, Listed, OrderId, SettleOrders, TakeOrders,
    claims::{End, Settlement, Taken},
};
use futures_util::{FutureExt, StreamExt, stream};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, timeout},
};
use uuid::Uuid;

/// So many orders in one command, and so many commands at once.
const AT_ONCE: usize = 16;
const COMMANDS: usize = 8;
const MOST: usize = AT_ONCE * COMMANDS;
/// How long a worker waits when there is nothing to do.
const PAUSE: Duration = Duration::from_millis(200);
/// And when something went wrong.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// A worker that has begun. Where it is dropped, what it holds is taken over when its claims are due.
pub struct Processor {
    /// By when it is to have stopped, once it is to stop.
    stop: watch::Sender<Option<Instant>>,
    task: JoinHandle<()>,
}

/// Begins to work, where the shop does it by itself.
pub fn start(app: &Arc<App>) -> Option<Processor> {
    if app.settings.processing == Processing::Manual {
        return None;
    }
    let (stop, stopped) = watch::channel(None);
    let desk = Desk { app: app.clone(), holder: Uuid::now_v7(), stopped };
    Some(Processor { stop, task: tokio::spawn(desk.work()) })
}

impl Processor {
    /// Tells it to begin with nothing more, and by when it is to have come to an end.
    pub fn stop(&self, within: Duration) {
        let by = Instant::now() + within;
        self.stop.send_if_modified(|stop| stop.is_none() && stop.replace(by).is_none());
    }

    /// Begins with nothing more, and finishes, or gives back, what it has begun with.
    pub async fn close(mut self, within: Duration) {
        self.stop(within);
        drop(timeout(within, &mut self.task).await);
    }
}

impl Drop for Processor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How a turn went.
enum Turn {
    More,
    Idle,
    Failed(String),
}

/// Where one process works.
struct Desk {
    app: Arc<App>,
    holder: Uuid,
    stopped: watch::Receiver<Option<Instant>>,
}

impl Desk {
    async fn work(mut self) {
        if self.app.settings.processing == Processing::Http {
            let post = posting::Post::of(&self.app);
            return posting::work(self, post).await;
        }
        while self.deadline().is_none() {
            let piece = Piece::begin(&self.app);
            let turn = AssertUnwindSafe(self.turn()).catch_unwind().await;
            let turn = turn.unwrap_or_else(|_| Turn::Failed("it panicked".into()));
            piece.end(2 * COMMANDS).await;
            let pause = self.pause_after(&turn);
            self.rest(pause).await;
        }
    }

    fn deadline(&self) -> Option<Instant> {
        *self.stopped.borrow()
    }

    /// Until it is to stop.
    async fn stopping(&mut self) {
        // Whoever could tell has gone: then it is over, too.
        drop(self.stopped.changed().await);
    }

    fn pause_after(&self, turn: &Turn) -> Duration {
        match turn {
            Turn::More => Duration::ZERO,
            Turn::Idle => PAUSE,
            Turn::Failed(why) => {
                tracing::warn!(why, "orders wait: the next turn comes after a pause");
                AFTER_FAILURE
            }
        }
    }

    /// Waits, but not once it is stopped.
    async fn rest(&mut self, pause: Duration) {
        match pause {
            // Whoever always has more to do must not keep the others from theirs.
            Duration::ZERO => tokio::task::yield_now().await,
            pause => drop(timeout(pause, self.stopping()).await),
        }
    }

    async fn turn(&self) -> Turn {
        let turn = match self.app.settings.processing {
            Processing::Manual | Processing::Http => return Turn::Idle,
            Processing::Instant => self.complete_what_waits().await,
            Processing::Simulated => self.simulate().await,
        };
        match turn {
            Ok(true) => Turn::More,
            Ok(false) => Turn::Idle,
            Err(why) => Turn::Failed(why),
        }
    }

    /// Also what others have begun with: the shop may have done otherwise until now.
    async fn complete_what_waits(&self) -> Result<bool, String> {
        let is_more_due = self.complete_what_is_due().await?;
        let waiting = self.waiting(MOST).await?;
        let is_full = waiting.len() == MOST;
        let completed = self
            .in_pieces(waiting, |orders| CompleteOrders { orders, waited_us: self.waited_us() })
            .await?
            .into_iter()
            .sum::<i64>();
        Ok(is_more_due || is_full && completed > 0)
    }

    /// An order takes its time, and nobody has to wait with it: whoever finds it due completes it.
    async fn simulate(&self) -> Result<bool, String> {
        let is_more_due = self.complete_what_is_due().await?;
        let waiting = self.waiting(MOST).await?;
        let lease_us = micros(self.app.settings.processing_time);
        let waited = waiting.len();
        let taken = self.in_pieces(waiting, |orders| self.taking(orders, lease_us)).await?;
        let taken = taken.iter().map(Vec::len).sum::<usize>();
        Ok(is_more_due || waited == MOST && taken > 0)
    }

    /// Whether there may be more.
    async fn complete_what_is_due(&self) -> Result<bool, String> {
        let due = self.due(MOST).await?;
        let settle = |orders: Vec<OrderId>| {
            let completed = |order| Settlement { order, begun_at: None, end: End::Completed };
            let settlements = orders.into_iter().map(completed).collect();
            SettleOrders { holder: self.holder, settlements }
        };
        let due_were = due.len();
        let settled: i64 = self.in_pieces(due, settle).await?.into_iter().sum();
        Ok(due_were == MOST && settled > 0)
    }

    /// What has waited for long enough, as many as are asked for, the longest waiting first.
    async fn waiting(&self, most: usize) -> Result<Vec<OrderId>, String> {
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        let found = self.app.readers.late().pending_for(self.waited_us(), most).await;
        found.map_err(|error| error.to_string())
    }

    /// What was claimed and is due.
    async fn due(&self, most: usize) -> Result<Vec<OrderId>, String> {
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        let found = self.app.readers.late().claims_due(most).await;
        found.map_err(|error| error.to_string())
    }

    /// A command for each few of these, some at a time.
    async fn in_pieces<C: Listed + Clone>(
        &self,
        orders: Vec<OrderId>,
        command: impl Fn(Vec<OrderId>) -> C,
    ) -> Result<Vec<C::Outcome>, String>
    where
        C::Refusal: std::fmt::Debug,
    {
        let commands = orders.chunks(AT_ONCE).map(|piece| command(piece.to_vec()));
        let sent = stream::iter(commands.collect::<Vec<_>>()).map(|command| self.send(command));
        let sent: Vec<_> = sent.buffered(COMMANDS).collect().await;
        sent.into_iter().filter_map(Result::transpose).collect()
    }

    async fn send<C: Listed + Clone>(&self, command: C) -> Result<Option<C::Outcome>, String>
    where
        C::Refusal: std::fmt::Debug,
    {
        let correlation = CorrelationId(Uuid::now_v7());
        match patience::send(&self.app, correlation, command).await {
            Ok(answered) => match answered.done {
                Done::Now(outcome) => Ok(Some(outcome)),
                Done::Before(_) => Ok(None),
            },
            Err(rejection) => Err(format!("{} was not done: {rejection:?}", C::NAME)),
        }
    }

    /// As many of them as can be: what was taken is worked on, whatever became of the others.
    async fn take(&self, orders: Vec<OrderId>, lease: Duration) -> Vec<Taken> {
        let pieces = orders.chunks(AT_ONCE).map(|piece| self.taking(piece.to_vec(), micros(lease)));
        let sent = stream::iter(pieces.collect::<Vec<_>>()).map(|take| self.send(take));
        let sent: Vec<_> = sent.buffered(COMMANDS).collect().await;
        let taken = sent.into_iter().filter_map(|sent| {
            sent.inspect_err(|why| tracing::warn!(why, "orders wait for the next turn")).ok()?
        });
        taken.flatten().collect()
    }

    fn taking(&self, orders: Vec<OrderId>, lease_us: i64) -> TakeOrders {
        TakeOrders { orders, waited_us: self.waited_us(), holder: self.holder, lease_us }
    }

    fn waited_us(&self) -> i64 {
        micros(self.app.settings.processing_after)
    }
}
