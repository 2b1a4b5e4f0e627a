//! POST /api/orders/orders/{id}/start, complete, fail, retry: the moves of the table, by hand.

use super::{ORDERS, path, place};
use crate::{
    app::{Shop, on_both_engines},
    client::{Answer, Ask},
};
use domain::OrderStatus;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinSet;

on_both_engines! {
    the_staff_bring_an_order_along_the_table,
    a_move_is_allowed_where_the_table_has_it_and_nowhere_else,
    a_failure_has_a_reason,
    a_retried_order_takes_its_stock_again_or_stays_failed,
    a_move_under_a_key_is_made_once,
    of_many_who_start_an_order_one_does,
    an_order_is_named_by_its_number_too,
}

const MOVES: [(&str, OrderStatus); 4] = [
    ("start", OrderStatus::Processing),
    ("complete", OrderStatus::Completed),
    ("fail", OrderStatus::Failed),
    ("retry", OrderStatus::Pending),
];

fn ask(shop: &Shop, order: &Value, verb: &str) -> Ask {
    let ask = shop.ask("POST", &format!("{}/{verb}", path(order))).token(&shop.staff);
    match verb {
        "fail" => ask.json(&json!({ "reason": "no carrier" })),
        _ => ask,
    }
}

async fn go(shop: &Shop, order: &Value, verb: &str) -> Answer {
    ask(shop, order, verb).send().await
}

async fn the_staff_bring_an_order_along_the_table(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let order = shop.place(&ann, tin, 2).await.expect(201);
    let mut version = 1;
    for (verb, status, available) in [
        ("start", "processing", 7),
        ("fail", "failed", 9),
        ("retry", "pending", 7),
        ("start", "processing", 7),
        ("complete", "completed", 7),
    ] {
        version += 1;
        let answer = go(&shop, &order, verb).await;
        let moved = answer.expect(200);
        assert_eq!([&moved["status"], &moved["version"]], [&json!(status), &json!(version)]);
        let tag = answer.header("etag").unwrap();
        assert!(tag.starts_with(&format!("\"{version}-")), "{tag}");
        let shown = shop.get(&path(&order)).token(&ann.token).send().await.expect(200);
        assert_eq!(shown, moved);
        assert_eq!(shop.available(tin).await, available, "{verb}");
    }
    // Whose it is may not.
    for (verb, _) in MOVES {
        let body = json!({ "reason": "mine" });
        let by_owner = shop.post(&format!("{}/{verb}", path(&order)), &body).token(&ann.token);
        by_owner.send().await.problem(403, "forbidden");
        let none = format!("{ORDERS}/01890000-0000-7000-8000-000000000000/{verb}");
        shop.post(&none, &body).token(&shop.staff).send().await.problem(404, "not_found");
    }
}

async fn a_move_is_allowed_where_the_table_has_it_and_nowhere_else(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 99).await;
    let ann = shop.customer("ann").await;
    for (before, allowed) in [
        (&[][..], &["start"][..]),
        (&["start"], &["complete", "fail"]),
        (&["start", "complete"], &[]),
        (&["start", "fail"], &["retry"]),
        (&["start", "fail", "retry"], &["start"]),
        (&["cancel"], &[]),
    ] {
        for (verb, to) in MOVES {
            let order = shop.place(&ann, tin, 1).await.expect(201);
            let mut stands = order.clone();
            for earlier in before {
                stands = go(&shop, &order, earlier).await.expect(200);
            }
            let answer = go(&shop, &order, verb).await;
            match allowed.contains(&verb) {
                true => assert_eq!(answer.expect(200)["status"], to.name(), "{before:?} {verb}"),
                false => {
                    let problem = answer.problem(409, "illegal_move");
                    assert_eq!(problem["order_status"], stands["status"], "{before:?} {verb}");
                    let shown = shop.get(&path(&order)).token(&ann.token).send().await;
                    assert_eq!(shown.expect(200), stands);
                }
            }
        }
    }
}

