//! What random carts seldom come to, a case each: their last microsecond, their bounds, a clock that went back,
//! products that are sold no more, and what two commands of one batch make of one cart.

mod checkouts;
mod claims;
mod rests;

use crate::{
    drafts::{customer, guest, staff, text},
    nouns::carts::{change, units},
    selling::by,
    shop::{Shop, decide, typed},
};
use claims::claim;
use domain::{
    ArchiveProduct, Cart, CartId, CartLimits, ChangeCart, Command, CrowdId, Done, EditProduct,
    EmptyCart, EventKind, ExpireCarts, Hold, Listed, Micros, Most, MoveStock, ProductId,
    ProductRef, Refused, RepairStock, Sku, Stock, StockChange, StockLine,
    carts::{Change, ChangeCartRefusal, ClaimCartRefusal, Filled},
    facts::Row,
};

const LIMITS: CartLimits = CartLimits {
    ttl_us: 60 * Micros::SECOND,
    max_age_us: 150 * Micros::SECOND,
    lines_most: 3,
    units_most: 5,
    crowd_units_most: 4,
};

fn id(product: i64) -> ProductRef {
    ProductRef::Id(ProductId(product))
}

fn sku(name: &str) -> ProductRef {
    ProductRef::Sku(Sku::stored(name))
}

fn add(product: ProductRef, many: i64) -> ChangeCart {
    ChangeCart { limits: LIMITS, ..change(product, Change::Add(units(many))) }
}

fn set(product: ProductRef, many: i64) -> ChangeCart {
    ChangeCart { limits: LIMITS, ..change(product, Change::Set(units(many))) }
}

fn remove(product: ProductRef) -> ChangeCart {
    ChangeCart { limits: LIMITS, ..change(product, Change::Remove) }
}

type Changed = Result<Filled, ChangeCartRefusal>;

