//! Accounts: registering, and who one is.

use super::{
    api_keys::tell_living_keys,
    letters,
    passwords::{new_password, password_again, same_and_good},
};
use crate::{
    app::{App, micros},
    http::{
        Method, State,
        answers::{Answer, Nothing, Written},
        arguments::{Known, Origin, Unless},
        authentication::Account,
        bodies::{Body, LateBody},
        clients::Client,
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        parsers::{FromText, Read, of},
        problems::{FieldError, Problem},
        queries::NoQuery,
        refusals::refusals,
        routes::Route,
        shapes::{Link, Time, time, view},
        texts::line_of,
    },
    limits::Guest,
    ports::mail::Letter,
    telemetry::{correlated, security},
};
use domain::{
    AccountId, Actor, Anonymize, Caller, Done, EditAccount, Email, Purpose, Register, Role, Text,
    Username,
    accounts::{AnonymizeRefusal, EditAccountRefusal, RegisterRefusal},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Instant};
use store::Rejection;
use uuid::Uuid;

const ME: &str = "/api/identity/me";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/identity/register", "register", register)
            .about("Opens an account.")
            .linked("register")
            .creates()
            .example(json!({
                "username": "ann", "email": "ann@example.com",
                "password": "three blind mice", "password2": "three blind mice",
            }))
            .sends::<Register>(),
        Route::new(Method::GET, ME, "me", me)
            .about("Shows the account that asks.")
            .linked("me")
            .tagged(),
        Route::new(Method::PATCH, ME, "edit_me", edit_me)
            .about("Changes what one is called. What was read may be sent back; the e-mail address has a way of its own.")
            .example(json!({ "first_name": "Ann" }))
            .refuses(&[codes::READ_ONLY])
            .tagged()
            .sends::<EditAccount>(),
        Route::new(Method::DELETE, ME, "delete_me", delete_me)
            .about("Makes the account nobody's: all that says whose it was goes, and what was ordered stays.")
            .shows_nothing()
            .sends::<Anonymize>(),
    ]
}

view! {
    pub struct AccountView<'a> = "Customer" {
        id: Uuid,
        username: &'a str,
        email: &'a str,
        email_confirmed: bool,
        first_name: &'a str,
        last_name: &'a str,
        role: &'static str as Role,
        is_active: bool,
        version: i64,
        created_at: String as Time,
        updated_at: String as Time,
        url: String as Link,
    }
}

/// What only the shop sets, whoever asks.
pub const SHOWN_ONLY: &[&str] =
    &["id", "email_confirmed", "version", "created_at", "updated_at", "url"];

impl AccountView<'_> {
    pub fn of(account: &domain::Account, url: String) -> AccountView<'_> {
        AccountView {
            id: account.id.0,
            username: account.username.as_str(),
            email: account.email.as_str(),
            email_confirmed: account.email_confirmed,
            first_name: &account.first_name,
            last_name: &account.last_name,
            role: account.role.name(),
            is_active: account.is_active,
            version: account.version,
            created_at: time(account.created_at),
            updated_at: time(account.updated_at),
            url,
        }
    }
}

fn own_url(app: &App) -> String {
    format!("{}{ME}", app.settings.public_url)
}

impl FromText for Username {
    fn parse(text: &str) -> Read<Username> {
        Username::new(text).map_err(|error| error.to_string())
    }

    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9._+-]{1,150}$", "examples": ["ann"],
            "description": "Letters and digits of other alphabets are read too." })
    }
}

impl FromText for Email {
    fn parse(text: &str) -> Read<Email> {
        Email::new(text).map_err(|error| error.to_string())
    }

    fn schema() -> Value {
        let pattern = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$";
        json!({ "type": "string", "maxLength": 254, "pattern": pattern,
            "examples": ["ann@example.com"], "description": "Other alphabets are read too." })
    }
}

pub struct Registration {
    username: Username,
    email: Email,
    password: String,
    first_name: Text<150>,
    last_name: Text<150>,
}

