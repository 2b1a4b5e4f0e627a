//! Stock that explains itself: movements that cross, a repair of what was written beside the shop, and one
//! that has nothing to find while orders come.

use crate::{
    faulty::*,
    nodes::{insistent, two},
    shop::*,
};
use domain::*;
use futures_util::{StreamExt, future::join_all, stream};
use std::{sync::atomic::Ordering::Relaxed, time::Duration};
use store::{Piece, Rejection, Reply};

on_both_engines!(
    batches_that_cross_neither_deadlock_nor_lose_a_line,
    a_repair_while_orders_come_enters_nothing,
    a_repair_enters_what_was_written_beside_the_shop,
    a_batch_of_ten_thousand_products_is_one_commit,
);

only_on!(Postgres: a_repair_that_has_waited_sums_up_what_it_has_waited_for,);

pub fn movement(lines: impl Iterator<Item = (i64, i64)>) -> Command {
    let line = |(product, delta)| StockLine {
        product: ProductRef::Id(ProductId(product)),
        change: StockChange::Delta(delta),
        reason: None,
    };
    let lines = lines.map(line).collect();
    command(Actor::SYSTEM, None, MoveStock { lines, partial: false })
}

fn repair(product: i64) -> Command {
    let reason = Text::stored("a restored backup");
    command(Actor::SYSTEM, None, RepairStock { product: ProductId(product), reason })
}

fn repaired(reply: Reply) -> (i64, i64) {
    let Repaired { entered, freed, .. } = done::<RepairStock>(reply);
    (entered, freed)
}

async fn batches_that_cross_neither_deadlock_nor_lose_a_line(shop: Shop) {
    let nodes = two(shop);
    for round in 0..15 {
        let movers = (0..2).flat_map(|n| {
            nodes.each_ref().map(|(shop, _)| {
                let rises = (n + round) % 2 == 0;
                insistent(shop, move || match rises {
                    true => movement([(1, 1), (2, 10), (3, 100)].into_iter()),
                    false => movement([(3, 100), (2, 10), (1, 1)].into_iter()),
                })
            })
        });
        for reply in join_all(movers).await {
            assert_eq!(done::<MoveStock>(reply).len(), 3);
        }
    }
    for (shop, faults) in &nodes {
        faults.assert_no_deadlock();
        let races = shop.writer.counts.races.load(Relaxed);
        assert_eq!(races, 0, "{:?}", faults.errors());
    }
    let shop = &nodes[0].0;
    let available = [shop.available(1).await, shop.available(2).await, shop.available(3).await];
    assert_eq!(available, [160, 700, 6100]);
    assert_eq!(shop.numbers("select count(*) from stock_entries where kind = 1").await, [183]);
}

async fn a_repair_while_orders_come_enters_nothing(shop: Shop) {
    let nodes = two(shop);
    for n in 0..20 {
        let asked = nodes.each_ref().map(|(shop, _)| async move {
            let buy = insistent(shop, move || place(customer(n), None, &[(1, 1), (2, 1)]));
            let receive = insistent(shop, || movement([(2, 3)].into_iter()));
            let (bought, moved, one, two) = tokio::join!(
                buy,
                receive,
                insistent(shop, || repair(1)),
                insistent(shop, || repair(2))
            );
            placed(bought);
            done::<MoveStock>(moved);
            assert_eq!((repaired(one), repaired(two)), ((0, 0), (0, 0)));
        });
        join_all(asked).await;
    }
    let shop = &nodes[0].0;
    assert_eq!((shop.available(1).await, shop.available(2).await), (60, 180));
    assert_eq!(shop.numbers("select count(*) from stock_entries where kind = 2").await, [0]);
    nodes.iter().for_each(|(_, faults)| faults.assert_no_deadlock());
}

