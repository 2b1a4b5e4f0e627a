//! Sessions of a tortured shop: they go on until they are ended, and by one that has ended nobody writes.

use crate::attack::torture::{Asked, Asker, Client, PASSWORD, Person, Step, Wire};
use domain::{EndSession, EndSessions, Listed, OpenSession, PlaceOrder, RefreshSession};
use serde::Serialize;
use serde_json::{Value, json};

/// What a tortured shop is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    LogIn {
        username: String,
    },
    Refresh {
        token: String,
    },
    /// Somebody whose account a client looks after.
    Enter {
        person: String,
        asker: Asker,
        password: String,
    },
    LogOut {
        person: String,
        asker: Asker,
        everywhere: bool,
    },
    /// An order by a session that has ended, at a node that need not have heard of it.
    Haunt {
        person: String,
        asker: Asker,
    },
}

impl Ask {
    /// As somebody who has registered.
    pub fn log_in(client: &mut Client) -> Option<Ask> {
        let username = client.random.pick(&client.known).cloned();
        username.map(|username| Ask::LogIn { username })
    }

    pub fn refresh(client: &mut Client) -> Option<Ask> {
        let held: Vec<&String> = client.sessions.values().collect();
        let token = client.random.pick(&held).map(|token| (*token).clone());
        token.map(|token| Ask::Refresh { token })
    }

    pub fn enter(person: &Person) -> Ask {
        let (password, asker) = (person.password.clone(), person.unknown());
        Ask::Enter { person: person.name.clone(), asker, password }
    }

    /// Out of the session that was opened last.
    pub fn log_out(person: &Person) -> Ask {
        let last = person.sessions.last();
        let asker = last.map_or_else(|| person.unknown(), |last| person.shows(&last.access));
        Ask::LogOut { person: person.name.clone(), asker, everywhere: false }
    }

    pub fn log_out_everywhere(person: &Person) -> Ask {
        Ask::LogOut { person: person.name.clone(), asker: person.asks(), everywhere: true }
    }

    pub fn haunt(person: &Person) -> Ask {
        Ask::Haunt { person: person.name.clone(), asker: person.haunts() }
    }
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        match self {
            Ask::LogIn { .. } | Ask::Enter { .. } => OpenSession::NAME,
            Ask::Refresh { .. } => RefreshSession::NAME,
            Ask::LogOut { everywhere: false, .. } => EndSession::NAME,
            Ask::LogOut { everywhere: true, .. } => EndSessions::NAME,
            Ask::Haunt { .. } => PlaceOrder::NAME,
        }
    }

    /// Who asks again has no session any more to ask by.
    fn may_be_refused(&self, code: &str) -> bool {
        matches!(self, Ask::LogOut { .. } | Ask::Haunt { .. }) && code == "unauthenticated"
    }

    fn is_done_if_refused(&self, code: &str) -> bool {
        matches!(self, Ask::LogOut { .. }) && self.may_be_refused(code)
    }

    /// A used token that comes back late is a stolen one: what becomes of sessions is seen otherwise.
    fn is_asked_again(&self) -> bool {
        matches!(self, Ask::LogOut { .. } | Ask::Haunt { .. })
    }

    fn wire(&self) -> Wire {
        let token = |name: &str, password: &str| {
            let body = json!({ "username": name, "password": password });
            Wire::post("/api/identity/token", body)
        };
        match self {
            Ask::LogIn { username } => token(username, PASSWORD),
            Ask::Refresh { token } => {
                Wire::post("/api/identity/token/refresh", json!({ "refresh": token }))
            }
            Ask::Enter { person, asker, password } => token(person, password).by(asker),
            Ask::LogOut { asker, everywhere, .. } => {
                Wire::post("/api/identity/logout", json!({ "all": everywhere })).by(asker)
            }
            Ask::Haunt { asker, .. } => an_order().by(asker),
        }
    }

    fn learn(&self, client: &mut Client, body: &Value) {
        match self {
            Ask::LogIn { username } => client.keep_session(username, body),
            Ask::Refresh { token } => {
                let owner = client.sessions.iter().find(|(_, held)| *held == token);
                if let Some(username) = owner.map(|(username, _)| username.clone()) {
                    client.keep_session(&username, body);
                }
            }
            Ask::Enter { person, .. } => {
                if let Some(person) = client.person_at(person, Step::LogIn) {
                    person.keeps_session(body);
                    person.goes_on();
                }
            }
            Ask::LogOut { person, everywhere, .. } => {
                let step = if *everywhere { Step::LogOutEverywhere } else { Step::LogOut };
                if let Some(person) = client.person_at(person, step) {
                    let others = person.sessions.len().saturating_sub(1);
                    person.loses_sessions(if *everywhere { 0 } else { others });
                    person.goes_on();
                }
            }
            Ask::Haunt { person, .. } => {
                client.has_seen(format!("{person} orders by a session that has ended: {body}"));
            }
        }
    }
}

/// Of what there is.
pub fn an_order() -> Wire {
    let items = json!([{ "product": 1, "quantity": 1 }]);
    Wire::post("/api/orders/orders", json!({ "order_items": items }))
}

impl Client {
    pub fn keep_session(&mut self, username: &str, body: &Value) {
        if let Some(token) = body["refresh"].as_str() {
            self.sessions.insert(username.to_owned(), token.to_owned());
        }
    }
}
