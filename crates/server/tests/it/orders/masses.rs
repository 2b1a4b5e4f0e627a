//! POST /api/orders/batch with as many orders as there may be: all of them, some at a time, and broken off.

use super::{
    ORDERS,
    batches::{BATCH, numbers, results, send},
};
use crate::{
    app::{Person, Shop, on_both_engines, until},
    logs,
};
use domain::{
    AccountId, Actor, Caller, CorrelationId, ExpectedLine, Most, OrderId, OrderStatus, PlaceOrder,
    ProductId, ProductRef, Quantity, Role,
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

on_both_engines! {
    a_thousand_are_moved_and_each_is_told_once,
    what_is_more_than_a_thousand_is_found_behind_them,
    a_batch_that_was_broken_off_goes_on_and_moves_nothing_twice,
    a_request_that_comes_again_looks_for_no_orders,
    a_shop_that_has_no_time_for_all_of_them_takes_them_in_turn,
}

/// So many orders of one unit; their ids.
async fn orders(shop: &Shop, person: &Person, tin: i64, count: usize) -> Vec<Uuid> {
    let actor = Actor::of(Caller::account(AccountId(person.id)), Role::Customer);
    let line = ExpectedLine {
        product: ProductRef::Id(ProductId(tin)),
        quantity: Quantity::new(1).unwrap(),
        price: None,
    };
    let placed = stream::iter(0..count).map(|_| {
        let place = PlaceOrder {
            id: OrderId(Uuid::now_v7()),
            currency: shop.app.currency,
            most: Most::default(),
            lines: vec![line.clone()],
            total: None,
            details: Default::default(),
            customer: None,
        };
        async {
            let id = place.id.0;
            let correlation = CorrelationId(Uuid::now_v7());
            shop.app.send(actor, correlation, None, place).await.unwrap();
            id
        }
    });
    placed.buffered(100).collect().await
}

/// How many orders stand where, and how often they were moved.
async fn standing(shop: &Shop) -> BTreeMap<String, usize> {
    let (mut standing, mut query) = (BTreeMap::new(), "limit=100&cursor=".to_owned());
    loop {
        let path = format!("{ORDERS}?{query}");
        let page = shop.get(&path).token(&shop.staff).send().await.expect(200);
        for order in page["results"].as_array().unwrap() {
            let status = order["status"].as_str().unwrap();
            *standing.entry(format!("{status}-{}", order["version"])).or_default() += 1;
        }
        let Some(next) = page["next"].as_str() else { return standing };
        query = next.split_once('?').unwrap().1.to_owned();
    }
}

fn stand<const N: usize>(standing: [(&str, usize); N]) -> BTreeMap<String, usize> {
    standing.map(|(status, count)| (status.to_owned(), count)).into()
}

async fn a_thousand_are_moved_and_each_is_told_once(shop: Arc<Shop>) {
    let (tin, ann) = (shop.tin("1.00", 1000).await, shop.customer("ann").await);
    let mut ids = orders(&shop, &ann, tin, 1000).await;
    ids.reverse();
    let body = json!({ "ids": ids, "move": "cancel", "reason": "recalled" });
    let answer = send(&shop, &body, Some("recall")).await;
    assert_eq!(answer.expect(200)["more_after"], Value::Null);
    let told = results(&answer);
    let done = |result: &Value| result["status"] == "done" && result["order_status"] == "cancelled";
    assert!(told.iter().all(done), "{told:?}");
    let told: Vec<_> = told.iter().map(|result| result["id"].as_str().unwrap()).collect();
    let ids: Vec<_> = ids.iter().map(Uuid::to_string).collect();
    assert_eq!(told, ids);
    assert_eq!(standing(&shop).await, stand([("cancelled-2", 1000)]));
    // Again, all of it, and nothing is given back a second time.
    let again = send(&shop, &body, Some("recall")).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(results(&again), results(&answer));
    assert_eq!(standing(&shop).await, stand([("cancelled-2", 1000)]));
    assert_eq!(shop.available(tin).await, 1000);
}

async fn what_is_more_than_a_thousand_is_found_behind_them(shop: Arc<Shop>) {
    let (tin, ann) = (shop.tin("1.00", 2000).await, shop.customer("ann").await);
    orders(&shop, &ann, tin, 1003).await;
    let filter = |filter: Value| json!({ "filter": filter, "move": "start" });
    let all = filter(json!({ "customer": ann.id }));
    let answer = send(&shop, &all, Some("one")).await;
    assert_eq!(numbers(&results(&answer)), (1..=1000).collect::<Vec<_>>());
    assert_eq!(answer.expect(200)["more_after"], 1000);
    let again = send(&shop, &all, Some("one")).await;
    assert_eq!(
        (again.expect(200), again.header("idempotent-replayed")),
        (answer.expect(200), Some("true"))
    );
    let rest = filter(json!({ "customer": ann.id, "number_after": 1000 }));
    send(&shop, &rest, Some("one")).await.problem(422, "idempotency_key_reused");
    let answer = send(&shop, &rest, Some("two")).await;
    assert_eq!(numbers(&results(&answer)), [1001, 1002, 1003]);
    assert_eq!(answer.expect(200)["more_after"], Value::Null);
    assert_eq!(standing(&shop).await, stand([("processing-2", 1003)]));
    // Of those that wait, too.
    let body =
        json!({ "filter": { "status": "processing", "number_after": 1001 }, "move": "complete" });
    assert_eq!(numbers(&results(&send(&shop, &body, None).await)), [1002, 1003]);
}

/// As when the client or the shop goes away between two moves: what was begun is finished, and no more is.
async fn a_batch_that_was_broken_off_goes_on_and_moves_nothing_twice(shop: Arc<Shop>) {
    let (tin, ann) = (shop.tin("1.00", 2000).await, shop.customer("ann").await);
    let ids = orders(&shop, &ann, tin, 1000).await;
    let body = json!({ "filter": { "status": "pending" }, "move": "start" });
    let ask = shop.post(BATCH, &body).token(&shop.staff).key("morning");
    let request = tokio::spawn(ask.try_send());
    let moved = async || {
        let path = format!("{ORDERS}?status=processing&limit=1");
        shop.get(&path).token(&shop.staff).send().await.expect(200)["count"].as_i64().unwrap()
    };
    until("some of them are moved", async || moved().await > 0).await;
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled(), "it was over before it could be broken off");
    let mut before = 0;
    until("what was begun is over", async || {
        let now = moved().await;
        std::mem::replace(&mut before, now) == now
    })
    .await;
    assert!((1..1000).contains(&before), "{before} were moved");
    // Meanwhile one goes on, one is taken back, and others come.
    let order = |at: usize| json!({ "id": ids[at] });
    shop.move_order(&order(0), OrderStatus::Completed).await;
    shop.move_order(&order(999), OrderStatus::Cancelled).await;
    orders(&shop, &ann, tin, 2).await;
    let other = shop.second_node(&[]).await;
    let answer = other.post(BATCH, &body).token(&shop.staff).key("morning").send().await;
    assert_eq!(answer.header("idempotent-replayed"), Some("true"));
    let told = results(&answer);
    assert_eq!(numbers(&told), (1..=1000).collect::<Vec<_>>());
    let end = |at: usize| [&told[at]["status"], &told[at]["order_status"], &told[at]["code"]];
    assert_eq!(end(0), [&json!("done"), &json!("completed"), &Value::Null]);
    assert_eq!(end(999), [&json!("refused"), &json!("cancelled"), &json!("illegal_move")]);
    for at in 1..999 {
        assert_eq!(end(at), [&json!("done"), &json!("processing"), &Value::Null]);
    }
    let expected =
        stand([("completed-3", 1), ("processing-2", 998), ("cancelled-2", 1), ("pending-1", 2)]);
    assert_eq!(standing(&shop).await, expected);
}

