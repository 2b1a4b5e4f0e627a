//! GET /api/orders/metrics: figures of orders that a consumer of the events keeps, each event once.

use super::path;
use crate::{
    app::{Shop, on_both_engines, until},
    database::assert_sound,
};
use domain::{OrderStatus, Role};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::KeptFigures;
use tokio::task::JoinSet;

on_both_engines! {
    a_new_shop_has_no_figures_of_orders,
    figures_follow_what_becomes_of_orders,
    what_nodes_count_that_die_is_counted_once,
    figures_are_counted_anew_where_nobody_knows_them,
    orders_that_are_counted_in_pieces_are_all_counted,
    figures_are_told_of_two_days_by_hours_and_of_ninety_by_days,
    before_the_first_count_nothing_is_told,
}

const METRICS: &str = "/api/orders/metrics";

/// Of now: for some time after it was asked for, a node tells the same.
async fn metrics(shop: &Shop) -> Value {
    tokio::time::sleep(Duration::from_millis(210)).await;
    shop.get(METRICS).token(&shop.staff).send().await.expect(200)
}

async fn kept(shop: &Shop) -> KeptFigures {
    shop.app.readers.late().figures(0, 0).await.unwrap()
}

/// Waits until all that has happened is counted.
async fn until_counted(shop: &Shop) {
    until("the figures", async || {
        let last = shop.app.readers.exact().feed().await.unwrap().position;
        kept(shop).await.position == last
    })
    .await;
}

async fn placed(shop: &Shop, count: usize) -> Vec<Value> {
    let (tin, ann) = (shop.tin("2.50", 500).await, shop.somebody(Role::Customer).await);
    let mut orders = Vec::new();
    for _ in 0..count {
        orders.push(shop.place(&ann, tin, 2).await.expect(201));
    }
    orders
}

fn counts(metrics: &Value) -> [i64; 5] {
    let statuses = OrderStatus::ALL.map(OrderStatus::name);
    statuses.map(|name| metrics["status_counts"][name].as_i64().unwrap())
}

/// So many orders, and what they come to in hundredths, of all hours or days.
fn sum(periods: &Value) -> (i64, i64) {
    let periods = periods.as_array().unwrap().iter();
    periods.fold((0, 0), |(orders, revenue), period| {
        let minor = period["revenue"].as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
        (orders + period["orders"].as_i64().unwrap(), revenue + minor)
    })
}

async fn a_new_shop_has_no_figures_of_orders(shop: Arc<Shop>) {
    until_counted(&shop).await;
    let told = metrics(&shop).await;
    assert_eq!((counts(&told), &told["total_orders_processed"]), ([0; 5], &json!(0)));
    for name in ["average", "p50", "p95", "p99"] {
        assert_eq!(told[format!("{name}_processing_time_seconds")], json!(null), "{told}");
    }
    assert_eq!((&told["hours"], &told["days"]), (&json!([]), &json!([])));
    assert_eq!(told["currency"], "EUR");
}

async fn figures_follow_what_becomes_of_orders(shop: Arc<Shop>) {
    use OrderStatus::*;
    let orders = placed(&shop, 7).await;
    let pause = Duration::from_millis(40);
    for (order, moves) in orders.iter().zip([
        &[][..],
        &[Processing],
        &[Processing, Completed],
        &[Cancelled],
        &[Processing, Failed],
        &[Processing, Failed, Pending],
        &[Processing, Failed, Pending, Processing, Completed],
    ]) {
        for to in moves {
            if matches!(to, Completed | Failed) {
                // As long as an order is worked on at least.
                tokio::time::sleep(pause).await;
            }
            shop.move_order(order, *to).await;
        }
    }
    until_counted(&shop).await;
    let told = metrics(&shop).await;
    assert_eq!(counts(&told), [2, 1, 2, 1, 1]);
    assert_eq!(told["total_orders_processed"], 3);
    for name in ["average", "p50", "p95", "p99"] {
        let seconds = told[format!("{name}_processing_time_seconds")].as_f64().unwrap();
        assert!((0.039..20.0).contains(&seconds), "{name}: {told}");
    }
    // Cancelled and failed orders sell nothing, and were placed all the same.
    let all = (7, 5 * 500);
    assert_eq!((sum(&told["hours"]), sum(&told["days"])), (all, all));
    assert!(told["hours"][0]["at"].as_str().unwrap().ends_with(":00:00Z"), "{told}");
    assert!(told["days"][0]["at"].as_str().unwrap().ends_with("T00:00:00Z"), "{told}");
    let bad = shop.get("/api/orders/metrics?days=7").token(&shop.staff).send().await;
    assert_eq!(bad.bad_fields(422, "invalid"), ["days"]);
}

async fn step(shop: &Shop, order: &Value, verb: &str) {
    let ask = shop.ask("POST", &format!("{}/{verb}", path(order))).token(&shop.staff);
    let ask = if verb == "fail" { ask.json(&json!({ "reason": "no carrier" })) } else { ask };
    ask.send().await.expect(200);
}

/// The dead keep theirs for a while, and nobody has as much time here.
async fn leave_leases(shop: &Shop) {
    shop.sql("update consumers set leased_until = 0 where name = 'figures'").await;
}

