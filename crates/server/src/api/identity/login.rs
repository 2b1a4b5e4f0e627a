//! Logging in and out.

use super::{
    otp::proof,
    tokens::{TokensView, hear_of_reopening, tokens},
};
use crate::{
    app::{App, micros},
    http::{
        Method, State,
        answers::{Answer, Nothing},
        arguments::Agent,
        authentication,
        bodies::{Body, OptionalBody},
        clients::Client,
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        parsers::{boolean, text},
        problems::Problem,
        queries::NoQuery,
        refusals::refusals,
        routes::Route,
    },
    keys::now,
    limits::{Guess, Guest},
    origins,
    passwords::{Busy, needs_rehash},
    telemetry::{correlated, security},
};
use domain::{
    Account, Actor, Done, Email, EndSession, EndSessions, Factor, OpenSession, ReplaceHash,
    Session, SessionId, Text, Username, fold,
    sessions::{EndRefusal, MOST, OpenRefusal},
};
use serde_json::json;
use std::{sync::Arc, time::Instant};
use store::{Answered, Rejection};
use uuid::Uuid;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/identity/token", "log_in", issue)
            .about("Trades a username or an e-mail address, and the password, for tokens. Who has a second factor sends a code of it as otp, too: without it the answer to a right password is 401 otp_required.")
            .linked("token")
            .example(json!({ "username": "demo", "password": "demo-password" }))
            .refuses(&[codes::INVALID_CREDENTIALS, codes::TOO_MANY_ATTEMPTS])
            .sends::<OpenSession>(),
        Route::new(Method::POST, "/api/identity/logout", "log_out", log_out)
            .about("Ends the session that asks, or all of the account.")
            .linked("logout")
            .example(json!({ "all": true }))
            .shows_nothing()
            .sends::<EndSession>(),
    ]
}

pub struct Login {
    username: String,
    password: String,
    otp: Option<String>,
}

impl Reads for Login {
    const NAME: &'static str = "Login";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Login> {
        let username = fields.required("username", text(1..=254));
        let password = fields.required("password", text(1..=1024));
        let otp = fields.optional("otp", text(1..=64));
        Some(Login { username: username?, password: password?, otp: otp? })
    }
}

async fn issue(
    State(app): State<Arc<App>>,
    CorrelationId(correlation): CorrelationId,
    client: Client,
    Agent(agent): Agent,
    _: NoQuery,
    Body(Login { username, password, otp }): Body<Login>,
) -> Result<Answer<TokensView>, Problem> {
    let correlation = domain::CorrelationId(correlation);
    // Another hash of the same password may be kept meanwhile: then once more.
    for _ in 0..2 {
        let (account, factor) = let_in(&app, client, &username, password.clone()).await?;
        let confirmed = factor.as_ref().filter(|factor| factor.is_confirmed());
        let shown = confirmed.zip(otp.as_deref());
        let guess = match shown {
            Some(_) => Some(origins::own_attempt(&app, Guess::Code, account.id, client).await?),
            None => None,
        };
        let ends = app.readers.exact().sessions_beyond(account.id, MOST - 1, now()).await?;
        let open = OpenSession {
            id: SessionId(Uuid::now_v7()),
            account: account.id,
            known: account.password_hash.clone(),
            proof: shown.map(|(factor, otp)| proof(factor, otp)),
            agent: agent.clone(),
            origin: Some(app.origins.of(account.id, client)),
            lifetime_us: micros(app.settings.refresh_token_ttl),
            ends: ends.clone(),
        };
        match app.send(Actor::SYSTEM, correlation, None, open).await {
            Err(Rejection::Refused(OpenRefusal::AccountClosed)) => {}
            Err(rejection) => {
                let (account, client) = (account.id, client.0);
                match rejection {
                    Rejection::Refused(OpenRefusal::OtpWrong) => {
                        guess.into_iter().for_each(|guess| guess.failed(Instant::now()));
                        security!(%account, %client, "a second factor was wrong");
                    }
                    Rejection::Refused(OpenRefusal::OtpRequired) => {
                        security!(%account, %client, "a second factor was not shown");
                    }
                    _ => {}
                }
                return Err(rejection.into());
            }
            Ok(Answered { done: Done::Now(session), commit }) => {
                guess.into_iter().for_each(|guess| guess.succeeded(Instant::now()));
                ends.iter().for_each(|ended| app.revocations.add(ended.0));
                know(&app, &account, client);
                if needs_rehash(&account.password_hash) {
                    rehash(app.clone(), &account, password, correlation);
                }
                let account = as_entered(&app, account, &session).await?;
                hear_of_reopening(&app, &account).await;
                let answer = tokens(&app, &account, factor.as_ref(), &session)?;
                return Ok(answer.of_commit(&app, commit).await);
            }
        }
    }
    Err(wrong_credentials())
}

/// The account with the rights of its session: they may have changed while the password was checked, which
/// has begun another era. A change after that ends the session.
async fn as_entered(app: &App, before: Account, session: &Session) -> Result<Account, Problem> {
    if session.era == before.era {
        return Ok(before);
    }
    let account = app.readers.exact().account(before.id).await?;
    account.filter(|account| account.is_active).ok_or_else(wrong_credentials)
}

