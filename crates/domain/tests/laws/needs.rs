//! Needs are complete: who knows only what was asked for decides as if the whole shop were known.

use crate::{
    script::{Keys, scripts},
    shop::{Shop, decide},
    store::{flush, restrict},
    tables::{Place, Visit, each},
};
use domain::{
    Facts,
    facts::{Mark, Row, Table},
};
use proptest::prelude::*;
use std::fmt::Debug;

proptest! {
    #[test]
    fn what_is_needed_is_enough_to_decide(script in scripts(Keys::Shared)) {
        let mut shop = Shop::open();
        for batch in &script {
            shop.wait(batch.pause_us);
            let (expected, mut whole) = decide(shop.facts.clone(), &batch.commands, shop.now);
            let loaded = restrict(&shop.facts, &batch.commands).facts;
            let (decisions, known) = decide(loaded, &batch.commands, shop.now);
            prop_assert_eq!(decisions, expected);
            each(&mut whole, &known, &mut SameChanges);
            let logs = |facts: &Facts| {
                let told = (facts.trail.clone(), facts.erasures.clone());
                (facts.entries.clone(), facts.events.clone(), told, facts.prunes.clone())
            };
            prop_assert_eq!(logs(&known), logs(&whole));
            prop_assert_eq!(flush(&shop.facts, &known), flush(&shop.facts, &whole));
            shop.keep(whole);
        }
    }

    /// One round per tier at most, none for a tier that is over (`restrict` looks at that), and who
    /// asks once more learns nothing new. What is edited was locked when it was read.
    #[test]
    fn three_rounds_of_asking_are_all(script in scripts(Keys::Shared)) {
        let mut shop = Shop::open();
        for batch in &script {
            shop.wait(batch.pause_us);
            let mut loaded = restrict(&shop.facts, &batch.commands);
            prop_assert!(loaded.rounds <= 3, "{} rounds", loaded.rounds);
            let known = loaded.facts.clone();
            batch.commands.iter().for_each(|command| command.needs(&mut loaded.facts));
            prop_assert_eq!(&loaded.facts, &known);
            each(&mut loaded.facts, &known, &mut NothingPending);
            let (_, decided) = decide(known, &batch.commands, shop.now);
            for (id, slot) in &decided.products.rows {
                let is_locked = decided.products.to_lock.contains(id);
                prop_assert!(slot.mark != Mark::Edited || is_locked, "{id} was not locked");
            }
            shop.keep(decided);
        }
    }
}

/// Who knows the whole shop has changed the same rows, and what is known is the same.
struct SameChanges;

impl Visit for SameChanges {
    fn table<R: Row + Clone + Debug + PartialEq>(
        &mut self,
        Place { name, .. }: Place,
        whole: &mut Table<R>,
        known: &Table<R>,
        _: fn(&R::Key) -> R::Find,
    ) {
        for (key, slot) in &known.rows {
            assert_eq!(Some(slot), whole.rows.get(key), "{name}: {key:?} was not known");
        }
        for (key, slot) in &whole.rows {
            let is_known = slot.mark == Mark::Kept || known.rows.contains_key(key);
            assert!(is_known, "{name}: {key:?} is changed only by who knows everything");
        }
        assert_eq!((&whole.made, whole.changed), (&known.made, known.changed), "{name}");
    }
}

struct NothingPending;

impl Visit for NothingPending {
    fn table<R: Row + Clone + Debug + PartialEq>(
        &mut self,
        Place { name, .. }: Place,
        table: &mut Table<R>,
        _: &Table<R>,
        _: fn(&R::Key) -> R::Find,
    ) {
        assert!(table.pending.is_empty(), "{name} {:?} are never loaded", table.pending);
    }
}
