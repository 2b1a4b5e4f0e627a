//! What follows the shop's events. A consumer takes them in their order and at least once; how far it
//! has come, and who works for it, is kept by commands through the door.
//!
//! On any number of nodes one works at a time. When it ends or stands still, its lease runs out, and
//! another node goes on at its cursor.

pub mod figures;
pub mod mails;

use crate::{app::App, courtesy::Piece};
use domain::{
    Actor, Consumer as Kept, CorrelationId, Done, MoveCursor, TakeLease, Text,
    consumers::{CursorRefusal, LeaseRefusal},
};
use futures_util::FutureExt;
use std::{future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use store::{ReadError, Rejection, Told};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Not now: the same events come again after a while.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{why}")]
pub struct Later {
    pub why: String,
    pub pause: Duration,
}

/// Where a consumer begins that is not known: a new one, or one that nobody has seen for so long that it was
/// forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// With all that has ever happened.
    AtTheFirst,
    /// With what happens from now on: what was before it is nobody's business any more.
    Now,
}

pub trait Consumer: Send + 'static {
    /// Whether it moves its cursor itself, in the commit of what it makes of the events.
    const MOVES_ITSELF: bool = false;

    /// One for all nodes; or, where each keeps something of its own, with the node's name in it.
    fn name(&self) -> Text<100>;

    fn begins(&self) -> Begins {
        Begins::AtTheFirst
    }

    /// Whether it has nothing to do with events as the shop is set up. Its cursor goes along with the feed, so
    /// that it does not begin with what is long over when it has.
    fn skips(&self) -> bool {
        false
    }

    /// Gets ready once the lease is its own, and tells from which position on it takes events.
    fn begin(&mut self, kept: &Kept) -> impl Future<Output = Result<i64, Later>> + Send {
        let position = kept.position;
        async move { Ok(position) }
    }

    /// Takes events in their order. What was taken before may come again, after a crash.
    fn take(&mut self, events: &[Told]) -> impl Future<Output = Result<(), Later>> + Send;
}

/// How a consumer is driven.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Renewed by each step, and at least at a third of it.
    pub lease: Duration,
    /// How long to wait when there are no events, or when somebody else works.
    pub poll: Duration,
    /// How many events are taken at once.
    pub most: i64,
}

impl Default for Pace {
    fn default() -> Self {
        let (lease, poll) = (Duration::from_secs(30), Duration::from_millis(200));
        Pace { lease, poll, most: 100 }
    }
}

impl Pace {
    /// What fails again and again is tried more and more rarely, and at least with each lease.
    fn after_failures(&self, pause: Duration, in_a_row: u32) -> Duration {
        let longest = self.lease.max(pause);
        pause.saturating_mul(1 << in_a_row.saturating_sub(1).min(16)).min(longest)
    }
}

/// How long one that skips waits before it looks again. So much of the past it may meet when it skips no more.
const SKIPPED: Duration = Duration::from_secs(1);

/// Those that have begun, and what they are called.
struct Begun<'a> {
    app: &'a Arc<App>,
    consumers: JoinSet<()>,
    names: Vec<Text<100>>,
}

impl Begun<'_> {
    fn begin(&mut self, consumer: impl Consumer, pace: Pace) {
        self.names.push(consumer.name());
        self.consumers.spawn(follow(self.app.clone(), consumer, pace));
    }
}

/// Starts all that a node has; they end when the set is dropped.
pub fn start(app: &Arc<App>) -> JoinSet<()> {
    begin(app).consumers
}

fn begin(app: &Arc<App>) -> Begun<'_> {
    let mut begun = Begun { app, consumers: JoinSet::new(), names: Vec::new() };
    begun.begin(mails::Mails::new(app.clone()), Pace::default());
    begun.begin(figures::Figures::new(app), figures::PACE);
    begun
}

/// How some work ended.
enum Ended {
    /// Another node works, or it cannot be told.
    Lost,
    /// The same events come again, first after this pause.
    Failed { pause: Duration, after_some: bool },
}

