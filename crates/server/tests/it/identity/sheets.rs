//! Customers as a sheet over HTTP: looked at as a whole, and brought by admins.

use crate::app::{Shop, blind, on_both_engines};
use domain::{Actor, CorrelationId, Role};
use serde_json::{Value, json};
use server::sheets::{
    customers::{self, Finding},
    spools::anonymous,
};
use std::{
    fs::File,
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};
use uuid::Uuid;

on_both_engines! {
    customers_come_in_as_a_whole_or_not_at_all,
    an_import_that_was_broken_off_goes_on_elsewhere,
    who_is_there_is_asked_again_of_a_busy_shop,
}

const PEOPLE_SHEET: &str = "/api/identity/customers.csv";

async fn customers_come_in_as_a_whole_or_not_at_all(shop: Arc<Shop>) {
    let admin = shop.somebody(Role::Admin).await;
    let bring = |query: &str, text: &str| {
        let ask = shop.ask("POST", &format!("{PEOPLE_SHEET}{query}"));
        ask.token(&admin.token).raw("text/csv", text).send()
    };
    shop.customer("ada").await;
    let text =
        "username;email;first_name;password\nada;ada@example.com;Ada;\nben;ben@example.com;;\n";
    let told = bring("?dry_run=true", text).await.expect(200);
    let change = |field: &str, to: &str| json!({ "line": 3, "username": "ben", "field": field, "from": "", "to": to });
    let expected = json!({
        "created": 1, "unchanged": 1, "not_told": 0, "errors": [], "changes": [
            change("email", "ben@example.com"), change("is_active", "true"),
            change("email_confirmed", "false"),
        ],
    });
    assert_eq!(told, expected);
    let done = json!({ "created": 1, "unchanged": 1, "not_told": 0, "errors": [], "changes": [] });
    assert_eq!(bring("", text).await.expect(200), done);
    assert_eq!(counts_of_people(&bring("", text).await.expect(200)), [0, 2]);
    let ben = shop.app.readers.exact().account_named("ben").await.unwrap().unwrap();
    assert_eq!((ben.email.as_str(), ben.email_confirmed), ("ben@example.com", false));

    // Who has not confirmed it yet may only say that the address is his.
    shop.sql("update accounts set held_until = 1 where username = 'ben'").await;
    let held = bring("?dry_run=true", text).await.expect(200);
    let error = &held["errors"][0];
    assert_eq!([&error["line"], &error["field"]], [&json!(3), &json!("username")], "{held}");

    let bad =
        "username,email,password\neve,eve@example.com,\nBEN,other@example.com,\nfay,fay,md5$x$y\n";
    let told = bring("?dry_run=true", bad).await.expect(200);
    let errors = told["errors"].as_array().unwrap();
    let found: Vec<(i64, &str)> = errors
        .iter()
        .map(|error| (error["line"].as_i64().unwrap(), error["field"].as_str().unwrap()))
        .collect();
    assert_eq!(found, [(3, "username"), (4, "email"), (4, "password")]);
    let problem = bring("", bad).await.problem(422, "invalid");
    assert_eq!(problem["detail"], "2 of 3 rows cannot be imported, and so none was");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 3);
    assert_eq!(shop.app.readers.exact().account_named("eve").await.unwrap(), None);
}

fn counts_of_people(answer: &Value) -> [i64; 2] {
    ["created", "unchanged"].map(|name| answer[name].as_i64().unwrap())
}

fn file(text: &str) -> File {
    let mut file = anonymous().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// Three chunks of rows.
async fn an_import_that_was_broken_off_goes_on_elsewhere(shop: Arc<Shop>) {
    const CUSTOMERS: i64 = 1_100;
    let rows = (1..=CUSTOMERS).map(|number| format!("c{number},c{number}@example.com\n"));
    let text = format!("username,email\n{}", rows.collect::<String>());
    let node = shop.second_node(&[]).await;
    let by = (Actor::SYSTEM, CorrelationId(Uuid::now_v7()));
    let closes = &mut |rows: u64| {
        if rows == 500 {
            node.app.writer.close()
        }
    };
    let broken = customers::write(&node.app, by, &file(&text), closes).await.unwrap_err();
    let told = "500 customers are imported: bring the same file again, and it goes on from there";
    assert!(broken.detail().ends_with(told), "{}", broken.detail());
    let one = file("username,email\nann,ann@example.com\nb d,ben\n");
    let broken = customers::write(&shop.app, by, &one, &mut |_| {}).await.unwrap_err();
    let told = "; 1 customer is imported: bring the same file again, and it goes on from there";
    assert!(broken.detail().ends_with(told), "{}", broken.detail());
    let admin = shop.somebody(Role::Admin).await;
    for expected in [[CUSTOMERS - 500, 500], [0, CUSTOMERS]] {
        let ask = shop.ask("POST", PEOPLE_SHEET).token(&admin.token).raw("text/csv", &text);
        assert_eq!(counts_of_people(&ask.send().await.expect(200)), expected);
        let filter = store::AccountFilter { role: Some(Role::Customer), ..Default::default() };
        let people = shop.app.readers.late().count_found(&filter, 10_000).await.unwrap();
        assert_eq!(people, CUSTOMERS + 1, "and the one");
    }
}

async fn who_is_there_is_asked_again_of_a_busy_shop(shop: Arc<Shop>) {
    let node = Shop::open_as(&shop.url, &[], blind).await;
    let began = Instant::now();
    let found = &mut |_: Finding<'_>| Ok(());
    let text = "username,email\nann,ann@example.com\n";
    customers::check(&node.app, &file(text), found).await.unwrap_err();
    // Four times, with 50, 100 and 200 ms between them, and a clock is never early.
    assert!(began.elapsed() >= Duration::from_millis(350));
}
