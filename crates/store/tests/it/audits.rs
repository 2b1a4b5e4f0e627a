//! The audit: a sound shop breaks no check, and each check alone finds the damage it is there for.

use crate::shop::*;
use domain::{Actor, ChangeCart, CrowdId, EditOrder, OrderStatus, Role, Text, carts::Change};
use std::collections::BTreeSet;
use store::{Finding, Location};
use testbed::TempDir;

const TREE: &str = "every category is found from the top";
const ARCHIVED: &str =
    "what is archived has given up its sku and its category, and nothing else has";
const FOUND_BY_PRICE: &str = "every product is found by the price that it has";
const BOUGHT: &str = "who has a bound of a product has what his counted orders hold of it";
const SUMS: &str = "stock is what its entries sum up to";
const LINKS: &str =
    "every stock entry names the one before it of its shelf, and the shelf the last";
const SHELVES: &str = "every stock entry belongs to a shelf";
const RESERVED: &str = "0 <= reserved <= on hand";
const PROMISED: &str = "what is reserved of a product is what carts hold of it";
const FILLED: &str =
    "nothing is held without a cart, and what holds nothing rests for a minute at most";
const CROWDS: &str = "a crowd holds what the carts of its guests do, and no other is counted";
const OWNED: &str = "a cart is an account's or a guest's, and has lived since before it ends";
const OVERDUE: &str = "nothing is held by a cart whose time was over long before the last commit";
const PRICED: &str = "every product has a price and a shelf";
const RECEIPTS: &str = "receipts and adjustments are what is on hand and what orders hold";
const SALES: &str = "sale entries are the units ever sold";
const RETURNS: &str = "return entries are the units given back";
const ONE_KEY: &str = "one order per caller and idempotency key";
const FOUND_KEY: &str = "every key of an order is found again";
const TOTALS: &str =
    "an order's total is the sum of its lines, but where it was agreed in another system";
const LINES: &str = "every line belongs to an order and names a product";
const WAITING: &str = "what is pending waits since some time, and nothing else does";
const PLACERS: &str = "who has placed an order for somebody else is told, and is somebody else";
const NUMBERS: &str = "order numbers have no gaps";
const VERSIONS: &str = "every version of an order has exactly one event";
const STATUSES: &str = "an order's status is where its events lead";
const NO_ADDRESS: &str = "of whoever has gone no address is kept";
const NO_LINK: &str = "of whoever has gone no link is good";
const NO_FACTOR: &str = "of whoever has gone no second factor is kept";
const NO_DEVICE: &str = "of whoever has gone no device and no place is known";
const NO_TRAIL: &str = "of whoever has gone the trail tells nothing personal";
const NOT_HELD: &str = "no account waits to be confirmed that has been, or has gone";
const NO_ERA: &str = "no session is of an era that has not begun";
const CLAIMED: &str = "what a worker has claimed is worked on";
const FIGURES: &str =
    "the figures of orders are what a full count comes to, up to the event that they have come to";
const AHEAD: &str = "no consumer is ahead of the feed";
const POSITIONS: &str = "positions in the feed have no gaps";

/// Somebody who has gone.
macro_rules! gone {
    () => {
        "insert into accounts (id, username, username_folded, email, email_folded, password_hash,
         first_name, last_name, role, is_active, created_at, updated_at, era, gone_at)
         select id, 'gone', 'gone', 'gone', 'gone', '', '', '', 1, false, 1, 1, 2, 1
         from orders where number = 1; "
    };
}

/// What is told of somebody, and that he has gone.
macro_rules! told {
    ($sides:literal) => {
        concat!(
            "insert into trail (kind, subject, before, after, actor_kind, actor_id, correlation_id, at)
             select 2, 'customer:1', ",
            $sides,
            ", 1, id, id, 1 from orders where number = 1;
             insert into trail (kind, subject, actor_kind, actor_id, correlation_id, at)
             select 3, 'customer:1', 1, id, id, 2 from orders where number = 1"
        )
    };
}

