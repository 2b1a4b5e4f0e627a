//! What is seen of what carts hold: in the catalog, and by the staff.

use super::{By, add, empty};
use crate::app::{Shop, on_both_engines};
use serde_json::json;
use std::sync::Arc;

on_both_engines! {
    what_is_all_held_leaves_the_customers_list_where_the_shop_wants_it,
    the_stock_says_which_carts_hold_it,
}

async fn what_is_all_held_leaves_the_customers_list_where_the_shop_wants_it(shop: Arc<Shop>) {
    let uncached = ("catalog_cache_ttl", "0s");
    let hiding = shop.second_node(&[uncached]).await;
    let showing = shop.second_node(&[uncached, ("hide_held", "false")]).await;
    let (free, all, none) =
        (shop.tin("1.00", 5).await, shop.tin("1.00", 5).await, shop.tin("1.00", 0).await);
    let ann = shop.customer("ann").await;
    add(&shop, By::Account(&ann), free, 4).await.expect(200);
    add(&shop, By::Account(&ann), all, 5).await.expect(200);
    let query = "ordering=created_at";
    assert_eq!(hiding.ids(query).await, [free]);
    assert_eq!(showing.ids(query).await, [free, all]);
    // It is shown as what it is, and found by whoever asks for it.
    let shown = showing.get(&format!("/api/catalog/products/{all}")).send().await.expect(200);
    assert_eq!((&shown["quantity"], &shown["in_stock"]), (&json!(0), &json!(false)));
    for node in [&hiding, &showing] {
        assert_eq!(node.ids(&format!("{query}&in_stock=true")).await, [free]);
        assert_eq!(node.ids(&format!("{query}&in_stock=false")).await, [all, none]);
    }
    empty(&shop, By::Account(&ann)).await;
    assert_eq!(hiding.ids(query).await, [free, all]);
}

async fn the_stock_says_which_carts_hold_it(shop: Arc<Shop>) {
    let (tin, other) = (shop.tin("1.00", 9).await, shop.tin("1.00", 9).await);
    let ann = shop.customer("ann").await;
    let token = "g".repeat(32);
    let added = add(&shop, By::Account(&ann), tin, 4).await.expect(200);
    add(&shop, By::Guest(&token), tin, 1).await.expect(200);
    add(&shop, By::Guest(&token), other, 1).await.expect(200);
    let path = format!("/api/catalog/products/{tin}/stock");
    let ask = async |query: &str| {
        let ask = shop.get(&format!("{path}{query}")).token(&shop.staff);
        ask.send().await.expect(200)
    };
    let stock = ask("").await;
    assert_eq!([&stock["on_hand"], &stock["reserved"], &stock["available"]], [9, 5, 4]);
    assert_eq!((&stock["made_of"]["held"], &stock["detail"]), (&json!(5), &json!(null)));
    assert_eq!(stock["unexplained"], json!({"on_hand": 0, "reserved": 0}));
    let mut carts = ask("?detail=true").await["detail"]["carts"].as_array().unwrap().clone();
    carts.sort_by_key(|cart| cart["quantity"].as_i64());
    assert_eq!([&carts[0]["kind"], &carts[0]["account"]], [&json!("guest"), &json!(null)]);
    assert_eq!(carts[0]["quantity"], 1);
    let anns = json!({
        "kind": "account", "account": ann.id, "quantity": 4, "expires_at": added["expires_at"],
    });
    assert_eq!((carts.len(), &carts[1]), (2, &anns));
    // They stand beside the first orders only.
    let below = "?detail=true&below=01890000-0000-7000-8000-000000000000";
    assert_eq!(ask(below).await["detail"]["carts"], json!([]));
}
