//! POST /api/catalog/products: what staff put in.

use super::PRODUCTS;
use crate::{
    app::{PUBLIC_URL, Shop, on_both_engines},
    database::sql,
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    a_new_product_is_seen_at_once,
    a_price_is_read_from_its_digits,
    a_product_with_bad_fields_names_them_all,
    a_sku_belongs_to_one_product,
    a_category_must_be_there,
    a_creation_with_a_key_happens_once,
    an_answer_that_another_version_has_kept_is_said_to_be_done,
}

async fn create(shop: &Shop, body: &Value) -> crate::client::Answer {
    shop.post(PRODUCTS, body).token(&shop.staff).send().await
}

async fn a_new_product_is_seen_at_once(shop: Arc<Shop>) {
    assert!(shop.ids("").await.is_empty());
    let answer = create(&shop, &json!({"name": "Tin", "price": "1.00", "quantity": 3})).await;
    let product = answer.expect(201);
    let url = format!("{PUBLIC_URL}{PRODUCTS}/{}", product["id"]);
    assert_eq!(answer.header("location"), Some(url.as_str()));
    assert_eq!(shop.ids("").await, [product["id"].as_i64().unwrap()]);
    let plain = create(&shop, &json!({"name": "Cup", "price": "0.50"})).await.expect(201);
    assert_eq!([&plain["quantity"], &plain["in_stock"]], [&json!(0), &json!(false)]);
    assert_eq!([&plain["category"], &plain["image_url"]], [&json!(null), &json!(null)]);
    assert_eq!(plain["description"], "");
}