/// Works for a consumer until the task is dropped.
pub async fn follow(app: Arc<App>, mut consumer: impl Consumer, pace: Pace) {
    let name = consumer.name();
    let about = "Times that events could not be read, or had to wait, by consumer.";
    let failures =
        app.meters.counter("consumer_failures_total", about, &[("consumer", name.as_str())]);
    let begins = consumer.begins();
    let place = Place { app, name, begins, holder: Uuid::now_v7(), pace };
    let mut in_a_row = 0;
    loop {
        let ended = match place.take_lease().await {
            Some(kept) => place.begin(&mut consumer, &kept).await,
            None => Ended::Lost,
        };
        in_a_row = match ended {
            Ended::Lost => 0,
            Ended::Failed { after_some: true, .. } => 1,
            Ended::Failed { after_some: false, .. } => in_a_row + 1,
        };
        let pause = match ended {
            Ended::Lost => pace.poll,
            Ended::Failed { pause, .. } => pace.after_failures(pause, in_a_row),
        };
        failures.increment(u64::from(in_a_row > 0));
        tokio::time::sleep(pause).await;
    }
}

/// One process' work for one consumer.
struct Place {
    app: Arc<App>,
    name: Text<100>,
    begins: Begins,
    holder: Uuid,
    pace: Pace,
}

impl Place {
    async fn begin(&self, consumer: &mut impl Consumer, kept: &Kept) -> Ended {
        match self.keeping(consumer.begin(kept), kept.position).await {
            Ok(Some(position)) => self.work(consumer, position).await,
            Ok(None) => Ended::Lost,
            Err(later) => self.has_to_wait(later, false),
        }
    }

    fn has_to_wait(&self, Later { why, pause }: Later, after_some: bool) -> Ended {
        tracing::warn!(why, consumer = %self.name, "events have to wait");
        Ended::Failed { pause, after_some }
    }

    /// Takes events for as long as the lease is ours, and as they can be taken.
    async fn work<C: Consumer>(&self, consumer: &mut C, mut position: i64) -> Ended {
        let mut after_some = false;
        let mut renewed = tokio::time::Instant::now();
        let mut most = self.pace.most;
        loop {
            let piece = Piece::begin(&self.app);
            let skips = consumer.skips();
            let (events, last) = match self.ahead(position, skips, most).await {
                Ok(ahead) => {
                    most = most.saturating_mul(2).min(self.pace.most);
                    ahead
                }
                // Some events take long to be told: then there are fewer at once.
                Err(ReadError::Late(_)) if most > 1 => {
                    most = (most / 4).max(1);
                    continue;
                }
                Err(error) => {
                    tracing::warn!(%error, consumer = %self.name, "cannot read events");
                    return Ended::Failed { pause: self.pace.poll, after_some };
                }
            };
            if !events.is_empty() {
                match self.keeping(consumer.take(&events), position).await {
                    Ok(Some(())) => {}
                    Ok(None) => return Ended::Lost,
                    Err(later) => return self.has_to_wait(later, after_some),
                }
            } else if last.is_none() && renewed.elapsed() < self.pace.lease / 3 {
                tokio::time::sleep(self.pace.poll).await;
                continue;
            }
            position = last.unwrap_or(position);
            let has_moved = C::MOVES_ITSELF && last.is_some();
            if !has_moved && !self.move_cursor(position).await {
                return Ended::Lost;
            }
            after_some |= last.is_some();
            renewed = tokio::time::Instant::now();
            match skips {
                true => tokio::time::sleep(SKIPPED).await,
                false => piece.end(1).await,
            }
        }
    }

    /// The next events and the position of the last; of those that are skipped the position alone.
    async fn ahead(
        &self,
        position: i64,
        skips: bool,
        most: i64,
    ) -> Result<(Vec<Told>, Option<i64>), ReadError> {
        if skips {
            let end = self.app.readers.exact().feed().await?.position;
            return Ok((Vec::new(), Some(end).filter(|end| *end > position)));
        }
        let events = self.app.readers.followers().told_after(position, most).await?;
        let last = events.last().map(|told| told.position);
        Ok((events, last))
    }

