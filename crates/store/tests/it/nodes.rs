//! Two nodes on one database: they lock rows in one order, see what the other has committed, and
//! share the counters. On SQLite they are two processes on one file.

use crate::{faulty::*, shop::*};
use domain::{categories::EditCategoryRefusal, orders::PlaceRefusal, *};
use futures_util::future::join_all;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};
use store::{Rejection, Reply};

on_both_engines!(
    a_hot_product_is_sold_out_exactly_and_not_beyond,
    orders_whose_lines_cross_do_not_deadlock,
    one_key_on_two_nodes_is_one_order,
    a_caller_gets_no_more_on_two_nodes_than_he_may,
    two_moves_on_two_nodes_make_no_circle,
    positions_are_taken_in_the_order_of_commits_and_without_gaps,
);

/// Two nodes that tell what the database complained of.
pub fn two(shop: Shop) -> [(Arc<Shop>, Control); 2] {
    let other = shop.second_node();
    [shop, other].map(|shop| {
        let (shop, faults) = shop.with_faults(Faults::default(), patient());
        (Arc::new(shop), faults)
    })
}

/// Tries again what was refused for a reason that passes, as a client would.
pub async fn insistent(shop: &Shop, command: impl Fn() -> Command) -> Reply {
    let mut reply = Err(Rejection::Busy);
    until("an answer", async || {
        reply = shop.send(command()).await;
        !matches!(reply, Err(Rejection::Unavailable(_) | Rejection::Busy | Rejection::Late))
    })
    .await;
    reply
}

async fn a_hot_product_is_sold_out_exactly_and_not_beyond(shop: Shop) {
    let nodes = two(shop);
    let buyers = (0..80).flat_map(|n| {
        nodes
            .each_ref()
            .map(|(shop, _)| insistent(shop, move || place(customer(n), None, &[(1, 1)])))
    });
    let replies = join_all(buyers).await;
    assert_eq!(replies.iter().filter(|reply| reply.is_ok()).count(), 100);
    let short = ShortLine { product: ProductId(1), requested: 1, available: 0 };
    let refused = Err(Rejection::Refused(PlaceRefusal::OutOfStock(vec![short])));
    assert_eq!(
        replies.into_iter().filter(|reply| own::<PlaceOrder>(reply.clone()) == refused).count(),
        60
    );
    for (shop, faults) in &nodes {
        assert_eq!(shop.writer.counts.races.load(Relaxed), 0, "{:?}", faults.errors());
        assert_eq!((shop.available(1).await, shop.orders().await), (0, 100));
    }
}

async fn orders_whose_lines_cross_do_not_deadlock(shop: Shop) {
    let nodes = two(shop);
    let lines = [[(1, 1), (2, 1), (3, 1)], [(3, 1), (1, 1), (2, 1)]];
    for round in 0..15 {
        let buyers = (0..2).flat_map(|n| {
            nodes.each_ref().map(|(shop, _)| {
                insistent(shop, move || place(customer(n), None, &lines[(n as usize + round) % 2]))
            })
        });
        join_all(buyers).await.into_iter().for_each(|reply| drop(placed(reply)));
    }
    for (shop, faults) in &nodes {
        faults.assert_no_deadlock();
        assert_eq!((shop.available(1).await, shop.available(3).await), (40, 40));
    }
}

async fn one_key_on_two_nodes_is_one_order(shop: Shop) {
    // As many units as keys: who comes second finds the order, and not an empty shelf.
    placed(shop.send(place(customer(9), None, &[(1, 40)])).await);
    let nodes = two(shop);
    let keys = 0..60;
    let key = |n: u128| format!("key {n}");
    // One node is told the keys from the first on, the other one from the last on.
    let of = |shop: Arc<Shop>, n: u128| async move {
        let keyed = || place(customer(n % 3), Some(&key(n)), &[(1, 1)]);
        (n, insistent(&shop, keyed).await)
    };
    let forth = keys.clone().map(|n| of(nodes[0].0.clone(), n));
    let back = keys.clone().rev().map(|n| of(nodes[1].0.clone(), n));
    let (one, other) = tokio::join!(join_all(forth), join_all(back));
    let mut orders = BTreeMap::<u128, (usize, Vec<OrderId>)>::new();
    for (n, reply) in one.into_iter().chain(other) {
        let entry = orders.entry(n).or_default();
        match own::<PlaceOrder>(reply) {
            Ok(Done::Now(order)) => {
                entry.0 += 1;
                entry.1.push(order.id);
            }
            Ok(Done::Before(id)) => entry.1.push(id),
            other => panic!("{other:?}"),
        }
    }
    for (n, (placed, ids)) in &orders {
        assert_eq!((*placed, ids.len()), (1, 2), "{n}");
        assert_eq!(ids[0], ids[1], "{n}");
    }
    for (shop, faults) in &nodes {
        faults.assert_no_deadlock();
        assert_eq!(shop.orders().await, 61);
    }
}

