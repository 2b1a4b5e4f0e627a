//! Passwords and addresses: changing them, and getting in again without one.

use super::{
    accounts::{present, taken},
    letters::{self, read_link, send_link},
    login::know,
};
use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Nothing},
        authentication::Account,
        bodies::Body,
        clients::Client,
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        json::Json,
        parsers::{Parser, is, of, plain, text},
        problems::Problem,
        queries::NoQuery,
        refusals::refusals,
        routes::Route,
    },
    language::Language,
    limits,
    passwords::{LEAST, MOST, check_password, composed},
    ports::mail::Letter,
};
use domain::{
    AccountId, Actor, Caller, ChangeEmail, ConfirmEmail, Done, Email, MakeLink, Purpose,
    ResetPassword, Role, SetPassword, Text,
    credentials::{ChangeEmailRefusal, LinkRefusal, SetPasswordRefusal},
};
use serde_json::json;
use std::{sync::Arc, time::Instant};

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/identity/me/password", "change_password", change)
            .about("Sets another password, which ends all other sessions.")
            .linked("change_password")
            .example(json!({
                "current_password": "three blind mice", "password": "see how they run",
                "password2": "see how they run",
            }))
            .shows_nothing()
            .refuses(&[codes::INVALID_CREDENTIALS, codes::TOO_MANY_ATTEMPTS])
            .sends::<SetPassword>(),
        Route::new(Method::POST, "/api/identity/password-reset", "ask_for_reset", ask_for_reset)
            .about("Sends a link to choose a new password, if an account has this e-mail address: the answer does not tell.")
            .linked("password_reset")
            .example(json!({ "email": "ann@example.com" }))
            .accepts()
            .refuses(&[codes::NO_MAIL, codes::TOO_MANY_ATTEMPTS])
            .sends::<MakeLink>(),
        Route::new(Method::POST, "/api/identity/password-reset/confirm", "reset_password", reset)
            .about("Sets another password by the token of a mailed link, which ends all sessions.")
            .linked("password_reset_confirm")
            .example(json!({
                "token": "as the link has it", "password": "see how they run",
                "password2": "see how they run",
            }))
            .shows_nothing()
            .sends::<ResetPassword>(),
        Route::new(Method::POST, "/api/identity/me/email", "change_email", ask_for_change)
            .about("Sends a link to another e-mail address, which becomes that of the account when it is followed. With the present address the link confirms that one.")
            .linked("change_email")
            .example(json!({ "email": "ann@example.org", "password": "three blind mice" }))
            .accepts()
            .refuses(&[codes::INVALID_CREDENTIALS, codes::NO_MAIL, codes::EMAIL_TAKEN])
            .refuses(&[codes::TOO_MANY_ATTEMPTS])
            .sends::<MakeLink>(),
        Route::new(Method::POST, "/api/identity/me/email/confirm", "confirm_email", confirm)
            .about("Confirms an e-mail address by the token of a mailed link: that of the account, or another one that becomes it.")
            .linked("confirm_email")
            .example(json!({ "token": "as the link has it" }))
            .shows_nothing()
            .sends::<ConfirmEmail>()
            .sends::<ChangeEmail>(),
    ]
}

/// A password as it is chosen. The rules that know the name as well come after it.
pub fn new_password() -> impl Parser<Out = String> {
    let read = |given: &Json<'_>| plain(given).map(str::to_owned);
    let words = "Not a number, not one that many people use, not a row or a repetition, and not like \
                 the name or the e-mail address. A letter of any alphabet will do.";
    is(read, move || {
        json!({ "type": "string", "minLength": LEAST, "maxLength": MOST,
            "pattern": r"^[^\x00]*[A-Za-z][^\x00]*$", "examples": ["three blind mice"],
            "description": words })
    })
}

/// The same once more, to be compared.
pub fn password_again() -> impl Parser<Out = String> {
    let (any, chosen) = (text(1..=1024), new_password());
    is(move |given| any.read(given), move || chosen.schema())
}

/// Whom a password is for: the username, the e-mail address, other names.
type About<'a> = (&'a str, &'a str, &'a [&'a str]);

/// Refuses a password that is not the same twice, or not a good one for this person.
pub fn same_and_good(
    fields: &mut Fields<'_>,
    password: Option<&str>,
    again: Option<&str>,
    (username, email, names): About<'_>,
) {
    fields.note("Both passwords are the same.");
    if let (Some(password), Some(again)) = (password, again)
        && composed(password) != composed(again)
    {
        fields.refuse::<()>("password2", "is not the same as password");
    }
    for why in
        password.map(|chosen| check_password(chosen, username, email, names)).into_iter().flatten()
    {
        fields.refuse::<()>("password", why);
    }
}

/// The same, once it is known for whom.
fn check_for(account: &domain::Account, password: &str) -> Result<(), Problem> {
    let (username, email) = (account.username.as_str(), account.email.as_str());
    let names = [account.first_name.as_str(), account.last_name.as_str()];
    match check_password(password, username, email, &names).into_iter().next() {
        Some(why) => Err(Problem::invalid_field("password", why)),
        None => Ok(()),
    }
}

pub struct Change {
    current: String,
    password: String,
}

impl Reads for Change {
    const NAME: &'static str = "PasswordChange";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Change> {
        let current = fields.required("current_password", text(1..=1024));
        let password = fields.required("password", new_password());
        let again = fields.required("password2", password_again());
        same_and_good(fields, password.as_deref(), again.as_deref(), ("", "", &[]));
        again?;
        Some(Change { current: current?, password: password? })
    }
}

