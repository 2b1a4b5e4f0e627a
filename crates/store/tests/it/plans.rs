//! What Postgres does with the writer's statements: they find rows by index however young the tables
//! are, and rows that change all the time do not bloat.

use crate::{
    shop::*,
    traps::{batch_id, harmless, nulls},
};
use store::{
    Location,
    bulk::{Bulk, Shape},
    tables,
    tx::{Read, Tx, Write},
};
use testbed::Durability;

only_on!(Postgres: a_hot_row_is_updated_in_place,);

async fn a_hot_row_is_updated_in_place(shop: Shop) {
    shop.sql(
        "update stock set on_hand = 1000 where product_id = 1;
        update stock_entries set delta = 1000 where product_id = 1",
    )
    .await
    .unwrap();
    for _ in 0..300 {
        placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
    }
    // A session tells its figures at the latest when it ends.
    shop.writer.close();
    let figures = |what: &str, table: &str| {
        format!("select {what} from pg_stat_user_tables where relname = '{table}'")
    };
    for (table, updates) in [("stock", 300), ("counters", 300), ("feed", 300)] {
        until("the figures", async || {
            shop.numbers(&figures("n_tup_upd", table)).await[0] >= updates
        })
        .await;
        let share = shop.numbers(&figures("100 * n_tup_hot_upd / n_tup_upd", table)).await[0];
        assert!(share > 90, "{share}% of the updates of {table} were in place");
    }
}

/// As the thousandth batch of a session has it: planned once, for any values.
fn run_once(tx: &mut dyn Tx, bulk: &'static Bulk) {
    match bulk.shape {
        Shape::Find { .. } => {
            let bulks = [bulk];
            let read = Read { bulks: &bulks, keys: nulls(bulk), each: Box::new(|_, _| Ok(())) };
            tx.begin(batch_id(), &mut [read]).unwrap();
            tx.rollback().unwrap();
        }
        _ => {
            tx.begin(batch_id(), &mut []).unwrap();
            tx.write_and_commit(&[Write { bulk, rows: harmless(bulk) }]).unwrap();
        }
    }
}

/// As many carts as there are products, a line in each: what is known of the lines then says that one key is as
/// good as both.
const CARTS: &str = "insert into orders.holds (cart_id, product_id, units, added_at)
    select lpad(to_hex(n), 32, '0')::uuid, n, 1, 1 from generate_series(1, 500) n;
    analyze orders.holds";

#[test]
fn no_statement_of_the_writer_scans_a_young_table() {
    let explain =
        [("session_preload_libraries", "auto_explain"), ("auto_explain.log_min_duration", "0")];
    let Some(server) = own_postgres(Durability::Off, &explain) else { return };
    let url = format!("{}?options=-cplan_cache_mode%3Dforce_generic_plan", server.url("postgres"));
    let location: Location = url.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(location.migrate()).unwrap();
    let mut tx = location.writer().connect().unwrap();
    let mut judge = |bulk: &'static Bulk| {
        let before = server.log().len();
        run_once(tx.as_mut(), bulk);
        judge(bulk, &server.log()[before..]);
    };
    // The tree of categories is bounded, and read whole.
    let is_whole = |bulk: &Bulk| bulk.table == "branches";
    let bulks = tables::bulks().into_iter();
    let bulks = bulks.filter(|bulk| !matches!(bulk.shape, Shape::Insert | Shape::Append { .. }));
    let bulks: Vec<_> = bulks.filter(|bulk| !is_whole(bulk)).collect();
    bulks.iter().for_each(|bulk| judge(bulk));
    runtime.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(CARTS).await.unwrap();
    });
    bulks.iter().filter(|bulk| bulk.table == "holds").for_each(|bulk| judge(bulk));
}

fn judge(bulk: &Bulk, log: &str) {
    let plan = log.split("Query Text: ").find(|plan| {
        let verb = plan.split_whitespace().next().unwrap_or_default();
        ["select", "update", "delete", "with"].contains(&verb) && plan.contains(bulk.table)
    });
    let plan = plan.unwrap_or_else(|| panic!("no plan for {} in:\n{log}", bulk.name));
    // Whoever changes the tree of categories, which is small, reads all of it.
    if bulk.name == "find_branches" {
        return;
    }
    for slow in
        ["Seq Scan", "Bitmap", "Hash Join", "Hash Right Join", "Hash Left Join", "Merge", "Filter:"]
    {
        // What is good of a session stands in two rows.
        let is_own = bulk.table == "standings" && slow == "Filter:";
        assert!(is_own || !plan.contains(slow), "{}: {plan}", bulk.name);
    }
    assert!(plan.contains("Index"), "{}: {plan}", bulk.name);
}
