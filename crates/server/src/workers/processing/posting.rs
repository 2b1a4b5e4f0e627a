//! Processing by the merchant's own service: each order is posted to it, signed, and it says what becomes of it.

use super::{Desk, Turn};
use crate::{
    api::orders::orders::OrderView,
    app::{App, micros},
    http::{authentication::unix_now, shapes::time},
    ports::http::Answered,
};
use domain::{
    Micros, Order, OrderId, SettleOrders, Text,
    claims::{End, Settlement, Taken},
};
use futures_util::FutureExt;
use hyper::StatusCode;
use metrics::Counter;
use serde_json::{Value, json};
use std::{collections::BTreeSet, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout_at},
};

/// A claim outlives its request by this.
const MARGIN: Duration = Duration::from_secs(1);
/// What is left, of the time in which to stop, for giving back what has not ended by then.
const TO_GIVE_BACK: Duration = Duration::from_secs(1);
/// Pauses between attempts: the first one, and the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// Characters of a reason that are kept.
const REASON: usize = 500;

pub struct Post {
    app: Arc<App>,
    /// So many requests at once.
    at_once: usize,
    attempts: i64,
    /// How long the service may take to say by its callback what has become of an order.
    patience: Duration,
    lease: Duration,
    figures: Figures,
}

/// What has become of what was posted.
struct Figures {
    completed: Counter,
    accepted: Counter,
    refused: Counter,
    failed: Counter,
    given_up: Counter,
}

impl Figures {
    fn new(app: &App) -> Figures {
        let about = "Orders posted to the fulfilment service by what came of it: completed; accepted (it answers \
                     later); refused (the order fails); failed (it is posted again); given_up (it is not, and \
                     the order fails).";
        let outcome =
            |outcome| app.meters.counter("fulfilment_posts_total", about, &[("outcome", outcome)]);
        Figures {
            completed: outcome("completed"),
            accepted: outcome("accepted"),
            refused: outcome("refused"),
            failed: outcome("failed"),
            given_up: outcome("given_up"),
        }
    }
}

impl Post {
    pub fn of(app: &Arc<App>) -> Post {
        let settings = &app.settings;
        Post {
            app: app.clone(),
            at_once: settings.fulfilment_at_once,
            attempts: i64::try_from(settings.fulfilment_attempts).unwrap_or(i64::MAX),
            patience: settings.fulfilment_patience,
            lease: 2 * settings.fulfilment_timeout + MARGIN,
            figures: Figures::new(app),
        }
    }

    /// Posts it once, and tells how that has ended.
    async fn attempt(&self, taken: &Taken, timestamp: i64) -> End {
        let Taken { order, attempts } = taken;
        let body = json!({
            "type": "order.fulfil",
            "timestamp": time(Micros(timestamp.saturating_mul(Micros::SECOND))),
            "data": OrderView::of(order, &self.app.settings.public_url),
        });
        let Some(service) = &self.app.fulfilment else {
            return self.again("it is not set", None, *attempts, order);
        };
        // What it took with 202 is waited for, but not for ever.
        if *attempts > self.attempts {
            return self.given_up("it did not say in time what became of it", self.attempts, order);
        }
        match service.post(message_id(order), timestamp, body.to_string().into_bytes()).await {
            Ok(answered) => self.end(answered, *attempts, order),
            Err(why) => self.again(&why, None, *attempts, order),
        }
    }

    fn end(&self, answered: Answered, attempts: i64, order: &Order) -> End {
        match answered.status {
            StatusCode::ACCEPTED => {
                self.figures.accepted.increment(1);
                // It has the order: also after the last attempt it is waited for.
                End::Again { after_us: micros(self.patience), is_counted: true }
            }
            status if status.is_success() => {
                self.figures.completed.increment(1);
                End::Completed
            }
            status @ (StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY) => {
                self.figures.refused.increment(1);
                End::Failed(reason(&answered.body, status))
            }
            status => {
                let why = format!("it answered {}", status.as_u16());
                self.again(&why, answered.retry_after, attempts, order)
            }
        }
    }

    fn again(&self, why: &str, wish: Option<Duration>, attempts: i64, order: &Order) -> End {
        tracing::warn!(order = %order.id, attempts, why, "the fulfilment service has not taken an order");
        if attempts >= self.attempts {
            return self.given_up(why, attempts, order);
        }
        self.figures.failed.increment(1);
        let pause =
            pause_after(attempts, order.id).max(wish.unwrap_or_default().min(LONGEST_PAUSE));
        End::Again { after_us: micros(pause), is_counted: true }
    }
}

impl Post {
    fn given_up(&self, why: &str, attempts: i64, order: &Order) -> End {
        self.figures.given_up.increment(1);
        tracing::warn!(order = %order.id, attempts, "an order is given up, and fails");
        let times = if attempts == 1 { "once".to_owned() } else { format!("{attempts} times") };
        let reason =
            format!("the fulfilment service was asked {times} in vain: the last time {why}");
        End::Failed(shortened(&reason))
    }
}

/// The same however often this beginning of it is tried, so that the service can know it again.
pub fn message_id(order: &Order) -> String {
    let began = order.processing_started_at.unwrap_or_default().0;
    format!("order_{}_{began}", order.id)
}

/// Twice as long each time, and for each order a little other.
fn pause_after(attempts: i64, order: OrderId) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 20)).unwrap_or(20);
    let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
    let share = order.0.as_bytes()[15].wrapping_add(u8::try_from(attempts & 0xff).unwrap_or(0));
    // From three quarters of it to five.
    pause.mul_f64(0.75 + f64::from(share) / 512.0)
}

