//! Carts: what they hold is reserved in the same commit, whoever else writes, and comes to one end.

use crate::{
    nodes::{insistent, two},
    shop::*,
};
use domain::{
    carts::{Change, ChangeCartRefusal, CheckoutRefusal},
    *,
};
use futures_util::future::join_all;
use std::sync::atomic::Ordering::Relaxed;
use store::{Rejection, Reply};
use uuid::Uuid;

on_both_engines!(
    what_a_cart_holds_is_reserved_and_comes_back,
    a_cart_becomes_an_order_and_is_gone,
    a_checkout_that_comes_again_is_the_order_that_it_was,
    a_cart_is_as_its_row_says_whatever_a_batch_did_to_it,
    a_cart_that_two_nodes_begin_at_once_is_one,
    guests_of_one_address_hold_no_more_on_two_nodes_than_they_may,
    a_held_unit_is_sold_or_given_back_and_never_both,
    the_last_units_are_held_once,
    what_guests_bring_crosses_no_other_node,
    a_line_of_what_was_archived_is_removed_under_its_old_sku,
);

const NOW: i64 = 1;

fn add(product: i64, units: i64) -> ChangeCart {
    change_cart(product, Change::Add, units)
}

fn own() -> CartId {
    CartId::of(customer(1).caller)
}

fn checkout(actor: Actor, key: Option<&str>) -> Command {
    let checkout = Checkout {
        id: OrderId(Uuid::now_v7()),
        currency: "EUR".parse().unwrap(),
        most: Most::default(),
        lines: 3,
        total: None,
        details: Details::default(),
    };
    command(actor, key, checkout)
}

fn expire(carts: &[CartId]) -> Command {
    let CartLimits { ttl_us, max_age_us, .. } = CartLimits::default();
    let carts = carts.to_vec();
    command(
        Actor::SYSTEM,
        None,
        ExpireCarts { carts, lines: 2, owner_waits: false, ttl_us, max_age_us },
    )
}

/// Its time is over when it is begun.
fn fleeting(change: ChangeCart) -> ChangeCart {
    ChangeCart { limits: CartLimits { ttl_us: NOW, ..CartLimits::default() }, ..change }
}

async fn reserved(shop: &Shop, product: i64) -> i64 {
    let sql = format!("select reserved from stock where product_id = {product}");
    shop.numbers(&sql).await[0]
}

/// How many carts there are, how many lines, and how many crowds.
async fn counts(shop: &Shop) -> [i64; 3] {
    let mut counts = [0; 3];
    for (count, table) in counts.iter_mut().zip(["carts", "holds", "crowds"]) {
        *count = shop.numbers(&format!("select count(*) from {table}")).await[0];
    }
    counts
}

async fn what_a_cart_holds_is_reserved_and_comes_back(shop: Shop) {
    let actor = customer(1);
    let filled = done::<ChangeCart>(shop.send(command(actor, Some("K"), add(1, 3))).await);
    assert_eq!(filled.lines[0].units, 3);
    assert_eq!(filled.lines[0].offer.price, eur(1000));
    let again = own_change(shop.send(command(actor, Some("K"), add(1, 3))).await);
    assert!(matches!(again, Ok(Done::Before(()))), "{again:?}");
    let set = change_cart(2, Change::Set, 4);
    let filled = done::<ChangeCart>(shop.send(command(actor, None, set)).await);
    let lines: Vec<_> =
        filled.lines.iter().map(|line| (line.offer.product.0, line.units)).collect();
    assert_eq!(lines, [(1, 3), (2, 4)]);
    assert_eq!((reserved(&shop, 1).await, shop.available(1).await), (3, 97));
    let explained = shop.readers.late().explained(ProductId(2)).await.unwrap().unwrap();
    assert_eq!((explained.held, explained.unexplained()), (4, Stock { on_hand: 0, reserved: 0 }));
    let remove = ChangeCart { change: Change::Remove, ..add(1, 1) };
    let filled = done::<ChangeCart>(shop.send(command(actor, None, remove)).await);
    assert_eq!((filled.lines.len(), reserved(&shop, 1).await), (1, 0));
    done::<EmptyCart>(shop.send(command(actor, None, EmptyCart {})).await);
    assert_eq!((reserved(&shop, 2).await, counts(&shop).await), (0, [1, 0, 0]));
    // Nobody was told, for nothing was sold.
    assert_eq!(shop.numbers("select count(*) from stock_entries where kind > 2").await, [0]);
}

