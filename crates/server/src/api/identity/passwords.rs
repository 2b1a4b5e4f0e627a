//! Passwords: how they are chosen, another one, and getting in again without one.

use super::{
    accounts::present,
    letters::{self, count_mail, owner, read_link, send_link, send_nothing, spent},
    login::know,
};
use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Nothing},
        arguments::{Key, Origin},
        authentication::Account,
        bodies::Body,
        clients::Client,
        codes,
        fields::{Fields, Given, Reads},
        json::Json,
        parsers::{FromText, Parser, from_text, is, plain, text},
        problems::Problem,
        queries::NoQuery,
        refusals::refusals,
        routes::Route,
    },
    limits::{Guess, Guest},
    origins,
    passwords::{LEAST, MOST, check_password, composed},
    ports::mail::Letter,
    telemetry::{correlated, security},
};
use domain::{
    AccountId, Done, Email, IdempotencyKey, MakeLink, Purpose, ResetPassword, SetPassword, Text,
    credentials::SetPasswordRefusal, rules::Never,
};
use serde_json::json;
use std::{sync::Arc, time::Instant};
use store::{Answered, Rejection};

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/identity/me/password", "change_password", change)
            .about("Sets another password, which ends all other sessions. Asked again under its key it answers as before for as long as the new password is the present one.")
            .linked("change_password")
            .example(json!({
                "current_password": "demo-password", "password": "see how they run",
                "password2": "see how they run",
            }))
            .shows_nothing()
            .refuses(&[codes::TOO_MANY_ATTEMPTS])
            .sends::<SetPassword>(),
        Route::new(Method::POST, "/api/identity/password-reset", "ask_for_reset", ask_for_reset)
            .about("Sends a link to choose a new password, if an account has this e-mail address: the answer does not tell. A key is ignored, for nobody is known to ask; who asks again is sent the same link for as long as it is good, and nothing within a minute.")
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
            .refuses(&[codes::TOO_MANY_ATTEMPTS])
            .sends::<ResetPassword>(),
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

#[derive(Clone)]
pub struct Change {
    pub current: String,
    pub password: String,
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

/// Whether this is the password of the account that asks. Who that is is known already: a wrong one is a bad
/// field, and not 401, which would be taken for the end of the session.
pub async fn check_own(
    app: &App,
    client: Client,
    account: &domain::Account,
    (field, password): (&str, String),
) -> Result<(), Problem> {
    match is_own(app, client, account, password).await? {
        true => Ok(()),
        false => Err(Problem::invalid_field(field, "is not your password")),
    }
}

/// The same, for whoever answers it in another way. Either counts who is wrong.
pub async fn is_own(
    app: &App,
    client: Client,
    account: &domain::Account,
    password: String,
) -> Result<bool, Problem> {
    let attempt = origins::own_attempt(app, Guess::Password, account.id, client).await?;
    let hash = Some(account.password_hash.to_string()).filter(|hash| !hash.is_empty());
    match app.passwords.verify(Guest::known(client), password, hash).await? {
        true => {
            attempt.succeeded(Instant::now());
            Ok(true)
        }
        false => {
            attempt.failed(Instant::now());
            security!(account = %account.id, client = %client.0, "a password was wrong");
            Ok(false)
        }
    }
}

async fn change(
    State(app): State<Arc<App>>,
    asker: Account,
    origin: Origin,
    Key(key): Key,
    _: NoQuery,
    Body(change): Body<Change>,
) -> Result<Answer<Nothing>, Problem> {
    let account = present(&app, asker).await?;
    let Change { password, .. } = change.clone();
    let set = SetPassword {
        account: account.id,
        password_hash: Text::default(),
        known: None,
        keeps: None,
    };
    if app.was_done(asker.actor(), key.as_ref(), &set).await? {
        return done_before(&app, origin.client, account.id, password).await;
    }
    let answered = set_password(&app, (asker, key), origin, &account, change).await?;
    let (Done::Now(account), commit) = (answered.done, answered.commit) else {
        return done_before(&app, origin.client, account.id, password).await;
    };
    // The sessions that it has ended are to be refused by this node at once.
    app.revocations.hear(&app).await;
    security!(account = %account.id, "a password was changed");
    letters::tell(&app, &account.email, origin.language, Letter::PasswordChanged);
    Ok(Answer::nothing().of_commit(&app, commit).await)
}

/// The answer to a request that comes again under its key. What is kept of it holds no password, so that it
/// is the same request if the password that it has is the one of the account.
async fn done_before(
    app: &App,
    client: Client,
    account: AccountId,
    password: String,
) -> Result<Answer<Nothing>, Problem> {
    let account = app.readers.exact().account(account).await?.ok_or_else(spent)?;
    match is_own(app, client, &account, password).await? {
        true => Ok(Answer::nothing().replayed(true).of_commit(app, None).await),
        false => Err(Rejection::<Never>::KeyReused.into()),
    }
}

/// Sets the password of an account that was read before. A login may have kept the same one by another hash
/// since then: what stands there now is compared once more.
pub async fn set_password(
    app: &App,
    (asker, key): (Account, Option<IdempotencyKey>),
    Origin { correlation, client, .. }: Origin,
    account: &domain::Account,
    Change { current, password }: Change,
) -> Result<Answered<Box<domain::Account>, AccountId>, Problem> {
    check_for(account, &password)?;
    check_own(app, client, account, ("current_password", current.clone())).await?;
    let set = SetPassword {
        account: account.id,
        password_hash: Text::stored(&app.passwords.hash(Guest::known(client), password).await?),
        known: Some(account.password_hash.clone()),
        keeps: Some(asker.session),
    };
    match app.send(asker.actor(), correlation, key.clone(), set.clone()).await {
        Err(Rejection::Refused(SetPasswordRefusal::PasswordChanged)) => {
            let account = present(app, asker).await?;
            check_own(app, client, &account, ("current_password", current)).await?;
            let set = SetPassword { known: Some(account.password_hash), ..set };
            Ok(app.send(asker.actor(), correlation, key, set).await?)
        }
        sent => Ok(sent?),
    }
}

pub struct ResetRequest(Email);

impl Reads for ResetRequest {
    const NAME: &'static str = "PasswordResetRequest";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<ResetRequest> {
        fields
            .required("email", from_text(Email::typed, <Email as FromText>::schema))
            .map(ResetRequest)
    }
}

