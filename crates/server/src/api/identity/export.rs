//! All that the shop keeps of a person, in one answer, however long. What others are called is not the
//! person's to know: of them it says who they are to the shop, and of what was done to them that it was.

use super::{
    accounts::{AccountView, present},
    addresses::AddressView,
    trail::Told,
};
use crate::{
    api::orders::{carts::CartView, orders::OrderView},
    app::App,
    http::{
        Method, State,
        answers::Answer,
        authentication::Account,
        problems::Problem,
        queries::NoQuery,
        routes::Route,
        shapes::{Named, Nested, Shape, Time, one_of, time, view},
        streams::{Later, Piece, Streamed},
    },
    keys::now,
};
use domain::{
    AccountId, Caller, CallerKind, Factor, Link, Purpose, Session, SessionId, TrailEntry,
    TrailKind, carts::CartId, trail::of_customer,
};
use serde_json::Value;
use std::sync::Arc;
use store::{Direction, OrderFilter, Page, TrailFilter};
use uuid::Uuid;

/// Rows of a long list are read so many at once.
const PIECE: usize = 100;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/identity/me/export", "export_me", export)
            .about("Shows all that the shop keeps of the account that asks: its data, addresses, second factor, links that were sent, its cart, sessions, what was changed of it and by it, and its orders. It is read while it is sent: an answer that ends without the end of its JSON is not whole.")
            .linked("export"),
    ]
}

view! {
    pub struct ExportView<'a> = "Export" {
        exported_at: String as Time,
        account: Nested<AccountView<'a>>,
        addresses: Vec<AddressView<'a>>,
        second_factor: Option<Nested<KeptFactorView>>,
        /// What was sent by mail and not used yet.
        links: Vec<KeptLinkView<'a>>,
        cart: Nested<CartView<'a>>,
        /// Those that have ended too, while they are kept.
        #[serde(skip)]
        sessions: Later<KeptSessionView<'static>>,
        /// What was changed of the account.
        #[serde(skip)]
        changes: Later<ChangeView<'static>>,
        /// What was changed by the account, of anything else.
        #[serde(skip)]
        actions: Later<ActionView<'static>>,
        #[serde(skip)]
        orders: Later<OrderView<'static>>,
    }
}

view! {
    pub struct KeptFactorView = "KeptSecondFactor" {
        created_at: String as Time,
        /// Null while it does not count.
        confirmed_at: Option<String> as Option<Time>,
        recovery_codes_left: usize,
    }
}

impl KeptFactorView {
    fn of(factor: &Factor) -> KeptFactorView {
        KeptFactorView {
            created_at: time(factor.created_at),
            confirmed_at: factor.confirmed_at.map(time),
            recovery_codes_left: factor.recovery_left(),
        }
    }
}

impl Shape for Purpose {
    fn shape(_: &mut Named) -> Value {
        one_of(Purpose::ALL.iter().map(|purpose| purpose.name()))
    }
}

view! {
    pub struct KeptLinkView<'a> = "KeptLink" {
        purpose: &'static str as Purpose,
        email: &'a str,
        sent_at: String as Time,
        expires_at: String as Time,
    }
}

impl KeptLinkView<'_> {
    fn of(link: &Link) -> KeptLinkView<'_> {
        KeptLinkView {
            purpose: link.purpose.name(),
            email: link.email.as_str(),
            sent_at: time(link.made_at),
            expires_at: time(link.expires_at),
        }
    }
}

view! {
    pub struct KeptSessionView<'a> = "KeptSession" {
        id: Uuid,
        is_current: bool,
        user_agent: Option<&'a str>,
        created_at: String as Time,
        refreshed_at: String as Time,
        expires_at: String as Time,
        has_ended: bool,
        /// Null also where all sessions of the account were ended at once.
        ended_at: Option<String> as Option<Time>,
    }
}

impl KeptSessionView<'_> {
    fn of(session: &Session, current: SessionId, era: i64) -> KeptSessionView<'_> {
        KeptSessionView {
            id: session.id.0,
            is_current: session.id == current,
            user_agent: session.agent.as_deref(),
            created_at: time(session.created_at),
            refreshed_at: time(session.rotated_at),
            expires_at: time(session.expires_at),
            has_ended: session.ended_at.is_some()
                || session.era < era
                || session.expires_at <= now(),
            ended_at: session.ended_at.map(time),
        }
    }
}

/// Who has changed something of an account.
pub struct By;

impl By {
    const OWNER: &str = "owner";
    const STAFF: &str = "staff";
    const SHOP: &str = "shop";

    fn of(actor: Caller, owner: AccountId) -> &'static str {
        match actor.kind {
            _ if actor == Caller::account(owner) => By::OWNER,
            CallerKind::Account => By::STAFF,
            CallerKind::System | CallerKind::ApiKey | CallerKind::Guest | CallerKind::Channel => {
                By::SHOP
            }
        }
    }
}

impl Shape for By {
    fn shape(_: &mut Named) -> Value {
        one_of([By::OWNER, By::STAFF, By::SHOP])
    }
}

view! {
    pub struct ChangeView<'a> = "Change" {
        kind: &'static str as TrailKind,
        by: &'a str as By,
        before: Told,
        after: Told,
        at: String as Time,
    }
}

