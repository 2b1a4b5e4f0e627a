//! The feed: what happened, in its order, by pages, by pages that wait, and as a stream.

use super::{
    feed::{BEHIND, Feed},
    payloads::occurrences,
    queries::{EventQuery, Mark},
    streams::stream,
    views::{EventListView, Eyes},
};
use crate::{
    app::App,
    following::Follower,
    http::{
        Method, State,
        answers::Answer,
        closing::Closing,
        codes,
        live::Heard,
        negotiation::{AsStream, FEED},
        problems::Problem,
        queries::Query,
        rights::{Staff, Standing},
        routes::Route,
    },
    limits::Full,
};
use domain::{Caller, Scope};
use std::{sync::Arc, time::Duration};
use store::FeedPart;
use tokio::time::{Instant, sleep, sleep_until};

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, FEED, "list_events", list)
            .about("Lists what happened, the oldest first, each event once and in the order of the commits; follows it with wait, or as text/event-stream.")
            .linked("events")
            .scoped(Scope::EventsRead)
            .telling(occurrences),
    ]
}

async fn list(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    standing: Standing,
    closing: Closing,
    AsStream(is_stream): AsStream,
    Heard(heard): Heard,
    Query(query): Query<EventQuery>,
) -> Result<Answer<EventListView>, Problem> {
    let epoch = app.position(Some(0)).await?.epoch;
    let (after, field) = match heard.filter(|_| is_stream) {
        Some(heard) => (Some(Mark::heard(&heard)?), "Last-Event-ID"),
        None => (query.after.clone(), "cursor"),
    };
    if after.as_ref().is_some_and(|mark| mark.epoch != epoch) {
        let words = "is of another history of the shop, from before a backup was restored: begin anew, without it";
        return Err(Problem::invalid_field(field, words));
    }
    let after = after.map_or(0, |mark| mark.position);
    let (filter, eyes, caller) =
        (query.filter(&app).await?, Eyes::of(&staff), staff.actor().caller);
    let feed = Feed { app, epoch, filter, eyes, standing, closing };
    if is_stream {
        let follower = enter(&feed.app, caller)?;
        return Ok(stream(feed, after, follower));
    }
    let part = waited(&feed, after, query.page.limit, query.wait, caller).await?;
    let results = part.told.iter().map(|told| feed.view(told)).collect();
    Ok(Answer::ok(&EventListView::of(results, feed.cursor(part.until))))
}

/// A place among those who wait.
fn enter(app: &App, caller: Caller) -> Result<Follower, Problem> {
    const WAIT_S: u64 = 5;
    app.following.enter(caller).map_err(|full| match full {
        Full::Own => {
            let words = "so many requests wait for events for you already that nothing was begun; end one, or try again later";
            Problem::new(codes::RATE_LIMITED, words).retry_after(WAIT_S)
        }
        Full::All => {
            let words = "too many wait for events at once; read without wait, or try again later";
            Problem::overloaded(words).retry_after(WAIT_S)
        }
    })
}

/// A page; where there is nothing and the feed ends, what comes until the time is up.
async fn waited(
    feed: &Feed,
    after: i64,
    limit: i64,
    wait: Duration,
    caller: Caller,
) -> Result<FeedPart, Problem> {
    let until = Instant::now() + wait;
    let mut part = feed.read(after, limit).await?;
    let is_over = |part: &FeedPart| !part.told.is_empty() || !part.is_end;
    if wait.is_zero() || is_over(&part) {
        return Ok(part);
    }
    let mut follower = enter(&feed.app, caller)?;
    loop {
        tokio::select! {
            biased;
            () = feed.closing.comes() => break,
            () = sleep_until(until) => break,
            () = follower.beyond(part.until) => {}
        }
        let before = part.until;
        part = feed.read(before, limit).await?;
        if is_over(&part) {
            break;
        }
        if part.until == before {
            sleep(BEHIND).await;
        }
    }
    // Much may have happened meanwhile, also to whoever asks.
    feed.standing.check(&feed.app).await?;
    Ok(part)
}
