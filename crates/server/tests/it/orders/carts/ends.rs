//! How long a cart holds what is in it, and what comes of it after that.

use super::{By, add, addition, cart, held, remove, set};
use crate::app::{Shop, on_both_engines, until};
use domain::{EventKind, carts::guest};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

on_both_engines! {
    what_nobody_changes_is_free_after_a_while,
    a_change_renews_a_cart_and_never_beyond_its_age,
    a_cart_that_has_expired_is_empty_and_takes_what_is_added,
    a_cart_that_has_expired_is_let_go_before_a_claim,
    what_was_held_for_as_long_as_any_may_be_is_for_others_first,
    a_shorter_time_is_for_carts_of_before_too,
}

fn micros(cart: &Value) -> i64 {
    let at: jiff::Timestamp = cart["expires_at"].as_str().unwrap().parse().unwrap();
    at.as_microsecond()
}

async fn what_nobody_changes_is_free_after_a_while(shop: Arc<Shop>) {
    let node = shop.second_node(&[("cart_ttl", "1s")]).await;
    let tin = node.tin("1.00", 5).await;
    let (ann, ben) = (node.customer("ann").await, node.customer("ben").await);
    add(&node, By::Account(&ann), tin, 3).await.expect(200);
    let token = "g".repeat(32);
    add(&node, By::Guest(&token), tin, 2).await.expect(200);
    add(&node, By::Account(&ben), tin, 1).await.problem(409, "out_of_stock");
    for by in [By::Account(&ann), By::Guest(&token)] {
        until("the cart to expire", async || held(&cart(&node, by).await).is_empty()).await;
        assert_eq!(cart(&node, by).await["expires_at"], Value::Null);
    }
    // Without anybody's asking.
    until("what it held", async || node.available(tin).await == 5).await;
    shop.place(&ben, tin, 5).await.expect(201);
    let told = shop.app.readers.followers().told_after(0, 100).await.unwrap();
    let events = told.iter().filter_map(|told| told.event()).map(|(event, _)| event);
    let carts = events.filter(|event| event.kind == EventKind::CartExpired);
    let expected = BTreeSet::from([ann.id, guest(&token).id]);
    assert_eq!(carts.map(|event| event.subject.id).collect::<BTreeSet<_>>(), expected);
}

async fn a_change_renews_a_cart_and_never_beyond_its_age(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 99).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let first = micros(&add(&shop, By::Account(&ann), tin, 1).await.expect(200));
    let renewed = micros(&set(&shop, By::Account(&ann), tin, 1).await.expect(200));
    assert!(renewed > first, "{first} {renewed}");
    assert_eq!(micros(&cart(&shop, By::Account(&ann)).await), renewed, "a look renews nothing");
    let node = shop.second_node(&[("cart_ttl", "15m"), ("cart_max_age", "15m")]).await;
    let first = micros(&add(&node, By::Account(&ben), tin, 1).await.expect(200));
    let cup = node.tin("1.00", 9).await;
    for answer in [
        add(&node, By::Account(&ben), tin, 1).await,
        add(&node, By::Account(&ben), cup, 1).await,
        remove(&node, By::Account(&ben), cup).await,
    ] {
        assert_eq!(micros(&answer.expect(200)), first);
    }
}

/// As if its time had gone by, and nobody had looked yet.
async fn expire_all(shop: &Shop) {
    shop.sql("update carts set updated_at = opened_at, expires_at = opened_at + 1").await;
}

