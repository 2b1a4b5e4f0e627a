//! A cart that is ordered: sold as it was filled, once, and gone.

use super::{LIMITS, add, asks, balanced, cart, id, one, own, remove, set, sku, stock};
use crate::{
    drafts::{customer, eur, guest, staff, text},
    keys::keyed,
    nouns::carts::checkout as checkout_of,
    selling::by,
    shop::{Shop, decide, typed},
    store::restrict,
};
use domain::{
    ArchiveProduct, ChangeCart, Checkout, ClaimCart, CrowdId, Details, Done, EmptyCart, Listed,
    Most, Order, OrderId, ProductId, Refused, ShortLine, carts::CheckoutRefusal,
    orders::BoundedLine,
};
use std::sync::Arc;

fn checkout(shop: &mut Shop, wanted: Checkout) -> Result<Arc<Order>, CheckoutRefusal> {
    let id = OrderId(uuid::Uuid::from_u128(1_000 + shop.facts.orders.rows.len() as u128));
    let command = by(customer(1), Checkout { id, ..wanted }.action());
    match typed::<Checkout>(shop.decide(&[command]).remove(0)) {
        Ok(Done::Now(order)) => Ok(order),
        Err(Refused::ByRule(refusal)) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

fn wish() -> Checkout {
    checkout_of(None, Details::default())
}

#[test]
fn a_cart_is_sold_as_it_was_filled_and_is_gone() {
    let mut shop = Shop::open();
    assert_eq!(checkout(&mut shop, wish()), Err(CheckoutRefusal::CartEmpty));
    asks(&mut shop, guest(1), ChangeCart { crowd: Some(CrowdId::of("here")), ..add(id(2), 3) })
        .unwrap();
    shop.wait(1);
    one(&mut shop, add(id(2), 1)).unwrap();
    shop.wait(1);
    one(&mut shop, add(id(1), 3)).unwrap();
    let details = Details::noted(text("ring twice"));
    let order = checkout(&mut shop, checkout_of(Some(eur(1_749)), details.clone())).unwrap();
    let sold: Vec<_> =
        order.lines.iter().map(|line| (line.product.0, line.quantity.units())).collect();
    assert_eq!((sold, order.total_minor), (vec![(2, 1), (1, 3)], 1_749));
    assert_eq!((order.owner, &order.note), (customer(1).caller, &details.note));
    assert_eq!((stock(&shop, 1), stock(&shop, 2)), ((3, 0), (11, 6)));
    assert_eq!(shop.facts.carts.get(&own()), None);
    assert_eq!(shop.facts.holds.of(&own()).count(), 0);
    assert_eq!(checkout(&mut shop, wish()), Err(CheckoutRefusal::CartEmpty));
    balanced(&shop);
    // A guest's is counted no more, and what another batch member lets go is not sold.
    let order = by(guest(1), wish().action());
    let batch = [by(guest(1), EmptyCart {}.action()), order.clone()];
    let told: Vec<_> = shop.decide(&batch).iter().map(Result::is_ok).collect();
    assert_eq!((told, shop.facts.crowds.rows.len()), (vec![true, false], 0));
    asks(&mut shop, guest(1), ChangeCart { crowd: Some(CrowdId::of("here")), ..add(id(2), 3) })
        .unwrap();
    let told: Vec<_> = shop.decide(&[order, batch[0].clone()]).iter().map(Result::is_ok).collect();
    assert_eq!((told, shop.facts.crowds.rows.len()), (vec![true, true], 0));
    assert_eq!(stock(&shop, 2), (8, 3));
    balanced(&shop);
}

#[test]
fn what_cannot_be_ordered_stays_in_the_cart() {
    let mut shop = Shop::open();
    one(&mut shop, add(id(2), 2)).unwrap();
    one(&mut shop, add(id(1), 1)).unwrap();
    let before = shop.facts.clone();
    let changed = CheckoutRefusal::TotalChanged { expected: eur(2_247), total: eur(2_248) };
    let wanted = checkout_of(Some(eur(2_247)), Details::default());
    assert_eq!(checkout(&mut shop, wanted), Err(changed));
    let dollars = Checkout { currency: "USD".parse().unwrap(), ..wish() };
    let gone = CheckoutRefusal::NoLongerSold([1, 2].map(ProductId).into());
    assert_eq!(checkout(&mut shop, dollars), Err(gone));
    let bounded = Checkout { most: Most { per_order: Some(1), per_caller: None }, ..wish() };
    let Err(CheckoutRefusal::TooMany(beyond)) = checkout(&mut shop, bounded) else { panic!() };
    assert_eq!((beyond.len(), beyond[0].product, beyond[0].most), (1, ProductId(2), 1));
    assert!(shop.facts == before, "something has changed");
    let archive = ArchiveProduct { product: id(2), versions: None };
    shop.decide(&[by(staff(), archive.action())]);
    let gone = CheckoutRefusal::NoLongerSold(vec![ProductId(2)]);
    assert_eq!(checkout(&mut shop, wish()), Err(gone));
    assert_eq!(stock(&shop, 2), (12, 5));
    one(&mut shop, remove(id(2))).unwrap();
    assert!(checkout(&mut shop, wish()).is_ok());
    balanced(&shop);
    // Its time is over, to the microsecond.
    for (waited, is_sold) in [(LIMITS.ttl_us - 1, true), (LIMITS.ttl_us, false)] {
        one(&mut shop, add(id(1), 1)).unwrap();
        shop.wait(waited);
        let told = checkout(&mut shop, wish());
        assert_eq!(told.err(), if is_sold { None } else { Some(CheckoutRefusal::CartEmpty) });
    }
    assert_eq!(stock(&shop, 1), (4, 1), "it waits to be given back");
    balanced(&shop);
}

/// Of the shop's bound a customer has had two, which no command of the batch has looked at before.
#[test]
fn what_the_same_batch_puts_into_a_cart_is_counted_too() {
    let most = Most { per_order: None, per_caller: Some(3) };
    let free = |wanted: ChangeCart| by(customer(1), wanted.action());
    let guests = by(guest(1), add(id(2), 2).action());
    let claim = ClaimCart { guest: guest(1).caller, limits: LIMITS, most: Most::default() };
    let claim = by(customer(1), claim.action());
    for batch in [
        vec![free(add(id(2), 2))],
        vec![free(add(sku("S2"), 2))],
        vec![free(set(id(2), 1)), free(add(id(2), 1))],
        vec![guests.clone(), claim],
    ] {
        let mut shop = Shop::open();
        one(&mut shop, add(id(2), 2)).unwrap();
        checkout(&mut shop, Checkout { most, ..wish() }).unwrap();
        let order = by(customer(1), Checkout { most, ..wish() }.action());
        let batch: Vec<_> = batch.into_iter().chain([order]).collect();
        let (mut decided, _) = decide(restrict(&shop.facts, &batch).facts, &batch, shop.now);
        let told = typed::<Checkout>(decided.pop().unwrap());
        let beyond = BoundedLine { product: ProductId(2), requested: 2, most: 1 };
        assert_eq!(told, Err(Refused::ByRule(CheckoutRefusal::TooMany(vec![beyond]))));
    }
}

#[test]
fn a_checkout_that_comes_again_is_the_order_that_it_was() {
    let mut shop = Shop::open();
    one(&mut shop, add(id(1), 1)).unwrap();
    let number = |number| OrderId(uuid::Uuid::from_u128(number));
    let again = |shop: &mut Shop, wanted: Checkout| {
        let command = keyed(customer(1), "K", wanted.action());
        typed::<Checkout>(shop.decide(&[command]).remove(0))
    };
    let Ok(Done::Now(order)) = again(&mut shop, Checkout { id: number(1), ..wish() }) else {
        panic!("no order")
    };
    one(&mut shop, add(id(2), 1)).unwrap();
    for lines in [3, 100] {
        let Ok(Done::Before(kept)) = again(&mut shop, Checkout { id: number(2), lines, ..wish() })
        else {
            panic!("another order")
        };
        assert_eq!(Checkout::before(&kept), Some(order.id));
    }
    let other = again(&mut shop, checkout_of(Some(eur(250)), Details::default()));
    assert_eq!(other, Err(Refused::KeyReused));
    assert_eq!((stock(&shop, 2), shop.facts.orders.rows.len()), ((12, 4), 1));
}

/// Nothing is sold that does not lie there, whatever a cart was promised.
#[test]
fn a_shelf_that_somebody_emptied_beside_the_shop_sells_nothing() {
    let mut shop = Shop::open();
    one(&mut shop, add(id(1), 3)).unwrap();
    let shelf = shop.facts.shelves.rows.values_mut().next().unwrap();
    (shelf.row.on_hand, shelf.row.reserved) = (2, 2);
    let short = ShortLine { product: ProductId(1), requested: 3, available: 2 };
    assert_eq!(checkout(&mut shop, wish()), Err(CheckoutRefusal::OutOfStock(vec![short])));
    assert_eq!((stock(&shop, 1), cart(&shop).id), ((2, 2), own()));
    shop.facts.shelves.rows.values_mut().next().unwrap().row.on_hand = 3;
    assert!(checkout(&mut shop, wish()).is_ok());
    assert_eq!(stock(&shop, 1), (0, 0));
}
