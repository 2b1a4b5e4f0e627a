//! A database that is at odds with the shop: somebody has bound it further, or has taken something away. Whoever
//! asks is told whose fault it is, and everything else goes on.

use crate::app::{Shop, on_both_engines};
use serde_json::json;
use std::sync::Arc;

on_both_engines! {
    what_the_database_refuses_for_good_is_refused_and_nothing_else_is,
    what_cannot_be_read_is_a_fault_of_the_shop_and_says_so,
}

async fn what_the_database_refuses_for_good_is_refused_and_nothing_else_is(shop: Arc<Shop>) {
    let bound = match shop.url.starts_with("sqlite") {
        true => {
            "create trigger no_poison before insert on products when new.name = 'Poison'
             begin select raise(abort, 'no poison here'); end"
        }
        false => "alter table products add constraint no_poison check (name <> 'Poison')",
    };
    shop.sql(bound).await;
    let product = |name: &str| json!({ "name": name, "price": "1.00", "quantity": 1 });
    let make = |name| shop.post("/api/catalog/products", &product(name)).token(&shop.staff);
    let refused = make("Poison").send().await.problem(422, "rejected");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("nothing was changed") && !detail.contains("poison"), "{detail}");
    make("Antidote").send().await.expect(201);
}

async fn what_cannot_be_read_is_a_fault_of_the_shop_and_says_so(shop: Arc<Shop>) {
    let product = json!({ "name": "Tin", "price": "1.00", "quantity": 1 });
    let made = shop.post("/api/catalog/products", &product).token(&shop.staff).send().await;
    let path = format!("/api/catalog/products/{}", made.expect(201)["id"]);
    shop.sql("drop view ledgers").await;
    let fault = shop.get(&format!("{path}/stock")).token(&shop.staff).send().await;
    let detail = fault.problem(500, "internal")["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("a fault of the shop") && !detail.contains("ledgers"), "{detail}");
    shop.get(&path).send().await.expect(200);
}
