//! Sheets over HTTP: what goes out comes back unchanged, and what comes in is looked at as a whole first.

use super::PRODUCTS;
use crate::{
    app::{Person, Shop, on_both_engines},
    client::{Answer, Ask},
};
use domain::{AccountId, Caller, Role};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    a_sheet_that_went_out_changes_nothing_when_it_comes_back,
    a_row_makes_a_product_or_changes_the_one_of_its_sku,
    every_bad_row_is_told_and_none_is_written,
    a_file_does_nothing_twice_unless_another_key_says_so,
    stock_moves_by_a_sheet_and_what_lay_there_is_passed_over,
    customers_and_orders_go_out,
    more_than_a_page_of_customers_and_orders_goes_out,
    a_sheet_may_be_as_large_as_the_setting_says,
    only_some_sheets_come_in_and_go_out_at_once,
}

const PRODUCT_SHEET: &str = "/api/catalog/products.csv";
const STOCK_SHEET: &str = "/api/catalog/inventory.csv";
const PEOPLE_SHEET: &str = "/api/identity/customers.csv";

fn sheet(shop: &Shop, path: &str, text: &str) -> Ask {
    shop.ask("POST", path).token(&shop.staff).raw("text/csv", text)
}

async fn dry(shop: &Shop, path: &str, text: &str) -> Value {
    sheet(shop, &format!("{path}?dry_run=true"), text).send().await.expect(200)
}

async fn out(shop: &Shop, path: &str) -> String {
    let answer: Answer = shop.get(path).token(&shop.staff).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(answer.header("content-disposition").unwrap().starts_with("attachment"));
    answer.text()
}

fn counts(answer: &Value) -> [i64; 3] {
    ["created", "changed", "unchanged"].map(|name| answer[name].as_i64().unwrap())
}

async fn a_sheet_that_went_out_changes_nothing_when_it_comes_back(shop: Arc<Shop>) {
    shop.category("-odd", None).await;
    let first = shop
        .product(json!({
            "sku": "=1+1", "name": "@Mess, \"tin\"", "description": "'=a\r\nb\nc", "price": "12.5",
            "category": "-odd", "quantity": 7, "low_stock_threshold": 2,
            "image_url": "https://img.example/tin.png",
        }))
        .await;
    shop.product(json!({ "sku": "'x'", "name": "'quoted'", "price": 0 })).await;
    let went_out = out(&shop, PRODUCT_SHEET).await;
    let expected = "sku,name,description,price,quantity,category,image_url,low_stock_threshold\n\
        '=1+1,\"'@Mess, \"\"tin\"\"\",\"''=a\r\nb\nc\",12.50,7,'-odd,https://img.example/tin.png,2\n\
        'x','quoted',,0.00,0,,,\n";
    assert_eq!(went_out, expected);
    // What was sold since stays sold.
    let ada = shop.customer("ada").await;
    let id = first["id"].as_i64().unwrap();
    shop.place(&ada, id, 3).await.expect(201);
    let told = dry(&shop, PRODUCT_SHEET, &went_out).await;
    let nothing = json!({
        "created": 0, "changed": 0, "unchanged": 2, "done_before": 0, "not_told": 0, "errors": [],
        "changes": [],
    });
    assert_eq!(told, nothing);
    let done = sheet(&shop, PRODUCT_SHEET, &went_out).send().await.expect(200);
    assert_eq!(done, nothing);
    let shown = shop.get(&format!("{PRODUCTS}/{id}")).token(&shop.staff).send().await.expect(200);
    assert_eq!((&shown["version"], &shown["quantity"]), (&json!(1), &json!(4)));
}

