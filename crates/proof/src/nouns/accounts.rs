//! Accounts: people register, some of them under a name that looks like another's; they are edited by
//! themselves, the staff and the admin; and some leave.

mod tortured;

use super::{Checked, Comes, Draw, Noun, draws::draws, rows};
use crate::{
    attack::torture::{Comparison, Past},
    simulation::{Clients, Person, Request, SYSTEM},
};
use domain::{
    Account, AccountId, Action, Anonymize, Caller, CallerKind, EditAccount, Email, LetGo, Listed,
    Micros, Outcome, Register, Role, Text, Username, accounts,
};
use model::Model;
use rows::{Read, Which, by, coded, failed, micros, same_rows, some, text, uuid};
use rusqlite::Connection;
use uuid::Uuid;

pub use tortured::{Ask, found, named};

pub struct Accounts;

impl Noun for Accounts {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            Register, 7, Grave: |clients| {
                let place = clients.anybody();
                (place, clients.registration(place))
            };
            EditAccount, 6, Grave: |clients| {
                let place = clients.editor();
                (place, clients.account_edit(place))
            };
            LetGo, 2, Grave: |clients| (SYSTEM, LetGo { id: clients.held() });
            Anonymize, 1, Grave: |clients| {
                let place = clients.editor();
                (place, Anonymize { id: clients.edited(place) })
            };
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[
            (Register::NAME, Comes::Asked),
            (EditAccount::NAME, Comes::Asked),
            (Anonymize::NAME, Comes::Asked),
            (
                LetGo::NAME,
                Comes::ByItself("in a shop that does not tell who is a customer, days later"),
            ),
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
            accounts::Outcome::Anonymize(account) | accounts::Outcome::LetGo(account) => {
                if let Some(person) = clients.owner(account.id) {
                    person.leave();
                }
            }
        }
        Ok(())
    }

    fn statements(&self) -> &'static [&'static str] {
        &[tortured::NAMED, tortured::FOUND]
    }

    fn compare(
        &self,
        compared: &Comparison,
        _: &mut Past,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        tortured::compare(compared, wrong)
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
        edit.language = self.random.chance(250).then(|| self.language());
        edit.role = self.random.chance(150).then(|| Role::ALL[self.random.below(3)]);
        edit
    }

    /// Whose account waits to be confirmed, if somebody's does.
    fn held(&mut self) -> AccountId {
        let anybody = self.anybody();
        let is_held = |person: &&Person| {
            person.account.as_ref().is_some_and(|account| account.held_until.is_some())
        };
        self.people.iter().find(is_held).map_or_else(|| self.people[anybody].id(), Person::id)
    }

    fn language(&mut self) -> Option<Text<8>> {
        [None, Some("de"), Some("en")][self.random.below(3)].map(Text::stored)
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
            language: self.language(),
            role: self.people[place].actor.role,
            email_confirmed: self.random.chance(200),
            is_active: !self.random.chance(50),
            held_us: self.random.chance(500).then_some(90 * Micros::SECOND),
        }
    }
}

fn read(connection: &Connection, which: Which<Uuid>) -> Read<Vec<Account>> {
    let sql =
        "select id, username, username_skeleton, email, email_confirmed, password_hash, first_name, last_name, language, role,
        is_active, version, era, era_began_at, gone_at, held_until, created_at, updated_at from accounts";
    some(connection, sql, which, |row| {
        let skeleton: Option<String> = row.get("username_skeleton")?;
        let language: Option<String> = row.get("language")?;
        Ok(Account {
            id: AccountId(uuid(row, "id")?),
            username: Username::stored(text(row, "username")?),
            skeleton: skeleton.map(|skeleton| Text::stored(&skeleton)),
            email: Email::stored(text(row, "email")?),
            email_confirmed: row.get("email_confirmed")?,
            password_hash: Text::stored(text(row, "password_hash")?),
            first_name: Text::stored(text(row, "first_name")?),
            last_name: Text::stored(text(row, "last_name")?),
            language: language.map(|code| Text::stored(&code)),
            role: coded(row, "role", [(1, Role::Customer), (2, Role::Staff), (3, Role::Admin)])?,
            is_active: row.get("is_active")?,
            version: row.get("version")?,
            era: row.get("era")?,
            era_began_at: micros(row, "era_began_at")?,
            gone_at: micros(row, "gone_at")?,
            held_until: micros(row, "held_until")?,
            created_at: Micros(row.get("created_at")?),
            updated_at: Micros(row.get("updated_at")?),
        })
    })
}
