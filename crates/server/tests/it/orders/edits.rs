//! PATCH /api/orders/orders/{id}: what an order says besides its goods.

use super::{ORDERS, path, place};
use crate::{
    app::{Person, Shop, on_both_engines},
    client::Answer,
};
use domain::{OrderStatus, Role};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinSet;

on_both_engines! {
    an_owner_edits_what_his_order_says,
    who_may_edit_depends_on_the_status,
    an_edit_is_meant_for_a_version,
    what_was_read_may_be_sent_back_and_nothing_else_changed,
    what_somebody_elses_order_says_no_refusal_tells,
    what_is_wrong_in_an_edit_is_named,
    an_edit_is_told_without_what_it_says,
}

async fn edit(shop: &Shop, order: &Value, token: &str, body: &Value) -> Answer {
    shop.ask("PATCH", &path(order)).json(body).token(token).send().await
}

fn address(city: &str) -> Value {
    json!({
        "name": "Ann", "line1": "1 Camp Street", "line2": null, "post_code": null, "city": city,
        "region": null, "country": "DE", "phone": null,
    })
}

async fn placed(shop: &Shop, person: &Person) -> Value {
    let tin = shop.tin("1.00", 99).await;
    let body = json!({
        "order_items": [{"product": tin, "quantity": 1}], "note": "Ring twice.", "reference": "PO-1",
        "delivery_address": address("Ulm"), "contact": {"phone": "110"},
    });
    place(shop, person, &body).await.expect(201)
}

async fn an_owner_edits_what_his_order_says(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let order = placed(&shop, &ann).await;
    let mut expected = order.clone();
    let contact = json!({"name": null, "email": "ann@example.com", "phone": null});
    for (version, name, said, shown) in [
        (2, "note", json!("Ring once."), json!("Ring once.")),
        (3, "delivery_address", address("Kiel"), address("Kiel")),
        (4, "contact", json!({"email": "ann@example.com"}), contact.clone()),
        (4, "contact", contact.clone(), contact),
        (4, "note", json!("Ring once."), json!("Ring once.")),
        (5, "note", json!(null), json!("")),
        (6, "delivery_address", json!(null), json!(null)),
        (7, "contact", json!(null), json!(null)),
        (7, "contact", json!(null), json!(null)),
    ] {
        let answer = edit(&shop, &order, &ann.token, &json!({ name: said })).await;
        let edited = answer.expect(200);
        let tag = answer.header("etag").unwrap();
        assert!(tag.starts_with(&format!("\"{version}-")), "{tag}");
        if expected["version"] != version {
            assert_ne!(edited["updated_at"], expected["updated_at"], "{name}");
        }
        expected["updated_at"] = edited["updated_at"].clone();
        (expected["version"], expected[name]) = (json!(version), shown);
        assert_eq!(edited, expected, "{name}");
        let shown = shop.get(&path(&order)).token(&ann.token).send().await.expect(200);
        assert_eq!(shown, expected);
    }
    let all = json!({"note": "x", "contact": {"name": "Ann"}, "delivery_address": address("Ulm")});
    let by_number = format!("{ORDERS}/{}", order["number"]);
    let answer = shop.ask("PATCH", &by_number).json(&all).token(&ann.token).send().await;
    assert_eq!(answer.expect(200)["version"], 8);
    assert_eq!(edit(&shop, &order, &ann.token, &json!({})).await.expect(200)["version"], 8);
}

async fn who_may_edit_depends_on_the_status(shop: Arc<Shop>) {
    use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let sam = shop.person("sam", Role::Staff).await;
    let order = placed(&shop, &ann).await;
    let body = json!({ "note": "not yours" });
    edit(&shop, &order, &ben.token, &body).await.problem(404, "not_found");
    for (moves, owner, staff) in [
        (&[][..], 200, 200),
        (&[Processing], 409, 200),
        (&[Processing, Failed], 409, 200),
        (&[Processing, Failed, Pending], 200, 200),
        (&[Processing, Completed], 409, 409),
        (&[Cancelled], 409, 409),
    ] {
        let order = placed(&shop, &ann).await;
        for to in moves {
            shop.move_order(&order, *to).await;
        }
        let before = shop.get(&path(&order)).token(&ann.token).send().await.expect(200);
        for (token, status) in [(&ann.token, owner), (&sam.token, staff)] {
            let body = json!({ "note": format!("by {}", &token[token.len() - 9..]) });
            let answer = edit(&shop, &order, token, &body).await;
            assert_eq!(answer.status, status, "{moves:?}: {}", answer.text());
            match status {
                200 => assert_eq!(answer.json()["note"], body["note"]),
                _ => {
                    let problem = answer.problem(409, "not_editable");
                    assert_eq!(problem["order_status"], before["status"]);
                }
            }
        }
    }
}

async fn an_edit_is_meant_for_a_version(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let order = placed(&shop, &ann).await;
    let ask = |version: &str, note: &str| {
        let ask = shop.ask("PATCH", &path(&order)).json(&json!({ "note": note }));
        ask.token(&ann.token).header("If-Match", version)
    };
    let refused = ask("\"7\"", "late").send().await.problem(412, "version_mismatch");
    assert_eq!(refused["version"], 1);
    let shown = shop.get(&path(&order)).token(&ann.token).send().await;
    let tag = shown.header("etag").unwrap().to_owned();
    assert_eq!(ask(&tag, "first").send().await.expect(200)["version"], 2);
    let refused = ask(&tag, "second").send().await.problem(412, "version_mismatch");
    assert_eq!(refused["version"], 2);
    assert_eq!(ask("*", "third").send().await.expect(200)["version"], 3);
    ask("nonsense", "x").send().await.problem(400, "bad_request");
    // Of many who have seen the same version one edits it.
    let mut edits = JoinSet::new();
    for number in 0..10 {
        edits.spawn(ask("\"3\"", &format!("by {number}")).send());
    }
    let answers = edits.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for refused in answers.iter().filter(|answer| answer.status != 200) {
        refused.problem(412, "version_mismatch");
    }
}

