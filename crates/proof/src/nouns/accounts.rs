//! Accounts: people register, some of them under a name that looks like another's; they are edited by
//! themselves, the staff and the admin; and some leave.

use super::{Checked, Comes, Draw, Noun, draws::draws, rows};
use crate::{
    attack::torture::{Asked, Client, Comparison, Fate, PASSWORD, Past, Wire},
    simulation::{Clients, Person, Request},
};
use domain::{
    Account, AccountId, Action, Anonymize, Caller, CallerKind, EditAccount, Email, Listed, Micros,
    Outcome, Register, Role, Text, Username, accounts,
};
use model::Model;
use rows::{Read, Which, by, coded, failed, micros, same_rows, some, text, uuid};
use rusqlite::Connection;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub struct Accounts;

impl Noun for Accounts {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            Register, 7, Grave: |clients| {
                let place = clients.anybody();
                (place, clients.registration(place))
            };
            EditAccount, 5, Grave: |clients| {
                let place = clients.editor();
                (place, clients.account_edit(place))
            };
            Anonymize, 1, Grave: |clients| {
                let place = clients.editor();
                (place, Anonymize { id: clients.edited(place) })
            };
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[
            (Register::NAME, Comes::Asked),
            (EditAccount::NAME, NOT_ASKED),
            (Anonymize::NAME, NOT_ASKED),
        ]
    }

    fn renew(&self, _: &mut Clients, action: &mut Action, id: Uuid) -> bool {
        if let Action::Accounts(accounts::Action::Register(account)) = action {
            account.id = AccountId(id);
        }
        false
    }

    fn learn(&self, clients: &mut Clients, request: &Request, outcome: &Outcome) -> Checked {
        let Outcome::Accounts(outcome) = outcome else { return Ok(()) };
        match outcome {
            accounts::Outcome::Register(account) => {
                let asker = request.command.who.actor;
                let mut people = clients.people.iter_mut();
                if let Some(person) = people.find(|person| person.actor == asker) {
                    person.settle(Account::clone(account));
                }
            }
            accounts::Outcome::EditAccount(account) => clients.hear_of(account),
            accounts::Outcome::Anonymize(account) => {
                if let Some(person) = clients.owner(account.id) {
                    person.leave();
                }
            }
        }
        Ok(())
    }

    fn statements(&self) -> &'static [&'static str] {
        &[NAMED]
    }

    fn compare(
        &self,
        compared: &Comparison,
        _: &mut Past,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        compare(compared, wrong)
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        for id in &model.touched.accounts {
            let found = read(rows, Which::One(id.0)).map_err(failed)?;
            super::same("an account", found.first(), model.accounts.get(id))?;
        }
        Ok(())
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        same_rows("accounts", &by(read(rows, Which::All), |account| account.id)?, &model.accounts)
    }
}

/// The wire is not asked for it yet.
const NOT_ASKED: Comes = Comes::ByItself("simulated; the torture does not ask for it yet");

impl Person {
    /// From now on he asks by his account.
    fn settle(&mut self, account: Account) {
        self.actor.caller = Caller { kind: CallerKind::Account, id: account.id.0 };
        (self.password, self.account) = (account.password_hash.clone(), Some(account));
        self.addresses.clear();
        self.links.clear();
        self.factor = None;
    }

    /// Whose tokens, links and addresses he still knows.
    fn leave(&mut self) {
        self.account = None;
    }
}

impl Clients {
    /// What one of its commands has made of an account.
    pub fn hear_of(&mut self, account: &Account) {
        if let Some(person) = self.owner(account.id) {
            person.account = Some(account.clone());
        }
    }

    /// Mostly the admin, for the others may do little.
    fn editor(&mut self) -> usize {
        match self.random.below(10) {
            0..5 => 0,
            5..7 => self.staff(),
            _ => self.anybody(),
        }
    }

    /// Oneself, or anybody.
    fn edited(&mut self, editor: usize) -> AccountId {
        let place = if self.random.chance(350) { editor } else { self.anybody() };
        self.people[place].id()
    }

    fn account_edit(&mut self, editor: usize) -> EditAccount {
        let id = self.edited(editor);
        let version = self.owner(id).and_then(|person| person.account.as_ref());
        let version = version.map_or(1, |account| account.version);
        let name = self.anybody();
        let mut edit = EditAccount::of(id);
        edit.versions = self.random.chance(400).then(|| vec![version]);
        let mut given = |chance| self.random.chance(chance);
        edit.username = given(150).then(|| Username::stored(&format!("person{name}")));
        edit.email = given(150).then(|| Email::stored(&format!("person{name}@example.com")));
        edit.last_name = given(200).then(|| Text::stored("Lovelace"));
        edit.is_active = given(250).then(|| given(750));
        edit.first_name =
            self.random.chance(400).then(|| Text::stored(&format!("Ada {}", self.step)));
        edit.role = self.random.chance(150).then(|| Role::ALL[self.random.below(3)]);
        edit
    }

