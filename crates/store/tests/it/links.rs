//! How the entries of a shelf find each other: the shelf names the last, and each the one before it.

use crate::{faulty::*, ledgers::movement, shop::*};
use domain::*;
use store::{Direction, Page};
use uuid::Uuid;

on_both_engines!(
    a_ledger_is_found_entry_by_entry_whoever_wrote_them,
    a_ledger_of_two_places_is_one_list,
    what_one_batch_sells_and_takes_back_is_added_once,
    many_entries_of_a_shelf_in_one_batch_are_linked_in_their_order,
    a_shelf_that_is_made_and_sold_from_in_one_batch_is_written_as_it_ends,
    what_is_deleted_by_hand_leaves_the_rest_linked,
);

only_on!(Postgres:
    two_who_write_beside_the_shop_write_one_chain,
    who_writes_by_hand_while_the_shop_sells_comes_after_it,
);

const BY_HAND: &str = "insert into stock_entries
    (product_id, location_id, kind, delta, actor_kind, actor_id, at)
    values (1, 1, 2, 5, 0, gen_random_uuid(), 1);
    update stock set on_hand = on_hand + 5 where product_id = 1";

/// What the shop writes and what a person does is one chain; each page of it follows the one before.
async fn a_ledger_is_found_entry_by_entry_whoever_wrote_them(shop: Shop) {
    for n in 0..5 {
        placed(shop.send(place(customer(n), None, &[(1, 2), (2, 1)])).await);
        done::<MoveStock>(shop.send(movement([(1, 3), (1, 4)].into_iter())).await);
    }
    shop.sql(
        "insert into stock_entries (product_id, location_id, kind, delta, actor_kind, actor_id, at)
         select product_id, location_id, 2, delta, actor_kind, actor_id, at from stock_entries
         where product_id = 1 and delta in (3, 4) order by id limit 3;
         delete from stock_entries where product_id = 1 and kind = 2 and delta = 4;
         update stock set on_hand = on_hand + 6 where product_id = 1",
    )
    .await
    .unwrap();
    placed(shop.send(place(customer(9), None, &[(1, 1)])).await);
    assert_sound(&shop.location).await;
    let late = shop.readers.late();
    let all = shop.numbers("select id from stock_entries where product_id = 1 order by id desc");
    let all = all.await;
    // The first receipt, five sales, ten movements, two by hand and the last sale.
    assert_eq!(all.len(), 1 + 5 + 10 + 2 + 1);
    let page = async |after, limit, offset| {
        let page = Page { after, limit, offset, direction: Direction::Falling };
        let found = late.stock_entries(ProductId(1), page).await.unwrap();
        found.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 100, 0).await, all);
    assert_eq!(page(None, 4, 3).await, all[3..7]);
    assert_eq!(page(None, 4, 17).await, all[17..]);
    assert_eq!(page(None, 4, 19).await, [0; 0]);
    for (nth, id) in all.iter().enumerate() {
        assert_eq!(
            page(Some(*id), 3, 0).await,
            all[nth + 1..].iter().copied().take(3).collect::<Vec<_>>()
        );
    }
    let count = async |bound| late.count_stock_entries(ProductId(1), bound).await.unwrap();
    assert_eq!(
        (count(100).await, count(19).await, count(18).await, count(5).await),
        (19, 19, 19, 6)
    );
    assert_eq!(late.count_stock_entries(ProductId(999), 5).await.unwrap(), 0);
    let of_another = shop.numbers("select max(id) from stock_entries where product_id = 2").await;
    assert_eq!(page(Some(of_another[0]), 3, 0).await, [0; 0]);
    let explained = late.explained(ProductId(1)).await.unwrap().unwrap();
    assert_eq!(explained.unexplained(), Stock::default());
    assert_eq!((explained.received, explained.sold), (100 + 5 * 7, 11));
}

async fn a_ledger_of_two_places_is_one_list(shop: Shop) {
    shop.sql("insert into stock values (1, 2, 0, 0, 0)").await.unwrap();
    for place in [2, 1, 1, 2, 2, 2, 1] {
        shop.sql(&format!(
            "insert into stock_entries (product_id, location_id, kind, delta, actor_kind, actor_id, at)
             select 1, {place}, 2, 1, actor_kind, actor_id, 1 from stock_entries where id = 1;
             update stock set on_hand = on_hand + 1 where product_id = 1 and location_id = {place}"
        ))
        .await
        .unwrap();
    }
    let late = shop.readers.late();
    let all = shop.numbers("select id from stock_entries where product_id = 1 order by id desc");
    let all = all.await;
    for limit in [1, 2, 3, 8] {
        let (mut found, mut after) = (vec![], None);
        loop {
            let page = Page { after, limit, offset: 0, direction: Direction::Falling };
            let page = late.stock_entries(ProductId(1), page).await.unwrap();
            found.extend(page.iter().map(|(id, _)| *id));
            after = page.last().map(|(id, _)| *id);
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, all, "{limit} at a time");
    }
    for bound in [1, 2, 7, 8, 9] {
        let counted = late.count_stock_entries(ProductId(1), bound).await.unwrap();
        assert_eq!(counted, (bound + 1).min(8));
    }
    assert_eq!(late.unexplained(1..9).await.unwrap(), []);
}