async fn a_repair_enters_what_was_written_beside_the_shop(shop: Shop) {
    shop.sql(
        "update stock set on_hand = on_hand + 7 where product_id = 1;
         update stock set reserved = 4 where product_id = 2;
         update stock set on_hand = 0 where product_id = 3",
    )
    .await
    .unwrap();
    let refused = shop.sql("delete from stock where product_id = 3").await.unwrap_err();
    assert!(format!("{refused:?}").contains("a shelf with a ledger is not deleted"), "{refused:?}");
    let late = shop.readers.late();
    let wrong = async |shop: &Shop| shop.readers.late().unexplained(1..1000).await.unwrap();
    assert_eq!(wrong(&shop).await, [1, 2, 3].map(ProductId));
    let explained = late.explained(ProductId(1)).await.unwrap().unwrap();
    assert_eq!(explained.unexplained(), Stock { on_hand: 7, reserved: 0 });
    let explained = late.explained(ProductId(2)).await.unwrap().unwrap();
    assert_eq!(explained.unexplained(), Stock { on_hand: 0, reserved: 4 });
    let orders = (0..10).map(|n| shop.send(place(customer(n), None, &[(1, 1), (2, 1)])));
    let (replies, one, two, three) = tokio::join!(
        join_all(orders),
        shop.send(repair(1)),
        shop.send(repair(2)),
        shop.send(repair(3))
    );
    replies.into_iter().for_each(|reply| drop(placed(reply)));
    assert_eq!([one, two, three].map(repaired), [(7, 0), (0, 4), (-100, 0)]);
    assert_eq!(wrong(&shop).await, []);
    assert_eq!((shop.available(1).await, shop.available(2).await), (97, 90));
    assert_eq!(repaired(shop.send(repair(1)).await), (0, 0), "it was repaired before");
    let explained = late.explained(ProductId(1)).await.unwrap().unwrap();
    let figures = [
        explained.received,
        explained.corrected,
        explained.sold,
        explained.returned,
        explained.held,
    ];
    assert_eq!((figures, explained.of.stock.on_hand), ([100, 7, 10, 0, 0], 97));
    let takers = late.takers(ProductId(1), None, Piece::default()).await.unwrap();
    assert_eq!((takers.orders.len(), takers.next), (10, None));
    assert!(takers.orders.is_sorted_by(|one, next| one.order > next.order), "{takers:?}");
    // Piece by piece they are the same, wherever one ends.
    for piece in [(1, 9), (3, 9), (4, 9), (1000, 1), (1000, 3), (1000, 10)] {
        let piece = Piece { lines: piece.0, orders: piece.1 };
        let (mut orders, mut below) = (vec![], None);
        loop {
            let found = late.takers(ProductId(1), below, piece).await.unwrap();
            orders.extend(found.orders);
            below = found.next;
            if below.is_none() {
                break;
            }
        }
        assert_eq!(orders, takers.orders, "{} lines, {} orders", piece.lines, piece.orders);
    }
}

async fn a_batch_of_ten_thousand_products_is_one_commit(shop: Shop) {
    // On a slow machine these are too many at once: some are told to come again.
    let create = async || loop {
        match shop.send(create_product(100, 0)).await {
            Err(Rejection::Busy) => tokio::time::sleep(Duration::from_millis(50)).await,
            reply => return reply,
        }
    };
    let made = stream::iter(3..10_000).map(|_| create());
    let made: Vec<Reply> = made.buffer_unordered(50).collect().await;
    made.into_iter().for_each(|reply| drop(reply.unwrap()));
    let commits = async || shop.numbers("select commits from feed").await[0];
    let before = commits().await;
    // From the last one on: they are locked in their order all the same.
    let moved = shop.send(movement((1..=10_000).rev().map(|product| (product, 5)))).await;
    assert_eq!(done::<MoveStock>(moved).len(), 10_000);
    assert_eq!(commits().await, before + 1);
    assert_eq!(shop.numbers("select count(*) from stock where on_hand = 5").await, [9_997]);
}

/// Another node holds the shelf and has entered a sale: whoever summed up the ledger before it had the lock
/// would miss it.
async fn a_repair_that_has_waited_sums_up_what_it_has_waited_for(shop: Shop) {
    let (first, faults) = shop.second_node().with_faults(Faults::default(), patient());
    faults.committing.close();
    let test = async {
        faults.committing.holds().await;
        let go_on = async {
            until("the repair to wait", async || shop.lock_waiters().await == 1).await;
            faults.committing.open();
        };
        tokio::join!(shop.send(repair(1)), go_on).0
    };
    let (bought, reply) = tokio::join!(first.send(place(customer(1), None, &[(1, 60)])), test);
    placed(bought);
    assert_eq!(repaired(reply), (0, 0));
    assert_eq!(shop.available(1).await, 40);
}
