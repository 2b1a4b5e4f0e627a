//! A database that cannot write now: orders are refused, nothing is stored by halves, and the shop
//! goes on without a restart once it can write again.

use crate::{faulty::Faults, shop::*};
use std::sync::atomic::Ordering::Relaxed;
use store::{Error, Rejection, Reply};

on_both_engines!(
    a_full_database_refuses_orders_until_there_is_room,
    a_session_that_fails_is_not_used_again,
);

mod sqlite {
    use crate::shop::{Engine, run};

    #[test]
    fn a_locked_file_refuses_orders_until_it_is_free() {
        run(Engine::Sqlite, super::a_locked_file_refuses_orders_until_it_is_free);
    }
}

mod postgres {
    use crate::shop::{Engine, run};

    #[test]
    fn a_read_only_database_refuses_orders_until_it_can_be_written() {
        run(Engine::Postgres, super::a_read_only_database_refuses_orders_until_it_can_be_written);
    }
}

fn assert_unavailable(reply: &Reply, why: &str) {
    let Err(Rejection::Unavailable(text)) = reply else { panic!("{reply:?}") };
    assert!(text.contains(why), "{text}");
}

/// SQLite has no room for a row after the highest id there can be, and says what it says of a full
/// disk. On Postgres a trigger says it.
async fn a_full_database_refuses_orders_until_there_is_room(shop: Shop) {
    let fill = match shop.engine {
        Engine::Sqlite => {
            "create table brim (id integer primary key autoincrement);
             insert into brim values (9223372036854775807);
             create trigger fill after insert on events begin insert into brim values (null); end"
        }
        Engine::Postgres => {
            "create function public.fill() returns trigger language plpgsql as $$ begin
                 raise exception 'database or disk is full' using errcode = 'disk_full'; end $$;
             create trigger fill after insert on events for each row execute function public.fill()"
        }
    };
    let free = match shop.engine {
        Engine::Sqlite => "drop trigger fill",
        Engine::Postgres => "drop trigger fill on events",
    };
    shop.sql(fill).await.unwrap();
    let (shop, faults) = shop.gathering(Faults::default());
    let commands = (0..5).map(|n| place(customer(n), Some("k"), &[(1, 1)])).collect();
    for reply in shop.send_as_one_batch(&faults, commands).await {
        assert_unavailable(&reply, "database or disk is full");
    }
    assert_eq!((shop.orders().await, shop.available(1).await), (0, 100));
    assert_eq!(shop.writer.counts.poisonous.load(Relaxed), 0);
    shop.sql(free).await.unwrap();
    placed(shop.send(place(customer(1), Some("k"), &[(1, 1)])).await);
    assert_eq!((shop.orders().await, shop.available(1).await), (1, 99));
}

/// It may be the session that is broken, and for good.
async fn a_session_that_fails_is_not_used_again(shop: Shop) {
    for error in [Error::Other("no such table".into()), Error::Unavailable("read-only".into())] {
        let (shop, faults) = shop.second_node().with_faults(Faults::default(), patient());
        placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
        faults.begins.lock().unwrap().push_back(error.clone());
        assert_unavailable(&shop.send(place(customer(1), None, &[(1, 1)])).await, "");
        placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
        assert_eq!(faults.sessions.load(Relaxed), 2, "{error}");
    }
}

async fn a_locked_file_refuses_orders_until_it_is_free(shop: Shop) {
    let store::Location::Sqlite(path) = &shop.location else { unreachable!() };
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let buy = || place(customer(1), Some("k"), &[(1, 1)]);
    assert_unavailable(&shop.send(buy()).await, "locked");
    assert_eq!(shop.readers.exact().ping().await, Ok(()), "readers go on");
    other.execute_batch("commit").unwrap();
    placed(shop.send(buy()).await);
    assert_eq!((shop.orders().await, shop.available(1).await), (1, 99));
}

async fn a_read_only_database_refuses_orders_until_it_can_be_written(shop: Shop) {
    let other = shop.session().await;
    let set = |on: &str| {
        format!(
            "do $$ begin execute format('alter database %I set default_transaction_read_only = {on}',
             current_database()); end $$"
        )
    };
    other.batch_execute(&set("on")).await.unwrap();
    let shop = shop.second_node();
    let buy = || place(customer(1), Some("k"), &[(1, 1)]);
    assert_unavailable(&shop.send(buy()).await, "read-only");
    assert_eq!(shop.orders().await, 0);
    other.batch_execute(&set("off")).await.unwrap();
    placed(shop.send(buy()).await);
}
