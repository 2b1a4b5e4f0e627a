//! A refused command changes nothing, and the same question has the same answer.

use crate::{
    script::{Keys, scripts},
    shop::{Shop, decide},
};
use domain::{Kinds, Refusal, commands::REFUSALS};
use proptest::prelude::*;

#[test]
fn the_kinds_of_refusals_are_those_of_every_command() {
    assert_eq!(Refusal::KINDS, REFUSALS.concat().concat());
    assert!(Refusal::KINDS.len() >= 16, "{:?}", Refusal::KINDS);
}

proptest! {
    #[test]
    fn a_refused_command_leaves_the_facts_exactly_as_they_were(script in scripts(Keys::Shared)) {
        let mut shop = Shop::open();
        for batch in &script {
            shop.wait(batch.pause_us);
            let mut facts = shop.facts.clone();
            for command in &batch.commands {
                let before = facts.clone();
                if let Err(refusal) = command.decide(&mut facts, shop.now) {
                    prop_assert_eq!(&facts, &before, "{:?} has left something", refusal);
                }
            }
            shop.keep(facts);
        }
    }

    #[test]
    fn the_same_commands_on_the_same_facts_at_the_same_time_have_the_same_end(
        script in scripts(Keys::Shared),
    ) {
        let mut shop = Shop::open();
        for batch in &script {
            shop.wait(batch.pause_us);
            let once = decide(shop.facts.clone(), &batch.commands, shop.now);
            let again = decide(shop.facts.clone(), &batch.commands, shop.now);
            prop_assert_eq!(&once, &again);
            shop.keep(once.1);
        }
    }
}
