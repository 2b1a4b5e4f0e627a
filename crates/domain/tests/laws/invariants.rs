//! What always holds, whatever is asked of the shop: its books agree with it, it answers what the
//! model expects, and its changes name all that has changed.

use crate::{
    compared::{compare, forget_pruned, model_of},
    script::{Keys, scripts},
    shop::{Shop, decide},
    store::{at_rest, flush},
    tables::{Place, Visit, each},
};
use domain::{
    Decision, Done, Kinds, Refusal, Refused, Rule,
    commands::{NAMES, REFUSALS},
    facts::{Mark, Row, Table},
    orders::{self, MoveRefusal},
    rules::Keyed,
};
use model::{Kept, Touched};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::{collections::BTreeSet, fmt::Debug};

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

}

proptest! {
    // What is rare in a script of so many commands is met often enough in as many scripts.
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn a_shop_answers_as_its_model_expects(script in scripts(Keys::Apart)) {
        let mut shop = Shop::open();
        let mut model = model_of(&shop);
        for batch in &script {
            shop.wait(batch.pause_us);
            forget_pruned(&mut model, &shop);
            model.touched = Touched::default();
            let decisions = shop.decide(&batch.commands);
            for (command, decision) in batch.commands.iter().zip(decisions) {
                match (decision, model.expect(command, shop.now)) {
                    (Ok(Done::Now(outcome)), Ok(Done::Now(expected))) => {
                        prop_assert_eq!(outcome, expected);
                    }
                    (Ok(Done::Before(text)), Ok(Done::Before(expected))) => {
                        prop_assert_eq!(Kept::read(&command.action, &text), expected);
                    }
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
            compare(&model, &shop)?;
        }
    }
}

proptest! {
    #[test]
    fn marks_tell_all_that_has_changed(script in scripts(Keys::Shared)) {
        let mut shop = Shop::open();
        for batch in &script {
            shop.wait(batch.pause_us);
            let (_, mut decided) = decide(shop.facts.clone(), &batch.commands, shop.now);
            prop_assert_eq!(flush(&shop.facts, &decided), at_rest(&decided));
            each(&mut decided, &shop.facts, &mut Marked);
            shop.keep(decided);
        }
    }
}

/// What is counted and listed as changed is what is marked; and views are never marked.
struct Marked;

impl Visit for Marked {
    fn table<R: Row + Clone + Debug + PartialEq>(
        &mut self,
        Place { name, is_view, .. }: Place,
        decided: &mut Table<R>,
        before: &Table<R>,
        _: fn(&R::Key) -> R::Find,
    ) {
        let marked = decided.rows.iter().filter(|(_, slot)| slot.mark != Mark::Kept);
        assert_eq!(decided.changed, marked.clone().count(), "{name}");
        assert!(!is_view || decided.changed == 0, "{name} would be written");
        let is_made = |mark| matches!(mark, Mark::Made | Mark::Remade);
        let made = marked.filter(|(_, slot)| is_made(slot.mark)).map(|(key, _)| key);
        let listed: BTreeSet<_> = decided.made.iter().collect();
        assert_eq!((listed.len(), &listed), (decided.made.len(), &made.collect()), "{name}");
        for (key, slot) in &decided.rows {
            let was_there = before.rows.contains_key(key);
            let is_told = is_view || was_there == (slot.mark != Mark::Made);
            assert!(is_told, "{name}: {key:?} is {:?}", slot.mark);
        }
    }
}

/// Whatever is asked for.
const SHUT_OUT: &str = "shut_out";

/// What no script can reach: it would take ten thousand categories, or somebody who writes beside the shop.
/// And a cart rests seldom enough that none is claimed meanwhile.
const OUT_OF_REACH: [&str; 3] =
    ["checkout: out_of_stock", "claim_cart: cart_rests", "create_category: too_many_categories"];

#[test]
fn the_scripts_reach_every_answer() {
    let (mut reached, mut moves) = (BTreeSet::new(), BTreeSet::new());
    let (mut answers, mut shut_out) = (all_answers(), 0);
    let mut runner = TestRunner::deterministic();
    let strategy = scripts(Keys::Shared);
    // As many as it takes: whoever draws something new changes all scripts.
    for played in 0..16_000 {
        let has_all =
            || answers.difference(&reached).all(|answer| OUT_OF_REACH.contains(&answer.as_str()));
        if played >= 300 && has_all() && moves.len() == 24 {
            break;
        }
        let script = strategy.new_tree(&mut runner).expect("no script is rejected").current();
        let mut shop = Shop::open();
        for batch in &script {
            let decisions = shop.run(batch);
            for (command, decision) in batch.commands.iter().zip(&decisions) {
                let name = command.action.name();
                if command.action.keyed() != Keyed::No {
                    answers.extend([answer(name, "again"), answer(name, "key_reused")]);
                }
                match kind(decision) {
                    SHUT_OUT => shut_out += 1,
                    kind => drop(reached.insert(answer(name, kind))),
                }
                moves.extend(illegal_move(decision));
            }
        }
        let told = shop.books.moves().into_iter();
        moves.extend(told.filter_map(|(from, to)| Some((from?, to))));
    }
    assert!(shut_out > 0, "somebody shows what was taken");
    let unlisted: Vec<_> = reached.difference(&answers).collect();
    assert!(unlisted.is_empty(), "no list has {unlisted:?}");
    let beyond = OUT_OF_REACH.map(String::from).into_iter().collect();
    let missing: BTreeSet<_> = answers.difference(&reached).cloned().collect();
    assert_eq!(missing, beyond, "what no script reaches");
    assert_eq!(
        moves.len(),
        25,
        "every move is refused, or done: cancelling again as well, from where it was not"
    );
}

/// Of every command: it is done, or refused for each of its reasons.
fn all_answers() -> BTreeSet<String> {
    let named = NAMES.iter().zip(REFUSALS).flat_map(|(names, all)| names.iter().zip(*all));
    let kinds = |(name, kinds): (&'static &'static str, &'static &'static [&'static str])| {
        ["done"].iter().chain(*kinds).map(|kind| answer(name, kind))
    };
    named.flat_map(kinds).collect()
}

fn answer(name: &str, kind: &str) -> String {
    format!("{name}: {kind}")
}

fn kind(decision: &Decision) -> &'static str {
    match decision {
        Ok(Done::Now(_)) => "done",
        Ok(Done::Before(_)) => "again",
        Err(Refused::ByRule(refusal)) => refusal.kind(),
        Err(Refused::ShutOut) => SHUT_OUT,
        Err(Refused::KeyReused) => "key_reused",
    }
}

fn illegal_move(decision: &Decision) -> Option<(orders::OrderStatus, orders::OrderStatus)> {
    let Err(Refused::ByRule(Refusal::Orders(orders::Refusal::MoveOrder(refusal)))) = decision
    else {
        return None;
    };
    match refusal {
        MoveRefusal::IllegalMove { from, to } => Some((*from, *to)),
        _ => None,
    }
}
