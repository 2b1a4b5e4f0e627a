//! What a store does with the facts of a shop: it loads what is asked for, tier by tier, and keeps
//! what the marks say.
//!
//! `restrict` and `flush` are its two halves: a decision may know nothing that was not asked for, and
//! nothing is kept that was not marked.

use crate::{
    nouns::{
        NOUNS, accounts::stand_again, carts::offer_again, categories::tree_again,
        stock::sum_up_again,
    },
    tables::{Place, Visit, each},
};
use domain::{
    Command, Facts,
    bought::Regained,
    facts::{Log, Mark, Row, Table},
    stock::Tally,
};
use std::fmt::Debug;

/// What a store knows of the shop when it decides these commands, after so many round trips.
pub struct Loaded {
    pub facts: Facts,
    pub rounds: usize,
}

/// Asks the commands again after each load, and loads only what they have asked for.
pub fn restrict(shop: &Facts, commands: &[Command]) -> Loaded {
    let mut loaded = Loaded { facts: Facts::default(), rounds: 0 };
    let mut first_tier = 1;
    loop {
        let facts = &mut loaded.facts;
        commands.iter().for_each(|command| command.needs(facts));
        let mut round = Round { first_tier, last_tier: 0, is_followed: false };
        each(facts, shop, &mut round);
        each(facts, shop, &mut Settle { last_tier: round.last_tier });
        first_tier = round.last_tier + 1;
        loaded.rounds += 1;
        if !round.is_followed {
            if facts.is_last_look || !facts.leads_on() {
                return loaded;
            }
            facts.is_last_look = true;
        }
    }
}

/// Reads the first tier in which something is asked for, and the next ones with it unless somebody
/// waits for what it brings.
struct Round {
    first_tier: u8,
    last_tier: u8,
    is_followed: bool,
}

impl Visit for Round {
    fn table<R: Row + Clone + Debug + PartialEq>(
        &mut self,
        Place { name, tier, .. }: Place,
        known: &mut Table<R>,
        shop: &Table<R>,
        find: fn(&R::Key) -> R::Find,
    ) {
        assert!(!known.is_late, "a lock on {name} is asked for after the row was read");
        if known.pending.is_empty() || (self.is_followed && tier > self.last_tier) {
            return;
        }
        let pending = known.pending.clone();
        assert!(tier >= self.first_tier, "{name} {pending:?}: their tier is over");
        self.last_tier = tier;
        self.is_followed |= known.is_followed;
        let found = shop.rows.values().filter(|slot| pending.contains(&find(&slot.row.key())));
        found.for_each(|slot| known.load(slot.row.clone()));
    }
}

/// What was read is not asked for again.
struct Settle {
    last_tier: u8,
}

impl Visit for Settle {
    fn table<R: Row + Clone + Debug + PartialEq>(
        &mut self,
        place: Place,
        known: &mut Table<R>,
        _: &Table<R>,
        _: fn(&R::Key) -> R::Find,
    ) {
        if place.tier <= self.last_tier {
            known.settle();
        }
    }
}

/// The shop after a commit: of what was decided only the marked rows are taken, and of an edited
/// shelf only what was added to it.
pub fn flush(shop: &Facts, decided: &Facts) -> Facts {
    let mut next = shop.clone();
    each(&mut next, decided, &mut Write);
    for (key, slot) in &mut next.shelves.rows {
        let Tally { delta, reserved, .. } = std::mem::take(&mut slot.row.tally);
        if let Some(present) = shop.shelves.get(key) {
            slot.row.on_hand = present.on_hand + delta;
            slot.row.reserved = present.reserved + reserved;
        }
    }
    for (key, slot) in &mut next.bought.rows {
        let added = std::mem::take(&mut slot.row.added);
        if let Some(present) = shop.bought.get(key) {
            slot.row.units = present.units + added;
        }
    }
    // Before what was not there when it was decided.
    for Regained { product, owner, units } in &decided.regained.0 {
        let slot = next.bought.rows.get_mut(&(*product, *owner));
        let was_there = shop.bought.get(&(*product, *owner)).is_some();
        slot.into_iter().filter(|_| was_there).for_each(|slot| slot.row.units -= units);
    }
    NOUNS.iter().for_each(|noun| noun.name_again(&mut next));
    next
}

struct Write;

impl Visit for Write {
    fn table<R: Row + Clone + Debug + PartialEq>(
        &mut self,
        _: Place,
        next: &mut Table<R>,
        decided: &Table<R>,
        _: fn(&R::Key) -> R::Find,
    ) {
        for (key, slot) in &decided.rows {
            match slot.mark {
                Mark::Kept => {}
                Mark::Edited | Mark::Made | Mark::Remade => next.load(slot.row.clone()),
                Mark::Dropped => next.forget(key),
            }
        }
    }
}

pub fn rows<R: Row>(table: &Table<R>) -> impl Iterator<Item = &R> {
    table.rows.values().map(|slot| &slot.row)
}

pub fn view<R: Row>(names: impl Iterator<Item = R>) -> Table<R> {
    let mut view = Table::default();
    for name in names {
        assert!(!view.rows.contains_key(&name.key()), "two rows have the name {:?}", name.key());
        view.load(name);
    }
    view
}

/// The same rows, as they are held between batches: nothing asked for, nothing changed.
pub fn at_rest(facts: &Facts) -> Facts {
    let mut rested = facts.clone();
    each(&mut rested, facts, &mut Rest);
    rested.shelves.rows.values_mut().for_each(|slot| slot.row.tally = Tally::default());
    rested.bought.rows.values_mut().for_each(|slot| slot.row.added = 0);
    (rested.entries, rested.events) = (Log::default(), Log::default());
    (rested.trail, rested.erasures) = (Log::default(), Log::default());
    (rested.prunes, rested.regained) = (Log::default(), Log::default());
    rested.puts = Default::default();
    (rested.looks_again, rested.is_last_look) = (false, false);
    stand_again(&mut rested);
    tree_again(&mut rested);
    offer_again(&mut rested);
    sum_up_again(&mut rested);
    rested
}

struct Rest;

impl Visit for Rest {
    fn table<R: Row + Clone + Debug + PartialEq>(
        &mut self,
        _: Place,
        rested: &mut Table<R>,
        facts: &Table<R>,
        _: fn(&R::Key) -> R::Find,
    ) {
        *rested = Table::default();
        let there = facts.rows.values().filter(|slot| slot.mark != Mark::Dropped);
        there.for_each(|slot| rested.load(slot.row.clone()));
    }
}
