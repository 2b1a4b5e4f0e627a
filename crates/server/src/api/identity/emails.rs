//! E-mail addresses: another one, and that it is its owner's.

use super::{
    accounts::{present, taken},
    letters::{self, count_mail, owner, read_link, spent},
    passwords::check_own,
};
use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Nothing},
        arguments::{Key, Origin},
        authentication::Account,
        bodies::Body,
        codes,
        fields::{Fields, Given, Reads},
        parsers::{of, text},
        problems::Problem,
        queries::NoQuery,
        refusals::refusals,
        routes::Route,
    },
    ports::mail::{Letter, Mail},
    telemetry::security,
};
use domain::{
    AccountId, ChangeEmail, ConfirmEmail, Done, Email, MakeLink, Purpose, Text,
    credentials::ChangeEmailRefusal, links::MakeLinkRefusal,
};
use serde_json::json;
use std::sync::Arc;
use store::Rejection;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/identity/me/email", "change_email", ask_for_change)
            .about("Sends a link to another e-mail address, which becomes that of the account when it is followed. With the present address the link confirms that one. Who asks for the same again within a minute is sent nothing more.")
            .linked("change_email")
            .example(json!({ "email": "ann@example.org", "password": "demo-password" }))
            .accepts()
            .refuses(&[codes::NO_MAIL, codes::EMAIL_TAKEN, codes::TOO_MANY_ATTEMPTS])
            .sends::<MakeLink>(),
        Route::new(Method::POST, "/api/identity/me/email/confirm", "confirm_email", confirm)
            .about("Confirms an e-mail address by the token of a mailed link: that of the account, or another one that becomes it.")
            .linked("confirm_email")
            .example(json!({ "token": "as the link has it" }))
            .shows_nothing()
            .refuses(&[codes::TOO_MANY_ATTEMPTS])
            .sends::<ConfirmEmail>()
            .sends::<ChangeEmail>(),
    ]
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
    Origin { correlation, client, language, .. }: Origin,
    Key(key): Key,
    _: NoQuery,
    Body(EmailChange { email, password }): Body<EmailChange>,
) -> Result<Answer<Nothing>, Problem> {
    let place = letters::needed(&app)?;
    let account = present(&app, asker).await?;
    check_own(&app, client, &account, ("password", password)).await?;
    let purpose = match email == account.email {
        true => Purpose::ConfirmEmail,
        false => Purpose::ChangeEmail,
    };
    let (make, letter) = letters::link(&app, account.id, email.clone(), purpose);
    if app.was_done(asker.actor(), key.as_ref(), &make).await? {
        return Ok(Answer::accepted().replayed(true).of_commit(&app, None).await);
    }
    count_mail(&app, client, &email).await?;
    let owner = app.readers.exact().account_named(email.as_str()).await?;
    let is_taken = owner.is_some_and(|owner| owner.id != account.id);
    if is_taken && app.settings.registration_tells {
        return Err(taken(false, true));
    }
    // Also for an address that somebody has, to whom it is not sent: neither the time of the answer nor its
    // position tells him from nobody.
    let (commit, is_replay) = match app.send(asker.actor(), correlation, key, make).await {
        // One is on its way.
        Err(Rejection::Refused(MakeLinkRefusal::TooSoon { .. })) => (None, false),
        sent => {
            let answered = sent?;
            let is_replay = matches!(answered.done, Done::Before(_));
            if !is_replay {
                let letter = if is_taken { Letter::AccountExists } else { letter };
                place.send(Mail { to: email, language, letter });
            }
            (answered.commit, is_replay)
        }
    };
    Ok(Answer::accepted().replayed(is_replay).of_commit(&app, commit).await)
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
    Origin { correlation, client, language, .. }: Origin,
    Key(key): Key,
    _: NoQuery,
    Body(Confirmation(token)): Body<Confirmation>,
) -> Result<Answer<Nothing>, Problem> {
    let shown = letters::shown(&token, &[Purpose::ConfirmEmail, Purpose::ChangeEmail])?;
    let (account, secret) = (AccountId(shown.account), Text::stored(&shown.hash()));
    let actor = owner(account);
    let attempt = letters::attempt(&app, client, &shown)?;
    let (is_replay, commit) = match shown.purpose {
        Purpose::ChangeEmail => {
            // Once it is spent, nobody knows any more what address it was for, nor need he.
            let change = ChangeEmail { account, secret, email: Email::stored("") };
            if app.was_done(actor, key.as_ref(), &change).await? {
                (true, None)
            } else {
                let change =
                    ChangeEmail { email: read_link(&app, attempt, &shown).await?.email, ..change };
                let answered = app.send(actor, correlation, key, change).await?;
                if let Done::Now((now, before)) = &answered.done {
                    security!(%account, "an e-mail address was changed");
                    let letter = Letter::AddressChanged { new: now.email.clone() };
                    letters::tell(&app, before, language, letter);
                }
                (matches!(answered.done, Done::Before(_)), answered.commit)
            }
        }
        Purpose::ConfirmEmail | Purpose::ResetPassword => {
            let confirm = ConfirmEmail { account, secret };
            if app.was_done(actor, key.as_ref(), &confirm).await? {
                (true, None)
            } else {
                read_link(&app, attempt, &shown).await?;
                let answered = app.send(actor, correlation, key, confirm).await?;
                (matches!(answered.done, Done::Before(_)), answered.commit)
            }
        }
    };
    Ok(Answer::nothing().replayed(is_replay).of_commit(&app, commit).await)
}

refusals! {
    ChangeEmailRefusal {
        ChangeEmailRefusal::LinkSpent => [INVALID_LINK] spent(),
        ChangeEmailRefusal::Taken => [EMAIL_TAKEN] taken(false, true),
    }
}
