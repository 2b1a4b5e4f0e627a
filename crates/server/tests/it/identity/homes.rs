//! Whoever was let in from where he is comes in again, whatever strangers do to his name, to his mailbox
//! and to the queue: also after a restart, and on a node that has never seen him.

use super::{
    REGISTER, TOKEN,
    people::{Mailbox, PASSWORD, code},
    registration,
};
use crate::{
    app::{SECRET, Shop, blind, on_both_engines, until},
    client::Answer,
    database::{dump, sql},
};
use serde_json::json;
use server::{keys::ApiKey, limits::Guess, links::Link};
use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use uuid::Uuid;

on_both_engines! {
    an_owner_comes_in_from_home_after_a_restart_and_on_another_node,
    no_address_is_kept_in_the_clear,
    what_cannot_be_read_opens_nothing,
    who_guesses_at_codes_or_has_a_token_keeps_the_owner_out_of_nothing,
    strangers_who_ask_for_mail_do_not_keep_its_reader_from_it,
    a_flood_from_everywhere_keeps_nobody_out_who_is_known,
    whoever_has_a_network_of_networks_opens_a_few_times_as_many_accounts,
    made_up_keys_are_counted_and_good_ones_are_not,
    made_up_links_are_counted,
}

const HOME: &str = "203.0.113.1";
const CAFE: &str = "203.0.113.77";
const ABROAD: &str = "192.0.2.99";
const PROXIED: (&str, &str) = ("trusted_proxies", "127.0.0.1/32");
const RESET: &str = "/api/identity/password-reset";

async fn register(shop: &Shop, name: &str) {
    shop.post(REGISTER, &registration(name, PASSWORD)).send().await.expect(201);
}

async fn log_in(node: &Shop, from: &str, name: &str, password: &str) -> Answer {
    let login = json!({"username": name, "password": password});
    node.post(TOKEN, &login).header("X-Forwarded-For", from).send().await
}

/// As if this had failed from all addresses that somebody has, in an hour: no budget is filled again
/// before the story ends.
fn wear(node: &Shop, guess: Guess, name: &str) {
    let now = Instant::now() + Duration::from_secs(3600);
    for number in 0..=255 {
        let from: IpAddr = format!("198.51.100.{number}").parse().unwrap();
        if let Ok(attempt) = node.app.attempts.check(guess, name, from, now) {
            attempt.failed(now);
        }
    }
}

async fn an_owner_comes_in_from_home_after_a_restart_and_on_another_node(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let first = shop.second_node(&[PROXIED]).await;
    log_in(&first, HOME, "ann", PASSWORD).await.expect(200);
    let tokens = log_in(&first, "2001:db8::1", "ann", PASSWORD).await.expect(200);
    // A session that went along was renewed elsewhere; one that was ended was at home all the same.
    let refresh = first.post("/api/identity/token/refresh", &json!({"refresh": tokens["refresh"]}));
    refresh.header("X-Forwarded-For", CAFE).send().await.expect(200);
    let all = json!({"all": true});
    let access = log_in(&first, HOME, "ann", PASSWORD).await.expect(200)["access"].clone();
    let out = first.post("/api/identity/logout", &all).token(access.as_str().unwrap());
    assert_eq!(out.send().await.status, 204);
    first.stop();
    first.ended().await;
    drop(first);
    for restarted in [shop.second_node(&[PROXIED]).await, shop.second_node(&[PROXIED]).await] {
        for name in ["ann", "ann@example.com", "nobody"] {
            wear(&restarted, Guess::Login, name);
            let refused = log_in(&restarted, ABROAD, name, PASSWORD).await;
            refused.problem(429, "too_many_attempts");
            assert!(refused.header("retry-after").is_some());
        }
        // What was read for a stranger does for her.
        for (name, from) in [("ann", HOME), ("ANN@example.com", HOME), ("ann", CAFE)] {
            log_in(&restarted, from, name, "four blind mice")
                .await
                .problem(401, "invalid_credentials");
            log_in(&restarted, from, name, PASSWORD).await.expect(200);
        }
        log_in(&restarted, "2001:db8::2", "ann", PASSWORD).await.problem(429, "too_many_attempts");
        log_in(&restarted, HOME, "nobody", PASSWORD).await.problem(429, "too_many_attempts");
    }
    // Another secret makes nothing of what was kept, and the one before it may be named.
    let (new, old) = ("0f3c9a51e0d84b26a1957ce2f8b03d60", SECRET);
    for (settings, status) in [
        (vec![PROXIED, ("secret_key", new)], 429),
        (vec![PROXIED, ("secret_key", new), ("secret_key_previous", old)], 200),
    ] {
        let node = shop.second_node(&settings).await;
        wear(&node, Guess::Login, "ann");
        assert_eq!(log_in(&node, HOME, "ann", PASSWORD).await.status, status);
    }
}

