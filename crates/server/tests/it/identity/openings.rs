//! POST /api/identity/customers: accounts that the staff open for others.

use super::{
    customers::{CUSTOMERS, create, path},
    people::{Mailbox, PASSWORD, log_in, login_with, me, register},
};
use crate::app::{PUBLIC_URL, Shop, on_both_engines};
use domain::Role;
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};

on_both_engines! {
    staff_open_an_account_that_is_closed_at_first,
    staff_open_an_account_and_its_owner_chooses_the_password,
    staff_may_choose_a_first_password,
    a_customer_of_a_discreet_shop_confirms_the_address_that_staff_wrote_down,
    what_is_wrong_with_a_new_customer_is_told_at_once,
    a_key_stands_for_one_new_customer_with_one_password,
    staff_give_customers_no_name_that_passes_for_the_shop,
}

async fn staff_open_an_account_that_is_closed_at_first(shop: Arc<Shop>) {
    for (username, is_active) in
        [("ann", json!(false)), ("ben", json!(true)), ("carl", json!(null))]
    {
        let mut new = json!({"username": username, "email": format!("{username}@example.com"),
            "password": PASSWORD});
        if !is_active.is_null() {
            new["is_active"] = is_active.clone();
        }
        let made = shop.post(CUSTOMERS, &new).token(&shop.staff).send().await.expect(201);
        let opens = is_active != json!(false);
        assert_eq!(made["is_active"], opens, "{username}");
        let login = login_with(&shop, username, PASSWORD).await;
        assert_eq!(login.status, if opens { 200 } else { 401 }, "{username}");
    }
}

async fn staff_open_an_account_and_its_owner_chooses_the_password(shop: Arc<Shop>) {
    let Some(mail) = Mailbox::open(&shop, &[]).await else { return };
    let node = mail.shop.clone();
    let body = json!({"username": "ann", "email": "ann@example.com", "first_name": "Ann"});
    let created = create(&node, &body).send().await;
    let customer = created.expect(201);
    let fields: BTreeSet<&str> = customer.as_object().unwrap().keys().map(String::as_str).collect();
    let told = "created_at email email_confirmed first_name id is_active language last_name role \
                updated_at url username version";
    assert_eq!(fields, told.split_whitespace().collect());
    let id = customer["id"].as_str().unwrap();
    assert_eq!(customer["url"], format!("{PUBLIC_URL}{}", path(id)));
    assert_eq!(created.header("location"), customer["url"].as_str());
    assert_eq!([&customer["role"], &customer["is_active"]], [&json!("customer"), &json!(true)]);
    for guess in ["none", PASSWORD] {
        login_with(&node, "ann", guess).await.problem(401, "invalid_credentials");
    }
    let token = mail.token("ann@example.com", 0).await;
    let body = json!({"token": token, "password": PASSWORD, "password2": PASSWORD});
    let chosen = node.post("/api/identity/password-reset/confirm", &body).send().await;
    assert_eq!(chosen.status, 204, "{}", chosen.text());
    let ann = log_in(&node, "ann").await;
    assert_eq!(me(&node, &ann.access).await.expect(200)["email_confirmed"], true);
}

async fn staff_may_choose_a_first_password(shop: Arc<Shop>) {
    let body = json!({"username": "ann", "email": "ann@example.com", "password": PASSWORD});
    let created = create(&shop, &body).send().await;
    created.expect(201);
    assert!(!created.text().contains("mice"));
    log_in(&shop, "ann").await;
    let mut weak = json!({"username": "ben", "email": "ben@example.com", "password": "12345678"});
    assert_eq!(create(&shop, &weak).send().await.bad_fields(422, "invalid"), ["password"]);
    weak["password"] = json!("ben@example.com");
    assert_eq!(create(&shop, &weak).send().await.bad_fields(422, "invalid"), ["password"]);
}

