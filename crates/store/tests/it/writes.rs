//! What is written: exactly the rows that were meant, deletes before inserts, every shelf for itself;
//! and a writer that lives on when writing panics.

use crate::{
    shop::*,
    traps::{batch_id, in_tx},
};
use domain::{Facts, *};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};
use store::{
    Error, Rejection, Rows, Value,
    bulk::Bulk,
    tables,
    tx::{Committed, Connect, Read, Tx, Write},
};
use uuid::Uuid;

on_both_engines!(
    a_write_that_misses_its_row_is_an_error_and_nothing_is_committed,
    rows_that_are_dropped_are_deleted_and_may_be_made_again,
    a_product_in_two_places_is_sold_from_its_own_shelf,
    what_comes_in_lies_on_a_new_shelf_where_there_was_none,
    a_writer_that_panics_goes_on_with_the_next_batch,
);

fn bulk(name: &str) -> &'static Bulk {
    tables::bulks().into_iter().find(|bulk| bulk.name == name).expect("a statement of that name")
}

async fn a_write_that_misses_its_row_is_an_error_and_nothing_is_committed(shop: Shop) {
    let feed = shop.readers.exact().feed().await.unwrap();
    in_tx(&shop, |tx| {
        let ended = Write {
            bulk: bulk("set_counters"),
            rows: Rows::of([["orders".into(), Value::Int(7)]]),
        };
        let missing = [
            ("set_counters", Rows::of([["nobody".into(), Value::Int(7)]])),
            ("add_stock", Rows::of([[Value::Int(1), Value::Int(9), Value::Int(5), Value::Int(0)]])),
            // One of the two is there.
            (
                "add_stock",
                Rows::of([
                    [Value::Int(1), Value::Int(1), Value::Int(5), Value::Int(0)],
                    [Value::Int(999), Value::Int(1), Value::Int(5), Value::Int(0)],
                ]),
            ),
            (
                "insert_stock_entries",
                Rows::of([[
                    Value::Int(999),
                    Value::Int(1),
                    Value::Int(3),
                    Value::Int(-1),
                    Value::Null,
                    Value::Int(0),
                    Value::Uuid(Uuid::nil()),
                    Value::Null,
                    Value::Int(1),
                    Value::Int(-1),
                    Value::Int(0),
                ]]),
            ),
            ("delete_sessions", Rows::of([[Value::Uuid(Uuid::nil())]])),
        ];
        for (name, rows) in missing {
            tx.begin(batch_id(), &mut []).unwrap();
            let writes = [
                Write { bulk: ended.bulk, rows: ended.rows.clone() },
                Write { bulk: bulk(name), rows },
            ];
            let refused = tx.write_and_commit(&writes);
            assert!(
                matches!(&refused, Err(Error::Fault(why)) if why.contains(name)),
                "{name}: {refused:?}"
            );
        }
    })
    .await;
    assert_eq!(shop.readers.exact().feed().await.unwrap(), feed);
    let orders = shop.numbers("select last from counters where name = 'orders'").await;
    assert_eq!((orders, shop.available(1).await), (vec![0], 100));
}

async fn rows_that_are_dropped_are_deleted_and_may_be_made_again(shop: Shop) {
    let consumer = |name: &str, position| Consumer {
        name: Text::stored(name),
        position,
        holder: Uuid::nil(),
        leased_until: Micros(1),
        seen_at: Micros(1),
    };
    in_tx(&shop, move |tx| {
        let mut facts = Facts::default();
        facts.consumers.make(consumer("gone", 0));
        facts.consumers.make(consumer("new", 0));
        facts.consumers.make(consumer("kept", 0));
        tx.begin(batch_id(), &mut []).unwrap();
        tx.write_and_commit(&tables::writes(&facts)).unwrap();
        let mut facts = Facts::default();
        for name in ["gone", "new", "kept"] {
            facts.consumers.load(consumer(name, 0));
        }
        facts.consumers.drop(&Text::stored("gone"));
        facts.consumers.drop(&Text::stored("new"));
        facts.consumers.make(Consumer { seen_at: Micros(5), ..consumer("new", 0) });
        tx.begin(batch_id(), &mut []).unwrap();
        tx.write_and_commit(&tables::writes(&facts)).unwrap();
    })
    .await;
    let kept = shop.numbers("select seen_at from consumers order by name").await;
    assert_eq!(kept, [1, 5], "kept as it was, and made anew");
}