async fn what_one_batch_sells_and_takes_back_is_added_once(shop: Shop) {
    let order = placed(shop.send(place(customer(1), None, &[(1, 2)])).await);
    let (shop, faults) = shop.gathering(Faults::default());
    let cancel = move_order(customer(1), order.id, OrderStatus::Cancelled);
    let batch = vec![place(customer(2), None, &[(1, 5)]), cancel];
    let replies = shop.send_as_one_batch(&faults, batch).await;
    replies.into_iter().for_each(|reply| drop(reply.unwrap()));
    assert_eq!(shop.numbers("select on_hand from stock where product_id = 1").await, [95]);
    let entries = "select delta from stock_entries where product_id = 1 order by id";
    assert_eq!(shop.numbers(entries).await, [100, -2, -5, 2]);
}

async fn many_entries_of_a_shelf_in_one_batch_are_linked_in_their_order(shop: Shop) {
    let lines = (0..150).map(|n| (1 + n * 7 % 3, 1 + n));
    done::<MoveStock>(shop.send(movement(lines)).await);
    assert_sound(&shop.location).await;
}

async fn a_shelf_that_is_made_and_sold_from_in_one_batch_is_written_as_it_ends(shop: Shop) {
    let (id, sku) = (PublicId(Uuid::now_v7()), Sku::new("NEW").unwrap());
    let create = CreateProduct {
        quantity: 10,
        sku: Some(sku.clone()),
        ..CreateProduct::of(id, Text::new("Mess tin").unwrap(), eur(100))
    };
    let mut buy = place(customer(1), None, &[(1, 3)]);
    placing(&mut buy).lines[0].product = ProductRef::Sku(sku);
    let (shop, faults) = shop.gathering(Faults::default());
    let batch = vec![command(Actor::SYSTEM, None, create), buy];
    let replies = shop.send_as_one_batch(&faults, batch).await;
    replies.into_iter().for_each(|reply| drop(reply.unwrap()));
    assert_eq!(shop.available(4).await, 7);
}

/// The last of a shelf, and two that follow each other.
async fn what_is_deleted_by_hand_leaves_the_rest_linked(shop: Shop) {
    for units in [3, 4, 5, 6, 7] {
        done::<MoveStock>(shop.send(movement([(1, units)].into_iter())).await);
    }
    for (deltas, sum) in [("7", 7), ("5, 4", 9), ("3, 6", 9)] {
        shop.sql(&format!(
            "delete from stock_entries where product_id = 1 and delta in ({deltas});
             update stock set on_hand = on_hand - {sum} where product_id = 1"
        ))
        .await
        .unwrap();
        assert_sound(&shop.location).await;
        assert_eq!(shop.readers.late().unexplained(1..9).await.unwrap(), [], "{deltas}");
    }
}

async fn two_who_write_beside_the_shop_write_one_chain(shop: Shop) {
    let (one, other) = (shop.session().await, shop.session().await);
    one.batch_execute(&format!("begin; {BY_HAND}")).await.unwrap();
    let go_on = async {
        until("the other to wait", async || shop.lock_waiters().await == 1).await;
        one.batch_execute("commit").await.unwrap();
    };
    let (entered, ()) = tokio::join!(other.batch_execute(BY_HAND), go_on);
    entered.unwrap();
    assert_sound(&shop.location).await;
}

async fn who_writes_by_hand_while_the_shop_sells_comes_after_it(shop: Shop) {
    let (first, faults) = shop.second_node().with_faults(Faults::default(), patient());
    faults.committing.close();
    let test = async {
        faults.committing.holds().await;
        let go_on = async {
            until("the hand to wait", async || shop.lock_waiters().await == 1).await;
            faults.committing.open();
        };
        tokio::join!(shop.sql(BY_HAND), go_on).0.unwrap();
    };
    let (bought, ()) = tokio::join!(first.send(place(customer(1), None, &[(1, 1)])), test);
    placed(bought);
    assert_sound(&shop.location).await;
}
