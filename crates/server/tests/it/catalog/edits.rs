//! PATCH /api/catalog/products/{ref}: what staff change, and how two of them do not collide.

use super::PRODUCTS;
use crate::{
    app::{Shop, on_both_engines},
    gate::Gate,
};
use serde_json::json;
use std::sync::Arc;
use store::Limits;

on_both_engines! {
    an_edit_is_seen_at_once_in_detail_and_list,
    what_was_read_can_be_sent_back,
    what_only_the_shop_sets_cannot_be_changed,
    an_edit_may_name_the_version_it_expects,
    an_edit_with_bad_fields_changes_nothing,
    an_edit_takes_every_reference,
    of_two_edits_of_one_version_one_wins,
    a_page_that_was_made_while_a_change_was_written_is_not_shown_after_it,
}

async fn an_edit_is_seen_at_once_in_detail_and_list(shop: Arc<Shop>) {
    shop.category("cooking", None).await;
    let tin = shop.tin("1.00", 3).await;
    let path = format!("{PRODUCTS}/{tin}");
    for round in 2..6 {
        // Both are in the cache now.
        shop.get(&path).send().await.expect(200);
        shop.get(PRODUCTS).send().await.expect(200);
        let body = json!({
            "sku": format!("TIN-{round}"), "name": format!("Tin {round}"), "description": "New.",
            "image_url": "https://img.example/x.png", "price": format!("{round}.00"), "category": "cooking",
        });
        let edited = shop.patch(&path, &body).send().await.expect(200);
        assert_eq!([&edited["version"], &edited["price"]], [&json!(round), &body["price"]]);
        for (name, value) in body.as_object().unwrap() {
            assert_eq!(&edited[name], value, "{name}");
        }
        assert_eq!(shop.get(&path).send().await.expect(200), edited);
        let list = shop.get(PRODUCTS).send().await.expect(200);
        assert_eq!(list["results"], json!([edited]));
    }
    let cleared = shop.patch(&path, &json!({"image_url": null, "category": null})).send().await;
    let cleared = cleared.expect(200);
    assert_eq!([&cleared["image_url"], &cleared["category"]], [&json!(null), &json!(null)]);
}

async fn what_was_read_can_be_sent_back(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 3).await;
    let path = format!("{PRODUCTS}/{tin}");
    let read = shop.get(&path).send().await.expect(200);
    let same = shop.patch(&path, &read).send().await.expect(200);
    assert_eq!([&same["name"], &same["quantity"]], [&read["name"], &read["quantity"]]);
    let mut changed = shop.get(&path).send().await.expect(200);
    changed["name"] = json!("Billy can");
    assert_eq!(shop.patch(&path, &changed).send().await.expect(200)["name"], "Billy can");
    let nothing = shop.patch(&path, &json!({})).send().await.expect(200);
    assert_eq!(nothing["name"], "Billy can");
}

async fn what_only_the_shop_sets_cannot_be_changed(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 3).await;
    let path = format!("{PRODUCTS}/{tin}");
    let before = shop.get(&path).send().await.expect(200);
    for (name, value) in [
        ("id", json!(99)),
        ("public_id", json!("01890000-0000-7000-8000-000000000000")),
        ("currency", json!("USD")),
        ("quantity", json!(1000)),
        ("in_stock", json!(false)),
        ("version", json!(7)),
        ("url", json!("http://evil.example")),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("updated_at", json!(null)),
    ] {
        let answer = shop.patch(&path, &json!({ name: value, "name": "Changed" })).send().await;
        assert_eq!(answer.bad_fields(422, "read_only"), [name]);
    }
    let both = shop.patch(&path, &json!({"id": 99, "quantity": 5})).send().await;
    assert_eq!(both.bad_fields(422, "read_only"), ["id", "quantity"]);
    assert_eq!(shop.get(&path).send().await.expect(200), before);
}

