//! Passwords and addresses: people set others, with what they know or with what came by mail; and some of
//! that has been used.

mod tortured;

use super::{Checked, Comes, Draw, Noun, draws::draws};
use crate::{
    attack::torture::{Comparison, Past},
    simulation::{Clients, Request},
};
use domain::{
    Action, ChangeEmail, ConfirmEmail, Email, Link, Listed, Outcome, Purpose, ReplaceHash,
    ResetPassword, SessionId, SetPassword, Text, credentials,
};
use model::Model;
use rusqlite::Connection;

pub use tortured::{Ask, Contest, RESET, contest};

/// Why the torture does not ask for it.
const REHASHED: &str = "a node sends it by itself when somebody who came from another shop logs in, \
                        and tells nobody: either hash lets him in";

pub struct Credentials;

impl Noun for Credentials {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            SetPassword, 3, Grave: |clients| {
                let place = clients.anybody();
                (place, clients.password(place))
            };
            ResetPassword, 3, Grave: |clients| {
                let (place, link) = clients.mail(Purpose::ResetPassword);
                let (secret, password_hash) = (link.secret, clients.new_hash());
                (place, ResetPassword { account: link.account, secret, password_hash })
            };
            ConfirmEmail, 2, Grave: |clients| {
                let (place, link) = clients.mail(Purpose::ConfirmEmail);
                (place, ConfirmEmail { account: link.account, secret: link.secret })
            };
            ChangeEmail, 4, Grave: |clients| {
                let (place, Link { account, secret, email, .. }) =
                    clients.mail(Purpose::ChangeEmail);
                (place, ChangeEmail { account, secret, email })
            };
            ReplaceHash, 1, Grave: |clients| {
                let place = clients.anybody();
                let (account, before) = (clients.people[place].id(), clients.known(place));
                (place, ReplaceHash { account, before, after: clients.new_hash() })
            };
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[
            (SetPassword::NAME, Comes::Asked),
            (ResetPassword::NAME, Comes::Asked),
            (ConfirmEmail::NAME, Comes::Asked),
            (ChangeEmail::NAME, Comes::Asked),
            (ReplaceHash::NAME, Comes::ByItself(REHASHED)),
        ]
    }

    fn learn(&self, clients: &mut Clients, request: &Request, outcome: &Outcome) -> Checked {
        let Outcome::Credentials(outcome) = outcome else { return Ok(()) };
        use credentials::Outcome as Of;
        match outcome {
            Of::SetPassword(account) | Of::ResetPassword(account) => {
                if let Some(person) = clients.owner(account.id) {
                    person.password = account.password_hash.clone();
                }
                clients.hear_of(account);
            }
            Of::ConfirmEmail(account) | Of::ChangeEmail((account, _)) => clients.hear_of(account),
            Of::ReplaceHash(is_replaced) => {
                if let Action::Credentials(credentials::Action::ReplaceHash(replace)) =
                    &request.command.action
                    && *is_replaced
                    && let Some(person) = clients.owner(replace.account)
                {
                    person.password = replace.after.clone();
                }
            }
        }
        Ok(())
    }

    fn compare(
        &self,
        compared: &Comparison,
        _: &mut Past,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        tortured::compare(compared, wrong)
    }

    /// Its rows are those of accounts, links and sessions.
    fn judge(&self, _: &Connection, _: &Model) -> Checked {
        Ok(())
    }

    fn judge_all(&self, _: &Connection, _: &Model) -> Checked {
        Ok(())
    }
}

impl Clients {
    fn new_hash(&mut self) -> Text<255> {
        Text::stored(&format!("hash {}", self.random.below(1000)))
    }

    /// The password that was told last, mostly.
    fn known(&mut self, place: usize) -> Text<255> {
        match self.random.chance(850) {
            true => self.people[place].password.clone(),
            false => Text::stored("hash"),
        }
    }

    /// From which somebody asks, if he says so.
    pub fn own_session(&mut self, place: usize) -> Option<SessionId> {
        let own = self.random.pick(&self.people[place].sessions).map(|session| session.id);
        own.filter(|_| self.random.chance(700))
    }

    fn password(&mut self, place: usize) -> SetPassword {
        let known = self.random.chance(800).then(|| self.known(place));
        let keeps = self.own_session(place);
        let password_hash = self.new_hash();
        SetPassword { account: self.people[place].id(), password_hash, known, keeps }
    }

    /// Somebody who has mail of this kind, and the newest of it or an older one; or somebody who guesses.
    fn mail(&mut self, purpose: Purpose) -> (usize, Link) {
        let has = |person: &&crate::simulation::Person| {
            person.account.is_some() && person.links.iter().any(|link| link.purpose == purpose)
        };
        let places: Vec<usize> =
            (0..self.people.len()).filter(|place| has(&&self.people[*place])).collect();
        let place = self.random.pick(&places).copied().unwrap_or_else(|| self.anybody());
        let person = &self.people[place];
        let links: Vec<&Link> =
            person.links.iter().filter(|link| link.purpose == purpose).collect();
        let newest = self.random.chance(700).then(|| links.last().copied()).flatten();
        let link = newest.or_else(|| self.random.pick(&links).copied()).cloned();
        let link = link.unwrap_or_else(|| guessed(person.id(), purpose));
        (place, link)
    }
}

fn guessed(account: domain::AccountId, purpose: Purpose) -> Link {
    Link {
        account,
        purpose,
        secret: Text::stored("a guess"),
        email: Email::stored("guess@example.com"),
        made_at: domain::Micros(0),
        expires_at: domain::Micros(0),
    }
}
