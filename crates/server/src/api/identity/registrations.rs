//! Registering: whoever is nobody's customer yet opens an account.

use super::{
    accounts::{AccountView, own_url, refuse_reserved, taken},
    letters,
    passwords::{new_password, password_again, same_and_good},
};
use crate::{
    app::{App, micros},
    http::{
        Method, State,
        answers::Answer,
        arguments::Origin,
        bodies::Body,
        clients::Client,
        fields::{Fields, Given, Reads},
        parsers::of,
        problems::Problem,
        queries::NoQuery,
        refusals::refusals,
        routes::Route,
        texts::line_of,
    },
    limits::Guest,
    ports::mail::Letter,
    telemetry::{correlated, security},
};
use domain::{
    AccountId, Actor, Caller, Done, Email, Purpose, Register, Role, Text, Username,
    accounts::RegisterRefusal,
};
use serde_json::json;
use std::{sync::Arc, time::Instant};
use store::Rejection;
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
    ]
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

async fn register(
    State(app): State<Arc<App>>,
    origin: Origin,
    _: NoQuery,
    Body(new): Body<Registration>,
) -> Result<Answer<AccountView<'static>>, Problem> {
    let Origin { correlation, client, wished, .. } = origin;
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
        language: wished.map(|language| Text::stored(language.code())),
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

/// Whether one more account may be opened from where this client is.
fn check_newcomer(app: &App, client: Client, now: Instant) -> Result<(), Problem> {
    let counted = app.registrations.check_source(client, now);
    counted.map_err(|late| Problem::rate_limited("whoever opens accounts at this address", late))
}

refusals! {
    RegisterRefusal {
        RegisterRefusal::Taken { username, email } => [USERNAME_TAKEN | EMAIL_TAKEN] {
            taken(username, email)
        },
    }
}