async fn a_price_is_read_from_its_digits(shop: Arc<Shop>) {
    for (price, shown) in [
        ("100", "100.00"),
        ("\"100.00\"", "100.00"),
        ("19.99", "19.99"),
        ("\"0.1\"", "0.10"),
        ("0", "0.00"),
        ("8.20", "8.20"),
        ("1.10000", "1.10"),
        ("1e2", "100.00"),
        ("125E-2", "1.25"),
        ("999999999999.99", "999999999999.99"),
    ] {
        let body = format!(r#"{{"name": "Tin", "price": {price}}}"#);
        let ask = shop.ask("POST", PRODUCTS).raw("application/json", body).token(&shop.staff);
        assert_eq!(ask.send().await.expect(201)["price"], shown, "{price}");
    }
    for price in [
        "-1",
        "\"-0.01\"",
        "1.001",
        "\"1.001\"",
        "\"1e2\"",
        "1e-3",
        "1E400",
        "\"\"",
        "\"1,00\"",
        "\"EUR 1\"",
        "null",
        "true",
        "[]",
        "{}",
        "\"NaN\"",
        "\"Infinity\"",
        "1000000000000000000000000",
        "\"0x10\"",
        "\" 1\"",
        "\"\u{0661}\"",
    ] {
        let body = format!(r#"{{"name": "Tin", "price": {price}}}"#);
        let ask = shop.ask("POST", PRODUCTS).raw("application/json", body).token(&shop.staff);
        let answer = ask.send().await;
        assert_eq!(answer.status, 422, "{price}: {}", answer.text());
        assert_eq!(answer.bad_fields(422, "invalid"), ["price"], "{price}");
    }
}

async fn a_product_with_bad_fields_names_them_all(shop: Arc<Shop>) {
    let long = "x".repeat(200_000);
    let fields = ["category", "description", "image_url", "name", "price", "quantity", "sku"];
    for (change, bad) in [
        (
            json!({"name": "", "price": "x", "quantity": -1, "colour": 1}),
            &["colour", "name", "price", "quantity"][..],
        ),
        (
            json!({"sku": 1, "name": 1, "description": 1, "image_url": 1, "price": [], "category": 1, "quantity": "1"}),
            &fields,
        ),
        (
            json!({"sku": "\u{0}", "name": "\u{0}", "description": "\u{0}", "image_url": "https://x/\u{0}", "category": "\u{0}"}),
            &["category", "description", "image_url", "name", "sku"],
        ),
        (
            json!({"sku": long, "name": long, "description": long, "image_url": long}),
            &["description", "image_url", "name", "sku"],
        ),
        (
            json!({"name": "Tin\u{202e}", "description": "a\u{200b}b", "sku": "T\u{feff}"}),
            &["description", "name", "sku"],
        ),
        (json!({"name": "two\nlines"}), &["name"]),
        (json!({"sku": "", "image_url": "javascript:alert(1)"}), &["image_url", "sku"]),
        (json!({"sku": "sku:TIN"}), &["sku"]),
        (json!({"sku": "01890000-0000-7000-8000-00000000ABCD"}), &["sku"]),
        (json!({"name": null, "price": null, "quantity": null}), &["name", "price", "quantity"]),
        (json!({"quantity": 1.5}), &["quantity"]),
        (json!({"quantity": 1e30}), &["quantity"]),
    ] {
        let mut body = json!({"name": "Tin", "price": "1.00"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = create(&shop, &body).await;
        assert_eq!(answer.status, 422, "{change}: {}", answer.text());
        assert_eq!(answer.bad_fields(422, "invalid"), bad, "{change}");
    }
    let answer = create(&shop, &json!({})).await;
    assert_eq!(answer.bad_fields(422, "invalid"), ["name", "price"]);
    for body in [json!([]), json!("tin"), json!(5), json!(null)] {
        create(&shop, &body).await.problem(422, "invalid");
    }
    assert_eq!(
        shop.app.readers.late().count_products(&Default::default(), 10, 10).await.unwrap().rows,
        0
    );
}

async fn a_sku_belongs_to_one_product(shop: Arc<Shop>) {
    let body = json!({"sku": "TIN", "name": "Tin", "price": 1});
    create(&shop, &body).await.expect(201);
    assert_eq!(create(&shop, &body).await.bad_fields(409, "sku_taken"), ["sku"]);
    let other = shop.product(json!({"sku": "CUP", "name": "Cup", "price": 1})).await;
    let path = format!("{PRODUCTS}/{}", other["id"]);
    let edit = shop.patch(&path, &json!({"sku": "TIN"})).send().await;
    assert_eq!(edit.bad_fields(409, "sku_taken"), ["sku"]);
    assert_eq!(edit.problem(409, "sku_taken")["version"], other["version"]);
    assert_eq!(shop.get(&path).send().await.expect(200), other);
}

async fn a_category_must_be_there(shop: Arc<Shop>) {
    let body = json!({"name": "Tin", "price": 1, "category": "no-such"});
    assert_eq!(create(&shop, &body).await.bad_fields(422, "invalid"), ["category"]);
    let tin = shop.tin("1.00", 1).await;
    let edit = shop.patch(&format!("{PRODUCTS}/{tin}"), &json!({"category": "no-such"}));
    assert_eq!(edit.send().await.bad_fields(422, "invalid"), ["category"]);
}

async fn a_creation_with_a_key_happens_once(shop: Arc<Shop>) {
    let keyed = async |body: &Value, token: &str| {
        shop.post(PRODUCTS, body).token(token).key("delivery-7").send().await
    };
    let refused = keyed(&json!({"sku": "TIN", "name": "", "price": 1}), &shop.staff).await;
    refused.problem(422, "invalid");
    let body = json!({"sku": "TIN", "name": "Tin", "price": "1.00", "quantity": 5});
    let first = keyed(&body, &shop.staff).await;
    assert_eq!(first.header("idempotent-replayed"), None);
    let again = keyed(&body, &shop.staff).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(201), first.expect(201));
    assert_eq!(again.header("location"), first.header("location"));
    // The same request, spelt in another way.
    let spelt = r#"{ "quantity":5, "price":1.0, "name":"Tin", "sku":"\u0054IN" }"#;
    let ask = shop.ask("POST", PRODUCTS).raw("application/json", spelt).token(&shop.staff);
    let spelt = ask.key("delivery-7").send().await;
    assert_eq!(spelt.expect(201), first.expect(201));
    let other = json!({"sku": "TIN", "name": "Tin", "price": "2.00", "quantity": 5});
    keyed(&other, &shop.staff).await.problem(422, "idempotency_key_reused");
    // A key belongs to its caller; to another one it is new.
    let colleague = shop.person("colleague", domain::Role::Staff).await;
    keyed(&body, &colleague.token).await.problem(409, "sku_taken");
    assert_eq!(
        shop.app.readers.late().count_products(&Default::default(), 10, 10).await.unwrap().rows,
        1
    );
}

/// Whoever is told that nothing was done does it again under another key.
async fn an_answer_that_another_version_has_kept_is_said_to_be_done(shop: Arc<Shop>) {
    let body = json!({"sku": "TIN", "name": "Tin", "price": "1.00", "quantity": 5});
    let keyed = async || shop.post(PRODUCTS, &body).token(&shop.staff).key("k").send().await;
    keyed().await.expect(201);
    sql(&shop.url, "update traces set kept = '9 {}'").await;
    let again = keyed().await;
    again.problem(409, "conflict");
    let detail = again.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("this was done before"), "{detail}");
    assert_eq!(shop.ids("").await.len(), 1);
}
