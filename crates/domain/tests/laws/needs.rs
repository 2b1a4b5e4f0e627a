//! Needs are complete: who knows only what was asked for decides as if the whole shop were known.

use crate::{
    script::{Keys, scripts},
    shop::{Shop, decide, flush, restrict},
};
use domain::{Facts, Needs};
use proptest::prelude::*;

proptest! {
    #[test]
    fn what_is_needed_is_enough_to_decide(script in scripts(Keys::Shared)) {
        let mut shop = Shop::open();
        for batch in &script {
            shop.wait(batch.pause_us);
            let (expected, whole) = decide(shop.facts.clone(), &batch.commands, shop.now);
            let loaded = restrict(&shop.facts, &batch.commands);
            let (decisions, known) = decide(loaded, &batch.commands, shop.now);
            prop_assert_eq!(decisions, expected);
            prop_assert_eq!(&known.changes, &whole.changes);
            for (id, stock) in &known.stock {
                prop_assert_eq!(Some(stock), whole.stock.get(id), "stock of {} was not known", id);
            }
            prop_assert_eq!(flush(&shop.facts, &known), flush(&shop.facts, &whole));
            shop.keep(whole);
        }
    }

    /// A store that asks a third time would learn nothing new; products are asked for only then.
    #[test]
    fn two_rounds_of_asking_are_all(script in scripts(Keys::Shared)) {
        let mut shop = Shop::open();
        for batch in &script {
            shop.wait(batch.pause_us);
            let commands = || batch.commands.iter();
            let first = Needs::of(commands(), &Facts::default());
            let loaded = restrict(&shop.facts, &batch.commands);
            let second = Needs::of(commands(), &loaded);
            let Needs { orders, skus, public_ids, .. } = &second;
            prop_assert!(orders.is_subset(&first.orders), "a new order in the second round");
            prop_assert!(skus.is_subset(&first.skus), "a new sku in the second round");
            prop_assert!(public_ids.is_subset(&first.public_ids), "a new name in the second round");
            prop_assert!(first.products.is_subset(&second.products), "a product is forgotten");
            prop_assert!(second.edited_products.is_subset(&second.products));
            shop.decide(&batch.commands);
        }
    }
}