async fn no_address_is_kept_in_the_clear(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let node = shop.second_node(&[PROXIED]).await;
    for from in [HOME, "2001:db8:77::1"] {
        log_in(&node, from, "ann", PASSWORD).await.expect(200);
    }
    let kept = dump(&shop.url).await;
    assert!(kept.contains("ann@example.com"));
    for told in ["203.0.113", "2001:db8", "20010db8", "cb007101"] {
        assert!(!kept.to_lowercase().contains(told), "{told}");
    }
}

/// Whose budget is used up is told so, also where it cannot be looked up who he is.
async fn what_cannot_be_read_opens_nothing(shop: Arc<Shop>) {
    let blind = Shop::open_as(&shop.url, &[PROXIED], blind).await;
    wear(&blind, Guess::Login, "ann");
    log_in(&blind, HOME, "ann", PASSWORD).await.problem(429, "too_many_attempts");
}

/// Whoever knows her password guesses at her codes, and whoever has a token at her password, from everywhere.
async fn who_guesses_at_codes_or_has_a_token_keeps_the_owner_out_of_nothing(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let first = shop.second_node(&[PROXIED]).await;
    let tokens = log_in(&first, HOME, "ann", PASSWORD).await.expect(200);
    let token = tokens["access"].as_str().unwrap();
    let id = first.get("/api/identity/me").token(token).send().await.expect(200)["id"].clone();
    let made = first.ask("POST", "/api/identity/me/otp").token(token).send().await.expect(201);
    let body = json!({"otp": code(made["secret"].as_str().unwrap(), 0)});
    let confirm = first.post("/api/identity/me/otp/confirm", &body).token(token).send().await;
    assert_eq!(confirm.status, 204);
    let login = |paper: usize| {
        let otp = made["recovery_codes"][paper].clone();
        json!({"username": "ann", "password": PASSWORD, "otp": otp})
    };
    let enter = async |node: &Shop, from: &str, paper: usize| {
        node.post(TOKEN, &login(paper)).header("X-Forwarded-For", from).send().await
    };
    let again = shop.second_node(&[PROXIED]).await;
    for guess in [Guess::Code, Guess::Password] {
        wear(&again, guess, id.as_str().unwrap());
    }
    enter(&again, ABROAD, 0).await.problem(429, "too_many_attempts");
    let change = json!({"current_password": PASSWORD, "password": "see how they run",
        "password2": "see how they run"});
    let change = async |from: &str| {
        let ask = again.post("/api/identity/me/password", &change).token(token);
        ask.header("X-Forwarded-For", from).send().await
    };
    change(ABROAD).await.problem(429, "too_many_attempts");
    assert_eq!(change(HOME).await.status, 204);
    let otp = json!({"username": "ann", "password": "see how they run",
        "otp": made["recovery_codes"][1]});
    again.post(TOKEN, &otp).header("X-Forwarded-For", HOME).send().await.expect(200);
}

async fn strangers_who_ask_for_mail_do_not_keep_its_reader_from_it(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let Some(mail) = Mailbox::open(&shop, &[PROXIED]).await else { return };
    log_in(&mail.shop, HOME, "ann", PASSWORD).await.expect(200);
    let ask = async |node: &Shop, from: &str, email: &str| {
        let body = json!({"email": email});
        node.post(RESET, &body).header("X-Forwarded-For", from).send().await
    };
    for email in ["ann@example.com", "nobody@example.com"] {
        wear(&mail.shop, Guess::Mail, email);
        ask(&mail.shop, ABROAD, email).await.problem(429, "too_many_attempts");
    }
    assert_eq!(ask(&mail.shop, HOME, "ann@example.com").await.status, 202);
    mail.letter("ann@example.com", 0).await;
    // He asks for so many himself, and no more.
    for _ in 1..5 {
        assert_eq!(ask(&mail.shop, HOME, "Ann@example.com").await.status, 202);
    }
    ask(&mail.shop, HOME, "ann@example.com").await.problem(429, "too_many_attempts");
    let Some(restarted) = Mailbox::open(&shop, &[PROXIED]).await else { return };
    wear(&restarted.shop, Guess::Mail, "ann@example.com");
    ask(&restarted.shop, ABROAD, "ann@example.com").await.problem(429, "too_many_attempts");
    assert_eq!(ask(&restarted.shop, HOME, "ann@example.com").await.status, 202);
}