fn own_change(reply: Reply) -> Own<ChangeCart> {
    crate::shop::own::<ChangeCart>(reply)
}

async fn a_cart_becomes_an_order_and_is_gone(shop: Shop) {
    let actor = customer(1);
    let ordered = crate::shop::own::<Checkout>(shop.send(checkout(actor, None)).await);
    assert_eq!(ordered, Err(Rejection::Refused(CheckoutRefusal::CartEmpty)));
    for (product, units) in [(2, 2), (1, 1)] {
        shop.send(command(actor, None, add(product, units))).await.unwrap();
    }
    let order = done::<Checkout>(shop.send(checkout(actor, None)).await);
    let lines: Vec<_> =
        order.lines.iter().map(|line| (line.product.0, line.quantity.units())).collect();
    assert_eq!((lines, order.number, order.total_minor), (vec![(2, 2), (1, 1)], Some(1), 1500));
    let kept = shop.readers.exact().order(order.id).await.unwrap().unwrap();
    assert_eq!(kept, *order);
    assert_eq!((reserved(&shop, 1).await, shop.available(1).await), (0, 99));
    assert_eq!((reserved(&shop, 2).await, shop.available(2).await), (0, 98));
    assert_eq!(counts(&shop).await, [0, 0, 0]);
    // One entry for each product, of what was sold.
    let sold = shop.numbers("select delta from stock_entries where kind = 3 order by delta").await;
    assert_eq!(sold, [-2, -1]);
    let ordered = crate::shop::own::<Checkout>(shop.send(checkout(actor, None)).await);
    assert_eq!(ordered, Err(Rejection::Refused(CheckoutRefusal::CartEmpty)));
}

async fn a_checkout_that_comes_again_is_the_order_that_it_was(shop: Shop) {
    let actor = customer(1);
    shop.send(command(actor, None, add(1, 1))).await.unwrap();
    let order = done::<Checkout>(shop.send(checkout(actor, Some("K"))).await);
    // Whatever is in the cart by then, and on another node.
    shop.send(command(actor, None, add(2, 1))).await.unwrap();
    let other = shop.second_node();
    let again = crate::shop::own::<Checkout>(other.send(checkout(actor, Some("K"))).await);
    let Ok(Done::Before(id)) = again else { panic!("{again:?}") };
    assert_eq!((id, shop.orders().await, reserved(&shop, 2).await), (order.id, 1, 1));
    // The key is an order's, also of one that was placed otherwise.
    let placed =
        crate::shop::own::<PlaceOrder>(shop.send(place(actor, Some("K"), &[(1, 1)])).await);
    assert_eq!(placed, Err(Rejection::KeyReused));
    other.writer.close();
}

/// Dropped and begun anew, edited and dropped, made and dropped: what is written is what is left.
async fn a_cart_is_as_its_row_says_whatever_a_batch_did_to_it(shop: Shop) {
    let crowd = |place: &str, change| ChangeCart { crowd: Some(CrowdId::of(place)), ..change };
    let empty = || command(guest(1), None, EmptyCart {});
    let by = |change: ChangeCart| command(guest(1), None, change);
    let remove = || ChangeCart { change: Change::Remove, ..add(1, 1) };
    let batches = [
        (vec![by(crowd("here", add(1, 2))), by(crowd("here", add(2, 1)))], [1, 2, 1]),
        (vec![empty(), by(crowd("there", add(1, 3)))], [1, 1, 1]),
        (vec![by(remove()), by(crowd("here", add(1, 1)))], [1, 1, 1]),
        (vec![by(add(2, 1)), empty()], [1, 0, 0]),
        (vec![by(crowd("here", add(1, 1))), empty(), by(add(1, 1)), by(remove())], [1, 0, 0]),
    ];
    for (batch, expected) in batches {
        for reply in join_all(batch.into_iter().map(|command| shop.send(command))).await {
            reply.unwrap();
        }
        assert_eq!(counts(&shop).await, expected);
        assert_sound(&shop.location).await;
    }
    shop.send(by(fleeting(crowd("here", add(1, 1))))).await.unwrap();
    done_until_gone(&shop, &[CartId::of(guest(1).caller)]).await;
    assert_eq!(counts(&shop).await, [0, 0, 0]);
}