/// Whether this is the password of the account that asks.
pub async fn check_own(
    app: &App,
    client: Client,
    account: &domain::Account,
    password: String,
) -> Result<(), Problem> {
    let (purpose, who) = (limits::Purpose::Password, account.id.to_string());
    let attempt = app.attempts.check(purpose, who, client, Instant::now());
    let attempt = attempt.map_err(Problem::too_many_attempts)?;
    let hash = Some(account.password_hash.to_string()).filter(|hash| !hash.is_empty());
    match app.passwords.verify(client, password, hash).await? {
        true => {
            attempt.succeeded(Instant::now());
            Ok(())
        }
        false => {
            attempt.failed(Instant::now());
            tracing::info!(account = %account.id, client = %client.0, "a password was wrong");
            Err(Problem::new(codes::INVALID_CREDENTIALS, "this is not your password"))
        }
    }
}

async fn change(
    State(app): State<Arc<App>>,
    asker: Account,
    CorrelationId(correlation): CorrelationId,
    client: Client,
    language: Language,
    _: NoQuery,
    Body(Change { current, password }): Body<Change>,
) -> Result<Answer<Nothing>, Problem> {
    let account = present(&app, asker).await?;
    check_for(&account, &password)?;
    check_own(&app, client, &account, current).await?;
    let hash = app.passwords.hash(client, password).await?;
    let set = SetPassword {
        account: account.id,
        password_hash: Text::stored(&hash),
        known: Some(account.password_hash.clone()),
        keeps: Some(asker.session),
    };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(asker.actor(), correlation, None, set).await?;
    tracing::info!(account = %account.id, "a password was changed");
    letters::tell(&app, &account.email, language, Letter::PasswordChanged);
    Ok(Answer::nothing().of_commit(&app, answered.commit).await)
}

/// Each mail that is asked for counts, whether or not there is anybody to send it to.
fn count_mail(app: &App, client: Client, to: &Email) -> Result<(), Problem> {
    let purpose = limits::Purpose::Mail;
    let asked = app.attempts.check(purpose, to.folded(), client, Instant::now());
    asked.map_err(Problem::too_many_attempts)?.failed(Instant::now());
    Ok(())
}

pub struct ResetRequest(Email);

impl Reads for ResetRequest {
    const NAME: &'static str = "PasswordResetRequest";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<ResetRequest> {
        fields.required("email", of::<Email>()).map(ResetRequest)
    }
}

async fn ask_for_reset(
    State(app): State<Arc<App>>,
    client: Client,
    language: Language,
    _: NoQuery,
    Body(ResetRequest(email)): Body<ResetRequest>,
) -> Result<Answer<Nothing>, Problem> {
    let place = letters::needed(&app)?;
    count_mail(&app, client, &email)?;
    let account = app.readers.exact().account_named(email.as_str()).await?;
    if let Some(account) = account.filter(|account| account.is_active) {
        let email = account.email.clone();
        // Beside the answer, whose time must not tell whether there is an account.
        tokio::spawn(async move {
            let purpose = Purpose::ResetPassword;
            send_link(&app, place, (&account, email), purpose, language).await;
        });
    }
    Ok(Answer::accepted())
}

pub struct Reset {
    token: String,
    password: String,
}

impl Reads for Reset {
    const NAME: &'static str = "PasswordReset";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Reset> {
        let token = fields.required("token", text(1..=200));
        let password = fields.required("password", new_password());
        let again = fields.required("password2", password_again());
        same_and_good(fields, password.as_deref(), again.as_deref(), ("", "", &[]));
        again?;
        Some(Reset { token: token?, password: password? })
    }
}

/// Who follows a link is the owner of the account.
fn owner(account: AccountId) -> Actor {
    Actor { caller: Caller::account(account), role: Role::Customer }
}

