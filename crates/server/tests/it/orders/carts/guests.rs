//! Carts of those who have not logged in: known by a token, counted by address, taken along at a login.

use super::{By, CART, ITEMS, add, addition, cart, empty, held, remove, set};
use crate::{
    app::{Person, Shop, on_both_engines},
    client::Answer,
    database::dump,
};
use domain::Role;
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    a_guest_is_told_a_token_once,
    whoever_brings_a_token_loses_nothing_with_an_answer,
    what_is_no_token_is_refused_and_means_nothing_beside_a_login,
    whoever_has_no_token_has_an_empty_cart,
    the_guests_of_an_address_hold_so_many_together,
    neither_tokens_nor_addresses_are_kept,
    a_login_takes_the_cart_along,
    what_does_not_fit_is_left_and_free,
    what_is_left_says_what_it_did_not_fit,
    a_login_brings_no_more_together_than_one_may_have,
    nobody_claims_the_cart_of_an_account,
}

const CLAIM: &str = "/api/cart/claim";
const PROXIED: (&str, &str) = ("trusted_proxies", "127.0.0.1/32");

async fn claim(shop: &Shop, person: &Person, token: &str) -> Answer {
    shop.post(CLAIM, &json!({"cart_token": token})).token(&person.token).send().await
}

fn token_of(added: &Value) -> String {
    added["cart_token"].as_str().unwrap_or_else(|| panic!("no token: {added}")).to_owned()
}

async fn a_guest_is_told_a_token_once(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let added = add(&shop, By::Nobody, tin, 2).await.expect(200);
    let token = token_of(&added);
    assert_eq!((token.len(), held(&added)), (43, vec![(tin, 2)]));
    let again = add(&shop, By::Guest(&token), tin, 1).await.expect(200);
    assert_eq!((&again["cart_token"], held(&again)), (&Value::Null, vec![(tin, 3)]));
    let shown = cart(&shop, By::Guest(&token)).await;
    assert_eq!(held(&shown), [(tin, 3)]);
    assert_eq!(shown["cart_token"], Value::Null, "{shown}");
    let other = token_of(&add(&shop, By::Nobody, tin, 1).await.expect(200));
    assert_ne!(other, token);
    assert_eq!(held(&cart(&shop, By::Guest(&other)).await), [(tin, 1)]);
    set(&shop, By::Guest(&token), tin, 1).await.expect(200);
    remove(&shop, By::Guest(&other), tin).await.expect(200);
    assert_eq!(held(&cart(&shop, By::Guest(&token)).await), [(tin, 1)]);
    assert_eq!(held(&empty(&shop, By::Guest(&token)).await), []);
    assert_eq!(shop.available(tin).await, 9);
}

async fn whoever_brings_a_token_loses_nothing_with_an_answer(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let token = "my-own-and-nobody-guesses-it-really";
    for replayed in [None, Some("true")] {
        let ask = addition(&shop, By::Guest(token), tin, 2).key("first");
        let answer = ask.send().await;
        assert_eq!(answer.header("idempotent-replayed"), replayed);
        let added = answer.expect(200);
        assert_eq!((held(&added), &added["cart_token"]), (vec![(tin, 2)], &Value::Null));
    }
    assert_eq!(shop.available(tin).await, 7);
    // Under a token that is told in this answer only, a key would stand for nothing.
    let keyed = addition(&shop, By::Nobody, tin, 2).key("first").send().await;
    assert_eq!(keyed.bad_fields(422, "invalid"), ["Cart-Token"]);
    assert_eq!(shop.available(tin).await, 7);
    // The key is of this cart: under another token it is another's.
    let ask = addition(&shop, By::Guest(&"o".repeat(32)), tin, 2).key("first").send().await;
    assert_eq!((ask.header("idempotent-replayed"), held(&ask.expect(200))), (None, vec![(tin, 2)]));
}

