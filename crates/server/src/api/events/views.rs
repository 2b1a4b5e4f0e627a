//! Events as they are shown, to each as he may see them.

use super::payloads::{form_of, tells};
use crate::{
    api::identity::trail::ActorView,
    http::{
        authentication::Asker,
        shapes::{Named, Nested, Shape, Time, one_of, time, view},
    },
};
use domain::{EventKind, Scope, Subject, SubjectKind};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use store::{Foreign, Told, What};
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
