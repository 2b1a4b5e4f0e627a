//! What the merchant's own service says of an order that it has taken: that it is through, or that nothing
//! becomes of it. It is known by its signature, and says the same as often as it likes.

use super::orders::{named, no_such_order};
use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Nothing},
        arguments::Segment,
        bodies::Signed,
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        parsers::{choice, described, text},
        problems::Problem,
        queries::NoQuery,
        routes::Route,
        texts::note_of,
    },
    workers::processing::message_id,
};
use domain::{Actor, MoveOrder, OrderStatus, Text, orders::MoveRefusal};
use serde_json::json;
use std::sync::Arc;
use store::Rejection;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/orders/orders/{id}/fulfilment", "answer_fulfilment", answer)
            .about("Says what has become of an order that the fulfilment service has taken with 202; signed as what was posted to it, by fulfilment_secret.")
            .example(json!({ "message": "order_01a21d67-e402-749c-a8cf-ec0fe8682e4d_1795820725000000", "status": "completed" }))
            .refuses(&[codes::CONFLICT])
            .shows_nothing()
            .sends::<MoveOrder>(),
    ]
}

struct Fulfilled {
    /// Which beginning of which order it answers.
    message: String,
    to: OrderStatus,
    reason: Option<Text<500>>,
}

const ENDS: &[(&str, OrderStatus)] =
    &[("completed", OrderStatus::Completed), ("failed", OrderStatus::Failed)];

impl Reads for Fulfilled {
    const NAME: &'static str = "Fulfilment";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Fulfilled> {
        let words = "The webhook-id of the message that it answers: it names the order, and when it was begun with.";
        let message = fields.required("message", described(text(1..=200), words));
        let to = fields.required("status", choice(ENDS));
        let words = "Why it has failed, which it must say then.";
        let reason = fields.optional("reason", described(note_of::<500>(), words));
        let (to, reason, message) = (to?, reason?, message?);
        let is_told = reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        if to == OrderStatus::Failed && !is_told {
            return fields.refuse("reason", "is required where the status is failed");
        }
        Some(Fulfilled { message, to, reason })
    }
}

async fn answer(
    State(app): State<Arc<App>>,
    CorrelationId(correlation): CorrelationId,
    Segment(id): Segment,
    _: NoQuery,
    Signed(Fulfilled { message, to, reason }): Signed<Fulfilled>,
) -> Result<Answer<Nothing>, Problem> {
    let order = named(&app, &id).await?;
    let found = app.readers.exact().order(order).await?.ok_or_else(no_such_order)?;
    if message_id(&found) != message {
        return Err(other_beginning());
    }
    let change = MoveOrder {
        from: Some(OrderStatus::Processing),
        begun_at: found.processing_started_at,
        reason: reason.filter(|_| to == OrderStatus::Failed),
        ..MoveOrder::of(order, to)
    };
    let correlation = domain::CorrelationId(correlation);
    let commit = match app.send(Actor::SYSTEM, correlation, None, change).await {
        Ok(answered) => answered.commit,
        // It says again what has become of it already.
        Err(Rejection::Refused(MoveRefusal::IllegalMove { from, to })) if from == to => None,
        // It could be moved, but it was begun with anew since it was looked at.
        Err(Rejection::Refused(MoveRefusal::IllegalMove {
            from: OrderStatus::Processing, ..
        })) => return Err(other_beginning()),
        Err(rejection) => return Err(rejection.into()),
    };
    Ok(Answer::nothing().of_commit(&app, commit).await)
}

fn other_beginning() -> Problem {
    let detail = "this answers another message than the one of which the order was begun with last";
    Problem::new(codes::CONFLICT, detail)
}