async fn what_is_no_token_is_refused_and_means_nothing_beside_a_login(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let ann = shop.customer("ann").await;
    let wrong =
        ["", "short", &"x".repeat(31), &"x".repeat(256), &"two words ".repeat(5), &"ü".repeat(32)];
    for token in wrong {
        for ask in [shop.get(CART), shop.ask("DELETE", CART)] {
            let answer = ask.header("Cart-Token", token).send().await;
            assert_eq!(answer.bad_fields(422, "invalid"), ["Cart-Token"], "{token}");
        }
        let answer = add(&shop, By::Guest(token), tin, 1).await;
        assert_eq!(answer.bad_fields(422, "invalid"), ["Cart-Token"], "{token}");
        let both = addition(&shop, By::Account(&ann), tin, 1).header("Cart-Token", token);
        both.send().await.expect(200);
        let body = json!({"cart_token": token});
        let answer = shop.post(CLAIM, &body).token(&ann.token).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), ["cart_token"], "{token}");
    }
    let twice = shop.get(CART).header("Cart-Token", "x".repeat(32));
    let twice = twice.header("Cart-Token", "x".repeat(32)).send().await;
    assert_eq!(twice.bad_fields(422, "invalid"), ["Cart-Token"]);
    assert_eq!(held(&cart(&shop, By::Account(&ann)).await), [(tin, wrong.len() as i64)]);
    // Nor does a good one: it is the account's cart.
    let token = "x".repeat(32);
    addition(&shop, By::Account(&ann), tin, 1)
        .header("Cart-Token", &token)
        .send()
        .await
        .expect(200);
    assert_eq!(held(&cart(&shop, By::Guest(&token)).await), []);
}

async fn whoever_has_no_token_has_an_empty_cart(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    assert_eq!(held(&cart(&shop, By::Nobody).await), []);
    assert_eq!(held(&empty(&shop, By::Nobody).await), []);
    assert_eq!(held(&remove(&shop, By::Nobody, tin).await.expect(200)), []);
    assert_eq!(held(&set(&shop, By::Nobody, tin, 0).await.expect(200)), []);
    assert_eq!(set(&shop, By::Nobody, tin, 1).await.bad_fields(422, "invalid"), ["Cart-Token"]);
    remove(&shop, By::Nobody, 999).await.problem(404, "not_found");
    set(&shop, By::Nobody, 999, 0).await.problem(404, "not_found");
    shop.post(CLAIM, &json!({"cart_token": "x".repeat(32)}))
        .send()
        .await
        .problem(401, "unauthenticated");
    assert_eq!(shop.available(tin).await, 9);
}

async fn the_guests_of_an_address_hold_so_many_together(shop: Arc<Shop>) {
    let node = shop.second_node(&[("guest_units_most", "5"), PROXIED]).await;
    let tin = node.tin("1.00", 99).await;
    let ann = node.customer("ann").await;
    let from = async |address: &str, by: By<'_>, quantity| {
        let ask = addition(&node, by, tin, quantity).header("X-Forwarded-For", address);
        ask.send().await
    };
    let (one, other) = ("1".repeat(32), "2".repeat(32));
    from("2001:db8::1", By::Guest(&one), 3).await.expect(200);
    from("2001:db8::ffff:2", By::Guest(&other), 2).await.expect(200);
    for by in [By::Guest(&one), By::Guest(&other), By::Nobody] {
        let problem = from("2001:db8::3", by, 1).await.problem(409, "crowd_holds_too_many");
        let tells = ["requested", "most"].iter().any(|name| !problem[*name].is_null());
        assert!(!tells, "it tells of others: {problem}");
    }
    // A cart is counted where it began.
    from("192.0.2.1", By::Guest(&one), 1).await.problem(409, "crowd_holds_too_many");
    from("192.0.2.1", By::Nobody, 5).await.expect(200);
    from("192.0.2.1", By::Nobody, 1).await.problem(409, "crowd_holds_too_many");
    // All of a /56 is one line, and one household.
    from("2001:db8:0:ff::1", By::Nobody, 1).await.problem(409, "crowd_holds_too_many");
    from("2001:db8:0:100::1", By::Nobody, 5).await.expect(200);
    // Who has logged in is not of them.
    from("192.0.2.1", By::Account(&ann), 9).await.expect(200);
    // What one lets go another may hold.
    set(&node, By::Guest(&one), tin, 1).await.expect(200);
    from("2001:db8::4", By::Guest(&other), 2).await.expect(200);
    empty(&node, By::Guest(&one)).await;
    from("2001:db8::4", By::Guest(&other), 1).await.expect(200);
    from("2001:db8::4", By::Guest(&other), 1).await.problem(409, "crowd_holds_too_many");
    // Also what he takes along.
    claim(&node, &ann, &other).await.expect(200);
    from("2001:db8::4", By::Guest(&other), 5).await.expect(200);
}