/// The account whose password this is, if it may enter, and its second factor.
async fn let_in(
    app: &App,
    client: Client,
    username: &str,
    password: String,
) -> Result<(Account, Option<Factor>), Problem> {
    let name = sought(username);
    let attempt = origins::attempt(app, Guess::Login, &name, client).await?;
    // A flood of logins must not become one of reads.
    let guest = attempt.guest(Instant::now());
    let place = match app.passwords.place(guest) {
        Err(Busy)
            if !guest.is_known && origins::recalls(app, Guess::Login, &name, client).await =>
        {
            app.passwords.place(Guest { is_known: true, ..guest })
        }
        taken => taken,
    };
    let place = place?;
    let account = app.readers.exact().account_named(username).await?;
    let known = account.as_ref().map(|account| account.password_hash.to_string());
    // Who has chosen none yet has none.
    let known = known.filter(|hash| !hash.is_empty());
    // Without an account a hash is computed all the same: time must not tell who is a customer.
    let compared = place.compare(password, known).await?;
    let sought = account.as_ref().map(|account| account.id.0);
    let account = account.filter(|account| compared.is_right && may_enter(app, account));
    let Some(account) = account else {
        attempt.failed(Instant::now());
        // Not what was typed: some type their password there.
        let client_address = client.0;
        match sought {
            Some(account) => security!(%account, client = %client_address, "a login failed"),
            None => security!(client = %client_address, "a login failed: there is no such account"),
        }
        app.passwords.hold_back(compared).await;
        return Err(wrong_credentials());
    };
    attempt.succeeded(Instant::now());
    let factor = app.readers.exact().factor(account.id).await?;
    Ok((account, factor))
}

/// What a login is looked for by: everything that is looked for alike is one name to guess at.
fn sought(login: &str) -> String {
    match (Email::typed(login), Username::typed(login)) {
        (Ok(email), _) => email.folded(),
        (_, Ok(name)) => name.folded(),
        // There is no account of such a name.
        _ => fold(login),
    }
}

/// Whoever was let in comes in again from where he is, by each of his names, however many guess at them.
pub fn know(app: &App, account: &Account, client: Client) {
    let (name, email) = (account.username.folded(), account.email.folded());
    for (guess, name) in [
        (Guess::Login, name),
        (Guess::Login, email.clone()),
        (Guess::Mail, email),
        (Guess::Link, account.id.to_string()),
        (Guess::Code, account.id.to_string()),
        (Guess::Password, account.id.to_string()),
    ] {
        app.attempts.know(guess, name, client, Instant::now());
    }
}

/// Keeps the password by a hash of this shop, beside the answer: what another one has made is weaker, or
/// dearer.
fn rehash(app: Arc<App>, account: &Account, password: String, correlation: domain::CorrelationId) {
    let (account, before) = (account.id, account.password_hash.clone());
    let replace = async move {
        let Ok(hash) = app.passwords.hash(Guest::SHOP, password).await else { return };
        let replace = ReplaceHash { account, before, after: Text::stored(&hash) };
        match app.send(Actor::SYSTEM, correlation, None, replace).await {
            Ok(_) => tracing::debug!(%account, "the hash of a password was replaced"),
            Err(error) => {
                tracing::warn!(%account, ?error, "the hash of a password was not replaced");
            }
        }
    };
    tokio::spawn(correlated(correlation.0, replace));
}

/// Where registering does not tell who is a customer, nor does logging in with what was registered.
fn may_enter(app: &App, account: &Account) -> bool {
    account.is_active && (account.email_confirmed || app.settings.registration_tells)
}

fn wrong_credentials() -> Problem {
    Problem::new(codes::INVALID_CREDENTIALS, "no account has this user name and password")
}

pub struct Logout {
    all: bool,
}

impl Reads for Logout {
    const NAME: &'static str = "Logout";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Logout> {
        let all = fields.optional("all", boolean());
        Some(Logout { all: all?.unwrap_or(false) })
    }
}

async fn log_out(
    State(app): State<Arc<App>>,
    account: authentication::Account,
    CorrelationId(correlation): CorrelationId,
    _: NoQuery,
    OptionalBody(body): OptionalBody<Logout>,
) -> Result<Answer<Nothing>, Problem> {
    let (actor, correlation) = (account.actor(), domain::CorrelationId(correlation));
    let commit = match body.is_some_and(|body| body.all) {
        true => {
            let all = EndSessions { account: account.id };
            let commit = app.send(actor, correlation, None, all).await?.commit;
            app.revocations.hear(&app).await;
            commit
        }
        false => {
            let one = EndSession { id: account.session, account: account.id };
            app.send(actor, correlation, None, one).await?.commit
        }
    };
    app.revocations.add(account.session.0);
    Ok(Answer::nothing().of_commit(&app, commit).await)
}

refusals! {
    OpenRefusal {
        OpenRefusal::AccountClosed => [INVALID_CREDENTIALS] wrong_credentials(),
        OpenRefusal::OtpRequired => [OTP_REQUIRED] {
            let detail = "this account has a second factor: send its code as `otp`";
            Problem::new(codes::OTP_REQUIRED, detail)
        },
        OpenRefusal::OtpWrong => [OTP_REQUIRED] super::otp::wrong_code(),
    }
}

refusals! {
    EndRefusal {
        EndRefusal::NotFound => [NOT_FOUND] Problem::not_found("there is no such session"),
    }
}
