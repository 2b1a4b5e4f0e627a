//! /api/cart: what somebody means to buy is held for him.

mod bounds;
mod checkouts;
mod ends;
mod guests;
mod stock;
mod totals;

use crate::{
    app::{Person, Shop, blind, on_both_engines},
    client::{Answer, Ask},
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    a_cart_shows_what_it_holds_at_the_prices_of_now,
    what_is_in_a_cart_is_nobody_elses,
    a_line_is_added_set_and_removed,
    a_product_is_named_as_everywhere,
    what_is_no_product_or_no_quantity_is_refused,
    what_is_sold_no_more_is_seen_and_goes,
    an_addition_with_a_key_happens_once,
    a_repeat_whose_cart_cannot_be_read_is_not_told_that_nothing_was_done,
    every_answer_to_a_change_says_where_the_shop_stood,
}

pub const CART: &str = "/api/cart";
pub const ITEMS: &str = "/api/cart/items";

/// Who asks.
#[derive(Clone, Copy)]
pub enum By<'a> {
    Account(&'a Person),
    Guest(&'a str),
    Nobody,
}

impl By<'_> {
    pub fn signs(self, ask: Ask) -> Ask {
        match self {
            By::Account(person) => ask.token(&person.token),
            By::Guest(token) => ask.header("Cart-Token", token),
            By::Nobody => ask,
        }
    }
}

pub async fn cart(shop: &Shop, by: By<'_>) -> Value {
    by.signs(shop.get(CART)).send().await.expect(200)
}

pub fn addition(shop: &Shop, by: By<'_>, product: i64, quantity: i64) -> Ask {
    by.signs(shop.post(ITEMS, &json!({"product": product, "quantity": quantity})))
}

pub async fn add(shop: &Shop, by: By<'_>, product: i64, quantity: i64) -> Answer {
    addition(shop, by, product, quantity).send().await
}

pub async fn set(shop: &Shop, by: By<'_>, product: i64, quantity: i64) -> Answer {
    let ask = shop.ask("PUT", &format!("{ITEMS}/{product}")).json(&json!({"quantity": quantity}));
    by.signs(ask).send().await
}

pub async fn remove(shop: &Shop, by: By<'_>, product: i64) -> Answer {
    by.signs(shop.ask("DELETE", &format!("{ITEMS}/{product}"))).send().await
}

pub async fn empty(shop: &Shop, by: By<'_>) -> Value {
    by.signs(shop.ask("DELETE", CART)).send().await.expect(200)
}

/// Products and quantities, as the cart has them.
pub fn held(cart: &Value) -> Vec<(i64, i64)> {
    let items = cart["items"].as_array().unwrap_or_else(|| panic!("no cart: {cart}"));
    let number = |item: &Value, name: &str| item[name].as_i64().unwrap();
    items.iter().map(|item| (number(item, "product"), number(item, "quantity"))).collect()
}

async fn a_cart_shows_what_it_holds_at_the_prices_of_now(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let none = json!({"items": [], "total": "0.00", "currency": "EUR", "expires_at": null});
    assert_eq!(cart(&shop, By::Account(&ann)).await, none);
    let tin = json!({"sku": "TIN", "name": "Mess tin", "price": "12.50", "quantity": 9});
    let tin = shop.product(tin).await;
    let cup = shop.tin("1.00", 9).await;
    add(&shop, By::Account(&ann), cup, 1).await.expect(200);
    let added = add(&shop, By::Account(&ann), tin["id"].as_i64().unwrap(), 3).await.expect(200);
    let line = json!({
        "product": tin["id"], "public_id": tin["public_id"], "sku": "TIN", "name": "Mess tin",
        "quantity": 3, "price": "12.50", "line_total": "37.50", "is_sold": true,
    });
    // As they were added, and not by their ids.
    assert_eq!((held(&added)[0], &added["items"][1]), ((cup, 1), &line));
    assert_eq!([&added["total"], &added["currency"]], [&json!("38.50"), &json!("EUR")]);
    assert!(added["expires_at"].as_str().unwrap().ends_with('Z'), "{added}");
    assert_eq!(added["cart_token"], json!(null), "{added}");
    let mut shown = cart(&shop, By::Account(&ann)).await;
    let mut same = added.clone();
    same.as_object_mut().unwrap().remove("cart_token");
    assert_eq!(shown, same);
    let path = format!("/api/catalog/products/{}", tin["id"]);
    shop.patch(&path, &json!({"price": "10.00", "name": "Billy"})).send().await.expect(200);
    shown = cart(&shop, By::Account(&ann)).await;
    let line = &shown["items"][1];
    assert_eq!([&line["price"], &line["line_total"], &line["name"]], ["10.00", "30.00", "Billy"]);
    assert_eq!(shown["total"], "31.00");
}

