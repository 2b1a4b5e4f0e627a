//! A key is one deed of one caller: again is a replay, another request is refused, a refused
//! attempt was none, and nobody else's key matters.

use crate::{
    drafts::{currency, customer, keyed_actions, staff},
    nouns::orders::move_to,
    script::twisted,
    selling::by,
    shop::{Shop, decide, typed},
};
use domain::{
    Action, Actor, Command, Decision, Details, Done, ExpectedLine, Fingerprint, IdempotencyKey,
    Listed, Micros, Most, MoveStock, Once, OrderId, OrderStatus, PlaceOrder, ProductId, ProductRef,
    Quantity, Refused, Rule, StockChange, StockLine, Sweep, orders::PlaceRefusal,
};
use model::Modelled;
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Clone, Debug)]
struct Attempt {
    caller: u128,
    key: u8,
    units: i64,
    /// Whether some units are brought in before.
    is_after_receipt: bool,
}

fn attempts() -> impl Strategy<Value = Attempt> {
    let parts = (1..=2_u128, 0..3_u8, 1..=3_i64, proptest::bool::weighted(0.2));
    parts.prop_map(|(caller, key, units, is_after_receipt)| Attempt {
        caller,
        key,
        units,
        is_after_receipt,
    })
}

proptest! {
    #[test]
    fn a_key_is_one_order_of_one_caller(attempts in vec(attempts(), 1..30), batch in 1..6_usize) {
        let mut shop = Shop::open();
        let mut placed = BTreeMap::new();
        for (turn, attempts) in attempts.chunks(batch).enumerate() {
            if attempts[0].is_after_receipt {
                shop.decide(&[by(staff(), receipt(4))]);
            }
            let number = |place| turn * batch + place;
            let commands: Vec<_> = attempts.iter().enumerate()
                .map(|(place, attempt)| order(number(place), attempt))
                .collect();
            for (attempt, decision) in attempts.iter().zip(shop.decide(&commands)) {
                let before = placed.get(&(attempt.caller, attempt.key)).copied();
                match (before, typed::<PlaceOrder>(decision)) {
                    (None, Ok(Done::Now(order))) => {
                        placed.insert((attempt.caller, attempt.key), (order.id, attempt.units));
                    }
                    (None, Err(Refused::ByRule(PlaceRefusal::OutOfStock(_)))) => {}
                    (Some((id, units)), Ok(Done::Before(kept))) => {
                        let found = PlaceOrder::before(&kept);
                        prop_assert_eq!((Some(id), units), (found, attempt.units));
                    }
                    (Some((_, units)), Err(Refused::KeyReused)) => {
                        prop_assert_ne!(units, attempt.units);
                    }
                    (before, decision) => prop_assert!(
                        false, "{attempt:?} after {before:?} is answered {decision:?}"
                    ),
                }
            }
            prop_assert_eq!(shop.facts.orders.rows.len(), placed.len());
        }
    }
}

