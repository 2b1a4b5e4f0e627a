//! Sweeps: what has outlived its use goes, and nothing that somebody may still ask for.

use crate::shop::*;
use domain::*;
use std::time::SystemTime;
use uuid::Uuid;

on_both_engines!(
    a_sweep_spares_a_batch_that_may_still_be_asked_for,
    a_sweep_spares_a_session_that_is_refreshed_for_ever,
);

async fn sweep(shop: &Shop) {
    shop.send(command(Actor::SYSTEM, None, Sweep)).await.unwrap();
}

async fn count(shop: &Shop, table: &str) -> i64 {
    shop.numbers(&format!("select count(*) from {table}")).await[0]
}

/// Whoever lost a commit asks for its batch for up to half an hour.
async fn a_sweep_spares_a_batch_that_may_still_be_asked_for(shop: Shop) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let half_an_hour_ago = now.as_micros() as i64 - Micros::HOUR / 2;
    shop.sql(&format!("update batches set at = {half_an_hour_ago}")).await.unwrap();
    let before = count(&shop, "batches").await;
    sweep(&shop).await;
    assert_eq!(count(&shop, "batches").await, before + 1, "the sweep is a batch too");
    shop.sql("update batches set at = 1").await.unwrap();
    sweep(&shop).await;
    assert_eq!(count(&shop, "batches").await, 1);
}

async fn a_sweep_spares_a_session_that_is_refreshed_for_ever(shop: Shop) {
    let (account, id) = (AccountId(Uuid::now_v7()), SessionId(Uuid::now_v7()));
    let register = Register {
        id: account,
        username: Username::new("ada").unwrap(),
        email: Email::new("ada@example.com").unwrap(),
        password_hash: Text::default(),
        first_name: Text::default(),
        last_name: Text::default(),
        role: Role::Customer,
    };
    let lifetime_us = Micros::HOUR;
    let open = OpenSession { id, account, lifetime_us };
    for command in [command(Actor::SYSTEM, None, register), command(Actor::SYSTEM, None, open)] {
        shop.send(command).await.unwrap();
    }
    shop.sql("update sessions set created_at = 1, rotated_at = 1").await.unwrap();
    sweep(&shop).await;
    let refresh = RefreshSession { id, generation: 1, grace_us: 0, lifetime_us };
    let refreshed = shop.send(command(Actor::SYSTEM, None, refresh)).await;
    let session = done::<RefreshSession>(refreshed);
    assert_eq!((session.generation, session.ended_at), (2, None));
    shop.sql("update sessions set expires_at = 1").await.unwrap();
    sweep(&shop).await;
    assert_eq!(count(&shop, "sessions").await, 0);
}
