//! One batch, once for both engines: load until nothing is missing, decide each command in turn, write
//! what changed and commit.

use crate::{
    stored::Stored,
    tables::{self, Visit, in_lock_order},
    tx::{Committed, Error, Read, Tx},
};
use domain::{Action, BatchId, Command, Decision, Done, Facts, Micros, Rule, facts::Table};

/// A batch up to its commit: what was decided, and what is to be written.
pub struct Decided {
    pub decisions: Vec<Decision>,
    pub facts: Facts,
}

/// Loads and decides. The transaction stays open.
pub fn decide(tx: &mut dyn Tx, id: BatchId, commands: &[&Command]) -> Result<Decided, Error> {
    let mut facts = Facts::default();
    let now = load(tx, id, commands, &mut facts)?;
    let decisions = commands.iter().map(|command| command.decide(&mut facts, now)).collect();
    Ok(Decided { decisions, facts })
}

impl Decided {
    pub fn changes_nothing(&self) -> bool {
        !tables::is_changed(&self.facts)
    }

    pub fn write_and_commit(&self, tx: &mut dyn Tx) -> Result<Committed, Error> {
        tx.write_and_commit(&tables::writes(&self.facts))
    }

    /// The decisions, with the numbers that the commit gave to their orders.
    pub fn numbered(self, committed: &Committed) -> Vec<Decision> {
        let Decided { mut decisions, facts } = self;
        let placed = facts.orders.made.clone();
        // The facts share the orders: with them gone, a number is written without a copy.
        drop(facts);
        let last = committed.counters.iter().find(|(counter, _)| *counter == "orders");
        if let Some((_, last)) = last {
            let first = last - placed.len() as i64 + 1;
            let numbers = placed.into_iter().zip(first..).collect();
            for decision in &mut decisions {
                if let Ok(Done::Now(outcome)) = decision {
                    Action::number(outcome, &numbers);
                }
            }
        }
        decisions
    }
}

/// Names and roots first; then, when every product is known, all stock in one statement; then the keys.
/// What nobody has to see first goes in the same round trip.
fn load(
    tx: &mut dyn Tx,
    id: BatchId,
    commands: &[&Command],
    facts: &mut Facts,
) -> Result<Micros, Error> {
    let mut now = None;
    let mut first_tier = 1;
    loop {
        commands.iter().for_each(|command| command.needs(facts));
        let (mut reads, last_tier, is_followed) = {
            let mut round = Round { first_tier, ..Round::default() };
            in_lock_order(facts, &mut round);
            if round.is_late {
                // Halving finds the command, and only that one is refused.
                return Err(late(tx, now.is_some()));
            }
            (round.reads, round.last_tier, round.is_followed)
        };
        match now {
            None => now = Some(tx.begin(id, &mut reads)?),
            Some(_) if reads.is_empty() => {}
            Some(_) => tx.read(&mut reads)?,
        }
        drop(reads);
        in_lock_order(facts, &mut Settle { last_tier });
        first_tier = last_tier + 1;
        // Each round ends a tier for good, so there are at most as many as tiers.
        if let (false, Some(now)) = (is_followed, now) {
            return Ok(now);
        }
    }
}

fn late(tx: &mut dyn Tx, is_open: bool) -> Error {
    if is_open && let Err(error) = tx.rollback() {
        return error;
    }
    Error::Data("a rule asked for a table after it was locked".into())
}

#[derive(Default)]
struct Round<'f> {
    reads: Vec<Read<'f>>,
    first_tier: u8,
    last_tier: u8,
    is_followed: bool,
    is_late: bool,
}

impl<'f> Visit<'f> for Round<'f> {
    fn table<R: Stored>(&mut self, tier: u8, table: &'f mut Table<R>) {
        self.is_late |= table.is_late;
        if table.pending.is_empty() || (self.is_followed && tier > self.last_tier) {
            return;
        }
        self.is_late |= tier < self.first_tier;
        self.last_tier = tier;
        self.is_followed |= table.is_followed;
        R::reads(table, &mut self.reads);
    }
}

/// What was read is not asked for again.
struct Settle {
    last_tier: u8,
}

impl<'f> Visit<'f> for Settle {
    fn table<R: Stored>(&mut self, tier: u8, table: &'f mut Table<R>) {
        if tier <= self.last_tier {
            table.settle();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ProductId, SessionId, Sku};
    use uuid::Uuid;

    fn round(facts: &mut Facts, first_tier: u8) -> (Vec<&'static str>, u8, bool) {
        let mut round = Round { first_tier, ..Round::default() };
        in_lock_order(facts, &mut round);
        let names = round.reads.iter().flat_map(|read| read.bulks).map(|bulk| bulk.name).collect();
        (names, round.last_tier, round.is_late)
    }

    #[test]
    fn a_name_that_is_still_looked_up_delays_the_locks_below_it_and_no_others() {
        let mut facts = Facts::default();
        facts.sessions.want(&SessionId(Uuid::nil()));
        facts.shelves.want(&ProductId(3));
        assert_eq!(facts.skus.follow(&Sku::stored("A")), None);
        assert_eq!(round(&mut facts, 1), (vec!["find_sessions", "find_skus"], 1, false));
        in_lock_order(&mut facts, &mut Settle { last_tier: 1 });
        facts.shelves.want(&ProductId(1));
        assert_eq!(round(&mut facts, 2), (vec!["find_stock"], 2, false));
    }

    #[test]
    fn who_follows_nothing_reads_all_tiers_at_once() {
        let mut facts = Facts::default();
        facts.sessions.want(&SessionId(Uuid::nil()));
        facts.shelves.want(&ProductId(3));
        facts.products.want_locked(&ProductId(3));
        let all = vec!["find_sessions", "lock_products", "find_products", "find_stock"];
        assert_eq!(round(&mut facts, 1), (all, 2, false));
    }

    #[test]
    fn a_table_is_never_locked_twice() {
        let mut facts = Facts::default();
        facts.shelves.want(&ProductId(3));
        assert_eq!(round(&mut facts, 1), (vec!["find_stock"], 2, false));
        in_lock_order(&mut facts, &mut Settle { last_tier: 2 });
        facts.sessions.want(&SessionId(Uuid::nil()));
        assert!(round(&mut facts, 3).2, "an earlier tier, asked for too late");
    }
}
