//! /api/identity/api-keys: how programs come in, and how far.

use super::people::{ME, me};
use crate::{
    access::{asked, path},
    app::{PUBLIC_URL, Person, Shop, on_both_engines, until},
    client::{Answer, Ask},
    database::{dump, sql},
};
use domain::Role;
use serde_json::{Value, json};
use server::{
    api::all,
    app::App,
    http::{rights::Who, routes::Route},
    workers::{Worker, key_uses::KeyUses},
};
use std::sync::Arc;

on_both_engines! {
    a_key_is_shown_once_and_works_at_once,
    a_key_that_is_made_twice_is_one_whose_secret_is_lost,
    what_is_wrong_with_a_new_key_is_told_at_once,
    each_scope_opens_its_routes_and_no_others,
    a_key_is_nobody_with_an_account,
    a_revoked_key_opens_nothing_on_any_node,
    an_expired_key_opens_nothing,
    a_good_key_that_a_node_does_not_know_is_no_guess_however_many_show_it,
    what_is_no_key_opens_nothing_also_where_anybody_may_ask,
    it_is_noted_when_a_key_was_used,
    keys_are_listed_the_newest_first,
    keys_are_for_admins,
    keys_outlive_the_rights_of_who_made_them_and_he_makes_no_more,
    a_creation_is_answered_again_after_its_key_has_expired,
    a_key_acts_as_staff_under_its_own_name,
}

const KEYS: &str = "/api/identity/api-keys";
const SCOPES: [&str; 10] = [
    "catalog:read",
    "catalog:write",
    "orders:read",
    "orders:write",
    "intake",
    "customers:read",
    "customers:write",
    "events:read",
    "webhooks:write",
    "metrics:read",
];

async fn admin(shop: &Shop) -> Person {
    shop.person("ada", Role::Admin).await
}

fn create(shop: &Shop, admin: &Person, body: &Value) -> Ask {
    shop.post(KEYS, body).token(&admin.token)
}

async fn key(shop: &Shop, admin: &Person, scopes: &[&str]) -> (String, String) {
    let body = json!({"name": "till", "scopes": scopes, "channel": "till"});
    let made = create(shop, admin, &body).send().await.expect(201);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("key"))
}

async fn products(shop: &Shop, key: &str) -> Answer {
    shop.get("/api/catalog/products").token(key).send().await
}

async fn a_good_key_that_a_node_does_not_know_is_no_guess_however_many_show_it(shop: Arc<Shop>) {
    let admin = admin(&shop).await;
    let (_, key) = key(&shop, &admin, &["catalog:read"]).await;
    let node = shop.second_node(&[]).await;
    let asked = futures_util::future::join_all((0..150).map(|_| products(&node, &key))).await;
    asked.iter().for_each(|answer| assert_eq!(answer.status, 200, "{}", answer.text()));
}

async fn a_key_is_shown_once_and_works_at_once(shop: Arc<Shop>) {
    let admin = admin(&shop).await;
    let body = json!({"name": "till", "scopes": ["orders:read", "catalog:read"], "channel": "shop",
        "expires_at": "2099-12-31T23:59:59Z"});
    let made = create(&shop, &admin, &body).send().await;
    let shown = made.expect(201);
    let (id, key) = (shown["id"].as_str().unwrap(), shown["key"].as_str().unwrap());
    assert!(key.starts_with("sk_") && key.len() > 40, "{key}");
    assert_eq!(shown["scopes"], json!(["catalog:read", "orders:read"]));
    assert_eq!([&shown["name"], &shown["channel"]], ["till", "shop"]);
    assert!(shown["expires_at"].as_str().unwrap().starts_with("2099-12-31T23:59:59"));
    let url = format!("{PUBLIC_URL}{KEYS}/{id}");
    assert_eq!(made.header("location"), Some(url.as_str()));
    assert_eq!(made.header("cache-control"), Some("private, no-store"));
    products(&shop, key).await.expect(200);
    // Nothing shows it again, and the shop does not know it.
    let path = format!("{KEYS}/{id}");
    let read = shop.get(&path).token(&admin.token).send().await;
    let list = shop.get(KEYS).token(&admin.token).send().await;
    assert_eq!(list.expect(200)["results"], json!([read.expect(200)]));
    let kept = dump(&shop.url).await;
    for text in [read.text(), list.text(), kept] {
        assert!(!text.contains(&key[30..]), "{text}");
    }
}

