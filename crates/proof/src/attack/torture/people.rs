//! People whose accounts a client looks after, each of them by itself. Each has a life, step by step, and
//! the client knows at any time which passwords, sessions, links and keys are good, and which no longer.
//! Whoever does not know how his last request ended does nothing else before he does.

use super::{
    client::{Client, Role},
    journal::Fate,
    lives::{LIVES, LIVES_OF_ADMINS, Step},
    post::Page,
    requests::{Ask, Asked, Asker, PASSWORD},
};
use crate::nouns::{accounts, api_keys, credentials, factors, links, orders, sessions};
use serde_json::Value;
use uuid::Uuid;

/// Who live at a time.
const AT_A_TIME: usize = 3;
/// Mail that has not come by then was lost with its node.
const CYCLES_OF_PATIENCE: u32 = 2;

#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

#[derive(Clone, Debug)]
pub struct Machine {
    pub id: Uuid,
    /// It is shown once, and that answer may be lost.
    pub key: Option<String>,
    pub is_revoked: bool,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    pub id: Uuid,
    pub email: String,
    /// Where he would like to be written to.
    pub wanted: String,
    pub password: String,
    pub former: Vec<String>,
    pub sessions: Vec<Tokens>,
    pub ended: Vec<Tokens>,
    pub factor: Option<factors::Paper>,
    /// The path at which it was used, and the link.
    pub used: Vec<(&'static str, String)>,
    pub machine: Option<Machine>,
    pub is_demoted: bool,
    pub is_gone: bool,
    /// Whether something has become of him that nobody has looked at.
    pub is_news: bool,
    address: String,
    life: &'static [Step],
    lived: usize,
    asked: Option<usize>,
    cycles_without_mail: u32,
}

impl Person {
    fn born(client: &mut Client) -> Person {
        let number = client.people.len();
        let lives = if client.role == Role::Admin { &LIVES_OF_ADMINS[..] } else { &LIVES };
        // Two clients begin half a turn apart.
        let life = lives[(number + lives.len() / 2 * client.number) % lives.len()];
        let name = client.name("p");
        // Two write the same address, and each in his own way.
        let round = number / lives.len();
        let wanted = match client.number % 2 {
            0 => format!("wanted-{round}@example.com"),
            _ => format!("WANTED-{round}@example.com"),
        };
        Person {
            email: format!("{name}@example.com"),
            address: format!("10.{}.{}.{}", client.number, number / 250, 1 + number % 250),
            name,
            id: Uuid::nil(),
            wanted,
            password: PASSWORD.to_owned(),
            former: Vec::new(),
            sessions: Vec::new(),
            ended: Vec::new(),
            factor: None,
            used: Vec::new(),
            machine: None,
            is_demoted: false,
            is_gone: false,
            is_news: false,
            life,
            lived: 0,
            asked: None,
            cycles_without_mail: 0,
        }
    }

    fn step(&self) -> Option<Step> {
        self.life.get(self.lived).copied()
    }

    /// He asks without being known: each from an address of his own, for failures are counted by it.
    pub fn unknown(&self) -> Asker {
        Asker { address: self.address.clone(), bearer: None }
    }

    pub fn shows(&self, token: &str) -> Asker {
        Asker { address: self.address.clone(), bearer: Some(token.to_owned()) }
    }

    /// By a session that has ended.
    pub fn haunts(&self) -> Asker {
        let ended = self.ended.last();
        ended.map_or_else(|| self.unknown(), |ended| self.shows(&ended.access))
    }

    /// By the session that he opened first.
    pub fn asks(&self) -> Asker {
        let session = self.sessions.first();
        session.map_or_else(|| self.unknown(), |session| self.shows(&session.access))
    }

    /// The step that he is at is done.
    pub fn goes_on(&mut self) {
        (self.lived, self.is_news, self.cycles_without_mail) = (self.lived + 1, true, 0);
    }

    pub(super) fn has_rested(&mut self) {
        self.lived += usize::from(self.step() == Some(Step::Rest));
    }

    pub fn ends(&mut self) {
        (self.lived, self.is_news) = (self.life.len(), true);
    }

    pub fn keeps_session(&mut self, body: &Value) {
        let token = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        self.sessions.push(Tokens { access: token("access"), refresh: token("refresh") });
    }

    /// All but so many, of those that he opened first.
    pub fn loses_sessions(&mut self, but: usize) {
        let kept = but.min(self.sessions.len());
        self.ended.extend(self.sessions.drain(kept..));
    }

    /// Whether he can do the next step, as far as mail goes.
    fn has_mail(&self, client: &Client) -> bool {
        match self.step() {
            Some(Step::Reset | Step::ConfirmEmail | Step::ChangeEmail) => {
                self.link(client).is_some()
            }
            _ => true,
        }
    }

    fn link(&self, client: &Client) -> Option<String> {
        let (to, page) = match self.step()? {
            Step::Reset => (&self.email, Page::ResetPassword),
            Step::ConfirmEmail => (&self.email, Page::ConfirmEmail),
            _ => (&self.wanted, Page::ConfirmEmail),
        };
        client.mailbox.link(to, page)
    }
}

impl Client {
    /// Who has got to this step, and no further: an answer may come twice.
    pub fn person_at(&mut self, name: &str, step: Step) -> Option<&mut Person> {
        let mut people = self.people.iter_mut();
        people.find(|person| person.name == name && person.step() == Some(step))
    }

