//! Tokens: one per login, another one per refresh.

use super::{
    answer::json, body::JsonBody, codes, correlation::CorrelationId, fields::Fields, parsers::text,
    problem::Problem, visitor::unix_now,
};
use crate::{
    app::App,
    tokens::{Holder, TokenError},
};
use axum::{extract::State, http::StatusCode, response::Response};
use domain::{
    Account, AccountId, Action, Actor, Micros, OpenSession, Outcome, RefreshSession, Session,
    SessionId,
};
use serde_json::json as value;
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

pub async fn issue(
    State(app): State<Arc<App>>,
    CorrelationId(correlation): CorrelationId,
    body: JsonBody,
) -> Result<Response, Problem> {
    let (login, password) = body.read(|fields: &mut Fields| {
        let login = fields.required("username", text(1..=254));
        let password = fields.required("password", text(1..=1024));
        Some((login?, password?))
    })?;
    // A flood of logins must not become one of reads.
    app.passwords.check_room()?;
    let account = app.readers.account_named(&login).await?;
    let known = account.as_ref().map(|account| account.password_hash.to_string());
    // Without an account a hash is computed all the same: time must not tell who is a customer.
    let matches = app.passwords.verify(password, known).await?;
    let account = account.filter(|account| matches && account.is_active).ok_or_else(|| {
        Problem::new(codes::INVALID_CREDENTIALS, "no account has this user name and password")
    })?;
    let open = OpenSession {
        id: SessionId(Uuid::now_v7()),
        account: account.id,
        lifetime_us: micros(app.settings.refresh_token_ttl),
    };
    let correlation = domain::CorrelationId(correlation);
    match app.send(Actor::SYSTEM, correlation, None, Action::OpenSession(open)).await? {
        Outcome::Session(session) => tokens(&app, &account, &session),
        _ => Err(Problem::internal()),
    }
}

pub async fn refresh(
    State(app): State<Arc<App>>,
    CorrelationId(correlation): CorrelationId,
    body: JsonBody,
) -> Result<Response, Problem> {
    let token = body.read(|fields: &mut Fields| fields.required("refresh", text(1..=4096)))?;
    let refused = |error: TokenError| Problem::unauthenticated(error.to_string());
    let claims = app.tokens.read_refresh(&token, unix_now()).map_err(refused)?;
    let refresh = RefreshSession {
        id: SessionId(claims.sid),
        generation: claims.generation,
        grace_us: micros(app.settings.refresh_grace),
        lifetime_us: micros(app.settings.refresh_token_ttl),
    };
    let correlation = domain::CorrelationId(correlation);
    // Read first: once the token is used up, nothing may stand between it and the next one.
    let account = app.readers.account(AccountId(claims.sub)).await?;
    let account = account.filter(|account| account.is_active);
    let account = account.ok_or_else(|| Problem::unauthenticated("the account is closed"))?;
    let reply = app.send(Actor::SYSTEM, correlation, None, Action::RefreshSession(refresh)).await?;
    let Outcome::Session(session) = reply else { return Err(Problem::internal()) };
    if session.ended_at.is_some() {
        app.ended.add(session.id.0);
        let detail = "this token was used before, so the session was ended; log in again";
        return Err(Problem::unauthenticated(detail));
    }
    tokens(&app, &account, &session)
}

fn tokens(app: &App, account: &Account, session: &Session) -> Result<Response, Problem> {
    let holder = Holder {
        id: account.id.0,
        username: account.username.as_str().to_owned(),
        email: account.email.as_str().to_owned(),
        role: account.role.name().to_owned(),
    };
    let (now, sid) = (unix_now(), session.id.0);
    let unsigned = |_| Problem::internal();
    let access = app.tokens.issue_access(&holder, sid, now).map_err(unsigned)?;
    let refresh = app.tokens.issue_refresh(holder.id, sid, session.generation, now);
    let body = value!({
        "access": access,
        "refresh": refresh.map_err(unsigned)?,
        "token_type": "Bearer",
        "expires_in": app.tokens.access_ttl_s(),
    });
    let mut answer = json(StatusCode::OK, &body);
    let no_store = axum::http::HeaderValue::from_static("no-store");
    answer.headers_mut().insert(axum::http::header::CACHE_CONTROL, no_store);
    Ok(answer)
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(Micros::DAY)
}
