//! Second factors: setting one up, and taking it away.

use super::{
    accounts::{no_such_customer, present},
    letters,
    passwords::check_own,
};
use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Nothing},
        arguments::{Key, Origin, Segment},
        authentication::{Account, unix_now},
        bodies::{Body, OptionalBody},
        clients::Client,
        codes,
        fields::{Fields, Given, Reads},
        parsers::{such_as, text},
        problems::Problem,
        queries::NoQuery,
        refusals::refusals,
        rights::Admin,
        routes::Route,
        shapes::{Texts, view},
    },
    language::Language,
    limits::{Attempt, Guess},
    origins,
    otp::{RECOVERY_CODES, RecoveryCode, Seed},
    ports::mail::Letter,
    telemetry::security,
};
use domain::{
    AccountId, BeginFactor, ConfirmFactor, Done, DropFactor, Factor, Proof, SessionId, Text,
    factors::{BeginFactorRefusal, ConfirmFactorRefusal, DropFactorRefusal},
};
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use store::Rejection;
use uuid::Uuid;

const OTP: &str = "/api/identity/me/otp";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, OTP, "show_otp", show)
            .about("Says whether the account has a second factor, and how many recovery codes are left.")
            .linked("second_factor"),
        Route::new(Method::POST, OTP, "begin_otp", begin)
            .about("Makes a second factor, which counts once a code of it is confirmed. What it shows is shown once; who has lost it asks again and gets another one. Needs the password unless one has logged in within the last quarter of an hour.")
            .creates()
            .example(json!({ "password": "demo-password" }))
            .refuses(&[codes::TOO_MANY_ATTEMPTS])
            .sends::<BeginFactor>(),
        Route::new(Method::POST, "/api/identity/me/otp/confirm", "confirm_otp", confirm)
            .about("Shows a code of the new second factor: from now on a login needs one, and all other sessions end. A key stands for this, whichever code was shown; without one, a code of the factor that is on gets the same answer again.")
            .linked("second_factor_confirm")
            .example(json!({ "otp": "123456" }))
            .refuses(&[codes::TOO_MANY_ATTEMPTS])
            .shows_nothing()
            .sends::<ConfirmFactor>(),
        Route::new(Method::DELETE, OTP, "drop_otp", drop_own)
            .about("Takes the second factor away, by a code of it or a recovery code, which ends all other sessions; of the staff this one too.")
            .example(json!({ "otp": "123456" }))
            .refuses(&[codes::TOO_MANY_ATTEMPTS])
            .shows_nothing()
            .sends::<DropFactor>(),
        Route::new(Method::DELETE, "/api/identity/customers/{id}/otp", "drop_customers_otp", drop_others)
            .about("Takes the second factor of somebody away who has lost it, and all recovery codes.")
            .shows_nothing()
            .sends::<DropFactor>(),
    ]
}

view! {
    pub struct OtpView = "SecondFactor" {
        is_on: bool,
        recovery_codes_left: usize,
    }
}

view! {
    pub struct NewOtpView = "NewSecondFactor" {
        /// Null when the request is answered again: it was shown once.
        secret: Option<String>,
        /// For a picture that a telephone reads; null like the secret.
        uri: Option<String>,
        /// Each in place of a code, once; none when the request is answered again.
        recovery_codes: Texts,
    }
}

pub struct Code(String);

impl Reads for Code {
    const NAME: &'static str = "OtpCode";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Code> {
        fields.required("otp", such_as(text(1..=64), "123456")).map(Code)
    }
}

/// Who has just logged in need not show the password once more. Later he has to: whoever finds a telephone
/// unlocked, or steals a token, shuts nobody out of his account.
const FRESH: Duration = Duration::from_secs(15 * 60);

pub struct Beginning {
    password: Option<String>,
}

impl Reads for Beginning {
    const NAME: &'static str = "SecondFactorRequest";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Beginning> {
        let password = fields.optional("password", text(1..=1024))?;
        Some(Beginning { password })
    }
}

/// The id of a session tells when it was opened.
fn is_fresh(session: SessionId) -> bool {
    let opened = session.0.get_timestamp().map_or(0, |at| at.to_unix().0);
    unix_now() < i64::try_from(opened).unwrap_or(0) + FRESH.as_secs() as i64
}

