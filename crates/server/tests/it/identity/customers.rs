//! /api/identity/customers: accounts as the staff see them.

use super::people::{PASSWORD, Tokens, login_with, me, newcomer, opens};
use crate::{
    app::{PUBLIC_URL, Person, Shop, on_both_engines},
    client::{Answer, Ask},
    database::sql,
};
use domain::Role;
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    staff_find_customers_by_name_state_and_role,
    customers_are_paged_in_three_ways,
    staff_replace_and_edit_a_customer,
    what_was_read_may_be_sent_back,
    an_edit_of_a_customer_says_which_version_it_has_seen,
    an_address_that_staff_change_is_not_confirmed,
    accounts_of_the_staff_are_for_admins_to_change,
    nobody_changes_his_own_rights,
    staff_make_a_customer_nobodys,
    customers_see_no_customers,
}

pub const CUSTOMERS: &str = "/api/identity/customers";
const NOWHERE: &str = "/api/identity/customers/01890000-0000-7000-8000-000000000000";

pub fn path(id: impl std::fmt::Display) -> String {
    format!("{CUSTOMERS}/{id}")
}

pub fn create(shop: &Shop, body: &Value) -> Ask {
    shop.post(CUSTOMERS, body).token(&shop.staff)
}

async fn put(shop: &Shop, path: &str, body: &Value) -> Answer {
    shop.ask("PUT", path).json(body).token(&shop.staff).send().await
}

/// One page, with the usernames in it.
async fn page(shop: &Shop, query: &str) -> (Value, Vec<String>) {
    let list = shop.get(&format!("{CUSTOMERS}?{query}")).token(&shop.staff).send().await;
    let list = list.expect(200);
    let results = list["results"].as_array().unwrap().iter();
    let names = results.map(|customer| customer["username"].as_str().unwrap().to_owned());
    let is_rig = |name: &String| ["staff-", "admin-"].iter().any(|rig| name.starts_with(rig));
    let names = names.filter(|name| !is_rig(name)).collect();
    (list, names)
}

async fn staff_find_customers_by_name_state_and_role(shop: Arc<Shop>) {
    for (username, email, first, last) in [
        ("ann", "ann@kitchen.example", "Ann", "Cook"),
        ("benn", "b@example.com", "Ben", "O'Hara"),
        ("zoë", "z@example.com", "Zoë", "Weiß"),
        ("maria", "m@example.com", "Ägnes", "100% Müller_1"),
    ] {
        let body = json!({
            "username": username, "email": email, "password": PASSWORD,
            "first_name": first, "last_name": last,
        });
        create(&shop, &body).send().await.expect(201);
    }
    shop.person("sam", Role::Staff).await;
    sql(&shop.url, "update accounts set is_active = false where username = 'benn'").await;
    for (query, found) in [
        ("search=nn", vec!["ann", "benn"]),
        ("search=ANN", vec!["ann"]),
        ("search=KITCHEN.example", vec!["ann"]),
        ("search=cook", vec!["ann"]),
        ("search=Ann+Cook", vec!["ann"]),
        ("search=ann++cook", vec![]),
        ("search=o%27hara", vec!["benn"]),
        ("search=ZO%C3%8B", vec!["zoë"]),
        ("search=zoe%CC%88", vec!["zoë"]),
        ("search=Wei%C3%9F", vec!["zoë"]),
        ("search=%C3%84gnes", vec!["maria"]),
        ("search=M%C3%BCller", vec!["maria"]),
        ("search=m%C3%BCller", vec!["maria"]),
        ("search=%C3%A4GNES", vec!["maria"]),
        ("search=WEISS", vec!["zoë"]),
        ("search=100%25+M", vec!["maria"]),
        ("search=r_1", vec!["maria"]),
        ("search=n_n", vec![]),
        ("search=%25%25", vec![]),
        ("search=nobody", vec![]),
        ("is_active=false", vec!["benn"]),
        ("role=staff", vec!["sam"]),
        ("role=admin", vec![]),
        ("role=customer&is_active=true", vec!["ann", "maria", "zoë"]),
        ("role=customer&is_active=true&search=n", vec!["ann", "maria"]),
    ] {
        let (list, names) = page(&shop, &format!("{query}&ordering=username&limit=100")).await;
        assert_eq!(names, found, "{query}");
        let others = list["results"].as_array().unwrap().len();
        assert_eq!([&list["count"], &list["count_is_exact"]], [&json!(others), &json!(true)]);
    }
    for (query, bad) in [
        ("is_active=maybe", "is_active"),
        ("role=king", "role"),
        ("ordering=email", "ordering"),
        ("search=", "search"),
        ("name=ann", "name"),
        ("limit=0", "limit"),
        ("cursor=nonsense", "cursor"),
    ] {
        let answer = shop.get(&format!("{CUSTOMERS}?{query}")).token(&shop.staff).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), [bad], "{query}");
    }
}

