//! Who may: what a handler takes of who is asking says for whom its route is. A key may only what its
//! scopes name, and nothing on a route that has no scope.

use super::{
    authentication::{Account, Asker, asker, shown},
    carts::CartToken,
    clients::Client,
    codes,
    problems::Problem,
    routes::{Operation, Takes},
};
use crate::app::App;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use domain::{Actor, ApiKey, Role, Scope, Text, carts::CrowdId};
use std::sync::Arc;

/// Who may ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Who {
    #[default]
    Anybody,
    /// Whoever may look at the catalog: anybody, or customers only, by the setting `catalog_public`.
    Lookers,
    /// Whoever has a cart: somebody with an account, or a guest who may look at the catalog. No key.
    Shoppers,
    /// Somebody with an account: no key.
    Customers,
    /// The same, or a key.
    Members,
    Staff,
    /// No key: it could make itself another one.
    Admins,
    /// Staff, and in a demo, which is on loopback, anybody.
    Operators,
    /// Keys that are a channel's; in a demo, which has a channel of its own for them, anybody.
    Channels,
    /// The same, and the staff.
    Overseers,
    /// Whoever signs by the secret that the shop shares with its fulfilment service.
    Service,
}

/// Anybody; but who shows a token that is no good hears of it.
pub struct Visitor;

/// Whoever may look at the catalog.
pub struct Looker(pub Option<Asker>);

/// Whoever has a cart, or will have one.
pub enum Shopper {
    Account(Account),
    /// Nobody knows who, but from where.
    Guest {
        token: Option<CartToken>,
        crowd: CrowdId,
    },
}

/// Somebody with an account, or a key.
pub struct Member(pub Asker);

/// Somebody who works here, or a key.
pub struct Staff(pub Asker);

/// Somebody who says who works here.
pub struct Admin(pub Account);

/// Whoever may see how the shop does.
pub struct Operator;

/// Another system that hands orders over.
pub struct Channel {
    pub key: Arc<ApiKey>,
    pub name: Text<50>,
}

impl Channel {
    /// What a key is of.
    fn of(key: Arc<ApiKey>) -> Result<Channel, Problem> {
        let name = key.channel.clone().ok_or_else(|| {
            Problem::forbidden("this API key is of no channel: make one that names it")
        })?;
        Ok(Channel { key, name })
    }

    /// The channel of a demo, which needs no key.
    async fn open(app: &App) -> Result<Channel, Problem> {
        match app.is_demo {
            true => Channel::of(app.keys.open(app).await?),
            false => {
                let detail =
                    "show an API key with the scope intake: `Authorization: Bearer sk_...`";
                Err(Problem::unauthenticated(detail))
            }
        }
    }

    pub fn actor(&self) -> Actor {
        Asker::Key(self.key.clone()).actor()
    }
}

/// Whoever looks at what was handed over.
pub enum Overseer {
    Channel(Channel),
    Staff,
}

impl Shopper {
    /// Nobody yet, as long as a guest has no token.
    pub fn actor(&self) -> Option<Actor> {
        match self {
            Shopper::Account(account) => Some(account.actor()),
            Shopper::Guest { token, .. } => {
                token.as_ref().map(|token| Actor::of(token.caller(), Role::Customer))
            }
        }
    }

    /// Somebody, and the token that was made for him if he was nobody yet.
    pub fn known(self) -> (Shopper, Option<CartToken>) {
        match self {
            Shopper::Guest { token: None, crowd } => {
                let made = CartToken::make();
                (Shopper::Guest { token: Some(made.clone()), crowd }, Some(made))
            }
            known => (known, None),
        }
    }

    /// Among whom he is counted.
    pub fn crowd(&self) -> Option<CrowdId> {
        match self {
            Shopper::Account(_) => None,
            Shopper::Guest { crowd, .. } => Some(*crowd),
        }
    }
}

/// What a key needs for a route: the router puts it into the request.
#[derive(Clone, Copy)]
pub(super) struct Needed(pub Scope);

/// Whoever it is; if it is a key, one that may ask here.
async fn asking(parts: &Parts, app: &App) -> Result<Option<Asker>, Problem> {
    let asker = asker(&parts.headers, Client::asking(parts), app).await?;
    if let Some(Asker::Key(key)) = &asker {
        match parts.extensions.get::<Needed>() {
            Some(Needed(scope)) if key.scopes.has(*scope) => {}
            Some(Needed(scope)) => {
                let name = scope.name();
                return Err(Problem::forbidden(format!("this API key lacks the scope {name}")));
            }
            None => return Err(Problem::forbidden("this is not for API keys: log in")),
        }
    }
    Ok(asker)
}

/// What whoever asks has shown: an answer that goes on for long looks at it again. He is counted once.
#[derive(Clone)]
pub struct Standing {
    headers: HeaderMap,
    client: Client,
}

impl Standing {
    /// Whether it is still good; not whether it is enough, which does not change.
    pub async fn check(&self, app: &App) -> Result<(), Problem> {
        shown(&self.headers, self.client, app).await.map(drop)
    }
}

impl<S: Sync> FromRequestParts<S> for Standing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Standing, Problem> {
        let own = parts.headers.get(AUTHORIZATION).cloned();
        let headers = own.map(|own| (AUTHORIZATION, own)).into_iter().collect();
        Ok(Standing { headers, client: Client::asking(parts) })
    }
}

impl Takes for Standing {
    fn describe(_: &mut Operation) {}
}

/// One of the staff, or the refusal of whoever else it is.
fn staff(asker: Option<Asker>, stranger: &str, customer: &str) -> Result<Asker, Problem> {
    match asker {
        Some(asker) if asker.is_staff() => Ok(asker),
        Some(_) => Err(Problem::forbidden(customer)),
        None => Err(Problem::unauthenticated(stranger)),
    }
}

