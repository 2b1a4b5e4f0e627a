//! Locks on Postgres: who waits for whom, and that nobody waits for ever.

use crate::{
    faulty::*,
    shop::*,
    traps::{add_stock, batch_id, bulk, in_tx},
};
use domain::{accounts::RegisterRefusal, orders::PlaceRefusal, *};
use std::sync::atomic::Ordering::Relaxed;
use store::{Error, Rejection, Rows, Value, tx::Write};
use uuid::Uuid;

only_on!(Postgres:
    a_lock_held_a_while_only_delays_an_order,
    a_counter_held_a_while_only_delays_an_order,
    a_lock_held_for_ever_refuses_orders_and_calls_none_poisonous,
    a_node_that_stops_in_mid_batch_is_thrown_out,
    who_wants_the_last_units_waits_for_the_other_and_loses_no_race,
    who_waited_for_an_order_of_the_same_key_finds_it,
    keys_are_inserted_in_their_order,
    names_are_inserted_in_their_order,
    a_foreign_key_check_passes_a_locked_account,
    a_foreign_key_check_passes_a_product_that_a_writer_has_locked,
    lines_are_read_after_their_order_is_locked,
    a_number_too_large_for_its_column_is_refused_before_anything_is_committed,
);

impl Shop {
    /// How many sessions wait for a lock.
    pub async fn lock_waiters(&self) -> i64 {
        let waiters = "select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'";
        self.numbers(waiters).await[0]
    }
}

const LOCK_STOCK: &str = "begin; select * from stock where product_id = 1 for update";

async fn a_lock_held_a_while_only_delays_an_order(shop: Shop) {
    delayed_by(&shop, LOCK_STOCK).await;
}

async fn a_counter_held_a_while_only_delays_an_order(shop: Shop) {
    delayed_by(&shop, "begin; select * from counters where name = 'orders' for update").await;
}

async fn delayed_by(shop: &Shop, lock: &str) {
    let other = shop.session().await;
    other.batch_execute(lock).await.unwrap();
    let test = async {
        until("a lock timeout", async || shop.writer.counts.races.load(Relaxed) > 0).await;
        other.batch_execute("commit").await.unwrap();
    };
    let (reply, ()) = tokio::join!(shop.send(place(customer(1), None, &[(1, 1)])), test);
    placed(reply);
}

async fn a_lock_held_for_ever_refuses_orders_and_calls_none_poisonous(shop: Shop) {
    let other = shop.session().await;
    other.batch_execute(LOCK_STOCK).await.unwrap();
    let reply = shop.send(place(customer(1), None, &[(1, 1)])).await;
    assert!(matches!(reply, Err(Rejection::Unavailable(_))), "{reply:?}");
    assert_eq!(shop.writer.counts.poisonous.load(Relaxed), 0);
    placed(shop.send(place(customer(1), None, &[(2, 1)])).await);
    other.batch_execute("commit").await.unwrap();
    placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
}

async fn a_node_that_stops_in_mid_batch_is_thrown_out(shop: Shop) {
    let (frozen, faults) = shop.second_node().with_faults(Faults::default(), patient());
    faults.committing.close();
    let test = async {
        faults.committing.holds().await;
        // The frozen one has locked the stock, and goes on only when this is done.
        placed(shop.send(place(customer(2), None, &[(1, 60)])).await);
        faults.committing.open();
    };
    let (reply, ()) = tokio::join!(frozen.send(place(customer(1), None, &[(1, 60)])), test);
    let short = ShortLine { product: ProductId(1), requested: 60, available: 40 };
    assert_eq!(
        own::<PlaceOrder>(reply),
        Err(Rejection::Refused(PlaceRefusal::OutOfStock(vec![short])))
    );
    assert_eq!((shop.orders().await, frozen.writer.counts.losses.load(Relaxed)), (1, 1));
}

async fn who_wants_the_last_units_waits_for_the_other_and_loses_no_race(shop: Shop) {
    let (first, faults) = shop.second_node().with_faults(Faults::default(), patient());
    faults.committing.close();
    let buy = || place(customer(1), None, &[(2, 1), (1, 60)]);
    let test = async {
        faults.committing.holds().await;
        let second = shop.send(place(customer(2), None, &[(1, 60), (2, 1)]));
        let go_on = async {
            until("the second to wait", async || shop.lock_waiters().await == 1).await;
            faults.committing.open();
        };
        tokio::join!(second, go_on).0
    };
    let (one, other) = tokio::join!(first.send(buy()), test);
    placed(one);
    let short = ShortLine { product: ProductId(1), requested: 60, available: 40 };
    assert_eq!(
        own::<PlaceOrder>(other),
        Err(Rejection::Refused(PlaceRefusal::OutOfStock(vec![short])))
    );
    let races = [&first, &shop].map(|node| node.writer.counts.races.load(Relaxed));
    assert_eq!(races, [0, 0]);
}

