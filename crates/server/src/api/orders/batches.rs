//! Many orders moved at once: each by a command of its own, which is done or refused by itself.
//!
//! Under a key the same request moves the same orders again, and none twice: which they are is kept before
//! the first one moves, and each move has a key that follows from the request's.

use super::histories::Narrowed;
use crate::{
    app::App,
    http::{
        Method, State,
        answers::Answer,
        arguments::Key,
        bodies::Body,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        json::Json,
        parsers::{FromText, Parser, choice, is, plain},
        problems::Problem,
        queries::NoQuery,
        rights::Staff,
        routes::Route,
        shapes::{Named, Shape, one_of, view},
        texts::note_of,
    },
};
use aws_lc_rs::digest::{SHA256, digest};
use domain::{
    Actor, ChooseOrders, Done, IdempotencyKey, MoveOrder, OrderId, OrderStatus, Scope, Text,
    choices::{CHOSEN_MOST, Chosen},
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt::Write, sync::Arc};
use store::{OrderFilter, Rejection};
use uuid::Uuid;

/// So many moves of a batch are on their way at once: they share commits, and leave room to others.
const IN_FLIGHT: usize = 32;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/orders/batch", "move_orders", move_all)
            .about("Moves up to 1,000 orders, each by itself: those that are named, or the oldest that a filter finds and that can be moved so.")
            .linked("order_batch")
            .example(json!({ "filter": { "status": "pending" }, "move": "start" }))
            .scoped(Scope::OrdersWrite)
            .sends::<ChooseOrders>(),
    ]
}

const MOVES: &[(&str, OrderStatus)] = &[
    ("start", OrderStatus::Processing),
    ("complete", OrderStatus::Completed),
    ("fail", OrderStatus::Failed),
    ("cancel", OrderStatus::Cancelled),
    ("retry", OrderStatus::Pending),
];

/// What is to be moved, where to, and why.
struct Batch {
    ids: Vec<OrderId>,
    filter: Option<OrderFilter>,
    to: OrderStatus,
    reason: Option<Text<500>>,
}

/// Ids, one at least; each counts once.
fn ids() -> impl Parser<Out = Vec<OrderId>> {
    let read = |given: &Json<'_>| {
        let wrong = || format!("must be a list of 1 to {CHOSEN_MOST} ids of orders");
        let Json::List(items) = given else { return Err(wrong()) };
        if items.is_empty() || items.len() > CHOSEN_MOST {
            return Err(wrong());
        }
        let (mut ids, mut known) = (Vec::with_capacity(items.len()), BTreeSet::new());
        for (place, item) in items.iter().enumerate() {
            let id = plain(item).and_then(Uuid::parse);
            let id = OrderId(id.map_err(|why| format!("has at place {place} what {why}"))?);
            if known.insert(id) {
                ids.push(id);
            }
        }
        Ok(ids)
    };
    is(read, || {
        let items = Uuid::schema();
        let examples = json!([[items["examples"][0]]]);
        json!({ "type": "array", "minItems": 1, "maxItems": CHOSEN_MOST, "items": items,
            "examples": examples })
    })
}

impl Reads for Batch {
    const NAME: &'static str = "OrderBatchRequest";

    fn read(fields: &mut Fields<'_>, Given { currency, .. }: Given<'_>) -> Option<Batch> {
        let ids = fields.optional("ids", ids());
        let filter = fields.object("filter", |filter| Narrowed::read(filter, currency));
        let to = fields.required("move", choice(MOVES));
        let reason = fields.optional("reason", note_of::<500>());
        fields.note("A filter names something. Who fails orders says why.");
        let one = fields.one_of(&["ids", "filter"]);
        let filter = filter?.map(|filter| filter.map(Narrowed::of_anybody));
        if filter.as_ref().is_some_and(|filter| filter.as_ref().is_none_or(is_empty)) {
            return fields.refuse("filter", "must name something: or it would be all orders");
        }
        let (to, reason) = (to?, reason?);
        let says_why = reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        if to == OrderStatus::Failed && !says_why {
            return fields.refuse("reason", "is required to fail orders");
        }
        one?;
        Some(Batch { ids: ids?.unwrap_or_default(), filter: filter.flatten(), to, reason })
    }
}

fn is_empty(filter: &OrderFilter) -> bool {
    *filter == OrderFilter::default()
}

impl Batch {
    /// One whose status it was chosen for has to be there still.
    fn change(&self, order: OrderId) -> MoveOrder {
        let from = self.filter.as_ref().and_then(|filter| filter.status);
        MoveOrder { from, reason: self.reason.clone(), ..MoveOrder::of(order, self.to) }
    }

    /// As a command, with the orders that there are for it now.
    async fn chosen(&self, app: &App) -> Result<ChooseOrders, Problem> {
        let chosen = match &self.filter {
            Some(filter) => app.readers.exact().movable(filter, self.to, CHOSEN_MOST).await?,
            None => self.ids.clone(),
        };
        let filter = self.filter.clone().unwrap_or_default();
        Ok(ChooseOrders {
            chosen,
            reason: self.reason.clone(),
            ids: self.ids.clone(),
            status: filter.status,
            customer: filter.owner.map(|owner| domain::AccountId(owner.id)),
            reference: filter.reference,
            placed_after: filter.placed_after,
            placed_before: filter.placed_before,
            min_total_minor: filter.min_total_minor,
            max_total_minor: filter.max_total_minor,
            ..ChooseOrders::to(self.to)
        })
    }
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
    /// The orders that it is about, whether they were chosen before, and in which commit.
    async fn choose(
        &self,
        app: &App,
        choice: ChooseOrders,
    ) -> Result<(Vec<OrderId>, bool, Option<i64>), Problem> {
        let Request { actor, correlation, key } = self.clone();
        if key.is_none() {
            return Ok((choice.chosen, false, None));
        }
        let answered = app.send(actor, correlation, key, choice).await?;
        Ok(match answered.done {
            Done::Now(Chosen(ids)) => (ids, false, answered.commit),
            Done::Before(Chosen(ids)) => (ids, true, answered.commit),
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

    async fn go(&self, app: &App, change: MoveOrder) -> (End, Option<i64>) {
        let key = self.key_of(change.order);
        match app.send(self.actor, self.correlation, key, change).await {
            Ok(answered) => (End::Done, answered.commit),
            Err(rejection) => {
                let is_unknown = matches!(rejection, Rejection::Unknown);
                let code = Problem::from(rejection).code().name;
                (if is_unknown { End::Unknown(code) } else { End::Refused(code) }, None)
            }
        }
    }
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
    let request = Request { actor: staff.actor(), correlation, key };
    let (ids, is_replay, chosen) = request.choose(&app, batch.chosen(&app).await?).await?;
    let moves = stream::iter(ids.iter().copied()).map(|order| {
        let change = batch.change(order);
        let (app, request) = (&app, &request);
        async move { request.go(app, change).await }
    });
    let ends: Vec<(End, Option<i64>)> = moves.buffered(IN_FLIGHT).collect().await;
    // They were moved: when it cannot be read how they stand, nothing may say that they were not.
    let standing = app.readers.exact().standing(&ids).await.map_err(|error| {
        tracing::warn!(%error, "orders that were moved cannot be read");
        Problem::outcome_unknown()
    })?;
    let view = |(id, (end, _)): (&OrderId, &(End, Option<i64>))| {
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
    let last = ends.iter().filter_map(|(_, commit)| *commit).max();
    let answer = Answer::ok(&BatchView { results }).replayed(is_replay);
    Ok(answer.of_commit(&app, last.max(chosen)).await)
}
