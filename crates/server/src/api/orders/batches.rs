//! Many orders moved at once: each by a command of its own, which is done or refused by itself.
//!
//! Under a key the same request moves the same orders again, and none twice: which they are is kept before
//! the first one moves, and each move has a key that follows from the request's.

use super::choices::Batch;
use crate::{
    app::App,
    http::{
        Method, State,
        answers::Answer,
        arguments::Key,
        bodies::Body,
        correlation::CorrelationId,
        problems::Problem,
        queries::NoQuery,
        rights::Staff,
        routes::Route,
        shapes::{Named, Shape, one_of, view},
    },
    patience::until_taken,
};
use aws_lc_rs::digest::{SHA256, digest};
use domain::{
    Actor, ChooseOrders, Done, IdempotencyKey, MoveOrder, OrderId, OrderStatus, Scope,
    choices::Chosen, orders::MoveRefusal,
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::{fmt::Write, sync::Arc, time::Duration};
use store::Rejection;
use tokio::time::Instant;
use uuid::Uuid;

/// So many moves of a batch are on their way at once: they share commits, and leave room to others.
const IN_FLIGHT: usize = 32;
/// And so many of those for which the shop had no time.
const FEW: usize = 4;
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/orders/batch", "move_orders", move_all)
            .about("Moves up to 1,000 orders, each by itself: those that are named, or the oldest that a filter finds and that can be moved so. A filter looks at a million orders at most, for half a second: if more_after is not null there may be more, behind that number.")
            .linked("order_batch")
            .example(json!({ "filter": { "status": "pending" }, "move": "start" }))
            .scoped(Scope::OrdersWrite)
            .sends::<ChooseOrders>(),
    ]
}

