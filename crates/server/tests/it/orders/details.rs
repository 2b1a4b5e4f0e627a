//! POST /api/orders/orders with all that a buyer says besides the goods, and by the staff for a customer.

use super::{ORDERS, path, place};
use crate::app::{Person, Shop, on_both_engines};
use domain::Role;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

on_both_engines! {
    an_order_keeps_where_it_goes_and_whom_to_reach,
    what_is_wrong_within_an_address_is_named_by_its_path,
    what_is_left_out_is_no_other_request,
    orders_are_found_by_the_buyers_own_name_for_them,
    an_exported_order_has_all_that_its_buyer_said,
    the_staff_order_for_a_customer,
    the_staff_need_no_confirmed_address_of_their_own,
    nobody_else_orders_for_somebody,
    a_customer_who_is_not_there_gets_no_order,
}

fn address() -> Value {
    json!({
        "name": "Ann Camp", "line1": "1 Camp Street", "line2": "Back door", "post_code": "10115",
        "city": "Berlin", "region": "Berlin", "country": "DE", "phone": "+49 30 1",
    })
}

fn contact() -> Value {
    json!({ "name": "Ann", "email": "ann@example.com", "phone": "+49 30 1" })
}

/// An order of one unit, with these fields besides.
fn order(tin: i64, beside: Value) -> Value {
    let mut body = beside;
    body["order_items"] = json!([{ "product": tin, "quantity": 1 }]);
    body
}

async fn shown(shop: &Shop, person: &Person, order: &Value) -> Value {
    shop.get(&path(order)).token(&person.token).send().await.expect(200)
}

async fn an_order_keeps_where_it_goes_and_whom_to_reach(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 99).await;
    let ann = shop.customer("ann").await;
    let said = json!({
        "reference": "PO-2026_11.a", "note": "Ring twice.", "delivery_address": address(), "contact": contact(),
    });
    let placed = place(&shop, &ann, &order(tin, said.clone())).await.expect(201);
    for (name, value) in said.as_object().unwrap() {
        assert_eq!(&placed[name], value, "{name}");
    }
    assert_eq!(shown(&shop, &ann, &placed).await, placed);
    let list = shop.get(ORDERS).token(&ann.token).send().await.expect(200);
    assert_eq!(list["results"][0], placed);
    // It stays what it is, whatever becomes of the order.
    let cancel = shop.ask("POST", &format!("{}/cancel", path(&placed))).token(&ann.token);
    let cancelled = cancel.send().await.expect(200);
    assert_eq!(cancelled["delivery_address"], address());
    // What need not be said is null, and so is what was not.
    let few = json!({
        "delivery_address": {"name": "Ann", "line1": "1", "city": "Ulm", "country": "de", "region": null},
        "contact": {"phone": "110", "email": null}, "reference": null,
    });
    let placed = place(&shop, &ann, &order(tin, few)).await.expect(201);
    let delivery = json!({
        "name": "Ann", "line1": "1", "line2": null, "post_code": null, "city": "Ulm", "region": null,
        "country": "DE", "phone": null,
    });
    assert_eq!(placed["delivery_address"], delivery);
    assert_eq!(placed["contact"], json!({"name": null, "email": null, "phone": "110"}));
    let nothing = json!({ "delivery_address": null, "contact": null });
    let placed = place(&shop, &ann, &order(tin, nothing)).await.expect(201);
    for name in ["delivery_address", "contact", "reference"] {
        assert_eq!(placed[name], Value::Null, "{name}");
    }
}

