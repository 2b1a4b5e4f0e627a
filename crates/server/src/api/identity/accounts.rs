//! Accounts: who one is, and what one changes of oneself.

use super::api_keys::tell_living_keys;
use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Nothing, Written},
        arguments::{Known, Unless},
        authentication::Account,
        bodies::LateBody,
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        parsers::{FromText, Parser, Read, choice, described, of, then},
        problems::{FieldError, Problem},
        queries::NoQuery,
        refusals::refusals,
        routes::Route,
        shapes::{Link, Time, time, view},
        texts::line_of,
    },
    language::Language,
    telemetry::security,
};
use domain::{
    Anonymize, Done, EditAccount, Email, Role, Text, Username,
    accounts::{AnonymizeRefusal, EditAccountRefusal},
};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

const ME: &str = "/api/identity/me";

pub fn routes() -> Vec<Route> {
    vec![
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
        /// In which the shop writes to this customer; null: in its own.
        language: Option<&'a str> as Option<Language>,
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
            language: account.language.as_deref(),
            role: account.role.name(),
            is_active: account.is_active,
            version: account.version,
            created_at: time(account.created_at),
            updated_at: time(account.updated_at),
            url,
        }
    }
}

pub fn own_url(app: &App) -> String {
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

/// In which somebody wants to be written to.
pub fn language() -> impl Parser<Out = Text<8>> {
    let chosen = then(choice(&Language::NAMED), |language| Ok(Text::stored(language.code())));
    described(chosen, "The language of mail to this customer; null: the shop's own.")
}

/// Customers have no name that passes for the shop.
pub fn refuse_reserved(fields: &mut Fields<'_>, username: Option<&Username>) {
    if username.is_some_and(Username::is_reserved) {
        fields.refuse::<()>("username", "is not for customers: it passes for the shop itself");
    }
}

/// The account that asks, as it is now.
pub async fn present(app: &App, account: Account) -> Result<domain::Account, Problem> {
    let found = app.readers.exact().account(account.id).await?;
    let found = found.filter(|account| account.is_active);
    found.ok_or_else(|| Problem::unauthenticated("the account is closed"))
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
    language: Option<Option<Text<8>>>,
}

impl Reads for OwnEdit {
    const NAME: &'static str = "OwnEdit";

    fn read(fields: &mut Fields<'_>, given: Given<'_>) -> Option<OwnEdit> {
        fields.read_only(SHOWN_ONLY, given.shown);
        fields.read_only(&["email", "role", "is_active"], given.shown);
        let username = fields.optional("username", of::<Username>());
        let first_name = fields.optional("first_name", line_of::<150>());
        let last_name = fields.optional("last_name", line_of::<150>());
        let language = fields.nullable("language", language());
        // Whoever was given such a name may send it back.
        let chosen = username.as_ref().and_then(Option::as_ref);
        refuse_reserved(fields, chosen.filter(|name| given.shown["username"] != name.as_str()));
        Some(OwnEdit {
            username: username?,
            first_name: first_name?,
            last_name: last_name?,
            language: language?,
        })
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
        language: edit.language,
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