impl ChangeView<'_> {
    fn of(entry: &TrailEntry, owner: AccountId) -> ChangeView<'_> {
        ChangeView {
            kind: entry.kind.name(),
            by: By::of(entry.actor, owner),
            before: Told::of(entry.before.as_deref()),
            after: Told::of(entry.after.as_deref()),
            at: time(entry.at),
        }
    }
}

view! {
    pub struct ActionView<'a> = "Action" {
        kind: &'static str as TrailKind,
        /// Null where it is another person.
        subject: Option<&'a str>,
        at: String as Time,
    }
}

impl ActionView<'_> {
    fn of(entry: &TrailEntry) -> ActionView<'_> {
        ActionView {
            kind: entry.kind.name(),
            subject: Some(entry.subject.as_str())
                .filter(|subject| !subject.starts_with("customer:")),
            at: time(entry.at),
        }
    }
}

async fn export(
    State(app): State<Arc<App>>,
    asker: Account,
    _: NoQuery,
) -> Result<Answer<ExportView<'static>>, Problem> {
    let account = present(&app, asker).await?;
    let exact = app.readers.exact();
    let addresses = exact.addresses(account.id).await?;
    let factor = exact.factor(account.id).await?;
    let links = exact.links(account.id).await?;
    let cart = exact.cart(CartId::account(account.id)).await?;
    let public_url = &app.settings.public_url;
    let url = format!("{public_url}/api/identity/me");
    let view = ExportView {
        exported_at: time(now()),
        account: Nested(AccountView::of(&account, url)),
        addresses: addresses.iter().map(|one| AddressView::of(one, public_url)).collect(),
        second_factor: factor.as_ref().map(|factor| Nested(KeptFactorView::of(factor))),
        links: links.iter().map(KeptLinkView::of).collect(),
        cart: Nested(CartView::of(&app, &cart)),
        sessions: Later::default(),
        changes: Later::default(),
        actions: Later::default(),
        orders: Later::default(),
    };
    let (owner, subject) = (account.id, of_customer(account.id).to_string());
    let of = TrailFilter { subject: Some(subject.clone()), ..TrailFilter::default() };
    let by = TrailFilter {
        actor: Some(Caller::account(owner)),
        other_than: Some(subject),
        ..TrailFilter::default()
    };
    let apps = [(); 4].map(|()| Arc::clone(&app));
    let [for_sessions, for_changes, for_actions, for_orders] = apps;
    let era = account.era;
    let answer = Streamed::of(&view)?
        .list("sessions", view.sessions, move |below| {
            sessions(for_sessions.clone(), asker, era, below)
        })
        .list("changes", view.changes, move |below| {
            changes(for_changes.clone(), of.clone(), owner, below)
        })
        .list("actions", view.actions, move |below| actions(for_actions.clone(), by.clone(), below))
        .list("orders", view.orders, move |after| orders(for_orders.clone(), owner, after));
    Ok(answer.answer())
}

/// Where the next piece begins, if this one was full.
fn next<T, K>(found: &[T], place: impl Fn(&T) -> Option<K>) -> Option<K> {
    found.last().filter(|_| found.len() == PIECE).and_then(place)
}

fn piece<A>(after: Option<A>) -> Page<A> {
    Page { limit: PIECE as i64, offset: 0, after, direction: Direction::Falling }
}

async fn sessions(
    app: Arc<App>,
    asker: Account,
    era: i64,
    below: Option<SessionId>,
) -> Result<Piece<KeptSessionView<'static>, SessionId>, Problem> {
    let found = app.readers.late().kept_sessions(asker.id, below, PIECE).await?;
    let views = found.iter().map(|one| KeptSessionView::of(one, asker.session, era));
    Piece::of(views, next(&found, |one| Some(one.id)))
}

async fn changes(
    app: Arc<App>,
    of: TrailFilter,
    owner: AccountId,
    below: Option<i64>,
) -> Result<Piece<ChangeView<'static>, i64>, Problem> {
    let found = app.readers.late().trail(&of, piece(below)).await?;
    let views = found.iter().map(|(_, entry)| ChangeView::of(entry, owner));
    Piece::of(views, next(&found, |(id, _)| Some(*id)))
}

async fn actions(
    app: Arc<App>,
    by: TrailFilter,
    below: Option<i64>,
) -> Result<Piece<ActionView<'static>, i64>, Problem> {
    let found = app.readers.late().trail(&by, piece(below)).await?;
    let views = found.iter().map(|(_, entry)| ActionView::of(entry));
    Piece::of(views, next(&found, |(id, _)| Some(*id)))
}

async fn orders(
    app: Arc<App>,
    owner: AccountId,
    after: Option<i64>,
) -> Result<Piece<OrderView<'static>, i64>, Problem> {
    let filter = OrderFilter { owner: Some(Caller::account(owner)), ..OrderFilter::default() };
    let found = app.readers.late().orders(&filter, piece(after)).await?;
    let views = found.iter().map(|order| OrderView::of(order, &app.settings.public_url));
    Piece::of(views, next(&found, |order| order.number))
}
