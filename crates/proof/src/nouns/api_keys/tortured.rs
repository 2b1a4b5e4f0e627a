//! API keys of a tortured shop: made once, and revoked for good.

use crate::attack::torture::{Asked, Asker, Client, Comparison, Fate, Machine, Person, Step, Wire};
use domain::{CreateApiKey, EditAccount, Listed, RevokeApiKey};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

const KEYS: &str = "/api/identity/api-keys";

/// What a tortured shop is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    Make {
        person: String,
        asker: Asker,
    },
    /// By another admin: who made it has no rights any more.
    Revoke {
        person: String,
        id: Uuid,
    },
    /// An edit by a key that was revoked, at a node that need not have heard of it.
    Haunt {
        person: String,
        id: Uuid,
        asker: Asker,
    },
}

impl Ask {
    pub fn make(person: &Person) -> Ask {
        Ask::Make { person: person.name.clone(), asker: person.asks() }
    }

    pub fn revoke(person: &Person) -> Ask {
        let id = person.machine.as_ref().map_or(Uuid::nil(), |machine| machine.id);
        Ask::Revoke { person: person.name.clone(), id }
    }

    pub fn haunt(person: &Person) -> Ask {
        let key = person.machine.as_ref().and_then(|machine| machine.key.as_deref());
        let asker = person.shows(key.unwrap_or_default());
        Ask::Haunt { person: person.name.clone(), id: person.id, asker }
    }
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        match self {
            Ask::Make { .. } => CreateApiKey::NAME,
            Ask::Revoke { .. } => RevokeApiKey::NAME,
            Ask::Haunt { .. } => EditAccount::NAME,
        }
    }

    fn may_be_refused(&self, code: &str) -> bool {
        matches!(self, Ask::Haunt { .. }) && code == "unauthenticated"
    }

    fn is_keyed(&self) -> bool {
        matches!(self, Ask::Make { .. })
    }

    /// Who made one has lost his rights since.
    fn is_repeated(&self) -> bool {
        false
    }

    fn wire(&self) -> Wire {
        match self {
            Ask::Make { person, asker } => {
                let scopes = ["customers:read", "customers:write", "intake"];
                let body = json!({ "name": person, "scopes": scopes, "channel": person });
                Wire::post(KEYS, body).by(asker)
            }
            Ask::Revoke { id, .. } => Wire::new("DELETE", &format!("{KEYS}/{id}")),
            Ask::Haunt { id, asker, .. } => an_edit(*id).by(asker),
        }
    }

    fn learn(&self, client: &mut Client, body: &Value) {
        match self {
            Ask::Make { person, .. } => {
                if let Some(person) = client.person_at(person, Step::MakeKey) {
                    let id = body["id"].as_str().and_then(|id| Uuid::parse_str(id).ok());
                    let key = body["key"].as_str().map(str::to_owned);
                    let machine = |id| Machine { id, key, is_revoked: false };
                    person.machine = id.map(machine);
                    person.goes_on();
                }
            }
            Ask::Revoke { person, .. } => {
                if let Some(person) = client.person_at(person, Step::RevokeKey) {
                    person.machine.iter_mut().for_each(|machine| machine.is_revoked = true);
                    person.goes_on();
                }
            }
            Ask::Haunt { person, .. } => {
                client.has_seen(format!("{person} edits by a revoked key: {body}"));
            }
        }
    }
}

/// Of nothing: it is a write like any other, and harmless where it is let in.
pub fn an_edit(account: Uuid) -> Wire {
    let path = format!("/api/identity/customers/{account}");
    Wire { body: Some(json!({})), ..Wire::new("PATCH", &path) }
}

pub(super) const MADE: &str =
    "select @id, name, case when revoked_at is null then 0 else 1 end from api_keys";

pub(super) fn compare(compared: &Comparison, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let mut rows: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for [id, name, is_revoked] in compared.rows.of(MADE)? {
        rows.entry(name).or_default().push((id, is_revoked));
    }
    let mut revoked: BTreeMap<&str, &Fate> = BTreeMap::new();
    for (entry, ask) in compared.asked::<Ask>() {
        if let Ask::Revoke { person, .. } = ask
            && entry.fate != Fate::NotDone
        {
            revoked.insert(person, &entry.fate);
        }
    }
    for (entry, ask) in compared.asked::<Ask>() {
        let Ask::Make { person, .. } = ask else { continue };
        let Fate::Done(told) = &entry.fate else { continue };
        let id = told["id"].as_str().unwrap_or_default().replace('-', "");
        let found = rows.remove(person.as_str()).unwrap_or_default();
        let is_right = match (found.as_slice(), revoked.get(person.as_str())) {
            ([(is, "0")], None) | ([(is, "1")], Some(Fate::Done(_))) => *is == id,
            ([(is, _)], Some(Fate::Unknown)) => *is == id,
            _ => false,
        };
        if !is_right {
            wrong.push(format!("the key of {person} was told {told}, and is {found:?}"));
        }
    }
    let may_be = |name: &&str| {
        compared.asked::<Ask>().any(|(entry, ask)| {
            matches!(ask, Ask::Make { person, .. } if person == *name)
                && entry.fate == Fate::Unknown
        })
    };
    for (name, found) in rows.iter().filter(|(name, _)| !may_be(name)) {
        wrong.push(format!("nobody was told of the key of {name}: {found:?}"));
    }
    Ok(())
}