/// What somebody has typed: a code of the telephone now, or one of the paper.
pub fn proof(factor: &Factor, typed: &str) -> Proof {
    let step = Seed::read(&factor.secret).and_then(|seed| seed.step_of(typed, unix_now()));
    match (step, RecoveryCode::read(typed)) {
        (Some(step), _) => Proof::Step { secret: factor.secret.clone(), step },
        (None, Some(code)) => Proof::Recovery(Text::stored(&code.hash(factor.account.0))),
        (None, None) => Proof::Wrong,
    }
}

async fn show(
    State(app): State<Arc<App>>,
    account: Account,
    _: NoQuery,
) -> Result<Answer<OtpView>, Problem> {
    let factor = app.readers.exact().factor(account.id).await?;
    let factor = factor.filter(Factor::is_confirmed);
    let recovery_codes_left = factor.as_ref().map_or(0, Factor::recovery_left);
    Ok(Answer::ok(&OtpView { is_on: factor.is_some(), recovery_codes_left }))
}

async fn begin(
    State(app): State<Arc<App>>,
    asker: Account,
    Origin { correlation, client, .. }: Origin,
    Key(once): Key,
    _: NoQuery,
    OptionalBody(asked): OptionalBody<Beginning>,
) -> Result<Answer<NewOtpView>, Problem> {
    let account = present(&app, asker).await?;
    let seed = Seed::make();
    let codes: Vec<RecoveryCode> = (0..RECOVERY_CODES).map(|_| RecoveryCode::make()).collect();
    let hashes: Vec<String> = codes.iter().map(|code| code.hash(account.id.0)).collect();
    let begin = BeginFactor {
        account: account.id,
        secret: Text::stored(&seed.text()),
        recovery: Text::stored(&hashes.join(" ")),
    };
    // Who repeats himself has shown the password before.
    match asked.and_then(|asked| asked.password) {
        Some(password) => check_own(&app, client, &account, ("password", password)).await?,
        None if is_fresh(asker.session) => {}
        None if app.was_done(asker.actor(), once.as_ref(), &begin).await? => {}
        None => {
            let why = "is needed: it is more than a quarter of an hour since you logged in";
            return Err(Problem::invalid_field("password", why));
        }
    }
    let answered = app.send(asker.actor(), correlation, once, begin).await?;
    let is_replay = matches!(answered.done, Done::Before(_));
    let uri = || seed.uri(&app.settings.shop_name, account.username.as_str());
    let shown = if is_replay { &[][..] } else { &codes };
    let view = NewOtpView {
        secret: (!is_replay).then(|| seed.text()),
        uri: (!is_replay).then(uri),
        recovery_codes: Texts(shown.iter().map(RecoveryCode::text).collect()),
    };
    let url = format!("{}{OTP}", app.settings.public_url);
    let answer = Answer::created(&url, &view).replayed(is_replay);
    Ok(answer.of_commit(&app, answered.commit).await)
}

/// What the code shows, if there is a factor to show it of; and that somebody has tried one.
async fn own_proof<'a>(
    app: &'a App,
    client: Client,
    account: AccountId,
    code: &str,
) -> Result<(Proof, Attempt<'a>), Problem> {
    let factor = app.readers.exact().factor(account).await?.ok_or_else(no_factor)?;
    let attempt = origins::own_attempt(app, Guess::Code, account, client).await?;
    Ok((proof(&factor, code), attempt))
}

/// What has come of it, for those who count.
fn told<T, R>(answered: Result<T, Rejection<R>>, attempt: Attempt<'_>) -> Result<T, Rejection<R>> {
    match &answered {
        Ok(_) => attempt.succeeded(Instant::now()),
        Err(Rejection::Refused(_)) => attempt.failed(Instant::now()),
        Err(_) => {}
    }
    answered
}

/// Tells the owner, whom it may surprise. Of one that never counted nobody hears.
async fn tell(app: &App, account: AccountId, language: Language, letter: Letter) {
    match app.readers.exact().account(account).await {
        Ok(Some(owner)) if owner.gone_at.is_none() => {
            letters::tell(app, &owner.email, language, letter);
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%account, %error, "the owner of an account was not told"),
    }
}