async fn a_row_makes_a_product_or_changes_the_one_of_its_sku(shop: Arc<Shop>) {
    shop.category("camp", None).await;
    let before = shop
        .product(json!({
            "sku": "OLD", "name": "Old", "price": 1, "quantity": 5, "category": "camp",
            "description": "stays",
        }))
        .await;
    // In any order, with the mark that spreadsheets put before it, and their ends of lines.
    let text = "\u{feff}price,sku,name,quantity,category,low_stock_threshold\r\n\
        2.50,OLD,,99,,3\r\n\
        9.90,NEW,\"Billy, can\",4,camp,\r\n";
    let told = dry(&shop, PRODUCT_SHEET, text).await;
    assert_eq!(counts(&told), [1, 1, 0]);
    let change = |line: i64, sku: &str, field: &str, from: &str, to: &str| json!({ "line": line, "sku": sku, "field": field, "from": from, "to": to });
    let expected = json!([
        change(2, "OLD", "price", "1.00", "2.50"),
        change(2, "OLD", "category", "camp", ""),
        change(2, "OLD", "low_stock_threshold", "", "3"),
        change(3, "NEW", "name", "", "Billy, can"),
        change(3, "NEW", "price", "", "9.90"),
        change(3, "NEW", "quantity", "", "4"),
        change(3, "NEW", "category", "", "camp"),
    ]);
    assert_eq!(told["changes"], expected);
    let list = shop.get(PRODUCTS).token(&shop.staff).send().await.expect(200);
    assert_eq!(list["count"], 1, "a dry run has written");

    let done = sheet(&shop, PRODUCT_SHEET, text).send().await.expect(200);
    assert_eq!(counts(&done), [1, 1, 0]);
    let old = shop.get(&format!("{PRODUCTS}/sku:OLD")).token(&shop.staff).send().await.expect(200);
    assert_eq!((&old["id"], &old["version"]), (&before["id"], &json!(2)));
    assert_eq!((&old["name"], &old["description"]), (&json!("Old"), &json!("stays")));
    assert_eq!((&old["price"], &old["category"]), (&json!("2.50"), &json!(null)));
    assert_eq!((&old["quantity"], &old["low_stock_threshold"]), (&json!(5), &json!(3)));
    let new = shop.get(&format!("{PRODUCTS}/sku:NEW")).token(&shop.staff).send().await.expect(200);
    assert_eq!((&new["name"], &new["quantity"]), (&json!("Billy, can"), &json!(4)));
    // By whom is in the trail, as of any other edit.
    let trail = shop.get("/api/audit?kind=product.changed").token(&shop.staff).send().await;
    assert_eq!(trail.expect(200)["count"], 1);
    let cleared = sheet(&shop, PRODUCT_SHEET, "sku,description\nOLD,\n").send().await.expect(200);
    assert_eq!(counts(&cleared), [0, 1, 0]);
    let old = shop.get(&format!("{PRODUCTS}/sku:OLD")).token(&shop.staff).send().await.expect(200);
    assert_eq!((&old["name"], &old["description"]), (&json!("Old"), &json!("")));
}