/// A clock may stand still for a microsecond.
async fn done_until_gone(shop: &Shop, carts: &[CartId]) {
    let mut gone = 0;
    until("the end of carts", async || {
        gone += done::<ExpireCarts>(shop.send(expire(carts)).await);
        gone == carts.len()
    })
    .await;
}

async fn a_cart_that_two_nodes_begin_at_once_is_one(shop: Shop) {
    let nodes = two(shop);
    for round in 0..20_u128 {
        let asked = nodes.iter().flat_map(|(shop, _)| {
            [1, 2].map(|product| {
                insistent(shop, move || command(customer(round), None, add(product, 1)))
            })
        });
        for reply in join_all(asked).await {
            done::<ChangeCart>(reply);
        }
        // One lets a line go while the other adds one.
        let remove = || ChangeCart { change: Change::Remove, ..add(1, 1) };
        let (emptied, added) = tokio::join!(
            insistent(&nodes[0].0, || command(customer(round), None, EmptyCart {})),
            insistent(&nodes[1].0, || command(customer(round), None, add(3, 1))),
        );
        assert!(emptied.is_ok() && added.is_ok());
        let asked = nodes
            .iter()
            .map(|(shop, _)| insistent(shop, || command(customer(round), None, remove())));
        join_all(asked).await.into_iter().for_each(|reply| drop(reply.unwrap()));
        assert_sound(&nodes[0].0.location).await;
    }
    nodes.iter().for_each(|(_, faults)| faults.assert_no_deadlock());
}

async fn guests_of_one_address_hold_no_more_on_two_nodes_than_they_may(shop: Shop) {
    let nodes = two(shop);
    let limits = CartLimits { crowd_units_most: 10, ..CartLimits::default() };
    let asked = (0..20).flat_map(|n| {
        nodes.each_ref().map(|(shop, _)| {
            let change = ChangeCart { crowd: Some(CrowdId::of("here")), limits, ..add(1, 1) };
            insistent(shop, move || command(guest(n), None, change.clone()))
        })
    });
    let told: Vec<_> = join_all(asked).await.into_iter().map(own_change).collect();
    assert_eq!(told.iter().filter(|told| told.is_ok()).count(), 10);
    let beyond = ChangeCartRefusal::CrowdHoldsTooMany { requested: 11, most: 10 };
    let beyond = Err(Rejection::Refused(beyond));
    assert_eq!(told.iter().filter(|told| **told == beyond).count(), 30);
    let shop = &nodes[0].0;
    assert_eq!(shop.numbers("select units from crowds").await, [10]);
    // Whoever claims one makes room for another.
    let guests = (0..20).map(|n| {
        let claim = ClaimCart { guest: guest(n).caller, limits, most: Most::default() };
        insistent(shop, move || command(customer(n), None, claim.clone()))
    });
    join_all(guests).await.into_iter().for_each(|reply| drop(reply.unwrap()));
    assert_eq!((reserved(shop, 1).await, counts(shop).await[2]), (10, 0));
    nodes.iter().for_each(|(_, faults)| faults.assert_no_deadlock());
}

/// Ordered, emptied and ended at one moment, on two nodes.
async fn a_held_unit_is_sold_or_given_back_and_never_both(shop: Shop) {
    let nodes = two(shop);
    let mut sold = 0;
    for round in 0..15_u128 {
        let actor = customer(round);
        let shop = &nodes[0].0;
        insistent(shop, || command(actor, None, add(1, 2))).await.unwrap();
        if round % 3 == 0 {
            let late = "update carts set opened_at = 1, updated_at = 1, expires_at = 2";
            shop.sql(late).await.unwrap();
        }
        let (ordered, again, ended, emptied) = tokio::join!(
            insistent(&nodes[0].0, || checkout(actor, Some("K"))),
            insistent(&nodes[1].0, || checkout(actor, Some("K"))),
            insistent(&nodes[1].0, || expire(&[CartId::of(actor.caller)])),
            async {
                match round % 2 {
                    0 => insistent(&nodes[0].0, || command(actor, None, EmptyCart {})).await,
                    _ => insistent(&nodes[0].0, || expire(&[])).await,
                }
            },
        );
        let orders = [ordered, again].map(crate::shop::own::<Checkout>);
        let is_sold = orders.iter().any(Result::is_ok);
        sold += i64::from(is_sold);
        assert!(round % 3 != 0 || !is_sold, "its time was over");
        assert!(ended.is_ok() && emptied.is_ok());
        assert_eq!((shop.orders().await, reserved(shop, 1).await), (sold, 0));
        assert_eq!(shop.available(1).await, 100 - 2 * sold);
        assert_sound(&shop.location).await;
    }
    assert!(sold > 0, "some were ordered in time");
    nodes.iter().for_each(|(_, faults)| faults.assert_no_deadlock());
}