async fn customers_are_paged_in_three_ways(shop: Arc<Shop>) {
    for number in 0..7 {
        shop.customer(&format!("person{number}")).await;
    }
    let named = |numbers: &[u8]| -> Vec<String> {
        numbers.iter().map(|number| format!("person{number}")).collect()
    };
    for (query, numbers) in [
        ("limit=3", &[6, 5, 4][..]),
        ("limit=3&offset=3", &[3, 2, 1]),
        ("limit=3&page=2", &[3, 2, 1]),
        ("limit=3&ordering=-created_at&page=1", &[6, 5, 4]),
        ("limit=3&ordering=username&search=person", &[0, 1, 2]),
        ("limit=4&ordering=-username&offset=1&search=person", &[5, 4, 3, 2]),
        ("limit=10&offset=100", &[]),
    ] {
        assert_eq!(page(&shop, query).await.1, named(numbers), "{query}");
    }
    for (ordering, numbers) in [
        ("created_at", &[0, 1, 2, 3, 4, 5, 6]),
        ("-created_at", &[6, 5, 4, 3, 2, 1, 0]),
        ("username", &[0, 1, 2, 3, 4, 5, 6]),
        ("-username", &[6, 5, 4, 3, 2, 1, 0]),
    ] {
        let mut query = format!("cursor=&limit=2&search=person&ordering={ordering}");
        let mut walked = Vec::new();
        loop {
            let (list, names) = page(&shop, &query).await;
            assert_eq!(list["count"], Value::Null);
            walked.extend(names);
            let Some(next) = list["next"].as_str() else { break };
            // Who comes meanwhile moves nobody.
            if walked.len() == 2 && ordering == "-created_at" {
                shop.customer("person-late").await;
            }
            query = next.strip_prefix(&format!("{PUBLIC_URL}{CUSTOMERS}?")).unwrap().to_owned();
        }
        walked.retain(|name| name != "person-late");
        assert_eq!(walked, named(numbers), "{ordering}");
    }
    for (from, to) in [("username", "created_at"), ("created_at", "username")] {
        let (list, _) = page(&shop, &format!("cursor=&limit=2&ordering={from}")).await;
        let next = list["next"].as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap();
        let next = next.replace(&format!("ordering={from}"), &format!("ordering={to}"));
        let other = shop.get(&next).token(&shop.staff).send().await;
        assert_eq!(other.bad_fields(422, "invalid"), ["cursor"], "{from} {to}");
    }
    for two in ["offset=1&page=1", "cursor=&page=1", "cursor=&offset=1"] {
        let answer = shop.get(&format!("{CUSTOMERS}?{two}")).token(&shop.staff).send().await;
        answer.problem(422, "invalid");
    }
}

async fn staff_replace_and_edit_a_customer(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let path = path(ann.id);
    let edit = json!({"first_name": "Ann", "last_name": "Cook"});
    let edited = shop.patch(&path, &edit).send().await;
    let customer = edited.expect(200);
    assert_eq!([&customer["first_name"], &customer["last_name"]], ["Ann", "Cook"]);
    assert_eq!([&customer["username"], &customer["version"]], [&json!("ann"), &json!(2)]);
    let shown = shop.get(&path).token(&shop.staff).send().await;
    assert_eq!(shown.expect(200), customer);
    assert_eq!(shown.header("etag"), edited.header("etag"));
    // What a PUT leaves out becomes empty; rights stay.
    let body = json!({"username": "anna", "email": "ann@example.com", "first_name": "Anna"});
    let customer = put(&shop, &path, &body).await.expect(200);
    assert_eq!([&customer["first_name"], &customer["last_name"]], ["Anna", ""]);
    assert_eq!([&customer["username"], &customer["role"]], ["anna", "customer"]);
    assert_eq!(customer["is_active"], true);
    for (body, bad) in [
        (json!({}), vec!["email", "username"]),
        (json!({"username": "anna", "email": "x", "is_active": "yes"}), vec!["email", "is_active"]),
        (
            json!({"username": "anna", "email": "a@example.com", "password": PASSWORD}),
            vec!["password"],
        ),
    ] {
        assert_eq!(put(&shop, &path, &body).await.bad_fields(422, "invalid"), bad, "{body}");
    }
    shop.customer("ben").await;
    let taken = json!({"username": "BEN", "email": "ben@example.com"});
    let answer = put(&shop, &path, &taken).await;
    assert_eq!(answer.bad_fields(409, "username_taken"), ["email", "username"]);
    let closed = shop.patch(&path, &json!({"is_active": false})).send().await.expect(200);
    assert_eq!(closed["is_active"], false);
    for wrong in [NOWHERE, "/api/identity/customers/nonsense"] {
        shop.get(wrong).token(&shop.staff).send().await.problem(404, "not_found");
        shop.patch(wrong, &json!({})).send().await.problem(404, "not_found");
        put(&shop, wrong, &body).await.problem(404, "not_found");
        let gone = shop.ask("DELETE", wrong).token(&shop.staff).send().await;
        gone.problem(404, "not_found");
    }
}