    /// What one of the people does next, or somebody with the mail of another client's.
    pub(super) fn step(&mut self) -> Ask {
        if self.role == Role::People && self.random.chance(250) {
            let own = format!("p-{}-", self.number);
            if let Some((to, token)) = self.mailbox.take(|to| !to.starts_with(&own)) {
                let name = to.split('@').next().unwrap_or_default();
                return credentials::Ask::reset_of(self, name, token).into();
            }
        }
        let free: Vec<usize> = (0..self.people.len()).filter(|at| self.is_free(*at)).collect();
        let living = self.people.iter().filter(|person| person.step().is_some()).count();
        // The eldest: lives come to their ends.
        let place = match free.first().copied() {
            Some(place) if living >= AT_A_TIME || self.random.chance(800) => place,
            _ => {
                let person = Person::born(self);
                self.people.push(person);
                self.people.len() - 1
            }
        };
        let person = self.people[place].clone();
        if person.step().is_some_and(Step::is_forbidden) {
            self.next_door();
        }
        let ask = self.next_of(&person);
        self.asking = Some(place);
        ask
    }

    fn is_free(&mut self, place: usize) -> bool {
        let person = &self.people[place];
        let Some(step) = person.step().filter(|step| *step != Step::Rest) else { return false };
        let has_key = person.machine.as_ref().is_some_and(|machine| machine.key.is_some());
        if step == Step::HandOver && !has_key {
            // It was shown once, in an answer that was lost.
            self.people[place].goes_on();
            return false;
        }
        let asked = person.asked.and_then(|entry| self.journal.entry(entry));
        match asked {
            Some(entry) if entry.fate == Fate::Unknown && entry.ask.is_asked_again() => false,
            Some(entry) if matches!(entry.fate, Fate::Refused(_)) => {
                match step {
                    // There is nothing left to buy.
                    Step::Order | Step::HandOver if !entry.was_unknown => {
                        self.people[place].goes_on()
                    }
                    step if step.is_forbidden() => self.people[place].goes_on(),
                    _ => self.people[place].ends(),
                }
                self.people[place].asked = None;
                false
            }
            _ => self.people[place].has_mail(self),
        }
    }

    fn next_of(&mut self, person: &Person) -> Ask {
        let token = person.link(self).unwrap_or_default();
        match person.step() {
            None | Some(Step::Register | Step::Rest) => accounts::Ask::register_as(person).into(),
            Some(Step::Open) => accounts::Ask::open(person).into(),
            Some(Step::LogIn) => sessions::Ask::enter(person).into(),
            Some(Step::LogOut) => sessions::Ask::log_out(person).into(),
            Some(Step::LogOutEverywhere) => sessions::Ask::log_out_everywhere(person).into(),
            Some(Step::SetPassword) => credentials::Ask::set_password(self, person).into(),
            Some(Step::WantReset) => links::Ask::want_reset(person).into(),
            Some(Step::Reset) => credentials::Ask::reset_of(self, &person.name, token).into(),
            Some(Step::ConfirmEmail) => credentials::Ask::confirm(person, token).into(),
            Some(Step::WantEmail) => links::Ask::want_email(person).into(),
            Some(Step::ChangeEmail) => credentials::Ask::change_email(person, token).into(),
            Some(Step::BeginFactor) => factors::Ask::begin(person).into(),
            Some(Step::ConfirmFactor) => factors::Ask::confirm(person).into(),
            Some(Step::DropFactor) => factors::Ask::drop(person).into(),
            Some(Step::Order) => orders::Ask::place_as(self, person).into(),
            Some(Step::Leave) => accounts::Ask::leave(person).into(),
            Some(Step::MakeKey) => api_keys::Ask::make(person).into(),
            Some(Step::HandOver) => orders::Ask::hand_over(self, person).into(),
            Some(Step::RevokeKey) => api_keys::Ask::revoke(person).into(),
            Some(Step::Demote) => accounts::Ask::demote(person).into(),
            Some(Step::UseLostRights) => accounts::Ask::use_lost_rights(self, person).into(),
            Some(Step::Haunt) => sessions::Ask::haunt(person).into(),
            Some(Step::HauntByKey) => api_keys::Ask::haunt(person).into(),
        }
    }

    /// Whoever asks waits for the end of this.
    pub(super) fn asks(&mut self, entry: usize) {
        if let Some(place) = self.asking.take() {
            self.people[place].asked = Some(entry);
        }
    }

    /// At the end of a cycle: who has waited for mail in vain waits no longer.
    pub(super) fn give_up_on_mail(&mut self) {
        for place in 0..self.people.len() {
            if self.people[place].has_mail(self) {
                continue;
            }
            let person = &mut self.people[place];
            person.cycles_without_mail += 1;
            if person.cycles_without_mail > CYCLES_OF_PATIENCE {
                person.ends();
            }
        }
    }

    /// Whether the end of what he has asked for last is not known.
    pub(super) fn is_in_doubt(&self, person: &Person) -> bool {
        let asked = person.asked.and_then(|entry| self.journal.entry(entry));
        asked.is_some_and(|entry| entry.fate == Fate::Unknown && entry.ask.is_asked_again())
    }
}
