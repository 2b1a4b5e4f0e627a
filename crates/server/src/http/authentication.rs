//! Who is asking: somebody who has logged in, or a program with a key. Where anybody may ask, a bad token
//! is refused all the same; only where one logs in, or asks for the node's health, does nobody look at
//! it.

use super::{clients::Client, problems::Problem};
use crate::{app::App, keys, tokens::AccessClaims};
use axum::http::{HeaderMap, header::AUTHORIZATION};
use domain::{AccountId, Actor, ApiKey, Caller, Role, SessionId};
use std::{
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

/// Whoever it is that showed something good.
#[derive(Clone)]
pub enum Asker {
    Account(Account),
    Key(Arc<ApiKey>),
}

/// Somebody who has logged in.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    pub id: AccountId,
    pub role: Role,
    pub session: SessionId,
}

impl Account {
    pub fn actor(&self) -> Actor {
        let (caller, session) = (Caller::account(self.id), Some(self.session));
        Actor { caller, role: self.role, session }
    }
}

impl Asker {
    /// A key does what staff may do, as far as its scopes go.
    pub fn actor(&self) -> Actor {
        match self {
            Asker::Account(account) => account.actor(),
            Asker::Key(key) => Actor::of(Caller::api_key(key.id), Role::Staff),
        }
    }

    pub fn is_staff(&self) -> bool {
        self.actor().is_staff()
    }
}

pub fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Who asks. Each time is counted.
pub async fn asker(
    headers: &HeaderMap,
    client: Client,
    app: &App,
) -> Result<Option<Asker>, Problem> {
    let asker = shown(headers, client, app).await?;
    match &asker {
        Some(Asker::Key(key)) => count(app, key.id.0, "this API key")?,
        Some(Asker::Account(account)) => count(app, account.id.0, "this account")?,
        None => {}
    }
    Ok(asker)
}

/// Who has shown something that is good here and now.
pub async fn shown(
    headers: &HeaderMap,
    client: Client,
    app: &App,
) -> Result<Option<Asker>, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(header) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::bad_request("a request has one Authorization header, not several"));
    }
    let shown = header.to_str().ok().and_then(|text| {
        let (scheme, shown) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(shown.trim())
    });
    let shown = shown.ok_or_else(|| {
        let words = "the Authorization header must be `Bearer` and an access token or an API key";
        Problem::unauthenticated(words)
    })?;
    match shown.starts_with(keys::PREFIX) {
        true => {
            let key = app.keys.good(shown, client, app).await?;
            Ok(Some(Asker::Key(key)))
        }
        false => account(shown, app).map(|account| Some(Asker::Account(account))),
    }
}

/// Not before it is known who it is: a name that anybody could send is no key to count by.
fn count(app: &App, caller: Uuid, who: &'static str) -> Result<(), Problem> {
    let counted = app.callers.check(caller, Instant::now());
    counted.map_err(|late| Problem::rate_limited(who, late))
}

fn account(token: &str, app: &App) -> Result<Account, Problem> {
    let claims = claims(token, app)?;
    let role = Role::named(&claims.role);
    let role = role.ok_or_else(|| Problem::unauthenticated("the token names an unknown role"))?;
    Ok(Account { id: AccountId(claims.sub), role, session: SessionId(claims.sid) })
}

/// What an access token says that is good here and now.
pub fn claims(token: &str, app: &App) -> Result<Arc<AccessClaims>, Problem> {
    let claims = app.tokens.read_access(token, unix_now());
    let claims = claims.map_err(|error| Problem::unauthenticated(error.to_string()))?;
    match app.revocations.contains(claims.sid, claims.sub) {
        true => Err(Problem::unauthenticated("the session has ended; log in again")),
        false => Ok(claims),
    }
}