async fn what_was_held_for_as_long_as_any_may_be_is_for_others_first(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 5).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    let token = "g".repeat(32);
    for by in [By::Account(&ann), By::Guest(&token)] {
        add(&shop, by, tin, 5).await.expect(200);
        let age = "update carts set opened_at = 1, updated_at = 1, expires_at = 2";
        shop.sql(&format!("{age} where id in (select cart_id from holds)")).await;
        // Its owner is the first to come, and gives it back by that.
        for attempt in [add(&shop, by, tin, 5).await, set(&shop, by, tin, 1).await] {
            let problem = attempt.problem(409, "cart_rests");
            let until = problem["until"].as_str().unwrap();
            assert!(problem["detail"].as_str().unwrap().contains(until), "{problem}");
        }
        assert_eq!(held(&cart(&shop, by).await), []);
        add(&shop, By::Account(&ben), tin, 5).await.expect(200);
        remove(&shop, By::Account(&ben), tin).await.expect(200);
    }
    let other = "h".repeat(32);
    add(&shop, By::Guest(&other), tin, 1).await.expect(200);
    let claim = shop.post("/api/cart/claim", &json!({"cart_token": other})).token(&ann.token);
    claim.send().await.problem(409, "cart_rests");
    // It has rested.
    shop.sql("update carts set opened_at = 1, updated_at = 1, expires_at = 2 where owner_kind = 1")
        .await;
    add(&shop, By::Account(&ann), tin, 4).await.expect(200);
}

async fn a_cart_that_has_expired_is_empty_and_takes_what_is_added(shop: Arc<Shop>) {
    let (tin, cup) = (shop.tin("1.00", 5).await, shop.tin("1.00", 5).await);
    let ann = shop.customer("ann").await;
    let token = "g".repeat(32);
    for by in [By::Account(&ann), By::Guest(&token)] {
        for round in 0..3 {
            add(&shop, by, tin, 5).await.expect(200);
            expire_all(&shop).await;
            assert_eq!(held(&cart(&shop, by).await), []);
            let key = format!("round {round}");
            for replayed in [None, Some("true")] {
                let added = addition(&shop, by, cup, 1).key(&key).send().await;
                assert_eq!(added.header("idempotent-replayed"), replayed);
                assert_eq!(held(&added.expect(200)), [(cup, 1)]);
            }
            assert_eq!((shop.available(tin).await, shop.available(cup).await), (5, 4));
            expire_all(&shop).await;
            // What is not there need not be taken out, and is not set to fewer.
            assert_eq!(held(&remove(&shop, by, cup).await.expect(200)), []);
            assert_eq!(shop.available(cup).await, 5);
        }
    }
}

async fn a_cart_that_has_expired_is_let_go_before_a_claim(shop: Arc<Shop>) {
    let (tin, cup) = (shop.tin("1.00", 5).await, shop.tin("1.00", 5).await);
    let ann = shop.customer("ann").await;
    let token = "g".repeat(32);
    add(&shop, By::Account(&ann), tin, 5).await.expect(200);
    expire_all(&shop).await;
    add(&shop, By::Guest(&token), cup, 1).await.expect(200);
    let claim = async || {
        let ask = shop.post("/api/cart/claim", &json!({"cart_token": token}));
        ask.token(&ann.token).send().await.expect(200)
    };
    let claimed = claim().await;
    assert_eq!((held(&claimed), &claimed["left"]), (vec![(cup, 1)], &json!([])));
    assert_eq!((shop.available(tin).await, shop.available(cup).await), (5, 4));
    // A guest's that has expired is nobody's to claim.
    add(&shop, By::Guest(&token), tin, 1).await.expect(200);
    let expire = "update carts set updated_at = opened_at, expires_at = opened_at + 1";
    shop.sql(&format!("{expire} where owner_kind = 3")).await;
    assert_eq!(held(&claim().await), [(cup, 1)]);
    until("what it held", async || shop.available(tin).await == 5).await;
}

async fn a_shorter_time_is_for_carts_of_before_too(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 5).await;
    let ann = shop.customer("ann").await;
    let long = micros(&add(&shop, By::Account(&ann), tin, 5).await.expect(200));
    let node = shop.second_node(&[("cart_ttl", "2m")]).await;
    until("the shorter time", async || micros(&cart(&node, By::Account(&ann)).await) < long).await;
}
