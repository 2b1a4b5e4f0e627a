//! Orders that are moved along the table: cancelled by their owners, worked on by the staff.

use super::orders::{OrderView, named, present, shown};
use crate::{
    app::App,
    http::{
        Method, State,
        answers::Answer,
        arguments::{Key, Known, Segment},
        authentication::Asker,
        bodies::{Body, OptionalBody},
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        problems::Problem,
        queries::NoQuery,
        rights::{Member, Staff},
        routes::Route,
        texts::{note_of, title_of},
    },
};
use domain::{Done, IdempotencyKey, MoveOrder, OrderStatus, Scope, Text};
use serde_json::json;
use std::sync::Arc;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/orders/orders/{id}/cancel", "cancel_order", cancel)
            .about("Cancels an order and gives its stock back. Again it changes nothing.")
            .example(json!({ "reason": "ordered twice" }))
            .scoped(Scope::OrdersWrite)
            .tagged()
            .sends::<MoveOrder>(),
        Route::new(Method::POST, "/api/orders/orders/{id}/start", "start_order", go::<Start>)
            .about("Begins to work on a pending order.")
            .example(json!({ "reason": "picked by hand" }))
            .scoped(Scope::OrdersWrite)
            .tagged()
            .sends::<MoveOrder>(),
        Route::new(Method::POST, "/api/orders/orders/{id}/complete", "complete_order", go::<Complete>)
            .about("Ends the work on an order: all of it is done.")
            .example(json!({ "reason": "handed over" }))
            .scoped(Scope::OrdersWrite)
            .tagged()
            .sends::<MoveOrder>(),
        Route::new(Method::POST, "/api/orders/orders/{id}/fail", "fail_order", fail)
            .about("Ends the work on an order in vain, for a reason that its owner sees, and gives its stock back.")
            .example(json!({ "reason": "no carrier goes there" }))
            .scoped(Scope::OrdersWrite)
            .tagged()
            .sends::<MoveOrder>(),
        Route::new(Method::POST, "/api/orders/orders/{id}/retry", "retry_order", go::<Retry>)
            .about("Makes a failed order pending again, if its stock can be taken again. That is the staff's own decision: how many units its owner may have does not bound it.")
            .example(json!({ "reason": "another carrier" }))
            .scoped(Scope::OrdersWrite)
            .tagged()
            .sends::<MoveOrder>(),
    ]
}

/// Why an order is cancelled.
struct Cancellation {
    reason: Option<Text<500>>,
}

impl Reads for Cancellation {
    const NAME: &'static str = "Cancellation";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Cancellation> {
        let reason = fields.optional("reason", note_of::<500>());
        Some(Cancellation { reason: reason? })
    }
}

/// Why an order is moved, for the timeline.
struct Remark {
    reason: Option<Text<500>>,
}

impl Reads for Remark {
    const NAME: &'static str = "OrderMove";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Remark> {
        let reason = fields.optional("reason", note_of::<500>());
        Some(Remark { reason: reason? })
    }
}

/// Why an order has failed.
struct Failure {
    reason: Text<500>,
}

impl Reads for Failure {
    const NAME: &'static str = "OrderFailure";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Failure> {
        let reason = fields.required("reason", title_of::<500>());
        Some(Failure { reason: reason? })
    }
}

/// A move that needs no reason.
trait Way: 'static {
    const TO: OrderStatus;
}

struct Start;
struct Complete;
struct Retry;

impl Way for Start {
    const TO: OrderStatus = OrderStatus::Processing;
}

impl Way for Complete {
    const TO: OrderStatus = OrderStatus::Completed;
}

impl Way for Retry {
    const TO: OrderStatus = OrderStatus::Pending;
}

/// Who moves an order, and in which request.
struct By {
    asker: Asker,
    correlation: CorrelationId,
    key: Option<IdempotencyKey>,
}

impl By {
    async fn send(
        self,
        app: &App,
        name: &str,
        to: OrderStatus,
        reason: Option<Text<500>>,
    ) -> Result<Answer<OrderView<'static>>, Problem> {
        let By { asker, correlation: CorrelationId(correlation), key } = self;
        let change = MoveOrder { reason, ..MoveOrder::of(named(app, name).await?, to) };
        let correlation = domain::CorrelationId(correlation);
        let answered = app.send(asker.actor(), correlation, key, change).await?;
        let answer = match answered.done {
            Done::Now(order) => shown(&Known::default(), app, &order)?,
            Done::Before(id) => {
                let order = present(app, id).await?;
                shown(&Known::default(), app, &order)?.replayed(true)
            }
        };
        Ok(answer.of_commit(app, answered.commit).await)
    }
}

async fn cancel(
    State(app): State<Arc<App>>,
    Member(asker): Member,
    correlation: CorrelationId,
    Segment(name): Segment,
    Key(key): Key,
    _: NoQuery,
    OptionalBody(body): OptionalBody<Cancellation>,
) -> Result<Answer<OrderView<'static>>, Problem> {
    let reason = body.and_then(|body| body.reason);
    By { asker, correlation, key }.send(&app, &name, OrderStatus::Cancelled, reason).await
}

async fn go<W: Way>(
    State(app): State<Arc<App>>,
    Staff(asker): Staff,
    correlation: CorrelationId,
    Segment(name): Segment,
    Key(key): Key,
    _: NoQuery,
    OptionalBody(body): OptionalBody<Remark>,
) -> Result<Answer<OrderView<'static>>, Problem> {
    let reason = body.and_then(|body| body.reason);
    By { asker, correlation, key }.send(&app, &name, W::TO, reason).await
}

async fn fail(
    State(app): State<Arc<App>>,
    Staff(asker): Staff,
    correlation: CorrelationId,
    Segment(name): Segment,
    Key(key): Key,
    _: NoQuery,
    Body(Failure { reason }): Body<Failure>,
) -> Result<Answer<OrderView<'static>>, Problem> {
    By { asker, correlation, key }.send(&app, &name, OrderStatus::Failed, Some(reason)).await
}