async fn what_is_in_a_cart_is_nobody_elses(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 5).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    add(&shop, By::Account(&ann), tin, 4).await.expect(200);
    assert_eq!(shop.available(tin).await, 1);
    let short = add(&shop, By::Account(&ben), tin, 2).await.problem(409, "out_of_stock");
    assert_eq!(short["lines"], json!([{"product": tin, "requested": 2, "available": 1}]));
    shop.place(&ben, tin, 2).await.problem(409, "out_of_stock");
    assert_eq!(held(&cart(&shop, By::Account(&ben)).await), []);
    set(&shop, By::Account(&ann), tin, 3).await.expect(200);
    add(&shop, By::Account(&ben), tin, 2).await.expect(200);
    // Also not hers, beyond what she holds.
    let short = add(&shop, By::Account(&ann), tin, 1).await.problem(409, "out_of_stock");
    assert_eq!(short["lines"], json!([{"product": tin, "requested": 1, "available": 0}]));
    assert_eq!(held(&cart(&shop, By::Account(&ann)).await), [(tin, 3)]);
    assert_eq!(held(&empty(&shop, By::Account(&ann)).await), []);
    shop.place(&ben, tin, 3).await.expect(201);
    assert_eq!(held(&cart(&shop, By::Account(&ben)).await), [(tin, 2)], "an order is not of it");
}

async fn a_line_is_added_set_and_removed(shop: Arc<Shop>) {
    let (tin, cup) = (shop.tin("1.00", 9).await, shop.tin("2.00", 9).await);
    let person = shop.customer("ann").await;
    let ann = By::Account(&person);
    add(&shop, ann, tin, 2).await.expect(200);
    add(&shop, ann, cup, 1).await.expect(200);
    let shown = add(&shop, ann, tin, 3).await.expect(200);
    assert_eq!((held(&shown), &shown["total"]), (vec![(tin, 5), (cup, 1)], &json!("7.00")));
    let shown = set(&shop, ann, tin, 4).await.expect(200);
    assert_eq!(held(&shown), [(tin, 4), (cup, 1)]);
    assert_eq!(set(&shop, ann, tin, 4).await.expect(200)["items"], shown["items"]);
    let shown = remove(&shop, ann, tin).await.expect(200);
    assert_eq!(held(&shown), [(cup, 1)]);
    assert_eq!(held(&remove(&shop, ann, tin).await.expect(200)), [(cup, 1)], "again");
    let shown = set(&shop, ann, cup, 0).await.expect(200);
    assert_eq!((held(&shown), &shown["expires_at"]), (vec![], &json!(null)));
    set(&shop, ann, cup, 2).await.expect(200);
    assert_eq!(held(&empty(&shop, ann).await), []);
    assert_eq!(held(&empty(&shop, ann).await), []);
    assert_eq!((shop.available(tin).await, shop.available(cup).await), (9, 9));
}

async fn a_product_is_named_as_everywhere(shop: Arc<Shop>) {
    let ean = json!({"sku": "4006381333931", "name": "Ean", "price": 1, "quantity": 9});
    let ean = shop.product(ean).await;
    let person = shop.customer("ann").await;
    let ann = By::Account(&person);
    for product in [&ean["id"], &ean["public_id"], &json!("4006381333931")] {
        let ask = shop.post(ITEMS, &json!({"product": product, "quantity": 1}));
        ann.signs(ask).send().await.expect(200);
    }
    let id = ean["id"].as_i64().unwrap();
    assert_eq!(held(&cart(&shop, ann).await), [(id, 3)]);
    let public_id = ean["public_id"].as_str().unwrap().to_owned();
    for (name, quantity) in [("1", 1), (&public_id, 2), ("sku:4006381333931", 3)] {
        let ask = shop.ask("PUT", &format!("{ITEMS}/{name}")).json(&json!({"quantity": quantity}));
        assert_eq!(held(&ann.signs(ask).send().await.expect(200)), [(id, quantity)], "{name}");
    }
    let ask = shop.ask("DELETE", &format!("{ITEMS}/sku:4006381333931"));
    assert_eq!(held(&ann.signs(ask).send().await.expect(200)), []);
}

async fn what_is_no_product_or_no_quantity_is_refused(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 2_000_000).await;
    let person = shop.customer("ann").await;
    let ann = By::Account(&person);
    for (body, code, bad) in [
        (json!({}), "invalid", vec!["product", "quantity"]),
        (json!({"product": tin, "quantity": 0}), "invalid", vec!["quantity"]),
        (json!({"product": tin, "quantity": 1_000_001}), "invalid", vec!["quantity"]),
        (json!({"product": tin, "quantity": 1, "price": 1}), "invalid", vec!["price"]),
        (json!({"product": true, "quantity": "1"}), "invalid", vec!["product", "quantity"]),
        (json!({"product": 999, "quantity": 1}), "unknown_product", vec!["product"]),
        (json!({"product": "nothing", "quantity": 1}), "unknown_product", vec!["product"]),
    ] {
        let answer = ann.signs(shop.post(ITEMS, &body)).send().await;
        assert_eq!(answer.bad_fields(422, code), bad, "{body}");
    }
    for quantity in [json!(-1), json!(1.5), json!(1_000_001), json!(null), json!("1")] {
        let body = json!({"quantity": quantity});
        let ask = shop.ask("PUT", &format!("{ITEMS}/{tin}")).json(&body);
        assert_eq!(ann.signs(ask).send().await.bad_fields(422, "invalid"), ["quantity"], "{body}");
    }
    for name in ["999", "nothing", "sku:nothing", "%00"] {
        let path = format!("{ITEMS}/{name}");
        let body = json!({"quantity": 1});
        ann.signs(shop.ask("PUT", &path).json(&body)).send().await.problem(404, "not_found");
        ann.signs(shop.ask("DELETE", &path)).send().await.problem(404, "not_found");
    }
    assert_eq!(shop.available(tin).await, 2_000_000);
}