async fn a_key_that_is_made_twice_is_one_whose_secret_is_lost(shop: Arc<Shop>) {
    let admin = admin(&shop).await;
    let body = json!({"name": "till", "scopes": ["catalog:read"]});
    let first = create(&shop, &admin, &body).key("once").send().await;
    let again = create(&shop, &admin, &body).key("once").send().await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let (mut first, again) = (first.expect(201), again.expect(201));
    assert!(first["key"].is_string());
    first["key"] = Value::Null;
    assert_eq!(again, first);
    let other = json!({"name": "till", "scopes": ["catalog:write"]});
    let other = create(&shop, &admin, &other).key("once").send().await;
    other.problem(422, "idempotency_key_reused");
    let list = shop.get(KEYS).token(&admin.token).send().await.expect(200);
    assert_eq!(list["count"], 1);
    // A key of another admin is another key.
    let alf = shop.person("alf", Role::Admin).await;
    let theirs = create(&shop, &alf, &body).key("once").send().await.expect(201);
    assert!(theirs["key"].is_string());
}

async fn what_is_wrong_with_a_new_key_is_told_at_once(shop: Arc<Shop>) {
    let admin = admin(&shop).await;
    for (body, bad) in [
        (json!({}), vec!["name", "scopes"]),
        (json!({"name": "", "scopes": []}), vec!["name", "scopes"]),
        (json!({"name": 5, "scopes": "catalog:read"}), vec!["name", "scopes"]),
        (json!({"name": "till", "scopes": ["catalog:read", "all"]}), vec!["scopes"]),
        (json!({"name": "till", "scopes": [7]}), vec!["scopes"]),
        (
            json!({"name": "a\u{0}", "scopes": ["intake"], "channel": "till", "key": "sk_mine"}),
            vec!["key", "name"],
        ),
        (
            json!({"name": "till", "scopes": ["intake"], "channel": "till", "expires_at": "tomorrow"}),
            vec!["expires_at"],
        ),
        (
            json!({"name": "till", "scopes": ["intake"], "channel": "till", "expires_at": "2020-01-01T00:00:00Z"}),
            vec!["expires_at"],
        ),
    ] {
        let answer = create(&shop, &admin, &body).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), bad, "{body}");
    }
    let twice = json!({"name": "till", "scopes": ["intake", "intake"], "channel": "till", "expires_at": null});
    let made = create(&shop, &admin, &twice).send().await.expect(201);
    assert_eq!([&made["scopes"], &made["expires_at"]], [&json!(["intake"]), &Value::Null]);
}

async fn each_scope_opens_its_routes_and_no_others(shop: Arc<Shop>) {
    let admin = admin(&shop).await;
    let mut opened = 0;
    for scope in SCOPES {
        let (_, key) = key(&shop, &admin, &[scope]).await;
        let closed = |route: &Route| ![Who::Anybody, Who::Service].contains(&route.operation.who);
        for route in all().into_iter().filter(closed) {
            let ask = shop.ask(route.method.as_str(), &path(&route)).token(&key);
            let ask = route.operation.body.iter().fold(ask, |ask, _| ask.json(&json!({})));
            let answer = ask.send().await;
            let opens = route.scope.is_some_and(|needed| needed.name() == scope);
            let what = format!("{scope} {} {}", route.method, route.path);
            assert_eq!(answer.status != 403, opens, "{what}: {}", answer.text());
            assert_ne!(answer.status, 401, "{what}");
            opened += usize::from(opens);
        }
    }
    assert!(opened >= 15, "{opened}");
}

async fn a_key_is_nobody_with_an_account(shop: Arc<Shop>) {
    let admin = admin(&shop).await;
    let (_, key) = key(&shop, &admin, &SCOPES).await;
    let theirs = [Who::Shoppers, Who::Customers, Who::Admins];
    let own = asked(|route| theirs.contains(&route.operation.who));
    assert!(own.len() >= 20);
    for (method, path) in own {
        let answer = shop.ask(&method, &path).json(&json!({})).token(&key).send().await;
        answer.problem(403, "forbidden");
    }
    me(&shop, &key).await.problem(403, "forbidden");
    // It cannot make itself another one, nor log in.
    let login = json!({"username": "till", "password": key});
    let login = shop.post("/api/identity/token", &login).send().await;
    login.problem(401, "invalid_credentials");
}