async fn neither_tokens_nor_addresses_are_kept(shop: Arc<Shop>) {
    let node = shop.second_node(&[PROXIED]).await;
    let tin = node.tin("1.00", 99).await;
    let token = "a-token-that-nobody-guesses-and-keeps";
    let ask = addition(&node, By::Guest(token), tin, 1).key("k");
    ask.header("X-Forwarded-For", "203.0.113.77").send().await.expect(200);
    let kept = dump(&shop.url).await;
    assert!(!kept.contains(token) && !kept.contains("203.0.113.77"));
    // Whoever reads the database does not find out by trying all addresses either.
    let crowd = domain::carts::CrowdId::of("203.0.113.77").0;
    assert!(!kept.contains(&crowd.to_string()) && !kept.contains(&crowd.simple().to_string()));
}

async fn a_login_takes_the_cart_along(shop: Arc<Shop>) {
    let (tin, cup) = (shop.tin("1.00", 5).await, shop.tin("2.00", 9).await);
    let ann = shop.customer("ann").await;
    let token = token_of(&add(&shop, By::Nobody, tin, 2).await.expect(200));
    add(&shop, By::Guest(&token), cup, 1).await.expect(200);
    add(&shop, By::Account(&ann), tin, 3).await.expect(200);
    let ask = || shop.post(CLAIM, &json!({"cart_token": token})).token(&ann.token).key("k");
    // Nothing of it is free in between, and nothing is missing after it. Lines stand as they were added.
    let claimed = ask().send().await;
    assert!(claimed.header("sutler-position").is_some());
    let claimed = claimed.expect(200);
    assert_eq!((held(&claimed), &claimed["left"]), (vec![(cup, 1), (tin, 5)], &json!([])));
    assert_eq!(claimed["total"], "7.00");
    assert_eq!((shop.available(tin).await, shop.available(cup).await), (0, 8));
    assert_eq!(held(&cart(&shop, By::Guest(&token)).await), []);
    let again = ask().send().await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(200), claimed);
    // Without a key, too: there is nothing left to claim.
    assert_eq!(held(&claim(&shop, &ann, &token).await.expect(200)), [(cup, 1), (tin, 5)]);
}

async fn what_does_not_fit_is_left_and_free(shop: Arc<Shop>) {
    let node = shop.second_node(&[("cart_units_most", "5"), ("cart_items_most", "2")]).await;
    let mut tins = Vec::new();
    for _ in 0..3 {
        tins.push(node.tin("1.00", 9).await);
    }
    let ann = node.customer("ann").await;
    let token = "t".repeat(32);
    add(&node, By::Account(&ann), tins[0], 3).await.expect(200);
    // Put in at a node that lets a cart have more.
    for tin in &tins {
        add(&shop, By::Guest(&token), *tin, 2).await.expect(200);
    }
    let keyed = async || {
        let ask = node.post(CLAIM, &json!({"cart_token": token})).token(&ann.token);
        ask.key("k").send().await
    };
    let claimed = keyed().await.expect(200);
    assert_eq!(held(&claimed), [(tins[0], 5)]);
    let left = |tin: i64, reason| json!({"product": tin, "quantity": 2, "reason": reason});
    let expected = json!([left(tins[1], "holds_too_many"), left(tins[2], "holds_too_many")]);
    assert_eq!(claimed["left"], expected);
    let again = keyed().await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(200), claimed);
    for (tin, available) in tins.iter().zip([4, 9, 9]) {
        assert_eq!(node.available(*tin).await, available);
    }
}