async fn every_bad_row_is_told_and_none_is_written(shop: Arc<Shop>) {
    shop.product(json!({ "sku": "OLD", "name": "Old", "price": 1 })).await;
    let text = "sku,name,price,category,image_url\n\
        GOOD,Good,1,,\n\
        ,No sku,1,,\n\
        OLD,,-1,,ftp://x\n\
        NEW,,,,\n\
        GOOD,Twice,1,,\n\
        LOST,Lost,1,nowhere,\n\
        short,x\n";
    let told = dry(&shop, PRODUCT_SHEET, text).await;
    let errors = told["errors"].as_array().unwrap();
    let found: Vec<(i64, &str)> = errors
        .iter()
        .map(|error| (error["line"].as_i64().unwrap(), error["field"].as_str().unwrap()))
        .collect();
    let expected = [
        (3, "sku"),
        (4, "price"),
        (4, "image_url"),
        (5, "name"),
        (5, "price"),
        (6, "sku"),
        (7, "category"),
        (8, ""),
    ];
    assert_eq!(found, expected);
    assert_eq!(errors[5]["message"], "is on line 2 too");
    let refused = sheet(&shop, PRODUCT_SHEET, text).send().await;
    let problem = refused.problem(422, "invalid");
    assert_eq!(problem["detail"], "6 of 7 rows cannot be imported, and so none was");
    let first = json!({ "line": 3, "field": "sku", "message": "must not be empty" });
    assert_eq!(problem["errors"][0], first);
    let list = shop.get(PRODUCTS).token(&shop.staff).send().await.expect(200);
    assert_eq!(list["count"], 1, "a row was written beside bad ones");
    for (text, part) in [
        ("", "the column sku is missing"),
        ("sku,shoe\nA,1\n", "the column \"shoe\" is not known"),
        ("sku,name,sku\n", "the column sku comes twice"),
    ] {
        let problem = sheet(&shop, PRODUCT_SHEET, text).send().await.problem(422, "invalid");
        let message = problem["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(part), "{text}: {message}");
    }
}

/// In several commits.
async fn a_file_does_nothing_twice_unless_another_key_says_so(shop: Arc<Shop>) {
    let skus = || (1..=1_100).map(|number| format!("S-{number}"));
    let rows: String = skus().map(|sku| format!("{sku},Thing,1,2\n")).collect();
    let text = format!("sku,name,price,quantity\n{rows}");
    let done = sheet(&shop, PRODUCT_SHEET, &text).send().await.expect(200);
    assert_eq!(counts(&done), [1_100, 0, 0]);
    let rows: String = skus().map(|sku| format!("{sku},1,delivery\n")).collect();
    let delivery = format!("sku,delta,reason\n{rows}");
    let first = sheet(&shop, STOCK_SHEET, &delivery).send().await;
    assert_eq!(counts(&first.expect(200)), [0, 1_100, 0]);
    assert_eq!(first.header("idempotent-replayed"), None);
    let all = async |units: i64| {
        let stock = out(&shop, STOCK_SHEET).await;
        let lines: Vec<&str> = stock.lines().skip(1).collect();
        assert_eq!(lines.len(), 1_100);
        for line in lines {
            assert!(line.ends_with(&format!(",{units},0,{units},")), "{line}, and not {units}");
        }
    };
    all(3).await;
    let again = sheet(&shop, STOCK_SHEET, &delivery).send().await;
    assert_eq!(counts(&again.expect(200)), [0, 0, 0]);
    assert_eq!(again.expect(200)["done_before"], 1_100);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    all(3).await;
    for (changed, done_before) in [(1_100, 0), (0, 1_100)] {
        let other = sheet(&shop, STOCK_SHEET, &delivery).key("another delivery").send().await;
        assert_eq!(counts(&other.expect(200)), [0, changed, 0]);
        assert_eq!(other.expect(200)["done_before"], done_before);
        all(4).await;
    }
}

async fn stock_moves_by_a_sheet_and_what_lay_there_is_passed_over(shop: Arc<Shop>) {
    for (sku, quantity) in [("A", 5), ("B", 5), ("C", 5)] {
        shop.product(json!({ "sku": sku, "name": sku, "price": 1, "quantity": quantity })).await;
    }
    let went_out = out(&shop, STOCK_SHEET).await;
    assert_eq!(
        went_out,
        "sku,on_hand,reserved,available,low_stock_threshold\nA,5,0,5,\nB,5,0,5,\nC,5,0,5,\n"
    );
    let back = sheet(&shop, STOCK_SHEET, &went_out).send().await.expect(200);
    assert_eq!(counts(&back), [0, 0, 3]);
    let text = "sku,on_hand,delta,set,reason\nA,900,-2,,lost\nB,900,,9,counted\nC,900,,,\n";
    let told = dry(&shop, STOCK_SHEET, text).await;
    assert_eq!(counts(&told), [0, 2, 1]);
    assert_eq!(told["changes"][0]["to"], "3");
    let done = sheet(&shop, STOCK_SHEET, text).send().await.expect(200);
    assert_eq!(counts(&done), [0, 2, 1]);
    assert!(out(&shop, STOCK_SHEET).await.ends_with("A,3,0,3,\nB,9,0,9,\nC,5,0,5,\n"));
    let bad = "sku,delta,set\nA,-4,\nB,1,1\nNONE,1,\nC,x,\n";
    let refused = sheet(&shop, STOCK_SHEET, bad).send().await;
    let fields = refused.bad_fields(422, "invalid");
    assert_eq!(fields, ["delta", "set", "sku"]);
}

async fn customers_and_orders_go_out(shop: Arc<Shop>) {
    let ada = shop.customer("ada").await;
    shop.customer("ben").await;
    shop.sql("update accounts set is_active = false where username = 'ben'").await;
    shop.sql("update accounts set language = 'de' where username = 'ada'").await;
    let tin = shop.product(json!({ "sku": "T", "name": "=Tin", "price": 2, "quantity": 9 })).await;
    let pot = shop.product(json!({ "sku": "P", "name": "Pot", "price": 3, "quantity": 9 })).await;
    let body = json!({
        "order_items": [
            { "product": tin["id"], "quantity": 2 }, { "product": pot["id"], "quantity": 1 },
        ],
        "note": "=HYPERLINK()",
    });
    let ask = shop.post("/api/orders/orders", &body).token(&ada.token);
    let order = ask.send().await.expect(201);
    let customers = out(&shop, "/api/identity/customers.csv").await;
    assert_eq!(
        customers,
        "username,email,first_name,last_name,language,is_active,email_confirmed\n\
         ada,ada@example.com,,,de,true,true\nben,ben@example.com,,,,false,true\n"
    );
    let orders = out(&shop, "/api/orders/orders.csv").await;
    let lines: Vec<&str> = orders.lines().collect();
    let own = format!("1,{},pending,{},", order["id"].as_str().unwrap(), ada.id);
    assert_eq!(lines.len(), 3, "{orders}");
    // Nobody has said where it goes, nor whom to reach.
    let unsaid = ",".repeat(12);
    for (line, end) in
        [(1, ",EUR,7.00,'=HYPERLINK(),T,'=Tin,2,2.00,4.00"), (2, ",P,Pot,1,3.00,3.00")]
    {
        let end = format!("{end}{unsaid}");
        assert!(lines[line].starts_with(&own) && lines[line].ends_with(&end), "{}", lines[line]);
    }
}

async fn a_sheet_may_be_as_large_as_the_setting_says(shop: Arc<Shop>) {
    let small = Shop::open(&shop.url, &[("sheet_limit", "1KiB")]).await;
    let text = |bytes: usize| format!("sku\n{}", "A\n".repeat(bytes / 2 - 2));
    let told = dry(&small, PRODUCT_SHEET, &text(1_024)).await;
    assert_eq!(told["errors"][2]["message"], "is on line 2 too");
    sheet(&small, PRODUCT_SHEET, &text(1_026)).send().await.problem(413, "body_too_large");
    let kinds = small.ask("POST", PRODUCT_SHEET).token(&small.staff).json(&json!({}));
    kinds.send().await.problem(415, "unsupported_media_type");
}

/// What is gone is not told, also if a whole page of it is.
async fn more_than_a_page_of_customers_and_orders_goes_out(shop: Arc<Shop>) {
    const CUSTOMERS: usize = 1_100;
    const ORDERS: i64 = 230;
    let rows: String = (0..CUSTOMERS).map(|n| format!("c{n},c{n}@example.com\n")).collect();
    let people = format!("username,email\n{rows}");
    let admin = shop.somebody(Role::Admin).await;
    let ask = shop.ask("POST", PEOPLE_SHEET).token(&admin.token).raw("text/csv", &people);
    assert_eq!(ask.send().await.expect(200)["created"], CUSTOMERS);
    for name in ["c0", "c600"] {
        let there = shop.app.readers.exact().account_named(name).await.unwrap().unwrap();
        shop.command(domain::accounts::Anonymize { id: there.id }).await;
    }
    let went_out = out(&shop, PEOPLE_SHEET).await;
    let names = went_out.lines().skip(1).map(|line| line.split_once(',').unwrap().0);
    let names: Vec<&str> = names.collect();
    let mut expected: Vec<String> = (0..CUSTOMERS).map(|n| format!("c{n}")).collect();
    expected.retain(|name| name != "c0" && name != "c600");
    let told: std::collections::BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names.len(), told.len(), "somebody is there twice");
    assert_eq!(told, expected.iter().map(String::as_str).collect());

    let ada = shop.customer("ada").await;
    let tin = shop.tin("1.00", 1_000).await;
    for _ in 0..ORDERS {
        shop.place(&ada, tin, 1).await.expect(201);
    }
    let went_out = out(&shop, "/api/orders/orders.csv").await;
    let numbers = went_out.lines().skip(1).map(|line| line.split_once(',').unwrap().0);
    let expected: Vec<String> = (1..=ORDERS).map(|number| number.to_string()).collect();
    assert!(numbers.eq(expected.iter().map(String::as_str)));
}

