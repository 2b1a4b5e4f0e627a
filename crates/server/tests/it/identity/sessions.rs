//! /api/identity/token/refresh: sessions go on, and a stolen token ends them.

use crate::{
    app::{Shop, blind, on_both_engines, unix_now, until},
    client::Answer,
    database::sql,
};
use domain::{OpenSession, SessionId, sessions::MOST};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

on_both_engines! {
    a_refresh_rotates_both_tokens,
    a_login_too_many_ends_the_session_that_was_idle_longest,
    a_lost_answer_does_not_end_the_session,
    a_used_token_that_comes_back_late_revokes_its_family,
    only_refresh_tokens_refresh,
    a_disabled_account_is_shut_out,
    a_refresh_that_cannot_read_its_account_uses_no_token_up,
    an_end_elsewhere_is_known_for_as_long_as_the_tokens_of_the_session_live,
}

const REFRESH: &str = "/api/identity/token/refresh";

async fn login(shop: &Shop) -> Value {
    let password = "three blind mice";
    let body = json!({
        "username": "ann", "email": "ann@example.com", "password": password, "password2": password,
    });
    shop.post("/api/identity/register", &body).send().await.expect(201);
    log_in_again(shop).await
}

async fn log_in_again(shop: &Shop) -> Value {
    let login = json!({"username": "ann", "password": "three blind mice"});
    shop.post("/api/identity/token", &login).send().await.expect(200)
}

async fn refresh(shop: &Shop, tokens: &Value) -> Answer {
    shop.post(REFRESH, &json!({"refresh": tokens["refresh"]})).send().await
}

async fn me(shop: &Shop, tokens: &Value) -> Answer {
    shop.get("/api/identity/me").token(tokens["access"].as_str().unwrap()).send().await
}

async fn a_refresh_rotates_both_tokens(shop: Arc<Shop>) {
    let first = login(&shop).await;
    let second = refresh(&shop, &first).await.expect(200);
    let third = refresh(&shop, &second).await.expect(200);
    for (new, old) in [(&second, &first), (&third, &second)] {
        assert_ne!(new["refresh"], old["refresh"]);
        assert_ne!(new["access"], old["access"]);
    }
    for tokens in [&first, &second, &third] {
        // An access token is valid until it expires: a refresh does not end it.
        me(&shop, tokens).await.expect(200);
    }
}

async fn a_login_too_many_ends_the_session_that_was_idle_longest(shop: Arc<Shop>) {
    let first = login(&shop).await;
    let account = shop.app.readers.exact().account_named("ann").await.unwrap().unwrap();
    let mut idle = vec![];
    let oldest = log_in_again(&shop).await;
    for _ in 2..MOST {
        let id = SessionId(Uuid::now_v7());
        let (known, lifetime_us) = (account.password_hash.clone(), 3_600_000_000);
        let (account, proof, agent, ends) = (account.id, None, None, vec![]);
        shop.command(OpenSession {
            id,
            account,
            known,
            proof,
            agent,
            origin: None,
            lifetime_us,
            ends,
        })
        .await;
        idle.push(id.0.to_string());
    }
    // There is room for no more, and the first one is used now.
    let first = refresh(&shop, &first).await.expect(200);
    let token = first["access"].as_str().unwrap();
    let living = async || {
        let list =
            shop.get("/api/identity/me/sessions?limit=100").token(token).send().await.expect(200);
        assert_eq!(list["count"], MOST);
        let ids = list["results"].as_array().unwrap().iter();
        ids.map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(living().await.len(), MOST);
    let last = log_in_again(&shop).await;
    let left = living().await;
    assert_eq!(left.len(), MOST);
    assert!(idle.iter().all(|id| left.contains(id)));
    // This node has ended it, and takes its token no more.
    me(&shop, &oldest).await.problem(401, "unauthenticated");
    for tokens in [&first, &last] {
        me(&shop, tokens).await.expect(200);
    }
}

async fn a_lost_answer_does_not_end_the_session(shop: Arc<Shop>) {
    let first = login(&shop).await;
    refresh(&shop, &first).await.expect(200);
    // That answer was lost; at once the client tries again.
    let again = refresh(&shop, &first).await.expect(200);
    me(&shop, &again).await.expect(200);
    refresh(&shop, &again).await.expect(200);
}

async fn a_used_token_that_comes_back_late_revokes_its_family(shop: Arc<Shop>) {
    let shop = shop.second_node(&[("refresh_grace", "0s")]).await;
    let first = login(&shop).await;
    let other = log_in_again(&shop).await;
    let second = refresh(&shop, &first).await.expect(200);
    refresh(&shop, &first).await.problem(401, "unauthenticated");
    refresh(&shop, &second).await.problem(401, "unauthenticated");
    for tokens in [&first, &second] {
        me(&shop, tokens).await.problem(401, "unauthenticated");
    }
    // Another login is another family.
    me(&shop, &other).await.expect(200);
    refresh(&shop, &other).await.expect(200);
}

async fn only_refresh_tokens_refresh(shop: Arc<Shop>) {
    let person = shop.customer("ben").await;
    for token in [person.token.as_str(), "nonsense", "a.b.c", "\u{e9}.\u{e9}.\u{e9}"] {
        let answer = shop.post(REFRESH, &json!({ "refresh": token })).send().await;
        answer.problem(401, "unauthenticated");
    }
    for body in [json!({}), json!({"refresh": 5}), json!({"refresh": null}), json!({"refresh": ""})]
    {
        let answer = shop.post(REFRESH, &body).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), ["refresh"], "{body}");
    }
    let body = json!({"refresh": "a.b.c", "token": 1});
    let answer = shop.post(REFRESH, &body).send().await;
    assert_eq!(answer.bad_fields(422, "invalid"), ["token"]);
}