async fn what_was_read_may_be_sent_back_and_nothing_else_changed(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let order = placed(&shop, &ann).await;
    assert_eq!(edit(&shop, &order, &ann.token, &order).await.expect(200), order);
    let mut back = order.clone();
    back["note"] = json!("Ring once.");
    let edited = edit(&shop, &order, &ann.token, &back).await.expect(200);
    assert_eq!([&edited["note"], &edited["version"]], [&json!("Ring once."), &json!(2)]);
    // It has another version since, and so it is not what was read.
    let stale = edit(&shop, &order, &ann.token, &back).await;
    assert_eq!(stale.bad_fields(422, "read_only"), ["updated_at", "version"]);
    // Whoever says for which version it is meant hears of that, and not of fields.
    let ask = shop.ask("PATCH", &path(&order)).json(&back).token(&ann.token);
    let stale = ask.header("If-Match", "\"1\"").send().await.problem(412, "version_mismatch");
    assert_eq!(stale["version"], 2);
    for (name, value) in [
        ("status", json!("completed")),
        ("total", json!("0.01")),
        ("reference", json!("PO-2")),
        ("customer", json!(uuid::Uuid::now_v7())),
        ("order_items", json!([])),
        ("number", json!(7)),
        ("failure_reason", json!("none")),
    ] {
        let answer = edit(&shop, &order, &ann.token, &json!({ name: value })).await;
        assert_eq!(answer.bad_fields(422, "read_only"), [name]);
    }
    let shown = shop.get(&path(&order)).token(&ann.token).send().await.expect(200);
    assert_eq!(shown, edited);
}

/// Neither its version, by a 412, nor a field that was guessed right, by a 422 that does not name it.
async fn what_somebody_elses_order_says_no_refusal_tells(shop: Arc<Shop>) {
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let order = placed(&shop, &ann).await;
    let by_number = format!("{ORDERS}/{}", order["number"]);
    for path in [path(&order), by_number] {
        for version in ["\"1\"", "\"7\"", "*"] {
            let ask = shop.ask("PATCH", &path).json(&json!({"note": "x"})).token(&ben.token);
            ask.header("If-Match", version).send().await.problem(404, "not_found");
        }
        for body in [
            json!({"status": "pending"}),
            json!({"status": "failed"}),
            json!({"total": "9.99"}),
            json!({"colour": "red"}),
            order.clone(),
        ] {
            let ask = shop.ask("PATCH", &path).json(&body).token(&ben.token);
            ask.send().await.problem(404, "not_found");
        }
    }
}

async fn what_is_wrong_in_an_edit_is_named(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let order = placed(&shop, &ann).await;
    for (body, bad) in [
        (json!({"note": 5, "colour": "red"}), &["colour", "note"][..]),
        (
            json!({"delivery_address": {"city": "Ulm", "country": "XX"}}),
            &["delivery_address.country", "delivery_address.line1", "delivery_address.name"],
        ),
        (json!({"contact": {}, "status": "failed"}), &["contact", "status"]),
        (json!({"contact": "ann"}), &["contact"]),
    ] {
        let answer = edit(&shop, &order, &ann.token, &body).await;
        assert_eq!(answer.bad_fields(422, "invalid"), bad, "{body}");
    }
    let shown = shop.get(&path(&order)).token(&ann.token).send().await.expect(200);
    assert_eq!(shown, order);
}

async fn an_edit_is_told_without_what_it_says(shop: Arc<Shop>) {
    let (ann, sam) = (shop.customer("ann").await, shop.person("sam", Role::Staff).await);
    let order = placed(&shop, &ann).await;
    shop.move_order(&order, OrderStatus::Processing).await;
    let edited = edit(&shop, &order, &sam.token, &json!({"contact": {"name": "Ben"}})).await;
    let edited = edited.expect(200);
    shop.move_order(&order, OrderStatus::Completed).await;
    let told = async |token: &str| {
        let ask = shop.get(&format!("{}/timeline", path(&order))).token(token);
        ask.send().await.expect(200)["results"].as_array().unwrap().clone()
    };
    let entry = &told(&sam.token).await[2];
    let expected = json!({
        "version": 3, "kind": "order.changed", "from": null, "to": null, "at": edited["updated_at"],
        "actor": {"kind": "account", "id": sam.id, "name": "sam"}, "reason": null,
        "correlation_id": entry["correlation_id"],
    });
    assert_eq!(*entry, expected);
    let own = &told(&ann.token).await;
    assert_eq!(own[2]["actor"], json!({"kind": "staff", "id": null, "name": null}));
    assert_eq!([&own[3]["from"], &own[3]["to"]], [&json!("processing"), &json!("completed")]);
    // A page that begins behind it knows where the order was all the same.
    let page = shop.get(&format!("{}/timeline?limit=1&offset=3", path(&order)));
    let page = page.token(&ann.token).send().await.expect(200);
    assert_eq!(page["results"][0], own[3]);
}
