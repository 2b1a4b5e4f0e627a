//! Customers as a sheet over HTTP: looked at as a whole, and brought by admins.

use crate::app::{Shop, on_both_engines};
use domain::Role;
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    customers_come_in_as_a_whole_or_not_at_all,
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
