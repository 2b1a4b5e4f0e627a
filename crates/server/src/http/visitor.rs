//! Who is asking. Where anybody may ask, a bad token is refused all the same; only where one logs
//! in, or asks for the node's health, does nobody look at it.

use super::problem::Problem;
use crate::{app::App, tokens::AccessClaims};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use domain::{AccountId, Actor, Caller, IdempotencyKey, Role};
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// Whoever it is.
pub struct Visitor(pub Option<Account>);

/// Somebody who has logged in.
pub struct Account {
    pub id: AccountId,
    pub role: Role,
}

/// Somebody who has logged in, and works here.
pub struct Staff(pub Account);

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
    let Some(header) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let token = header.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    let token = token.ok_or_else(|| {
        Problem::unauthenticated("the Authorization header must be `Bearer` and an access token")
    })?;
    let claims: AccessClaims = app
        .tokens
        .read_access(token, unix_now())
        .map_err(|error| Problem::unauthenticated(error.to_string()))?;
    if app.ended.contains(claims.sid, claims.sub) {
        return Err(Problem::unauthenticated("the session has ended; log in again"));
    }
    let role = Role::named(&claims.role);
    let role = role.ok_or_else(|| Problem::unauthenticated("the token names an unknown role"))?;
    Ok(Some(Account { id: AccountId(claims.sub), role }))
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Visitor, Problem> {
        visitor(&parts.headers, app).map(Visitor)
    }
}

impl FromRequestParts<Arc<App>> for Account {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Account, Problem> {
        let needed = || {
            Problem::unauthenticated(
                "log in first: send `Authorization: Bearer` and an access token",
            )
        };
        visitor(&parts.headers, app)?.ok_or_else(needed)
    }
}

impl FromRequestParts<Arc<App>> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Staff, Problem> {
        let account = Account::from_request_parts(parts, app).await?;
        match account.role.is_staff() {
            true => Ok(Staff(account)),
            false => Err(Problem::forbidden("only the shop's staff may do this")),
        }
    }
}

/// The `Idempotency-Key` of a request, if it has one.
pub struct Key(pub Option<IdempotencyKey>);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Key, Problem> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else { return Ok(Key(None)) };
        let refused = |why: &str| Problem::invalid_field("Idempotency-Key", why);
        if values.next().is_some() {
            return Err(refused("must come once"));
        }
        let text = std::str::from_utf8(value.as_bytes()).map_err(|_| refused("must be UTF-8"))?;
        let key = IdempotencyKey::new(text).map_err(|error| refused(&error.to_string()))?;
        Ok(Key(Some(key)))
    }
}