/// What the service says, as its JSON says it, or its text.
fn reason(body: &[u8], status: StatusCode) -> Text<REASON> {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let told = ["reason", "detail", "message"].iter().find_map(|name| {
        json.as_ref().and_then(|json| json.get(name)).and_then(Value::as_str).map(str::to_owned)
    });
    let text = || String::from_utf8_lossy(body).into_owned();
    let told = told.unwrap_or_else(|| if json.is_some() { String::new() } else { text() });
    let told = shortened(told.trim());
    match told.trim() {
        "" => shortened(&format!("the fulfilment service has refused it ({})", status.as_u16())),
        _ => told,
    }
}

fn shortened(text: &str) -> Text<REASON> {
    let seen = text.chars().filter(|c| !c.is_control() && !domain::text::is_hidden(*c));
    Text::stored(&seen.take(REASON).collect::<String>())
}

/// Works until it is told to stop; then it waits for what is on its way, and gives back what is late.
pub(super) async fn work(mut desk: Desk, post: Post) {
    let post = Arc::new(post);
    let mut begun: JoinSet<Settlement> = JoinSet::new();
    let mut ids = BTreeSet::new();
    while desk.deadline().is_none() {
        let free = post.at_once.saturating_sub(begun.len());
        let turn = match free {
            0 => Turn::Idle,
            free => match begin(&desk, &post, free, &mut begun, &mut ids).await {
                Ok(taken) if taken == free => Turn::More,
                Ok(_) => Turn::Idle,
                Err(why) => Turn::Failed(why),
            },
        };
        let pause = desk.pause_after(&turn);
        tokio::select! {
            Some(ended) = begun.join_next() => {
                let more = std::iter::from_fn(|| begun.try_join_next()).collect::<Vec<_>>();
                let ended = std::iter::once(ended).chain(more).filter_map(Result::ok);
                settle(&desk, ended.collect(), &mut ids).await;
            }
            () = sleep(pause) => {}
            () = desk.stopping() => {}
        }
    }
    let until = desk.deadline().map(|deadline| deadline - TO_GIVE_BACK);
    while let Some(until) = until
        && let Ok(Some(ended)) = timeout_at(until, begun.join_next()).await
    {
        settle(&desk, ended.into_iter().collect(), &mut ids).await;
    }
    begun.abort_all();
    let again = End::Again { after_us: 0, is_counted: false };
    let back = |order| Settlement { order, begun_at: None, end: again.clone() };
    settle(&desk, ids.iter().copied().map(back).collect(), &mut BTreeSet::new()).await;
}

async fn begin(
    desk: &Desk,
    post: &Arc<Post>,
    free: usize,
    begun: &mut JoinSet<Settlement>,
    ids: &mut BTreeSet<OrderId>,
) -> Result<usize, String> {
    let is_new = |order: &OrderId| !ids.contains(order);
    let (due, waiting) = (desk.due(free).await?, desk.waiting(free).await?);
    let due = due.into_iter().filter(is_new).collect();
    let mut taken = desk.take(due, post.lease).await;
    // What was not taken keeps nothing else from it. What is begun with
    // anew while its last beginning is under way here still waits for that.
    let left = free.saturating_sub(taken.len());
    let waiting = waiting.into_iter().filter(is_new).take(left).collect();
    taken.extend(desk.take(waiting, post.lease).await);
    let count = taken.len();
    for taken in taken {
        ids.insert(taken.order.id);
        let post = post.clone();
        begun.spawn(async move {
            let attempt = AssertUnwindSafe(post.attempt(&taken, unix_now())).catch_unwind().await;
            let (attempts, order) = (taken.attempts, &taken.order);
            let end = attempt.unwrap_or_else(|_| {
                post.again("what was posted to it panicked", None, attempts, order)
            });
            Settlement { order: order.id, begun_at: order.processing_started_at, end }
        });
    }
    Ok(count)
}

/// What cannot be said is tried again by whoever takes it over.
async fn settle(desk: &Desk, settlements: Vec<Settlement>, ids: &mut BTreeSet<OrderId>) {
    for piece in settlements.chunks(super::AT_ONCE) {
        piece.iter().for_each(|one| {
            ids.remove(&one.order);
        });
        let settle = SettleOrders { holder: desk.holder, settlements: piece.to_vec() };
        if let Err(why) = desk.send(settle).await {
            tracing::warn!(why, "how orders have ended is not kept: they are posted again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn pauses_double_up_to_an_hour_and_differ_from_order_to_order() {
        let order = |low: u128| OrderId(Uuid::from_u128(low));
        for (attempts, pause) in [(1, 1.0), (2, 2.0), (5, 16.0), (13, 3600.0), (1_000, 3600.0)] {
            for low in [0, 77, 255] {
                let seconds = pause_after(attempts, order(low)).as_secs_f64();
                assert!((0.75 * pause..1.25 * pause).contains(&seconds), "{attempts}: {seconds}");
            }
        }
        assert_ne!(pause_after(3, order(1)), pause_after(3, order(2)));
    }

    #[test]
    fn a_reason_is_what_the_service_says_as_far_as_it_can_be_shown() {
        let conflict = |body: &str| reason(body.as_bytes(), StatusCode::CONFLICT);
        assert_eq!(conflict(r#"{"reason": "no carrier"}"#).as_str(), "no carrier");
        assert_eq!(conflict(r#"{"detail": "sold out"}"#).as_str(), "sold out");
        assert_eq!(conflict("no\u{0} carrier\u{202e}").as_str(), "no carrier");
        for body in
            ["", " ", "{}", r#"{"reason": 7}"#, "\u{0}\u{1} \u{2}", r#"{"reason": "\u0000"}"#]
        {
            let told = conflict(body);
            assert_eq!(told.as_str(), "the fulfilment service has refused it (409)", "{body}");
        }
        assert_eq!(conflict(&"é".repeat(900)).chars().count(), REASON);
    }
}
