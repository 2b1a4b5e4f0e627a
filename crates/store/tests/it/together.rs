//! Two nodes at the same row at the same time, on Postgres: the second one waits, or is told.

use crate::{faulty::*, shop::*};
use domain::{orders::PlaceRefusal, products::EditProductRefusal, *};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use store::{Rejection, Reply};
use uuid::Uuid;

only_on!(Postgres:
    the_same_units_are_sold_by_one_of_two_nodes,
    stock_is_locked_in_one_order_by_whatever_name_it_is_asked_for,
    of_two_edits_of_one_version_on_two_nodes_one_is_refused,
    a_refresh_token_used_on_two_nodes_ends_its_session,
    one_key_for_two_products_on_two_nodes_is_one_order,
);

/// The first is held with all that it has locked, just before its commit, until the second waits
/// for it, or has ended though it should.
async fn one_behind_the_other(shop: &Shop, commands: [Command; 2]) -> [Reply; 2] {
    let (first, faults) = shop.second_node().with_faults(Faults::default(), patient());
    let [one, other] = commands;
    faults.committing.close();
    let test = async {
        faults.committing.holds().await;
        let has_ended = AtomicBool::new(false);
        let second = async {
            let reply = shop.send(other).await;
            has_ended.store(true, Relaxed);
            reply
        };
        let go_on = async {
            let waits = async || shop.lock_waiters().await == 1 || has_ended.load(Relaxed);
            until("the second to wait", waits).await;
            faults.committing.open();
        };
        tokio::join!(second, go_on).0
    };
    tokio::join!(first.send(one), test).into()
}

async fn the_same_units_are_sold_by_one_of_two_nodes(shop: Shop) {
    let buyers = [1, 2].map(|number| place(customer(number), None, &[(1, 60)]));
    let [one, other] = one_behind_the_other(&shop, buyers).await;
    placed(one);
    let short = ShortLine { product: ProductId(1), requested: 60, available: 40 };
    assert_eq!(
        own::<PlaceOrder>(other),
        Err(Rejection::Refused(PlaceRefusal::OutOfStock(vec![short])))
    );
}

/// Named by its sku, a product is known one round trip later: who locked the others before could hold
/// a later one while it waits for an earlier one.
async fn stock_is_locked_in_one_order_by_whatever_name_it_is_asked_for(shop: Shop) {
    let (first, _) =
        shop.readers.exact().product(&ProductRef::Id(ProductId(1))).await.unwrap().unwrap();
    let mut buy = place(customer(1), None, &[(2, 1), (1, 1)]);
    let order = placing(&mut buy);
    order.lines[1].product = ProductRef::Sku(first.sku);
    let other = shop.session().await;
    let lock =
        |product: i64| format!("select * from stock where product_id = {product} for update");
    other.batch_execute("begin; set lock_timeout = '200ms'").await.unwrap();
    other.batch_execute(&lock(1)).await.unwrap();
    let test = async {
        until("the shop to wait", async || shop.lock_waiters().await == 1).await;
        let locked = other.batch_execute(&lock(2)).await;
        other.batch_execute("rollback").await.unwrap();
        locked.expect("nobody holds it");
    };
    let (reply, ()) = tokio::join!(shop.send(buy), test);
    placed(reply);
}

async fn of_two_edits_of_one_version_on_two_nodes_one_is_refused(shop: Shop) {
    let edits = [500, 600].map(|minor| {
        let product = EditProduct::of(ProductRef::Id(ProductId(1)));
        let edit = EditProduct { versions: Some(vec![1]), price: Some(eur(minor)), ..product };
        command(Actor::SYSTEM, None, edit)
    });
    let [one, other] = one_behind_the_other(&shop, edits).await;
    let (product, _) = done::<EditProduct>(one);
    assert_eq!((product.version, product.price), (2, eur(500)));
    let mismatch = EditProductRefusal::VersionMismatch { current: 2 };
    assert_eq!(own::<EditProduct>(other), Err(Rejection::Refused(mismatch)));
}

async fn a_refresh_token_used_on_two_nodes_ends_its_session(shop: Shop) {
    let (account, id) = (AccountId(Uuid::from_u128(1)), SessionId(Uuid::now_v7()));
    let insert = format!(
        "insert into accounts values ('{account}', 'a', 'a', 'a@b', 'a@b', '', '', '', 1, true, 1, 1)"
    );
    shop.sql(&insert).await.unwrap();
    let lifetime_us = Micros::HOUR;
    let open = OpenSession { id, account, lifetime_us };
    shop.send(command(Actor::SYSTEM, None, open)).await.unwrap();
    let refreshes = [(); 2].map(|()| {
        let refresh = RefreshSession { id, generation: 1, grace_us: -1, lifetime_us };
        command(Actor::SYSTEM, None, refresh)
    });
    let ends = one_behind_the_other(&shop, refreshes).await.map(|reply| {
        let session = done::<RefreshSession>(reply);
        (session.generation, session.ended_at.is_some())
    });
    assert_eq!(ends, [(2, false), (2, true)], "neither can be told from a thief");
}

/// They lock nothing in common: only the key tells.
async fn one_key_for_two_products_on_two_nodes_is_one_order(shop: Shop) {
    let (first, faults) = shop.second_node().with_faults(Faults::default(), patient());
    faults.committing.close();
    let test = async {
        faults.committing.holds().await;
        placed(shop.send(place(customer(1), Some("k"), &[(2, 1)])).await);
        faults.committing.open();
    };
    let (reply, ()) = tokio::join!(first.send(place(customer(1), Some("k"), &[(1, 1)])), test);
    assert_eq!(reply, Err(Rejection::KeyReused));
    assert_eq!((shop.orders().await, shop.available(1).await), (1, 100));
}
