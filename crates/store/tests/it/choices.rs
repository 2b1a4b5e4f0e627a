//! Orders that are looked for to be moved: the same ones wherever a piece ends, and no further than one may look.

use crate::shop::*;
use domain::{orders::Reference, *};
use std::time::Duration;
use store::{Direction, Location, Movable, OrderFilter, Page, Reach};
use testbed::Durability;

on_both_engines!(
    what_may_be_moved_is_found_wherever_a_piece_ends,
    a_choice_looks_no_further_than_it_may,
    those_that_wait_are_found_behind_any_number_of_others,
);

fn staff() -> Actor {
    Actor { role: Role::Staff, ..customer(9) }
}

/// Orders by their numbers: each fourth is one of another owner, completed, failed, and pending.
async fn ordered(shop: &Shop, count: usize) {
    for number in 1..=count {
        let owner = if number % 4 == 0 { customer(2) } else { customer(1) };
        let mut command = place(owner, None, &[(1, 1)]);
        let reference = Reference::new(if number % 3 == 0 { "PO-3" } else { "PO-1" });
        placing(&mut command).details.reference = reference.ok();
        let order = placed(shop.send(command).await).id;
        let moves: &[OrderStatus] = match number % 4 {
            1 => &[OrderStatus::Processing, OrderStatus::Completed],
            2 => &[OrderStatus::Processing, OrderStatus::Failed],
            _ => &[],
        };
        for to in moves {
            shop.send(move_order(staff(), order, *to)).await.unwrap();
        }
    }
}

/// What is found from a number on, by their numbers, and where it goes on.
async fn found(
    shop: &Shop,
    filter: &OrderFilter,
    to: OrderStatus,
    (after, most): (i64, usize),
    reach: Reach,
) -> (Vec<i64>, Option<i64>) {
    let (exact, movable) = (shop.readers.exact(), Movable { filter, to, after });
    let chosen = exact.movable(movable, most, reach).await.unwrap();
    let standing = exact.standing(&chosen.orders).await.unwrap();
    (chosen.orders.iter().map(|id| standing[id].0).collect(), chosen.more_after)
}

async fn what_may_be_moved_is_found_wherever_a_piece_ends(shop: Shop) {
    ordered(&shop, 13).await;
    let (all, reference) = (OrderFilter::default(), |text| Reference::new(text).ok());
    let owner = Some(customer(2).caller);
    for (filter, to, expected) in [
        (all.clone(), OrderStatus::Cancelled, &[3, 4, 7, 8, 11, 12][..]),
        (all.clone(), OrderStatus::Processing, &[3, 4, 7, 8, 11, 12]),
        (all.clone(), OrderStatus::Pending, &[2, 6, 10]),
        (all.clone(), OrderStatus::Completed, &[]),
        (OrderFilter { owner, ..all.clone() }, OrderStatus::Cancelled, &[4, 8, 12]),
        (OrderFilter { owner, ..all.clone() }, OrderStatus::Pending, &[]),
        (OrderFilter { reference: reference("PO-3"), ..all.clone() }, OrderStatus::Pending, &[6]),
        (
            OrderFilter { reference: reference("PO-3"), ..all.clone() },
            OrderStatus::Cancelled,
            &[3, 12],
        ),
        (
            OrderFilter { status: Some(OrderStatus::Completed), ..all.clone() },
            OrderStatus::Cancelled,
            &[],
        ),
        (
            OrderFilter { status: Some(OrderStatus::Pending), owner, ..all },
            OrderStatus::Cancelled,
            &[4, 8, 12],
        ),
    ] {
        for (most, piece, orders) in
            [(9, 500, 10_000), (1, 500, 10_000), (2, 1, 10_000), (3, 5, 4), (9, 13, 13), (1, 2, 1)]
        {
            let reach = Reach { orders, piece, ..Reach::CHOICE };
            let (mut numbers, mut after, mut times) = (Vec::new(), 0, 0);
            loop {
                let (found, more_after) = found(&shop, &filter, to, (after, most), reach).await;
                assert!(found.len() <= most);
                numbers.extend(found);
                times += 1;
                let Some(more_after) = more_after else { break };
                after = more_after;
            }
            assert_eq!(numbers, expected, "{filter:?}: {most} of pieces of {piece}, {orders}");
            assert!(times <= 14, "{times}");
        }
    }
}

