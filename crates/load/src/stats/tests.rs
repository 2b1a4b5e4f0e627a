//! What is counted of a request, by when it began and ended.

use super::*;

const MS: Duration = Duration::from_millis(1);

#[test]
fn what_begins_in_the_warm_up_is_not_counted_but_its_order_was_acknowledged() {
    let start = Instant::now();
    let from = start + 100 * MS;
    let mut stats = Stats::new(from, start + 1100 * MS).unwrap();
    stats.settle(Kind::Order, start, start + 50 * MS, Outcome::Succeeded);
    stats.settle(Kind::Order, start + 90 * MS, start + 110 * MS, Outcome::Succeeded);
    stats.settle(Kind::Order, from, from + 20 * MS, Outcome::Succeeded);
    stats.settle(Kind::Order, from, from + 30 * MS, Outcome::Refused("out_of_stock"));
    stats.settle(Kind::List, from, from + 40 * MS, Outcome::Failed("closed"));
    let (kinds, total) = stats.figures().unwrap();
    assert_eq!(stats.acknowledged_orders(), 3);
    assert_eq!((total.requests, total.succeeded, total.orders), (3, 1, 1));
    assert_eq!(total.refusals["out_of_stock"], 1);
    assert_eq!(total.transport_errors["closed"], 1);
    // The answer to a request of the warm-up is part of what the server did while measured.
    assert_eq!((total.requests_per_s, total.orders_per_s), (3.0, 2.0));
    assert_eq!(kinds.keys().collect::<Vec<_>>(), [&Kind::List, &Kind::Order]);
    assert!((19.9..20.1).contains(&kinds[&Kind::Order].latency.p50_ms));
    let rows = stats.take_rows();
    assert_eq!((rows.len(), rows[0].requests, rows[0].orders), (1, 4, 2));
    assert_eq!((rows[0].refusals, rows[0].errors), (1, 1));
}

#[test]
fn each_second_has_its_own_times() {
    let start = Instant::now();
    let mut stats = Stats::new(start, start + 3000 * MS).unwrap();
    let mut seconds = Vec::new();
    for (quick, slow) in [(10, 90), (20, 40)] {
        for ms in [quick, quick, slow] {
            stats.settle(Kind::List, start, start + ms * MS, Outcome::Succeeded);
        }
        stats.settle(Kind::List, start, start + 500 * MS, Outcome::Failed("closed"));
        let row = stats.close_second();
        assert_eq!((row.requests, row.errors), (4, 1));
        seconds.push([row.second as f64, row.p50_ms, row.p99_ms].map(f64::round));
    }
    assert_eq!(seconds, [[1.0, 10.0, 90.0], [2.0, 20.0, 40.0]]);
    assert_eq!(stats.take_rows().len(), 2, "nothing came after the last of them");
}

#[test]
fn answers_after_the_deadline_have_a_latency_but_no_share_in_the_rate() {
    let start = Instant::now();
    let mut stats = Stats::new(start, start + 1000 * MS).unwrap();
    stats.settle(Kind::List, start + 900 * MS, start + 3000 * MS, Outcome::Succeeded);
    let (_, total) = stats.figures().unwrap();
    assert_eq!((total.requests, total.requests_per_s), (1, 0.0));
    assert!(total.latency.max_ms >= 2100.0);
}

#[test]
fn answers_of_the_warm_up_are_in_no_second() {
    let start = Instant::now();
    let mut stats = Stats::new(start + 100 * MS, start + 1100 * MS).unwrap();
    stats.settle(Kind::List, start, start + 99 * MS, Outcome::Succeeded);
    stats.settle(Kind::List, start + 97 * MS, start + 100 * MS, Outcome::Succeeded);
    let row = stats.close_second();
    assert_eq!((row.requests, row.p50_ms.round(), row.p99_ms.round()), (1, 3.0, 3.0));
}

