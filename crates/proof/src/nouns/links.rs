//! Links: people have them sent, to their own address or to another that they would like to have.

use super::{Broken, Checked, Comes, Draw, Noun, Texts, draws::draws, rows, same};
use crate::{
    attack::torture::{Asked, Asker, Client, Person, Step, Wire},
    simulation::{Clients, Request},
};
use domain::{AccountId, Email, Link, Listed, MakeLink, Micros, Outcome, Purpose, Text, links};
use model::Model;
use rows::{all, by, coded, failed, same_rows, text, uuid};
use rusqlite::{Connection, Row};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub struct Links;

impl Noun for Links {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            MakeLink, 6, Plain: |clients| {
                let place = clients.anybody();
                (place, clients.link(place))
            };
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[(MakeLink::NAME, Comes::Asked)]
    }

    fn learn(&self, clients: &mut Clients, _: &Request, outcome: &Outcome) -> Checked {
        let Outcome::Links(links::Outcome::MakeLink(link)) = outcome else { return Ok(()) };
        if let Some(person) = clients.owner(link.account) {
            person.links.push(link.clone());
        }
        Ok(())
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        for key in &model.touched.links.touched {
            let sql = format!("{SELECT} where account_id = ?1 and purpose = ?2");
            let keys = (key.0.0.into_bytes(), code(key.1));
            let found = all(rows, &sql, keys, link).map_err(failed)?;
            same("a link", found.first(), model.links.get(key))?;
        }
        Ok(())
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        same_rows("links", &kept(rows)?, &model.links)
    }

    /// One that is still good is promised to be kept.
    fn forget(&self, rows: &Connection, model: &mut Model, now: Micros) -> Checked {
        let kept = kept(rows)?;
        let gone: Vec<_> =
            model.links.keys().filter(|key| !kept.contains_key(key)).copied().collect();
        for key in gone {
            let link = model.links.remove(&key);
            let is_old = link.as_ref().is_some_and(|link| link.expires_at <= now);
            same(&format!("{link:?} was swept when it was old"), is_old, true)?;
        }
        Ok(())
    }

    fn texts(&self) -> Option<Texts> {
        let sql = "select secret, email, email_folded, made_at, expires_at from links
            order by account_id, purpose";
        let expected = |model: &Model| {
            let row = |link: &Link| {
                let [made, expires] = [link.made_at, link.expires_at].map(|at| at.0.to_string());
                let email = link.email.as_str().to_owned();
                let folded = email.to_ascii_lowercase();
                vec![link.secret.to_string(), email, folded, made, expires]
            };
            model.links.values().map(row).collect()
        };
        Some(Texts { sql, expected })
    }
}

const SELECT: &str = "select account_id, purpose, secret, email, made_at, expires_at from links";

const CODES: [(i64, Purpose); 3] =
    [(1, Purpose::ResetPassword), (2, Purpose::ConfirmEmail), (3, Purpose::ChangeEmail)];

fn code(purpose: Purpose) -> i64 {
    CODES.iter().find(|(_, known)| *known == purpose).map_or(0, |(code, _)| *code)
}

fn kept(rows: &Connection) -> Result<BTreeMap<(AccountId, Purpose), Link>, Broken> {
    by(all(rows, SELECT, [], link), |link| (link.account, link.purpose))
}

fn link(row: &Row) -> rows::Read<Link> {
    Ok(Link {
        account: AccountId(uuid(row, "account_id")?),
        purpose: coded(row, "purpose", CODES)?,
        secret: Text::stored(text(row, "secret")?),
        email: Email::stored(text(row, "email")?),
        made_at: Micros(row.get("made_at")?),
        expires_at: Micros(row.get("expires_at")?),
    })
}

impl Clients {
    fn link(&mut self, place: usize) -> MakeLink {
        let purpose = CODES[self.random.below(CODES.len())].1;
        let own = self.people[place].account.as_ref().map(|account| account.email.clone());
        let neighbour = self.anybody();
        let email = match (purpose, own) {
            (Purpose::ResetPassword | Purpose::ConfirmEmail, Some(own)) => own,
            _ if self.random.chance(400) => {
                Email::stored(&format!("person{neighbour}@example.com"))
            }
            _ => Email::stored(&format!("Moved{}@example.com", self.step)),
        };
        let lifetimes = [90 * Micros::SECOND, Micros::HOUR, Micros::DAY];
        MakeLink {
            account: self.people[place].id(),
            purpose,
            secret: Text::stored(&self.random.uuid().simple().to_string()),
            email,
            lifetime_us: lifetimes[self.random.below(lifetimes.len())],
            made_of: self.random.chance(300).then(|| {
                let known = self.people[place].account.as_ref();
                known.map_or((1, 1), |account| (account.version, account.era))
            }),
        }
    }
}

/// What a tortured shop is asked for. That it was is all that anybody is told: the link comes by mail.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    WantReset { person: String, asker: Asker, email: String },
    WantEmail { person: String, asker: Asker, email: String, password: String },
}

impl Ask {
    pub fn want_reset(person: &Person) -> Ask {
        let (email, asker) = (person.email.clone(), person.unknown());
        Ask::WantReset { person: person.name.clone(), asker, email }
    }

    pub fn want_email(person: &Person) -> Ask {
        let (email, password) = (person.wanted.clone(), person.password.clone());
        Ask::WantEmail { person: person.name.clone(), asker: person.asks(), email, password }
    }
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        MakeLink::NAME
    }

    /// Somebody else was quicker.
    fn may_be_refused(&self, code: &str) -> bool {
        matches!(self, Ask::WantEmail { .. }) && code == "email_taken"
    }

    fn wire(&self) -> Wire {
        match self {
            Ask::WantReset { asker, email, .. } => {
                Wire::post("/api/identity/password-reset", json!({ "email": email })).by(asker)
            }
            Ask::WantEmail { asker, email, password, .. } => {
                let body = json!({ "email": email, "password": password });
                Wire::post("/api/identity/me/email", body).by(asker)
            }
        }
    }

    fn learn(&self, client: &mut Client, _: &Value) {
        let (person, step) = match self {
            Ask::WantReset { person, .. } => (person, Step::WantReset),
            Ask::WantEmail { person, .. } => (person, Step::WantEmail),
        };
        client.person_at(person, step).into_iter().for_each(Person::goes_on);
    }
}
