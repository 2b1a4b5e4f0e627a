//! Accounts of a tortured shop: whoever registered is there, once; rights are those that were given or
//! taken last; and whoever has gone is nobody.

use crate::attack::torture::{
    Asked, Asker, Client, Comparison, Entry, Fate, PASSWORD, Person, Step, Wire,
};
use domain::{Anonymize, EditAccount, Listed, Register};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a tortured shop is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    Register {
        username: String,
        asker: Option<Asker>,
    },
    /// By an admin, who gives the rights of one.
    Open {
        username: String,
    },
    /// By an admin: of these rights nothing is left.
    Demote {
        person: String,
        id: Uuid,
    },
    Leave {
        person: String,
        id: Uuid,
        asker: Asker,
    },
    /// Whoever was demoted tries to give rights to somebody.
    UseLostRights {
        person: String,
        to: Uuid,
        asker: Asker,
    },
}

impl Ask {
    /// Somebody whom nobody knows yet.
    pub fn register(client: &mut Client) -> Ask {
        Ask::Register { username: client.name("n"), asker: None }
    }

    pub fn register_as(person: &Person) -> Ask {
        Ask::Register { username: person.name.clone(), asker: Some(person.unknown()) }
    }

    pub fn open(person: &Person) -> Ask {
        Ask::Open { username: person.name.clone() }
    }

    pub fn demote(person: &Person) -> Ask {
        Ask::Demote { person: person.name.clone(), id: person.id }
    }

    pub fn use_lost_rights(client: &Client, person: &Person) -> Ask {
        let mut others = client.people.iter().filter(|other| !other.id.is_nil());
        let other = others.find(|other| other.id != person.id);
        let to = other.map_or(person.id, |other| other.id);
        Ask::UseLostRights { person: person.name.clone(), to, asker: person.haunts() }
    }

    pub fn leave(person: &Person) -> Ask {
        Ask::Leave { person: person.name.clone(), id: person.id, asker: person.asks() }
    }
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        match self {
            Ask::Register { .. } | Ask::Open { .. } => Register::NAME,
            Ask::Demote { .. } | Ask::UseLostRights { .. } => EditAccount::NAME,
            Ask::Leave { .. } => Anonymize::NAME,
        }
    }

    fn is_keyed(&self) -> bool {
        matches!(self, Ask::Open { .. })
    }

    fn may_be_refused(&self, code: &str) -> bool {
        match self {
            Ask::Register { .. } => code == "username_taken",
            // His session has ended with his account, which this node may know already.
            Ask::Leave { .. } => matches!(code, "unauthenticated" | "not_found"),
            Ask::UseLostRights { .. } => matches!(code, "unauthenticated" | "forbidden"),
            Ask::Open { .. } | Ask::Demote { .. } => false,
        }
    }

    /// By the attempt that had no answer: that is how it is told.
    fn is_done_if_refused(&self, code: &str) -> bool {
        !matches!(self, Ask::UseLostRights { .. }) && self.may_be_refused(code)
    }

    fn wire(&self) -> Wire {
        match self {
            Ask::Register { username, asker } => {
                let body = json!({
                    "username": username, "email": format!("{username}@example.com"),
                    "password": PASSWORD, "password2": PASSWORD,
                });
                Wire { asker: asker.clone(), ..Wire::post("/api/identity/register", body) }
            }
            Ask::Open { username } => Wire::post(
                "/api/identity/customers",
                json!({
                    "username": username, "email": format!("{username}@example.com"),
                    "password": PASSWORD, "role": "admin",
                }),
            ),
            Ask::Demote { id, .. } => role(*id, "customer"),
            Ask::UseLostRights { to, asker, .. } => role(*to, "admin").by(asker),
            Ask::Leave { asker, .. } => Wire::new("DELETE", "/api/identity/me").by(asker),
        }
    }

    fn learn(&self, client: &mut Client, body: &Value) {
        match self {
            Ask::Register { username, asker: None } => client.known.push(username.clone()),
            Ask::Register { username, .. } => learn_of(client, username, Step::Register, body),
            Ask::Open { username } => learn_of(client, username, Step::Open, body),
            Ask::Demote { person, .. } => {
                if let Some(person) = client.person_at(person, Step::Demote) {
                    person.is_demoted = true;
                    person.loses_sessions(0);
                    person.goes_on();
                }
            }
            // It is wrong already.
            Ask::UseLostRights { .. } => {}
            Ask::Leave { person, .. } => {
                if let Some(person) = client.person_at(person, Step::Leave) {
                    person.is_gone = true;
                    person.loses_sessions(0);
                    person.goes_on();
                }
            }
        }
    }
}

fn role(id: Uuid, role: &str) -> Wire {
    let body = Some(json!({ "role": role }));
    Wire { body, ..Wire::new("PATCH", &format!("/api/identity/customers/{id}")) }
}

/// Who was told only that his name is taken does not know his id, and lives no further.
fn learn_of(client: &mut Client, name: &str, step: Step, body: &Value) {
    let Some(person) = client.person_at(name, step) else { return };
    match body["id"].as_str().and_then(|id| Uuid::parse_str(id).ok()) {
        Some(id) => {
            person.id = id;
            person.goes_on();
        }
        None => person.ends(),
    }
}

