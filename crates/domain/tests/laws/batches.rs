//! A batch is as good as its commands one by one, and nobody suffers from a refused batch-mate.

use crate::{
    script::{Keys, scripts},
    shop::{Shop, decide},
    store::restrict,
};
use domain::Command;
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_batch_ends_as_its_commands_would_one_by_one(script in scripts(Keys::Shared)) {
        let (mut together, mut alone) = (Shop::open(), Shop::open());
        for batch in &script {
            let decisions = together.run(batch);
            alone.wait(batch.pause_us);
            let singly: Vec<_> = batch.commands.chunks(1).flat_map(|command| {
                let loaded = restrict(&alone.facts, command).facts;
                let (decisions, decided) = decide(loaded, command, alone.now);
                alone.keep(decided);
                decisions
            }).collect();
            prop_assert_eq!(decisions, singly);
            prop_assert_eq!(&together.facts, &alone.facts);
            prop_assert_eq!(&together.books.events, &alone.books.events);
            prop_assert_eq!(&together.books.entries, &alone.books.entries);
            prop_assert_eq!(&together.books.trail, &alone.books.trail);
        }
    }

    #[test]
    fn a_batch_without_its_refused_commands_is_the_same_batch(script in scripts(Keys::Shared)) {
        let mut shop = Shop::open();
        for batch in &script {
            shop.wait(batch.pause_us);
            let (decisions, decided) = decide(shop.facts.clone(), &batch.commands, shop.now);
            let good: Vec<Command> = batch.commands.iter().zip(&decisions)
                .filter(|(_, decision)| decision.is_ok())
                .map(|(command, _)| command.clone())
                .collect();
            let (again, without) = decide(shop.facts.clone(), &good, shop.now);
            let accepted: Vec<_> = decisions.into_iter().filter(Result::is_ok).collect();
            prop_assert_eq!(again, accepted);
            prop_assert_eq!(&without, &decided);
            shop.keep(decided);
        }
    }
}
