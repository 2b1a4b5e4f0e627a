//! The traps that were found on the way, below the door: one transaction at a time, on both engines.

use crate::{faults::noted, faulty::Faults, shop::*};
use domain::*;
use std::sync::atomic::Ordering::Relaxed;
use store::{
    Direction, Error, InStock, Movable, OrderFilter, Page, ProductFilter, ProductOrder, Reach,
    Rejection, Rows, Value,
    bulk::{Bulk, Shape},
    tables,
    tx::{Read, Tx, Write},
};
use uuid::Uuid;

on_both_engines!(
    every_statement_runs,
    every_reader_runs_with_every_filter,
    a_commit_after_a_failed_statement_is_no_success,
    a_failed_transaction_leaves_the_connection_fit_for_the_next,
    an_unfinished_batch_keeps_its_id_until_it_has_landed,
    an_unfinished_batch_keeps_its_id_until_it_has_failed,
    a_text_with_nul_fails_alone,
    tables_of_the_same_name_elsewhere_are_not_taken_for_ours,
);

pub fn bulk(name: &str) -> &'static Bulk {
    tables::bulks().into_iter().find(|bulk| bulk.name == name).expect("a statement of that name")
}

pub fn batch_id() -> BatchId {
    BatchId(Uuid::now_v7())
}

/// A transaction of its own, on a thread of its own: the drivers block.
pub async fn in_tx<T: Send + 'static>(
    shop: &Shop,
    run: impl FnOnce(&mut dyn Tx) -> T + Send + 'static,
) -> T {
    let connect = shop.location.writer();
    let thread = move || run(connect.connect().expect("the database is there").as_mut());
    tokio::task::spawn_blocking(thread).await.unwrap()
}

/// Units added to the first product's shelf.
pub fn add_stock(units: i64) -> Write<'static> {
    let row: [Value; 4] = [1.into(), 1.into(), units.into(), 0.into()];
    Write { bulk: bulk("add_stock"), rows: Rows::of([row]) }
}

/// Rows that a write takes without complaint: none, where it would miss those that are not there.
pub fn harmless(bulk: &Bulk) -> Rows<'static> {
    match bulk.shape {
        Shape::Chain(_) | Shape::Add | Shape::Set | Shape::Delete => {
            Rows::flat(nulls(bulk).width(), vec![])
        }
        _ => nulls(bulk),
    }
}

/// As wide as the statement wants it.
pub fn nulls(bulk: &Bulk) -> Rows<'static> {
    macro_rules! of_width {
        ($($n:literal)+) => {
            match bulk.cells().len() {
                $($n => Rows::of([[const { Value::Null }; $n]]),)+
                width => panic!("{width} cells"),
            }
        };
    }
    of_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28)
}

async fn every_statement_runs(shop: Shop) {
    in_tx(&shop, |tx| {
        for bulk in tables::bulks() {
            let ran = match bulk.shape {
                Shape::Find { .. } => {
                    let bulks = [bulk];
                    let read =
                        Read { bulks: &bulks, keys: nulls(bulk), each: Box::new(|_, _| Ok(())) };
                    let read = tx.begin(batch_id(), &mut [read]);
                    read.and_then(|_| tx.rollback())
                }
                _ => {
                    tx.begin(batch_id(), &mut []).unwrap();
                    let write = Write { bulk, rows: harmless(bulk) };
                    tx.write_and_commit(&[write]).map(drop)
                }
            };
            // Rows of nulls are refused by the schema, not by a mistake in the statement.
            assert!(matches!(ran, Ok(()) | Err(Error::Race(_))), "{}: {ran:?}", bulk.name);
        }
    })
    .await;
    assert_eq!(shop.orders().await, 0);
}