/// It takes all that there is: who looked for the key before the lock would find an empty shelf only.
/// Named by its sku, the product is known, and locked, one round trip later.
async fn who_waited_for_an_order_of_the_same_key_finds_it(shop: Shop) {
    let (first, faults) = shop.second_node().with_faults(Faults::default(), patient());
    for (id, by_sku) in [(1, false), (2, true)] {
        let (product, _) =
            shop.readers.exact().product(&ProductRef::Id(ProductId(id))).await.unwrap().unwrap();
        let key = format!("all of {id}");
        let buy = || {
            let mut buy = place(customer(1), None, &[(id, 100)]);
            let order = placing(&mut buy);
            if by_sku {
                order.lines[0].product = ProductRef::Sku(product.sku.clone());
            }
            command_of(buy.who.actor, Some(&key), buy.action)
        };
        faults.committing.close();
        let test = async {
            faults.committing.holds().await;
            let go_on = async {
                until("the second to wait", async || shop.lock_waiters().await == 1).await;
                faults.committing.open();
            };
            tokio::join!(shop.send(buy()), go_on).0
        };
        let (one, other) = tokio::join!(first.send(buy()), test);
        assert_eq!(own::<PlaceOrder>(other), Ok(Done::Before(placed(one).id)));
    }
}

/// Another writer has inserted the lower of two unique keys and then inserts the higher one: it must
/// not find that the shop holds the higher one and waits for the lower.
async fn crossing(
    shop: Shop,
    insert: impl Fn(&str) -> String,
    batch: Vec<Command>,
) -> (Shop, Vec<store::Reply>) {
    let (shop, faults) = shop.gathering(Faults::default());
    let other = shop.session().await;
    other.batch_execute("begin; set lock_timeout = '200ms'").await.unwrap();
    other.batch_execute(&insert("a")).await.unwrap();
    let test = async {
        until("the shop to wait", async || shop.lock_waiters().await == 1).await;
        other.batch_execute(&insert("b")).await.expect("nobody holds it");
        other.batch_execute("commit").await.unwrap();
    };
    let (replies, ()) = tokio::join!(shop.send_as_one_batch(&faults, batch), test);
    faults.assert_no_deadlock();
    (shop, replies)
}

async fn keys_are_inserted_in_their_order(shop: Shop) {
    let once_id = |key: &str| {
        domain::idempotency::once_id(customer(1).caller, &IdempotencyKey::new(key).unwrap())
    };
    // Their order is that of what they are found by.
    let mut keys = ["tea", "salt"];
    keys.sort_by_key(|key| once_id(key));
    let key_of = |name: &str| keys[usize::from(name == "b")];
    let placed_before = |name: &str| place(customer(1), Some(key_of(name)), &[(1, 1)]);
    let fingerprint = placed_before("a").who.once.unwrap().fingerprint.0;
    // Its stock, lines and events are left out, and the order is gone before the audit.
    let insert = |name: &str| {
        format!(
            "insert into orders values (gen_random_uuid(), {}, 1, '{}', 1, 1, 'EUR', 0, '', '{}',
             '{fingerprint}', '{}', 1, 1)",
            1000 + i64::from(name.as_bytes()[0]),
            customer(1).caller.id,
            key_of(name),
            once_id(key_of(name)),
        )
    };
    let names = ["b", "a", "b", "a", "b", "a"];
    let (shop, replies) = crossing(shop, insert, names.map(placed_before).into()).await;
    for reply in replies {
        let reply = own::<PlaceOrder>(reply);
        assert!(matches!(reply, Ok(Done::Before(_))), "{reply:?}");
    }
    shop.sql("delete from orders where number > 1000").await.unwrap();
    assert_eq!(shop.orders().await, 0);
}

