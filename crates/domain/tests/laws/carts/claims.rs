//! A guest who logs in: what he held is his account's, as far as it fits.

use super::{LIMITS, add, asks, balanced, cart, gone, id, lines, one, set, stock};
use crate::{
    drafts::{customer, guest},
    keys::keyed,
    nouns::products::product,
    selling::by,
    shop::{Shop, decide, typed},
};
use domain::{
    CartId, CartLimits, ChangeCart, ClaimCart, CrowdId, Done, Listed, Micros, Most, ProductId,
    Refused, Rule, Stock,
    carts::{ClaimCartRefusal, Claimed, Filled, Left, LeftWhy},
};

pub fn claim(
    shop: &mut Shop,
    number: u128,
    limits: CartLimits,
) -> Result<Claimed, ClaimCartRefusal> {
    let claim = ClaimCart { guest: guest(number).caller, limits, most: Most::default() };
    match typed::<ClaimCart>(shop.decide(&[by(customer(1), claim.action())]).remove(0)) {
        Ok(Done::Now(claimed)) => Ok(claimed),
        Err(Refused::ByRule(refusal)) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_guest_held_is_his_accounts_and_what_does_not_fit_is_free() {
    let wide = CartLimits { crowd_units_most: 100, units_most: 100, ..LIMITS };
    let guests = |product, many| ChangeCart {
        crowd: Some(CrowdId::of("here")),
        limits: wide,
        ..add(id(product), many)
    };
    let cases = [
        (wide, vec![(2, 3), (1, 3), (4, 1)], vec![]),
        (
            CartLimits { lines_most: 2, ..wide },
            vec![(2, 3), (1, 3)],
            vec![(4, 1, LeftWhy::CartFull)],
        ),
        (
            CartLimits { units_most: 4, ..wide },
            vec![(2, 2), (1, 2)],
            [(1, 1), (2, 1), (4, 1)].map(|(id, n)| (id, n, LeftWhy::HoldsTooMany)).into(),
        ),
        (
            CartLimits { units_most: 0, ..wide },
            vec![(2, 2)],
            [(1, 3), (2, 1), (4, 1)].map(|(id, n)| (id, n, LeftWhy::HoldsTooMany)).into(),
        ),
    ];
    for (limits, filled, left) in cases {
        let mut shop = Shop::open();
        one(&mut shop, ChangeCart { limits: wide, ..add(id(2), 2) }).unwrap();
        for (product, many) in [(1, 3), (2, 1), (4, 1)] {
            shop.wait(1);
            asks(&mut shop, guest(1), guests(product, many)).unwrap();
        }
        let claimed = claim(&mut shop, 1, limits).unwrap();
        assert_eq!(lines(&claimed.cart), filled, "{limits:?}");
        let told: Vec<_> =
            claimed.left.iter().map(|left| (left.product.0, left.units, left.why)).collect();
        assert_eq!(told, left);
        assert!(shop.facts.crowds.rows.is_empty(), "no guest holds anything");
        assert_eq!(shop.facts.carts.get(&CartId::of(guest(1).caller)), None);
        balanced(&shop);
        // Whoever claims again finds nothing.
        let again = claim(&mut shop, 1, limits).unwrap();
        assert_eq!((lines(&again.cart), again.left), (filled, vec![]));
    }
}

#[test]
fn a_line_that_is_claimed_is_bounded_as_any_other() {
    for (product, most, fits) in [
        (Most::default(), Most { per_order: Some(2), per_caller: None }, 2),
        (Most { per_order: None, per_caller: Some(1) }, Most::default(), 1),
        (
            Most { per_order: Some(3), per_caller: None },
            Most { per_order: Some(1), per_caller: None },
            3,
        ),
    ] {
        let mut shop = Shop::open();
        asks(&mut shop, guest(1), add(id(2), 3)).unwrap();
        shop.facts.products.rows.get_mut(&ProductId(2)).unwrap().row.most = product;
        let claim = ClaimCart { guest: guest(1).caller, limits: LIMITS, most };
        let told = typed::<ClaimCart>(shop.decide(&[by(customer(1), claim.action())]).remove(0));
        let Ok(Done::Now(claimed)) = told else { panic!("{told:?}") };
        assert_eq!(lines(&claimed.cart), [(2, fits)]);
        let left = Left { product: ProductId(2), units: 3 - fits, why: LeftWhy::TooManyUnits };
        assert_eq!(claimed.left, if fits < 3 { vec![left] } else { vec![] });
        assert_eq!(stock(&shop, 2), (12, 3 + fits));
    }
}

#[test]
fn a_claimed_cart_is_as_old_as_the_older_of_the_two() {
    for (guest_first, waits) in [(true, [30, 30]), (false, [30, 30])] {
        let mut shop = Shop::open();
        let opened = shop.now;
        for (turn, wait) in waits.into_iter().enumerate() {
            match guest_first == (turn == 0) {
                true => drop(asks(&mut shop, guest(1), add(id(1), 1)).unwrap()),
                false => drop(one(&mut shop, add(id(2), 1)).unwrap()),
            }
            shop.wait(wait * Micros::SECOND - 1);
        }
        let claimed = claim(&mut shop, 1, LIMITS).unwrap();
        assert_eq!(cart(&shop).opened_at, opened);
        assert_eq!(claimed.cart.expires_at, Some(shop.now.plus(LIMITS.ttl_us)));
        shop.wait(50 * Micros::SECOND);
        let renewed = one(&mut shop, set(id(1), 1)).unwrap();
        assert_eq!(renewed.expires_at, Some(opened.plus(LIMITS.max_age_us)));
    }
    // Where nothing is moved, one's own is renewed and no older.
    let mut shop = Shop::open();
    asks(&mut shop, guest(1), add(id(1), 1)).unwrap();
    shop.wait(Micros::SECOND);
    let opened = shop.now;
    one(&mut shop, add(id(2), 1)).unwrap();
    claim(&mut shop, 1, CartLimits { units_most: 1, ..LIMITS }).unwrap();
    assert_eq!((cart(&shop).opened_at, stock(&shop, 1)), (opened, (6, 0)));
}

#[test]
fn what_a_guest_was_too_slow_for_is_not_claimed() {
    let mut shop = Shop::open();
    asks(&mut shop, guest(1), add(id(1), 1)).unwrap();
    shop.wait(LIMITS.ttl_us);
    let claimed = claim(&mut shop, 1, LIMITS).unwrap();
    assert_eq!((claimed.cart, claimed.left), (Filled::default(), vec![]));
    assert_eq!(stock(&shop, 1), (6, 1), "it waits to be given back");
    assert_eq!(gone(&mut shop, &[CartId::of(guest(1).caller)]), 1);
    // Nobody claims what an account holds, nor what he holds himself.
    one(&mut shop, add(id(1), 1)).unwrap();
    let before = shop.facts.clone();
    for (who, whose) in
        [(customer(2), customer(1)), (guest(2), guest(2)), (customer(1), customer(1))]
    {
        let claim = ClaimCart { guest: whose.caller, limits: LIMITS, most: Most::default() };
        assert!(shop.decide(&[by(who, claim.action())])[0].is_ok());
        assert!(shop.facts == before, "something has changed");
    }
    asks(&mut shop, guest(2), add(id(1), 1)).unwrap();
    let claim = ClaimCart { guest: guest(2).caller, limits: LIMITS, most: Most::default() };
    let before = shop.facts.clone();
    assert!(shop.decide(&[by(guest(2), claim.action())])[0].is_ok());
    assert!(shop.facts == before, "something has changed");
}

#[test]
fn a_claim_of_all_lines_weighs_what_it_writes() {
    let mut shop = Shop::open();
    let wide = CartLimits { units_most: 1_000, lines_most: 100, crowd_units_most: 1_000, ..LIMITS };
    for number in 10..=109 {
        shop.shelve(product(number, 250, shop.now), Stock { on_hand: 9, reserved: 0 });
        let crowd = Some(CrowdId::of("here"));
        let wanted = ChangeCart { limits: wide, crowd, ..add(id(number), 2) };
        asks(&mut shop, guest(1), wanted).unwrap();
    }
    let most = Most { per_order: Some(1), per_caller: None };
    let claim = ClaimCart { guest: guest(1).caller, limits: wide, most };
    let commands = [keyed(customer(1), "K", claim.clone().action())];
    let (_, facts) = decide(shop.facts.clone(), &commands, shop.now);
    let written = [facts.carts.changed, facts.holds.changed, facts.crowds.changed];
    let written = written.iter().sum::<usize>() + facts.shelves.changed + facts.traces.changed;
    assert_eq!(written, 2 + 200 + 1 + 100 + 1);
    let weight = claim.weight();
    assert!((written..=2 * written).contains(&weight.rows), "{weight:?}");
}