impl Reads for Registration {
    const NAME: &'static str = "Registration";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Registration> {
        let username = fields.required("username", of::<Username>());
        let email = fields.required("email", of::<Email>());
        let password = fields.required("password", new_password());
        let again = fields.required("password2", password_again());
        let first_name = fields.optional("first_name", line_of::<150>());
        let last_name = fields.optional("last_name", line_of::<150>());
        refuse_reserved(fields, username.as_ref());
        // Every bad field is named at once: the rules see what could be read of the others.
        let known = |name: &Option<Option<Text<150>>>| name.clone().flatten().unwrap_or_default();
        let (first_known, last_known) = (known(&first_name), known(&last_name));
        let names = [first_known.as_str(), last_known.as_str()];
        let known_name = username.as_ref().map_or("", Username::as_str);
        let known_email = email.as_ref().map_or("", Email::as_str);
        let about = (known_name, known_email, names.as_slice());
        same_and_good(fields, password.as_deref(), again.as_deref(), about);
        let (first_name, last_name) = (first_name?, last_name?);
        let (username, email, password) = (username?, email?, password?);
        again?;
        Some(Registration {
            username,
            email,
            password,
            first_name: first_name.unwrap_or_default(),
            last_name: last_name.unwrap_or_default(),
        })
    }
}

/// Who gives himself a name gives himself none that passes for the shop.
fn refuse_reserved(fields: &mut Fields<'_>, username: Option<&Username>) {
    if username.is_some_and(Username::is_reserved) {
        fields.refuse::<()>("username", "is not for customers: it passes for the shop itself");
    }
}

async fn register(
    State(app): State<Arc<App>>,
    origin: Origin,
    _: NoQuery,
    Body(new): Body<Registration>,
) -> Result<Answer<AccountView<'static>>, Problem> {
    let Origin { correlation, client, .. } = origin;
    // Who finds no room has not tried.
    let place = app.passwords.place(Guest::stranger(client))?;
    check_newcomer(&app, client, Instant::now())?;
    // Before it is known whether there is anybody to write to, so that all answers are alike.
    let mail = letters::place(&app)?;
    let hash = place.hash(new.password).await?;
    let register = Register {
        id: AccountId(Uuid::now_v7()),
        username: new.username,
        email: new.email,
        password_hash: Text::stored(&hash),
        first_name: new.first_name,
        last_name: new.last_name,
        role: Role::Customer,
        email_confirmed: false,
        is_active: true,
        held_us: (!app.settings.registration_tells).then(|| micros(app.settings.unconfirmed_kept)),
    };
    let newcomer = Actor::of(Caller::account(register.id), Role::Customer);
    let wanted = register.email.clone();
    // Looked for before, so that there is one command, whether or not somebody has the address.
    let owner = match app.settings.registration_tells {
        true => None,
        false => app.readers.exact().account_named(wanted.as_str()).await?,
    };
    let mut is_known = owner.is_some();
    let first = if is_known { held(register.clone()) } else { register.clone() };
    let sent = match app.send(newcomer, correlation, None, first).await {
        // Somebody was quicker with the same address.
        Err(Rejection::Refused(RegisterRefusal::Taken { username: false, .. }))
            if !app.settings.registration_tells =>
        {
            is_known = true;
            app.send(newcomer, correlation, None, held(register)).await
        }
        // That the address has an account too is nobody's business.
        Err(Rejection::Refused(RegisterRefusal::Taken { username: true, .. }))
            if !app.settings.registration_tells =>
        {
            return Err(taken(true, false));
        }
        sent => sent,
    };
    let answered = sent?;
    // It takes no key, so that nothing was done before.
    let Done::Now(mut account) = answered.done else { return Err(Problem::internal()) };
    security!(account = %account.id, is_known, "an account was opened");
    // Beside the answer, whose time must not tell whether somebody had the address; and whether or not it
    // is sent, a link is made, so that the positions of the commits do not tell it either.
    let (make, letter) = letters::link(&app, account.id, account.email, Purpose::ConfirmEmail);
    account.email = wanted;
    if app.mail.is_configured() {
        let letter = if is_known { Letter::AccountExists } else { letter };
        let (app, to) = (app.clone(), account.email.clone());
        tokio::spawn(correlated(correlation.0, async move {
            letters::send_with(&app, mail, to, (make, letter), origin).await;
        }));
    }
    let url = own_url(&app);
    let answer = Answer::created(&url, &AccountView::of(&account, url.clone()));
    Ok(answer.of_commit(&app, answered.commit).await)
}