async fn names_are_inserted_in_their_order(shop: Shop) {
    let register = |name: &str| {
        let action = register(AccountId(Uuid::now_v7()), name);
        command(Actor::SYSTEM, None, action)
    };
    let insert = |name: &str| {
        format!(
            "insert into accounts values (gen_random_uuid(), '{name}', '{name}', '{name}@other',
             '{name}@other', '', '', '', 1, true, 1, 1)"
        )
    };
    let (_shop, replies) = crossing(shop, insert, ["b", "a"].map(register).into()).await;
    let taken = RegisterRefusal::Taken { username: true, email: false };
    for reply in replies {
        assert_eq!(own::<Register>(reply), Err(Rejection::Refused(taken.clone())));
    }
}

async fn a_foreign_key_check_passes_a_locked_account(shop: Shop) {
    let (account, _) = logged_in(&shop, "ada").await;
    let (shop, faults) = shop.with_faults(Faults::default(), patient());
    faults.committing.close();
    let test = async {
        faults.committing.holds().await;
        let refers = format!(
            "set lock_timeout = '1s';
             insert into sessions values (gen_random_uuid(), '{account}', 1, 1, 1, 1)"
        );
        let inserted = shop.sql(&refers).await;
        faults.committing.open();
        inserted.expect("it passes the lock");
    };
    let ended = shop.send(command(Actor::SYSTEM, None, EndSessions { account }));
    let (reply, ()) = tokio::join!(ended, test);
    reply.unwrap();
}

async fn a_foreign_key_check_passes_a_product_that_a_writer_has_locked(shop: Shop) {
    let (shop, faults) = shop.with_faults(Faults::default(), patient());
    faults.committing.close();
    let edit = EditProduct { price: Some(eur(5)), ..EditProduct::of(ProductRef::Id(ProductId(1))) };
    let test = async {
        faults.committing.holds().await;
        let refers = "set lock_timeout = '1s'; insert into prices values (1, 2, 'EUR', 1)";
        let inserted = shop.sql(refers).await;
        faults.committing.open();
        inserted.expect("it passes the lock");
    };
    let edited = shop.send(command(Actor::SYSTEM, None, edit));
    let (reply, ()) = tokio::join!(edited, test);
    reply.unwrap();
}

/// Whoever holds the order may still add to it: what was read before the lock would be stale.
async fn lines_are_read_after_their_order_is_locked(shop: Shop) {
    let order = placed(shop.send(place(customer(1), None, &[(1, 2)])).await);
    let other = shop.session().await;
    let id = order.id;
    let adding = format!(
        "begin; select * from orders where id = '{id}' for update;
         insert into order_lines values ('{id}', 2, 3, 'sku', 'name', '', 5, 99);
         update orders set total_minor = total_minor + 495 where id = '{id}';
         insert into stock_entries (product_id, location_id, kind, delta, actor_kind, actor_id, at)
             values (3, 1, 3, -5, 0, gen_random_uuid(), 1);
         update stock set on_hand = on_hand - 5 where product_id = 3"
    );
    other.batch_execute(&adding).await.unwrap();
    let cancel = shop.send(move_order(customer(1), id, OrderStatus::Cancelled));
    let test = async {
        until("the shop to wait", async || shop.lock_waiters().await == 1).await;
        other.batch_execute("commit").await.unwrap();
    };
    let (reply, ()) = tokio::join!(cancel, test);
    let order = done::<MoveOrder>(reply);
    assert_eq!((order.lines.len(), order.total_minor), (2, 2495));
    assert_eq!((shop.available(1).await, shop.available(3).await), (100, 100));
}

/// What cannot be encoded is never sent; nor may then the rest of its transaction be.
async fn a_number_too_large_for_its_column_is_refused_before_anything_is_committed(shop: Shop) {
    let line = |number: i64| -> [Value; 9] {
        let id = Uuid::now_v7().into();
        [
            id,
            number.into(),
            1.into(),
            "".into(),
            "".into(),
            "".into(),
            1.into(),
            1.into(),
            false.into(),
        ]
    };
    let id = batch_id();
    let ended = in_tx(&shop, move |tx| {
        tx.begin(id, &mut []).unwrap();
        let lines = Rows::of([line(1), line(40_000)]);
        let lines = Write { bulk: bulk("insert_order_lines"), rows: lines };
        let ended = tx.write_and_commit(&[add_stock(-1), lines, add_stock(-2)]);
        tx.begin(id, &mut []).expect("nothing has landed");
        tx.rollback().unwrap();
        ended
    })
    .await;
    assert!(matches!(ended, Err(Error::Data(_))), "{ended:?}");
    assert_eq!(shop.available(1).await, 100);
}