async fn a_product_in_two_places_is_sold_from_its_own_shelf(shop: Shop) {
    shop.sql(
        "insert into stock values (1, 2, 50, 0, 0);
         insert into stock_entries (product_id, location_id, kind, delta, actor_kind, actor_id, at)
         select 1, 2, kind, 50, actor_kind, actor_id, at from stock_entries
         where product_id = 1 and kind = 1",
    )
    .await
    .unwrap();
    let refused = own::<PlaceOrder>(shop.send(place(customer(1), None, &[(1, 101)])).await);
    let short = ShortLine { product: ProductId(1), requested: 101, available: 100 };
    assert_eq!(refused, Err(Rejection::Refused(orders::PlaceRefusal::OutOfStock(vec![short]))));
    placed(shop.send(place(customer(1), None, &[(1, 99)])).await);
    let shelves =
        shop.numbers("select on_hand from stock where product_id = 1 order by location_id");
    assert_eq!(shelves.await, [1, 50]);
    assert_eq!(shop.readers.late().unexplained(1..9).await.unwrap(), []);
}

/// A movement that is acknowledged is in the ledger, and what it brought can be sold.
async fn what_comes_in_lies_on_a_new_shelf_where_there_was_none(shop: Shop) {
    let gone =
        "delete from stock_entries where product_id = 3; delete from stock where product_id = 3";
    shop.sql(gone).await.unwrap();
    let product = ProductRef::Id(ProductId(3));
    let line = StockLine { product, change: StockChange::Delta(5), reason: None };
    let receive = MoveStock { lines: vec![line], partial: false };
    let results = done::<MoveStock>(shop.send(command(Actor::SYSTEM, None, receive)).await);
    assert_eq!(results[0].result, Ok(Stock { on_hand: 5, reserved: 0 }));
    let entries = shop.numbers("select delta from stock_entries where product_id = 3").await;
    assert_eq!((entries, shop.available(3).await), (vec![5], 5));
    placed(shop.send(place(customer(1), None, &[(3, 5)])).await);
}

/// A driver with a mistake in it: once.
struct Mistaken(Box<dyn Connect>, Arc<AtomicBool>);

struct MistakenTx(Box<dyn Tx>, Arc<AtomicBool>);

impl Connect for Mistaken {
    fn connect(&self) -> Result<Box<dyn Tx>, Error> {
        Ok(Box::new(MistakenTx(self.0.connect()?, self.1.clone())))
    }
}

impl Tx for MistakenTx {
    fn begin(&mut self, batch: BatchId, reads: &mut [Read]) -> Result<Micros, Error> {
        self.0.begin(batch, reads)
    }

    fn read(&mut self, reads: &mut [Read]) -> Result<(), Error> {
        self.0.read(reads)
    }

    fn write_and_commit(&mut self, writes: &[Write]) -> Result<Committed, Error> {
        assert!(!self.1.swap(false, Relaxed), "a statement that nobody has described");
        self.0.write_and_commit(writes)
    }

    fn rollback(&mut self) -> Result<(), Error> {
        self.0.rollback()
    }
}

async fn a_writer_that_panics_goes_on_with_the_next_batch(shop: Shop) {
    let is_mistaken = Arc::new(AtomicBool::new(false));
    let connect = Mistaken(shop.location.writer(), is_mistaken.clone());
    let shop = shop.reopened(Box::new(connect), patient());
    is_mistaken.store(true, Relaxed);
    let lost = shop.send(place(customer(1), Some("k"), &[(1, 1)])).await;
    assert_eq!(lost, Err(Rejection::Unknown), "nobody can say that nothing was done");
    placed(shop.send(place(customer(1), Some("k"), &[(1, 1)])).await);
    assert_eq!((shop.orders().await, shop.writer.counts.panics.load(Relaxed)), (1, 1));
}