/// Eighty connections from as many addresses try as often as they can, and have for a while.
async fn a_flood_from_everywhere_keeps_nobody_out_who_is_known(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let first = shop.second_node(&[PROXIED]).await;
    log_in(&first, HOME, "ann", PASSWORD).await.expect(200);
    let node = shop.second_node(&[PROXIED, ("password_queue", "7")]).await;
    let mut flood = JoinSet::new();
    for number in 0..80 {
        let (node, now) = (Arc::clone(&node), Instant::now());
        for round in 0..3 {
            let (from, name) = (format!("198.51.100.{number}"), format!("before-{round}"));
            let from: IpAddr = from.parse().unwrap();
            node.app.attempts.check(Guess::Login, &name, from, now).unwrap().failed(now);
        }
        flood.spawn(async move {
            for round in 0.. {
                let (from, name) = (format!("198.51.100.{number}"), format!("n{number}-{round}"));
                let answer = log_in(&node, &from, &name, "four blind mice").await;
                assert!([401, 429, 503].contains(&answer.status), "{}", answer.text());
                assert!(answer.status == 401 || answer.header("retry-after").is_some());
            }
        });
    }
    // All but the quarter that is not for strangers.
    until("the flood", async || node.app.passwords.room() <= 2).await;
    // Who comes for the first time is told when to ask again, and comes in.
    until("a stranger's turn", async || {
        let answer = log_in(&node, ABROAD, "ann", PASSWORD).await;
        assert!([200, 503].contains(&answer.status), "{}", answer.text());
        answer.status == 200
    })
    .await;
    // This node has not seen her at home: it reads that she was there, once there is no other place.
    until("what is read of her", async || log_in(&node, HOME, "ann", PASSWORD).await.status == 200)
        .await;
    for _ in 0..5 {
        log_in(&node, HOME, "ann", PASSWORD).await.expect(200);
    }
    flood.shutdown().await;
}

async fn whoever_has_a_network_of_networks_opens_a_few_times_as_many_accounts(shop: Arc<Shop>) {
    let node = shop.second_node(&[PROXIED, ("registrations_per_hour", "1")]).await;
    for (number, from, status) in [
        (0, "2001:db8::1", 201),
        (1, "2001:db8::2", 429),
        (2, "2001:db8:0:1::1", 201),
        (3, "2001:db8:0:2::1", 201),
        (4, "2001:db8:0:3::1", 201),
        (5, "2001:db8:0:4::1", 429),
        (6, "2001:db8:0:100::1", 201),
        (7, "2001:db8:1::1", 201),
    ] {
        let ask = node.post(REGISTER, &registration(&format!("ann{number}"), PASSWORD));
        let answer = ask.header("X-Forwarded-For", from).send().await;
        assert_eq!(answer.status, status, "{from}: {}", answer.text());
    }
}

async fn made_up_keys_are_counted_and_good_ones_are_not(shop: Arc<Shop>) {
    let node = shop.second_node(&[PROXIED]).await;
    let body = json!({"name": "till", "scopes": ["catalog:read"]});
    let made =
        shop.post("/api/identity/api-keys", &body).token(&shop.admin).send().await.expect(201);
    let good = made["key"].as_str().unwrap().to_owned();
    let show = async |from: &str, key: &str| {
        let ask = node.get("/api/catalog/products").token(key);
        ask.header("X-Forwarded-For", from).send().await
    };
    show(ABROAD, &good).await.expect(200);
    let mut last = 401;
    let mut shown = 0;
    while last == 401 {
        let answer = show(ABROAD, &ApiKey::make(Uuid::new_v4()).text()).await;
        (last, shown) = (answer.status, shown + 1);
        assert!(shown < 1000, "made-up keys are looked up for ever");
        if last == 429 {
            answer.problem(429, "rate_limited");
            assert!(answer.header("retry-after").is_some());
        }
    }
    assert_eq!(last, 429);
    assert!(shown > 60, "{shown}");
    for _ in 0..100 {
        show(ABROAD, &good).await.expect(200);
    }
    show(HOME, &ApiKey::make(Uuid::new_v4()).text()).await.problem(401, "unauthenticated");
}

async fn made_up_links_are_counted(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let Some(mail) = Mailbox::open(&shop, &[PROXIED]).await else { return };
    let ask = json!({"email": "ann@example.com"});
    assert_eq!(mail.shop.post(RESET, &ask).send().await.status, 202);
    let token = mail.token("ann@example.com", 0).await;
    let account = mail.shop.app.readers.exact().account_named("ann").await.unwrap().unwrap().id;
    let reset = async |from: &str, token: &str| {
        let (one, two) = ("see how they run", "see how they run");
        let body = json!({"token": token, "password": one, "password2": two});
        let ask = mail.shop.post("/api/identity/password-reset/confirm", &body);
        ask.header("X-Forwarded-For", from).send().await
    };
    let made_up = || Link::make(account.0, domain::Purpose::ResetPassword).text();
    for _ in 0..5 {
        reset(ABROAD, &made_up()).await.problem(422, "invalid_link");
    }
    reset(ABROAD, &made_up()).await.problem(429, "too_many_attempts");
    // However many guess at it, from wherever, its reader follows it.
    wear(&mail.shop, Guess::Link, &account.to_string());
    assert_eq!(reset(CAFE, &token).await.status, 204);
    sql(&shop.url, "delete from links").await;
}