/// Damage, and the checks that have to find it, all of them and no other. A sum of entries that are
/// of no known kind is right for one check and wrong for another.
const DAMAGES: &[(&[&str], &str)] = &[
    (
        &[TREE],
        "insert into categories (id, slug, name) values (1, 'a', 'A'), (2, 'b', 'B'), (3, 'c', 'C');
         update categories set parent_id = 3 - id where id < 3",
    ),
    (
        &[TREE],
        "insert into categories (id, slug, name) values (1, 'a', 'A'); update categories set parent_id = id",
    ),
    (&[ARCHIVED], "update products set sku = former_sku where id = 2"),
    (&[ARCHIVED], "update products set former_sku = null where id = 3"),
    (&[ARCHIVED], "update products set is_archived = false where id = 3"),
    (
        &[ARCHIVED],
        "insert into categories (id, slug, name) values (1, 'a', 'A');
         update products set category_id = 1",
    ),
    (&[FOUND_BY_PRICE], "update products set own_price_minor = own_price_minor + 1 where id = 2"),
    (&[FOUND_BY_PRICE], "update products set own_currency = 'USD' where id = 2"),
    (&[FOUND_BY_PRICE], "update prices set amount_minor = 0 where product_id = 1"),
    (
        &[BOUGHT],
        "insert into bought select 1, owner_kind, owner_id, 4 from orders where number = 1",
    ),
    (
        &[BOUGHT],
        "update order_lines set is_counted = true
         where order_id = (select id from orders where number = 1)",
    ),
    (
        // What was cancelled is not his.
        &[BOUGHT],
        "update order_lines set is_counted = true
         where order_id in (select id from orders where status = 4);
         insert into bought select l.product_id, o.owner_kind, o.owner_id, l.quantity
         from orders o join order_lines l on l.order_id = o.id where o.status = 4",
    ),
    (
        &[SUMS, LINKS],
        "insert into stock values (1, 2, 0, 0, 0);
         update stock_entries set location_id = 2 where product_id = 1 and kind = 1",
    ),
    (
        &[SUMS, LINKS],
        "insert into stock values (2, 2, 0, 0, 0);
         update stock_entries set location_id = 2 where product_id = 2 and kind = 1",
    ),
    (
        &[SHELVES],
        "insert into stock_entries (product_id, location_id, kind, delta, actor_kind, actor_id, at)
         select 999, location_id, 2, 5, actor_kind, actor_id, at from stock_entries
         where product_id = 1 and kind = 1",
    ),
    (&[LINKS], "update stock_entries set previous = 0 where kind = 3"),
    (&[LINKS], "update stock_entries set previous = null where product_id = 2 and kind = 1"),
    (&[LINKS], "update stock set last_entry = 0 where product_id = 3"),
    (&[LINKS], "insert into stock values (1, 2, 0, 0, 7)"),
    (&[RESERVED, PROMISED], "update stock set reserved = on_hand + 1 where product_id = 1"),
    (&[RESERVED, PROMISED], "update stock set reserved = -1 where product_id = 2"),
    (&[PROMISED], "update stock set reserved = 1 where product_id = 1"),
    (&[PROMISED], "update stock set reserved = reserved + 1 where product_id = 2"),
    (&[PROMISED, CROWDS], "update holds set units = units + 1 where product_id = 2 and units = 3"),
    (&[PROMISED], "update holds set product_id = 99 where product_id = 1"),
    (&[PROMISED, FILLED], "delete from holds where product_id = 1"),
    (&[PROMISED, FILLED], "update holds set units = 0 where product_id = 1"),
    (&[FILLED], "delete from carts where owner_kind = 1"),
    (
        &[FILLED],
        "insert into carts select o.id, 1, 1, 1, c.expires_at, null
         from orders o, carts c where o.number = 1 and c.owner_kind = 1",
    ),
    (&[CROWDS], "update crowds set units = units + 1"),
    (&[CROWDS], "delete from crowds"),
    (&[CROWDS], "insert into crowds select id, 1 from orders where number = 1"),
    (&[CROWDS], "insert into crowds select id, 0 from orders where number = 1"),
    (&[CROWDS], "update carts set crowd_id = null where owner_kind = 3"),
    (&[CROWDS], "update carts set owner_kind = 1"),
    (&[OWNED], "update carts set owner_kind = 2 where owner_kind = 1"),
    (&[OWNED], "update carts set opened_at = updated_at + 1"),
    (&[OWNED], "update carts set opened_at = expires_at + 1, updated_at = expires_at + 1"),
    (
        &[OVERDUE],
        "update carts set opened_at = 1, updated_at = 1, expires_at = (select max(at) from batches) - 300000001
         where owner_kind = 1",
    ),
    (&[SUMS, RESERVED, RECEIPTS], "update stock set on_hand = -1 where product_id = 3"),
    (&[PRICED], "delete from prices where product_id = 3"),
    (
        &[PRICED],
        "delete from stock_entries where product_id = 3; delete from stock where product_id = 3",
    ),
    (&[RECEIPTS], "update stock_entries set kind = 9 where product_id = 1 and kind = 1"),
    (&[RECEIPTS], "update stock_entries set kind = 9 where product_id = 2 and kind = 1"),
    (&[SALES], "update stock_entries set kind = 9 where product_id = 1 and kind = 3"),
    (&[SALES], "update stock_entries set kind = 9 where product_id = 2 and kind = 3"),
    (&[RETURNS], "update stock_entries set kind = 9 where kind = 4"),
    (
        &[ONE_KEY, FOUND_KEY],
        "update orders set idempotency_key = 'one' where idempotency_key = 'other'",
    ),
    (&[FOUND_KEY], "update orders set once_id = null where idempotency_key = 'one'"),
    (&[FOUND_KEY], "update orders set once_id = id where idempotency_key = 'one'"),
    (&[FOUND_KEY], "update orders set idempotency_key = 'One' where idempotency_key = 'one'"),
    (&[FOUND_KEY], "update orders set owner_id = id where idempotency_key = 'one'"),
    (&[FOUND_KEY], "update orders set owner_kind = 0 where idempotency_key = 'one'"),
    (&[FOUND_KEY], "update orders set once_id = id where number = 3"),
    (&[TOTALS], "update orders set total_minor = total_minor + 1 where number = 1"),
    (
        &[RECEIPTS, SALES, TOTALS],
        "delete from order_lines where order_id = (select id from orders where number = 2)",
    ),
    (
        &[LINES],
        "insert into order_lines select o.owner_id, 1, l.product_id, l.sku, l.name, l.description,
             l.quantity, l.unit_price_minor, l.is_counted
         from orders o join order_lines l on l.order_id = o.id where o.number = 1 and l.line = 1",
    ),
    (
        &[LINES],
        "insert into order_lines select o.id, 9, 999, l.sku, l.name, l.description, 1, 0,
             l.is_counted
         from orders o join order_lines l on l.order_id = o.id where o.number = 1 and l.line = 1",
    ),
    (&[WAITING], "update orders set pending_since = null where number = 1"),
    (&[WAITING], "update orders set pending_since = updated_at where number = 4"),
    (&[PLACERS], "update orders set placed_by_kind = 1 where number = 3"),
    (&[PLACERS], "update orders set placed_by_kind = owner_kind, placed_by_id = owner_id where number = 3"),
    (&[FOUND_KEY], "update orders set placed_by_kind = 1, placed_by_id = id where number = 1"),
    (
        // One key of one of the staff, for two customers.
        &[ONE_KEY, FOUND_KEY],
        "update orders set placed_by_kind = 0, placed_by_id = (select id from orders where number = 4),
             idempotency_key = 'one' where number < 3",
    ),
    (&[NUMBERS], "update counters set last = last + 1 where name = 'orders'"),
    (&[NUMBERS], "update orders set number = 77 where number = 2"),
    (&[VERSIONS], "update orders set version = 2 where number = 1"),
    (
        &[VERSIONS, STATUSES],
        "update events set version = 0 where version = 1
             and subject_id = (select id from orders where number = 4)",
    ),
    (&[WAITING, STATUSES], "update orders set status = 3 where number = 1"),
    (
        // What has only changed it is taken for its end.
        &[STATUSES],
        "update orders set status = 4 where number = 5",
    ),
    // It was changed, and then completed, without anybody having begun with it.
    (&[STATUSES], "update events set kind = 7 where kind = 2"),
    (&[SALES, STATUSES], "update events set kind = 7 where kind = 1 and position = (select min(position) from events where kind = 1)"),
    (
        // What was completed was never started.
        &[STATUSES],
        "update events set kind = 3 where kind = 2",
    ),
    (&[STATUSES], "update events set kind = 2 where kind = 3"),
    (
        // It begins with a retry.
        &[STATUSES],
        "update events set kind = 6 where position = (select min(position) from events where kind = 1)",
    ),
    (
        &[STATUSES],
        "insert into events select f.position + 1, 1, p.public_id, 1, 1, null, 1, o.owner_id, o.owner_id, 1
         from orders o, feed f, products p where o.number = 1 and p.id = 1;
         update feed set position = position + 1",
    ),
    (&[POSITIONS], "update feed set position = position + 1"),
    (&[POSITIONS], "update events set position = 7777 where position = 1"),
    (
        &[AHEAD],
        "insert into consumers select 'search', f.position + 1, o.id, 1, 1
         from feed f, orders o where o.number = 1",
    ),
    (&[CLAIMED], "insert into claims select id, id, 1, 1, 1 from orders where number = 1"),
    (
        // Nothing was counted, and he says that all is.
        &[FIGURES],
        "insert into consumers select 'figures', f.position, o.id, 1, 1
         from feed f, orders o where o.number = 1",
    ),
    (&[NO_ADDRESS], concat!(gone!(), "insert into addresses (account_id, id, created_at, postal, updated_at)
         select id, id, 1, '{}', 1 from accounts")),
    (&[NO_LINK], concat!(gone!(), "insert into links
         (account_id, purpose, secret, email, email_folded, made_at, expires_at)
         select id, 1, 's', 'e', 'e', 1, 2 from accounts")),
    (&[NO_FACTOR], concat!(gone!(), "insert into factors
         (account_id, secret, recovery, last_step, created_at) select id, 's', '', 0, 1 from accounts")),
    (&[NO_DEVICE], concat!(gone!(), "insert into sessions
         (id, account_id, era, agent, generation, rotated_at, created_at, expires_at)
         select id, id, 1, 'a telephone', 1, 1, 1, 2 from accounts")),
    (&[NO_DEVICE], concat!(gone!(), "insert into sessions
         (id, account_id, era, origin, generation, rotated_at, created_at, expires_at)
         select id, id, 1, 'at home', 1, 1, 1, 2 from accounts")),
    (&[NO_TRAIL], told!("'{\"email\":\"a@b.c\"}', null")),
    (&[NO_TRAIL], told!("'{\"role\":\"staff\"}', '{\"last_name\":\"King\",\"role\":\"admin\"}'")),
    (&[NO_TRAIL], told!("null, 'King'")),
    (&[NOT_HELD], concat!(gone!(), "update accounts set held_until = 1")),
    (&[NOT_HELD], concat!(gone!(), "update accounts
         set gone_at = null, email_confirmed = true, held_until = 1")),
    (&[NO_ERA], concat!(gone!(), "insert into sessions
         (id, account_id, era, generation, rotated_at, created_at, expires_at)
         select id, id, 3, 1, 1, 1, 2 from accounts")),
];

/// Takes the schema's own guards away, which would not let such damage be done.
fn unguarded(engine: Engine, damage: &str) -> String {
    match engine {
        Engine::Sqlite => {
            format!("pragma foreign_keys = off; pragma ignore_check_constraints = on; {damage}")
        }
        Engine::Postgres => format!(
            "alter table stock_entries drop constraint stock_entries_kind_check;
             alter table carts drop constraint carts_owner_kind_check;
             alter table holds drop constraint holds_units_check;
             alter table crowds drop constraint crowds_units_check;
             alter table stock drop constraint stock_check; {damage}"
        ),
    }
}

/// Orders 1 and 2 are pending, 3 is cancelled, 4 is completed, 5 has failed and was changed before and since. Only
/// product 1 is not archived. A customer has some of the first in his cart, and a guest of the second.
async fn trade(shop: &Shop) {
    let staff = Actor { role: Role::Staff, ..customer(9) };
    placed(shop.send(place(customer(1), Some("one"), &[(1, 2), (2, 1)])).await);
    placed(shop.send(place(customer(1), Some("other"), &[(1, 1)])).await);
    let cancelled = placed(shop.send(place(customer(2), None, &[(2, 4)])).await);
    let completed = placed(shop.send(place(customer(2), None, &[(2, 5)])).await);
    for (order, to) in [
        (cancelled.id, OrderStatus::Cancelled),
        (completed.id, OrderStatus::Processing),
        (completed.id, OrderStatus::Completed),
    ] {
        shop.send(move_order(staff, order, to)).await.unwrap();
    }
    let failed = placed(shop.send(place(customer(2), None, &[(2, 1)])).await);
    let note = Some(Text::new("ring").unwrap());
    for to in [OrderStatus::Processing, OrderStatus::Failed] {
        let edit = EditOrder { note: note.clone(), ..EditOrder::of(failed.id) };
        shop.send(command(staff, None, edit)).await.unwrap();
        shop.send(move_order(staff, failed.id, to)).await.unwrap();
    }
    let edit = EditOrder { note: Some(Text::default()), ..EditOrder::of(failed.id) };
    shop.send(command(staff, None, edit)).await.unwrap();
    let change = change_cart(1, Change::Add, 2);
    shop.send(command(customer(1), None, change)).await.unwrap();
    let crowd = Some(CrowdId::of("home"));
    let change = ChangeCart { crowd, ..change_cart(2, Change::Add, 3) };
    shop.send(command(guest(1), None, change)).await.unwrap();
    let archive = "update products set is_archived = true, former_sku = sku,
        sku = 'sku:archived:' || id where id > 1";
    shop.sql(archive).await.unwrap();
}

/// Damages a database like this one, and tells what is found in it.
async fn found_after(damage: &str, location: &Location, number: usize) -> Vec<Finding> {
    match location {
        Location::Sqlite(path) => {
            let dir = TempDir::new().unwrap();
            let copy = dir.path().join("shop.db");
            std::fs::copy(path, &copy).unwrap();
            let copy = format!("sqlite://{}", copy.display()).parse().unwrap();
            run_sql(&copy, &unguarded(Engine::Sqlite, damage)).await.unwrap();
            copy.audit().await.unwrap()
        }
        Location::Postgres(config) => {
            let server = testbed::test_server();
            let admin = server.admin_url().unwrap();
            let connecting = tokio_postgres::connect(&admin, tokio_postgres::NoTls).await;
            let (client, connection) = connecting.unwrap();
            tokio::spawn(connection);
            let original = config.get_dbname().unwrap();
            let name = format!("{original}_{number}");
            let create = format!("create database {name} template {original}");
            // The last connections to it may still be ending.
            until("a copy", async || client.batch_execute(&create).await.is_ok()).await;
            let copy = server.url(&name).unwrap().parse().unwrap();
            run_sql(&copy, &unguarded(Engine::Postgres, damage)).await.unwrap();
            let found = copy.audit().await.unwrap();
            let drop = format!("drop database {name} with (force)");
            client.batch_execute(&drop).await.unwrap();
            found
        }
    }
}

/// What has just expired waits for somebody who looks every few seconds, and later when there is much to do.
async fn a_cart_that_waits_to_be_given_back_is_no_damage(engine: Engine) {
    let Some((shop, _dir)) = Shop::open(engine).await else { return };
    trade(&shop).await;
    for (late_us, is_sound) in [(60_000_000, true), (300_000_000, true), (300_000_001, false)] {
        let ended = format!(
            "update carts set opened_at = 1, updated_at = 1,
                expires_at = (select max(at) from batches) - {late_us} where owner_kind = 1"
        );
        shop.sql(&ended).await.unwrap();
        let found = shop.location.audit().await.unwrap();
        let overdue = found.iter().find(|finding| finding.holds == OVERDUE).unwrap();
        assert_eq!(overdue.is_sound(), is_sound, "{late_us}: {overdue:?}");
        assert!(found.iter().all(|f| f.is_sound() || f.holds == OVERDUE), "{found:?}");
    }
}

async fn every_damage_is_found(engine: Engine) {
    let Some((shop, _dir)) = Shop::open(engine).await else { return };
    trade(&shop).await;
    let sound = shop.location.audit().await.unwrap();
    assert!(sound.iter().all(|finding| finding.is_sound()), "{sound:?}");
    let checks: BTreeSet<_> = sound.iter().map(|finding| finding.holds).collect();
    let location = shop.location.clone();
    drop(shop);
    if let Location::Sqlite(path) = &location {
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.execute_batch("pragma journal_mode = delete").unwrap();
    }
    for (number, &(expected, damage)) in DAMAGES.iter().enumerate() {
        let found = found_after(damage, &location, number).await;
        let broken: Vec<_> = found.iter().filter(|finding| !finding.is_sound()).collect();
        assert_eq!(broken.iter().map(|f| f.holds).collect::<Vec<_>>(), expected, "{damage}");
        for finding in broken {
            let width = finding.columns.len();
            assert!(finding.rows.iter().all(|row| row.len() == width), "{finding:?}");
        }
    }
    let damaged: BTreeSet<_> = DAMAGES.iter().flat_map(|(holds, _)| *holds).copied().collect();
    assert_eq!(damaged, checks, "every check has its damage");
}

/// What SQL cannot tell is looked for in all rows, and not in as many as are shown. Every second is broken, so that in
/// no order do they come first.
async fn a_fault_is_found_among_more_rows_than_are_shown(engine: Engine) {
    const SHOWN: usize = 20;
    let Some((shop, _dir)) = Shop::open(engine).await else { return };
    for number in 1..=2 * SHOWN {
        placed(shop.send(place(customer(1), Some(&format!("k{number}")), &[(1, 1)])).await);
    }
    shop.sql("update orders set once_id = null where number % 2 = 0").await.unwrap();
    let told = [told!("'{\"role\":\"staff\"}', null"), told!("'{\"email\":\"a@b.c\"}', null")];
    let told = told.map(|told| told.split_once(';').unwrap());
    let entries = told.map(|(entry, _)| entry);
    shop.sql(&vec![entries.join(";"); SHOWN].join(";")).await.unwrap();
    let (_, has_gone) = told[0];
    shop.sql(has_gone).await.unwrap();
    let found = shop.location.audit().await.unwrap();
    let broken = found.iter().filter(|finding| !finding.is_sound());
    let broken: Vec<_> = broken.map(|finding| (finding.holds, finding.rows.len())).collect();
    assert_eq!(broken, [(FOUND_KEY, SHOWN), (NO_TRAIL, SHOWN)]);
}

fn run<F: Future<Output = ()>>(engine: Engine, story: fn(Engine) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(story(engine));
}

#[test]
fn every_damage_is_found_by_its_check_and_no_other_on_sqlite() {
    run(Engine::Sqlite, every_damage_is_found);
}

#[test]
fn every_damage_is_found_by_its_check_and_no_other_on_postgres() {
    run(Engine::Postgres, every_damage_is_found);
}

#[test]
fn a_fault_is_found_among_more_rows_than_are_shown_on_sqlite() {
    run(Engine::Sqlite, a_fault_is_found_among_more_rows_than_are_shown);
}

#[test]
fn a_fault_is_found_among_more_rows_than_are_shown_on_postgres() {
    run(Engine::Postgres, a_fault_is_found_among_more_rows_than_are_shown);
}

#[test]
fn a_cart_that_waits_to_be_given_back_is_no_damage_on_sqlite() {
    run(Engine::Sqlite, a_cart_that_waits_to_be_given_back_is_no_damage);
}

#[test]
fn a_cart_that_waits_to_be_given_back_is_no_damage_on_postgres() {
    run(Engine::Postgres, a_cart_that_waits_to_be_given_back_is_no_damage);
}
