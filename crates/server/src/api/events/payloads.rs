//! What events tell, by their kinds: said once here, and both the answers and the schemas are made of that.

use super::views::EventView;
use crate::{
    api::orders::orders::OrderView,
    http::{
        routes::Occurrence,
        shapes::{Named, Nested, View, noted, object, view},
    },
};
use domain::{
    Event, EventKind, Order,
    events::{
        CategoryData, ChangeData, ExpiredData, Form, LowData, Member, MemberKind, MoveData,
        StockData, VERSION,
    },
};
use serde_json::{Value, json};
use store::Then;

view! {
    pub struct OrderDataView<'a> = "OrderEventData" {
        /// As the event has left it.
        order: Nested<OrderView<'a>>,
        reason: Option<String>,
    }
}

/// What is kept in a form of its own.
pub struct Kept {
    name: &'static str,
    members: &'static [Member],
    read: fn(&str) -> Option<Value>,
}

/// What the events of a kind tell.
pub enum Tells {
    Order,
    Kept(Kept),
    /// All that there is to tell is that it happened.
    Nothing,
}

fn kept<F: Form>(name: &'static str) -> Tells {
    let read = |data: &str| {
        let form = serde_json::to_value(F::of(data)?).ok()?;
        Some(written(F::MEMBERS, &form))
    };
    Tells::Kept(Kept { name, members: F::MEMBERS, read })
}

pub fn tells(kind: EventKind) -> Tells {
    match kind {
        EventKind::OrderPlaced
        | EventKind::OrderStarted
        | EventKind::OrderCompleted
        | EventKind::OrderCancelled
        | EventKind::OrderFailed
        | EventKind::OrderRetried
        | EventKind::OrderChanged => Tells::Order,
        EventKind::StockLow => kept::<LowData>("StockLowData"),
        EventKind::StockChanged => kept::<StockData>("StockChangedData"),
        EventKind::CartExpired => kept::<ExpiredData>("CartExpiredData"),
        EventKind::ProductChanged | EventKind::CustomerChanged => kept::<ChangeData>("ChangedData"),
        EventKind::CategoryCreated | EventKind::CategoryChanged | EventKind::CategoryRemoved => {
            kept::<CategoryData>("CategoryEventData")
        }
        EventKind::ProductCreated
        | EventKind::ProductArchived
        | EventKind::CustomerRegistered
        | EventKind::CustomerDeleted
        | EventKind::KeyCreated
        | EventKind::KeyRevoked => Tells::Nothing,
    }
}

/// All members that were declared, also those that are not kept where there is nothing to keep.
fn written(members: &'static [Member], form: &Value) -> Value {
    let value = |member: &Member| match (form.get(member.name), member.kind) {
        (Some(Value::Array(items)), MemberKind::Objects(members)) => {
            items.iter().map(|item| written(members, item)).collect()
        }
        (Some(value), _) => value.clone(),
        (None, MemberKind::Texts | MemberKind::Objects(_)) => json!([]),
        (None, _) => Value::Null,
    };
    let member = |member: &Member| (member.name.to_owned(), value(member));
    Value::Object(members.iter().map(member).collect())
}

fn described(members: &'static [Member]) -> Value {
    let shape = |kind: MemberKind| match kind {
        MemberKind::Text => json!({ "type": "string" }),
        MemberKind::Figure => json!({ "type": "integer" }),
        MemberKind::MaybeId => json!({ "type": ["string", "null"], "format": "uuid" }),
        MemberKind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        MemberKind::Objects(members) => json!({ "type": "array", "items": described(members) }),
    };
    object(members.iter().map(|member| (member.name, true, shape(member.kind))).collect())
}

impl Tells {
    pub fn data(&self, event: &Event, then: &Then, public_url: &str) -> Option<Value> {
        match (self, then) {
            (Tells::Order, Then::Order(order)) => told_of(order, event.data.as_deref(), public_url),
            (Tells::Order, _) => None,
            (Tells::Kept(kept), _) => (kept.read)(event.data.as_deref()?),
            (Tells::Nothing, _) => event.data.is_none().then(|| json!({})),
        }
    }

    fn schema(&self, named: &mut Named) -> Value {
        match self {
            Tells::Order => OrderDataView::schema(named),
            Tells::Kept(kept) => {
                named.entry(kept.name.to_owned()).or_insert_with(|| described(kept.members));
                json!({ "$ref": format!("#/components/schemas/{}", kept.name) })
            }
            Tells::Nothing => json!({ "type": "object" }),
        }
    }
}

fn told_of(order: &Order, data: Option<&str>, public_url: &str) -> Option<Value> {
    let reason = match data {
        Some(data) => Some(MoveData::read(data)?.reason),
        None => None,
    };
    let order = Nested(OrderView::of(order, public_url));
    serde_json::to_value(OrderDataView { order, reason }).ok()
}

/// The form of what is kept, as it says itself; what keeps nothing is in the one that there is.
pub fn form_of(data: Option<&str>) -> Option<i64> {
    let Some(data) = data else { return Some(VERSION.into()) };
    serde_json::from_str::<Value>(data).ok()?.get("v")?.as_i64()
}

/// Every kind of event with the schema of what is told of it.
pub fn occurrences(named: &mut Named) -> Vec<Occurrence> {
    let event = EventView::schema(named);
    let each = |kind: &EventKind| {
        let data = tells(*kind).schema(named);
        let data = json!({ "anyOf": [data, { "type": "null" }] });
        let narrowed = json!({ "properties": {
            "kind": { "const": kind.name() },
            "data": noted(data, "Null where whoever is told may not see it, or it cannot be read."),
        } });
        let schema = json!({ "allOf": [event, narrowed] });
        Occurrence { name: kind.name(), about: about(*kind).to_owned(), schema }
    };
    EventKind::ALL.iter().map(each).collect()
}

fn about(kind: EventKind) -> &'static str {
    match kind {
        EventKind::OrderPlaced => "An order was placed.",
        EventKind::OrderStarted => "An order is being processed.",
        EventKind::OrderCompleted => "An order was completed.",
        EventKind::OrderCancelled => "An order was cancelled.",
        EventKind::OrderFailed => "An order failed.",
        EventKind::OrderRetried => "An order that had failed is pending again.",
        EventKind::OrderChanged => "What an order says was changed, or its customer forgotten.",
        EventKind::StockLow => "What lies there of a product has fallen to its threshold.",
        EventKind::StockChanged => "The staff have moved stock. A sale is told by its order.",
        EventKind::CartExpired => "A cart's time was over, and what it held is free.",
        EventKind::ProductCreated => "A product was put into the catalog.",
        EventKind::ProductChanged => "A product was changed.",
        EventKind::ProductArchived => "A product is sold no more.",
        EventKind::CategoryCreated => "A category was made.",
        EventKind::CategoryChanged => "A category was changed.",
        EventKind::CategoryRemoved => "A category was removed.",
        EventKind::CustomerRegistered => "An account was opened.",
        EventKind::CustomerChanged => "An account was changed, or what it may do.",
        EventKind::CustomerDeleted => "An account was deleted.",
        EventKind::KeyCreated => "An API key was made.",
        EventKind::KeyRevoked => "An API key was revoked.",
    }
}