async fn only_some_sheets_come_in_and_go_out_at_once(shop: Arc<Shop>) {
    let ask = || sheet(&shop, STOCK_SHEET, "sku\n");
    let held = [0, 1].map(|_| Arc::clone(&shop.app.sheets).try_acquire_owned().unwrap());
    let refused = ask().send().await;
    refused.problem(503, "overloaded");
    assert!(refused.header("retry-after").is_some());
    drop(held);
    ask().send().await.expect(200);
    let (ann, ben) = (shop.somebody(Role::Staff).await, shop.somebody(Role::Staff).await);
    let callers = [&ann, &ben].map(|person| Caller::account(AccountId(person.id)));
    // Who sends two slowly has no third, and keeps nobody else out.
    let arriving = [0, 1].map(|_| shop.app.arriving.enter(callers[0]).ok().unwrap());
    let as_is = |person: &Person| {
        shop.ask("POST", STOCK_SHEET).token(&person.token).raw("text/csv", "sku\n").send()
    };
    let refused = as_is(&ann).await;
    refused.problem(429, "rate_limited");
    assert!(refused.header("retry-after").is_some());
    as_is(&ben).await.expect(200);
    drop(arriving);
    as_is(&ann).await.expect(200);
    let going: Vec<_> = (0..4).map(|_| shop.app.exports.enter(callers[0]).ok().unwrap()).collect();
    let export = |person: &Person| shop.get(STOCK_SHEET).token(&person.token).send();
    export(&ann).await.problem(429, "rate_limited");
    assert_eq!(export(&ben).await.status, 200);
    drop(going);
    // A place comes back when the sheet has gone out.
    for _ in 0..5 {
        assert_eq!(export(&ann).await.status, 200);
    }
}