async fn the_last_units_are_held_once(shop: Shop) {
    let nodes = two(shop);
    let asked = (0..40).flat_map(|n| {
        nodes.each_ref().map(|(shop, _)| {
            let is_cart = n % 2 == 0;
            insistent(shop, move || match is_cart {
                true => command(customer(n), None, add(1, 2)),
                false => place(customer(n), None, &[(1, 2)]),
            })
        })
    });
    let told = join_all(asked).await;
    assert_eq!(told.iter().filter(|told| told.is_ok()).count(), 50);
    let shop = &nodes[0].0;
    assert_eq!(shop.available(1).await, 0);
    assert_eq!(reserved(shop, 1).await + 2 * shop.orders().await, 100);
    for (shop, faults) in &nodes {
        faults.assert_no_deadlock();
        // A cart that two nodes begin is a race, and so is nothing else.
        assert!(shop.writer.counts.races.load(Relaxed) <= 20, "{:?}", faults.errors());
    }
}

/// Lines that cross: carts are locked first, then shelves in one order, whatever the carts hold.
async fn what_guests_bring_crosses_no_other_node(shop: Shop) {
    let nodes = two(shop);
    for round in 0..15_u128 {
        let shop = &nodes[0].0;
        for (number, products) in [(0, [1, 2, 3]), (1, [3, 2, 1])] {
            for product in products {
                shop.send(command(guest(2 * round + number), None, add(product, 1))).await.unwrap();
            }
        }
        let asked = nodes.iter().zip(0..).map(|((shop, _), number)| {
            let guest = guest(2 * round + number).caller;
            let limits = CartLimits { units_most: 2, ..CartLimits::default() };
            let claim = ClaimCart { guest, limits, most: Most::default() };
            // Each claims what was brought for another, and one orders at once.
            async move {
                let claimed = insistent(shop, || command(customer(number), None, claim.clone()));
                let (claimed, ordered) =
                    tokio::join!(claimed, insistent(shop, || checkout(customer(number), None)));
                done::<ClaimCart>(claimed);
                drop(ordered);
            }
        });
        join_all(asked).await;
        assert_sound(&shop.location).await;
    }
    nodes.iter().for_each(|(_, faults)| faults.assert_no_deadlock());
}

async fn a_line_of_what_was_archived_is_removed_under_its_old_sku(shop: Shop) {
    let actor = customer(1);
    let filled = done::<ChangeCart>(shop.send(command(actor, None, add(1, 1))).await);
    let sku = filled.lines[0].offer.sku.clone();
    let archive = ArchiveProduct { product: ProductRef::Id(ProductId(1)), versions: None };
    shop.send(command(Actor::SYSTEM, None, archive)).await.unwrap();
    let shown = done::<ChangeCart>(shop.send(command(actor, None, add(2, 1))).await);
    assert_eq!((&shown.lines[0].offer.sku, shown.lines[0].offer.is_archived), (&sku, true));
    let ordered = crate::shop::own::<Checkout>(shop.send(checkout(actor, None)).await);
    let gone = CheckoutRefusal::NoLongerSold(vec![ProductId(1)]);
    assert_eq!(ordered, Err(Rejection::Refused(gone)));
    assert_eq!(reserved(&shop, 1).await, 1, "what it holds stays");
    let remove = ChangeCart { product: ProductRef::Sku(sku), change: Change::Remove, ..add(1, 1) };
    let left = done::<ChangeCart>(shop.send(command(actor, None, remove)).await);
    assert_eq!((left.lines.len(), reserved(&shop, 1).await), (1, 0));
    let set = "update carts set expires_at = expires_at + 999999999999";
    shop.sql(set).await.unwrap();
    assert_eq!(done::<ExpireCarts>(shop.send(expire(&[own()])).await), 0);
    let sql = "select (expires_at - updated_at) / 60000000 from carts";
    assert!(shop.numbers(sql).await[0] <= 16, "it lives for as long as any may");
}
