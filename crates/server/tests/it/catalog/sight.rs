//! `stock_shown`: what customers see of the stock, in pages and in refusals. Staff see all of it.

use super::PRODUCTS;
use crate::app::{Shop, on_both_engines};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    customers_see_of_the_stock_what_the_setting_says,
    a_refused_order_tells_no_more_of_the_stock_than_a_page,
}

/// The setting, and how 25, 10, 3 and 0 look by it.
const SIGHTS: [(&str, [Option<i64>; 4]); 3] = [
    ("exact", [Some(25), Some(10), Some(3), Some(0)]),
    ("10", [Some(10), Some(10), Some(3), Some(0)]),
    ("whether", [None; 4]),
];

async fn customers_see_of_the_stock_what_the_setting_says(shop: Arc<Shop>) {
    let mut tins = Vec::new();
    for quantity in [25, 10, 3, 0] {
        tins.push(shop.tin("1.00", quantity).await);
    }
    let ann = shop.customer("ann").await;
    for (setting, shown) in SIGHTS {
        let settings = [("stock_shown", setting), ("hide_out_of_stock", "false")];
        let node = shop.second_node(&settings).await;
        let seen = |product: &Value| (product["quantity"].as_i64(), product["in_stock"].clone());
        let askers = [
            (None, shown),
            (Some(&ann.token), shown),
            (Some(&node.staff), [Some(25), Some(10), Some(3), Some(0)]),
            // Again: what staff have seen is kept by itself.
            (None, shown),
        ];
        for (token, shown) in askers {
            let get = async |path: &str| {
                let ask = node.get(path);
                let ask = token.map_or(ask.clone(), |token| ask.token(token));
                ask.send().await.expect(200)
            };
            let expected: Vec<_> = shown.iter().zip([true, true, true, false]).collect();
            let list = get(&format!("{PRODUCTS}?ordering=created_at")).await;
            for (place, (quantity, in_stock)) in expected.into_iter().enumerate() {
                let expected = (*quantity, json!(in_stock));
                assert_eq!(seen(&list["results"][place]), expected, "{setting}");
                let detail = get(&format!("{PRODUCTS}/{}", tins[place])).await;
                assert_eq!(seen(&detail), expected, "{setting}");
            }
        }
    }
}

async fn a_refused_order_tells_no_more_of_the_stock_than_a_page(shop: Arc<Shop>) {
    let mut tins = Vec::new();
    for quantity in [25, 10, 3, 0] {
        tins.push(shop.tin("1.00", quantity).await);
    }
    let ann = shop.customer("ann").await;
    for (setting, shown) in SIGHTS {
        let node = shop.second_node(&[("stock_shown", setting)]).await;
        for (place, tin) in tins.iter().enumerate() {
            for (token, is_staff) in [(&ann.token, false), (&node.staff, true)] {
                let body = json!({"order_items": [{"product": tin, "quantity": 26}]});
                let order = node.post("/api/orders/orders", &body).token(token).send().await;
                let problem = order.problem(409, "out_of_stock");
                let exact = [25, 10, 3, 0][place];
                let available = if is_staff { Some(exact) } else { shown[place] };
                let line = json!({"product": tin, "requested": 26, "available": available});
                assert_eq!(problem["lines"], json!([line]), "{setting}");
                // Nor do the words.
                let tells = problem["detail"].as_str().unwrap().contains(&format!("only {exact} "));
                let may_be_more = !is_staff && setting == exact.to_string();
                let known = available == Some(exact) && !may_be_more;
                assert_eq!(tells, known, "{setting}: {problem}");
            }
        }
    }
}
