//! Every table in its place: among the locks, and among the writes. A table that is left out of one of
//! the two lists does not compile.

use crate::{
    bulk::Bulk,
    stored::{Logged, Stored},
    tx::Write,
};
use domain::{
    Facts,
    facts::{Log, Table},
};

/// Goes through all tables in the order of their locks, tier by tier.
pub trait Visit<'f> {
    fn table<R: Stored>(&mut self, tier: u8, table: &'f mut Table<R>);
}

/// Names and roots, in their order.
macro_rules! first_tier {
    ($to:ident: $($table:ident),+) => { $($to.table(1, $table);)+ };
}

/// **The order of the locks.** A row leads only to rows of later tiers. A tier is read in one round
/// trip, and the next ones with it unless somebody must see a row first to know what else he needs. So
/// each table is locked by one statement, and all nodes lock in this order.
pub fn in_lock_order<'f>(facts: &'f mut Facts, to: &mut impl Visit<'f>) {
    let Facts {
        usernames,
        lookalikes,
        emails,
        accounts,
        addresses,
        links,
        factors,
        sessions,
        api_keys,
        slugs,
        categories,
        branches,
        category_uses,
        skus,
        public_ids,
        products,
        shelves,
        carts,
        holds,
        crowds,
        offers,
        orders,
        claims,
        counters,
        consumers,
        figures,
        standings,
        key_standings,
        ledgers,
        placed,
        traces,
        bought,
        entries: _,
        events: _,
        trail: _,
        erasures: _,
        regained: _,
        prunes: _,
        puts: _,
        looks_again: _,
        is_last_look: _,
    } = facts;
    first_tier!(to: usernames, lookalikes, emails, accounts, links, factors, sessions, api_keys);
    // What is held is read after the lock of its cart.
    first_tier!(to: consumers, orders, carts, holds, slugs, skus, public_ids);
    to.table(2, addresses);
    to.table(2, crowds);
    to.table(2, products);
    to.table(2, offers);
    to.table(2, claims);
    to.table(2, shelves);
    to.table(2, counters);
    // Under the lock of their consumer.
    to.table(2, figures);
    // After the counter that the tree is locked by.
    to.table(3, categories);
    // After all locks: who waited for another node's commit must see all of it.
    to.table(3, branches);
    to.table(3, category_uses);
    to.table(3, standings);
    to.table(3, key_standings);
    to.table(3, ledgers);
    to.table(3, placed);
    to.table(3, traces);
    // Found by what was read, under the locks of the shelves.
    to.table(4, bought);
}

pub trait VisitWrites<'f> {
    fn table<R: Stored>(&mut self, table: &'f Table<R>);
    fn log<R: Logged>(&mut self, log: &'f Log<R>);
}

/// In their order.
macro_rules! written {
    ($to:ident: $($table:ident),+) => { $($to.table($table);)+ };
}

/// **The order of the writes.** Parents before children; what is dropped goes before all of it, and
/// children before parents. What is counted comes last, for its counter is what all nodes share.
/// Views are named, and never written.
pub fn in_write_order<'f>(facts: &'f Facts, to: &mut impl VisitWrites<'f>) {
    let Facts {
        usernames: _,
        lookalikes: _,
        emails: _,
        accounts,
        addresses,
        links,
        factors,
        sessions,
        api_keys,
        slugs: _,
        categories,
        branches: _,
        category_uses: _,
        skus: _,
        public_ids: _,
        products,
        shelves,
        carts,
        holds,
        crowds,
        offers: _,
        orders,
        claims,
        counters,
        consumers,
        figures,
        standings: _,
        key_standings: _,
        ledgers: _,
        placed: _,
        traces,
        bought,
        entries,
        events,
        trail,
        erasures,
        regained,
        prunes,
        puts: _,
        looks_again: _,
        is_last_look: _,
    } = facts;
    written!(to: accounts, links, factors, api_keys, addresses, sessions, categories, products);
    to.table(counters);
    to.table(shelves);
    to.table(carts);
    to.table(holds);
    to.table(crowds);
    to.table(claims);
    to.log(entries);
    // Before rows that were not there when it was decided.
    to.log(regained);
    to.table(bought);
    to.table(consumers);
    to.table(figures);
    to.table(traces);
    to.log(trail);
    to.log(erasures);
    to.log(prunes);
    to.table(orders);
    to.log(events);
}

