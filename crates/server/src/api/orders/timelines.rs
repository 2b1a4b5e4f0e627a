//! What happened to an order: every move, when, by whom and why.

use super::orders::visible;
use crate::{
    app::App,
    http::{
        Method, State,
        answers::Answer,
        arguments::{Known, Segment},
        authentication::Asker,
        fields::Given,
        lists::{Place, Whole},
        pages::{List, OFFSET_MOST},
        problems::Problem,
        queries::LateQuery,
        rights::Member,
        routes::Route,
        shapes::{Named, Nested, Shape, Time, one_of, time, view},
    },
};
use domain::{
    Caller, CallerKind, EventKind, OrderStatus, Scope,
    events::{Event, MoveData},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use store::{Direction, Happened};
use uuid::Uuid;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/orders/orders/{id}/timeline", "show_timeline", show)
            .about("Lists what happened to an order, the oldest first. Who of the staff it was is for the staff.")
            .scoped(Scope::OrdersRead),
    ]
}

/// Of what happens to orders.
struct OrderKind;

impl Shape for OrderKind {
    fn shape(_: &mut Named) -> Value {
        one_of(
            EventKind::ALL.iter().map(|kind| kind.name()).filter(|name| name.starts_with("order.")),
        )
    }
}

/// Who it was, as far as whoever asks may know.
struct ActorKind;

/// Somebody who works here, or a program of theirs: no customer hears more.
const STAFF: &str = "staff";

impl Shape for ActorKind {
    fn shape(_: &mut Named) -> Value {
        one_of(CallerKind::ALL.map(CallerKind::name).into_iter().chain([STAFF]))
    }
}

view! {
    pub struct DoerView<'a> = "TimelineActor" {
        kind: &'static str as ActorKind,
        id: Option<Uuid>,
        name: Option<&'a str>,
    }
}

view! {
    pub struct HappenedView<'a> = "TimelineEntry" {
        version: i64,
        kind: &'static str as OrderKind,
        /// Both are null of what moves nothing.
        from: Option<&'static str> as Option<OrderStatus>,
        to: Option<&'static str> as Option<OrderStatus>,
        at: String as Time,
        actor: Nested<DoerView<'a>>,
        reason: Option<String>,
        correlation_id: Uuid,
    }
}

/// What whoever asks may know of who it was.
struct Eyes {
    own: Caller,
    is_staff: bool,
    sees_people: bool,
}

impl Eyes {
    fn of(asker: &Asker) -> Eyes {
        let sees_people = match asker {
            Asker::Account(_) => true,
            Asker::Key(key) => key.scopes.has(Scope::CustomersRead),
        };
        Eyes { own: asker.actor().caller, is_staff: asker.is_staff(), sees_people }
    }

    /// Whose names are shown.
    fn named(&self, caller: Caller) -> bool {
        match caller.kind {
            CallerKind::System | CallerKind::Guest | CallerKind::Channel => false,
            _ if caller == self.own => true,
            CallerKind::Account => self.is_staff && self.sees_people,
            CallerKind::ApiKey => self.is_staff,
        }
    }

    fn doer<'a>(&self, caller: Caller, names: &'a BTreeMap<Caller, Box<str>>) -> DoerView<'a> {
        let is_known = caller == self.own || self.is_staff;
        let (kind, id) = match caller.kind {
            CallerKind::System => (caller.kind.name(), None),
            kind if is_known => (kind.name(), Some(caller.id)),
            _ => (STAFF, None),
        };
        let name = names.get(&caller).filter(|_| self.named(caller));
        DoerView { kind, id, name: name.map(|name| &**name) }
    }

    fn shown<'a>(
        &self,
        Happened { event, from }: &Happened,
        names: &'a BTreeMap<Caller, Box<str>>,
    ) -> HappenedView<'a> {
        let Event { kind, version, data, actor, correlation, at, .. } = event;
        let to = kind.status();
        let data = data.as_deref().and_then(MoveData::read);
        HappenedView {
            version: version.unwrap_or(0),
            kind: kind.name(),
            from: from.filter(|_| to.is_some()).map(OrderStatus::name),
            to: to.map(OrderStatus::name),
            at: time(*at),
            actor: Nested(self.doer(*actor, names)),
            reason: data.map(|data| data.reason),
            correlation_id: correlation.0,
        }
    }
}

async fn show(
    State(app): State<Arc<App>>,
    Member(asker): Member,
    Segment(name): Segment,
    query: LateQuery<Whole<i64>>,
    known: Known,
) -> Result<Answer<List<HappenedView<'static>>>, Problem> {
    let Whole { page, after } = query.read(Given::of(app.currency))?;
    let (exact, id) = (app.readers.exact(), visible(&app, &asker, &name).await?.id);
    let asked = page.asked(after, Direction::Rising);
    let count = exact.count_timeline(id, OFFSET_MOST);
    let found = page.find(exact.timeline(id, asked), count).await?;
    let eyes = Eyes::of(&asker);
    let doers = found.rows.iter().map(|row| row.event.actor).filter(|doer| eyes.named(*doer));
    let names = exact.names(&doers.collect::<BTreeSet<_>>()).await?;
    let views = found.rows.iter().map(|row| eyes.shown(row, &names)).collect();
    let place = |row: &Happened| row.event.version.unwrap_or(0).cursor();
    Ok(found.written(&query.links(&app.settings.public_url), place, views)?.answer(&known))
}