/// An account that nobody can enter takes the name, as one that was opened would.
fn held(register: Register) -> Register {
    let email = Email::stored(&format!("held-{}@held.invalid", register.id));
    Register { email, password_hash: Text::default(), ..register }
}

/// The account that asks, as it is now.
pub async fn present(app: &App, account: Account) -> Result<domain::Account, Problem> {
    let found = app.readers.exact().account(account.id).await?;
    let found = found.filter(|account| account.is_active);
    found.ok_or_else(|| Problem::unauthenticated("the account is closed"))
}

/// Whether one more account may be opened from where this client is.
fn check_newcomer(app: &App, client: Client, now: Instant) -> Result<(), Problem> {
    let counted = app.registrations.check_source(client, now);
    counted.map_err(|late| Problem::rate_limited("whoever opens accounts at this address", late))
}

async fn me(
    State(app): State<Arc<App>>,
    account: Account,
    _: NoQuery,
    known: Known,
) -> Result<Answer<AccountView<'static>>, Problem> {
    let account = present(&app, account).await?;
    shown(&account, own_url(&app), &known)
}

pub fn shown(
    account: &domain::Account,
    url: String,
    known: &Known,
) -> Result<Answer<AccountView<'static>>, Problem> {
    let view = AccountView::of(account, url);
    Ok(Written::of(Some(account.version), &view)?.answer(known))
}

/// What one may change of oneself.
pub struct OwnEdit {
    username: Option<Username>,
    first_name: Option<Text<150>>,
    last_name: Option<Text<150>>,
}

impl Reads for OwnEdit {
    const NAME: &'static str = "OwnEdit";

    fn read(fields: &mut Fields<'_>, given: Given<'_>) -> Option<OwnEdit> {
        fields.read_only(SHOWN_ONLY, given.shown);
        fields.read_only(&["email", "role", "is_active"], given.shown);
        let username = fields.optional("username", of::<Username>());
        let first_name = fields.optional("first_name", line_of::<150>());
        let last_name = fields.optional("last_name", line_of::<150>());
        // Whoever was given such a name may send it back.
        let chosen = username.as_ref().and_then(Option::as_ref);
        refuse_reserved(fields, chosen.filter(|name| given.shown["username"] != name.as_str()));
        Some(OwnEdit { username: username?, first_name: first_name?, last_name: last_name? })
    }
}

async fn edit_me(
    State(app): State<Arc<App>>,
    account: Account,
    CorrelationId(correlation): CorrelationId,
    Unless(unless): Unless,
    _: NoQuery,
    body: LateBody<OwnEdit>,
) -> Result<Answer<AccountView<'static>>, Problem> {
    let before = present(&app, account).await?;
    let versions = unless.and_then(|unless| unless.versions());
    check_version(&before, versions.as_ref())?;
    let view = serde_json::to_value(AccountView::of(&before, own_url(&app)));
    let view = view.map_err(|_| Problem::internal())?;
    let edit = body.read(Given { currency: app.currency, shown: &view })?;
    let edit = EditAccount {
        versions,
        username: edit.username,
        first_name: edit.first_name,
        last_name: edit.last_name,
        ..EditAccount::of(account.id)
    };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(account.actor(), correlation, None, edit).await?;
    let Done::Now(account) = answered.done;
    let answer = shown(&account, own_url(&app), &Known::default())?;
    Ok(answer.of_commit(&app, answered.commit).await)
}