fn asks(shop: &mut Shop, actor: domain::Actor, wanted: ChangeCart) -> Changed {
    match typed::<ChangeCart>(shop.decide(&[by(actor, wanted.action())]).remove(0)) {
        Ok(Done::Now(filled)) => Ok(filled),
        Err(Refused::ByRule(refusal)) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

/// The first customer does.
fn one(shop: &mut Shop, wanted: ChangeCart) -> Changed {
    asks(shop, customer(1), wanted)
}

fn own() -> CartId {
    CartId::of(customer(1).caller)
}

fn holds(shop: &Shop) -> usize {
    shop.facts.holds.of(&own()).count()
}

fn lines(filled: &Filled) -> Vec<(i64, i64)> {
    filled.lines.iter().map(|line| (line.offer.product.0, line.units)).collect()
}

fn expire(carts: &[CartId]) -> Command {
    let (carts, lines) = (carts.to_vec(), 3);
    let CartLimits { ttl_us, max_age_us, .. } = LIMITS;
    let expire = ExpireCarts { carts, lines, owner_waits: false, ttl_us, max_age_us };
    by(domain::Actor::SYSTEM, expire.action())
}

fn gone(shop: &mut Shop, carts: &[CartId]) -> usize {
    match typed::<ExpireCarts>(shop.decide(&[expire(carts)]).remove(0)) {
        Ok(Done::Now(gone)) => gone,
        other => panic!("{other:?}"),
    }
}

fn stock(shop: &Shop, product: i64) -> (i64, i64) {
    let Stock { on_hand, reserved } = shop.facts.shelves.main(ProductId(product)).unwrap().stock();
    (on_hand, reserved)
}

fn cart(shop: &Shop) -> Cart {
    shop.facts.carts.get(&own()).unwrap().clone()
}

fn balanced(shop: &Shop) {
    shop.books.audit(&shop.facts).unwrap();
}

#[test]
fn a_cart_lives_to_its_last_microsecond_and_no_longer() {
    for (waited, lives) in [(LIMITS.ttl_us - 1, true), (LIMITS.ttl_us, false)] {
        let mut shop = Shop::open();
        let filled = one(&mut shop, add(id(1), 2)).unwrap();
        assert_eq!(filled.expires_at, Some(shop.now.plus(LIMITS.ttl_us)));
        shop.wait(waited);
        assert_eq!(gone(&mut shop, &[own()]), usize::from(!lives));
        assert_eq!(stock(&shop, 1), (6, if lives { 2 } else { 0 }));
        let told = shop.books.events.iter().filter(|event| event.kind == EventKind::CartExpired);
        assert_eq!(told.count(), usize::from(!lives));
        balanced(&shop);
    }
}

/// What has expired is nobody's until it was given back: it is neither changed nor renewed.
#[test]
fn a_cart_that_has_expired_takes_nothing_and_gives_nothing() {
    let mut shop = Shop::open();
    one(&mut shop, add(id(1), 2)).unwrap();
    shop.wait(LIMITS.ttl_us);
    let before = shop.facts.clone();
    for wanted in [add(id(1), 1), set(id(2), 1), set(id(1), 1), remove(id(1)), remove(id(3))] {
        assert_eq!(one(&mut shop, wanted), Err(ChangeCartRefusal::Expired));
    }
    assert_eq!(claim(&mut shop, 1, LIMITS), Err(ClaimCartRefusal::Expired));
    assert!(shop.facts == before, "something has changed");
    // In one batch with its end, it begins anew.
    let decisions = shop.decide(&[expire(&[own()]), by(customer(1), add(id(2), 1).action())]);
    assert!(decisions.iter().all(Result::is_ok));
    assert_eq!((stock(&shop, 1), stock(&shop, 2)), ((6, 0), (12, 4)));
    assert_eq!(cart(&shop).opened_at, shop.now);
    balanced(&shop);
    // But its owner may let it go: it is told like any that has expired.
    shop.wait(LIMITS.ttl_us);
    let told = |shop: &Shop| {
        let told = shop.books.events.iter();
        told.filter(|event| event.kind == EventKind::CartExpired).count()
    };
    let before = told(&shop);
    assert!(shop.decide(&[by(customer(1), EmptyCart {}.action())])[0].is_ok());
    assert_eq!((stock(&shop, 2), holds(&shop)), ((12, 3), 0));
    assert_eq!(told(&shop), before + 1);
    one(&mut shop, add(id(2), 1)).unwrap();
    shop.decide(&[by(customer(1), EmptyCart {}.action())]);
    assert_eq!(told(&shop), before + 1, "in time it has not expired");
}

#[test]
fn every_change_renews_a_cart_and_none_beyond_the_age_that_it_may_have() {
    let mut shop = Shop::open();
    let opened = shop.now;
    let mut lived = vec![];
    for wanted in [add(id(1), 1), set(id(1), 1), set(id(1), 2), add(id(2), 1), remove(id(2))] {
        let expires_at = one(&mut shop, wanted).unwrap().expires_at.unwrap();
        lived.push((expires_at.0 - opened.0) / Micros::SECOND);
        assert_eq!(gone(&mut shop, &[own()]), 0, "it was renewed");
        shop.wait(30 * Micros::SECOND);
    }
    assert_eq!(lived, [60, 90, 120, 150, 150]);
    assert_eq!(one(&mut shop, set(id(1), 1)), Err(ChangeCartRefusal::Expired));
    // What is not there is not removed: nothing changes, and nothing is renewed.
    let mut shop = Shop::open();
    one(&mut shop, add(id(1), 1)).unwrap();
    let before = cart(&shop);
    shop.wait(Micros::SECOND);
    assert_eq!(lines(&one(&mut shop, remove(id(2))).unwrap()), [(1, 1)]);
    assert_eq!(cart(&shop), before);
}

/// The shop allows less than it did when the cart was renewed.
#[test]
fn a_cart_that_is_older_than_any_may_be_is_over() {
    let narrow = |max_age_us| CartLimits { max_age_us, ..LIMITS };
    let mut shop = Shop::open();
    one(&mut shop, add(id(1), 1)).unwrap();
    asks(&mut shop, guest(1), add(id(1), 1)).unwrap();
    shop.wait(30 * Micros::SECOND);
    let changed = |limits| ChangeCart { limits, ..add(id(1), 1) };
    let age = 30 * Micros::SECOND;
    assert_eq!(one(&mut shop, changed(narrow(age))), Err(ChangeCartRefusal::Expired));
    assert_eq!(claim(&mut shop, 1, narrow(age)), Err(ClaimCartRefusal::Expired));
    let expire = |max_age_us| {
        let (carts, lines, ttl_us) = (vec![own()], 1, LIMITS.ttl_us);
        let expire = ExpireCarts { carts, lines, owner_waits: false, ttl_us, max_age_us };
        by(domain::Actor::SYSTEM, expire.action())
    };
    shop.decide(&[expire(age + 1)]);
    assert_eq!(stock(&shop, 1), (6, 2));
    shop.decide(&[expire(age)]);
    assert_eq!(stock(&shop, 1), (6, 1));
    let claimed = claim(&mut shop, 1, narrow(age)).unwrap();
    assert_eq!((claimed.cart.lines.len(), stock(&shop, 1)), (0, (6, 1)), "a guest's is over too");
    assert_eq!(claim(&mut shop, 1, narrow(age + 1)).unwrap().cart.lines.len(), 1);
}

#[test]
fn what_somebody_held_who_has_gone_is_free_and_nobody_is_told() {
    let mut shop = Shop::open();
    one(&mut shop, add(id(2), 2)).unwrap();
    let gone = domain::Anonymize { id: domain::AccountId(customer(1).caller.id) };
    assert!(shop.decide(&[by(customer(1), gone.action())])[0].is_ok());
    assert_eq!((stock(&shop, 2), shop.facts.carts.get(&own())), ((12, 3), None));
    let told: Vec<EventKind> = shop.books.events.iter().map(|event| event.kind).collect();
    assert_eq!(told, [EventKind::CustomerDeleted], "and of no cart");
    balanced(&shop);
}

/// The clock of the database is set: nothing is held for longer by it.
#[test]
fn where_the_clock_went_back_a_cart_lives_as_long_as_any_may() {
    let mut shop = Shop::open();
    one(&mut shop, add(id(1), 1)).unwrap();
    shop.wait(-Micros::HOUR);
    assert_eq!(gone(&mut shop, &[own()]), 0);
    let after = cart(&shop);
    let times = (after.opened_at, after.updated_at, after.expires_at);
    assert_eq!(times, (shop.now, shop.now, shop.now.plus(LIMITS.ttl_us)));
    let before = shop.facts.clone();
    assert_eq!(gone(&mut shop, &[own()]), 0, "it does not live for longer than any may");
    assert!(shop.facts == before, "something has changed");
    shop.wait(LIMITS.ttl_us);
    assert_eq!((gone(&mut shop, &[own()]), stock(&shop, 1)), (1, (6, 0)));
    // Whoever changes it meanwhile has begun it now.
    one(&mut shop, add(id(1), 1)).unwrap();
    shop.wait(-Micros::HOUR);
    one(&mut shop, add(id(1), 1)).unwrap();
    let after = cart(&shop);
    assert_eq!((after.opened_at, after.expires_at), (shop.now, shop.now.plus(LIMITS.ttl_us)));
}

#[test]
fn a_cart_and_a_crowd_hold_what_they_may_and_no_unit_more() {
    use ChangeCartRefusal::{CartFull, CrowdHoldsTooMany, HoldsTooMany};
    let mut shop = Shop::open();
    let wide = CartLimits { units_most: 100, ..LIMITS };
    let free = |product, many| ChangeCart { limits: wide, ..add(id(product), many) };
    assert!(one(&mut shop, free(1, 1)).is_ok() && one(&mut shop, free(2, 1)).is_ok());
    shop.shelve(
        crate::nouns::products::product(5, 250, shop.now),
        Stock { on_hand: 9, reserved: 0 },
    );
    assert!(one(&mut shop, free(4, 1)).is_ok());
    assert_eq!(one(&mut shop, free(5, 1)), Err(CartFull { most: 3 }));
    assert!(one(&mut shop, free(4, 1)).is_ok(), "a line that is there may grow");
    // The caller's units: four are held.
    assert!(one(&mut shop, set(id(4), 3)).is_ok());
    assert_eq!(one(&mut shop, add(id(4), 1)), Err(HoldsTooMany { requested: 6, most: 5 }));
    assert_eq!(one(&mut shop, set(id(1), 2)), Err(HoldsTooMany { requested: 6, most: 5 }));
    assert!(one(&mut shop, set(id(4), 1)).is_ok(), "fewer is no matter");
    // The units of all guests of an address, wherever they go from there.
    let from =
        |place: &str, wanted: ChangeCart| ChangeCart { crowd: Some(CrowdId::of(place)), ..wanted };
    assert!(asks(&mut shop, guest(1), from("here", add(id(2), 3))).is_ok());
    let beyond = CrowdHoldsTooMany { requested: 5, most: 4 };
    assert_eq!(asks(&mut shop, guest(2), from("here", add(id(2), 2))), Err(beyond.clone()));
    assert_eq!(asks(&mut shop, guest(1), from("there", add(id(2), 2))), Err(beyond));
    assert!(asks(&mut shop, guest(2), from("here", add(id(2), 1))).is_ok());
    assert!(asks(&mut shop, guest(1), from("here", set(id(2), 2))).is_ok());
    assert!(asks(&mut shop, guest(2), from("here", add(id(2), 1))).is_ok());
    balanced(&shop);
}

#[test]
fn what_a_product_allows_is_a_bound_of_its_line() {
    let most = Most { per_order: Some(3), per_caller: Some(2) };
    let mut shop = Shop::open();
    let bounded = |wanted: ChangeCart, most| ChangeCart { most, ..wanted };
    assert!(one(&mut shop, bounded(add(id(2), 2), most)).is_ok());
    let Err(ChangeCartRefusal::TooMany(line)) = one(&mut shop, bounded(add(id(2), 1), most)) else {
        panic!("no bound")
    };
    assert_eq!((line.product, line.requested, line.most), (ProductId(2), 3, 2));
    let per_order = Most { per_caller: None, ..most };
    assert!(one(&mut shop, bounded(set(id(2), 3), per_order)).is_ok());
    assert!(one(&mut shop, bounded(set(id(2), 4), per_order)).is_err());
    // What is above a bound that came later may become less.
    assert!(one(&mut shop, bounded(set(id(2), 2), Most { per_order: Some(1), ..most })).is_ok());
    let wide = CartLimits { units_most: i64::MAX, ..LIMITS };
    let huge = |many| ChangeCart { limits: wide, ..add(id(4), many) };
    assert!(one(&mut shop, huge(999_999)).is_ok() && one(&mut shop, huge(1)).is_ok());
    assert_eq!(one(&mut shop, huge(1)), Err(ChangeCartRefusal::QuantityTooLarge));
}

/// Of the second product twelve lie there, and three are promised.
#[test]
fn what_is_promised_is_nobody_elses_and_what_is_refused_says_how_many_there_are() {
    let mut shop = Shop::open();
    let wide = CartLimits { units_most: 100, ..LIMITS };
    let free = |wanted| ChangeCart { limits: wide, ..wanted };
    one(&mut shop, free(add(id(2), 4))).unwrap();
    let short = |told: Changed| match told {
        Err(ChangeCartRefusal::OutOfStock(short)) => (short.requested, short.available),
        other => panic!("{other:?}"),
    };
    assert_eq!(short(one(&mut shop, free(add(id(2), 6)))), (6, 5), "so many more");
    assert_eq!(short(one(&mut shop, free(set(id(2), 10)))), (10, 9), "so many in all");
    assert_eq!(short(asks(&mut shop, customer(2), free(set(id(2), 6)))), (6, 5));
    assert_eq!(lines(&one(&mut shop, free(set(id(2), 9))).unwrap()), [(2, 9)]);
    assert_eq!(stock(&shop, 2), (12, 12));
    let order = crate::nouns::orders::plain_order(2, 1);
    assert!(shop.decide(&[by(customer(2), order.clone())])[0].is_err(), "all are promised");
    let line = StockLine { product: id(2), change: StockChange::Delta(-1), reason: None };
    let loss = MoveStock { lines: vec![line], partial: false };
    assert!(shop.decide(&[by(staff(), loss.action())])[0].is_err(), "nor are they written off");
    // Whoever lets one go lets another have it, in one batch.
    let batch = [by(customer(1), free(set(id(2), 8)).action()), by(customer(2), order)];
    assert!(shop.decide(&batch).iter().all(Result::is_ok));
    assert_eq!(stock(&shop, 2), (11, 11));
    balanced(&shop);
}

#[test]
fn a_line_of_what_is_sold_no_more_is_shown_and_removed_under_its_old_name() {
    let archive =
        |product| by(staff(), ArchiveProduct { product: id(product), versions: None }.action());
    let mut shop = Shop::open();
    one(&mut shop, add(sku("S1"), 2)).unwrap();
    shop.decide(&[archive(1)]);
    for wanted in [add(sku("S1"), 1), set(id(1), 3), set(sku("S1"), 3), set(sku("S9"), 1)] {
        assert_eq!(one(&mut shop, wanted), Err(ChangeCartRefusal::UnknownProduct));
    }
    assert_eq!(lines(&one(&mut shop, set(sku("S1"), 1)).unwrap()), [(1, 1)], "it may keep fewer");
    assert_eq!(one(&mut shop, set(id(1), 2)), Err(ChangeCartRefusal::UnknownProduct));
    assert_eq!(stock(&shop, 1), (6, 1));
    let filled = one(&mut shop, add(id(2), 1)).unwrap();
    let offer = &filled.lines[0].offer;
    assert_eq!((offer.sku.as_str(), offer.is_archived), ("S1", true));
    // Another one is sold under that name: it is what the name means, and the old one after it.
    let mut edit = EditProduct::of(id(2));
    edit.sku = Some(Sku::stored("S1"));
    shop.decide(&[by(staff(), edit.action())]);
    assert_eq!(lines(&one(&mut shop, remove(sku("S1"))).unwrap()), [(1, 1)]);
    assert_eq!(lines(&one(&mut shop, remove(sku("S1"))).unwrap()), []);
    assert!(one(&mut shop, remove(sku("S1"))).is_ok(), "it is sold, and not there");
    assert_eq!(one(&mut shop, remove(sku("S9"))), Err(ChangeCartRefusal::UnknownProduct));
    assert_eq!((stock(&shop, 1), stock(&shop, 2)), ((6, 0), (12, 3)));
    // All of it in one batch, too, and by its small id.
    let batch = [
        by(customer(1), add(id(3), 1).action()),
        by(customer(1), add(id(4), 1).action()),
        archive(4),
        by(customer(1), remove(sku("S4")).action()),
    ];
    let told: Vec<_> = shop.decide(&batch).iter().map(Result::is_ok).collect();
    assert_eq!(told, [false, true, true, true], "all of the third is promised already");
    assert_eq!((stock(&shop, 4).1, holds(&shop)), (0, 0));
    balanced(&shop);
}

/// A guest empties his cart and begins another one elsewhere, before anything of it is written.
#[test]
fn a_cart_that_is_begun_anew_counts_where_its_guest_is_now() {
    let crowd = |place| ChangeCart { crowd: Some(CrowdId::of(place)), ..add(id(2), 2) };
    let mut shop = Shop::open();
    asks(&mut shop, guest(1), crowd("here")).unwrap();
    let command = |wanted: ChangeCart| by(guest(1), wanted.action());
    let batch =
        [by(guest(1), EmptyCart {}.action()), command(crowd("there")), command(crowd("here"))];
    assert!(shop.decide(&batch).iter().all(Result::is_ok));
    let crowds: Vec<_> = shop.facts.crowds.rows.values().map(|slot| slot.row.clone()).collect();
    assert_eq!((crowds.len(), crowds[0].id, crowds[0].units), (1, CrowdId::of("there"), 4));
    balanced(&shop);
    let batch = [by(guest(1), remove(id(2)).action()), command(crowd("here"))];
    assert!(shop.decide(&batch).iter().all(Result::is_ok));
    assert_eq!(shop.facts.crowds.rows.keys().collect::<Vec<_>>(), [&CrowdId::of("here")]);
    balanced(&shop);
}

#[test]
fn an_expired_cart_is_told_with_what_it_held() {
    let mut shop = Shop::open();
    one(&mut shop, add(id(2), 1)).unwrap();
    one(&mut shop, add(id(1), 2)).unwrap();
    asks(&mut shop, guest(1), add(id(1), 1)).unwrap();
    shop.wait(LIMITS.ttl_us);
    assert_eq!(gone(&mut shop, &[own(), own(), CartId::of(guest(1).caller)]), 2);
    let told: Vec<_> =
        shop.books.events.iter().map(|event| event.data.as_deref().unwrap_or("")).collect();
    let customers = concat!(
        r#"{"v":1,"customer":"00000000-0000-0000-0000-000000000001","#,
        r#""items":[{"product":1,"quantity":2},{"product":2,"quantity":1}]}"#
    );
    assert_eq!(told, [customers, r#"{"v":1,"items":[{"product":1,"quantity":1}]}"#]);
    assert_eq!(shop.books.events[0].subject, domain::Subject::cart(own()));
}

/// Promised in the same batch, before and after the repair: it frees nothing of that.
#[test]
fn a_repair_leaves_what_its_own_batch_has_promised() {
    let mut shop = Shop::open();
    shop.facts.shelves.rows.values_mut().next().unwrap().row.reserved += 2;
    let repair =
        || by(staff(), RepairStock { product: ProductId(1), reason: text("beside") }.action());
    let batch = [
        by(customer(1), add(id(1), 1).action()),
        repair(),
        by(customer(2), add(id(1), 2).action()),
        by(customer(1), EmptyCart {}.action()),
        repair(),
    ];
    let decisions = shop.decide(&batch);
    let freed = |place: usize| match typed::<RepairStock>(decisions[place].clone()) {
        Ok(Done::Now(repaired)) => repaired.freed,
        other => panic!("{other:?}"),
    };
    assert_eq!((freed(1), freed(4), stock(&shop, 1)), (2, 0, (6, 2)));
    balanced(&shop);
}

/// Somebody wrote beside the shop: carts come to their end, and then all is well again.
#[test]
fn carts_that_hold_more_than_is_promised_end_nevertheless() {
    let mut shop = Shop::open();
    one(&mut shop, add(id(1), 3)).unwrap();
    shop.facts.shelves.rows.values_mut().next().unwrap().row.reserved = 2;
    shop.wait(LIMITS.ttl_us);
    assert_eq!((gone(&mut shop, &[own()]), stock(&shop, 1)), (1, (6, 0)));
    balanced(&shop);
}

/// Between its lock, when it was not there, and the look at its lines another node has begun the cart.
#[test]
fn what_is_read_without_its_cart_is_nobodys() {
    let mut shop = Shop::open();
    let hold = Hold { cart: own(), product: ProductId(1), units: 2, added_at: shop.now };
    shop.facts.holds.load(hold.clone());
    let decided = |wanted: ChangeCart| {
        let (decisions, facts) =
            decide(shop.facts.clone(), &[by(customer(1), wanted.action())], shop.now);
        (typed::<ChangeCart>(decisions.into_iter().next().unwrap()), facts)
    };
    let (told, facts) = decided(remove(id(1)));
    let Ok(Done::Now(filled)) = told else { panic!("{told:?}") };
    assert_eq!((filled.lines, facts.holds.changed, facts.shelves.changed), (vec![], 0, 0));
    // It is made, which the database refuses: then all is read again.
    let (told, facts) = decided(add(id(2), 1));
    let Ok(Done::Now(filled)) = told else { panic!("{told:?}") };
    assert_eq!((lines(&filled), facts.carts.made), (vec![(2, 1)], vec![own()]));
    let (_, facts) = decided(add(id(1), 1));
    assert_eq!((facts.holds.made.clone(), facts.carts.made), (vec![hold.key()], vec![own()]));
    assert_eq!(facts.holds.get(&hold.key()).unwrap().units, 1);
}
