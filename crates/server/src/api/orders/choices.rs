//! Which orders are to be moved together: named by their ids, or found by a filter.

use super::histories::Narrowed;
use crate::{
    app::App,
    http::{
        fields::{Fields, Given, Reads},
        json::Json,
        parsers::{FromText, Parser, choice, described, integer, is},
        problems::Problem,
        texts::note_of,
    },
};
use domain::{
    AccountId, ChooseOrders, MoveOrder, OrderId, OrderStatus, Text,
    choices::{CHOSEN_MOST, Chosen},
};
use serde_json::json;
use std::collections::BTreeSet;
use store::{Movable, OrderFilter, Reach, ReadError};
use uuid::Uuid;

const MOVES: &[(&str, OrderStatus)] = &[
    ("start", OrderStatus::Processing),
    ("complete", OrderStatus::Completed),
    ("fail", OrderStatus::Failed),
    ("cancel", OrderStatus::Cancelled),
    ("retry", OrderStatus::Pending),
];

/// What is to be moved, where to, and why.
pub struct Batch {
    names: Vec<Name>,
    /// What they name: known when it has been looked up.
    ids: Vec<OrderId>,
    filter: Option<Found>,
    to: OrderStatus,
    reason: Option<Text<500>>,
}

/// What a filter finds, behind a number.
struct Found {
    filter: OrderFilter,
    number_after: Option<i64>,
}

/// How an order is named.
#[derive(Clone, Copy)]
enum Name {
    Id(OrderId),
    Number(i64),
}

/// A number, or text as it stands in an address.
fn name(given: &Json<'_>) -> Result<Name, &'static str> {
    let named = match given {
        Json::Number(_) => integer(1..=i64::MAX).read(given).ok().map(Name::Number),
        Json::Text(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().ok().filter(|number| *number > 0).map(Name::Number)
        }
        Json::Text(text) => Uuid::parse(text).ok().map(|id| Name::Id(OrderId(id))),
        _ => None,
    };
    named.ok_or("must be an order's id or number")
}

/// Names, one at least. Which of them is wrong is told by its place.
fn names() -> impl Parser<Out = Vec<Result<Name, &'static str>>> {
    let read = |given: &Json<'_>| match given {
        Json::List(items) if (1..=CHOSEN_MOST).contains(&items.len()) => {
            Ok(items.iter().map(name).collect())
        }
        _ => Err(format!("must be a list of 1 to {CHOSEN_MOST} ids or numbers of orders")),
    };
    is(read, || {
        let id = &Uuid::schema()["examples"][0];
        let uuid = "^([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|0*[1-9][0-9]{0,17})$";
        let items = json!({ "type": ["string", "integer"], "pattern": uuid, "minimum": 1,
            "maximum": i64::MAX, "examples": [id, 7], "description": "An order's id or number." });
        json!({ "type": "array", "minItems": 1, "maxItems": CHOSEN_MOST, "items": items,
            "examples": [[id, 7]] })
    })
}

fn number_after() -> impl Parser<Out = i64> {
    let words = "Orders with larger numbers only: the more_after of the answer before. It is another \
                 request, and has another Idempotency-Key.";
    described(integer(0..=i64::MAX), words)
}

impl Reads for Batch {
    const NAME: &'static str = "OrderBatchRequest";

    fn read(fields: &mut Fields<'_>, Given { currency, .. }: Given<'_>) -> Option<Batch> {
        let names = fields.optional("ids", names());
        let filter = fields.object("filter", |filter| {
            let narrowed = Narrowed::read(filter, currency);
            let number_after = filter.optional("number_after", number_after());
            let filter = narrowed?.of_anybody();
            Some(Found { filter, number_after: number_after? })
        });
        let to = fields.required("move", choice(MOVES));
        let reason = fields.optional("reason", note_of::<500>());
        fields.note("A filter names something. Who fails orders says why.");
        let one = fields.one_of(&["ids", "filter"]);
        let filter = filter?;
        if filter.as_ref().is_some_and(|filter| filter.as_ref().is_none_or(Found::is_all)) {
            return fields.refuse("filter", "must name something: or it would be all orders");
        }
        let (to, reason) = (to?, reason?);
        let says_why = reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        if to == OrderStatus::Failed && !says_why {
            return fields.refuse("reason", "is required to fail orders");
        }
        one?;
        let (mut named, given) = (Vec::new(), names?.unwrap_or_default());
        for (place, name) in given.into_iter().enumerate() {
            match name {
                Ok(name) => named.push(name),
                Err(why) => return fields.refuse(&format!("ids[{place}]"), why),
            }
        }
        let ids = Vec::new();
        Some(Batch { names: named, ids, filter: filter.flatten(), to, reason })
    }
}

impl Found {
    /// A number tells no orders from others.
    fn is_all(&self) -> bool {
        self.filter == OrderFilter::default()
    }
}

impl Batch {
    /// With the ids of those that are named, of which each counts once.
    pub async fn looked_up(self, app: &App) -> Result<Batch, Problem> {
        let number = |name: &Name| match name {
            Name::Number(number) => Some(*number),
            Name::Id(_) => None,
        };
        let numbers: Vec<i64> = self.names.iter().filter_map(number).collect();
        let numbered = app.readers.exact().order_ids(&numbers).await?;
        let (mut ids, mut known) = (Vec::with_capacity(self.names.len()), BTreeSet::new());
        for (place, name) in self.names.iter().enumerate() {
            let id = match name {
                Name::Id(id) => Some(id),
                Name::Number(number) => numbered.get(number),
            };
            let Some(id) = id else {
                let field = format!("ids[{place}]");
                return Err(Problem::invalid_field(&field, "is the number of no order"));
            };
            if known.insert(*id) {
                ids.push(*id);
            }
        }
        Ok(Batch { ids, ..self })
    }

    /// One whose status it was chosen for has to be there still.
    pub fn change(&self, order: OrderId) -> MoveOrder {
        let from = self.filter.as_ref().and_then(|found| found.filter.status);
        MoveOrder { from, reason: self.reason.clone(), ..MoveOrder::of(order, self.to) }
    }

    /// As a command, for which nothing has been found yet.
    pub fn choice(&self) -> ChooseOrders {
        let filter = self.filter.as_ref().map(|found| found.filter.clone()).unwrap_or_default();
        ChooseOrders {
            reason: self.reason.clone(),
            ids: self.ids.clone(),
            status: filter.status,
            customer: filter.owner.map(|owner| AccountId(owner.id)),
            reference: filter.reference,
            placed_after: filter.placed_after,
            placed_before: filter.placed_before,
            min_total_minor: filter.min_total_minor,
            max_total_minor: filter.max_total_minor,
            number_after: self.filter.as_ref().and_then(|found| found.number_after),
            ..ChooseOrders::to(self.to)
        }
    }

    /// The orders that there are for it now.
    pub async fn chosen(&self, app: &App) -> Result<Chosen, ReadError> {
        let Some(Found { filter, number_after }) = &self.filter else {
            return Ok(Chosen { orders: self.ids.clone(), more_after: None });
        };
        let movable = Movable { filter, to: self.to, after: number_after.unwrap_or(0) };
        let chosen = app.readers.exact().movable(movable, CHOSEN_MOST, Reach::CHOICE).await?;
        let (customer, more_after) = (filter.owner.map(|owner| owner.id), chosen.more_after);
        tracing::debug!(
            ?customer,
            found = chosen.orders.len(),
            ?more_after,
            "looked for orders to move"
        );
        Ok(chosen)
    }
}