/// One node counts after the other; each is killed somewhere, while orders come and move.
async fn what_nodes_count_that_die_is_counted_once(shop: Arc<Shop>) {
    let tin = shop.tin("2.50", 5_000).await;
    let mut buyers = JoinSet::new();
    for _ in 0..4 {
        let (shop, ann) = (shop.clone(), shop.somebody(Role::Customer).await);
        buyers.spawn(async move {
            for number in 0..15 {
                let order = shop.place(&ann, tin, 1).await.expect(201);
                step(&shop, &order, "start").await;
                if number % 2 == 0 {
                    step(&shop, &order, "fail").await;
                }
            }
        });
    }
    shop.kill_workers();
    let mut ended = 0;
    while ended < 4 {
        let node = shop.second_node(&[]).await;
        leave_leases(&shop).await;
        let before = kept(&shop).await.position;
        until("some events", async || {
            let last = shop.app.readers.exact().feed().await.unwrap().position;
            let position = kept(&shop).await.position;
            position > before || position == last
        })
        .await;
        node.kill_workers();
        assert_sound(&shop.url).await;
        while let Some(buyer) = buyers.try_join_next() {
            buyer.unwrap();
            ended += 1;
        }
    }
    let _node = shop.second_node(&[]).await;
    leave_leases(&shop).await;
    until_counted(&shop).await;
    let told = metrics(&shop).await;
    assert_eq!(counts(&told), [0, 4 * 7, 0, 0, 4 * 8]);
    assert_eq!(sum(&told["days"]), (60, 4 * 7 * 250));
}

async fn figures_are_counted_anew_where_nobody_knows_them(shop: Arc<Shop>) {
    let orders = placed(&shop, 6).await;
    shop.move_order(&orders[0], OrderStatus::Processing).await;
    shop.move_order(&orders[0], OrderStatus::Completed).await;
    shop.move_order(&orders[1], OrderStatus::Cancelled).await;
    until_counted(&shop).await;
    let followed = metrics(&shop).await;
    shop.stop_workers().await;
    // Nobody was seen for long, and what is kept is not known to be so.
    shop.sql(
        "delete from consumers where name = 'figures';
         update figures set value = value + 3; insert into figures values (5, 77, 5), (2, 1, 9)",
    )
    .await;
    let _node = shop.second_node(&[]).await;
    until("the first count", async || !kept(&shop).await.is_unknown).await;
    until_counted(&shop).await;
    assert_sound(&shop.url).await;
    let counted = metrics(&shop).await;
    for name in followed.as_object().unwrap().keys() {
        if !["as_of", "position"].contains(&name.as_str()) {
            assert_eq!(counted[name], followed[name], "{name}");
        }
    }
    shop.move_order(&orders[2], OrderStatus::Cancelled).await;
    until_counted(&shop).await;
    assert_eq!(counts(&metrics(&shop).await), [3, 0, 1, 2, 0]);
}

async fn orders_that_are_counted_in_pieces_are_all_counted(shop: Arc<Shop>) {
    placed(&shop, 3).await;
    until_counted(&shop).await;
    shop.stop_workers().await;
    // As if there were one more than are counted at once.
    let renumber = async |from: i64, to: i64| {
        shop.sql_of_orders(&format!(
            "update orders set number = {to} where number = {from};
             update counters set last = {to} where name = 'orders'"
        ))
        .await;
    };
    renumber(3, 20_001).await;
    let _node = shop.second_node(&[]).await;
    until("the first count", async || !kept(&shop).await.is_unknown).await;
    assert_eq!(counts(&metrics(&shop).await), [3, 0, 0, 0, 0]);
    renumber(20_001, 3).await;
}

async fn figures_are_told_of_two_days_by_hours_and_of_ninety_by_days(shop: Arc<Shop>) {
    until_counted(&shop).await;
    shop.stop_workers().await;
    let hour = crate::app::unix_now() / 3_600;
    let first_day = (hour / 24 - 89) * 24;
    // The first hours that are told, and the last that are not.
    let hours = [hour - 47, hour - 48, first_day, first_day - 1];
    let rows = hours.map(|hour| format!("(2, {hour}, 1)")).join(", ");
    shop.sql(&format!("insert into figures values {rows}")).await;
    let told = metrics(&shop).await;
    let at = |hour: i64| jiff::Timestamp::from_second(hour * 3_600).unwrap().to_string();
    let begin = |periods: &Value| periods[0]["at"].as_str().unwrap().to_owned();
    assert_eq!((begin(&told["hours"]), sum(&told["hours"]).0), (at(hour - 47), 1), "{told}");
    assert_eq!((begin(&told["days"]), sum(&told["days"]).0), (at(first_day), 3), "{told}");
    shop.sql("delete from figures where kind = 2").await;
}

async fn before_the_first_count_nothing_is_told(shop: Arc<Shop>) {
    placed(&shop, 1).await;
    until_counted(&shop).await;
    shop.stop_workers().await;
    shop.sql("delete from consumers where name = 'figures'").await;
    let answer = shop.get(METRICS).token(&shop.staff).send().await;
    assert!(answer.header("retry-after").is_some());
    answer.problem(503, "unavailable");
}
