//! Second factors: people begin with one, show its codes, and some of them twice.

mod tortured;

use super::{Broken, Checked, Comes, Draw, Noun, Texts, draws::draws, rows, same};
use crate::{
    attack::torture::{Comparison, Past},
    simulation::{Clients, Request},
};
use domain::{
    AccountId, Action, BeginFactor, ConfirmFactor, DropFactor, Factor, Listed, Micros, Outcome,
    Proof, Text, factors,
};
use model::Model;
use rows::{all, by, failed, micros, same_rows, text, uuid};
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;
use uuid::Uuid;

pub use tortured::{Ask, Paper};

pub struct Factors;

impl Noun for Factors {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            BeginFactor, 3, Plain: |clients| {
                let place = clients.anybody();
                (place, clients.factor(place))
            };
            ConfirmFactor, 4, Grave: |clients| {
                let place = clients.bearer();
                let (account, proof) = (clients.people[place].id(), clients.proof(place));
                let keeps = clients.own_session(place);
                (place, ConfirmFactor { account, proof: proof.unwrap_or(Proof::Wrong), keeps })
            };
            DropFactor, 2, Grave: |clients| {
                let place = clients.bearer();
                let (account, proof) = (clients.people[place].id(), clients.proof(place));
                let asker = if clients.random.chance(300) { clients.staff() } else { place };
                let keeps = clients.own_session(place);
                (asker, DropFactor { account, proof, keeps })
            };
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[
            (BeginFactor::NAME, Comes::Asked),
            (ConfirmFactor::NAME, Comes::Asked),
            (DropFactor::NAME, Comes::Asked),
        ]
    }

    fn renew(&self, clients: &mut Clients, action: &mut Action, _: Uuid) -> bool {
        if let Action::Factors(factors::Action::BeginFactor(begin)) = action {
            begin.secret = Text::stored(&clients.random.uuid().simple().to_string());
        }
        false
    }

    fn twist(&self, clients: &Clients, action: &mut Action) -> bool {
        let Action::Factors(factors::Action::BeginFactor(begin)) = action else { return false };
        let other = clients.people.iter().map(|person| person.id()).find(|id| *id != begin.account);
        begin.account = other.unwrap_or(AccountId(Uuid::nil()));
        true
    }

    fn learn(&self, clients: &mut Clients, request: &Request, outcome: &Outcome) -> Checked {
        let Outcome::Factors(factors::Outcome::BeginFactor(_)) = outcome else { return Ok(()) };
        if let Action::Factors(factors::Action::BeginFactor(begun)) = &request.command.action
            && let Some(person) = clients.owner(begun.account)
        {
            person.factor = Some(begun.clone());
        }
        Ok(())
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        for id in &model.touched.factors.touched {
            let sql = format!("{SELECT} where account_id = ?1");
            let found = all(rows, &sql, [id.0.into_bytes()], factor).map_err(failed)?;
            same("a factor", found.first(), model.factors.get(id))?;
        }
        Ok(())
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        same_rows("factors", &kept(rows)?, &model.factors)
    }

    fn statements(&self) -> &'static [&'static str] {
        &[tortured::FACTORS]
    }

    fn compare(
        &self,
        compared: &Comparison,
        _: &mut Past,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        tortured::compare(compared, wrong)
    }

    fn texts(&self) -> Option<Texts> {
        let sql = "select secret, recovery, last_step, created_at from factors order by account_id";
        let expected = |model: &Model| {
            let row = |factor: &Factor| {
                let [step, at] = [factor.last_step, factor.created_at.0].map(|n| n.to_string());
                vec![factor.secret.to_string(), factor.recovery.to_string(), step, at]
            };
            model.factors.values().map(row).collect()
        };
        Some(Texts { sql, expected })
    }
}

const SELECT: &str =
    "select account_id, secret, recovery, last_step, confirmed_at, created_at from factors";

fn kept(rows: &Connection) -> Result<BTreeMap<AccountId, Factor>, Broken> {
    by(all(rows, SELECT, [], factor), |factor| factor.account)
}

fn factor(row: &Row) -> rows::Read<Factor> {
    Ok(Factor {
        account: AccountId(uuid(row, "account_id")?),
        secret: Text::stored(text(row, "secret")?),
        recovery: Text::stored(text(row, "recovery")?),
        last_step: row.get("last_step")?,
        confirmed_at: micros(row, "confirmed_at")?,
        created_at: Micros(row.get("created_at")?),
    })
}

impl Clients {
    fn factor(&mut self, place: usize) -> BeginFactor {
        let secret = Text::stored(&self.random.uuid().simple().to_string());
        let codes = 1 + self.random.below(3);
        let recovery: Vec<String> = (0..codes).map(|code| format!("paper{code}")).collect();
        let account = self.people[place].id();
        BeginFactor { account, secret, recovery: Text::stored(&recovery.join(" ")) }
    }

    /// Mostly somebody who has a factor.
    fn bearer(&mut self) -> usize {
        let bears = |place: &usize| self.people[*place].factor.is_some();
        let places: Vec<usize> = (0..self.people.len()).filter(bears).collect();
        let bearer = self.random.pick(&places).copied().filter(|_| self.random.chance(900));
        bearer.unwrap_or_else(|| self.anybody())
    }

    /// Mostly the code of this half-minute, which is long; sometimes an older one, or another.
    pub fn proof(&mut self, place: usize) -> Option<Proof> {
        let factor = self.people[place].factor.clone();
        let secret = factor.map_or(Text::stored("none"), |factor| factor.secret);
        let now = 1 + self.step as i64 / 8;
        match self.random.below(20) {
            0..13 => Some(Proof::Step { secret, step: now }),
            13 => Some(Proof::Step { secret, step: now - 1 }),
            14 => Some(Proof::Step { secret: Text::stored("another"), step: now }),
            15 | 16 => {
                let code = self.random.below(3);
                Some(Proof::Recovery(Text::stored(&format!("paper{code}"))))
            }
            17 => Some(Proof::Wrong),
            _ => None,
        }
    }
}