/// How a move has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done,
    /// Nothing has become of it: it may be asked for again.
    Refused(&'static str),
    /// It was tried, and its end is not known yet.
    Unknown(&'static str),
}

impl End {
    const NAMES: [&'static str; 3] = ["done", "refused", "unknown"];

    fn of(moved: Moved) -> End {
        let Err(rejection) = moved else { return End::Done };
        let is_unknown = matches!(rejection, Rejection::Unknown);
        let code = Problem::from(rejection).code().name;
        if is_unknown { End::Unknown(code) } else { End::Refused(code) }
    }

    fn told(self) -> (&'static str, Option<&'static str>) {
        let [done, refused, unknown] = End::NAMES;
        match self {
            End::Done => (done, None),
            End::Refused(code) => (refused, Some(code)),
            End::Unknown(code) => (unknown, Some(code)),
        }
    }
}

impl Shape for End {
    fn shape(_: &mut Named) -> Value {
        one_of(End::NAMES)
    }
}

view! {
    pub struct MovedView = "OrderBatchResult" {
        id: Uuid,
        /// Null of an order that is not there.
        number: Option<i64>,
        status: &'static str as End,
        order_status: Option<&'static str> as Option<OrderStatus>,
        /// Why it was refused, as the move by itself would be.
        code: Option<&'static str>,
    }
}

view! {
    pub struct BatchView = "OrderBatch" {
        results: Vec<MovedView>,
        /// Null if there are no more of the filter, or none was sent.
        more_after: Option<i64>,
    }
}

/// In which request orders are moved.
#[derive(Clone)]
struct Request {
    actor: Actor,
    correlation: domain::CorrelationId,
    key: Option<IdempotencyKey>,
}

impl Request {
    /// The orders that it is about, whether they were chosen before, and in which commit. When it comes again
    /// none are looked for: which they are is known.
    async fn choose(
        &self,
        app: &App,
        batch: &Batch,
    ) -> Result<(Chosen, bool, Option<i64>), Problem> {
        let Request { actor, correlation, key } = self.clone();
        let choice = batch.choice();
        let chosen = match app.answered_before(actor, key.as_ref(), &choice).await? {
            Some(chosen) => chosen,
            None => batch.chosen(app).await?,
        };
        if key.is_none() {
            return Ok((chosen, false, None));
        }
        let choice = ChooseOrders { chosen, ..choice };
        let until = Instant::now() + app.settings.answer_deadline;
        let send = || app.send(actor, correlation, key.clone(), choice.clone());
        let answered = patient(until, true, send).await?;
        Ok(match answered.done {
            Done::Now(chosen) => (chosen, false, answered.commit),
            Done::Before(chosen) => (chosen, true, answered.commit),
        })
    }

    /// What an order is moved once under.
    fn key_of(&self, order: OrderId) -> Option<IdempotencyKey> {
        let key = self.key.as_ref()?;
        let hash = digest(&SHA256, key.as_str().as_bytes());
        let hash = hash.as_ref().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        Some(IdempotencyKey::stored(&format!("batch-{hash}-{order}")))
    }

    async fn go(&self, app: &App, change: MoveOrder) -> Moved {
        let key = self.key_of(change.order);
        Ok(app.send(self.actor, self.correlation, key, change).await?.commit)
    }

    /// Again, where the shop had no time for it.
    async fn go_again(&self, app: &App, change: MoveOrder, moved: Moved, until: Instant) -> Moved {
        match moved {
            Err(rejection) if may_pass(&rejection, self.key.is_some()) => {
                patient(until, self.key.is_some(), || self.go(app, change.clone())).await
            }
            moved => moved,
        }
    }

    /// Moves all of them, in their order: first many at once, and then those for which there was no time.
    async fn go_all(&self, app: &App, batch: &Batch, orders: &[OrderId]) -> Vec<Moved> {
        let until = Instant::now() + app.settings.answer_deadline;
        let changes = || orders.iter().copied().map(|order| batch.change(order));
        let moves = stream::iter(changes()).map(|change| self.go(app, change));
        let moved: Vec<Moved> = moves.buffered(IN_FLIGHT).collect().await;
        let again = stream::iter(changes().zip(moved))
            .map(|(change, moved)| self.go_again(app, change, moved, until));
        again.buffered(FEW).collect().await
    }
}

/// Whether the shop may do it a moment later. What was tried is sent again under a key only.
fn may_pass<R>(rejection: &Rejection<R>, is_keyed: bool) -> bool {
    use Rejection::{Busy, Late, Unavailable, Unknown};
    matches!(rejection, Busy | Late | Unavailable(_)) || is_keyed && matches!(rejection, Unknown)
}

async fn patient<T, R, F>(
    until: Instant,
    is_keyed: bool,
    send: impl FnMut() -> F,
) -> Result<T, Rejection<R>>
where
    F: Future<Output = Result<T, Rejection<R>>>,
{
    until_taken(until, LONGEST_PAUSE, |rejection| may_pass(rejection, is_keyed), send).await
}

/// The commit that an order was moved in, if it was one of now.
type Moved = Result<Option<i64>, Rejection<MoveRefusal>>;

/// Of a move that this request has not begun nobody knows whether another one under the same key has made it: then
/// none of them is told, and the request is to come again.
fn untold(ends: &[Moved]) -> Option<Problem> {
    use Rejection::{Busy, Closing, Late, Unavailable};
    let not_begun = |end: &&Moved| matches!(end, Err(Busy | Late | Closing | Unavailable(_)));
    let count = ends.iter().filter(not_begun).count();
    if count == 0 {
        return None;
    }
    let detail = format!(
        "the shop had no time for {count} of {} orders, and the others are moved or refused: send the same request again under its key, and it goes on",
        ends.len()
    );
    Some(Problem::overloaded(detail))
}

async fn move_all(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Key(key): Key,
    _: NoQuery,
    Body(batch): Body<Batch>,
) -> Result<Answer<BatchView>, Problem> {
    let correlation = domain::CorrelationId(correlation);
    let batch = batch.looked_up(&app).await?;
    let request = Request { actor: staff.actor(), correlation, key };
    let (Chosen { orders: ids, more_after }, is_replay, chosen) =
        request.choose(&app, &batch).await?;
    let moved = request.go_all(&app, &batch, &ids).await;
    if request.key.is_some()
        && let Some(problem) = untold(&moved)
    {
        return Err(problem);
    }
    let last = moved.iter().filter_map(|moved| *moved.as_ref().ok()?).max();
    let ends: Vec<End> = moved.into_iter().map(End::of).collect();
    // They were moved: when it cannot be read how they stand, nothing may say that they were not.
    let standing = app.readers.exact().standing(&ids).await.map_err(|error| {
        tracing::warn!(%error, "orders that were moved cannot be read");
        Problem::outcome_unknown()
    })?;
    let view = |(id, end): (&OrderId, &End)| {
        let ((status, code), standing) = (end.told(), standing.get(id));
        MovedView {
            id: id.0,
            number: standing.map(|(number, _)| *number),
            status,
            order_status: standing.map(|(_, status)| status.name()),
            code,
        }
    };
    let results = ids.iter().zip(&ends).map(view).collect();
    let answer = Answer::ok(&BatchView { results, more_after }).replayed(is_replay);
    Ok(answer.of_commit(&app, last.max(chosen)).await)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn what_was_not_begun_is_told_of_no_order_of_a_key() {
        let refused = || Err(Rejection::Refused(MoveRefusal::NotFound));
        assert!(untold(&[Ok(None), refused(), Err(Rejection::Unknown)]).is_none());
        for rejection in [Rejection::Busy, Rejection::Late, Rejection::Closing] {
            let problem = untold(&[Ok(Some(7)), Err(rejection.clone()), refused()]).unwrap();
            assert_eq!(problem.code().name, "overloaded");
            assert!(matches!(End::of(Err(rejection)), End::Refused("overloaded" | "unavailable")));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_busy_shop_has_not_begun_is_sent_again_while_there_is_time() {
        let sends = async |refusals: i32, is_keyed, rejection: Rejection<MoveRefusal>| {
            let sends = Cell::new(0);
            let until = Instant::now() + Duration::from_secs(1);
            let sent = patient(until, is_keyed, || {
                sends.set(sends.get() + 1);
                let is_busy = sends.get() <= refusals;
                std::future::ready(if is_busy { Err(rejection.clone()) } else { Ok(()) })
            });
            (sent.await.is_ok(), sends.get())
        };
        use Rejection::{Busy, Late, ShutOut, Unknown};
        assert_eq!(sends(0, false, Busy).await, (true, 1));
        assert_eq!(sends(9, false, Busy).await, (true, 10));
        assert_eq!(sends(9, false, Late).await, (true, 10));
        // In 10, 20, 40 and 80 ms, and then every 100.
        assert_eq!(sends(99, false, Busy).await, (false, 13));
        assert_eq!(sends(1, false, Unknown).await, (false, 1), "it may have been done");
        assert_eq!(sends(1, true, Unknown).await, (true, 2));
        assert_eq!(sends(1, true, ShutOut).await, (false, 1));
    }
}
