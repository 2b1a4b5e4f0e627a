//! Carts as readers see them: what one holds, which are due, and which hold a product.

use crate::shop::*;
use domain::{
    carts::{CartLimits, Change, Filled},
    *,
};
use store::Due;

on_both_engines!(
    a_cart_is_read_as_it_was_answered_until_it_expires,
    carts_that_are_due_come_in_their_order_and_no_more_than_are_asked_for,
    the_carts_that_hold_a_product_are_found,
);

async fn add(shop: &Shop, who: Actor, product: i64, units: i64) -> Filled {
    let change = ChangeCart {
        product: ProductRef::Id(ProductId(product)),
        change: Change::Add(Quantity::new(units).unwrap()),
        crowd: None,
        currency: "EUR".parse().unwrap(),
        limits: CartLimits::default(),
        most: Most::default(),
    };
    done::<ChangeCart>(shop.send(command(who, None, change)).await)
}

fn cart_of(who: Actor) -> CartId {
    CartId::of(who.caller)
}

async fn a_cart_is_read_as_it_was_answered_until_it_expires(shop: Shop) {
    let ann = customer(1);
    add(&shop, ann, 2, 1).await;
    let filled = add(&shop, ann, 1, 3).await;
    add(&shop, customer(2), 1, 1).await;
    let exact = shop.readers.exact();
    assert_eq!(filled.lines.len(), 2);
    assert_eq!(exact.cart(cart_of(ann)).await.unwrap(), filled);
    assert_eq!(exact.cart(cart_of(customer(3))).await.unwrap(), Filled::default());
    // By the clock that the door has, in microseconds: a second is neither a minute nor nothing.
    let ends =
        |at: &str| format!("update carts set expires_at = (select max(at) from batches) {at}");
    shop.sql(&ends("+ 60000000")).await.unwrap();
    assert_eq!(exact.cart(cart_of(ann)).await.unwrap().lines, filled.lines);
    shop.sql(&ends("- 1000000")).await.unwrap();
    assert_eq!(exact.cart(cart_of(ann)).await.unwrap(), Filled::default());
    shop.sql(&format!("update carts set expires_at = {}", filled.expires_at.unwrap().0))
        .await
        .unwrap();
}

async fn carts_that_are_due_come_in_their_order_and_no_more_than_are_asked_for(shop: Shop) {
    let mut ends = Vec::new();
    for number in 1..=4 {
        let filled = add(&shop, customer(number), 1, 1).await;
        ends.push(filled.expires_at.unwrap());
    }
    add(&shop, customer(4), 2, 1).await;
    let late = shop.readers.late();
    let due = |number: u128, lines| Due { cart: cart_of(customer(number)), lines };
    let far = ends[3].plus(Micros::HOUR);
    for (now, latest, limit, expected) in [
        (ends[0].minus(1), far, 10, vec![]),
        (ends[1], far, 10, vec![due(1, 1), due(2, 1)]),
        (ends[1], far, 1, vec![due(1, 1)]),
        // Those that would live for too long, the latest first, and only where there is room.
        (ends[0], ends[1], 10, vec![due(1, 1), due(4, 2), due(3, 1)]),
        (ends[0], ends[1], 2, vec![due(1, 1), due(4, 2)]),
        (ends[0], ends[1], 1, vec![due(1, 1)]),
    ] {
        assert_eq!(late.carts_due(now, latest, limit).await.unwrap(), expected, "{limit}");
    }
}

async fn the_carts_that_hold_a_product_are_found(shop: Shop) {
    let guest = Actor::of(domain::carts::guest("a token"), Role::Customer);
    add(&shop, customer(1), 1, 2).await;
    add(&shop, customer(1), 2, 1).await;
    let filled = add(&shop, guest, 1, 3).await;
    let late = shop.readers.late();
    for (actor, lines) in [(customer(1), 2), (guest, 1), (customer(2), 0)] {
        assert_eq!(late.lines_of(cart_of(actor)).await.unwrap(), lines);
    }
    let mut found = late.holders(ProductId(1), 10).await.unwrap();
    found.sort_by_key(|holder| holder.units);
    let units: Vec<_> = found.iter().map(|holder| (holder.cart, holder.units)).collect();
    assert_eq!(units, [(cart_of(customer(1)), 2), (cart_of(guest), 3)]);
    assert_eq!(found[0].account(), Some(AccountId(customer(1).caller.id)));
    assert_eq!((found[1].account(), Some(found[1].expires_at)), (None, filled.expires_at));
    assert_eq!(late.holders(ProductId(1), 1).await.unwrap().len(), 1);
    assert_eq!(late.holders(ProductId(3), 10).await.unwrap(), []);
}
