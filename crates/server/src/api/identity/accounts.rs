//! Accounts: registering, and who one is.

use crate::{
    app::App,
    http::{
        Method, State,
        answers::Answer,
        authentication::Account,
        bodies::Body,
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        json::Json,
        parsers::{FromText, Parser, Read, is, of, plain, text},
        problems::{FieldError, Problem},
        queries::NoQuery,
        refusals::refusals,
        routes::Route,
        shapes::{Time, time, view},
        texts::line_of,
    },
    passwords::{LEAST, MOST, check_password, composed},
};
use domain::{
    AccountId, Actor, Done, Email, Register, Role, Text, Username, accounts::RegisterRefusal,
};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

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
        Route::new(Method::GET, "/api/identity/me", "me", me)
            .about("Shows the account that asks.")
            .linked("me"),
    ]
}

view! {
    pub struct AccountView<'a> = "Account" {
        id: Uuid,
        username: &'a str,
        email: &'a str,
        first_name: &'a str,
        last_name: &'a str,
        role: &'static str as Role,
        created_at: String as Time,
        updated_at: String as Time,
    }
}

impl AccountView<'_> {
    fn of(account: &domain::Account) -> AccountView<'_> {
        AccountView {
            id: account.id.0,
            username: account.username.as_str(),
            email: account.email.as_str(),
            first_name: &account.first_name,
            last_name: &account.last_name,
            role: account.role.name(),
            created_at: time(account.created_at),
            updated_at: time(account.updated_at),
        }
    }
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

/// A password as it is chosen. The rules that know the name as well come after it.
fn new_password() -> impl Parser<Out = String> {
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
fn password_again() -> impl Parser<Out = String> {
    let (any, chosen) = (text(1..=1024), new_password());
    is(move |given| any.read(given), move || chosen.schema())
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
        fields.note("Both passwords are the same.");
        if let (Some(password), Some(again)) = (&password, &again)
            && composed(password) != composed(again)
        {
            fields.refuse::<()>("password2", "is not the same as password");
        }
        // Every bad field is named at once: the rules see what could be read of the others.
        let known = |name: &Option<Option<Text<150>>>| name.clone().flatten().unwrap_or_default();
        let (first_known, last_known) = (known(&first_name), known(&last_name));
        if let Some(password) = &password {
            let username = username.as_ref().map_or("", Username::as_str);
            let email = email.as_ref().map_or("", Email::as_str);
            for why in check_password(password, username, email, &[&first_known, &last_known]) {
                fields.refuse::<()>("password", why);
            }
        }
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

async fn register(
    State(app): State<Arc<App>>,
    CorrelationId(correlation): CorrelationId,
    _: NoQuery,
    Body(new): Body<Registration>,
) -> Result<Answer<AccountView<'static>>, Problem> {
    let hash = app.passwords.hash(new.password).await.map_err(Problem::from)?;
    let register = Register {
        id: AccountId(Uuid::now_v7()),
        username: new.username,
        email: new.email,
        password_hash: Text::stored(&hash),
        first_name: new.first_name,
        last_name: new.last_name,
        role: Role::Customer,
    };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(Actor::SYSTEM, correlation, None, register).await?;
    let Done::Now(account) = answered.done;
    let url = format!("{}/api/identity/me", app.settings.public_url);
    let answer = Answer::created(&url, &AccountView::of(&account));
    Ok(answer.of_commit(&app, answered.commit).await)
}

async fn me(
    State(app): State<Arc<App>>,
    account: Account,
    _: NoQuery,
) -> Result<Answer<AccountView<'static>>, Problem> {
    match app.readers.exact().account(account.id).await? {
        Some(account) if account.is_active => Ok(Answer::ok(&AccountView::of(&account))),
        _ => Err(Problem::unauthenticated("the account is closed")),
    }
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

/// Why an account could not be opened.
fn taken(username: bool, email: bool) -> Problem {
    let code = if username { codes::USERNAME_TAKEN } else { codes::EMAIL_TAKEN };
    let fields = [("username", username), ("email", email)].into_iter();
    let errors = fields
        .filter(|(_, is_taken)| *is_taken)
        .map(|(field, _)| FieldError::new(field, "somebody else has it"))
        .collect();
    Problem::new(code, "an account has this name already").errors(errors)
}