/// All that has changed, in the order in which it is written.
pub fn writes(facts: &Facts) -> Vec<Write<'_>> {
    let mut all = Writes::default();
    in_write_order(facts, &mut all);
    let Writes { deletes, writes } = all;
    let mut ordered: Vec<_> = deletes.into_iter().rev().chain(writes).collect();
    ordered.retain(|write| !write.rows.is_empty() || write.bulk.counts_commits());
    ordered
}

/// Whether there is anything to write.
pub fn is_changed(facts: &Facts) -> bool {
    let mut changes = Changes(false);
    in_write_order(facts, &mut changes);
    changes.0
}

/// Every statement that a batch may need: what a driver prepares. No list can forget one.
pub fn bulks() -> Vec<&'static Bulk> {
    let mut facts = Facts::default();
    let mut bulks = Bulks::default();
    in_lock_order(&mut facts, &mut bulks);
    in_write_order(&facts, &mut bulks);
    bulks.0
}

#[derive(Default)]
struct Writes<'f> {
    deletes: Vec<Write<'f>>,
    writes: Vec<Write<'f>>,
}

impl<'f> VisitWrites<'f> for Writes<'f> {
    fn table<R: Stored>(&mut self, table: &'f Table<R>) {
        R::deletes(table, &mut self.deletes);
        R::writes(table, &mut self.writes);
    }

    fn log<R: Logged>(&mut self, log: &'f Log<R>) {
        R::writes(log, &mut self.writes);
    }
}

struct Changes(bool);

impl<'f> VisitWrites<'f> for Changes {
    fn table<R: Stored>(&mut self, table: &'f Table<R>) {
        self.0 |= table.changed > 0;
    }

    fn log<R: Logged>(&mut self, log: &'f Log<R>) {
        self.0 |= !log.0.is_empty();
    }
}

#[derive(Default)]
struct Bulks(Vec<&'static Bulk>);

impl Bulks {
    fn extend(&mut self, bulks: &[&'static Bulk]) {
        for bulk in bulks {
            if !self.0.iter().any(|known| std::ptr::eq(*known, *bulk)) {
                self.0.push(bulk);
            }
        }
    }
}

impl<'f> Visit<'f> for Bulks {
    fn table<R: Stored>(&mut self, _: u8, _: &'f mut Table<R>) {
        self.extend(R::BULKS);
    }
}

impl<'f> VisitWrites<'f> for Bulks {
    fn table<R: Stored>(&mut self, _: &'f Table<R>) {
        self.extend(R::BULKS);
    }

    fn log<R: Logged>(&mut self, _: &'f Log<R>) {
        self.extend(R::BULKS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{LocationId, ProductId, Shelf};

    #[test]
    fn every_statement_has_a_name_of_its_own() {
        let bulks = bulks();
        for (place, bulk) in bulks.iter().enumerate() {
            assert!(bulks[..place].iter().all(|other| other.name != bulk.name), "{}", bulk.name);
        }
        assert!(bulks.len() > 40, "only {} are found", bulks.len());
    }

    #[test]
    fn a_rule_that_drops_what_stays_for_ever_is_stopped() {
        let mut facts = Facts::default();
        facts.shelves.load(Shelf::empty(ProductId(1)));
        assert!(writes(&facts).iter().all(|write| write.bulk.counts_commits()));
        facts.shelves.drop(&(ProductId(1), LocationId::MAIN));
        assert!(std::panic::catch_unwind(|| writes(&facts)).is_err());
    }
}