async fn what_is_wrong_within_an_address_is_named_by_its_path(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    for (beside, bad) in [
        (
            json!({"delivery_address": {"name": " ", "country": "XX", "planet": "Mars", "line1": 1}}),
            &[
                "delivery_address.city",
                "delivery_address.country",
                "delivery_address.line1",
                "delivery_address.name",
                "delivery_address.planet",
            ][..],
        ),
        (
            json!({"delivery_address": "1 Camp Street", "contact": []}),
            &["contact", "delivery_address"],
        ),
        (json!({"contact": {}}), &["contact"]),
        (json!({"contact": {"name": null, "email": null, "phone": null}}), &["contact"]),
        (json!({"contact": {"email": "ann"}, "note": 5}), &["contact.email", "note"]),
        (json!({"reference": "a b"}), &["reference"]),
        (json!({"reference": ""}), &["reference"]),
        (json!({"reference": "x".repeat(256)}), &["reference"]),
        (json!({"reference": 7}), &["reference"]),
        (
            json!({"delivery_address": {"id": 7, "name": "A", "line1": "1", "city": "U", "country": "DE"}}),
            &["delivery_address.id"],
        ),
    ] {
        let answer = place(&shop, &ann, &order(tin, beside.clone())).await;
        assert_eq!(answer.status, 422, "{beside}: {}", answer.text());
        assert_eq!(answer.bad_fields(422, "invalid"), bad, "{beside}");
    }
    assert_eq!(shop.orders().await, 0);
}

/// A key stands for what was said, however it was left out.
async fn what_is_left_out_is_no_other_request(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let send = async |beside: Value| {
        shop.post(ORDERS, &order(tin, beside)).token(&ann.token).key("once").send().await
    };
    send(json!({})).await.expect(201);
    for same in [json!({"contact": null}), json!({"note": "", "reference": null})] {
        assert_eq!(send(same).await.header("idempotent-replayed"), Some("true"));
    }
    for other in [
        json!({"reference": "PO-1"}),
        json!({"contact": contact()}),
        json!({"delivery_address": address()}),
    ] {
        send(other).await.problem(422, "idempotency_key_reused");
    }
    assert_eq!(shop.orders().await, 1);
}

async fn orders_are_found_by_the_buyers_own_name_for_them(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    for (person, reference) in [(&ann, "PO-1"), (&ann, "PO-2"), (&ben, "PO-1"), (&ann, "PO-1")] {
        place(&shop, person, &order(tin, json!({ "reference": reference }))).await.expect(201);
    }
    shop.place(&ann, tin, 1).await.expect(201);
    for (token, query, found) in [
        (&shop.staff, "reference=PO-1", &[4, 3, 1][..]),
        (&shop.staff, "reference=po-1", &[]),
        (&ann.token, "reference=PO-1", &[4, 1]),
        (&ben.token, "reference=PO-2", &[]),
        (&ann.token, "reference=PO-2&status=pending", &[2]),
    ] {
        let list = shop.get(&format!("{ORDERS}?{query}")).token(token).send().await.expect(200);
        let results = list["results"].as_array().unwrap();
        let numbers: Vec<_> =
            results.iter().map(|order| order["number"].as_i64().unwrap()).collect();
        assert_eq!(numbers, found, "{query}");
    }
    let bad = shop.get(&format!("{ORDERS}?reference=a/b")).token(&ann.token).send().await;
    assert_eq!(bad.bad_fields(422, "invalid"), ["reference"]);
}

async fn an_exported_order_has_all_that_its_buyer_said(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let said = json!({
        "reference": "PO-1", "note": "Ring.", "delivery_address": address(), "contact": {"name": "=Ann"},
    });
    place(&shop, &ann, &order(tin, said)).await.expect(201);
    shop.place(&ann, tin, 1).await.expect(201);
    let sheet = shop.get("/api/orders/orders.csv").token(&shop.staff).send().await.text();
    let rows: Vec<&str> = sheet.lines().collect();
    let heads = ",line_total,reference,delivery_name,delivery_line1,delivery_line2,delivery_post_code,\
                 delivery_city,delivery_region,delivery_country,delivery_phone,\
                 contact_name,contact_email,contact_phone";
    assert!(rows[0].ends_with(heads), "{sheet}");
    let first =
        ",1.00,PO-1,Ann Camp,1 Camp Street,Back door,10115,Berlin,Berlin,DE,'+49 30 1,'=Ann,,";
    assert!(rows[1].ends_with(first), "{sheet}");
    assert!(rows[2].ends_with(",1.00,,,,,,,,,,,,"), "{sheet}");
    assert_eq!(rows[1].split(',').count(), rows[0].split(',').count());
}