async fn reset(
    State(app): State<Arc<App>>,
    CorrelationId(correlation): CorrelationId,
    client: Client,
    language: Language,
    _: NoQuery,
    Body(Reset { token, password }): Body<Reset>,
) -> Result<Answer<Nothing>, Problem> {
    let link = read_link(&app, &token, &[Purpose::ResetPassword]).await?;
    let account = app.readers.exact().account(link.account).await?.ok_or_else(spent)?;
    check_for(&account, &password)?;
    let hash = app.passwords.hash(client, password).await?;
    let reset = ResetPassword {
        account: account.id,
        secret: link.secret,
        password_hash: Text::stored(&hash),
    };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(owner(account.id), correlation, None, reset).await?;
    tracing::info!(account = %account.id, "a password was reset by mail");
    // However many guess at it: whoever reads the owner's mail is let in from here.
    know(&app, &account, client);
    letters::tell(&app, &account.email, language, Letter::PasswordChanged);
    Ok(Answer::nothing().of_commit(&app, answered.commit).await)
}

pub struct EmailChange {
    email: Email,
    password: String,
}

impl Reads for EmailChange {
    const NAME: &'static str = "EmailChange";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<EmailChange> {
        let email = fields.required("email", of::<Email>());
        let password = fields.required("password", text(1..=1024));
        Some(EmailChange { email: email?, password: password? })
    }
}

async fn ask_for_change(
    State(app): State<Arc<App>>,
    asker: Account,
    client: Client,
    language: Language,
    _: NoQuery,
    Body(EmailChange { email, password }): Body<EmailChange>,
) -> Result<Answer<Nothing>, Problem> {
    let place = letters::needed(&app)?;
    let account = present(&app, asker).await?;
    check_own(&app, client, &account, password).await?;
    count_mail(&app, client, &email)?;
    let is_present = email.folded() == account.email.folded();
    let owner = app.readers.exact().account_named(email.as_str()).await?;
    if owner.is_some_and(|owner| owner.id != account.id) {
        return match app.settings.registration_tells {
            true => Err(taken(false, true)),
            false => {
                letters::account_exists(place, &email, language);
                Ok(Answer::accepted())
            }
        };
    }
    let (email, purpose) = match is_present && email == account.email {
        true => (account.email.clone(), Purpose::ConfirmEmail),
        false => (email, Purpose::ChangeEmail),
    };
    // Beside the answer, whose time must not tell whether somebody has the address.
    tokio::spawn(async move {
        send_link(&app, place, (&account, email), purpose, language).await;
    });
    Ok(Answer::accepted())
}

pub struct Confirmation(String);

impl Reads for Confirmation {
    const NAME: &'static str = "EmailConfirmation";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Confirmation> {
        fields.required("token", text(1..=200)).map(Confirmation)
    }
}

async fn confirm(
    State(app): State<Arc<App>>,
    CorrelationId(correlation): CorrelationId,
    language: Language,
    _: NoQuery,
    Body(Confirmation(token)): Body<Confirmation>,
) -> Result<Answer<Nothing>, Problem> {
    let link = read_link(&app, &token, &[Purpose::ConfirmEmail, Purpose::ChangeEmail]).await?;
    let correlation = domain::CorrelationId(correlation);
    let (account, secret) = (link.account, link.secret);
    let commit = match link.purpose {
        Purpose::ChangeEmail => {
            let change = ChangeEmail { account, secret, email: link.email };
            let answered = app.send(owner(account), correlation, None, change).await?;
            let Done::Now((now, before)) = answered.done;
            tracing::info!(%account, "an e-mail address was changed");
            let letter = Letter::AddressChanged { new: now.email.clone() };
            letters::tell(&app, &before, language, letter);
            answered.commit
        }
        Purpose::ConfirmEmail | Purpose::ResetPassword => {
            let confirm = ConfirmEmail { account, secret };
            app.send(owner(account), correlation, None, confirm).await?.commit
        }
    };
    Ok(Answer::nothing().of_commit(&app, commit).await)
}

pub fn spent() -> Problem {
    let detail = "this link was used, or has expired, or a later one was sent; ask for another one";
    Problem::new(codes::INVALID_LINK, detail)
}

refusals! {
    SetPasswordRefusal {
        SetPasswordRefusal::AccountClosed => [UNAUTHENTICATED] {
            Problem::unauthenticated("the account is closed")
        },
        SetPasswordRefusal::PasswordChanged => [INVALID_CREDENTIALS] {
            Problem::new(codes::INVALID_CREDENTIALS, "another password was set just now")
        },
    }
}

refusals! {
    LinkRefusal {
        LinkRefusal::LinkSpent => [INVALID_LINK] spent(),
    }
}

refusals! {
    ChangeEmailRefusal {
        ChangeEmailRefusal::LinkSpent => [INVALID_LINK] spent(),
        ChangeEmailRefusal::Taken => [EMAIL_TAKEN] taken(false, true),
    }
}

refusals! {
    domain::links::MakeLinkRefusal {
        // Whoever asks does not hear of it: `send_link` tells the log.
        domain::links::MakeLinkRefusal::AccountClosed => [INVALID_LINK] spent(),
        domain::links::MakeLinkRefusal::TooSoon { .. } => [INVALID_LINK] spent(),
    }
}
