//! Tokens: refreshed by another one, and looked into.

use super::login::know;
use crate::{
    app::{App, micros},
    http::{
        Method, State,
        answers::Answer,
        authentication::{claims, unix_now},
        bodies::Body,
        clients::Client,
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        parsers::{such_as, text},
        problems::Problem,
        queries::NoQuery,
        refusals::refusals,
        routes::Route,
        shapes::view,
    },
    telemetry::security,
    tokens::{Holder, TokenError},
};
use domain::{
    Account, AccountId, Actor, Done, Factor, RefreshSession, Role, Session, SessionId,
    sessions::RefreshRefusal,
};
use std::sync::Arc;
use uuid::Uuid;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/identity/token/refresh", "refresh", refresh)
            .about("Trades a refresh token for new tokens. A used one that comes back late ends its session.")
            .linked("refresh")
            .refuses(&[codes::UNAUTHENTICATED])
            .sends::<RefreshSession>(),
        Route::new(Method::POST, "/api/identity/token/verify", "verify_token", verify)
            .about("Says what an access token is good for, if it is: not expired, not forged, its session not ended.")
            .linked("verify")
            .refuses(&[codes::UNAUTHENTICATED]),
    ]
}

view! {
    pub struct TokensView = "Tokens" {
        access: String,
        refresh: String,
        token_type: &'static str,
        /// Seconds that the access token is valid.
        expires_in: i64,
        /// Staff without a second factor, where they need one, have a customer's rights until they
        /// have set one up and logged in again.
        otp_needed: bool,
    }
}

view! {
    /// What stands in an access token, as it stands there: times are seconds since 1970.
    pub struct ClaimsView = "TokenClaims" {
        active: bool,
        iss: String,
        aud: String,
        sub: Uuid,
        username: String,
        role: &'static str as Role,
        sid: Uuid,
        iat: i64,
        exp: i64,
        jti: Uuid,
        typ: &'static str,
    }
}

pub struct Refresh(String);

impl Reads for Refresh {
    const NAME: &'static str = "Refresh";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Refresh> {
        fields.required("refresh", such_as(text(1..=4096), "as the login has told it")).map(Refresh)
    }
}

pub struct Verification(String);

impl Reads for Verification {
    const NAME: &'static str = "Verification";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Verification> {
        fields
            .required("token", such_as(text(1..=4096), "as the login has told it"))
            .map(Verification)
    }
}

async fn refresh(
    State(app): State<Arc<App>>,
    CorrelationId(correlation): CorrelationId,
    client: Client,
    _: NoQuery,
    Body(Refresh(token)): Body<Refresh>,
) -> Result<Answer<TokensView>, Problem> {
    let refused = |error: TokenError| Problem::unauthenticated(error.to_string());
    let claims = app.tokens.read_refresh(&token, unix_now()).map_err(refused)?;
    let refresh = RefreshSession {
        id: SessionId(claims.sid),
        account: AccountId(claims.sub),
        generation: claims.generation,
        grace_us: micros(app.settings.refresh_grace),
        origin: Some(app.origins.of(AccountId(claims.sub), client)),
        lifetime_us: micros(app.settings.refresh_token_ttl),
    };
    let correlation = domain::CorrelationId(correlation);
    // Read first: once the token is used up, nothing may stand between it and the next one.
    let account = app.readers.exact().account(AccountId(claims.sub)).await?;
    let account = account.filter(|account| account.is_active);
    let account = account.ok_or_else(|| Problem::unauthenticated("the account is closed"))?;
    let factor = match app.settings.staff_need_otp && account.role.is_staff() {
        true => app.readers.exact().factor(account.id).await?,
        false => None,
    };
    let answered = app.send(Actor::SYSTEM, correlation, None, refresh).await?;
    let Done::Now(session) = answered.done;
    if session.ended_at.is_some() {
        app.revocations.add(session.id.0);
        let (account, session, client) = (account.id, session.id, client.0);
        security!(%account, %session, %client, "a session was ended: a used token came back");
        let detail = "this token was used before, so the session was ended; log in again";
        return Err(Problem::unauthenticated(detail));
    }
    know(&app, &account, client);
    hear_of_reopening(&app, &account).await;
    Ok(tokens(&app, &account, factor.as_ref(), &session)?.of_commit(&app, answered.commit).await)
}

/// Another node may have opened a closed account again a moment ago: a node takes the tokens that it hands
/// out.
pub async fn hear_of_reopening(app: &App, account: &Account) {
    if app.revocations.contains(Uuid::nil(), account.id.0) {
        app.revocations.hear(app).await;
    }
}

async fn verify(
    State(app): State<Arc<App>>,
    _: NoQuery,
    Body(Verification(token)): Body<Verification>,
) -> Result<Answer<ClaimsView>, Problem> {
    let claims = claims(&token, &app)?;
    let role = Role::named(&claims.role);
    let role = role.ok_or_else(|| Problem::unauthenticated("the token names an unknown role"))?;
    Ok(Answer::ok(&ClaimsView {
        active: true,
        iss: claims.iss.clone(),
        aud: claims.aud.clone(),
        sub: claims.sub,
        username: claims.username.clone(),
        role: role.name(),
        sid: claims.sid,
        iat: claims.iat,
        exp: claims.exp,
        jti: claims.jti,
        typ: claims.typ.name(),
    }))
}

pub fn tokens(
    app: &App,
    account: &Account,
    factor: Option<&Factor>,
    session: &Session,
) -> Result<Answer<TokensView>, Problem> {
    let otp_needed = app.settings.staff_need_otp
        && account.role.is_staff()
        && !factor.is_some_and(Factor::is_confirmed);
    let role = if otp_needed { Role::Customer } else { account.role };
    let holder = Holder {
        id: account.id.0,
        username: account.username.as_str().to_owned(),
        role: role.name().to_owned(),
    };
    let (now, sid) = (unix_now(), session.id.0);
    let unsigned = |_| Problem::internal();
    let access = app.tokens.issue_access(&holder, sid, now).map_err(unsigned)?;
    let refresh = app.tokens.issue_refresh(holder.id, sid, session.generation, now);
    Ok(Answer::ok(&TokensView {
        access,
        refresh: refresh.map_err(unsigned)?,
        token_type: "Bearer",
        expires_in: app.tokens.access_ttl_s(),
        otp_needed,
    }))
}

refusals! {
    RefreshRefusal {
        RefreshRefusal::SessionEnded => [UNAUTHENTICATED] {
            Problem::unauthenticated("the session has ended; log in again")
        },
        RefreshRefusal::TokenUsed => [UNAUTHENTICATED] {
            let detail = "this token was used before; use the one that it was traded for";
            Problem::unauthenticated(detail)
        },
    }
}