async fn every_reader_runs_with_every_filter(shop: Shop) {
    let order = placed(shop.send(place(customer(1), None, &[(1, 2), (2, 1)])).await);
    let filter = OrderFilter {
        number: order.number,
        reference: None,
        owner: Some(order.owner),
        status: Some(OrderStatus::Pending),
        placed_after: Some(order.created_at.minus(1)),
        placed_before: Some(order.created_at.plus(1)),
        min_total_minor: Some(2250),
        max_total_minor: Some(2250),
        is_handed_over: false,
    };
    for (direction, after) in [(Direction::Rising, 0), (Direction::Falling, 2)] {
        let page = Page { limit: 5, offset: 0, after: Some(after), direction };
        assert_eq!(shop.readers.late().orders(&filter, page).await.unwrap(), [(*order).clone()]);
    }
    assert_eq!(shop.readers.late().count_orders(&filter, 10).await.unwrap(), 1);
    let exact = shop.readers.exact();
    let movable = async |filter: &OrderFilter, to| {
        let movable = Movable { filter, to, after: 0 };
        exact.movable(movable, 1, Reach::CHOICE).await.unwrap().orders
    };
    assert_eq!(movable(&filter, OrderStatus::Processing).await, [order.id]);
    let anywhere = OrderFilter { status: None, ..filter.clone() };
    assert_eq!(movable(&anywhere, OrderStatus::Cancelled).await, [order.id]);
    assert_eq!(movable(&anywhere, OrderStatus::Completed).await, []);
    let standing = exact.standing(&[order.id, OrderId(Uuid::nil())]).await.unwrap();
    assert_eq!(standing, [(order.id, (1, OrderStatus::Pending))].into());
    let none = OrderFilter { max_total_minor: Some(2249), ..filter };
    assert_eq!(shop.readers.late().count_orders(&none, 10).await.unwrap(), 0);

    // One value is used three times, and many follow it: to SQLite `$5` is a name.
    let filter = ProductFilter {
        category: None,
        min_price_minor: Some(200),
        max_price_minor: Some(1000),
        in_stock: Some(InStock::Available),
        ids: vec![3, 2, 1],
        search: Some("PINT".into()),
    };
    for order in [ProductOrder::Created, ProductOrder::Name, ProductOrder::Price] {
        let page = |after| Page { limit: 1, offset: 0, after, direction: Direction::Rising };
        let first = shop.readers.late().products(&filter, order, page(None)).await.unwrap();
        let after = (order.key(&first[0].0), first[0].0.id.0);
        let second = shop.readers.late().products(&filter, order, page(Some(after))).await.unwrap();
        let mut ids = [first[0].0.id.0, second[0].0.id.0];
        ids.sort_unstable();
        assert_eq!(ids, [1, 2], "{order:?}");
    }
    assert_eq!(shop.readers.late().count_products(&filter, 10, 10).await.unwrap().rows, 2);
    // What lies there is looked at of three products and no more: then it is said that nothing was.
    let sold_out = ProductFilter { in_stock: Some(InStock::SoldOut), ..ProductFilter::default() };
    for (looked_at, rows, is_exact) in [(3, 0, true), (2, 3, false), (1, 3, false)] {
        let counted = shop.readers.late().count_products(&sold_out, 10, looked_at).await.unwrap();
        assert_eq!((counted.rows, counted.is_exact), (rows, is_exact), "{looked_at}");
    }
    let nowhere = ProductFilter { category: Some("nowhere".into()), ..filter };
    assert_eq!(shop.readers.late().count_products(&nowhere, 10, 10).await.unwrap().rows, 0);
}

async fn a_commit_after_a_failed_statement_is_no_success(shop: Shop) {
    let ended = in_tx(&shop, |tx| {
        tx.begin(batch_id(), &mut []).unwrap();
        tx.write_and_commit(&[add_stock(-1), add_stock(-1000), add_stock(-2)])
    })
    .await;
    assert!(matches!(ended, Err(Error::Race(_))), "{ended:?}");
    assert_eq!(shop.available(1).await, 100);
}

async fn a_failed_transaction_leaves_the_connection_fit_for_the_next(shop: Shop) {
    in_tx(&shop, |tx| {
        let id = batch_id();
        for _ in 0..2 {
            tx.begin(id, &mut []).unwrap();
            tx.write_and_commit(&[add_stock(-1000)]).unwrap_err();
        }
        let find = [bulk("find_stock")];
        let failing = || Read {
            bulks: &find,
            keys: Rows::of([[Value::Int(1)]]),
            each: Box::new(|_, _| Err(Error::Other("does not read back".into()))),
        };
        tx.begin(id, &mut [failing()]).unwrap_err();
        tx.begin(id, &mut []).unwrap();
        tx.read(&mut [failing()]).unwrap_err();
        tx.begin(id, &mut []).unwrap();
        tx.rollback().unwrap();
        tx.begin(id, &mut []).unwrap();
        tx.write_and_commit(&[add_stock(1), add_stock(-1)]).unwrap();
        assert_eq!(tx.begin(id, &mut []), Err(Error::Landed));
        tx.begin(batch_id(), &mut []).unwrap();
    })
    .await;
    assert_eq!(shop.available(1).await, 100);
}