async fn an_edit_may_name_the_version_it_expects(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 3).await;
    let path = format!("{PRODUCTS}/{tin}");
    let old = shop.get(&path).send().await;
    let old = old.header("etag").unwrap();
    let edit = async |name: &str, expected: &str| {
        shop.patch(&path, &json!({ "name": name })).header("If-Match", expected).send().await
    };
    let edited = edit("One", old).await;
    assert_eq!(edited.expect(200)["version"], 2);
    let new = edited.header("etag").expect("an edit says its new ETag").to_owned();
    edit("Two", old).await.problem(412, "version_mismatch");
    assert_eq!(edit("Three", &new).await.expect(200)["version"], 3);
    assert_eq!(edit("Four", "*").await.expect(200)["version"], 4);
    assert_eq!(edit("Five", "\"3\", \"4\"").await.expect(200)["version"], 5);
    edit("Six", "\"999\"").await.problem(412, "version_mismatch");
    // A sale in between is no edit, so it does not spoil one.
    let tag = shop.get(&path).send().await.header("etag").unwrap().to_owned();
    let customer = shop.customer("ann").await;
    shop.place(&customer, tin, 1).await.expect(201);
    assert_eq!(edit("Seven", &tag).await.expect(200)["version"], 6);
    let answer = edit("Eight", "nonsense").await;
    assert!((400..500).contains(&answer.status), "{}", answer.text());
    assert_eq!(shop.get(&path).send().await.expect(200)["name"], "Seven");
}

async fn an_edit_with_bad_fields_changes_nothing(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 3).await;
    let path = format!("{PRODUCTS}/{tin}");
    let before = shop.get(&path).send().await.expect(200);
    for (body, bad) in [
        (json!({"name": "", "price": "-1", "colour": 1}), vec!["colour", "name", "price"]),
        (json!({"name": null, "price": null, "sku": null}), vec!["name", "price", "sku"]),
        (json!({"name": "T\tin", "description": "\u{2066}x"}), vec!["description", "name"]),
        (
            json!({"description": 5, "sku": "", "image_url": "x"}),
            vec!["description", "image_url", "sku"],
        ),
    ] {
        let answer = shop.patch(&path, &body).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), bad, "{body}");
    }
    assert_eq!(shop.get(&path).send().await.expect(200), before);
    for reference in ["999999", "no-such", "01890000-0000-7000-8000-000000000000", "%00"] {
        let edit = shop.patch(&format!("{PRODUCTS}/{reference}"), &json!({"name": "x"}));
        edit.send().await.problem(404, "not_found");
    }
}

async fn an_edit_takes_every_reference(shop: Arc<Shop>) {
    let product = shop.product(json!({"sku": "42", "name": "Tin", "price": 1})).await;
    let public_id = product["public_id"].as_str().unwrap();
    for reference in [&product["id"].to_string(), public_id, "sku:42"] {
        let body = json!({ "description": reference });
        let edited = shop.patch(&format!("{PRODUCTS}/{reference}"), &body).send().await.expect(200);
        assert_eq!([&edited["id"], &edited["description"]], [&product["id"], &json!(reference)]);
    }
}

async fn of_two_edits_of_one_version_one_wins(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 3).await;
    let path = format!("{PRODUCTS}/{tin}");
    let mut edits = tokio::task::JoinSet::new();
    for number in 0..10 {
        let edit = shop.patch(&path, &json!({"name": format!("Tin {number}")}));
        edits.spawn(edit.header("If-Match", "\"1\"").send());
    }
    let answers = edits.join_all().await;
    for lost in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(lost.problem(412, "version_mismatch")["version"], 2);
    }
    let mut statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [[200].as_slice(), &[412; 9]].concat());
    assert_eq!(shop.get(&path).send().await.expect(200)["version"], 2);
}

async fn a_page_that_was_made_while_a_change_was_written_is_not_shown_after_it(shop: Arc<Shop>) {
    let gate = Gate::default();
    let node = gate.node(&shop, Limits::default()).await;
    let tin = node.tin("1.00", 3).await;
    let edit = node.patch(&format!("{PRODUCTS}/{tin}"), &json!({"price": "2.00"}));
    let delivery = json!({"lines": [{"product": tin, "set": 9}]});
    let delivery = node.post("/api/catalog/inventory/batch", &delivery).token(&node.staff);
    let cup = json!({"name": "Cup", "price": 1, "quantity": 1});
    let create = node.post(PRODUCTS, &cup).token(&node.staff);
    for (change, status, place, old, new) in [
        (edit, 200, "/results/0/price", json!("1.00"), json!("2.00")),
        (delivery, 200, "/results/0/quantity", json!(3), json!(9)),
        (create, 201, "/count", json!(1), json!(2)),
    ] {
        let shown = async || {
            let list = node.get(PRODUCTS).send().await.expect(200);
            list.pointer(place).unwrap().clone()
        };
        gate.close();
        let change = tokio::spawn(change.send());
        gate.holds().await;
        assert_eq!(shown().await, old, "{place}");
        gate.open();
        change.await.unwrap().expect(status);
        assert_eq!(shown().await, new, "{place}");
    }
}