async fn what_was_read_may_be_sent_back(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let path = path(ann.id);
    let read = shop.get(&path).token(&shop.staff).send().await.expect(200);
    for method in ["PUT", "PATCH"] {
        let ask = shop.ask(method, &path).json(&read).token(&shop.staff);
        assert_eq!(ask.send().await.expect(200), read, "{method} changes nothing");
        for (name, value) in [
            ("id", json!("01890000-0000-7000-8000-000000000000")),
            ("email_confirmed", json!(false)),
            ("version", json!(7)),
            ("created_at", json!("2020-01-01T00:00:00Z")),
            ("updated_at", json!("2020-01-01T00:00:00Z")),
            ("url", json!("https://elsewhere.example")),
        ] {
            let mut body = read.clone();
            body[name] = value;
            let answer = shop.ask(method, &path).json(&body).token(&shop.staff).send().await;
            assert_eq!(answer.bad_fields(422, "read_only"), [name], "{method}");
        }
    }
}

async fn an_edit_of_a_customer_says_which_version_it_has_seen(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let path = path(ann.id);
    let read = shop.get(&path).token(&shop.staff).send().await;
    let (seen, mut body) = (read.header("etag").unwrap().to_owned(), read.expect(200));
    let known = shop.get(&path).token(&shop.staff).header("If-None-Match", &seen).send().await;
    assert_eq!(known.status, 304);
    let edit = json!({"first_name": "Ann"});
    shop.patch(&path, &edit).header("If-Match", &seen).send().await.expect(200);
    let late = shop.patch(&path, &json!({"first_name": "Anna"})).header("If-Match", &seen);
    let problem = late.send().await.problem(412, "version_mismatch");
    assert_eq!(problem["version"], 2);
    // What was read before is sent back whole: it is late, and not a change of what only the shop sets.
    body["first_name"] = json!("Anna");
    for method in ["PUT", "PATCH"] {
        let late = shop.ask(method, &path).json(&body).token(&shop.staff);
        late.header("If-Match", &seen).send().await.problem(412, "version_mismatch");
    }
    assert_eq!(shop.get(&path).token(&shop.staff).send().await.expect(200)["first_name"], "Ann");
    // Of two at once, on two nodes, one is made.
    let node = shop.second_node(&[]).await;
    let edit = |node: &Shop, name: &str| {
        let edit = json!({ "first_name": name });
        let ask = node.ask("PATCH", &path).json(&edit).token(&shop.staff);
        ask.header("If-Match", "\"2\"").send()
    };
    let (one, other) = tokio::join!(edit(&shop, "Anna"), edit(&node, "Anne"));
    let mut told = [one.status, other.status];
    told.sort_unstable();
    assert_eq!(told, [200, 412], "{} {}", one.text(), other.text());
}

async fn an_address_that_staff_change_is_not_confirmed(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let edit = json!({"email": "anna@example.org"});
    let edited = shop.patch(&path(ann.id), &edit).send().await.expect(200);
    let told = [&edited["email"], &edited["email_confirmed"]];
    assert_eq!(told, [&json!("anna@example.org"), &json!(false)]);
}

/// All ways to change an account.
async fn tries(shop: &Shop, of: &Person, by: &str) -> Vec<u16> {
    let path = path(of.id);
    let read = shop.get(&path).token(by).send().await.expect(200);
    let mut renamed = read.clone();
    renamed["first_name"] = json!("Mallory");
    let mut told = Vec::new();
    for (method, body) in [
        ("PATCH", Some(json!({"first_name": "Mallory"}))),
        ("PATCH", Some(json!({"email": "mallory@example.com"}))),
        ("PATCH", Some(json!({"is_active": false}))),
        ("PATCH", Some(json!({"role": "customer"}))),
        ("PUT", Some(renamed)),
        ("DELETE", None),
    ] {
        let ask = shop.ask(method, &path).token(by);
        let ask = body.iter().fold(ask, |ask, body| ask.json(body));
        let answer = ask.send().await;
        if answer.status == 403 {
            answer.problem(403, "forbidden");
            assert_eq!(shop.get(&path).token(by).send().await.expect(200), read);
        }
        told.push(answer.status);
    }
    told
}