async fn ask_for_reset(
    State(app): State<Arc<App>>,
    origin: Origin,
    _: NoQuery,
    Body(ResetRequest(email)): Body<ResetRequest>,
) -> Result<Answer<Nothing>, Problem> {
    let place = letters::needed(&app)?;
    count_mail(&app, origin.client, &email).await?;
    let account = app.readers.exact().account_named(email.as_str()).await?;
    let account = account.filter(|account| account.is_active);
    // Beside the answer, which must not tell whether there is an account: not by its time, and not by the
    // position of a commit.
    tokio::spawn(correlated(origin.correlation.0, async move {
        match account {
            Some(account) => {
                let whose = (&account, account.email.clone());
                send_link(&app, place, whose, Purpose::ResetPassword, origin).await;
            }
            None => send_nothing(&app, origin.correlation).await,
        }
    }));
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

async fn reset(
    State(app): State<Arc<App>>,
    Origin { correlation, client, language, .. }: Origin,
    Key(key): Key,
    _: NoQuery,
    Body(Reset { token, password }): Body<Reset>,
) -> Result<Answer<Nothing>, Problem> {
    let shown = letters::shown(&token, &[Purpose::ResetPassword])?;
    let (account, secret) = (AccountId(shown.account), Text::stored(&shown.hash()));
    let reset = ResetPassword { account, secret, password_hash: Text::default() };
    let attempt = letters::attempt(&app, client, &shown)?;
    if app.was_done(owner(account), key.as_ref(), &reset).await? {
        return done_before(&app, client, account, password).await;
    }
    let link = read_link(&app, attempt, &shown).await?;
    let account = app.readers.exact().account(link.account).await?.ok_or_else(spent)?;
    check_for(&account, &password)?;
    let hash = app.passwords.hash(Guest::known(client), password.clone()).await?;
    let reset = ResetPassword { password_hash: Text::stored(&hash), ..reset };
    let answered = app.send(owner(account.id), correlation, key, reset).await?;
    if let Done::Before(account) = answered.done {
        return done_before(&app, client, account, password).await;
    }
    app.revocations.hear(&app).await;
    security!(account = %account.id, "a password was reset by mail");
    // However many guess at it: whoever reads the owner's mail is let in from here.
    know(&app, &account, client);
    letters::tell(&app, &account.email, language, Letter::PasswordChanged);
    Ok(Answer::nothing().of_commit(&app, answered.commit).await)
}

refusals! {
    SetPasswordRefusal {
        SetPasswordRefusal::AccountClosed => [UNAUTHENTICATED] {
            Problem::unauthenticated("the account is closed")
        },
        SetPasswordRefusal::PasswordChanged => [INVALID] {
            Problem::invalid_field("current_password", "was replaced by another one just now")
        },
    }
}
