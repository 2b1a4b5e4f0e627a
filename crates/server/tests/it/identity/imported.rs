//! Customers of another shop whose passwords take long to compare: how long a login takes that fails does not
//! tell who they are.

use super::people::{PASSWORD, log_in, login_with, register};
use crate::{
    app::{Shop, on_both_engines, until},
    database::sql,
};
use domain::{AccountId, Email, Register, Role, Text, Username};
use futures_util::future::join_all;
use server::workers::{Turn, Worker, imported::Imported};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use uuid::Uuid;

on_both_engines! {
    a_login_that_fails_takes_as_long_as_with_the_dearest_hash,
}

/// Of `PASSWORD`, as Django 5.2 writes it, and as one of long ago did.
const DEAR: &str =
    "pbkdf2_sha256$1000000$Af5rDbQYECYQv4MWcUmTgF$df+Sb4xJJ2d3Lo90zRpPYxiqjjJOTj/6Dy8h6waQ0iQ=";
const CHEAP: &str =
    "pbkdf2_sha256$1000$saltsaltsaltsalt$oRTj4q55KvF/F56qVEqAyClOIcPJzemlrhNZWtGSR7Y=";

async fn import(shop: &Shop, name: &str, hash: &str, is_active: bool) {
    shop.command(Register {
        id: AccountId(Uuid::now_v7()),
        username: Username::new(name).unwrap(),
        email: Email::new(&format!("{name}@example.com")).unwrap(),
        password_hash: Text::stored(hash),
        first_name: Text::default(),
        last_name: Text::default(),
        language: None,
        role: Role::Customer,
        email_confirmed: true,
        is_active,
        held_us: None,
    })
    .await;
}

async fn a_login_that_fails_takes_as_long_as_with_the_dearest_hash(shop: Arc<Shop>) {
    register(&shop, "own").await;
    // Where nobody came along, nobody waits.
    let imported = Imported::default();
    assert_eq!(imported.turn(&shop.app).await, Turn::Done);
    login_with(&shop, "own", "four blind mice").await.problem(401, "invalid_credentials");
    assert_eq!(shop.app.passwords.slowest.took(), None);
    import(&shop, "cheap", CHEAP, true).await;
    import(&shop, "dear", DEAR, true).await;
    import(&shop, "closed", CHEAP, false).await;
    // A node that begins knows before anybody has asked for them.
    let node = shop.second_node(&[]).await;
    let slowest = &node.app.passwords.slowest;
    until("the hashes to be measured", async || slowest.took().is_some()).await;
    // As if one had taken longer than eight of the shop's own do.
    let least = Duration::from_secs(4);
    slowest.learn(least);
    let failures = [
        ("dear", "four blind mice"),
        ("cheap", "four blind mice"),
        ("own", "four blind mice"),
        ("nobody", "four blind mice"),
        ("nobody@example.com", "four blind mice"),
        ("no such name", "four blind mice"),
        ("closed", "four blind mice"),
        ("closed", PASSWORD),
    ];
    let began = Instant::now();
    let failures = failures.map(async |(name, password)| {
        login_with(&node, name, password).await.problem(401, "invalid_credentials");
        // A clock is never early: no machine is too slow or too quick for this to hold.
        assert!(began.elapsed() >= least, "{name} {password}");
    });
    join_all(failures).await;
    // Others learn it from who comes, or a minute later.
    assert_eq!(imported.turn(&shop.app).await, Turn::Done);
    assert!(shop.app.passwords.slowest.took().is_some());
    // When all have been here, there is nothing to hide any more.
    for name in ["dear", "cheap"] {
        log_in(&shop, name).await;
    }
    sql(&shop.url, "update accounts set password_hash = '' where username = 'closed'").await;
    until("the hashes to be replaced, and nobody to wait", async || {
        assert_eq!(imported.turn(&shop.app).await, Turn::Done);
        shop.app.passwords.slowest.took().is_none()
    })
    .await;
}
