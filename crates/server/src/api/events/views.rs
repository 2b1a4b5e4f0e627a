//! Events as they are shown, and described: what each kind tells is said once here, and both the answers and the
//! schemas are made of that.

use crate::{
    api::{identity::trail::ActorView, orders::orders::OrderView},
    http::{
        authentication::Asker,
        routes::Occurrence,
        shapes::{Named, Nested, Shape, Time, View, noted, object, one_of, time, view},
    },
};
use domain::{
    Event, EventKind, Order, Scope, Subject, SubjectKind,
    events::{
        CategoryData, ChangeData, ExpiredData, Form, LowData, Member, MemberKind, MoveData,
        StockData, VERSION,
    },
};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use store::{Foreign, Then, Told, What};
use uuid::Uuid;

/// What a later version has written, and this one does not know.
const UNKNOWN: &str = "unknown";

struct KindOfEvent;

impl Shape for KindOfEvent {
    fn shape(_: &mut Named) -> Value {
        one_of(EventKind::ALL.iter().map(|kind| kind.name()).chain([UNKNOWN]))
    }
}

struct KindOfSubject;

impl Shape for KindOfSubject {
    fn shape(_: &mut Named) -> Value {
        one_of(SubjectKind::ALL.iter().map(|kind| kind.name()).chain([UNKNOWN]))
    }
}

view! {
    pub struct SubjectView = "EventSubject" {
        kind: &'static str as KindOfSubject,
        /// Of a product and of a category a number, of all others a UUID.
        id: String,
        /// The one that it has got by this; null where it tells of something else.
        version: Option<i64>,
    }
}

view! {
    pub struct EventView = "Event" {
        /// For ever its own, and nobody else's.
        id: String,
        /// Rises by one with each event of the shop.
        position: i64,
        /// `unknown`: a later version has written it, and a node of that version tells it.
        kind: &'static str as KindOfEvent,
        /// Of the form in which data is. Null where that is not known.
        version: Option<i64>,
        subject: Nested<SubjectView>,
        /// By kind, see the webhooks of this document. Null of what this node cannot read, or whoever asks may not see.
        data: Data,
        actor: Nested<ActorView>,
        correlation_id: Uuid,
        at: String as Time,
    }
}

view! {
    pub struct EventListView = "EventList" {
        results: Vec<EventView>,
        /// The cursor to go on with: always there.
        next: String,
    }
}

view! {
    pub struct OrderDataView<'a> = "OrderEventData" {
        /// As the event has left it.
        order: Nested<OrderView<'a>>,
        reason: Option<String>,
    }
}

impl EventListView {
    pub fn of(results: Vec<EventView>, next: String) -> EventListView {
        EventListView { results, next }
    }
}

/// What an event tells, by its kind.
pub struct Data(Option<Value>);

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Shape for Data {
    fn shape(_: &mut Named) -> Value {
        json!({ "type": ["object", "null"] })
    }
}

/// What whoever asks may see of what events tell.
#[derive(Clone, Copy, Debug)]
pub struct Eyes {
    sees_orders: bool,
    sees_people: bool,
}

impl Eyes {
    pub fn of(asker: &Asker) -> Eyes {
        let may = |scope| match asker {
            Asker::Account(_) => true,
            Asker::Key(key) => key.scopes.has(scope),
        };
        Eyes { sees_orders: may(Scope::OrdersRead), sees_people: may(Scope::CustomersRead) }
    }

    fn sees(self, subject: SubjectKind) -> bool {
        match subject {
            SubjectKind::Order => self.sees_orders,
            SubjectKind::Customer | SubjectKind::Cart => self.sees_people,
            SubjectKind::Product | SubjectKind::Category | SubjectKind::ApiKey => true,
        }
    }
}

/// What is kept in a form of its own.
struct Kept {
    name: &'static str,
    members: &'static [Member],
    read: fn(&str) -> Option<Value>,
}

/// What the events of a kind tell.
enum Tells {
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

fn tells(kind: EventKind) -> Tells {
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
    object(members.iter().map(|member| (member.name, shape(member.kind))).collect())
}

impl Tells {
    fn data(&self, event: &Event, then: &Then, public_url: &str) -> Option<Value> {
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
fn form_of(data: Option<&str>) -> Option<i64> {
    let Some(data) = data else { return Some(VERSION.into()) };
    serde_json::from_str::<Value>(data).ok()?.get("v")?.as_i64()
}

impl EventView {
    pub fn of(told: &Told, epoch: &str, eyes: Eyes, public_url: &str) -> EventView {
        let position = told.position;
        let id = format!("evt_{epoch}_{position}");
        match &told.what {
            What::Event(event, then) => {
                let data = || tells(event.kind).data(event, then, public_url);
                EventView {
                    id,
                    position,
                    kind: event.kind.name(),
                    version: form_of(event.data.as_deref()),
                    subject: Nested(SubjectView::of(event.subject, event.version)),
                    data: Data(eyes.sees(event.subject.kind).then(data).flatten()),
                    actor: Nested(ActorView::of(event.actor)),
                    correlation_id: event.correlation.0,
                    at: time(event.at),
                }
            }
            What::Foreign(Foreign { subject_id, actor_id, correlation, at }) => EventView {
                id,
                position,
                kind: UNKNOWN,
                version: None,
                subject: Nested(SubjectView {
                    kind: UNKNOWN,
                    id: subject_id.to_string(),
                    version: None,
                }),
                data: Data(None),
                actor: Nested(ActorView::unknown(*actor_id)),
                correlation_id: correlation.0,
                at: time(*at),
            },
        }
    }
}

impl EventView {
    pub fn kind(&self) -> &'static str {
        self.kind
    }
}

impl SubjectView {
    fn of(subject: Subject, version: Option<i64>) -> SubjectView {
        let id = match subject.kind {
            SubjectKind::Product | SubjectKind::Category => subject.id.as_u128().to_string(),
            SubjectKind::Order
            | SubjectKind::Cart
            | SubjectKind::Customer
            | SubjectKind::ApiKey => subject.id.to_string(),
        };
        SubjectView { kind: subject.kind.name(), id, version }
    }
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
