//! A cart becomes an order: once, of what it holds, at the prices of now.

use super::{By, add, cart, held};
use crate::{
    app::{Person, Shop, on_both_engines},
    client::Answer,
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    a_cart_becomes_an_order,
    a_checkout_with_its_key_is_one_order,
    a_cart_that_is_empty_or_has_expired_becomes_none,
    what_the_buyer_expects_to_pay_is_looked_at,
    what_is_sold_no_more_is_named_and_stays_held,
    a_cart_that_comes_to_too_much_becomes_no_order,
    a_checkout_counts_for_what_one_may_have,
    what_the_shop_lets_everybody_have_holds_from_the_cart_to_the_order,
    a_checkout_with_bad_fields_names_them_all,
    only_accounts_check_out_and_with_an_address_that_is_confirmed_where_the_shop_wants_it,
    twenty_checkouts_at_once_are_one_order,
}

const CHECKOUT: &str = "/api/cart/checkout";

pub async fn check_out(shop: &Shop, person: &Person, body: &Value) -> Answer {
    shop.post(CHECKOUT, body).token(&person.token).send().await
}

async fn a_cart_becomes_an_order(shop: Arc<Shop>) {
    let (tin, cup) = (shop.tin("12.50", 5).await, shop.tin("1.00", 5).await);
    let ann = shop.customer("ann").await;
    add(&shop, By::Account(&ann), cup, 1).await.expect(200);
    add(&shop, By::Account(&ann), tin, 5).await.expect(200);
    let address = json!({
        "name": "Ann Cook", "line1": "1 Camp Street", "line2": null, "post_code": "01234",
        "city": "Camp", "region": null, "country": "DE", "phone": null,
    });
    let contact = json!({"name": null, "email": "ann@example.com", "phone": null});
    let body = json!({
        "total": "63.50", "note": "Ring twice.", "reference": "PO-7", "delivery_address": address,
        "contact": contact,
    });
    let answer = check_out(&shop, &ann, &body).await;
    let order = answer.expect(201);
    assert_eq!(answer.header("location"), order["url"].as_str());
    assert!(answer.header("sutler-position").is_some());
    let lines: Vec<_> = order["order_items"].as_array().unwrap().iter().collect();
    let of = |line: &Value| (line["product"].as_i64().unwrap(), line["quantity"].as_i64().unwrap());
    assert_eq!(lines.into_iter().map(of).collect::<Vec<_>>(), [(cup, 1), (tin, 5)]);
    for (name, value) in [
        ("status", json!("pending")),
        ("customer", json!(ann.id)),
        ("total", json!("63.50")),
        ("note", json!("Ring twice.")),
        ("reference", json!("PO-7")),
        ("delivery_address", address),
        ("contact", contact),
    ] {
        assert_eq!(order[name], value, "{name}");
    }
    assert_eq!(held(&cart(&shop, By::Account(&ann)).await), []);
    assert_eq!((shop.available(tin).await, shop.available(cup).await), (0, 4));
    let path = format!("/api/catalog/products/{tin}/stock");
    let stock = shop.get(&path).token(&shop.staff).send().await.expect(200);
    assert_eq!([&stock["on_hand"], &stock["reserved"], &stock["made_of"]["sold"]], [0, 0, 5]);
    let history = shop.get("/api/orders/orders").token(&ann.token).send().await.expect(200);
    assert_eq!(history["results"], json!([order]));
    check_out(&shop, &ann, &json!({})).await.problem(409, "cart_empty");
}

async fn a_checkout_with_its_key_is_one_order(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    add(&shop, By::Account(&ann), tin, 2).await.expect(200);
    // Without a body, too.
    let keyed = async || shop.ask("POST", CHECKOUT).token(&ann.token).key("k").send().await;
    let first = keyed().await;
    assert_eq!(first.header("idempotent-replayed"), None);
    let first = first.expect(201);
    // What is in the cart by now is for another order.
    add(&shop, By::Account(&ann), tin, 1).await.expect(200);
    for _ in 0..2 {
        let again = keyed().await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.expect(201), first);
    }
    let other = shop.post(CHECKOUT, &json!({"note": "else"})).token(&ann.token).key("k");
    other.send().await.problem(422, "idempotency_key_reused");
    let place = json!({"order_items": [{"product": tin, "quantity": 2}]});
    let place = shop.post("/api/orders/orders", &place).token(&ann.token).key("k");
    place.send().await.problem(422, "idempotency_key_reused");
    assert_eq!((shop.orders().await, shop.available(tin).await), (1, 6));
    assert_eq!(held(&cart(&shop, By::Account(&ann)).await), [(tin, 1)]);
}