async fn a_revoked_key_opens_nothing_on_any_node(shop: Arc<Shop>) {
    let node = shop.second_node(&[]).await;
    let admin = admin(&shop).await;
    let (id, one) = key(&shop, &admin, &["catalog:read"]).await;
    let (_, other) = key(&shop, &admin, &["catalog:read"]).await;
    products(&shop, &one).await.expect(200);
    products(&node, &one).await.expect(200);
    let revoke =
        async || shop.ask("DELETE", &format!("{KEYS}/{id}")).token(&admin.token).send().await;
    let revoked = revoke().await;
    assert_eq!((revoked.status, revoked.body.len()), (204, 0));
    products(&shop, &one).await.problem(401, "unauthenticated");
    until("the key to be refused", async || products(&node, &one).await.status == 401).await;
    products(&node, &other).await.expect(200);
    // It stays in the list, and again is the same.
    assert_eq!(revoke().await.status, 204);
    let read = shop.get(&format!("{KEYS}/{id}")).token(&admin.token).send().await.expect(200);
    assert!(read["revoked_at"].is_string(), "{read}");
    for wrong in ["01890000-0000-7000-8000-000000000000", "nonsense"] {
        let wrong = format!("{KEYS}/{wrong}");
        shop.get(&wrong).token(&admin.token).send().await.problem(404, "not_found");
        let gone = shop.ask("DELETE", &wrong).token(&admin.token).send().await;
        gone.problem(404, "not_found");
    }
}

async fn an_expired_key_opens_nothing(shop: Arc<Shop>) {
    let admin = admin(&shop).await;
    let (id, one) = key(&shop, &admin, &["catalog:read"]).await;
    products(&shop, &one).await.expect(200);
    sql(&shop.url, "update api_keys set expires_at = created_at + 1").await;
    until("the key to expire", async || products(&shop, &one).await.status == 401).await;
    products(&shop, &one).await.problem(401, "unauthenticated");
    shop.get(&format!("{KEYS}/{id}")).token(&admin.token).send().await.expect(200);
}

async fn what_is_no_key_opens_nothing_also_where_anybody_may_ask(shop: Arc<Shop>) {
    let admin = admin(&shop).await;
    let (_, key) = key(&shop, &admin, &["catalog:read"]).await;
    let last = if key.ends_with('A') { 'B' } else { 'A' };
    let other = format!("{}{last}", &key[..key.len() - 1]);
    let unknown = server::keys::ApiKey::make(uuid::Uuid::now_v7()).text();
    for wrong in ["sk_", "sk_nonsense", &other, &unknown, &key[..key.len() - 1], &key[3..]] {
        let answer = products(&shop, wrong).await;
        answer.problem(401, "unauthenticated");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
    }
    products(&shop, &key).await.expect(200);
}

async fn it_is_noted_when_a_key_was_used(shop: Arc<Shop>) {
    let admin = admin(&shop).await;
    let (id, used) = key(&shop, &admin, &["catalog:read"]).await;
    let (idle, _) = key(&shop, &admin, &["catalog:read"]).await;
    let read = async |id: &str| {
        shop.get(&format!("{KEYS}/{id}")).token(&admin.token).send().await.expect(200)
    };
    assert_eq!(read(&id).await["last_used_at"], Value::Null);
    products(&shop, &used).await.expect(200);
    let app: &App = &shop.app;
    KeyUses.turn(app).await;
    let at = read(&id).await["last_used_at"].clone();
    assert!(at.is_string(), "{at}");
    assert_eq!(read(&idle).await["last_used_at"], Value::Null);
}

async fn keys_are_listed_the_newest_first(shop: Arc<Shop>) {
    let admin = admin(&shop).await;
    for number in 0..5 {
        let body =
            json!({"name": format!("till {number}"), "scopes": ["intake"], "channel": "till"});
        create(&shop, &admin, &body).send().await.expect(201);
    }
    let names = async |query: &str| {
        let list = shop.get(&format!("{KEYS}?{query}")).token(&admin.token).send().await;
        let list = list.expect(200);
        let results = list["results"].as_array().unwrap().iter();
        let names: Vec<String> =
            results.map(|key| key["name"].as_str().unwrap().to_owned()).collect();
        (list["next"].as_str().map(str::to_owned), names)
    };
    assert_eq!(names("limit=2").await.1, ["till 4", "till 3"]);
    assert_eq!(names("limit=2&page=3").await.1, ["till 0"]);
    let (mut next, mut walked) = names("cursor=&limit=2").await;
    while let Some(link) = next {
        let query = link.split_once('?').unwrap().1.to_owned();
        let (more, found) = names(&query).await;
        walked.extend(found);
        next = more;
    }
    assert_eq!(walked, ["till 4", "till 3", "till 2", "till 1", "till 0"]);
    for query in ["name=till", "cursor=nonsense", "limit=101"] {
        let answer = shop.get(&format!("{KEYS}?{query}")).token(&admin.token).send().await;
        assert_eq!(answer.bad_fields(422, "invalid").len(), 1, "{query}");
    }
}

