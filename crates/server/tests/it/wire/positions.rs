//! `Sutler-Position`: every answer to a write says of which commit it is, also when there was no event.

use crate::{
    app::{Shop, on_both_engines},
    client::Answer,
};
use serde_json::json;
use std::sync::Arc;

on_both_engines!(
    every_answer_to_a_write_says_of_which_commit_it_is,
    an_answer_that_is_given_again_shows_where_the_shop_stands,
    a_read_that_brings_a_position_back_sees_what_was_done_there,
);

fn position(answer: &Answer) -> (String, i64) {
    let position = answer.header("sutler-position").expect("a position");
    let (epoch, commit) = position.split_once('-').expect("an epoch and a commit");
    (epoch.to_owned(), commit.parse().expect("a number"))
}

async fn every_answer_to_a_write_says_of_which_commit_it_is(shop: Arc<Shop>) {
    // What works by itself commits, too.
    shop.stop_workers().await;
    let ann = shop.customer("ann").await;
    let registration = json!({"username": "bea", "email": "bea@example.com",
        "password": "three blind mice", "password2": "three blind mice"});
    let registered = shop.post("/api/identity/register", &registration).send().await;
    let (epoch, first) = position(&registered);
    let feed = shop.app.readers.exact().feed().await.unwrap();
    assert_eq!((&epoch, first), (&feed.epoch, feed.commit), "it made no event");
    let tin = shop.tin("1.00", 5).await;
    let login = json!({"username": "bea", "password": "three blind mice"});
    let answers = [
        shop.post("/api/identity/token", &login).send().await,
        shop.place(&ann, tin, 1).await,
        shop.patch(&format!("/api/catalog/products/{tin}"), &json!({"price": "2.00"})).send().await,
    ];
    let positions = answers.each_ref().map(position);
    assert_eq!(positions, [first + 2, first + 3, first + 4].map(|commit| (epoch.clone(), commit)));
    let order = answers[1].json();
    let cancel = format!("/api/orders/orders/{}/cancel", order["id"].as_str().unwrap());
    let cancelled = shop.post(&cancel, &json!({})).token(&ann.token).send().await;
    assert_eq!(position(&cancelled), (epoch.clone(), first + 5));
    let batch = json!({"lines": [{"product": tin, "delta": 1}]});
    let moved = shop.post("/api/catalog/inventory/batch", &batch).token(&shop.staff).send().await;
    assert_eq!(position(&moved), (epoch, first + 6));
}

async fn an_answer_that_is_given_again_shows_where_the_shop_stands(shop: Arc<Shop>) {
    // What works by itself commits, too.
    shop.stop_workers().await;
    let ann = shop.customer("ann").await;
    let tin = shop.tin("1.00", 5).await;
    let body = json!({"order_items": [{"product": tin, "quantity": 1}]});
    let place = || shop.post("/api/orders/orders", &body).token(&ann.token).key("k").send();
    let (_, first) = position(&place().await);
    shop.place(&ann, tin, 1).await.expect(201);
    let again = place().await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(position(&again).1, first + 1);
    assert_eq!(shop.get("/api/catalog/products").send().await.header("sutler-position"), None);
}

/// Its page was made before, and is a second young.
async fn a_read_that_brings_a_position_back_sees_what_was_done_there(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let tin = shop.tin("1.00", 5).await;
    let (path, list) = (format!("/api/catalog/products/{tin}"), "/api/catalog/products");
    let quantities = async |position: Option<&str>| {
        let mut quantities = Vec::new();
        for path in [path.as_str(), list] {
            let ask = shop.ask("GET", path);
            let ask = match position {
                Some(position) => ask.header("sutler-position", position),
                None => ask,
            };
            let body = ask.send().await.expect(200);
            let product = if path == list { &body["results"][0] } else { &body };
            quantities.push(product["quantity"].as_i64().unwrap());
        }
        quantities
    };
    assert_eq!(quantities(None).await, [5, 5]);
    let placed = shop.place(&ann, tin, 2).await;
    assert_eq!(quantities(placed.header("sutler-position")).await, [3, 3]);
}
