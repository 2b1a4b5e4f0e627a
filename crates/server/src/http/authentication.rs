//! Who is asking, and who may. Where anybody may ask, a bad token is refused all the same; only
//! where one logs in, or asks for the node's health, does nobody look at it.

use super::{
    codes,
    problems::Problem,
    routes::{Operation, Takes},
};
use crate::{app::App, tokens::AccessClaims};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use domain::{AccountId, Actor, Caller, Role};
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// Who may ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Who {
    #[default]
    Anybody,
    /// Whoever may look at the catalog: anybody, or customers only, by the setting `catalog_public`.
    Lookers,
    Customers,
    Staff,
    /// Staff, and in a demo, which is on loopback, anybody.
    Operators,
}

/// Whoever it is.
pub struct Visitor(pub Option<Account>);

/// Whoever may look at the catalog.
pub struct Looker(pub Option<Account>);

/// Somebody who has logged in.
pub struct Account {
    pub id: AccountId,
    pub role: Role,
}

/// Somebody who has logged in, and works here.
pub struct Staff(pub Account);

/// Whoever may see how the shop does.
pub struct Operator;

impl Account {
    pub fn actor(&self) -> Actor {
        Actor { caller: Caller::account(self.id), role: self.role }
    }
}

pub fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn visitor(headers: &HeaderMap, app: &App) -> Result<Option<Account>, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(header) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::bad_request("a request has one Authorization header, not several"));
    }
    let token = header.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    let token = token.ok_or_else(|| {
        Problem::unauthenticated("the Authorization header must be `Bearer` and an access token")
    })?;
    let claims = claims(token, app)?;
    let role = Role::named(&claims.role);
    let role = role.ok_or_else(|| Problem::unauthenticated("the token names an unknown role"))?;
    Ok(Some(Account { id: AccountId(claims.sub), role }))
}

/// What an access token says that is good here and now.
pub fn claims(token: &str, app: &App) -> Result<AccessClaims, Problem> {
    let claims = app.tokens.read_access(token, unix_now());
    let claims = claims.map_err(|error| Problem::unauthenticated(error.to_string()))?;
    match app.revocations.contains(claims.sid, claims.sub) {
        true => Err(Problem::unauthenticated("the session has ended; log in again")),
        false => Ok(claims),
    }
}

/// One of the staff, or the refusal of whoever else it is.
fn staff(asker: Option<Account>, stranger: &str, customer: &str) -> Result<Account, Problem> {
    match asker {
        Some(account) => match account.role.is_staff() {
            true => Ok(account),
            false => Err(Problem::forbidden(customer)),
        },
        None => Err(Problem::unauthenticated(stranger)),
    }
}

const LOG_IN: &str = "log in first: send `Authorization: Bearer` and an access token";

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Visitor, Problem> {
        visitor(&parts.headers, app).map(Visitor)
    }
}

impl FromRequestParts<Arc<App>> for Looker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Looker, Problem> {
        match visitor(&parts.headers, app)? {
            None if !app.settings.catalog_public => {
                Err(Problem::unauthenticated("this shop shows its catalog to customers only"))
            }
            asker => Ok(Looker(asker)),
        }
    }
}

impl FromRequestParts<Arc<App>> for Account {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Account, Problem> {
        visitor(&parts.headers, app)?.ok_or_else(|| Problem::unauthenticated(LOG_IN))
    }
}

impl FromRequestParts<Arc<App>> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Staff, Problem> {
        let asker = visitor(&parts.headers, app)?;
        staff(asker, LOG_IN, "only the shop's staff may do this").map(Staff)
    }
}

impl FromRequestParts<Arc<App>> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Operator, Problem> {
        const ONLY: &str = "only the shop's staff may see the figures";
        let asker = visitor(&parts.headers, app)?;
        match app.is_demo {
            true => Ok(Operator),
            false => staff(asker, ONLY, ONLY).map(|_| Operator),
        }
    }
}

impl Takes for Visitor {
    fn describe(operation: &mut Operation) {
        operation.takes_token = true;
        operation.refuses(&[codes::UNAUTHENTICATED]);
    }
}

impl Takes for Looker {
    fn describe(operation: &mut Operation) {
        Visitor::describe(operation);
        operation.who = Who::Lookers;
    }
}

impl Takes for Account {
    fn describe(operation: &mut Operation) {
        Visitor::describe(operation);
        operation.who = Who::Customers;
    }
}

impl Takes for Staff {
    fn describe(operation: &mut Operation) {
        Visitor::describe(operation);
        operation.who = Who::Staff;
        operation.refuses(&[codes::FORBIDDEN]);
    }
}

impl Takes for Operator {
    fn describe(operation: &mut Operation) {
        Visitor::describe(operation);
        operation.who = Who::Operators;
        operation.refuses(&[codes::FORBIDDEN]);
    }
}
