//! What always holds, whatever is asked of the shop: its books agree with it, it answers what the
//! model expects, and its changes name all that has changed.

use crate::{
    model::Model,
    script::{Keys, scripts},
    shop::{Shop, decide, flush},
};
use domain::{Changes, Decision, Facts, Outcome, Refusal, idempotency::Kept};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::BTreeSet;

proptest! {
    #[test]
    fn the_books_always_balance(script in scripts(Keys::Shared)) {
        let mut shop = Shop::open();
        shop.books.audit(&shop.facts)?;
        for batch in &script {
            shop.run(batch);
            shop.books.audit(&shop.facts)?;
        }
    }

    #[test]
    fn a_shop_answers_as_its_model_expects(script in scripts(Keys::Apart)) {
        let mut shop = Shop::open();
        let mut model = Model::of(&shop);
        for batch in &script {
            shop.wait(batch.pause_us);
            model.forget_pruned(&shop);
            let decisions = shop.decide(&batch.commands);
            for (command, decision) in batch.commands.iter().zip(decisions) {
                match (decision, model.expect(command, shop.now)) {
                    (Ok(outcome), Ok(expected)) => prop_assert_eq!(outcome, expected),
                    (Err(refusal), Err(wrong)) => prop_assert!(
                        wrong.contains(&refusal),
                        "{command:?} is refused for {refusal:?}, but wrong is only {wrong:?}"
                    ),
                    (decision, expected) => prop_assert!(
                        false,
                        "{command:?} is answered {decision:?}, expected is {expected:?}"
                    ),
                }
            }
            model.check(&shop)?;
        }
    }

    #[test]
    fn changes_name_all_that_has_changed(script in scripts(Keys::Shared)) {
        let mut shop = Shop::open();
        for batch in &script {
            shop.wait(batch.pause_us);
            let (_, decided) = decide(shop.facts.clone(), &batch.commands, shop.now);
            let kept = flush(&shop.facts, &decided);
            prop_assert_eq!(kept, Facts { changes: Changes::default(), ..decided.clone() });
            shop.keep(decided);
        }
    }
}

/// Every answer that there is, as `kind` names them.
const KINDS: [&str; 30] = [
    "category",
    "illegal_move",
    "key_reused",
    "moved",
    "order_not_found",
    "out_of_stock",
    "placed",
    "price_changed_line",
    "price_changed_total",
    "product",
    "product_not_found",
    "quantity_too_large",
    "registered",
    "replayed_category",
    "replayed_order",
    "replayed_product",
    "replayed_stock",
    "session",
    "session_ended",
    "sku_taken",
    "slug_taken",
    "stock_lines",
    "stock_moved",
    "swept",
    "taken",
    "token_used",
    "total_too_large",
    "unknown_category",
    "unknown_products",
    "version_mismatch",
];

#[test]
fn the_scripts_reach_every_answer() {
    let (mut reached, mut moves) = (BTreeSet::new(), BTreeSet::new());
    let mut runner = TestRunner::deterministic();
    let strategy = scripts(Keys::Shared);
    for _ in 0..400 {
        let script = strategy.new_tree(&mut runner).expect("no script is rejected").current();
        let mut shop = Shop::open();
        for batch in &script {
            let decisions = shop.run(batch);
            reached.extend(decisions.iter().map(kind));
            moves.extend(decisions.iter().filter_map(|decision| match decision {
                Err(Refusal::IllegalMove { from, to }) => Some((*from, *to)),
                _ => None,
            }));
        }
        moves.extend(shop.books.events.iter().filter_map(|event| Some((event.from?, event.to))));
    }
    let missing: Vec<_> = KINDS.iter().filter(|kind| !reached.contains(**kind)).collect();
    assert!(missing.is_empty(), "no script reaches {missing:?}");
    assert_eq!(moves.len(), 24, "every move is tried but cancelling again, which changes nothing");
}

fn kind(decision: &Decision) -> &'static str {
    match decision {
        Ok(outcome) => match outcome {
            Outcome::Registered(_) => "registered",
            Outcome::Session(_) => "session",
            Outcome::Category(_) => "category",
            Outcome::Product(..) => "product",
            Outcome::StockMoved(_) => "stock_moved",
            Outcome::Placed(_) => "placed",
            Outcome::Moved(_) => "moved",
            Outcome::Swept => "swept",
            Outcome::Replayed(Kept::Category(_)) => "replayed_category",
            Outcome::Replayed(Kept::Order(_)) => "replayed_order",
            Outcome::Replayed(Kept::Product(..)) => "replayed_product",
            Outcome::Replayed(Kept::Stock(_)) => "replayed_stock",
        },
        Err(refusal) => match refusal {
            Refusal::Taken { .. } => "taken",
            Refusal::SessionEnded => "session_ended",
            Refusal::TokenUsed => "token_used",
            Refusal::SlugTaken => "slug_taken",
            Refusal::SkuTaken => "sku_taken",
            Refusal::UnknownCategory => "unknown_category",
            Refusal::ProductNotFound => "product_not_found",
            Refusal::UnknownProducts(_) => "unknown_products",
            Refusal::VersionMismatch { .. } => "version_mismatch",
            Refusal::StockLines(_) => "stock_lines",
            Refusal::QuantityTooLarge { .. } => "quantity_too_large",
            Refusal::TotalTooLarge => "total_too_large",
            Refusal::PriceChanged { total: None, .. } => "price_changed_line",
            Refusal::PriceChanged { total: Some(_), .. } => "price_changed_total",
            Refusal::OutOfStock(_) => "out_of_stock",
            Refusal::OrderNotFound => "order_not_found",
            Refusal::IllegalMove { .. } => "illegal_move",
            Refusal::KeyReused => "key_reused",
        },
    }
}
