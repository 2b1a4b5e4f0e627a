//! The feed as a stream. It holds a page at most, and reads the next one when its client has taken that.

use super::{
    feed::{BEHIND, Feed},
    views::{EventListView, EventView},
};
use crate::{
    courtesy::Piece,
    following::Follower,
    http::{
        StatusCode,
        answers::Answer,
        live::{beat, live, message, place, retry},
        problems::Problem,
    },
};
use bytes::Bytes;
use futures_util::{StreamExt, stream::try_unfold};
use std::{collections::VecDeque, time::Duration};
use tokio::time::{Instant, sleep, sleep_until};

/// So often it is looked whether who listens still may.
const CHECK: Duration = Duration::from_secs(1);
/// No client waits longer for a sign that there is still somebody.
const BEAT: Duration = Duration::from_secs(15);
const RETRY_MS: u32 = 2_000;
/// Events that are read at once.
const PAGE: i64 = 20;

struct Telling {
    feed: Feed,
    follower: Follower,
    after: i64,
    beat: Duration,
    /// What is read, and not yet taken.
    ready: VecDeque<Bytes>,
    /// Whether there may be more to read.
    is_more: bool,
    said_at: Instant,
    checked_at: Instant,
}

pub fn stream(feed: Feed, after: i64, follower: Follower) -> Answer<EventListView> {
    let now = Instant::now();
    // Where connections that rest are ended earlier, this one rests less.
    let beat = BEAT.min(feed.app.settings.idle_timeout / 3);
    let ready = [retry(RETRY_MS)].into();
    let (said_at, checked_at, is_more) = (now, now, true);
    let telling = Telling { feed, follower, after, beat, ready, is_more, said_at, checked_at };
    let said = try_unfold(telling, |mut telling| async move {
        let said = telling.next().await?;
        telling.said_at = Instant::now();
        Ok(said.map(|said| (said, telling)))
    });
    live(said.boxed())
}

impl Telling {
    /// What is said next; nothing when it is over.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            if self.feed.closing.has_come() || !self.may_listen().await {
                return Ok(None);
            }
            if let Some(ready) = self.ready.pop_front() {
                return Ok(Some(ready));
            }
            if self.is_more {
                self.read().await?;
                continue;
            }
            tokio::select! {
                biased;
                () = self.feed.closing.comes() => {}
                () = self.follower.beyond(self.after) => self.is_more = true,
                () = sleep_until(self.said_at + self.beat) => return Ok(Some(beat())),
                () = sleep_until(self.checked_at + CHECK) => {}
            }
        }
    }

    /// Whether who listens still may: looked at now and then. That it cannot be told ends nothing.
    async fn may_listen(&mut self) -> bool {
        if self.checked_at.elapsed() < CHECK {
            return true;
        }
        self.checked_at = Instant::now();
        let checked = self.feed.standing.check(&self.feed.app).await;
        checked.err().is_none_or(|problem| problem.status() != StatusCode::UNAUTHORIZED)
    }

    async fn read(&mut self) -> Result<(), Problem> {
        let piece = Piece::begin(&self.feed.app);
        let part = self.feed.read(self.after, PAGE).await?;
        for told in &part.told {
            let view = self.feed.view(told);
            self.ready.push_back(said(&view, &self.feed.cursor(told.position))?);
        }
        let last = part.told.last().map_or(self.after, |told| told.position);
        if part.until > last {
            // Who comes again need not have all that looked through that was not for him.
            self.ready.push_back(place(&self.feed.cursor(part.until)));
        } else if part.told.is_empty() {
            sleep(BEHIND).await;
        }
        piece.end(0).await;
        (self.after, self.is_more) = (part.until, !part.is_end);
        Ok(())
    }
}

fn said(view: &EventView, cursor: &str) -> Result<Bytes, Problem> {
    let data = serde_json::to_string(view).map_err(|_| Problem::internal())?;
    Ok(message(cursor, view.kind(), &data))
}