async fn a_cart_that_is_empty_or_has_expired_becomes_none(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    check_out(&shop, &ann, &json!({})).await.problem(409, "cart_empty");
    add(&shop, By::Account(&ann), tin, 9).await.expect(200);
    shop.sql("update carts set updated_at = opened_at, expires_at = opened_at + 1").await;
    check_out(&shop, &ann, &json!({})).await.problem(409, "cart_empty");
    // It is put in again, and the attempt has left nothing behind.
    add(&shop, By::Account(&ann), tin, 9).await.expect(200);
    check_out(&shop, &ann, &json!({})).await.expect(201);
    assert_eq!((shop.orders().await, shop.available(tin).await), (1, 0));
}

async fn what_the_buyer_expects_to_pay_is_looked_at(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let seen = add(&shop, By::Account(&ann), tin, 2).await.expect(200);
    let dearer = json!({"price": "1.50"});
    shop.patch(&format!("/api/catalog/products/{tin}"), &dearer).send().await.expect(200);
    let body = json!({"total": seen["total"]});
    let problem = check_out(&shop, &ann, &body).await.problem(409, "price_changed");
    assert_eq!([&problem["expected_total"], &problem["total"]], ["2.00", "3.00"]);
    let shown = cart(&shop, By::Account(&ann)).await;
    assert_eq!((held(&shown), &shown["total"]), (vec![(tin, 2)], &json!("3.00")), "it is held");
    let order = check_out(&shop, &ann, &json!({"total": shown["total"]})).await.expect(201);
    assert_eq!(order["total"], "3.00");
}

async fn what_is_sold_no_more_is_named_and_stays_held(shop: Arc<Shop>) {
    let (tin, cup) = (shop.tin("1.00", 9).await, shop.tin("1.00", 9).await);
    let person = shop.customer("ann").await;
    let ann = By::Account(&person);
    add(&shop, ann, tin, 2).await.expect(200);
    add(&shop, ann, cup, 3).await.expect(200);
    let path = format!("/api/catalog/products/{tin}");
    shop.ask("DELETE", &path).token(&shop.staff).send().await.expect_empty(204);
    let problem = check_out(&shop, &person, &json!({})).await.problem(409, "no_longer_sold");
    assert_eq!(problem["products"], json!([tin]));
    assert_eq!(
        (held(&cart(&shop, ann).await), shop.available(cup).await),
        (vec![(tin, 2), (cup, 3)], 6)
    );
    super::remove(&shop, ann, tin).await.expect(200);
    let order = check_out(&shop, &person, &json!({})).await.expect(201);
    assert_eq!(order["total"], "3.00");
}

async fn a_cart_that_comes_to_too_much_becomes_no_order(shop: Arc<Shop>) {
    let node = shop.second_node(&[("cart_units_most", "1000000")]).await;
    let gold = node.tin("1000000000000.00", 1_000_000).await;
    let ann = node.customer("ann").await;
    add(&node, By::Account(&ann), gold, 1_000_000).await.expect(200);
    check_out(&node, &ann, &json!({})).await.problem(409, "total_too_large");
    assert_eq!(held(&cart(&node, By::Account(&ann)).await), [(gold, 1_000_000)]);
    super::set(&node, By::Account(&ann), gold, 2).await.expect(200);
    let order = check_out(&node, &ann, &json!({})).await.expect(201);
    assert_eq!(order["total"], "2000000000000.00");
}

async fn a_checkout_counts_for_what_one_may_have(shop: Arc<Shop>) {
    let tin = json!({"name": "Tin", "price": 1, "quantity": 9, "caller_units_most": 3});
    let tin = shop.product(tin).await["id"].as_i64().unwrap();
    let ann = shop.customer("ann").await;
    add(&shop, By::Account(&ann), tin, 2).await.expect(200);
    check_out(&shop, &ann, &json!({})).await.expect(201);
    // A cart holds no more than may be ordered, and what is ordered meanwhile counts as well.
    let more = add(&shop, By::Account(&ann), tin, 2).await;
    let more = more.problem(409, "too_many_units");
    assert_eq!(more["lines"], json!([{"product": tin, "requested": 2, "most": 1}]));
    let ben = shop.customer("ben").await;
    add(&shop, By::Account(&ben), tin, 2).await.expect(200);
    shop.place(&ben, tin, 2).await.expect(201);
    let problem = check_out(&shop, &ben, &json!({})).await.problem(409, "too_many_units");
    assert_eq!(problem["lines"], json!([{"product": tin, "requested": 2, "most": 1}]));
    super::set(&shop, By::Account(&ben), tin, 1).await.expect(200);
    check_out(&shop, &ben, &json!({})).await.expect(201);
    add(&shop, By::Account(&ann), tin, 1).await.expect(200);
    check_out(&shop, &ann, &json!({})).await.expect(201);
}

