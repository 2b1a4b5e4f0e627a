//! Passwords and addresses of a tortured shop: a link is good once, an address belongs to who was told so,
//! and which passwords are good is told by what was acknowledged.

use crate::{
    attack::torture::{Asked, Asker, Client, Comparison, Entry, Fate, Of, Person, Step, Wire},
    nouns::accounts,
};
use domain::{ChangeEmail, ConfirmEmail, Listed, ResetPassword, SetPassword};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub const RESET: &str = "/api/identity/password-reset/confirm";
pub const CONFIRM: &str = "/api/identity/me/email/confirm";

/// What a tortured shop is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    SetPassword {
        person: String,
        asker: Asker,
        known: String,
        password: String,
    },
    /// By whoever reads the mail.
    Reset {
        person: String,
        link: String,
        password: String,
    },
    Confirm {
        person: String,
        link: String,
        asker: Asker,
    },
    Change {
        person: String,
        id: Uuid,
        link: String,
        asker: Asker,
        email: String,
    },
}

/// None that anybody could guess.
fn new_password(client: &mut Client) -> String {
    format!("lamp {:016x}", client.random.next())
}

impl Ask {
    pub fn set_password(client: &mut Client, person: &Person) -> Ask {
        Ask::SetPassword {
            person: person.name.clone(),
            asker: person.asks(),
            known: person.password.clone(),
            password: new_password(client),
        }
    }

    pub fn reset_of(client: &mut Client, person: &str, link: String) -> Ask {
        Ask::Reset { person: person.to_owned(), link, password: new_password(client) }
    }

    pub fn confirm(person: &Person, link: String) -> Ask {
        Ask::Confirm { person: person.name.clone(), link, asker: person.unknown() }
    }

    pub fn change_email(person: &Person, link: String) -> Ask {
        let (id, asker, email) = (person.id, person.unknown(), person.wanted.clone());
        Ask::Change { person: person.name.clone(), id, link, asker, email }
    }

    fn link(&self) -> Option<&str> {
        match self {
            Ask::SetPassword { .. } => None,
            Ask::Reset { link, .. } | Ask::Confirm { link, .. } | Ask::Change { link, .. } => {
                Some(link)
            }
        }
    }
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        match self {
            Ask::SetPassword { .. } => SetPassword::NAME,
            Ask::Reset { .. } => ResetPassword::NAME,
            Ask::Confirm { .. } => ConfirmEmail::NAME,
            Ask::Change { .. } => ChangeEmail::NAME,
        }
    }

    fn may_be_refused(&self, code: &str) -> bool {
        match self {
            Ask::SetPassword { .. } => code == "invalid_credentials",
            Ask::Change { .. } => matches!(code, "invalid_link" | "email_taken"),
            Ask::Reset { .. } | Ask::Confirm { .. } => code == "invalid_link",
        }
    }

    /// Two follow a link to a new password: whom it has served is seen by which one is good.
    fn is_done_if_refused(&self, code: &str) -> bool {
        match self {
            Ask::Reset { .. } => false,
            Ask::SetPassword { .. } => code == "invalid_credentials",
            Ask::Confirm { .. } | Ask::Change { .. } => code == "invalid_link",
        }
    }

    fn wire(&self) -> Wire {
        match self {
            Ask::SetPassword { asker, known, password, .. } => {
                let body = json!({
                    "current_password": known, "password": password, "password2": password,
                });
                Wire::post("/api/identity/me/password", body).by(asker)
            }
            Ask::Reset { link, password, .. } => {
                let body = json!({ "token": link, "password": password, "password2": password });
                Wire::post(RESET, body)
            }
            Ask::Confirm { link, asker, .. } | Ask::Change { link, asker, .. } => {
                Wire::post(CONFIRM, json!({ "token": link })).by(asker)
            }
        }
    }

    fn learn(&self, client: &mut Client, _: &Value) {
        match self {
            Ask::SetPassword { person, password, .. } => {
                if let Some(person) = client.person_at(person, Step::SetPassword) {
                    person.former.push(std::mem::replace(&mut person.password, password.clone()));
                    person.loses_sessions(1);
                    person.goes_on();
                }
            }
            Ask::Reset { person, .. } => {
                client.person_at(person, Step::Reset).into_iter().for_each(Person::goes_on);
            }
            Ask::Confirm { person, link, .. } => {
                if let Some(person) = client.person_at(person, Step::ConfirmEmail) {
                    person.used.push((CONFIRM, link.clone()));
                    person.goes_on();
                }
            }
            Ask::Change { person, link, email, .. } => {
                if let Some(person) = client.person_at(person, Step::ChangeEmail) {
                    person.used.push((CONFIRM, link.clone()));
                    person.email.clone_from(email);
                    person.goes_on();
                }
            }
        }
    }
}

/// The passwords that one link was used with: those that were acknowledged, and those of which it is not
/// known whether the attempt that had no answer had set them.
#[derive(Debug, Default)]
pub struct Contest<'e> {
    pub set: Vec<&'e str>,
    pub maybe: Vec<&'e str>,
    pub never: Vec<&'e str>,
    /// Somebody still waits for his answer.
    pub is_open: bool,
}

impl Contest<'_> {
    /// Nobody was told that it was he, and somebody may have been.
    pub fn is_undecided(&self) -> bool {
        self.set.is_empty() && !self.maybe.is_empty()
    }

    /// The link is used.
    pub fn is_over(&self) -> bool {
        let is_used = !self.set.is_empty() || !self.maybe.is_empty();
        is_used && !self.is_open
    }
}

pub fn contest<'e>(entries: &'e [Entry], person: &str) -> Contest<'e> {
    let mut contest = Contest::default();
    for entry in entries {
        let Some(Ask::Reset { person: whose, password, .. }) = Ask::of(&entry.ask) else {
            continue;
        };
        if whose != person {
            continue;
        }
        match &entry.fate {
            Fate::Done(_) => contest.set.push(password),
            Fate::Refused(_) if entry.was_unknown => contest.maybe.push(password),
            Fate::Refused(_) | Fate::NotDone => contest.never.push(password),
            Fate::Unknown => contest.is_open = true,
        }
    }
    contest
}

pub(super) fn compare(compared: &Comparison, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let found = accounts::found(compared)?;
    let mut used: BTreeMap<&str, &Ask> = BTreeMap::new();
    let mut owners: BTreeMap<String, &Ask> = BTreeMap::new();
    for (_, ask) in compared.asked::<Ask>().filter(|(e, _)| matches!(e.fate, Fate::Done(_))) {
        if let Some(other) = ask.link().and_then(|link| used.insert(link, ask)) {
            wrong.push(format!("one link was good twice: {other:?} and {ask:?}"));
        }
        let Ask::Change { id, email, .. } = ask else { continue };
        if let Some(other) = owners.insert(email.to_lowercase(), ask) {
            wrong.push(format!("one address was given twice: {other:?} and {ask:?}"));
        }
        let row = found.get(id.simple().to_string().as_str());
        if row.is_none_or(|row| row.email != email) {
            wrong.push(format!("{ask:?} is acknowledged, and the account is {row:?}"));
        }
    }
    Ok(())
}