async fn accounts_of_the_staff_are_for_admins_to_change(shop: Arc<Shop>) {
    let admin = shop.person("ada", Role::Admin).await;
    let other = shop.person("alf", Role::Admin).await;
    let sam = shop.person("sam", Role::Staff).await;
    for of in [&sam, &admin] {
        assert_eq!(tries(&shop, of, &shop.staff).await, [403; 6]);
    }
    let ann = shop.customer("ann").await;
    for role in ["staff", "admin"] {
        let give = shop.patch(&path(ann.id), &json!({"role": role, "first_name": "Ann"}));
        give.send().await.problem(403, "forbidden");
        let read = shop.get(&path(ann.id)).token(&shop.staff).send().await.expect(200);
        assert_eq!([&read["role"], &read["first_name"]], ["customer", ""]);
    }
    // The role that a customer has is no other one.
    let same = shop.patch(&path(ann.id), &json!({"role": "customer", "first_name": "Ann"}));
    same.send().await.expect(200);
    let mut told = tries(&shop, &sam, &admin.token).await;
    assert_eq!(told.pop(), Some(204));
    assert_eq!(told[..4], [200; 4]);
    let path = path(other.id);
    let demote = shop.ask("PATCH", &path).json(&json!({"role": "staff"})).token(&admin.token);
    assert_eq!(demote.send().await.expect(200)["role"], "staff");
    let gone = shop.ask("DELETE", &path).token(&admin.token).send().await;
    assert_eq!(gone.status, 204);
}

async fn nobody_changes_his_own_rights(shop: Arc<Shop>) {
    for role in [Role::Staff, Role::Admin] {
        let own = shop.person(&format!("own-{}", role.name()), role).await;
        let path = path(own.id);
        for edit in [
            json!({"role": "customer"}),
            json!({"role": if role == Role::Admin { "staff" } else { "admin" }}),
            json!({"is_active": false}),
            // That would go round the password, and the word of the address.
            json!({"email": "mine@example.org"}),
        ] {
            let ask = shop.ask("PATCH", &path).json(&edit).token(&own.token);
            ask.send().await.problem(403, "forbidden");
        }
        let read = shop.get(&path).token(&own.token).send().await.expect(200);
        assert_eq!([&read["role"], &read["is_active"]], [&json!(role.name()), &json!(true)]);
        let edit = json!({"first_name": "Own", "role": role.name(), "is_active": true});
        let ask = shop.ask("PATCH", &path).json(&edit).token(&own.token);
        assert_eq!(ask.send().await.expect(200)["first_name"], "Own");
    }
}

async fn staff_make_a_customer_nobodys(shop: Arc<Shop>) {
    let tin = shop.tin("12.50", 10).await;
    let ann = newcomer(&shop, "ann").await;
    let id = me(&shop, &ann.access).await.expect(200)["id"].as_str().unwrap().to_owned();
    let body = json!({"order_items": [{"product": tin, "quantity": 2}]});
    let order = shop.post("/api/orders/orders", &body).token(&ann.access).send().await.expect(201);
    let gone = shop.ask("DELETE", &path(&id)).token(&shop.staff).send().await;
    assert_eq!((gone.status, gone.body.len()), (204, 0));
    assert!(!opens(&shop, &ann.access).await);
    login_with(&shop, "ann", PASSWORD).await.problem(401, "invalid_credentials");
    let order_path = order["url"].as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap();
    assert_eq!(shop.get(order_path).token(&shop.staff).send().await.expect(200), order);
    let again = shop.ask("DELETE", &path(&id)).token(&shop.staff).send().await;
    again.problem(404, "not_found");
    assert_eq!(page(&shop, "search=ann").await.1, [""; 0]);
}

async fn customers_see_no_customers(shop: Arc<Shop>) {
    let (ann, ben) = (shop.customer("ann").await, shop.customer("ben").await);
    for path in [CUSTOMERS.to_owned(), path(ben.id), path(ann.id), NOWHERE.to_owned()] {
        shop.get(&path).token(&ann.token).send().await.problem(403, "forbidden");
        shop.get(&path).send().await.problem(401, "unauthenticated");
    }
    let Tokens { access, .. } = newcomer(&shop, "carl").await;
    let ask = shop.ask("DELETE", &path(ben.id)).token(&access);
    ask.send().await.problem(403, "forbidden");
}
