//! Accounts: registering, and who one is.

use super::{
    answer::{created, json},
    body::JsonBody,
    correlation::CorrelationId,
    fields::Fields,
    parsers::{from_text, text},
    problem::Problem,
    views::AccountView,
    visitor::Account,
};
use crate::{app::App, passwords::check_password};
use axum::{extract::State, http::StatusCode, response::Response};
use domain::{AccountId, Action, Actor, Email, Outcome, Register, Role, Text, Username};
use std::sync::Arc;
use uuid::Uuid;

pub(super) struct Registration {
    pub username: Username,
    pub email: Email,
    pub password: String,
    pub first_name: Text<150>,
    pub last_name: Text<150>,
}

pub(super) fn registration(fields: &mut Fields) -> Option<Registration> {
    let username = fields.required("username", from_text(Username::new));
    let email = fields.required("email", from_text(Email::new));
    let password = fields.required("password", text(1..=1024));
    let again = fields.required("password2", text(1..=1024));
    let first_name = fields.optional("first_name", from_text(Text::new));
    let last_name = fields.optional("last_name", from_text(Text::new));
    if let (Some(password), Some(again)) = (&password, &again)
        && password != again
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
    let (first_name, last_name) = (first_name?.unwrap_or_default(), last_name?.unwrap_or_default());
    let (username, email, password) = (username?, email?, password?);
    again?;
    Some(Registration { username, email, password, first_name, last_name })
}

pub async fn register(
    State(app): State<Arc<App>>,
    CorrelationId(correlation): CorrelationId,
    body: JsonBody,
) -> Result<Response, Problem> {
    let new = body.read(registration)?;
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
    match app.send(Actor::SYSTEM, correlation, None, Action::Register(register)).await? {
        Outcome::Registered(account) => {
            let url = format!("{}/api/identity/me", app.settings.public_url);
            Ok(created(&url, &AccountView::of(&account)))
        }
        _ => Err(Problem::internal()),
    }
}

pub async fn me(State(app): State<Arc<App>>, account: Account) -> Result<Response, Problem> {
    match app.readers.account(account.id).await? {
        Some(account) if account.is_active => Ok(json(StatusCode::OK, &AccountView::of(&account))),
        _ => Err(Problem::unauthenticated("the account is closed")),
    }
}

impl From<crate::passwords::Busy> for Problem {
    fn from(_: crate::passwords::Busy) -> Problem {
        Problem::overloaded("too many passwords are waiting to be checked")
    }
}
