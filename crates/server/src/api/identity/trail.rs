//! The audit log: who changed what.

use crate::{
    app::App,
    http::{
        Method, State,
        answers::Answer,
        arguments::Known,
        authentication::Asker,
        fields::{Fields, Given, Reads},
        json::Json,
        pages::{Cursor, List, OFFSET_MOST, Page},
        parsers::{Parser, Read, choice, is, of, plain},
        problems::Problem,
        queries::LateQuery,
        rights::Staff,
        routes::Route,
        shapes::{Named, Nested, Shape, Time, one_of, time, view},
    },
};
use domain::{Caller, CallerKind, Micros, Scope, TrailEntry, TrailKind};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{Direction, TrailFilter};
use uuid::Uuid;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/audit", "list_audit", list)
            .about("Lists who changed what, with before and after, the newest first.")
            .linked("audit")
            .scoped(Scope::EventsRead),
    ]
}

/// JSON as it was kept, with times as they are shown everywhere: they are kept as microseconds.
pub struct Told(Option<Value>);

impl Told {
    pub fn of(kept: Option<&str>) -> Told {
        let mut told: Option<Value> = kept.and_then(|kept| serde_json::from_str(kept).ok());
        let members = told.as_mut().and_then(Value::as_object_mut);
        for (_, at) in members.into_iter().flatten().filter(|(name, _)| name.ends_with("_at")) {
            if let Some(micros) = at.as_i64() {
                *at = time(Micros(micros)).into();
            }
        }
        Told(told)
    }
}

impl Serialize for Told {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Shape for Told {
    fn shape(_: &mut Named) -> Value {
        json!({ "type": ["object", "null"] })
    }
}

impl Shape for TrailKind {
    fn shape(_: &mut Named) -> Value {
        one_of(TrailKind::ALL.iter().map(|kind| kind.name()))
    }
}

view! {
    pub struct ActorView = "Actor" {
        kind: &'static str,
        id: Uuid,
    }
}

impl ActorView {
    /// Somebody of whom a later version of the shop knows what he is.
    pub fn unknown(id: Uuid) -> ActorView {
        ActorView { kind: "unknown", id }
    }

    pub fn of(caller: Caller) -> ActorView {
        ActorView { kind: caller.kind.name(), id: caller.id }
    }
}

view! {
    pub struct EntryView<'a> = "AuditEntry" {
        id: i64,
        kind: &'static str as TrailKind,
        /// What it was done to: `product:17`, `customer:` and an id.
        subject: &'a str,
        before: Told,
        after: Told,
        actor: Nested<ActorView>,
        correlation_id: Uuid,
        at: String as Time,
    }
}

impl EntryView<'_> {
    /// What people are called is for those who may read that.
    fn of((id, entry): &(i64, TrailEntry), sees_people: bool) -> EntryView<'_> {
        let is_shown = sees_people || !entry.subject.starts_with("customer:");
        let told = |kept: &Option<Box<str>>| Told::of(kept.as_deref().filter(|_| is_shown));
        EntryView {
            id: *id,
            kind: entry.kind.name(),
            subject: &entry.subject,
            before: told(&entry.before),
            after: told(&entry.after),
            actor: Nested(ActorView::of(entry.actor)),
            correlation_id: entry.correlation.0,
            at: time(entry.at),
        }
    }
}

struct AuditQuery {
    filter: TrailFilter,
    page: Page,
    after: Option<i64>,
}

/// What it was done to, as entries tell it.
fn subject() -> impl Parser<Out = String> {
    let read = |given: &Json<'_>| -> Read<String> {
        let text = plain(given)?;
        match text.split_once(':') {
            Some(("category", slug)) if !slug.is_empty() && text.len() <= 120 => Ok(text.to_owned()),
            Some(("product", id)) if id.parse::<u64>().is_ok() => Ok(text.to_owned()),
            Some(("customer" | "api_key", id)) if Uuid::try_parse(id).is_ok_and(|uuid| uuid.to_string() == id) => Ok(text.to_owned()),
            _ => Err("must be what entries tell as their subject: product: and its number, category: and \
                      its slug, customer: or api_key: and its id".to_owned()),
        }
    };
    is(read, || {
        json!({ "type": "string", "maxLength": 120, "pattern": "^[^:]+:.+$",
            "examples": ["product:1"] })
    })
}

/// `account:` or `api_key:` and an id, or `system`.
fn actor() -> impl Parser<Out = Caller> {
    let read = |given: &Json<'_>| -> Read<Caller> {
        let text = plain(given)?;
        let wrong = || "must be account: or api_key: and an id, or system".to_owned();
        if text == CallerKind::System.name() {
            return Ok(Caller::SYSTEM);
        }
        let (kind, id) = text.split_once(':').ok_or_else(wrong)?;
        let kind = CallerKind::named(kind).filter(|kind| *kind != CallerKind::System);
        let id = Uuid::try_parse(id).map_err(|_| wrong())?;
        Ok(Caller { kind: kind.ok_or_else(wrong)?, id })
    };
    let uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    is(read, move || {
        json!({ "type": "string", "pattern": format!("^(system|(account|api_key):{uuid})$"),
            "examples": ["system"] })
    })
}

impl Reads for AuditQuery {
    const NAME: &'static str = "AuditQuery";

    fn read(query: &mut Fields<'_>, _: Given<'_>) -> Option<AuditQuery> {
        let subject = query.optional("subject", subject());
        let actor = query.optional("actor", actor());
        let names: Vec<_> = TrailKind::ALL.iter().map(|kind| (kind.name(), *kind)).collect();
        let kinds = query.many("kind", TrailKind::ALL.len(), choice(&names));
        let since = query.optional("since", of::<Micros>());
        let page = Page::read(query);
        let filter = TrailFilter {
            subject: subject?,
            other_than: None,
            actor: actor?,
            kinds: kinds?,
            since: since?,
        };
        let page = page?;
        let after = page.after(query, below)?;
        Some(AuditQuery { filter, page, after })
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }
}

fn below(cursor: &Cursor) -> Option<i64> {
    match cursor.0.as_slice() {
        [id] => id.parse().ok(),
        _ => None,
    }
}

async fn list(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    query: LateQuery<AuditQuery>,
    known: Known,
) -> Result<Answer<List<EntryView<'static>>>, Problem> {
    let AuditQuery { filter, page, after } = query.read(Given::of(app.currency))?;
    let (late, asked) = (app.readers.late(), page.asked(after, Direction::Falling));
    let found =
        page.find(late.trail(&filter, asked), late.count_trail(&filter, OFFSET_MOST)).await?;
    let sees_people = match &staff {
        Asker::Account(_) => true,
        Asker::Key(key) => key.scopes.has(Scope::CustomersRead),
    };
    let views = found.rows.iter().map(|entry| EntryView::of(entry, sees_people)).collect();
    let links = query.links(&app.settings.public_url);
    let place = |(id, _): &(i64, TrailEntry)| Cursor(vec![id.to_string()]);
    Ok(found.written(&links, place, views)?.answer(&known))
}