async fn the_staff_order_for_a_customer(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let (ann, sam) = (shop.customer("ann").await, shop.person("sam", Role::Staff).await);
    let body = order(tin, json!({ "customer": ann.id, "note": "By telephone." }));
    let send = async || shop.post(ORDERS, &body).token(&sam.token).key("call").send().await;
    let placed = send().await.expect(201);
    assert_eq!(placed["customer"], json!(ann.id));
    assert_eq!(shown(&shop, &ann, &placed).await, placed, "it is hers");
    let again = send().await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, Some("true")));
    // The key is of who has sent it: hers of the same name is another one.
    let own = order(tin, json!({}));
    let own = shop.post(ORDERS, &own).token(&ann.token).key("call").send().await.expect(201);
    assert_ne!(own["id"], placed["id"]);
    let lists = async |token: &str| {
        let list = shop.get(&format!("{ORDERS}?customer={}", ann.id)).token(token).send().await;
        list.expect(200)["count"].clone()
    };
    assert_eq!([lists(&ann.token).await, lists(&sam.token).await], [json!(2), json!(2)]);
    let timeline = async |token: &str| {
        let told = shop.get(&format!("{}/timeline", path(&placed))).token(token).send().await;
        told.expect(200)["results"][0]["actor"].clone()
    };
    assert_eq!(timeline(&sam.token).await, json!({"kind": "account", "id": sam.id, "name": "sam"}));
    assert_eq!(timeline(&ann.token).await, json!({"kind": "staff", "id": null, "name": null}));
    let cancel = shop.ask("POST", &format!("{}/cancel", path(&placed))).token(&ann.token);
    assert_eq!(cancel.send().await.expect(200)["status"], "cancelled");
}

/// As somebody has none who was made on the command line.
async fn the_staff_need_no_confirmed_address_of_their_own(shop: Arc<Shop>) {
    let node = shop.second_node(&[("orders_need_confirmed_email", "true")]).await;
    let tin = node.tin("1.00", 9).await;
    let (ann, sam) = (node.customer("ann").await, node.person("sam", Role::Staff).await);
    node.sql("update accounts set email_confirmed = false").await;
    place(&node, &ann, &order(tin, json!({}))).await.problem(403, "email_not_confirmed");
    let placed = place(&node, &sam, &order(tin, json!({ "customer": ann.id }))).await.expect(201);
    assert_eq!(placed["customer"], json!(ann.id));
}

async fn nobody_else_orders_for_somebody(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    for customer in [ann.id, Uuid::now_v7()] {
        let body = order(tin, json!({ "customer": customer }));
        place(&shop, &ben, &body).await.problem(403, "forbidden");
    }
    assert_eq!((shop.orders().await, shop.available(tin).await), (0, 9));
    let own = order(tin, json!({ "customer": ben.id }));
    assert_eq!(place(&shop, &ben, &own).await.expect(201)["customer"], json!(ben.id));
}

async fn a_customer_who_is_not_there_gets_no_order(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let customer = |id: Uuid| format!("/api/identity/customers/{id}");
    shop.ask("DELETE", &customer(ann.id)).token(&shop.staff).send().await.expect_empty(204);
    let closed = json!({ "is_active": false });
    shop.patch(&customer(ben.id), &closed).send().await.expect(200);
    for id in [ann.id, ben.id, Uuid::now_v7()] {
        let body = order(tin, json!({ "customer": id }));
        let answer = shop.post(ORDERS, &body).token(&shop.staff).send().await;
        assert_eq!(answer.bad_fields(422, "unknown_customer"), ["customer"]);
    }
    assert_eq!((shop.orders().await, shop.available(tin).await), (0, 9));
}
