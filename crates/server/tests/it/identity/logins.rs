//! /api/identity/logout and me/sessions: where one is logged in, and what ends it; and rights, which end with it.

use super::people::{
    ME, PASSWORD, TOKEN, Tokens, log_in, login_with, me, newcomer, opens, refresh, register,
    until_refused,
};
use crate::{
    app::{Shop, on_both_engines, until},
    client::Answer,
    database::sql,
};
use domain::Role;
use serde_json::{Value, json};
use server::limits::Guest;
use std::sync::Arc;

on_both_engines! {
    who_logs_out_ends_one_session_or_all,
    sessions_are_listed_and_ended_one_by_one,
    rights_end_with_their_sessions_on_every_node,
    rights_that_go_while_a_password_is_checked_are_gone,
}

const LOGOUT: &str = "/api/identity/logout";

#[track_caller]
fn is_done(answer: &Answer) {
    assert_eq!((answer.status, answer.body.len()), (204, 0), "{}", answer.text());
}

async fn who_logs_out_ends_one_session_or_all(shop: Arc<Shop>) {
    let node = shop.second_node(&[]).await;
    let phone = newcomer(&shop, "ann").await;
    let (tablet, other) = (log_in(&shop, "ann").await, log_in(&node, "ann").await);
    is_done(&shop.ask("POST", LOGOUT).token(&phone.access).send().await);
    assert!(!opens(&shop, &phone.access).await);
    refresh(&shop, &phone).await.problem(401, "unauthenticated");
    refresh(&node, &phone).await.problem(401, "unauthenticated");
    until_refused(&node, &phone.access).await;
    let tablet = Tokens::of(&refresh(&node, &tablet).await);
    is_done(&shop.post(LOGOUT, &json!({"all": false})).token(&other.access).send().await);
    me(&shop, &tablet.access).await.expect(200);
    let third = log_in(&shop, "ann").await;
    is_done(&shop.post(LOGOUT, &json!({"all": true})).token(&tablet.access).send().await);
    for tokens in [&tablet, &third] {
        assert!(!opens(&shop, &tokens.access).await);
        until_refused(&node, &tokens.access).await;
        refresh(&node, tokens).await.problem(401, "unauthenticated");
        let token = json!({ "token": tokens.access });
        let verified = shop.post("/api/identity/token/verify", &token).send().await;
        verified.problem(401, "unauthenticated");
    }
    me(&node, &log_in(&shop, "ann").await.access).await.expect(200);
    for body in [json!({"all": "yes"}), json!({"al": true}), json!([])] {
        let fresh = log_in(&shop, "ann").await;
        let answer = shop.post(LOGOUT, &body).token(&fresh.access).send().await;
        assert_eq!(answer.status, 422, "{}", answer.text());
    }
    shop.ask("POST", LOGOUT).send().await.problem(401, "unauthenticated");
}

async fn sessions_are_listed_and_ended_one_by_one(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let login = |agent: &'static str| {
        let login = json!({"username": "ann", "password": PASSWORD});
        shop.post(TOKEN, &login).header("User-Agent", agent).send()
    };
    let phone = Tokens::of(&login("Phone/1").await);
    let tablet = Tokens::of(&login("Tablet/2").await);
    let ben = newcomer(&shop, "ben").await;
    let path = format!("{ME}/sessions");
    let sessions = async |tokens: &Tokens| {
        let list = shop.get(&path).token(&tokens.access).send().await.expect(200);
        list["results"].as_array().unwrap().clone()
    };
    let seen = sessions(&phone).await;
    let agents: Vec<&Value> = seen.iter().map(|session| &session["user_agent"]).collect();
    assert_eq!(agents, ["Tablet/2", "Phone/1"]);
    let current: Vec<&Value> = seen.iter().map(|session| &session["is_current"]).collect();
    assert_eq!(current, [false, true]);
    let end = async |id: &str, by: &Tokens| {
        shop.ask("DELETE", &format!("{path}/{id}")).token(&by.access).send().await
    };
    let id = seen[0]["id"].as_str().unwrap();
    // Nobody else can tell that there is such a session.
    let others = end(id, &ben).await.problem(404, "not_found");
    let nowhere = end("01890000-0000-7000-8000-000000000000", &ben).await;
    assert_eq!(nowhere.problem(404, "not_found")["detail"], others["detail"]);
    end("nonsense", &ben).await.problem(404, "not_found");
    me(&shop, &tablet.access).await.expect(200);
    is_done(&end(id, &phone).await);
    assert!(!opens(&shop, &tablet.access).await);
    refresh(&shop, &tablet).await.problem(401, "unauthenticated");
    assert_eq!(sessions(&phone).await.len(), 1);
    assert_eq!(sessions(&ben).await.len(), 1);
    // Whatever a client calls itself, its owner gets in.
    for agent in ["x".repeat(6_000), "\u{e9}\u{202e}".to_owned(), "\t".to_owned()] {
        let login = json!({"username": "ben", "password": PASSWORD});
        let login = shop.post(TOKEN, &login).header("User-Agent", agent);
        let tokens = Tokens::of(&login.send().await);
        let listed = sessions(&tokens).await;
        let named = listed[0]["user_agent"].as_str().unwrap_or_default();
        assert!(named.chars().all(|c| c == 'x') && named.len() <= 200, "{named}");
    }
    // One's own is a session like another.
    let own = sessions(&phone).await[0]["id"].as_str().unwrap().to_owned();
    is_done(&end(&own, &phone).await);
    me(&shop, &phone.access).await.problem(401, "unauthenticated");
}

