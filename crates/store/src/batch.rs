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
    let needs = |facts: &mut Facts| commands.iter().for_each(|command| command.needs(facts));
    let now = load(tx, id, needs, &mut facts)?;
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
    needs: impl Fn(&mut Facts),
    facts: &mut Facts,
) -> Result<Micros, Error> {
    let mut now = None;
    let mut first_tier = 1;
    loop {
        needs(facts);
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
            if facts.is_last_look || !facts.leads_on() {
                return Ok(now);
            }
            facts.is_last_look = true;
        }
    }
}

fn late(tx: &mut dyn Tx, is_open: bool) -> Error {
    if is_open && let Err(error) = tx.rollback() {
        return error;
    }
    Error::Fault("a rule asked for a table after it was locked".into())
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
    use crate::tx::Write;
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

    /// A database that has nothing, and counts what is asked of it.
    #[derive(Default)]
    struct Empty {
        rounds: Vec<usize>,
        rollbacks: u32,
    }

    impl Tx for Empty {
        fn begin(&mut self, _: BatchId, reads: &mut [Read]) -> Result<Micros, Error> {
            self.rounds.push(reads.len());
            Ok(Micros(7))
        }

        fn read(&mut self, reads: &mut [Read]) -> Result<(), Error> {
            self.rounds.push(reads.len());
            Ok(())
        }

        fn write_and_commit(&mut self, _: &[Write]) -> Result<Committed, Error> {
            unreachable!("nothing is written")
        }

        fn rollback(&mut self) -> Result<(), Error> {
            self.rollbacks += 1;
            Ok(())
        }
    }

    fn loaded(needs: impl Fn(&mut Facts)) -> (Result<Micros, Error>, Empty) {
        let mut tx = Empty::default();
        let ended = load(&mut tx, BatchId(Uuid::nil()), needs, &mut Facts::default());
        (ended, tx)
    }

    #[test]
    fn who_asks_for_a_tier_that_is_over_is_refused_and_nothing_stays_open() {
        let product = ProductId(3);
        let (ended, tx) = loaded(|facts| {
            facts.skus.follow(&Sku::stored("A"));
            if !facts.skus.asked.is_empty() {
                facts.products.follow(&product);
            }
            if facts.products.asked.contains(&product) {
                facts.sessions.want(&SessionId(Uuid::nil()));
            }
        });
        assert!(matches!(ended, Err(Error::Fault(_))), "{ended:?}");
        assert_eq!((tx.rounds, tx.rollbacks), (vec![1, 1], 1));
    }

    #[test]
    fn each_tier_that_is_followed_takes_a_round_trip_and_the_rest_comes_with_the_last() {
        let (ended, tx) = loaded(|facts| {
            facts.sessions.want(&SessionId(Uuid::nil()));
            facts.skus.follow(&Sku::stored("A"));
            if !facts.skus.asked.is_empty() {
                facts.products.want(&ProductId(3));
                facts.shelves.want(&ProductId(3));
            }
        });
        assert_eq!(ended.unwrap(), Micros(7));
        assert_eq!((tx.rounds, tx.rollbacks), (vec![2, 2], 0));
    }
}