async fn delete_me(
    State(app): State<Arc<App>>,
    account: Account,
    CorrelationId(correlation): CorrelationId,
    _: NoQuery,
) -> Result<Answer<Nothing>, Problem> {
    let correlation = domain::CorrelationId(correlation);
    let anonymize = Anonymize { id: account.id };
    let answered = app.send(account.actor(), correlation, None, anonymize).await?;
    app.revocations.add(account.id.0);
    security!(account = %account.id, "an account was made nobody's by its owner");
    tell_living_keys(&app, account.id).await;
    Ok(Answer::nothing().of_commit(&app, answered.commit).await)
}

impl From<crate::passwords::Busy> for Problem {
    fn from(_: crate::passwords::Busy) -> Problem {
        Problem::overloaded("too many passwords are waiting to be checked")
    }
}

refusals! {
    RegisterRefusal {
        RegisterRefusal::Taken { username, email } => [USERNAME_TAKEN | EMAIL_TAKEN] {
            taken(username, email)
        },
    }
}

refusals! {
    EditAccountRefusal {
        EditAccountRefusal::NotFound => [NOT_FOUND] no_such_customer(),
        EditAccountRefusal::VersionMismatch { current } => [VERSION_MISMATCH] {
            version_mismatch(current)
        },
        EditAccountRefusal::Taken { username, email } => [USERNAME_TAKEN | EMAIL_TAKEN] {
            taken(username, email)
        },
        EditAccountRefusal::AdminsOnly => [FORBIDDEN] admins_only(),
        EditAccountRefusal::HasFactor => [CONFLICT] {
            let detail = "this customer has a second factor, which another e-mail address would go round; an admin \
                          takes it away first (DELETE customers/{id}/otp)";
            Problem::new(codes::CONFLICT, detail)
        },
        EditAccountRefusal::OwnEmail => [FORBIDDEN] {
            Problem::forbidden("one's own address is changed by me/email, which wants the password")
        },
        EditAccountRefusal::OwnRights => [FORBIDDEN] {
            Problem::forbidden("nobody changes his own rights: another admin has to")
        },
    }
}

refusals! {
    AnonymizeRefusal {
        AnonymizeRefusal::NotFound => [NOT_FOUND] no_such_customer(),
        AnonymizeRefusal::AdminsOnly => [FORBIDDEN] admins_only(),
        AnonymizeRefusal::OwnRights => [FORBIDDEN] {
            Problem::forbidden("an admin cannot go by himself: another admin has to take the role first")
        },
    }
}

/// Looked at before the body is read: what was read of an older version may not be sent back, whatever it is.
pub fn check_version(
    account: &domain::Account,
    versions: Option<&Vec<i64>>,
) -> Result<(), Problem> {
    match versions.is_none_or(|versions| versions.contains(&account.version)) {
        true => Ok(()),
        false => Err(version_mismatch(account.version)),
    }
}

fn version_mismatch(current: i64) -> Problem {
    let detail = format!("the account is at version {current}; read it again and repeat the edit");
    Problem::version_mismatch(detail).with("version", current)
}

pub fn no_such_customer() -> Problem {
    Problem::not_found("there is no such customer")
}

pub fn admins_only() -> Problem {
    Problem::forbidden("roles, and the accounts of the staff, are for admins to change")
}

/// Why a name or an address cannot be had.
pub fn taken(username: bool, email: bool) -> Problem {
    let code = if username { codes::USERNAME_TAKEN } else { codes::EMAIL_TAKEN };
    let fields = [("username", username), ("email", email)].into_iter();
    let errors = fields
        .filter(|(_, is_taken)| *is_taken)
        .map(|(field, _)| FieldError::new(field, "somebody else has it"))
        .collect();
    let detail = match (username, email) {
        (true, true) => "an account has this name, and one this e-mail address, already",
        (true, false) => "an account has this name, or one that looks like it, already",
        (false, _) => "an account has this e-mail address already",
    };
    Problem::new(code, detail).errors(errors)
}
