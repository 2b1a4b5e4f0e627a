//! Who follows the shop's events: a few processes that work for a few consumers, and sometimes for
//! one that another works for already.

use super::{Broken, Checked, Comes, Draw, Noun, Texts, draws::draws, rows, same};
use crate::{
    attack::torture::{Comparison, Past},
    simulation::{Clients, Request, SYSTEM},
    stage::random::Random,
};
use domain::{Consumer, Listed, Micros, MoveCursor, Outcome, TakeLease, Text, consumers};
use model::Model;
use rows::{all, by, failed, same_rows, text, uuid};
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;
use uuid::Uuid;

/// None that the audit knows: what they count is drawn.
const NAMES: [&str; 3] = ["search", "webhooks", "sums"];
const FOLLOWING: Comes = Comes::ByItself("each node follows the events, for mail and figures");
/// How far those who follow in a tortured shop are from its end.
const FOLLOWED: &str = "select name, (select position from feed) - position from consumers";
/// One is promised to be remembered for so long after it was seen.
pub const KEPT_US: i64 = 7 * Micros::DAY;

pub struct Consumers;

impl Noun for Consumers {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            TakeLease, 3, Plain: |clients| (SYSTEM, clients.followers.lease(&mut clients.random));
            MoveCursor, 4, Plain: |clients| (SYSTEM, clients.followers.step(&mut clients.random));
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[(TakeLease::NAME, FOLLOWING), (MoveCursor::NAME, FOLLOWING)]
    }

    fn learn(&self, clients: &mut Clients, _: &Request, outcome: &Outcome) -> Checked {
        let Outcome::Consumers(outcome) = outcome else { return Ok(()) };
        let (consumers::Outcome::TakeLease(consumer) | consumers::Outcome::MoveCursor(consumer)) =
            outcome;
        clients.followers.hear(consumer);
        Ok(())
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        for name in &model.touched.consumers {
            let sql = "select name, position, holder, leased_until, seen_at from consumers
                where name = ?1";
            let found = all(rows, sql, [name.as_str()], consumer).map_err(failed)?;
            same("a consumer", found.first(), model.consumers.get(name))?;
        }
        Ok(())
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        same_rows("consumers", &by_name(rows)?, &model.consumers)
    }

    fn forget(&self, rows: &Connection, model: &mut Model, now: Micros) -> Checked {
        let kept = by_name(rows)?;
        let gone: Vec<_> =
            model.consumers.keys().filter(|name| !kept.contains_key(*name)).cloned().collect();
        for name in gone {
            let consumer = model.consumers.remove(&name);
            let is_old = consumer.as_ref().is_some_and(|c| c.seen_at.0 + KEPT_US <= now.0);
            same(&format!("{consumer:?} was swept when it was old"), is_old, true)?;
        }
        Ok(())
    }

    fn statements(&self) -> &'static [&'static str] {
        &[FOLLOWED]
    }

    /// Whoever has died, another one goes on at his cursor.
    fn compare(
        &self,
        compared: &Comparison,
        _: &mut Past,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        if compared.outside.followers_have_come {
            let stand = compared.rows.of(FOLLOWED)?.into_iter().filter(|[_, left]| *left != "0");
            let told = |[name, left]: [&str; 2]| format!("{name} has {left} events to come to");
            wrong.extend(stand.map(told));
        }
        Ok(())
    }

    fn texts(&self) -> Option<Texts> {
        let sql = "select name, position, leased_until, seen_at from consumers order by name";
        let expected = |model: &Model| {
            let row = |consumer: &Consumer| {
                let times = [consumer.leased_until.0, consumer.seen_at.0].map(|us| us.to_string());
                let [until, seen] = times;
                vec![consumer.name.to_string(), consumer.position.to_string(), until, seen]
            };
            model.consumers.values().map(row).collect()
        };
        Some(Texts { sql, expected })
    }
}

fn by_name(rows: &Connection) -> Result<BTreeMap<Text<100>, Consumer>, Broken> {
    let sql = "select name, position, holder, leased_until, seen_at from consumers";
    by(all(rows, sql, [], consumer), |consumer| consumer.name.clone())
}

fn consumer(row: &Row) -> rows::Read<Consumer> {
    Ok(Consumer {
        name: Text::stored(text(row, "name")?),
        position: row.get("position")?,
        holder: uuid(row, "holder")?,
        leased_until: Micros(row.get("leased_until")?),
        seen_at: Micros(row.get("seen_at")?),
    })
}

pub struct Followers {
    processes: Vec<Uuid>,
    /// What was told last of each consumer.
    told: BTreeMap<Text<100>, Consumer>,
    /// Where the feed stands: nobody has seen what comes after.
    pub feed: i64,
}

impl Followers {
    pub fn new(random: &mut Random) -> Followers {
        let processes = (0..4).map(|_| random.uuid()).collect();
        Followers { processes, told: BTreeMap::new(), feed: 0 }
    }

    pub(super) fn hear(&mut self, consumer: &Consumer) {
        self.told.insert(consumer.name.clone(), consumer.clone());
    }

    fn lease(&self, random: &mut Random) -> TakeLease {
        let (consumer, told) = self.consumer(random);
        let holder = self.holder(random, told, 500);
        // At the start, or now: some are to see nothing of what was before them.
        let begins_at = if random.chance(300) { self.feed } else { 0 };
        TakeLease { consumer, holder, lease_us: lease_us(random), begins_at }
    }

    /// Mostly on from where it stands, sometimes over the same events again.
    fn step(&self, random: &mut Random) -> MoveCursor {
        let (consumer, told) = self.consumer(random);
        let holder = self.holder(random, told, 850);
        let from = told.map_or(0, |told| told.position);
        let position = match random.below(20) {
            0 | 1 => (from - random.between(1, 3)).max(0),
            2 => from,
            _ => random.between(from, self.feed.max(from)),
        };
        MoveCursor { consumer, holder, position, lease_us: lease_us(random) }
    }

    pub(super) fn consumer(&self, random: &mut Random) -> (Text<100>, Option<&Consumer>) {
        let name = Text::stored(NAMES[random.below(NAMES.len())]);
        let told = self.told.get(&name);
        (name, told)
    }

    pub(super) fn holder(
        &self,
        random: &mut Random,
        told: Option<&Consumer>,
        faithful: u32,
    ) -> Uuid {
        match told {
            Some(told) if random.chance(faithful) => told.holder,
            _ => self.processes[random.below(self.processes.len())],
        }
    }
}

pub(super) fn lease_us(random: &mut Random) -> i64 {
    random.between(1, 40) * Micros::SECOND
}
