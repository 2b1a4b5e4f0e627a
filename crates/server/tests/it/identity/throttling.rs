//! Who guesses is made to wait, and nobody else: failures cost, whatever the name, and a flood from one
//! address keeps its own people waiting.

use super::{REGISTER, TOKEN, registration};
use crate::{
    app::{Shop, blind, on_both_engines},
    client::Answer,
};
use serde_json::{Value, json};
use server::limits::Guess;
use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

on_both_engines! {
    a_guesser_has_to_wait_and_the_owner_comes_in,
    who_guesses_from_everywhere_does_not_keep_the_owner_out_of_home,
    a_session_that_is_renewed_makes_a_home,
    what_is_said_to_a_guesser_does_not_tell_who_is_a_customer,
    all_spellings_of_a_name_are_one_to_guess_at,
    a_guesser_does_not_cost_a_read,
    right_passwords_are_never_too_many,
    a_flood_from_one_address_keeps_nobody_else_waiting,
    an_address_opens_so_many_accounts,
}

const PASSWORD: &str = "three blind mice";
const HOME: &str = "203.0.113.1";
const ROGUE: &str = "198.51.100.7";
const BEHIND_A_PROXY: (&str, &str) = ("trusted_proxies", "127.0.0.1/32");

async fn node(shop: &Shop) -> Arc<Shop> {
    shop.second_node(&[BEHIND_A_PROXY]).await
}

async fn register(shop: &Shop, name: &str) {
    shop.post(REGISTER, &registration(name, PASSWORD)).send().await.expect(201);
}

async fn log_in(node: &Shop, from: &str, name: &str, password: &str) -> Answer {
    let login = json!({"username": name, "password": password});
    node.post(TOKEN, &login).header("X-Forwarded-For", from).send().await
}

/// Guesses until that is refused.
async fn guess(node: &Shop, from: &str, name: &str) -> Answer {
    for _ in 0..100 {
        let answer = log_in(node, from, name, "four blind mice").await;
        if answer.status == 429 {
            return answer;
        }
        answer.problem(401, "invalid_credentials");
    }
    panic!("{name} was guessed at a hundred times");
}

/// As if it had been guessed at so often, with the pauses that this takes.
fn fail(node: &Shop, name: &str, from: &str, times: usize) {
    let (mut now, mut failed) = (Instant::now(), 0);
    while failed < times {
        match node.app.attempts.check(Guess::Login, name, ip(from), now) {
            Ok(attempt) => {
                attempt.failed(now);
                failed += 1;
            }
            Err(late) => now += late.wait,
        }
    }
}

/// As if it had been guessed at from all addresses that somebody has.
fn fail_everywhere(node: &Shop, name: &str) {
    let now = later();
    for number in 0..=255 {
        let from = ip(&format!("198.51.100.{number}"));
        if let Ok(attempt) = node.app.attempts.check(Guess::Login, name, from, now) {
            attempt.failed(now);
        }
    }
}

/// After all of a story, however long it takes: no budget that is used up then is filled before.
fn later() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

async fn a_guesser_has_to_wait_and_the_owner_comes_in(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let node = node(&shop).await;
    let refused = guess(&node, ROGUE, "ann").await;
    refused.problem(429, "too_many_attempts");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=900).contains(&wait), "{wait}");
    fail(&node, "ann", ROGUE, 12);
    log_in(&node, ROGUE, "ann", PASSWORD).await.problem(429, "too_many_attempts");
    log_in(&node, HOME, "ann", PASSWORD).await.expect(200);
    log_in(&node, "2001:db8::1", "ann", PASSWORD).await.expect(200);
}

async fn who_guesses_from_everywhere_does_not_keep_the_owner_out_of_home(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let node = node(&shop).await;
    log_in(&node, HOME, "ann@example.com", PASSWORD).await.expect(200);
    fail_everywhere(&node, "ann");
    let stranger = "192.0.2.99";
    log_in(&node, stranger, "ann", PASSWORD).await.problem(429, "too_many_attempts");
    log_in(&node, HOME, "ann", PASSWORD).await.expect(200);
    // A rogue at home, too, is no reason to keep her out.
    let now = later();
    for number in 0..200 {
        if let Ok(attempt) = node.app.attempts.check(Guess::Login, number, ip(HOME), now) {
            attempt.failed(now);
        }
    }
    log_in(&node, HOME, "ben", PASSWORD).await.problem(429, "too_many_attempts");
    log_in(&node, HOME, "ann", PASSWORD).await.expect(200);
}

async fn a_session_that_is_renewed_makes_a_home(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let tokens = log_in(&shop, ROGUE, "ann", PASSWORD).await.expect(200);
    // A node that has started since knows nobody.
    let node = node(&shop).await;
    fail_everywhere(&node, "ann");
    log_in(&node, HOME, "ann", PASSWORD).await.problem(429, "too_many_attempts");
    let refresh = json!({"refresh": tokens["refresh"]});
    let refresh = node.post("/api/identity/token/refresh", &refresh);
    refresh.header("X-Forwarded-For", HOME).send().await.expect(200);
    log_in(&node, HOME, "ann", PASSWORD).await.expect(200);
}

