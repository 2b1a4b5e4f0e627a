//! Places for sheets: whoever has one has it until his sheet is through, however slowly it comes or goes.

use crate::{
    app::{Person, Shop, on_both_engines, until},
    client::Wire,
    standstill::Standstill,
};
use domain::{AccountId, Caller, Role};
use serde_json::json;
use server::http::sheets::{ARRIVING_OF_ONE, AT_ONCE, LEAVING_OF_ONE};
use std::sync::Arc;

on_both_engines! {
    an_import_has_its_place_until_it_is_written,
    a_sheet_has_its_place_until_all_of_it_is_there,
    an_export_has_its_place_until_all_of_it_is_taken,
}

const PRODUCT_SHEET: &str = "/api/catalog/products.csv";
const STOCK_SHEET: &str = "/api/catalog/inventory.csv";
const PEOPLE_SHEET: &str = "/api/identity/customers.csv";

fn caller(person: &Person) -> Caller {
    Caller::account(AccountId(person.id))
}

async fn an_import_has_its_place_until_it_is_written(shop: Arc<Shop>) {
    shop.product(json!({ "sku": "T", "name": "Tin", "price": 1, "quantity": 5 })).await;
    let admins = [shop.somebody(Role::Admin).await, shop.somebody(Role::Admin).await];
    let bring = async |number: usize, path: &str, text: &str| {
        let ask = shop.ask("POST", path).token(&admins[number].token).raw("text/csv", text);
        ask.send().await
    };
    for (path, one, other) in [
        (STOCK_SHEET, "sku,delta\nT,1\n", "sku,delta\nT,2\n"),
        (PRODUCT_SHEET, "sku,name\nT,One\n", "sku,name\nT,Other\n"),
        (PEOPLE_SHEET, "username,email\nann,a@b.example\n", "username,email\nben,b@b.example\n"),
    ] {
        let standstill = Standstill::of(&shop).await;
        let meanwhile = async {
            shop.waits(AT_ONCE).await;
            assert_eq!(shop.app.sheets.available_permits(), 0, "{path}: they are not written");
            bring(0, path, one).await.problem(503, "overloaded");
            standstill.ends().await;
        };
        let (one, other, ()) = tokio::join!(bring(0, path, one), bring(1, path, other), meanwhile);
        for answer in [one, other] {
            answer.expect(200);
        }
        assert_eq!(shop.app.sheets.available_permits(), AT_ONCE, "{path}");
    }
}

async fn a_sheet_has_its_place_until_all_of_it_is_there(shop: Arc<Shop>) {
    let (ann, ben) = (shop.somebody(Role::Staff).await, shop.somebody(Role::Staff).await);
    let ask = |person: &Person| {
        shop.ask("POST", STOCK_SHEET).token(&person.token).raw("text/csv", "sku\n")
    };
    let bytes = ask(&ann).header("Expect", "100-continue").bytes();
    let (most, rest) = bytes.split_at(bytes.len() - 1);
    let mut wires = Vec::new();
    for _ in 0..ARRIVING_OF_ONE {
        let mut wire = Wire::connect(shop.address).await;
        wire.write(most).await;
        // So it is read: it asks for the rest.
        assert_eq!(wire.answer().await.unwrap().status, 100);
        wires.push(wire);
    }
    ask(&ann).send().await.problem(429, "rate_limited");
    ask(&ben).send().await.expect(200);
    let mut first = wires.remove(0);
    first.write(rest).await;
    first.answer().await.unwrap().expect(200);
    ask(&ann).send().await.expect(200);
    // One that breaks off has none either.
    drop(wires);
    let places = async || {
        let places = (0..ARRIVING_OF_ONE).map(|_| shop.app.arriving.enter(caller(&ann)));
        places.collect::<Vec<_>>().iter().all(Result::is_ok)
    };
    until("the places to be free", places).await;
}

async fn an_export_has_its_place_until_all_of_it_is_taken(shop: Arc<Shop>) {
    // More than lies in the buffers of a connection.
    const PRODUCTS: usize = 32;
    const LONG: usize = 1 << 20;
    for number in 0..PRODUCTS {
        shop.product(json!({ "sku": format!("T-{number}"), "name": "Tin", "price": 1 })).await;
    }
    shop.sql(&format!("update products set description = '{}'", "x".repeat(LONG))).await;
    let ann = shop.somebody(Role::Staff).await;
    let export = || shop.get(PRODUCT_SHEET).token(&ann.token);
    let enter = || shop.app.exports.enter(caller(&ann));
    let _others: Vec<_> = (1..LEAVING_OF_ONE).map(|_| enter().ok().unwrap()).collect();
    for is_taken in [true, false] {
        let mut wire = Wire::narrow(shop.address).await;
        wire.write(&export().bytes()).await;
        wire.is_answered().await;
        export().send().await.problem(429, "rate_limited");
        if is_taken {
            let answer = wire.answer().await.unwrap();
            assert_eq!(answer.status, 200);
            assert!(answer.body.len() > PRODUCTS * LONG);
        }
        drop(wire);
        until("the place to be free", async || enter().is_ok()).await;
    }
}