    fn registration(&mut self, place: usize) -> Register {
        // Some want a name that looks like another's.
        let name = match self.random.chance(150) {
            true => self.anybody(),
            false => place,
        };
        let mail = if self.random.chance(150) { name } else { place };
        let (name, mail) = match self.random.chance(300) {
            true => (format!("PERSON{name}"), format!("Person{mail}@Example.com")),
            false => (format!("person{name}"), format!("person{mail}@example.com")),
        };
        Register {
            id: AccountId(Uuid::nil()),
            username: Username::stored(&name),
            email: Email::stored(&mail),
            password_hash: Text::stored("hash"),
            first_name: Text::stored("Ada"),
            last_name: Text::stored("Sutler"),
            role: self.people[place].actor.role,
            email_confirmed: self.random.chance(200),
            is_closed: self.random.chance(20),
        }
    }
}

fn read(connection: &Connection, which: Which<Uuid>) -> Read<Vec<Account>> {
    let sql =
        "select id, username, username_skeleton, email, email_confirmed, password_hash, first_name, last_name, role,
        is_active, version, era, era_began_at, gone_at, created_at, updated_at from accounts";
    some(connection, sql, which, |row| {
        let skeleton: Option<String> = row.get("username_skeleton")?;
        Ok(Account {
            id: AccountId(uuid(row, "id")?),
            username: Username::stored(text(row, "username")?),
            skeleton: skeleton.map(|skeleton| Text::stored(&skeleton)),
            email: Email::stored(text(row, "email")?),
            email_confirmed: row.get("email_confirmed")?,
            password_hash: Text::stored(text(row, "password_hash")?),
            first_name: Text::stored(text(row, "first_name")?),
            last_name: Text::stored(text(row, "last_name")?),
            role: coded(row, "role", [(1, Role::Customer), (2, Role::Staff), (3, Role::Admin)])?,
            is_active: row.get("is_active")?,
            version: row.get("version")?,
            era: row.get("era")?,
            era_began_at: micros(row, "era_began_at")?,
            gone_at: micros(row, "gone_at")?,
            created_at: Micros(row.get("created_at")?),
            updated_at: Micros(row.get("updated_at")?),
        })
    })
}

/// What a tortured shop is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    Register { username: String },
}

impl Ask {
    /// Somebody whom nobody knows yet.
    pub fn register(client: &mut Client) -> Ask {
        Ask::Register { username: client.name("n") }
    }
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        Register::NAME
    }

    fn may_be_refused(&self, code: &str) -> bool {
        code == "username_taken"
    }

    /// By the attempt that had no answer: that is how it is told.
    fn is_done_if_refused(&self) -> bool {
        true
    }

    fn wire(&self) -> Wire {
        let Ask::Register { username } = self;
        Wire::post(
            "/api/identity/register",
            json!({
                "username": username, "email": format!("{username}@example.com"),
                "password": PASSWORD, "password2": PASSWORD,
            }),
        )
    }

    fn learn(&self, client: &mut Client, _: &Value) {
        let Ask::Register { username } = self;
        client.known.push(username.clone());
    }
}

const NAMED: &str = "select username, @id from accounts";

/// Their ids by their names, which are there more than once only if something is wrong.
pub fn named<'c>(compared: &'c Comparison) -> anyhow::Result<Vec<[&'c str; 2]>> {
    compared.rows.of(NAMED)
}

/// Whoever was told that he is registered is there, once; and nobody who was refused.
fn compare(compared: &Comparison, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let mut found: BTreeMap<&str, u32> = BTreeMap::new();
    for [username, _] in named(compared)? {
        *found.entry(username).or_default() += 1;
    }
    for (entry, ask) in compared.asked::<Ask>() {
        let Ask::Register { username } = ask;
        let count = found.get(username.as_str()).copied().unwrap_or(0);
        let is_right = match &entry.fate {
            Fate::Done(_) => count == 1,
            Fate::NotDone | Fate::Refused(_) => count == 0,
            Fate::Unknown => true,
        };
        if !is_right {
            wrong.push(format!("{username} is there {count} times, told {:?}", entry.fate));
        }
    }
    Ok(())
}