/// Two connections claim one id; the second one's answer, when the first has ended as told.
async fn claimed_twice(shop: &Shop, end: fn(&mut dyn Tx)) -> Result<Micros, Error> {
    let id = batch_id();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (let_end, may_end) = std::sync::mpsc::channel();
    let first = in_tx(shop, move |tx| {
        tx.begin(id, &mut []).unwrap();
        begun.send(()).unwrap();
        may_end.recv().unwrap();
        end(tx);
    });
    let second = async {
        has_begun.await.unwrap();
        in_tx(shop, move |tx| tx.begin(id, &mut [])).await
    };
    let test = async {
        // SQLite does not tell who waits; there the first may end before the second asks.
        if shop.engine == Engine::Postgres {
            until("the second claim to wait", async || shop.lock_waiters().await == 1).await;
        }
        let_end.send(()).unwrap();
    };
    tokio::join!(first, second, test).1
}

async fn an_unfinished_batch_keeps_its_id_until_it_has_landed(shop: Shop) {
    let second = claimed_twice(&shop, |tx| drop(tx.write_and_commit(&[]).unwrap())).await;
    assert_eq!(second, Err(Error::Landed));
}

async fn an_unfinished_batch_keeps_its_id_until_it_has_failed(shop: Shop) {
    let second = claimed_twice(&shop, |tx| tx.rollback().unwrap()).await;
    assert!(second.is_ok(), "{second:?}");
}

/// The types refuse it; should one slip through, Postgres refuses it for the whole statement.
async fn a_text_with_nul_fails_alone(shop: Shop) {
    assert!(Text::<9>::new("a\0b").is_err() && IdempotencyKey::new("a\0b").is_err());
    assert!(Sku::new("a\0b").is_err() && Username::new("a\0b").is_err());
    assert!(Email::new("a\0b@example.com").is_err());
    let is_postgres = shop.engine == Engine::Postgres;
    let (shop, faults) = shop.gathering(Faults::default());
    let mut commands: Vec<_> = (0..20).map(|n| noted("fine", customer(n))).collect();
    commands[3] = noted("a\0b", customer(3));
    // A key is already looked for while loading.
    let once = place(customer(11), Some("k"), &[(1, 1)]).who.once.unwrap();
    commands[11].who.once = Some(Once { key: IdempotencyKey::stored("a\0b"), ..once });
    let replies = shop.send_as_one_batch(&faults, commands).await;
    for (n, reply) in replies.into_iter().enumerate() {
        match [3, 11].contains(&n) && is_postgres {
            true => assert!(matches!(reply, Err(Rejection::Poisonous(_))), "{reply:?}"),
            false => drop(placed(reply)),
        }
    }
    let poisonous = if is_postgres { 2 } else { 0 };
    assert_eq!(shop.writer.counts.poisonous.load(Relaxed), poisonous as u64);
    assert_eq!(shop.orders().await, 20 - poisonous);
}

async fn tables_of_the_same_name_elsewhere_are_not_taken_for_ours(shop: Shop) {
    let elsewhere = match shop.engine {
        Engine::Postgres => {
            "create table public.stock (a text); create table public.orders (a text);
             create schema postgres; create table postgres.events (a text)"
        }
        // Temporary tables are a connection's own there: nothing can stand before ours.
        Engine::Sqlite => return,
    };
    shop.sql(elsewhere).await.unwrap();
    let (location, engine) = (shop.location.clone(), shop.engine);
    drop(shop);
    let shop = Shop::at(engine, location.clone(), location.writer(), patient());
    let order = placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
    assert!(shop.readers.exact().order(order.id).await.unwrap().is_some());
    assert_eq!(shop.available(1).await, 99);
}