async fn what_is_said_to_a_guesser_does_not_tell_who_is_a_customer(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let node = node(&shop).await;
    let mut told: Vec<Vec<Value>> = Vec::new();
    for name in ["ann", "nobody", "ann@example.com", "nobody@example.com", "no body"] {
        let mut heard = Vec::new();
        for _ in 0..5 {
            heard.push(log_in(&node, ROGUE, name, "four blind mice").await);
        }
        heard.push(guess(&node, ROGUE, name).await);
        let heard = heard.iter().map(|answer| {
            let mut problem = answer.json();
            let problem = problem.as_object_mut().unwrap();
            problem.remove("correlation_id");
            problem.remove("detail");
            json!(problem)
        });
        told.push(heard.collect());
    }
    assert!(told.iter().all(|heard| *heard == told[0]), "{told:?}");
}

async fn all_spellings_of_a_name_are_one_to_guess_at(shop: Arc<Shop>) {
    register(&shop, "fiona").await;
    let node = node(&shop).await;
    fail(&node, "fiona", ROGUE, 12);
    fail(&node, "fiona@example.com", ROGUE, 12);
    for name in ["fiona", "FIONA", "\u{fb01}ona", "Fiona@EXAMPLE.com", "fiona@example.com"] {
        log_in(&node, ROGUE, name, PASSWORD).await.problem(429, "too_many_attempts");
        log_in(&node, HOME, name, PASSWORD).await.expect(200);
    }
}

async fn a_guesser_does_not_cost_a_read(shop: Arc<Shop>) {
    let blind = Shop::open_as(&shop.url, &[], blind).await;
    // Nobody is trusted here, so it is this machine that asks.
    fail(&blind, "ann", "127.0.0.1", 12);
    // Where it was read first, it would be the database that is named.
    let refused = log_in(&blind, HOME, "ann", PASSWORD).await;
    refused.problem(429, "too_many_attempts");
    // What was not made for want of a reader has cost nobody anything.
    for _ in 0..20 {
        log_in(&blind, HOME, "ben", PASSWORD).await.problem(503, "unavailable");
    }
}

async fn right_passwords_are_never_too_many(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    for round in 0..4 {
        // Never five wrong ones in a row.
        for _ in 0..4 {
            let wrong = log_in(&shop, HOME, "ann", "four blind mice").await;
            wrong.problem(401, "invalid_credentials");
        }
        log_in(&shop, HOME, "ann", PASSWORD).await.expect(200);
        let mut together = JoinSet::new();
        for _ in 0..12 {
            let shop = shop.clone();
            together.spawn(async move { log_in(&shop, HOME, "ann", PASSWORD).await.expect(200) });
        }
        assert_eq!(together.join_all().await.len(), 12, "{round}");
    }
}

/// Eighty connections try as often as they can; each newcomer's first login is the next but one.
async fn a_flood_from_one_address_keeps_nobody_else_waiting(shop: Arc<Shop>) {
    register(&shop, "ann").await;
    let node = shop.second_node(&[BEHIND_A_PROXY, ("password_queue", "7")]).await;
    let mut flood = JoinSet::new();
    for number in 0..80 {
        let node = node.clone();
        flood.spawn(async move {
            loop {
                let name = format!("n{number}");
                let answer = log_in(&node, ROGUE, &name, "four blind mice").await;
                assert!([401, 429, 503].contains(&answer.status), "{}", answer.text());
            }
        });
    }
    for number in 0..5 {
        log_in(&node, &format!("203.0.113.{number}"), "ann", PASSWORD).await.expect(200);
    }
    flood.shutdown().await;
}

async fn an_address_opens_so_many_accounts(shop: Arc<Shop>) {
    let few = [BEHIND_A_PROXY, ("registrations_per_hour", "2")];
    let node = shop.second_node(&few).await;
    for (from, name, refused) in [
        (HOME, "ann", false),
        (HOME, "ben", false),
        (HOME, "cid", true),
        (ROGUE, "cid", false),
        ("2001:db8::1", "dan", false),
        ("2001:db8::2", "eve", false),
        ("2001:db8::3", "fay", true),
        ("2001:db8:0:1::1", "fay", false),
    ] {
        let ask = node.post(REGISTER, &registration(name, PASSWORD));
        let answer = ask.header("X-Forwarded-For", from).send().await;
        match refused {
            true => {
                answer.problem(429, "rate_limited");
                let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
                assert!((1..=1800).contains(&wait), "{wait}");
            }
            false => drop(answer.expect(201)),
        }
    }
}
