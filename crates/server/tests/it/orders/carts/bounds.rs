//! How much a cart holds: lines, units, and what a product lets one have.

use super::{By, ITEMS, add, addition, cart, held, set};
use crate::app::{Shop, on_both_engines};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    a_cart_has_a_hundred_lines,
    a_cart_holds_so_many_units,
    a_cart_holds_what_one_may_order,
    one_caller_cannot_hold_the_whole_stock,
    what_is_missing_is_told_as_far_as_one_may_see_it,
    many_who_want_the_last_ones_hold_no_more_than_there_are,
}

async fn a_cart_has_a_hundred_lines(shop: Arc<Shop>) {
    let person = shop.customer("ann").await;
    let ann = By::Account(&person);
    let mut tins = Vec::new();
    for _ in 0..101 {
        tins.push(shop.tin("0.01", 1).await);
    }
    for tin in &tins[..100] {
        add(&shop, ann, *tin, 1).await.expect(200);
    }
    let full = add(&shop, ann, tins[100], 1).await.problem(409, "cart_full");
    assert_eq!(full["most"], 100);
    let shown = cart(&shop, ann).await;
    let expected: Vec<_> = tins[..100].iter().map(|tin| (*tin, 1)).collect();
    assert_eq!((held(&shown), &shown["total"]), (expected, &json!("1.00")));
    set(&shop, ann, tins[0], 0).await.expect(200);
    assert_eq!(held(&add(&shop, ann, tins[100], 1).await.expect(200)).len(), 100);
    let small = shop.second_node(&[("cart_items_most", "1")]).await;
    let ben = small.customer("ben").await;
    add(&small, By::Account(&ben), tins[0], 1).await.expect(200);
    let other = shop.tin("1.00", 9).await;
    assert_eq!(add(&small, By::Account(&ben), other, 1).await.problem(409, "cart_full")["most"], 1);
}

async fn a_cart_holds_so_many_units(shop: Arc<Shop>) {
    let node = shop.second_node(&[("cart_units_most", "5")]).await;
    let (tin, cup) = (node.tin("1.00", 9).await, node.tin("1.00", 9).await);
    let person = node.customer("ann").await;
    let ann = By::Account(&person);
    add(&node, ann, tin, 3).await.expect(200);
    add(&node, ann, cup, 2).await.expect(200);
    for answer in [add(&node, ann, cup, 1).await, set(&node, ann, tin, 4).await] {
        let problem = answer.problem(409, "holds_too_many");
        assert_eq!([&problem["requested"], &problem["most"]], [6, 5]);
    }
    // Less is always right.
    set(&node, ann, tin, 2).await.expect(200);
    add(&node, ann, cup, 1).await.expect(200);
    assert_eq!((node.available(tin).await, node.available(cup).await), (7, 6));
}

async fn a_cart_holds_what_one_may_order(shop: Arc<Shop>) {
    let tin = json!({"name": "Tin", "price": 1, "quantity": 9, "order_units_most": 2});
    let tin = shop.product(tin).await["id"].as_i64().unwrap();
    let person = shop.customer("ann").await;
    let ann = By::Account(&person);
    add(&shop, ann, tin, 2).await.expect(200);
    let problem = add(&shop, ann, tin, 1).await.problem(409, "too_many_units");
    assert_eq!(problem["lines"], json!([{"product": tin, "requested": 3, "most": 2}]));
    let cup = shop.tin("1.00", 9).await;
    let node = shop.second_node(&[("caller_units_most", "3")]).await;
    let problem = set(&node, ann, cup, 4).await.problem(409, "too_many_units");
    assert_eq!(problem["lines"], json!([{"product": cup, "requested": 4, "most": 3}]));
}

/// Whatever he does: he adds, again and all at once, on two nodes, sets, and brings what he held as a guest.
async fn one_caller_cannot_hold_the_whole_stock(shop: Arc<Shop>) {
    let bound = [("order_units_most", "2")];
    let nodes = [shop.second_node(&bound).await, shop.second_node(&bound).await];
    let node = &nodes[0];
    let tin = json!({"sku": "TIN", "name": "Tin", "price": 1, "quantity": 5});
    let tin = node.product(tin).await["id"].as_i64().unwrap();
    let person = node.customer("ann").await;
    let (ann, token) = (By::Account(&person), "g".repeat(32));
    for by in [ann, By::Guest(&token)] {
        let at_once = (0..8).map(|at| addition(&nodes[at % 2], by, tin, 1).send());
        let answers = futures_util::future::join_all(at_once).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 2);
        let refused = answers.iter().filter(|answer| answer.status != 200);
        refused.for_each(|answer| drop(answer.problem(409, "too_many_units")));
        let by_sku = json!({"product": "TIN", "quantity": 1});
        let set_by_sku = node.ask("PUT", &format!("{ITEMS}/sku:TIN"));
        for answer in [
            add(node, by, tin, 1).await,
            add(node, by, tin, 5).await,
            set(node, by, tin, 3).await,
            by.signs(node.post(ITEMS, &by_sku)).send().await,
            by.signs(set_by_sku.json(&json!({"quantity": 3}))).send().await,
        ] {
            answer.problem(409, "too_many_units");
        }
        assert_eq!(held(&cart(node, by).await), [(tin, 2)]);
    }
    assert_eq!(node.available(tin).await, 1);
    let claim = async || {
        let ask = node.post("/api/cart/claim", &json!({"cart_token": token}));
        ask.token(&person.token).send().await.expect(200)
    };
    for (own, left) in [(2, 2), (1, 1)] {
        set(node, ann, tin, own).await.expect(200);
        set(node, By::Guest(&token), tin, 2).await.expect(200);
        let claimed = claim().await;
        let left = json!([{"product": tin, "quantity": left, "reason": "too_many_units"}]);
        assert_eq!((held(&claimed), &claimed["left"]), (vec![(tin, 2)], &left));
        assert_eq!(node.available(tin).await, 3, "it is free for others");
    }
    add(node, ann, tin, 1).await.problem(409, "too_many_units");
}

async fn what_is_missing_is_told_as_far_as_one_may_see_it(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 25).await;
    let ann = shop.customer("ann").await;
    let staff = shop.somebody(domain::Role::Staff).await;
    for (setting, shown) in [("exact", json!(25)), ("10", json!(10)), ("whether", Value::Null)] {
        let node = shop.second_node(&[("stock_shown", setting)]).await;
        let token = "g".repeat(32);
        for (by, available) in [
            (By::Account(&ann), &shown),
            (By::Guest(&token), &shown),
            (By::Account(&staff), &json!(25)),
        ] {
            let problem = add(&node, by, tin, 26).await.problem(409, "out_of_stock");
            let line = json!({"product": tin, "requested": 26, "available": available});
            assert_eq!(problem["lines"], json!([line]), "{setting}");
        }
    }
}

async fn many_who_want_the_last_ones_hold_no_more_than_there_are(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 7).await;
    let other = shop.second_node(&[]).await;
    let guests: Vec<String> = (0..20).map(|number| format!("{number:032}")).collect();
    let asked = guests.iter().enumerate().map(|(at, guest)| {
        let node = if at % 2 == 0 { &shop } else { &other };
        addition(node, By::Guest(guest), tin, 1).send()
    });
    let answers = futures_util::future::join_all(asked).await;
    let held = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((held, shop.available(tin).await), (7, 0));
    answers.iter().filter(|a| a.status != 200).for_each(|a| drop(a.problem(409, "out_of_stock")));
}