async fn what_is_sold_no_more_is_seen_and_goes(shop: Arc<Shop>) {
    let tin = shop.product(json!({"sku": "TIN", "name": "Tin", "price": 5, "quantity": 9})).await;
    let (tin, cup) = (tin["id"].as_i64().unwrap(), shop.tin("2.00", 9).await);
    let person = shop.customer("ann").await;
    let ann = By::Account(&person);
    add(&shop, ann, tin, 2).await.expect(200);
    add(&shop, ann, cup, 1).await.expect(200);
    let archive = shop.ask("DELETE", &format!("/api/catalog/products/{tin}")).token(&shop.staff);
    archive.send().await.expect_empty(204);
    let shown = cart(&shop, ann).await;
    let line = &shown["items"][0];
    assert_eq!([&line["sku"], &line["is_sold"]], [&json!("TIN"), &json!(false)]);
    assert_eq!((&shown["items"][1]["is_sold"], &shown["total"]), (&json!(true), &json!("2.00")));
    add(&shop, ann, tin, 1).await.problem(422, "unknown_product");
    set(&shop, ann, tin, 3).await.problem(404, "not_found");
    assert_eq!(held(&set(&shop, ann, tin, 1).await.expect(200)), [(tin, 1), (cup, 1)]);
    let shown = remove(&shop, ann, tin).await.expect(200);
    assert_eq!(held(&shown), [(cup, 1)]);
    assert_eq!(shop.available(tin).await, 9);
}

async fn an_addition_with_a_key_happens_once(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let person = shop.customer("ann").await;
    let ann = By::Account(&person);
    let keyed = async |quantity| addition(&shop, ann, tin, quantity).key("k").send().await;
    let first = keyed(2).await;
    assert_eq!(
        (first.header("idempotent-replayed"), held(&first.expect(200))),
        (None, vec![(tin, 2)])
    );
    add(&shop, ann, tin, 1).await.expect(200);
    for _ in 0..2 {
        // The cart as it is now.
        let again = keyed(2).await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(held(&again.expect(200)), [(tin, 3)]);
    }
    keyed(1).await.problem(422, "idempotency_key_reused");
    assert_eq!(shop.available(tin).await, 6);
}

async fn a_repeat_whose_cart_cannot_be_read_is_not_told_that_nothing_was_done(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let blind = Shop::open_as(&shop.url, &[], blind).await;
    let person = shop.customer("ann").await;
    let (ann, ben) = (By::Account(&person), "b".repeat(32));
    for by in [ann, By::Guest(&ben)] {
        let keyed = |node: &Shop| addition(node, by, tin, 2).key("k").send();
        keyed(&shop).await.expect(200);
        keyed(&blind).await.problem(504, "outcome_unknown");
    }
    let claim = |node: &Shop| {
        let ask = node.post("/api/cart/claim", &json!({"cart_token": ben}));
        ask.token(&person.token).key("claim").send()
    };
    assert_eq!(held(&claim(&shop).await.expect(200)), [(tin, 4)]);
    claim(&blind).await.problem(504, "outcome_unknown");
    assert_eq!(held(&cart(&shop, ann).await), [(tin, 4)]);
}

async fn every_answer_to_a_change_says_where_the_shop_stood(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let person = shop.customer("ann").await;
    for by in [By::Account(&person), By::Guest(&"t".repeat(40)), By::Nobody] {
        let path = format!("{ITEMS}/{tin}");
        let body = json!({"quantity": if matches!(by, By::Nobody) { 0 } else { 2 }});
        for ask in [
            addition(&shop, by, tin, 1),
            by.signs(shop.ask("PUT", &path).json(&body)),
            by.signs(shop.ask("DELETE", &path)),
            by.signs(shop.ask("DELETE", CART)),
        ] {
            let answer = ask.send().await;
            answer.expect(200);
            let position = answer.header("sutler-position").unwrap_or_default();
            let commit = position.rsplit_once('-').and_then(|(_, commit)| commit.parse().ok());
            assert!(commit.is_some_and(|commit: i64| commit > 0), "{position}");
        }
    }
}