async fn a_choice_looks_no_further_than_it_may(shop: Shop) {
    ordered(&shop, 12).await;
    let reach = Reach { orders: 4, piece: 2, ..Reach::CHOICE };
    let (all, to) = (OrderFilter::default(), OrderStatus::Pending);
    assert_eq!(found(&shop, &all, to, (0, 9), reach).await, (vec![2], Some(4)));
    assert_eq!(found(&shop, &all, to, (6, 9), reach).await, (vec![10], Some(10)));
    assert_eq!(found(&shop, &all, to, (10, 9), reach).await, (vec![], None));
    // Of one owner it looks at as many of his.
    let of_one = OrderFilter { owner: Some(customer(2).caller), ..all.clone() };
    let cancelled = OrderStatus::Cancelled;
    assert_eq!(found(&shop, &of_one, cancelled, (0, 9), reach).await, (vec![4, 8, 12], None));
    // When its time is over it has looked at one piece.
    let hasty = Reach { time: Duration::ZERO, piece: 5, ..Reach::CHOICE };
    assert_eq!(found(&shop, &all, to, (0, 9), hasty).await, (vec![2], Some(5)));
    // What cannot be moved so is looked for nowhere.
    let completed = OrderFilter { status: Some(OrderStatus::Completed), ..all };
    assert_eq!(found(&shop, &completed, cancelled, (0, 9), reach).await, (vec![], None));
}

async fn those_that_wait_are_found_behind_any_number_of_others(shop: Shop) {
    ordered(&shop, 12).await;
    let reach = Reach { orders: 1, piece: 6, ..Reach::CHOICE };
    let all = OrderFilter::default();
    let start = OrderStatus::Processing;
    // Six wait: as many as are gathered. By number, though the last one waits for longest.
    shop.sql("update orders set pending_since = 1000 - number where status = 1").await.unwrap();
    let expected = vec![3, 4, 7, 8, 11, 12];
    assert_eq!(found(&shop, &all, start, (0, 9), reach).await, (expected, None));
    assert_eq!(found(&shop, &all, start, (4, 2), reach).await, (vec![7, 8], Some(8)));
    // Of more than that the oldest are looked for by their numbers.
    let reach = Reach { piece: 5, ..reach };
    assert_eq!(found(&shop, &all, start, (0, 9), reach).await, (vec![3, 4], Some(5)));
    let by_reference = OrderFilter { reference: Reference::new("PO-3").ok(), ..all };
    assert_eq!(found(&shop, &by_reference, start, (0, 9), reach).await, (vec![3, 12], None));
}

/// How many rows each step of the plans has met, or has passed over. Of an index that is read for a bitmap no
/// rows are met: a million of its entries take as long as some thousands of rows.
fn rows_met(log: &str) -> Vec<(f64, &str)> {
    let number = |text: &str, behind: &str| -> Option<f64> {
        let text = text.split_once(behind)?.1;
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        text[..end].parse().ok()
    };
    let met = |line: &str| {
        let actual = line.split_once("(actual ").and_then(|(_, told)| number(told, "rows="));
        actual.or_else(|| number(line, "Rows Removed by Filter: "))
    };
    let lines = log.lines().filter(|line| !line.contains("Bitmap Index Scan"));
    lines.filter_map(|line| Some((met(line)?, line))).collect()
}

/// Orders of one owner that are over, all of one reference but for two.
const OVER: &str = "
    insert into orders.orders (id, number, owner_kind, owner_id, status, version, currency, total_minor,
        note, created_at, updated_at, reference)
    select gen_random_uuid(), n, 1, '00000000-0000-0000-0000-000000000001', 3, 3, 'EUR', 100, '', n, n,
        case when n % 20000 = 0 then 'RARE' else 'USUAL' end
    from generate_series(1, 40000) n";