async fn a_caller_gets_no_more_on_two_nodes_than_he_may(shop: Shop) {
    let bound = EditProduct {
        caller_units_most: Some(Some(5)),
        ..EditProduct::of(ProductRef::Id(ProductId(1)))
    };
    shop.send(command(Actor::SYSTEM, None, bound)).await.unwrap();
    let nodes = two(shop);
    let buyers = (0..40).flat_map(|n| {
        nodes
            .each_ref()
            .map(|(shop, _)| insistent(shop, move || place(customer(n % 2), None, &[(1, 1)])))
    });
    let replies = join_all(buyers).await;
    let beyond = orders::BoundedLine { product: ProductId(1), requested: 1, most: 0 };
    let refused = Err(Rejection::Refused(PlaceRefusal::TooMany(vec![beyond])));
    let (placed, others): (Vec<_>, Vec<_>) =
        replies.into_iter().map(own::<PlaceOrder>).partition(Result::is_ok);
    assert_eq!(placed.len(), 10);
    assert!(others.iter().all(|reply| *reply == refused), "{others:?}");
    for (shop, faults) in &nodes {
        faults.assert_no_deadlock();
        assert_eq!(shop.numbers("select units from bought").await, [5, 5]);
    }
}

async fn two_moves_on_two_nodes_make_no_circle(shop: Shop) {
    let text = |text: &str| Text::new(text).unwrap();
    let pairs: Vec<[String; 2]> = (0..20).map(|n| [format!("a{n}"), format!("b{n}")]).collect();
    for slug in pairs.iter().flatten() {
        let create =
            CreateCategory { slug: text(slug), name: Text::new("Rack").unwrap(), parent: None };
        shop.send(command(Actor::SYSTEM, None, create)).await.unwrap();
    }
    let nodes = two(shop);
    let moved = |slug: &str, below: &str| {
        let (category, parent) = (text(slug), Some(Some(text(below))));
        command(Actor::SYSTEM, None, EditCategory { category, slug: None, name: None, parent })
    };
    for [a, b] in &pairs {
        let (one, other) = tokio::join!(
            insistent(&nodes[0].0, || moved(a, b)),
            insistent(&nodes[1].0, || moved(b, a)),
        );
        let ends = [one, other].map(own::<EditCategory>);
        let circle = Err(Rejection::Refused(EditCategoryRefusal::Circle));
        assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1, "{ends:?}");
        assert!(ends.contains(&circle), "{ends:?}");
    }
    nodes.iter().for_each(|(_, faults)| faults.assert_no_deadlock());
}

/// Whatever a consumer sees at any time begins with position 1 and has no gap: nothing can appear
/// later before what it has read.
async fn positions_are_taken_in_the_order_of_commits_and_without_gaps(shop: Shop) {
    let nodes = two(shop);
    let is_done = AtomicBool::new(false);
    let buying = async {
        for _ in 0..30 {
            let buyers = nodes
                .each_ref()
                .map(|(shop, _)| insistent(shop, || place(customer(1), None, &[(1, 1)])));
            join_all(buyers).await.into_iter().for_each(|reply| drop(placed(reply)));
        }
        is_done.store(true, Relaxed);
    };
    let consuming = async {
        let mut seen = BTreeMap::new();
        loop {
            let is_last = is_done.load(Relaxed);
            let sql = "select position * 1000 + version from events order by position";
            let positions = nodes[0].0.numbers(sql).await;
            for (position, expected) in positions.iter().zip(1..) {
                assert_eq!(position / 1000, expected, "{positions:?}");
            }
            seen.insert(positions.len(), is_last);
            if is_last {
                return seen;
            }
            tokio::task::yield_now().await;
        }
    };
    let ((), seen) = tokio::join!(buying, consuming);
    // Those of the products that it sells came first.
    assert_eq!(seen.last_key_value(), Some((&(3 + 60), &true)));
    assert!(seen.len() > 1, "it watched while they bought");
    let by_number = "select count(*) from orders o join events e on e.subject_id = o.id
        where o.number + 3 <> e.position";
    assert_eq!(nodes[0].0.numbers(by_number).await, [0]);
}