async fn a_request_that_comes_again_looks_for_no_orders(shop: Arc<Shop>) {
    let (tin, ann) = (shop.tin("1.00", 99).await, shop.customer("ann").await);
    orders(&shop, &ann, tin, 2).await;
    let body = json!({ "filter": { "customer": ann.id }, "move": "start" });
    let first = send(&shop, &body, Some("morning")).await;
    assert_eq!(numbers(&results(&first)), [1, 2]);
    assert_eq!(logs::choices_of(ann.id), 1);
    orders(&shop, &ann, tin, 1).await;
    let again = send(&shop, &body, Some("morning")).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(200), first.expect(200));
    assert_eq!(standing(&shop).await, stand([("processing-2", 2), ("pending-1", 1)]));
    assert_eq!(logs::choices_of(ann.id), 1, "it is known which they are");
    // Under another key it is another request.
    assert_eq!(numbers(&results(&send(&shop, &body, Some("noon")).await)), [3]);
    assert_eq!(logs::choices_of(ann.id), 2);
}

/// Where one command waits at most, of many that come at once most are refused.
async fn a_shop_that_has_no_time_for_all_of_them_takes_them_in_turn(shop: Arc<Shop>) {
    let (tin, ann) = (shop.tin("1.00", 99).await, shop.customer("ann").await);
    let ids = orders(&shop, &ann, tin, 60).await;
    let narrow = shop.second_node(&[("queue_limit", "1")]).await;
    let body = json!({ "ids": ids, "move": "start" });
    let ask = || narrow.post(BATCH, &body).token(&shop.staff).key("all at once").send();
    let (one, two, three) = tokio::join!(ask(), ask(), ask());
    for answer in [&one, &two, &three] {
        let results = results(answer);
        assert!(results.iter().all(|result| result["status"] == "done"), "{results:?}");
        assert_eq!(answer.expect(200), one.expect(200));
    }
    let body = json!({ "ids": ids, "move": "complete" });
    let results = results(&narrow.post(BATCH, &body).token(&shop.staff).send().await);
    assert!(results.iter().all(|result| result["status"] == "done"), "{results:?}");
    assert_eq!(standing(&shop).await, stand([("completed-3", 60)]));
}
