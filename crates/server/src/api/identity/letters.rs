//! What accounts are written: links that are good once, and what has become of an account.

use crate::{
    app::{App, micros},
    http::{arguments::Origin, clients::Client, codes, problems::Problem, refusals::refusals},
    keys::now,
    language::Language,
    limits::{Attempt, Guess},
    links, origins,
    ports::mail::{Full, Letter, Mail, Place},
    settings::Secret,
    workers::sweeps,
};
use domain::{
    Account, AccountId, Actor, Caller, CorrelationId, Email, Link, MakeLink, Purpose, Role, Text,
    credentials::LinkRefusal, links::MakeLinkRefusal,
};
use std::time::{Duration, Instant};
use store::{ReadError, Rejection};

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
    origin: Origin,
) {
    if !app.mail.is_configured() {
        return;
    }
    let made = match purpose {
        Purpose::ResetPassword => repeated_link(app, account, purpose).await,
        _ => Ok(link(app, account.id, to.clone(), purpose)),
    };
    match made {
        Ok(made) => send_with(app, place, to, made, origin).await,
        Err(error) => tracing::warn!(account = %account.id, %error, "a link could not be made"),
    }
}

/// Makes a link, and sends a letter once it is made.
pub async fn send_with(
    app: &App,
    place: Place,
    to: Email,
    (make, letter): (MakeLink, Letter),
    Origin { correlation, language, .. }: Origin,
) {
    let account = make.account;
    match app.send(Actor::SYSTEM, correlation, None, make).await {
        Ok(_) => place.send(Mail { to, language, letter }),
        Err(Rejection::Refused(refusal)) => {
            tracing::debug!(%account, ?refusal, "no link was sent");
            send_nothing(app, correlation).await;
        }
        Err(error) => {
            tracing::warn!(%account, ?error, "a link could not be made");
        }
    }
}

/// Commits once, as a link that is sent does: the positions of other answers do not tell for whom one was
/// asked in vain. There is always something to sweep.
pub async fn send_nothing(app: &App, correlation: CorrelationId) {
    if let Err(rejection) = sweeps::sweep(app, correlation).await {
        tracing::warn!(?rejection, "a sweep was rejected");
    }
}

/// A link that is to be made, and the letter that brings it.
pub fn link(app: &App, account: AccountId, email: Email, purpose: Purpose) -> (MakeLink, Letter) {
    letter(links::Link::make(account.0, purpose), email, lifetime(app, purpose), None)
}

/// The same for a link that strangers may ask for.
async fn repeated_link(
    app: &App,
    account: &Account,
    purpose: Purpose,
) -> Result<(MakeLink, Letter), ReadError> {
    let kept = app.readers.exact().link(account.id, purpose).await?;
    let when = (now(), micros(lifetime(app, purpose)));
    let (link, lives_us) = app.repeated.link(account, purpose, when, kept.as_ref());
    let valid_for = Duration::from_micros(lives_us.unsigned_abs());
    let made_of = Some((account.version, account.era));
    Ok(letter(link, account.email.clone(), valid_for, made_of))
}

fn letter(
    link: links::Link,
    email: Email,
    valid_for: Duration,
    made_of: Option<(i64, i64)>,
) -> (MakeLink, Letter) {
    let (account, purpose) = (AccountId(link.account), link.purpose);
    let (secret, lifetime_us) = (Text::stored(&link.hash()), micros(valid_for));
    let make = MakeLink { account, purpose, secret, email, lifetime_us, made_of };
    let token = Secret::new(link.text());
    let letter = match purpose {
        Purpose::ResetPassword => Letter::ResetPassword { token, valid_for },
        Purpose::ConfirmEmail => Letter::ConfirmAddress { token, valid_for },
        Purpose::ChangeEmail => Letter::ConfirmNewAddress { token, valid_for },
    };
    (make, letter)
}

fn lifetime(app: &App, purpose: Purpose) -> Duration {
    match purpose {
        Purpose::ResetPassword => app.settings.reset_link_ttl,
        Purpose::ConfirmEmail | Purpose::ChangeEmail => app.settings.confirm_link_ttl,
    }
}

/// What a token says, whether or not it is good.
pub fn shown(token: &str, purposes: &[Purpose]) -> Result<links::Link, Problem> {
    links::Link::read(token, purposes).map_err(|_| spent())
}

/// Tokens that are made up cost whoever brings them, before anything is read for him.
pub fn attempt<'a>(
    app: &'a App,
    client: Client,
    shown: &links::Link,
) -> Result<Attempt<'a>, Problem> {
    let whose = shown.account.to_string();
    let attempt = app.attempts.check(Guess::Link, whose, client, Instant::now());
    attempt.map_err(Problem::too_many_attempts)
}

/// The link that was shown, while it is good.
pub async fn read_link(
    app: &App,
    attempt: Attempt<'_>,
    shown: &links::Link,
) -> Result<Link, Problem> {
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

/// Tells what has become of an account. It has, whether or not this is sent.
pub fn tell(app: &App, to: &Email, language: Language, letter: Letter) {
    if let Err(error) = app.mail.send(Mail { to: to.clone(), language, letter }) {
        tracing::warn!(%error, "the owner of an account was not told");
    }
}

/// Each mail that is asked for counts, whether or not there is anybody to send it to.
pub async fn count_mail(app: &App, client: Client, to: &Email) -> Result<(), Problem> {
    let asked = origins::attempt(app, Guess::Mail, &to.folded(), client).await?;
    asked.failed(Instant::now());
    Ok(())
}

/// Who follows a link is the owner of the account.
pub fn owner(account: AccountId) -> Actor {
    Actor::of(Caller::account(account), Role::Customer)
}

pub fn spent() -> Problem {
    let detail = "this link was used, or has expired, or a later one was sent; ask for another one";
    Problem::new(codes::INVALID_LINK, detail)
}

refusals! {
    LinkRefusal {
        LinkRefusal::LinkSpent => [INVALID_LINK] spent(),
    }
}

refusals! {
    MakeLinkRefusal {
        // Whoever asks does not hear of it: `send_link` tells the log.
        MakeLinkRefusal::AccountClosed => [INVALID_LINK] spent(),
        MakeLinkRefusal::NotItsAddress => [CONFLICT] {
            let detail = "the account has another e-mail address by now; read it again";
            Problem::new(codes::CONFLICT, detail)
        },
        MakeLinkRefusal::AccountChanged => [INVALID_LINK] spent(),
        MakeLinkRefusal::TooSoon { .. } => [INVALID_LINK] spent(),
    }
}