/// Where nobody gets in before the address is confirmed, there is a letter to confirm it.
async fn a_customer_of_a_discreet_shop_confirms_the_address_that_staff_wrote_down(shop: Arc<Shop>) {
    let Some(mail) = Mailbox::open(&shop, &[("registration_tells", "false")]).await else {
        return;
    };
    let node = mail.shop.clone();
    let body = json!({"username": "ann", "email": "ann@example.com", "password": PASSWORD});
    create(&node, &body).send().await.expect(201);
    login_with(&node, "ann", PASSWORD).await.problem(401, "invalid_credentials");
    let token = mail.token("ann@example.com", 0).await;
    let confirm = json!({ "token": token });
    let confirmed = node.post("/api/identity/me/email/confirm", &confirm).send().await;
    assert_eq!(confirmed.status, 204, "{}", confirmed.text());
    log_in(&node, "ann").await;
}

async fn what_is_wrong_with_a_new_customer_is_told_at_once(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    for (body, status, code, bad) in [
        (json!({}), 422, "invalid", vec!["email", "username"]),
        (
            json!({"username": "a@b", "email": 5, "role": "king", "vip": true}),
            422,
            "invalid",
            vec!["email", "role", "username", "vip"],
        ),
        (
            json!({"username": "ANN", "email": "a@example.com"}),
            409,
            "username_taken",
            vec!["username"],
        ),
        (json!({"username": "a", "email": "ANN@example.com"}), 409, "email_taken", vec!["email"]),
    ] {
        let answer = create(&shop, &body).send().await;
        assert_eq!(answer.bad_fields(status, code), bad, "{body}");
    }
    let staff = json!({"username": "sam", "email": "sam@example.com", "role": "staff"});
    create(&shop, &staff).send().await.problem(403, "forbidden");
    let admin = shop.person("ada", Role::Admin).await;
    let made = shop.post(CUSTOMERS, &staff).token(&admin.token).send().await.expect(201);
    assert_eq!(made["role"], "staff");
}

async fn a_key_stands_for_one_new_customer_with_one_password(shop: Arc<Shop>) {
    let body = json!({"username": "ann", "email": "ann@example.com", "password": PASSWORD});
    let made = create(&shop, &body).key("once").send().await.expect(201);
    let again = create(&shop, &body).key("once").send().await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(201)["id"], made["id"]);
    let mut other = body.clone();
    other["password"] = json!("see how they run");
    create(&shop, &other).key("once").send().await.problem(422, "idempotency_key_reused");
    login_with(&shop, "ann", "see how they run").await.problem(401, "invalid_credentials");
}

async fn staff_give_customers_no_name_that_passes_for_the_shop(shop: Arc<Shop>) {
    let new = |username: &str, role: &str| {
        let email = format!("{username}@example.com");
        json!({ "username": username, "email": email, "role": role })
    };
    let post = |body| shop.post(CUSTOMERS, &body).token(&shop.admin);
    let refused = post(new("support", "customer")).send().await;
    assert_eq!(refused.bad_fields(422, "invalid"), ["username"]);
    // Who works here may be called so, for as long as he does.
    let support = post(new("support", "staff")).send().await.expect(201);
    let path = format!("{CUSTOMERS}/{}", support["id"].as_str().unwrap());
    let edit = |path: &str, body| shop.ask("PATCH", path).json(&body).token(&shop.admin);
    edit(&path, json!({"username": "helpdesk"})).send().await.expect(200);
    edit(&path, json!({"role": "customer"})).send().await.expect(200);
    let ann = post(new("ann", "customer")).send().await.expect(201);
    let path = format!("{CUSTOMERS}/{}", ann["id"].as_str().unwrap());
    for method in ["PATCH", "PUT"] {
        let body = json!({"username": "root", "email": "ann@example.com"});
        let refused = shop.ask(method, &path).json(&body).token(&shop.admin).send().await;
        assert_eq!(refused.bad_fields(422, "invalid"), ["username"], "{method}");
    }
    edit(&path, json!({"username": "root", "role": "staff"})).send().await.expect(200);
}
