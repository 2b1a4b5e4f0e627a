//! GET /api/orders/orders/{id}/timeline: what happened to an order, and what its owner hears of who it was.

use super::{ORDERS, path};
use crate::app::{Person, Shop, on_both_engines};
use domain::{OrderStatus, Role};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

on_both_engines! {
    a_timeline_tells_every_move_and_why,
    a_timeline_tells_customers_nothing_of_the_staff,
    a_timeline_names_nobody_who_is_gone,
    an_edit_stands_between_two_moves_and_moves_nothing,
    a_timeline_is_walked_in_pages,
    a_timeline_is_for_those_who_may_see_its_order,
}

async fn timeline(shop: &Shop, order: &Value, token: &str) -> Vec<Value> {
    let ask = shop.get(&format!("{}/timeline", path(order))).token(token);
    ask.send().await.expect(200)["results"].as_array().unwrap().clone()
}

/// Moves it as somebody, in a request of this id.
async fn go(shop: &Shop, order: &Value, token: &str, verb: &str, reason: Option<&str>) -> Uuid {
    let correlation = Uuid::new_v4();
    let body = reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
    let ask = shop.post(&format!("{}/{verb}", path(order)), &body).token(token);
    ask.header("Correlation-ID", correlation.to_string()).send().await.expect(200);
    correlation
}

async fn key(shop: &Shop, scopes: &[&str]) -> (String, String) {
    let body = json!({ "name": "till", "scopes": scopes });
    let made = shop.post("/api/identity/api-keys", &body).token(&shop.admin).send().await;
    let made = made.expect(201);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("key"))
}

async fn a_timeline_tells_every_move_and_why(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let (ann, sam) = (shop.customer("ann").await, shop.person("sam", Role::Staff).await);
    let till = key(&shop, &["orders:write"]).await;
    let order = shop.place(&ann, tin, 2).await.expect(201);
    let mut moved = Vec::new();
    for (token, verb, reason, kind, to) in [
        (&sam.token, "start", Some("picked by hand"), "order.started", "processing"),
        (&till.1, "fail", Some("no \"carrier\""), "order.failed", "failed"),
        (&sam.token, "retry", None, "order.retried", "pending"),
        (&ann.token, "cancel", Some("too late"), "order.cancelled", "cancelled"),
    ] {
        moved.push((go(&shop, &order, token, verb, reason).await, kind, to, reason));
    }
    let told = timeline(&shop, &order, &sam.token).await;
    let account = |person: &Person, name| json!({"kind": "account", "id": person.id, "name": name});
    let by_till = json!({"kind": "api_key", "id": till.0, "name": "till"});
    let placed = json!({
        "version": 1, "kind": "order.placed", "from": null, "to": "pending", "at": order["created_at"],
        "actor": account(&ann, "ann"), "reason": null, "correlation_id": told[0]["correlation_id"],
    });
    assert_eq!(told[0], placed);
    let doers = [account(&sam, "sam"), by_till, account(&sam, "sam"), account(&ann, "ann")];
    let mut from = "pending";
    for (place, (correlation, kind, to, reason)) in moved.iter().enumerate() {
        let entry = json!({
            "version": place + 2, "kind": kind, "from": from, "to": to, "at": told[place + 1]["at"],
            "actor": doers[place], "reason": reason, "correlation_id": correlation,
        });
        assert_eq!(told[place + 1], entry);
        from = to;
    }
    assert_eq!(told.len(), 5);
    let shown = shop.get(&path(&order)).token(&ann.token).send().await.expect(200);
    assert_eq!(told[4]["at"], shown["updated_at"]);
}

async fn a_timeline_tells_customers_nothing_of_the_staff(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let (ann, sam) = (shop.customer("ann").await, shop.person("sam", Role::Staff).await);
    let till = key(&shop, &["orders:read", "orders:write"]).await;
    let order = shop.place(&ann, tin, 2).await.expect(201);
    go(&shop, &order, &sam.token, "start", None).await;
    go(&shop, &order, &till.1, "fail", Some("no carrier")).await;
    shop.move_order(&order, OrderStatus::Pending).await;
    let doers = async |token: &str| -> Vec<Value> {
        let told = timeline(&shop, &order, token).await;
        told.iter().map(|entry| entry["actor"].clone()).collect()
    };
    let own = json!({"kind": "account", "id": ann.id, "name": "ann"});
    let staff = json!({"kind": "staff", "id": null, "name": null});
    let system = json!({"kind": "system", "id": null, "name": null});
    assert_eq!(doers(&ann.token).await, [&own, &staff, &staff, &system].map(Clone::clone));
    // Nor are people named to a program that may not read of them.
    let nameless = |id: Uuid| json!({"kind": "account", "id": id, "name": null});
    let by_till = json!({"kind": "api_key", "id": till.0, "name": "till"});
    let seen = doers(&till.1).await;
    assert_eq!(seen, [nameless(ann.id), nameless(sam.id), by_till, system]);
    let reader = key(&shop, &["orders:read", "customers:read"]).await;
    assert_eq!(doers(&reader.1).await[0], own);
}