proptest! {
    // Each command that takes a key is met often enough.
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn whatever_carries_a_key_is_done_once(
        action in keyed_actions(),
        same_batch in any::<bool>(),
    ) {
        let command = keyed(staff(), "K", action);
        let mut shop = Shop::open();
        let mut ask = |commands: &[Command]| match same_batch {
            true => shop.decide(commands),
            false => commands.chunks(1).flat_map(|one| shop.decide(one)).collect(),
        };
        let other = keyed(staff(), "K", twisted(command.action.clone()));
        let decisions = ask(&[command.clone(), command.clone(), other.clone()]);
        if decisions[0].is_err() {
            prop_assert_eq!(&decisions[1], &decisions[0], "a refused attempt has left a trace");
            return Ok(());
        }
        prop_assert!(matches!(decisions[1], Ok(Done::Before(_))), "{:?}", decisions[1]);
        if sent(&other.action) != sent(&command.action) {
            prop_assert_eq!(&decisions[2], &Err(Refused::KeyReused));
        }
    }

    #[test]
    fn a_refused_attempt_may_succeed_later_with_its_key(units in 7..20_i64) {
        let mut shop = Shop::open();
        let attempt = Attempt { caller: 1, key: 0, units, is_after_receipt: false };
        let commands =
            [order(1, &attempt), by(staff(), receipt(14)), order(2, &attempt), order(3, &attempt)];
        let (decisions, _) = decide(shop.facts.clone(), &commands, shop.now);
        let singly = commands.chunks(1).flat_map(|one| shop.decide(one));
        for decisions in [decisions.clone(), singly.collect()] {
            let place = |place: usize| typed::<PlaceOrder>(Decision::clone(&decisions[place]));
            prop_assert!(matches!(place(0), Err(Refused::ByRule(PlaceRefusal::OutOfStock(_)))));
            prop_assert!(matches!(place(2), Ok(Done::Now(_))), "{:?}", decisions[2]);
            let first = OrderId(Uuid::from_u128(2)).to_string().into();
            prop_assert_eq!(place(3), Ok(Done::Before(first)));
        }
    }

    /// Keys of orders are kept for ever, all others for a day at least.
    #[test]
    fn a_key_outlives_every_sweep_of_its_day(hours in 0..24_i64, days in 0..1_000_i64) {
        let mut shop = Shop::open();
        let attempt = Attempt { caller: 1, key: 0, units: 1, is_after_receipt: false };
        let movement = keyed(staff(), "K", receipt(1));
        let cancel = move_to(OrderId(Uuid::from_u128(1)), OrderStatus::Cancelled);
        let cancel = keyed(customer(1), "C", cancel);
        shop.decide(&[order(1, &attempt), movement.clone(), cancel.clone()]);
        for (pause_us, commands) in [
            (hours * Micros::HOUR, vec![order(2, &attempt), movement, cancel]),
            (days * Micros::DAY, vec![order(3, &attempt)]),
        ] {
            shop.wait(pause_us);
            shop.decide(&[by(Actor::SYSTEM, Sweep { trail_us: 0, consumers_us: 0 }.action())]);
            shop.wait(1);
            let replayed = |decision: &_| matches!(decision, Ok(Done::Before(_)));
            prop_assert!(shop.decide(&commands).iter().all(replayed));
        }
    }

    #[test]
    fn requests_that_differ_have_fingerprints_that_differ(
        one in keyed_actions(), other in keyed_actions(),
    ) {
        for (one, other) in [(&one, &other), (&one, &twisted(one.clone()))] {
            let is_same = sent(one) == sent(other);
            prop_assert_eq!(is_same, one.fingerprint() == other.fingerprint());
        }
    }
}

/// What the client has sent of it.
fn sent(action: &Action) -> Action {
    let mut sent = action.clone();
    sent.strip();
    sent
}

/// What is everybody's is done once, whoever brings it, and the trail says who has.
#[test]
fn a_key_of_the_shop_is_one_deed_of_all_callers() {
    for same_batch in [false, true] {
        let mut shop = Shop::open();
        let commands = [staff(), Actor::SYSTEM, customer(1)].map(|actor| {
            let mut command = keyed(actor, "K", receipt(3));
            command.who.once.iter_mut().for_each(|once| once.key = IdempotencyKey::of_shop("K"));
            command
        });
        let decisions: Vec<Decision> = match same_batch {
            true => shop.decide(&commands),
            false => commands.chunks(1).flat_map(|one| shop.decide(one)).collect(),
        };
        assert!(matches!(decisions[0], Ok(Done::Now(_))), "{decisions:?}");
        assert!(decisions[1..].iter().all(|again| matches!(again, Ok(Done::Before(_)))));
        // Their own keys stand for what they did before.
        let own = keyed(Actor::SYSTEM, "K", receipt(4));
        assert!(matches!(shop.decide(&[own])[0], Ok(Done::Now(_))));
    }
}

#[test]
fn what_was_made_for_an_attempt_is_no_part_of_the_request() {
    let attempt = Attempt { caller: 1, key: 0, units: 1, is_after_receipt: false };
    let fingerprint = |number| order(number, &attempt).action.fingerprint();
    assert_eq!(fingerprint(1), fingerprint(2));
}

fn order(number: usize, attempt: &Attempt) -> Command {
    let line = ExpectedLine {
        product: ProductRef::Id(ProductId(1)),
        quantity: Quantity::new(attempt.units).unwrap(),
        price: None,
    };
    let (id, currency) = (OrderId(Uuid::from_u128(number as u128)), currency("EUR"));
    let order = PlaceOrder {
        id,
        currency,
        lines: vec![line],
        total: None,
        most: Most::default(),
        details: Details::default(),
        customer: None,
    };
    let key = format!("K{}", attempt.key);
    keyed(customer(attempt.caller), &key, order.action())
}

fn receipt(units: i64) -> Action {
    let product = ProductRef::Id(ProductId(1));
    let change = StockChange::Delta(units);
    let line = StockLine { product, change, reason: None };
    MoveStock { lines: vec![line], partial: false }.action()
}

pub fn keyed(actor: Actor, key: &str, action: Action) -> Command {
    let key = IdempotencyKey::new(key).unwrap();
    let once = |fingerprint: Fingerprint| Once { key, fingerprint };
    let mut command = by(actor, action);
    command.who.once = command.action.fingerprint().map(once);
    command
}