async fn keys_are_for_admins(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let body = json!({"name": "till", "scopes": ["intake"], "channel": "till"});
    for token in [&ann.token, &shop.staff] {
        shop.post(KEYS, &body).token(token).send().await.problem(403, "forbidden");
        shop.get(KEYS).token(token).send().await.problem(403, "forbidden");
    }
    shop.post(KEYS, &body).send().await.problem(401, "unauthenticated");
}

/// The token says admin, and is good: this node has not heard of it yet.
async fn keys_outlive_the_rights_of_who_made_them_and_he_makes_no_more(shop: Arc<Shop>) {
    let (admin, alf) = (admin(&shop).await, shop.person("alf", Role::Admin).await);
    let (id, till) = key(&shop, &admin, &["catalog:read"]).await;
    key(&shop, &alf, &["catalog:read"]).await;
    sql(&shop.url, "update accounts set role = 2 where username = 'ada'").await;
    let body = json!({"name": "till", "scopes": ["intake"], "channel": "till"});
    create(&shop, &admin, &body).send().await.problem(403, "forbidden");
    let own = format!("{KEYS}/{id}");
    shop.ask("DELETE", &own).token(&admin.token).send().await.problem(403, "forbidden");
    products(&shop, &till).await.expect(200);
    // Whoever is an admin finds what somebody has made.
    for (who, found) in [(admin.id.to_string(), 1), (uuid::Uuid::nil().to_string(), 0)] {
        let path = format!("{KEYS}?created_by={who}");
        let list = shop.get(&path).token(&alf.token).send().await.expect(200);
        assert_eq!(list["count"], found, "{who}");
    }
    let read = shop.get(&own).token(&alf.token).send().await.expect(200);
    assert_eq!(read["created_by"], admin.id.to_string());
    assert_eq!(shop.ask("DELETE", &own).token(&alf.token).send().await.status, 204);
    products(&shop, &till).await.problem(401, "unauthenticated");
}

async fn a_creation_is_answered_again_after_its_key_has_expired(shop: Arc<Shop>) {
    let admin = admin(&shop).await;
    let at = server::keys::now().plus(2_000_000);
    let at = server::http::shapes::time(at);
    let body = json!({"name": "till", "scopes": ["intake"], "channel": "till", "expires_at": at});
    let first = create(&shop, &admin, &body).key("once").send().await.expect(201);
    let till = first["key"].as_str().unwrap().to_owned();
    until("the key to expire", async || me(&shop, &till).await.status == 401).await;
    let again = create(&shop, &admin, &body).key("once").send().await;
    assert_eq!(again.expect(201)["id"], first["id"]);
    let other = create(&shop, &admin, &body).key("another").send().await;
    assert_eq!(other.bad_fields(422, "invalid"), ["expires_at"]);
}

async fn a_key_acts_as_staff_under_its_own_name(shop: Arc<Shop>) {
    let admin = admin(&shop).await;
    let (id, key) = key(&shop, &admin, &["catalog:write", "customers:write"]).await;
    let body = json!({"name": "Mess tin", "price": "12.50"});
    let made = shop.post("/api/catalog/products", &body).token(&key).key("once").send().await;
    let again = shop.post("/api/catalog/products", &body).token(&key).key("once").send().await;
    assert_eq!(again.expect(201), made.expect(201));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let query = format!("/api/audit?actor=api_key:{id}");
    let told = shop.get(&query).token(&shop.staff).send().await.expect(200);
    assert_eq!(told["results"][0]["kind"], "product.created");
    assert_eq!(told["results"][0]["actor"], json!({"kind": "api_key", "id": id}));
    // It gives no role, and leaves the staff's accounts alone.
    let ann = shop.customer("ann").await;
    let sam = shop.person("sam", Role::Staff).await;
    for (of, edit) in [(&ann, json!({"role": "staff"})), (&sam, json!({"is_active": false}))] {
        let path = format!("/api/identity/customers/{}", of.id);
        let ask = shop.ask("PATCH", &path).json(&edit).token(&key);
        ask.send().await.problem(403, "forbidden");
    }
    let ask = shop.ask("PATCH", &format!("/api/identity/customers/{}", ann.id));
    let ask = ask.json(&json!({"first_name": "Ann"})).token(&key);
    assert_eq!(ask.send().await.expect(200)["first_name"], "Ann");
    shop.ask("DELETE", ME).token(&key).send().await.problem(403, "forbidden");
}
