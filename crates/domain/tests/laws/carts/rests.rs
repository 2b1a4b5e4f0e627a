//! Nobody lets go what he holds only to take it again before all others: a cart that holds nothing has its age
//! still, for as long as it rests.

use super::{
    LIMITS, add, asks, balanced, cart, claims::claim, expire, gone, holds, id, one, own, remove,
    stock,
};
use crate::{
    drafts::{customer, guest},
    selling::by,
    shop::Shop,
};
use domain::{
    Actor, CartLimits, ChangeCart, Command, CrowdId, EmptyCart, ExpireCarts, Listed, Micros,
    carts::{ChangeCartRefusal, ClaimCartRefusal, REST_US},
};

/// Its owner finds it over, and means to fill it again.
fn ended_by_its_owner() -> Command {
    let CartLimits { ttl_us, max_age_us, .. } = LIMITS;
    let (carts, lines) = (vec![own()], 1);
    let expire = ExpireCarts { carts, lines, owner_waits: true, ttl_us, max_age_us };
    by(Actor::SYSTEM, expire.action())
}

/// What he may do himself, and how long the cart has been left alone by then.
fn ways_to_let_go() -> [(Command, i64); 3] {
    [
        (by(customer(1), EmptyCart {}.action()), 0),
        (by(customer(1), remove(id(1)).action()), 0),
        (ended_by_its_owner(), LIMITS.ttl_us),
    ]
}

#[test]
fn who_fills_his_cart_again_goes_on_with_the_age_that_it_had() {
    let begin = by(customer(1), add(id(1), 1).action());
    for (drop, waits) in ways_to_let_go() {
        for batches in [1, 2] {
            let mut shop = Shop::open();
            one(&mut shop, add(id(1), 1)).unwrap();
            let opened = shop.now;
            shop.wait(waits);
            for batch in [drop.clone(), begin.clone()].chunks(3 - batches) {
                shop.decide(batch);
            }
            assert_eq!((cart(&shop).opened_at, holds(&shop)), (opened, 1), "{drop:?}");
            shop.decide(std::slice::from_ref(&drop));
            balanced(&shop);
        }
    }
}

#[test]
fn what_was_held_for_as_long_as_any_may_be_is_for_others_first() {
    for (drop, waits) in ways_to_let_go() {
        let mut shop = Shop::open();
        one(&mut shop, add(id(1), 1)).unwrap();
        let aged = shop.now.plus(LIMITS.max_age_us);
        while shop.now.plus(50 * Micros::SECOND) < aged {
            shop.wait(50 * Micros::SECOND);
            one(&mut shop, ChangeCart { product: id(1), ..super::set(id(1), 1) }).unwrap();
        }
        shop.wait(aged.0 - shop.now.0 - 1 + (waits > 0) as i64);
        assert!(shop.decide(&[drop])[0].is_ok());
        assert_eq!((stock(&shop, 1), holds(&shop)), ((6, 0), 0));
        let (before, until) = (shop.now, shop.now.plus(REST_US));
        shop.wait(1);
        let refused = Err(ChangeCartRefusal::Rests { until });
        for wanted in [add(id(1), 1), add(id(2), 1), super::set(id(1), 1)] {
            assert_eq!(one(&mut shop, wanted), refused);
        }
        assert!(one(&mut shop, remove(id(1))).is_ok(), "it is not there");
        asks(&mut shop, guest(1), add(id(1), 1)).unwrap();
        assert_eq!(claim(&mut shop, 1, LIMITS), Err(ClaimCartRefusal::Rests { until }));
        assert_eq!(stock(&shop, 1), (6, 1), "the guest has it still");
        // Neither is it renewed by being emptied again.
        shop.decide(&[by(customer(1), EmptyCart {}.action())]);
        assert_eq!(cart(&shop).expires_at, until);
        shop.wait(before.plus(REST_US).0 - shop.now.0 - 1);
        assert_eq!(one(&mut shop, add(id(1), 1)), refused, "the last microsecond");
        assert_eq!(gone(&mut shop, &[own()]), 0);
        shop.wait(1);
        one(&mut shop, add(id(1), 1)).unwrap();
        assert_eq!(cart(&shop).opened_at, shop.now, "it has rested");
        balanced(&shop);
    }
}

#[test]
fn what_the_shop_gives_back_in_time_is_begun_anew_and_what_has_aged_rests() {
    let mut shop = Shop::open();
    one(&mut shop, add(id(1), 1)).unwrap();
    shop.wait(LIMITS.ttl_us);
    assert_eq!((gone(&mut shop, &[own()]), shop.facts.carts.get(&own())), (1, None));
    one(&mut shop, add(id(1), 1)).unwrap();
    let opened = shop.now;
    assert_eq!(cart(&shop).opened_at, opened);
    for _ in 0..3 {
        shop.wait(50 * Micros::SECOND);
        let _ = one(&mut shop, super::set(id(1), 1));
    }
    assert_eq!((gone(&mut shop, &[own()]), stock(&shop, 1)), (1, (6, 0)));
    assert_eq!((cart(&shop).opened_at, cart(&shop).expires_at), (opened, shop.now.plus(REST_US)));
    // One that has rested is forgotten, and nobody is told of it.
    let told = shop.books.events.len();
    shop.wait(REST_US);
    assert_eq!((gone(&mut shop, &[own()]), shop.facts.carts.get(&own())), (1, None));
    assert_eq!(shop.books.events.len(), told);
}

/// A guest may have gone elsewhere meanwhile; and where the clock went back no cart rests for longer.
#[test]
fn a_cart_that_rests_is_of_no_crowd_and_of_this_time() {
    let mut shop = Shop::open();
    let from = |place: &str| ChangeCart { crowd: Some(CrowdId::of(place)), ..add(id(1), 2) };
    asks(&mut shop, guest(1), from("here")).unwrap();
    shop.decide(&[by(guest(1), EmptyCart {}.action())]);
    asks(&mut shop, guest(1), from("there")).unwrap();
    let crowds: Vec<_> = shop.facts.crowds.rows.values().map(|slot| slot.row.id).collect();
    assert_eq!(crowds, [CrowdId::of("there")]);
    one(&mut shop, add(id(2), 1)).unwrap();
    shop.decide(&[by(customer(1), EmptyCart {}.action())]);
    shop.wait(-Micros::HOUR);
    shop.decide(&[expire(&[own()])]);
    assert_eq!((cart(&shop).opened_at, cart(&shop).expires_at), (shop.now, shop.now.plus(REST_US)));
    balanced(&shop);
}