async fn what_the_shop_lets_everybody_have_holds_from_the_cart_to_the_order(shop: Arc<Shop>) {
    let bounds = [("order_units_most", "3"), ("caller_units_most", "4")];
    let node = shop.second_node(&bounds).await;
    let tin = node.tin("1.00", 99).await;
    let (ann, ben) = (node.customer("ann").await, node.customer("ben").await);
    let too_many = |answer: Answer, requested: i64, most: i64| {
        let problem = answer.problem(409, "too_many_units");
        let line = json!({"product": tin, "requested": requested, "most": most});
        assert_eq!(problem["lines"], json!([line]));
    };
    too_many(add(&node, By::Account(&ann), tin, 4).await, 4, 3);
    add(&node, By::Account(&ann), tin, 3).await.expect(200);
    check_out(&node, &ann, &json!({})).await.expect(201);
    // It counts from then on, and nothing is held that could not be ordered.
    too_many(add(&node, By::Account(&ann), tin, 2).await, 2, 1);
    add(&node, By::Account(&ann), tin, 1).await.expect(200);
    check_out(&node, &ann, &json!({})).await.expect(201);
    too_many(add(&node, By::Account(&ann), tin, 1).await, 1, 0);
    // What was put in where nothing was said is looked at before it is ordered.
    add(&shop, By::Account(&ben), tin, 4).await.expect(200);
    too_many(check_out(&node, &ben, &json!({})).await, 4, 3);
    super::set(&node, By::Account(&ben), tin, 3).await.expect(200);
    check_out(&node, &ben, &json!({})).await.expect(201);
    assert_eq!(node.available(tin).await, 92);
}

async fn a_checkout_with_bad_fields_names_them_all(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    add(&shop, By::Account(&ann), tin, 2).await.expect(200);
    for (body, bad) in [
        (json!({"order_items": [], "total": "x"}), vec!["order_items", "total"]),
        (json!({"reference": "a b", "contact": {}}), vec!["contact", "reference"]),
        (
            json!({"delivery_address": {"name": "Ann", "city": "Camp", "country": "DE"}}),
            vec!["delivery_address.line1"],
        ),
    ] {
        let answer = check_out(&shop, &ann, &body).await;
        assert_eq!(answer.bad_fields(422, "invalid"), bad, "{body}");
    }
    assert_eq!(
        (shop.orders().await, held(&cart(&shop, By::Account(&ann)).await)),
        (0, vec![(tin, 2)])
    );
}

async fn only_accounts_check_out_and_with_an_address_that_is_confirmed_where_the_shop_wants_it(
    shop: Arc<Shop>,
) {
    let node = shop.second_node(&[("orders_need_confirmed_email", "true")]).await;
    let tin = node.tin("1.00", 9).await;
    let token = "g".repeat(32);
    add(&node, By::Guest(&token), tin, 1).await.expect(200);
    let ask = By::Guest(&token).signs(node.post(CHECKOUT, &json!({})));
    ask.send().await.problem(401, "unauthenticated");
    let ann = node.customer("ann").await;
    add(&node, By::Account(&ann), tin, 1).await.expect(200);
    node.sql("update accounts set email_confirmed = false").await;
    check_out(&node, &ann, &json!({})).await.problem(403, "email_not_confirmed");
    assert_eq!(held(&cart(&node, By::Account(&ann)).await), [(tin, 1)]);
    check_out(&shop, &ann, &json!({})).await.expect(201);
}

async fn twenty_checkouts_at_once_are_one_order(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    add(&shop, By::Account(&ann), tin, 2).await.expect(200);
    let other = shop.second_node(&[]).await;
    let body = json!({});
    let nodes = [&shop, &other];
    let asked = (0..20).map(|at| check_out(nodes[at % 2], &ann, &body));
    let answers = futures_util::future::join_all(asked).await;
    let placed = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!((placed, shop.orders().await, shop.available(tin).await), (1, 1, 7));
    answers.iter().filter(|a| a.status != 201).for_each(|a| drop(a.problem(409, "cart_empty")));
}
