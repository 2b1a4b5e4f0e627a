//! What accounts are written: links that are good once, and what has become of an account.

use super::passwords::spent;
use crate::{
    app::{App, micros},
    http::{clients::Client, codes, problems::Problem},
    language::Language,
    limits, links,
    ports::mail::{Full, Letter, Mail, Place},
    settings::Secret,
};
use domain::{Account, AccountId, Actor, CorrelationId, Email, Link, MakeLink, Purpose, Text};
use std::time::{Duration, Instant};
use store::Rejection;
use uuid::Uuid;

impl From<Full> for Problem {
    fn from(_: Full) -> Problem {
        Problem::overloaded("too many mails are waiting to be sent")
    }
}

/// A place for one mail that need not be sent.
pub fn place(app: &App) -> Result<Place, Problem> {
    Ok(app.mail.reserve()?)
}

/// A place for one mail without which there is nothing to do.
pub fn needed(app: &App) -> Result<Place, Problem> {
    match app.mail.is_configured() {
        true => place(app),
        false => {
            let detail =
                "this shop sends no mail, so nothing can be confirmed by it: ask its staff";
            Err(Problem::new(codes::NO_MAIL, detail))
        }
    }
}

/// Makes a link for an account and sends it. Whether it was sent only its reader learns.
pub async fn send_link(
    app: &App,
    place: Place,
    (account, to): (&Account, Email),
    purpose: Purpose,
    language: Language,
) {
    if !app.mail.is_configured() {
        return;
    }
    let link = links::Link::make(account.id.0, purpose);
    let valid_for = lifetime(app, purpose);
    let make = MakeLink {
        account: account.id,
        purpose,
        secret: Text::stored(&link.hash()),
        email: to.clone(),
        lifetime_us: micros(valid_for),
    };
    let correlation = CorrelationId(Uuid::now_v7());
    match app.send(Actor::SYSTEM, correlation, None, make).await {
        Ok(_) => {
            let token = Secret::new(link.text());
            let letter = match purpose {
                Purpose::ResetPassword => Letter::ResetPassword { token, valid_for },
                Purpose::ConfirmEmail => Letter::ConfirmAddress { token, valid_for },
                Purpose::ChangeEmail => Letter::ConfirmNewAddress { token, valid_for },
            };
            place.send(Mail { to, language, letter });
        }
        Err(Rejection::Refused(refusal)) => {
            tracing::debug!(account = %account.id, ?refusal, "no link was sent");
        }
        Err(error) => {
            tracing::warn!(account = %account.id, ?error, "a link could not be made");
        }
    }
}

fn lifetime(app: &App, purpose: Purpose) -> Duration {
    match purpose {
        Purpose::ResetPassword => app.settings.reset_link_ttl,
        Purpose::ConfirmEmail | Purpose::ChangeEmail => app.settings.confirm_link_ttl,
    }
}

/// The link that a token stands for, while it is good. Tokens that are made up cost whoever brings them.
pub async fn read_link(
    app: &App,
    client: Client,
    token: &str,
    purposes: &[Purpose],
) -> Result<Link, Problem> {
    let shown = links::Link::read(token, purposes).map_err(|_| spent())?;
    let (guess, whose) = (limits::Purpose::Link, shown.account.to_string());
    let attempt = app.attempts.check(guess, whose, client, Instant::now());
    let attempt = attempt.map_err(Problem::too_many_attempts)?;
    let kept = app.readers.exact().link(AccountId(shown.account), shown.purpose).await?;
    match kept.filter(|kept| shown.is_of(&kept.secret)) {
        Some(link) => {
            attempt.succeeded(Instant::now());
            Ok(link)
        }
        None => {
            attempt.failed(Instant::now());
            Err(spent())
        }
    }
}

/// Somebody wanted an account under an address that has one.
pub fn account_exists(place: Place, to: &Email, language: Language) {
    place.send(Mail { to: to.clone(), language, letter: Letter::AccountExists });
}

/// Tells what has become of an account. It has, whether or not this is sent.
pub fn tell(app: &App, to: &Email, language: Language, letter: Letter) {
    if let Err(error) = app.mail.send(Mail { to: to.clone(), language, letter }) {
        tracing::warn!(%error, "the owner of an account was not told");
    }
}
