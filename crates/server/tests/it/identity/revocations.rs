//! Access tokens end with their session and their account, on every node and within a second.

use super::people::{ME, PASSWORD, log_in, newcomer, refresh, until_refused};
use crate::{
    app::{SECRET, Shop, in_runtime, on_both_engines, until},
    client::Answer,
    database::{Database, Engine, sql},
    process::{Node, run_with_input},
};
use domain::Role;
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

on_both_engines! {
    a_session_that_ends_on_one_node_ends_on_the_others,
    what_is_committed_late_is_found_by_the_next_poll,
    who_is_gone_orders_on_no_node,
    what_was_taken_writes_nothing_on_any_node,
}

async fn me(shop: &Shop, token: &str) -> Answer {
    shop.get("/api/identity/me").token(token).send().await
}

fn micros_ago(span: Duration) -> u128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    (since - span).as_micros()
}

async fn a_session_that_ends_on_one_node_ends_on_the_others(shop: Arc<Shop>) {
    let node = shop.second_node(&[]).await;
    let ann = shop.customer("ann").await;
    me(&node, &ann.token).await.expect(200);
    let now = micros_ago(Duration::ZERO);
    sql(&shop.url, &format!("update sessions set ended_at = {now}")).await;
    until("the session to end", async || me(&node, &ann.token).await.status == 401).await;
    until("the session to end", async || me(&shop, &ann.token).await.status == 401).await;
}

/// A transaction waits for a lock, or its database stands still: what it revokes bears the time of
/// its beginning, long before anybody can see it.
async fn what_is_committed_late_is_found_by_the_next_poll(shop: Arc<Shop>) {
    let node = shop.second_node(&[("access_token_ttl", "1m")]).await;
    let (ann, ben) = (node.customer("ann").await, node.customer("ben").await);
    node.app.revocations.poll(&node.app).await.unwrap();
    let begun = micros_ago(Duration::from_secs(25 * 60));
    let commit = format!(
        "update sessions set ended_at = {begun} where account_id in
             (select id from accounts where username = 'ann');
         update accounts set is_active = false, updated_at = {begun} where username = 'ben'"
    );
    sql(&shop.url, &commit).await;
    node.app.revocations.poll(&node.app).await.unwrap();
    for person in [&ann, &ben] {
        me(&node, &person.token).await.problem(401, "unauthenticated");
    }
}

/// A token of his still lives on another node, for which it is good until that hears of it.
async fn who_is_gone_orders_on_no_node(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 10).await;
    let node = shop.second_node(&[]).await;
    let ann = newcomer(&shop, "ann").await;
    let body = json!({"order_items": [{"product": tin, "quantity": 1}]});
    let order = || node.post("/api/orders/orders", &body).token(&ann.access).send();
    order().await.expect(201);
    assert_eq!(shop.ask("DELETE", ME).token(&ann.access).send().await.status, 204);
    // The node on which it was done knows at once.
    let here = shop.post("/api/orders/orders", &body).token(&ann.access).send().await;
    here.problem(401, "unauthenticated");
    // The other one lets her in for a second yet, and the door of all writes does not.
    order().await.problem(401, "unauthenticated");
    until_refused(&node, &ann.access).await;
    order().await.problem(401, "unauthenticated");
    refresh(&node, &ann).await.problem(401, "unauthenticated");
    assert_eq!([shop.orders().await, shop.available(tin).await], [1, 9]);
}

/// Whatever lasts is refused at once also where nobody has heard yet that a session has ended, or that a key
/// was revoked: a thief shuts nobody out while the news travels.
async fn what_was_taken_writes_nothing_on_any_node(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 10).await;
    let node = shop.second_node(&[]).await;
    let order = json!({"order_items": [{"product": tin, "quantity": 1}]});
    let address = json!({"name": "Ann", "line1": "1 Camp Street", "city": "Köln", "country": "DE"});
    let asks = [
        ("POST", "/api/orders/orders", Some(order)),
        ("POST", "/api/identity/me/addresses", Some(address)),
        ("PATCH", ME, Some(json!({"first_name": "Mallory"}))),
        ("POST", "/api/identity/me/otp", None),
        ("DELETE", ME, None),
    ];
    for (number, (method, path, body)) in asks.into_iter().enumerate() {
        let name = format!("ann{number}");
        let stolen = newcomer(&shop, &name).await;
        let own = log_in(&shop, &name).await;
        me(&node, &stolen.access).await.expect(200);
        let change = json!({"current_password": PASSWORD, "password": "see how they run",
            "password2": "see how they run"});
        let changed = shop.post("/api/identity/me/password", &change).token(&own.access);
        assert_eq!(changed.send().await.status, 204);
        let ask = node.ask(method, path).token(&stolen.access);
        let ask = body.iter().fold(ask, |ask, body| ask.json(body));
        ask.send().await.problem(401, "unauthenticated");
        let person = me(&shop, &own.access).await.expect(200);
        assert_eq!((&person["username"], &person["first_name"]), (&json!(name), &json!("")));
    }
    let admin = shop.person("ada", Role::Admin).await;
    let key = json!({"name": "till", "scopes": ["catalog:write"]});
    let keys = "/api/identity/api-keys";
    let key = shop.post(keys, &key).token(&admin.token).send().await.expect(201);
    let create = async |sku: &str| {
        let product = json!({"sku": sku, "name": "Mess tin", "price": "1.00"});
        let ask = node.ask("POST", "/api/catalog/products").json(&product);
        ask.token(key["key"].as_str().unwrap()).send().await
    };
    create("T1").await.expect(201);
    let revoke = format!("{keys}/{}", key["id"].as_str().unwrap());
    let revoked = shop.ask("DELETE", &revoke).token(&admin.token).send().await;
    assert_eq!(revoked.status, 204);
    create("T2").await.problem(401, "unauthenticated");
    assert_eq!([shop.orders().await, shop.available(tin).await], [0, 10]);
}

async fn a_node_that_starts_knows_what_has_ended(engine: Engine) {
    let Some(database) = Database::create(engine).await else { return };
    let environment =
        [("SUTLER_DATABASE_URL", database.url.as_str()), ("SUTLER_SECRET_KEY", SECRET)];
    let create =
        ["user", "create", "--username", "ann", "--email", "a@example.com", "--password-stdin"];
    run_with_input(database.dir.path(), &create, &environment, "three blind mice\n").says(0, &[]);
    let mut node = Node::start(&["serve"], &environment).await;
    let token = node.token("ann", "three blind mice").await;
    assert_eq!(node.stop(), Some(0));
    let now = micros_ago(Duration::ZERO);
    database.sql(&format!("update sessions set ended_at = {now}")).await;
    let mut node = Node::start(&["serve"], &environment).await;
    let answer = node.ask("GET", "/api/identity/me").token(&token).send().await;
    answer.problem(401, "unauthenticated");
    assert_eq!(node.stop(), Some(0));
    database.remove().await;
}

#[test]
fn a_node_that_starts_knows_what_has_ended_on_sqlite() {
    in_runtime(a_node_that_starts_knows_what_has_ended(Engine::Sqlite));
}

#[test]
fn a_node_that_starts_knows_what_has_ended_on_postgres() {
    in_runtime(a_node_that_starts_knows_what_has_ended(Engine::Postgres));
}
