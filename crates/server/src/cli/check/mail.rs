//! Whether mail goes out, and who could read it on its way.

use super::{Problem, problem};
use crate::{
    ports::mail::{check_templates, try_server},
    settings::{MailTls, Settings},
};
use std::time::Duration;

/// How long the mail server may take to greet: a check is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the settings ask of customers that only a mail can bring.
pub fn needed(settings: &Settings) -> Option<Problem> {
    let what = match (settings.registration_tells, settings.orders_need_confirmed_email) {
        _ if settings.smtp_url.is_some() => return None,
        (false, _) => {
            "registration_tells is false, so nobody logs in before a mail has confirmed the address"
        }
        (true, true) => {
            "orders_need_confirmed_email is true, so nobody orders before a mail has confirmed the address"
        }
        (true, false) => return None,
    };
    Some(problem(
        format!("{what}, and no mail is sent"),
        "Set SUTLER_SMTP_URL, or SUTLER_SMTP_URL_FILE to a file with it, and SUTLER_MAIL_FROM.",
    ))
}

/// Each place at which a template of the shop's own is wrong: a node does not begin with it.
pub fn templates(settings: &Settings) -> impl Iterator<Item = Problem> {
    check_templates(settings).into_iter().map(|what| {
        problem(what, "Mend the file, or take it away; `sutler mail templates` prints the shop's own letters.")
    })
}

/// A shop without mail works, so it is no problem.
pub fn missing(settings: &Settings) -> Option<Problem> {
    settings.smtp_url.is_none().then(|| {
        problem(
            "no mail is sent: who forgets his password cannot choose a new one",
            "Set SUTLER_SMTP_URL, or SUTLER_SMTP_URL_FILE to a file with it, and SUTLER_MAIL_FROM.",
        )
    })
}

pub async fn unsafe_or_broken(settings: &Settings) -> Vec<Problem> {
    let Some(server) = &settings.smtp_url else { return Vec::new() };
    let mut problems = Vec::new();
    if server.tls == MailTls::None && !server.is_here() {
        problems.push(problem(
            format!("smtp_url reaches {server} without TLS: links that open accounts travel in the clear"),
            "Use smtps://, or smtp:// without ?tls=none, in SUTLER_SMTP_URL.",
        ));
    }
    // An address that is derived is found with the one that it comes from.
    if !settings.mail_link_base.starts_with("https://")
        && settings.mail_link_base != settings.public_url
    {
        problems.push(problem(
            format!(
                "mail_link_base is {}: links that open accounts travel in the clear",
                settings.mail_link_base
            ),
            "Set SUTLER_MAIL_LINK_BASE to an https:// address.",
        ));
    }
    if let Err(why) = try_server(settings, PATIENCE).await {
        problems.push(problem(
            format!("the mail server {server} cannot be used: {why}"),
            "Check SUTLER_SMTP_URL, and that the server can be reached from here.",
        ));
    }
    problems
}