async fn confirm(
    State(app): State<Arc<App>>,
    account: Account,
    Origin { correlation, client, language, .. }: Origin,
    Key(key): Key,
    _: NoQuery,
    Body(Code(code)): Body<Code>,
) -> Result<Answer<Nothing>, Problem> {
    let (proof, keeps) = (Proof::Wrong, Some(account.session));
    let confirm = ConfirmFactor { account: account.id, proof, keeps };
    // The code was spent then.
    if app.was_done(account.actor(), key.as_ref(), &confirm).await? {
        return Ok(Answer::nothing().replayed(true).of_commit(&app, None).await);
    }
    let (proof, attempt) = own_proof(&app, client, account.id, &code).await?;
    let confirm = ConfirmFactor { proof, ..confirm };
    let answered = told(app.send(account.actor(), correlation, key, confirm).await, attempt)?;
    let is_replay = matches!(answered.done, Done::Before(()));
    app.revocations.hear(&app).await;
    if !is_replay && answered.commit.is_some() {
        security!(account = %account.id, "a second factor was set up");
        tell(&app, account.id, language, Letter::FactorAdded).await;
    }
    Ok(Answer::nothing().replayed(is_replay).of_commit(&app, answered.commit).await)
}

async fn drop_own(
    State(app): State<Arc<App>>,
    account: Account,
    Origin { correlation, client, language, .. }: Origin,
    _: NoQuery,
    Body(Code(code)): Body<Code>,
) -> Result<Answer<Nothing>, Problem> {
    let (proof, attempt) = own_proof(&app, client, account.id, &code).await?;
    let keeps = Some(account.session);
    let counted = has_factor(&app, account.id).await?;
    let drop = DropFactor { account: account.id, proof: Some(proof), keeps };
    let dropped = app.send(account.actor(), correlation, None, drop).await;
    // One that never counted goes whatever is shown of it, and so nothing was shown.
    let answered = if counted { told(dropped, attempt)? } else { dropped? };
    app.revocations.hear(&app).await;
    if counted {
        security!(account = %account.id, "a second factor was taken away");
        tell(&app, account.id, language, Letter::FactorRemoved).await;
    }
    Ok(Answer::nothing().of_commit(&app, answered.commit).await)
}

async fn has_factor(app: &App, account: AccountId) -> Result<bool, Problem> {
    let factor = app.readers.exact().factor(account).await?;
    Ok(factor.is_some_and(|factor| factor.is_confirmed()))
}

async fn drop_others(
    State(app): State<Arc<App>>,
    Admin(admin): Admin,
    Origin { correlation, language, .. }: Origin,
    Segment(id): Segment,
    _: NoQuery,
) -> Result<Answer<Nothing>, Problem> {
    let account = Uuid::try_parse(&id).map(AccountId).map_err(|_| no_such_customer())?;
    let counted = has_factor(&app, account).await?;
    let drop = DropFactor { account, proof: None, keeps: None };
    let answered = app.send(admin.actor(), correlation, None, drop).await?;
    app.revocations.hear(&app).await;
    if counted {
        security!(%account, admin = %admin.id, "a second factor was taken away by an admin");
        tell(&app, account, language, Letter::FactorRemoved).await;
    }
    Ok(Answer::nothing().of_commit(&app, answered.commit).await)
}

/// Who has logged in is known, whatever code he shows: 401 would be taken for the end of his session.
fn wrong_own_code() -> Problem {
    Problem::invalid_field("otp", WRONG_CODE)
}

fn no_factor() -> Problem {
    Problem::not_found("there is no second factor")
}

/// At the login.
pub fn wrong_code() -> Problem {
    Problem::new(codes::OTP_REQUIRED, WRONG_CODE)
}

const WRONG_CODE: &str =
    "this code is not right now, or was used: take the next one, or another recovery code";

refusals! {
    BeginFactorRefusal {
        BeginFactorRefusal::AccountClosed => [UNAUTHENTICATED] {
            Problem::unauthenticated("the account is closed")
        },
        BeginFactorRefusal::HasFactor => [CONFLICT] {
            let detail = "the account has a second factor already: take it away first";
            Problem::new(codes::CONFLICT, detail)
        },
    }
}

refusals! {
    ConfirmFactorRefusal {
        ConfirmFactorRefusal::NoFactor => [NOT_FOUND] no_factor(),
        ConfirmFactorRefusal::OtpWrong => [INVALID] wrong_own_code(),
    }
}

refusals! {
    DropFactorRefusal {
        DropFactorRefusal::NoFactor => [NOT_FOUND] no_factor(),
        DropFactorRefusal::OtpWrong => [INVALID] wrong_own_code(),
        DropFactorRefusal::OtpRequired => [FORBIDDEN] {
            Problem::forbidden("one's own second factor goes by a code of it: DELETE me/otp")
        },
        DropFactorRefusal::AdminsOnly => [FORBIDDEN] {
            Problem::forbidden("you are no admin any more: log in again")
        },
    }
}