async fn rights_end_with_their_sessions_on_every_node(shop: Arc<Shop>) {
    let node = shop.second_node(&[]).await;
    let admin = shop.person("ada", Role::Admin).await;
    let edit = async |id: &str, edit: Value| {
        let ask = shop.ask("PATCH", &format!("/api/identity/customers/{id}"));
        ask.json(&edit).token(&admin.token).send().await.expect(200)
    };
    let sam = shop.person("sam", Role::Staff).await;
    let ann = newcomer(&shop, "ann").await;
    let ann_id = me(&node, &ann.access).await.expect(200)["id"].as_str().unwrap().to_owned();
    let customers = "/api/identity/customers";
    node.get(customers).token(&sam.token).send().await.expect(200);
    // A role is taken away while its token lives.
    assert_eq!(edit(&sam.id.to_string(), json!({"role": "customer"})).await["role"], "customer");
    shop.get(customers).token(&sam.token).send().await.problem(401, "unauthenticated");
    until_refused(&node, &sam.token).await;
    // One that is given counts from the next login.
    edit(&ann_id, json!({"role": "staff"})).await;
    until_refused(&node, &ann.access).await;
    refresh(&node, &ann).await.problem(401, "unauthenticated");
    let ann = log_in(&node, "ann").await;
    node.get(customers).token(&ann.access).send().await.expect(200);
    // An account is closed, and opened again.
    edit(&ann_id, json!({"is_active": false})).await;
    assert!(!opens(&shop, &ann.access).await);
    until_refused(&node, &ann.access).await;
    refresh(&node, &ann).await.problem(401, "unauthenticated");
    login_with(&node, "ann", PASSWORD).await.problem(401, "invalid_credentials");
    edit(&ann_id, json!({"is_active": true})).await;
    // A node that had heard that it is closed takes at once what it hands out.
    let again = log_in(&node, "ann").await;
    me(&node, &again.access).await.expect(200);
    // Her old sessions stay ended.
    assert!(!opens(&shop, &ann.access).await);
    refresh(&shop, &ann).await.problem(401, "unauthenticated");
}

async fn rights_that_go_while_a_password_is_checked_are_gone(shop: Arc<Shop>) {
    let node = shop.second_node(&[]).await;
    register(&shop, "ann").await;
    sql(&shop.url, "update accounts set role = 2 where username = 'ann'").await;
    let admin = shop.person("ada", Role::Admin).await;
    let found = shop.get("/api/identity/customers?search=ann").token(&admin.token).send().await;
    let id = found.expect(200)["results"][0]["id"].as_str().unwrap().to_owned();
    // Somebody with a hash of another shop, of the most work, is before her: her password waits.
    let room = node.app.passwords.room();
    let passwords = node.app.passwords.clone();
    let before = tokio::spawn(async move {
        let hash = format!("pbkdf2_sha256$5000000$saltsaltsaltsalt${}=", "A".repeat(43));
        passwords.verify(Guest::SHOP, PASSWORD.to_owned(), Some(hash)).await
    });
    until("another one to be checked", async || node.app.passwords.room() == room - 1).await;
    let login = tokio::spawn({
        let node = node.clone();
        async move { login_with(&node, "ann", PASSWORD).await }
    });
    until("her password to wait", async || node.app.passwords.room() == room - 2).await;
    let edit = shop.ask("PATCH", &format!("/api/identity/customers/{id}"));
    let edit = edit.json(&json!({"role": "customer"})).token(&admin.token);
    edit.send().await.expect(200);
    assert!(!before.is_finished());
    let tokens = Tokens::of(&login.await.unwrap());
    let customers = node.get("/api/identity/customers").token(&tokens.access).send().await;
    customers.problem(403, "forbidden");
    me(&node, &tokens.access).await.expect(200);
}
