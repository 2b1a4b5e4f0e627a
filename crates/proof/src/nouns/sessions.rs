//! Sessions: people log in and trade tokens, mostly the newest one that they were told.

mod tortured;

use super::{Checked, Comes, Draw, Noun, draws::draws, rows, same};
use crate::simulation::{Clients, Request};
use domain::{
    AccountId, Action, EndSession, EndSessions, Listed, Micros, OpenSession, Outcome,
    RefreshSession, Session, SessionId, Text, sessions,
};
use model::Model;
use rows::{Read, Which, by, failed, micros, optional_text, same_rows, some, uuid};
use rusqlite::Connection;
use uuid::Uuid;

pub use tortured::{Ask, an_order};

pub struct Sessions;

impl Noun for Sessions {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            OpenSession, 5, Grave: |clients| {
                let place = clients.anybody();
                (place, clients.login(place))
            };
            RefreshSession, 8, Grave: |clients| (clients.customer(), clients.refresh());
            EndSession, 2, Grave: |clients| {
                let place = clients.anybody();
                (place, clients.session_end(place))
            };
            EndSessions, 1, Grave: |clients| {
                let place = clients.anybody();
                (place, EndSessions { account: clients.people[place].id() })
            };
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[
            (OpenSession::NAME, Comes::Asked),
            (RefreshSession::NAME, Comes::Asked),
            (EndSession::NAME, Comes::Asked),
            (EndSessions::NAME, Comes::Asked),
        ]
    }

    fn renew(&self, _: &mut Clients, action: &mut Action, id: Uuid) -> bool {
        if let Action::Sessions(sessions::Action::OpenSession(session)) = action {
            session.id = SessionId(id);
        }
        false
    }

    fn learn(&self, clients: &mut Clients, _: &Request, outcome: &Outcome) -> Checked {
        let Outcome::Sessions(outcome) = outcome else { return Ok(()) };
        let (sessions::Outcome::OpenSession(session) | sessions::Outcome::RefreshSession(session)) =
            outcome
        else {
            return Ok(());
        };
        if let Some(person) = clients.owner(session.account) {
            person.sessions.push(session.clone());
        }
        Ok(())
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        for id in &model.touched.sessions {
            let found = read(rows, Which::One(id.0)).map_err(failed)?;
            let expected = model.sessions.get(id);
            same("a session", found.first(), expected)?;
        }
        Ok(())
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        same_rows("sessions", &by(read(rows, Which::All), |session| session.id)?, &model.sessions)
    }

    /// A session is promised to be kept until it has expired.
    fn forget(&self, rows: &Connection, model: &mut Model, now: Micros) -> Checked {
        let kept = by(read(rows, Which::All), |session| session.id)?;
        let gone: Vec<_> =
            model.sessions.keys().filter(|id| !kept.contains_key(id)).copied().collect();
        for id in gone {
            let session = model.sessions.remove(&id);
            let is_old = session.as_ref().is_some_and(|session| session.expires_at <= now);
            same(&format!("{session:?} was swept when it was old"), is_old, true)?;
        }
        Ok(())
    }
}

impl Clients {
    /// Mostly by the password that was told last; some have no account.
    fn login(&mut self, place: usize) -> OpenSession {
        let known = match self.random.chance(950) {
            true => self.people[place].password.clone(),
            false => Text::stored("hash"),
        };
        let lifetime_us = match self.random.chance(500) {
            true => 2 * Micros::DAY,
            false => 40 * Micros::SECOND,
        };
        let ends = self.own_session(place).filter(|_| self.random.chance(300));
        OpenSession {
            id: SessionId(Uuid::nil()),
            account: self.people[place].id(),
            known,
            proof: self.proof(place),
            agent: self.random.chance(700).then(|| Text::stored("a browser")),
            origin: self.origin(),
            lifetime_us,
            ends: ends.into_iter().collect(),
        }
    }

    /// One's own, or one that another has, or nobody.
    fn session_end(&mut self, place: usize) -> EndSession {
        let owner = if self.random.chance(900) { place } else { self.anybody() };
        let id = self.random.pick(&self.people[owner].sessions).map(|session| session.id);
        let id = id.unwrap_or(SessionId(self.random.uuid()));
        EndSession { id, account: self.people[place].id() }
    }

    /// Mostly with the newest token, sometimes with an older one or one that never was.
    fn refresh(&mut self) -> RefreshSession {
        let owners: Vec<usize> = (0..self.people.len())
            .filter(|place| !self.people[*place].sessions.is_empty())
            .collect();
        let owner = self.random.pick(&owners).copied();
        let tokens = owner.map_or(&[][..], |owner| &self.people[owner].sessions);
        let token = match (tokens.last(), self.random.chance(700)) {
            (Some(newest), true) => Some(newest),
            _ => self.random.pick(tokens),
        };
        let token = token.map(|token| (token.id, token.account, token.generation));
        let (id, account, generation) = token
            .unwrap_or_else(|| (SessionId(self.random.uuid()), AccountId(self.random.uuid()), 1));
        let generation = generation + i64::from(self.random.chance(20));
        let (grace_us, lifetime_us) = (10 * Micros::SECOND, 2 * Micros::DAY);
        let origin = self.origin();
        RefreshSession { id, account, generation, grace_us, origin, lifetime_us }
    }

    fn origin(&mut self) -> Option<Text<64>> {
        self.random.pick(&["home", "work", "abroad"]).map(|place| Text::stored(place))
    }
}

fn read(connection: &Connection, which: Which<Uuid>) -> Read<Vec<Session>> {
    let sql = "select id, account_id, era, generation, agent, origin, rotated_at, created_at, expires_at, ended_at
        from sessions";
    some(connection, sql, which, |row| {
        Ok(Session {
            id: SessionId(uuid(row, "id")?),
            account: AccountId(uuid(row, "account_id")?),
            era: row.get("era")?,
            generation: row.get("generation")?,
            agent: optional_text(row, "agent")?.map(Text::stored),
            origin: optional_text(row, "origin")?.map(Text::stored),
            rotated_at: Micros(row.get("rotated_at")?),
            created_at: Micros(row.get("created_at")?),
            expires_at: Micros(row.get("expires_at")?),
            ended_at: micros(row, "ended_at")?,
        })
    })
}