/// And behind them such as wait, of another.
fn waiting(numbers: &str) -> String {
    format!(
        "insert into orders.orders (id, number, owner_kind, owner_id, status, version, currency, total_minor,
            note, created_at, updated_at, pending_since)
        select gen_random_uuid(), n, 1, '00000000-0000-0000-0000-000000000002', 1, 1, 'EUR', 100, '', n, n, n
        from generate_series({numbers}) n"
    )
}

#[test]
fn no_statement_of_a_choice_looks_at_more_rows_than_a_piece_has() {
    let explain = [
        ("session_preload_libraries", "auto_explain"),
        ("auto_explain.log_min_duration", "0"),
        ("auto_explain.log_analyze", "on"),
        ("autovacuum", "off"),
    ];
    let Some(server) = own_postgres(Durability::Off, &explain) else { return };
    let location: Location = server.url("postgres").parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        location.migrate().await.unwrap();
        run_sql(&location, OVER).await.unwrap();
        for (numbers, count) in [("40001, 40004", 4), ("40005, 45000", 5000)] {
            run_sql(&location, &waiting(numbers)).await.unwrap();
            // By a planner that knows nothing of them, and by one that has heard.
            for known in ["select 1", "analyze orders.orders"] {
                run_sql(&location, known).await.unwrap();
                let before = server.log().len();
                look_for(&location, count).await;
                let log = server.log()[before..].to_owned();
                let met = rows_met(&log);
                assert!(met.len() > 50, "{log}");
                for (rows, line) in met {
                    assert!(rows <= 1001.0, "{count} wait, {known}: {line} in:\n{log}");
                }
                if count > 4 {
                    continue;
                }
                let before = server.log().len();
                list_of_owners(&location).await;
                let log = &server.log()[before..];
                let met = rows_met(log);
                assert!(met.len() > 20, "{log}");
                for (rows, line) in met {
                    assert!(rows <= 10.0 && !line.contains("orders_number"), "{line} in:\n{log}");
                }
            }
        }
    });
}

/// What a customer sees of his own, who has a few of many: by the index of owners, and no order of another is met.
async fn list_of_owners(location: &Location) {
    let late = location.readers(1, Duration::from_secs(30)).unwrap().late().clone();
    for owner in [2, 3] {
        let owner = Some(customer(owner).caller);
        let filter = OrderFilter { owner, ..OrderFilter::default() };
        for direction in [Direction::Rising, Direction::Falling] {
            for after in [None, Some(20_000)] {
                let page = Page { limit: 10, offset: 0, after, direction };
                late.orders(&filter, page).await.unwrap();
            }
        }
        late.count_orders(&filter, 500).await.unwrap();
    }
}

/// Nine of them at most, in pieces of a thousand.
async fn look_for(location: &Location, waiting: usize) {
    let readers = location.readers(1, Duration::from_secs(30)).unwrap();
    let reach = Reach { orders: 3000, time: Duration::from_secs(60), piece: 1000 };
    let all = || OrderFilter::default();
    let of = |number| OrderFilter { owner: Some(customer(number).caller), ..all() };
    let called = |text| OrderFilter { reference: Reference::new(text).ok(), ..all() };
    let recent = OrderFilter { placed_after: Some(Micros(39_000)), ..all() };
    let (cancel, start) = (OrderStatus::Cancelled, OrderStatus::Processing);
    let few = waiting < 9;
    let those = if few { (4, None) } else { (9, Some(40_009)) };
    let none_yet = (0, Some(3000));
    for (filter, to, after, expected) in [
        (all(), cancel, 0, none_yet),
        (all(), cancel, 38_500, those),
        (all(), start, 0, if few { those } else { none_yet }),
        (recent, cancel, 0, none_yet),
        (of(1), cancel, 0, none_yet),
        (of(2), cancel, 0, those),
        (called("USUAL"), cancel, 0, none_yet),
        (called("RARE"), cancel, 0, (0, None)),
        (called("NONE"), cancel, 0, (0, None)),
    ] {
        let movable = Movable { filter: &filter, to, after };
        let chosen = readers.exact().movable(movable, 9, reach).await.unwrap();
        assert_eq!((chosen.orders.len(), chosen.more_after), expected, "{filter:?} to {to:?}");
    }
}