async fn a_disabled_account_is_shut_out(shop: Arc<Shop>) {
    // Without a grace a token that was used up is good for nothing.
    let shop = shop.second_node(&[("refresh_grace", "0s")]).await;
    let tokens = login(&shop).await;
    me(&shop, &tokens).await.expect(200);
    let at = unix_now() * 1_000_000;
    let disable = "update accounts set is_active = false";
    let disable = format!("{disable}, updated_at = {at} where username = 'ann'");
    sql(&shop.url, &disable).await;
    let body = json!({"username": "ann", "password": "three blind mice"});
    let login = shop.post("/api/identity/token", &body).send().await;
    login.problem(401, "invalid_credentials");
    refresh(&shop, &tokens).await.problem(401, "unauthenticated");
    let orders = async || {
        let ask = shop.get("/api/orders/orders").token(tokens["access"].as_str().unwrap());
        ask.send().await.status
    };
    until("the access token to be refused", async || orders().await == 401).await;
    // Its session was not ended by it, nor its token used up, and goes on with it.
    sql(&shop.url, "update accounts set is_active = true").await;
    refresh(&shop, &tokens).await.expect(200);
}

async fn a_refresh_that_cannot_read_its_account_uses_no_token_up(shop: Arc<Shop>) {
    let strict = [("refresh_grace", "0s")];
    let node = shop.second_node(&strict).await;
    let tokens = login(&node).await;
    let blind = Shop::open_as(&shop.url, &strict, blind).await;
    refresh(&blind, &tokens).await.problem(503, "unavailable");
    refresh(&node, &tokens).await.expect(200);
}

const LOOKED_FOR_S: i64 = (15 + 1 + 30) * 60;

/// Tokens live for 15 minutes, clocks may differ by one, and a commit may take half an hour.
async fn an_end_elsewhere_is_known_for_as_long_as_the_tokens_of_the_session_live(shop: Arc<Shop>) {
    let end_all = async |seconds_ago: i64| {
        let at = (unix_now() - seconds_ago) * 1_000_000;
        let end = format!("update sessions set ended_at = {at} where ended_at is null");
        sql(&shop.url, &end).await;
    };
    let status =
        async |token: &str| shop.get("/api/orders/orders").token(token).send().await.status;
    let ann = shop.customer("ann").await;
    assert_eq!(status(&ann.token).await, 200);
    // What ended so long ago that its tokens have expired by themselves is looked for no longer.
    end_all(LOOKED_FOR_S + 15).await;
    let ben = shop.customer("ben").await;
    end_all(LOOKED_FOR_S - 15).await;
    until("the end to be known", async || status(&ben.token).await == 401).await;
    assert_eq!(status(&ann.token).await, 200);
}