pub(super) const NAMED: &str = "select username, @id from accounts";
pub(super) const FOUND: &str = "select @id, username, email, role, is_active,
    case when gone_at is null then 0 else 1 end from accounts";

/// Their ids by their names, which are there more than once only if something is wrong.
pub fn named<'c>(compared: &'c Comparison) -> anyhow::Result<Vec<[&'c str; 2]>> {
    compared.rows.of(NAMED)
}

/// An account as it was found.
#[derive(Debug)]
pub struct AccountRow<'c> {
    username: &'c str,
    pub email: &'c str,
    role: i64,
    is_active: bool,
    pub is_gone: bool,
}

pub fn found<'c>(compared: &'c Comparison) -> anyhow::Result<BTreeMap<&'c str, AccountRow<'c>>> {
    let row = |[id, username, email, role, is_active, gone]: [&'c str; 6]| {
        let is_active = matches!(is_active, "1" | "t");
        let row =
            AccountRow { username, email, role: role.parse()?, is_active, is_gone: gone == "1" };
        Ok((id, row))
    };
    compared.rows.of(FOUND)?.into_iter().map(row).collect()
}

pub(super) fn compare(compared: &Comparison, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    compare_names(compared, wrong)?;
    compare_rights(compared, wrong)
}

/// Whoever was told that he is registered is there, once, unless he has gone; and nobody who was refused.
fn compare_names(compared: &Comparison, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let mut found: BTreeMap<&str, u32> = BTreeMap::new();
    for [username, _] in named(compared)? {
        *found.entry(username).or_default() += 1;
    }
    let mut left: BTreeMap<&str, &Fate> = BTreeMap::new();
    for (entry, ask) in compared.asked::<Ask>() {
        if let Ask::Leave { person, .. } = ask
            && entry.fate != Fate::NotDone
        {
            left.insert(person, &entry.fate);
        }
    }
    for (username, told) in registered(compared) {
        let count = found.get(username).copied().unwrap_or(0);
        let is_right = match (told, left.get(username)) {
            (Fate::Done(_), None) => count == 1,
            (Fate::Done(_), Some(Fate::Done(_))) => count == 0,
            (Fate::Done(_), Some(_)) => count <= 1,
            (Fate::NotDone | Fate::Refused(_), _) => count == 0,
            (Fate::Unknown, _) => true,
        };
        if !is_right {
            wrong.push(format!("{username} is there {count} times, told {told:?}"));
        }
    }
    Ok(())
}

/// What became of each name: who was not served asks again, and that it was done stands.
fn registered<'c>(compared: &'c Comparison) -> BTreeMap<&'c str, &'c Fate> {
    let mut registered: BTreeMap<&str, &Fate> = BTreeMap::new();
    for (entry, ask) in compared.asked::<Ask>() {
        let (Ask::Register { username, .. } | Ask::Open { username }) = ask else { continue };
        let told = registered.entry(username).or_insert(&entry.fate);
        if matches!(entry.fate, Fate::Done(_) | Fate::Unknown) && !matches!(told, Fate::Done(_)) {
            *told = &entry.fate;
        }
    }
    registered
}

const CUSTOMER: i64 = 1;
const ADMIN: i64 = 3;

fn compare_rights(compared: &Comparison, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let found = found(compared)?;
    let mut roles: BTreeMap<String, i64> = BTreeMap::new();
    let is_done = |entry: &Entry| matches!(entry.fate, Fate::Done(_));
    for (entry, ask) in compared.asked::<Ask>().filter(|(entry, _)| is_done(entry)) {
        match (ask, &entry.fate) {
            (Ask::Open { .. }, Fate::Done(told)) => {
                let id = told["id"].as_str().unwrap_or_default().replace('-', "");
                roles.insert(id, ADMIN);
            }
            (Ask::Demote { id, .. }, _) => {
                roles.insert(id.simple().to_string(), CUSTOMER);
            }
            (Ask::UseLostRights { .. }, _) => {
                wrong.push(format!("{ask:?}: has given rights, and had none"));
            }
            (Ask::Leave { id, .. }, _) => {
                let row = found.get(id.simple().to_string().as_str());
                let is_nobody = row.is_some_and(|row| {
                    let is_blank =
                        row.username.starts_with("gone-") && row.email.ends_with("@gone.invalid");
                    row.is_gone && !row.is_active && is_blank
                });
                if !is_nobody {
                    wrong.push(format!("{ask:?}: was told that he is nobody's, and is {row:?}"));
                }
            }
            _ => {}
        }
    }
    for (id, role) in roles {
        let row = found.get(id.as_str());
        // What was asked for and not answered may have been done.
        let in_doubt = compared.asked::<Ask>().any(|(entry, ask)| {
            matches!(ask, Ask::Demote { id: other, .. } if other.simple().to_string() == id)
                && matches!(entry.fate, Fate::Unknown)
        });
        if !in_doubt && row.is_none_or(|row| row.role != role) {
            wrong.push(format!("account {id} should have the role {role}, and is {row:?}"));
        }
    }
    Ok(())
}