async fn a_timeline_names_nobody_who_is_gone(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let order = shop.place(&ann, tin, 2).await.expect(201);
    let gone = shop.ask("DELETE", &format!("/api/identity/customers/{}", ann.id));
    gone.token(&shop.staff).send().await.expect_empty(204);
    let told = timeline(&shop, &order, &shop.staff).await;
    assert_eq!(told[0]["actor"], json!({"kind": "account", "id": ann.id, "name": null}));
}

async fn an_edit_stands_between_two_moves_and_moves_nothing(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let order = shop.place(&ann, tin, 1).await.expect(201);
    let edit = async |note: &str| {
        let ask = shop.ask("PATCH", &path(&order)).json(&json!({ "note": note }));
        ask.token(&shop.staff).send().await.expect(200);
    };
    edit("Ring once.").await;
    go(&shop, &order, &shop.staff, "start", None).await;
    edit("Ring twice.").await;
    edit("Do not ring.").await;
    go(&shop, &order, &shop.staff, "fail", Some("no carrier")).await;
    go(&shop, &order, &shop.staff, "retry", None).await;
    let whole = timeline(&shop, &order, &ann.token).await;
    let told: Vec<_> = whole
        .iter()
        .map(|entry| ["kind", "from", "to"].map(|name| entry[name].as_str().unwrap_or("-")))
        .collect();
    let expected = [
        ["order.placed", "-", "pending"],
        ["order.changed", "-", "-"],
        ["order.started", "pending", "processing"],
        ["order.changed", "-", "-"],
        ["order.changed", "-", "-"],
        ["order.failed", "processing", "failed"],
        ["order.retried", "failed", "pending"],
    ];
    assert_eq!(told, expected);
    // Wherever a page begins, what has moved the order before is known.
    for start in 0..whole.len() {
        let ask = format!("{}/timeline?limit=2&offset={start}", path(&order));
        let page = shop.get(&ask).token(&ann.token).send().await.expect(200);
        let end = whole.len().min(start + 2);
        assert_eq!(page["results"], json!(whole[start..end]), "from {start} on");
    }
}

async fn a_timeline_is_walked_in_pages(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let order = shop.place(&ann, tin, 1).await.expect(201);
    for verb in ["start", "fail", "retry", "start", "fail", "retry"] {
        go(&shop, &order, &shop.staff, verb, (verb == "fail").then_some("no carrier")).await;
    }
    let all = timeline(&shop, &order, &ann.token).await;
    let versions: Vec<_> = all.iter().map(|entry| entry["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5, 6, 7]);
    for start in ["cursor=", "offset=0", "page=1"] {
        let (mut query, mut found) = (format!("limit=2&{start}"), Vec::new());
        loop {
            let ask = shop.get(&format!("{}/timeline?{query}", path(&order))).token(&ann.token);
            let page = ask.send().await.expect(200);
            let count = if start == "cursor=" { json!(null) } else { json!(7) };
            assert_eq!(page["count"], count, "{start}");
            found.extend(page["results"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_str() else { break };
            query = next.split_once('?').unwrap().1.to_owned();
        }
        assert_eq!(found, all, "{start}");
    }
    let bad = shop.get(&format!("{}/timeline?colour=red&limit=0", path(&order)));
    let bad = bad.token(&ann.token).send().await.bad_fields(422, "invalid");
    assert_eq!(bad, ["colour", "limit"]);
}

async fn a_timeline_is_for_those_who_may_see_its_order(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let order = shop.place(&ann, tin, 1).await.expect(201);
    let by_number = format!("{ORDERS}/{}/timeline", order["number"]);
    let own = shop.get(&by_number).token(&ann.token).send().await.expect(200);
    assert_eq!(own["count"], 1);
    for path in [format!("{}/timeline", path(&order)), by_number, format!("{ORDERS}/7/timeline")] {
        shop.get(&path).token(&ben.token).send().await.problem(404, "not_found");
    }
}