const SET_UP: &str = "the shop's staff need a second factor: set one up (POST /api/identity/me/otp), confirm it, and log in again";

/// Whether somebody is of the staff and has a customer's rights only for as long as he has no second factor.
async fn lacks_factor(app: &App, asker: Option<&Asker>) -> Result<bool, Problem> {
    let Some(Asker::Account(account)) = asker.filter(|asker| !asker.is_staff()) else {
        return Ok(false);
    };
    if !app.settings.staff_need_otp {
        return Ok(false);
    }
    let account = app.readers.exact().account(account.id).await?;
    Ok(account.is_some_and(|account| account.role.is_staff()))
}

const LOG_IN: &str = "log in first: send `Authorization: Bearer` and an access token";

fn stranger() -> Problem {
    Problem::unauthenticated(LOG_IN)
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Visitor, Problem> {
        asker(&parts.headers, Client::asking(parts), app).await.map(|_| Visitor)
    }
}

impl Takes for Visitor {
    fn describe(operation: &mut Operation) {
        operation.takes_token = true;
        operation.refuses(&[codes::UNAUTHENTICATED]);
    }
}

impl FromRequestParts<Arc<App>> for Looker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Looker, Problem> {
        match asking(parts, app).await? {
            None => check_open(app).map(|()| Looker(None)),
            asker => Ok(Looker(asker)),
        }
    }
}

/// Whether strangers may look at the catalog.
fn check_open(app: &App) -> Result<(), Problem> {
    match app.settings.catalog_public {
        true => Ok(()),
        false => Err(Problem::unauthenticated("this shop shows its catalog to customers only")),
    }
}

impl FromRequestParts<Arc<App>> for Shopper {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Shopper, Problem> {
        match asking(parts, app).await? {
            Some(Asker::Account(account)) => Ok(Shopper::Account(account)),
            Some(Asker::Key(_)) => Err(Problem::forbidden("an API key has no cart: log in")),
            None => {
                check_open(app)?;
                let crowd = app.origins.crowd(Client::asking(parts));
                let token = CartToken::shown(&parts.headers)?;
                Ok(Shopper::Guest { token, crowd })
            }
        }
    }
}

impl FromRequestParts<Arc<App>> for Account {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Account, Problem> {
        match asking(parts, app).await?.ok_or_else(stranger)? {
            Asker::Account(account) => Ok(account),
            Asker::Key(_) => Err(Problem::forbidden("an API key has no account: log in")),
        }
    }
}

impl FromRequestParts<Arc<App>> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Member, Problem> {
        asking(parts, app).await?.ok_or_else(stranger).map(Member)
    }
}

impl FromRequestParts<Arc<App>> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Staff, Problem> {
        let asker = asking(parts, app).await?;
        let lacks_factor = lacks_factor(app, asker.as_ref()).await?;
        let why = if lacks_factor { SET_UP } else { "only the shop's staff may do this" };
        staff(asker, LOG_IN, why).map(Staff)
    }
}

impl FromRequestParts<Arc<App>> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Admin, Problem> {
        let account = Account::from_request_parts(parts, app).await?;
        if account.role == Role::Admin {
            return Ok(Admin(account));
        }
        let lacks_factor = lacks_factor(app, Some(&Asker::Account(account))).await?;
        let why = if lacks_factor { SET_UP } else { "only an admin may do this" };
        Err(Problem::forbidden(why))
    }
}

impl FromRequestParts<Arc<App>> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Operator, Problem> {
        const ONLY: &str = "only the shop's staff may see the figures";
        let asker = asking(parts, app).await?;
        match app.is_demo {
            true => Ok(Operator),
            false => staff(asker, ONLY, ONLY).map(|_| Operator),
        }
    }
}

impl FromRequestParts<Arc<App>> for Channel {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Channel, Problem> {
        match asking(parts, app).await? {
            Some(Asker::Key(key)) => Channel::of(key),
            Some(Asker::Account(_)) if !app.is_demo => {
                let detail =
                    "orders are handed over by a channel: show an API key with the scope intake";
                Err(Problem::forbidden(detail))
            }
            _ => Channel::open(app).await,
        }
    }
}

impl FromRequestParts<Arc<App>> for Overseer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Overseer, Problem> {
        const ONLY: &str = "only channels and the shop's staff see what was handed over";
        match asking(parts, app).await? {
            Some(Asker::Key(key)) => Channel::of(key).map(Overseer::Channel),
            Some(account) if account.is_staff() || !app.is_demo => {
                staff(Some(account), ONLY, ONLY).map(|_| Overseer::Staff)
            }
            _ => Channel::open(app).await.map(Overseer::Channel),
        }
    }
}

impl Takes for Shopper {
    fn describe(operation: &mut Operation) {
        operation.who = Who::Shoppers;
        operation.takes_token = true;
        operation.headers.push(CartToken::header());
        operation.refuses(&[codes::UNAUTHENTICATED, codes::FORBIDDEN, codes::INVALID]);
    }
}

/// Says for whom a route is whose handler takes one of these.
macro_rules! for_whom {
    ($($taken:ty = $who:ident),+ $(,)?) => {$(
        impl Takes for $taken {
            fn describe(operation: &mut Operation) {
                operation.who = Who::$who;
                operation.takes_token = true;
                // Also for a key that lacks a scope.
                operation.refuses(&[codes::UNAUTHENTICATED, codes::FORBIDDEN]);
            }
        }
    )+};
}

for_whom! {
    Looker = Lookers,
    Account = Customers,
    Member = Members,
    Staff = Staff,
    Admin = Admins,
    Operator = Operators,
    Channel = Channels,
    Overseer = Overseers,
}