async fn a_failure_has_a_reason(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let order = shop.place(&ann, tin, 1).await.expect(201);
    go(&shop, &order, "start").await.expect(200);
    let fail = format!("{}/fail", path(&order));
    for body in [
        json!({}),
        json!({ "reason": null }),
        json!({ "reason": " " }),
        json!({ "reason": "x".repeat(501) }),
        json!({ "reason": 7 }),
    ] {
        let answer = shop.post(&fail, &body).token(&shop.staff).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), ["reason"], "{body}");
    }
    let nothing = shop.ask("POST", &fail).token(&shop.staff).send().await;
    nothing.problem(415, "unsupported_media_type");
    let failed = shop.post(&fail, &json!({ "reason": "no carrier" })).token(&shop.staff);
    assert_eq!(failed.send().await.expect(200)["failure_reason"], "no carrier");
    // The others need none, and keep none on the order.
    let remark = json!({ "reason": "once more" });
    let retry = shop.post(&format!("{}/retry", path(&order)), &remark).token(&shop.staff);
    assert_eq!(retry.send().await.expect(200)["failure_reason"], Value::Null);
    let colour = json!({ "colour": "red" });
    let start = shop.post(&format!("{}/start", path(&order)), &colour).token(&shop.staff);
    assert_eq!(start.send().await.bad_fields(422, "invalid"), ["colour"]);
}

async fn a_retried_order_takes_its_stock_again_or_stays_failed(shop: Arc<Shop>) {
    let (tin, cup) = (shop.tin("1.00", 3).await, shop.tin("1.00", 3).await);
    let ann = shop.customer("ann").await;
    let body = json!({"order_items": [
        {"product": tin, "quantity": 2}, {"product": cup, "quantity": 3},
    ]});
    let order = place(&shop, &ann, &body).await.expect(201);
    go(&shop, &order, "start").await.expect(200);
    let failed = go(&shop, &order, "fail").await.expect(200);
    let other = shop.place(&ann, cup, 1).await.expect(201);
    let problem = go(&shop, &order, "retry").await.problem(409, "out_of_stock");
    assert_eq!(problem["lines"], json!([{"product": cup, "requested": 3, "available": 2}]));
    assert_eq!((shop.available(tin).await, shop.available(cup).await), (3, 2));
    assert_eq!(shop.get(&path(&order)).token(&ann.token).send().await.expect(200), failed);
    go(&shop, &other, "cancel").await.expect(200);
    assert_eq!(go(&shop, &order, "retry").await.expect(200)["status"], "pending");
    assert_eq!((shop.available(tin).await, shop.available(cup).await), (1, 0));
}

async fn a_move_under_a_key_is_made_once(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let orders =
        [shop.place(&ann, tin, 1).await.expect(201), shop.place(&ann, tin, 1).await.expect(201)];
    let start = async |order: &Value| ask(&shop, order, "start").key("go").send().await;
    let first = start(&orders[0]).await;
    assert_eq!(first.header("idempotent-replayed"), None);
    go(&shop, &orders[0], "complete").await.expect(200);
    let again = start(&orders[0]).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(200)["status"], "completed", "as it is now");
    start(&orders[1]).await.problem(422, "idempotency_key_reused");
    let by_number = format!("{ORDERS}/{}/start", orders[0]["number"]);
    let same = shop.ask("POST", &by_number).token(&shop.staff).key("go").send().await;
    assert_eq!(same.header("idempotent-replayed"), Some("true"), "it is the same request");
    go(&shop, &orders[0], "start").await.problem(409, "illegal_move");
}

async fn of_many_who_start_an_order_one_does(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let order = shop.place(&ann, tin, 4).await.expect(201);
    let other = shop.second_node(&[]).await;
    let mut starts = JoinSet::new();
    for number in 0..20 {
        starts.spawn(ask([&shop, &other][number % 2], &order, "start").send());
    }
    let answers = starts.join_all().await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status == 200);
    assert_eq!(done.len(), 1);
    for answer in refused {
        assert_eq!(answer.problem(409, "illegal_move")["order_status"], "processing");
    }
}

async fn an_order_is_named_by_its_number_too(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    shop.place(&ben, tin, 1).await.expect(201);
    let order = shop.place(&ann, tin, 1).await.expect(201);
    assert_eq!(order["number"], 2);
    let by_number = format!("{ORDERS}/2");
    for token in [&ann.token, &shop.staff] {
        assert_eq!(shop.get(&by_number).token(token).send().await.expect(200), order);
    }
    shop.get(&by_number).token(&ben.token).send().await.problem(404, "not_found");
    let cancel = format!("{by_number}/cancel");
    shop.ask("POST", &cancel).token(&ben.token).send().await.problem(404, "not_found");
    for none in ["0", "3", "-2", "2.0", "999999999999999999", "9999999999999999999", "%32%32"] {
        let answer = shop.get(&format!("{ORDERS}/{none}")).token(&shop.staff).send().await;
        answer.problem(404, "not_found");
    }
    shop.ask("POST", &cancel).token(&ann.token).send().await.expect(200);
    let shown = shop.get(&by_number).token(&ann.token).send().await.expect(200);
    assert_eq!([&shown["status"], &shown["id"]], [&json!("cancelled"), &order["id"]]);
}