#[test]
fn what_came_of_each_kind_adds_up() {
    let start = Instant::now();
    let mut stats = Stats::new(start, start + 2000 * MS).unwrap();
    let outcomes = [
        (Kind::Order, Outcome::Succeeded),
        (Kind::Order, Outcome::Refused("queue_full")),
        (Kind::Order, Outcome::Refused("queue_full")),
        (Kind::List, Outcome::Refused("queue_full")),
        (Kind::List, Outcome::Succeeded),
        (Kind::Detail, Outcome::Failed("closed")),
        (Kind::Detail, Outcome::Failed("closed")),
        (Kind::List, Outcome::Failed("closed")),
    ];
    // The last moment that counts.
    let ended = start + 2000 * MS;
    for (kind, outcome) in outcomes {
        stats.settle(kind, start + 1000 * MS, ended, outcome);
    }
    let (kinds, total) = stats.figures().unwrap();
    let counts = |figures: &Figures| {
        let refused = figures.refusals.get("queue_full").copied().unwrap_or(0);
        let closed = figures.transport_errors.get("closed").copied().unwrap_or(0);
        [figures.requests, figures.succeeded, figures.orders, refused, closed]
    };
    assert_eq!(counts(&kinds[&Kind::Order]), [3, 1, 1, 2, 0]);
    assert_eq!(counts(&kinds[&Kind::List]), [3, 1, 0, 1, 1]);
    assert_eq!(counts(&kinds[&Kind::Detail]), [2, 0, 0, 0, 2]);
    assert_eq!(counts(&total), [8, 2, 1, 3, 3]);
    let rates = |figures: &Figures| (figures.requests_per_s, figures.orders_per_s);
    assert_eq!(rates(&kinds[&Kind::Order]), (1.5, 0.5));
    assert_eq!(rates(&kinds[&Kind::List]), (1.0, 0.0));
    assert_eq!(rates(&kinds[&Kind::Detail]), (0.0, 0.0));
    assert_eq!(rates(&total), (2.5, 0.5));
    assert_eq!(total.latency.p50_ms.round(), 1000.0);
    assert_eq!(kinds[&Kind::Detail].latency, Latency::default(), "nobody answered");
}

#[test]
fn a_cart_that_is_checked_out_is_an_order_as_well() {
    let start = Instant::now();
    let mut stats = Stats::new(start, start + 1000 * MS).unwrap();
    for kind in [Kind::Clear, Kind::Add, Kind::Add, Kind::Checkout, Kind::Order] {
        stats.settle(kind, start, start + MS, Outcome::Succeeded);
    }
    stats.settle(Kind::Checkout, start, start + MS, Outcome::Refused("cart_empty"));
    let (kinds, total) = stats.figures().unwrap();
    assert_eq!((kinds[&Kind::Checkout].orders, kinds[&Kind::Checkout].orders_per_s), (1, 1.0));
    assert_eq!((kinds[&Kind::Add].orders, kinds[&Kind::Add].requests_per_s), (0, 2.0));
    assert_eq!((total.orders, total.orders_per_s), (2, 2.0));
    assert_eq!((stats.acknowledged_orders(), stats.take_rows()[0].orders), (2, 2));
}

#[test]
fn a_run_that_is_stopped_has_measured_until_then() {
    let start = Instant::now();
    let mut stats = Stats::new(start, start + 2000 * MS).unwrap();
    assert_eq!(stats.measured(), 2000 * MS);
    stats.stop(start + 500 * MS);
    stats.stop(start + 700 * MS);
    assert_eq!(stats.measured(), 500 * MS);
    stats.settle(Kind::List, start, start + 500 * MS, Outcome::Succeeded);
    stats.settle(Kind::List, start, start + 501 * MS, Outcome::Succeeded);
    assert_eq!(stats.figures().unwrap().1.requests_per_s, 2.0);
}

#[test]
fn nothing_is_a_rate_of_no_time_and_no_latency_is_too_long() {
    let start = Instant::now();
    let mut stats = Stats::new(start, start).unwrap();
    stats.settle(Kind::List, start, start, Outcome::Succeeded);
    stats.settle(Kind::List, start, start + 3_600_000 * MS, Outcome::Succeeded);
    let (_, total) = stats.figures().unwrap();
    assert_eq!((total.requests, total.requests_per_s), (2, 0.0));
    assert!((600_000.0..601_000.0).contains(&total.latency.max_ms), "{:?}", total.latency);
}