async fn what_is_left_says_what_it_did_not_fit(shop: Arc<Shop>) {
    let node = shop.second_node(&[("cart_units_most", "5"), ("cart_items_most", "2")]).await;
    let bound = json!({"name": "Tin", "price": 1, "quantity": 9, "order_units_most": 3});
    let tin = node.product(bound).await["id"].as_i64().unwrap();
    let (cup, pot) = (node.tin("1.00", 9).await, node.tin("1.00", 9).await);
    let ann = node.customer("ann").await;
    let token = "t".repeat(32);
    add(&node, By::Account(&ann), tin, 2).await.expect(200);
    for (product, quantity) in [(tin, 2), (cup, 3), (pot, 2)] {
        add(&shop, By::Guest(&token), product, quantity).await.expect(200);
    }
    let claimed = claim(&node, &ann, &token).await.expect(200);
    assert_eq!(held(&claimed), [(tin, 3), (cup, 2)]);
    let left = [(tin, 1, "too_many_units"), (cup, 1, "holds_too_many"), (pot, 2, "cart_full")];
    let left = left.map(|(product, quantity, reason)| {
        json!({"product": product, "quantity": quantity, "reason": reason})
    });
    assert_eq!(claimed["left"], json!(left));
    for (product, available) in [(tin, 6), (cup, 7), (pot, 9)] {
        assert_eq!(node.available(product).await, available);
    }
}

async fn a_login_brings_no_more_together_than_one_may_have(shop: Arc<Shop>) {
    for bound in ["order_units_most", "caller_units_most"] {
        let node = shop.second_node(&[(bound, "4")]).await;
        let (tin, person) = (node.tin("1.00", 9).await, node.somebody(Role::Customer).await);
        let token = format!("{bound:t<32}");
        add(&node, By::Account(&person), tin, 3).await.expect(200);
        add(&node, By::Guest(&token), tin, 3).await.expect(200);
        let claimed = claim(&node, &person, &token).await.expect(200);
        let left = json!({"product": tin, "quantity": 2, "reason": "too_many_units"});
        assert_eq!((held(&claimed), &claimed["left"]), (vec![(tin, 4)], &json!([left])));
        assert_eq!(node.available(tin).await, 5);
        // The token has no cart any more, and may begin another one.
        assert_eq!(held(&cart(&node, By::Guest(&token)).await), []);
        add(&node, By::Guest(&token), tin, 1).await.expect(200);
    }
}

async fn nobody_claims_the_cart_of_an_account(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 9).await;
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    add(&shop, By::Account(&ann), tin, 2).await.expect(200);
    for token in [ann.id.to_string(), ann.id.simple().to_string()] {
        let claimed = claim(&shop, &ben, &token).await.expect(200);
        assert_eq!((held(&claimed), &claimed["left"]), (vec![], &json!([])));
        assert_eq!(held(&cart(&shop, By::Guest(&token)).await), []);
    }
    assert_eq!(held(&cart(&shop, By::Account(&ann)).await), [(tin, 2)]);
    // Somebody else's token is whoever's it was shown to; a key's claim is its caller's.
    let token = token_of(&add(&shop, By::Nobody, tin, 1).await.expect(200));
    let ask = shop.post(ITEMS, &json!({"product": tin, "quantity": 1})).token("sk_nobody");
    ask.header("Cart-Token", &token).send().await.problem(401, "unauthenticated");
    assert_eq!(held(&cart(&shop, By::Guest(&token)).await), [(tin, 1)]);
}