    /// Has events taken, or has it get ready, and renews the lease meanwhile. None when it was lost: another
    /// node has the same events now. A panic is a mistake of the consumer's, which meets the same events again.
    async fn keeping<T>(
        &self,
        taking: impl Future<Output = Result<T, Later>>,
        position: i64,
    ) -> Result<Option<T>, Later> {
        let mut taking = std::pin::pin!(AssertUnwindSafe(taking).catch_unwind());
        let mut renew = tokio::time::interval(self.pace.lease / 3);
        renew.tick().await;
        loop {
            tokio::select! {
                taken = &mut taking => return match taken {
                    Ok(taken) => taken.map(Some),
                    Err(_) => Err(Later { why: "it panicked".into(), pause: self.pace.lease }),
                },
                _ = renew.tick() => if !self.move_cursor(position).await {
                    return Ok(None);
                },
            }
        }
    }

    async fn take_lease(&self) -> Option<Kept> {
        // Read before it is asked for: what happens in between comes after it, and is taken.
        let begins_at = match self.begins {
            Begins::AtTheFirst => 0,
            Begins::Now => match self.app.readers.exact().feed().await {
                Ok(feed) => feed.position,
                Err(error) => {
                    tracing::warn!(%error, consumer = %self.name, "cannot read where events end");
                    return None;
                }
            },
        };
        let (consumer, holder, lease_us) = (self.name.clone(), self.holder, self.lease_us());
        let take = TakeLease { consumer, holder, lease_us, begins_at };
        match self.app.send(Actor::SYSTEM, correlation(), None, take).await {
            Ok(answered) => {
                let Done::Now(kept) = answered.done;
                Some(kept)
            }
            Err(Rejection::Refused(LeaseRefusal::Held { .. })) => None,
            Err(rejection) => {
                tracing::warn!(?rejection, consumer = %self.name, "cannot take the lease");
                None
            }
        }
    }

    /// False when the lease is lost, or when it cannot be told: the events come again then.
    async fn move_cursor(&self, position: i64) -> bool {
        let (consumer, holder) = (self.name.clone(), self.holder);
        let step = MoveCursor { consumer, holder, position, lease_us: self.lease_us() };
        match self.app.send(Actor::SYSTEM, correlation(), None, step).await {
            Ok(_) => true,
            Err(Rejection::Refused(CursorRefusal::LeaseLost)) => {
                tracing::info!(consumer = %self.name, "another node has taken over");
                false
            }
            Err(rejection) => {
                tracing::warn!(?rejection, consumer = %self.name, "cannot move the cursor");
                false
            }
        }
    }

    fn lease_us(&self) -> i64 {
        i64::try_from(self.pace.lease.as_micros()).unwrap_or(i64::MAX)
    }
}

fn correlation() -> CorrelationId {
    CorrelationId(Uuid::now_v7())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workers::tests::shop;
    use testbed::TempDir;

    #[tokio::test]
    async fn a_node_begins_with_every_consumer() {
        let dir = TempDir::new().unwrap();
        let shop = shop(&dir).await;
        let begun = begin(&shop);
        assert_eq!(begun.consumers.len(), begun.names.len());
        let names: Vec<&str> = begun.names.iter().map(|name| name.as_str()).collect();
        assert_eq!(names, ["mails", "figures"]);
    }

    #[test]
    fn what_fails_again_and_again_is_tried_more_and_more_rarely() {
        let seconds = Duration::from_secs;
        let pace = Pace { lease: seconds(30), poll: seconds(1), most: 1 };
        let pauses = [1, 2, 3, 5, 6, 7, 1_000_000].map(|n| pace.after_failures(seconds(1), n));
        assert_eq!(pauses, [1, 2, 4, 16, 30, 30, 30].map(seconds));
        let own = pace.after_failures(seconds(60), 9);
        assert_eq!(own, seconds(60), "who asks for a longer pause gets it");
    }
}
